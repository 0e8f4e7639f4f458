"""The adapter of aiohttp's router, on a bare `web.UrlDispatcher`: what adding does, or refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors
from aiohttp_cors._core.policy import Policy, decide
from aiohttp_cors._core.verdict import Grant
from aiohttp_cors._routing.registration import Plan, Registration
from aiohttp_cors._routing.snapshot import UNDECIDED
from aiohttp_cors.preflight_handler import _PreflightHandler
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

GOOD = "https://good.example"
BANK = "https://bank.example"
EVIL = "https://evil.example"

PLAIN = ResourceOptions()
CREDENTIALS = ResourceOptions(allow_credentials=True)
CONFIG = {GOOD: PLAIN}
OTHER_CONFIG = {GOOD: CREDENTIALS}

#: The handler of all OPTIONS routes of one `CorsConfig`.
PREFLIGHTS = _PreflightHandler()._preflight_handler
#: The registrations of an adapter, by their handlers: they remember how an entity was added last.
REGISTRATIONS: WeakKeyDictionary[Any, dict[Any, Registration]] = WeakKeyDictionary()


async def handler(request: web.Request) -> web.Response:
    return web.Response()


async def other_handler(request: web.Request) -> web.Response:
    return web.Response()


class PlainView(web.View):
    async def get(self) -> web.Response:
        return web.Response()


class View(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return web.Response()

    async def put(self) -> web.Response:
        return web.Response()


class ConfiguredView(web.View, CorsViewMixin):
    cors_config = {GOOD: ResourceOptions(max_age=1)}

    async def get(self) -> web.Response:
        return web.Response()

    @custom_cors({GOOD: ResourceOptions(max_age=2)})
    async def put(self) -> web.Response:
        return web.Response()


class InvalidView(web.View, CorsViewMixin):
    cors_config = {GOOD: {"max_age": -1}}

    async def get(self) -> web.Response:
        return web.Response()


class OwnResource(web.AbstractResource):
    """A resource that somebody else wrote, which takes no route from outside."""

    def __init__(self) -> None:
        super().__init__(name=None)
        self._route = web.ResourceRoute("GET", handler, self)

    async def resolve(self, request: web.Request) -> tuple[None, set[str]]:
        return None, set()

    @property
    def canonical(self) -> str:
        return "/own"

    def url_for(self, **kwargs: str) -> Any:
        raise NotImplementedError

    def add_prefix(self, prefix: str) -> None:
        raise NotImplementedError

    def get_info(self) -> Any:
        return {}

    def raw_match(self, path: str) -> bool:
        return False

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        return iter([self._route])


@pytest.fixture
def router() -> web.UrlDispatcher:
    return web.UrlDispatcher()


def adapter_for(
    router: web.UrlDispatcher, defaults: Any = None, *, preflights_first: bool = False
) -> ResourcesUrlDispatcherRouterAdapter:
    adapter = ResourcesUrlDispatcherRouterAdapter(router, defaults)
    adapter.options_routes.preflights_first = preflights_first
    return adapter


@pytest.fixture
def adapter(router: web.UrlDispatcher) -> ResourcesUrlDispatcherRouterAdapter:
    return adapter_for(router)


def add(
    adapter: ResourcesUrlDispatcherRouterAdapter,
    entity: Any,
    config: Any = None,
    *,
    inherit: bool = True,
    enforce: bool = False,
) -> None:
    planned = plan(adapter, entity, config, inherit=inherit, enforce=enforce)
    registration(adapter).apply(planned)


def registration(
    adapter: ResourcesUrlDispatcherRouterAdapter, handler: Any = PREFLIGHTS
) -> Registration:
    """Return what `CorsConfig` adds entities with; ``handler`` serves their OPTIONS routes."""
    found = REGISTRATIONS.setdefault(adapter, {})
    if handler not in found:
        found[handler] = Registration(
            adapter._router, adapter.registry, adapter.options_routes, handler
        )
    return found[handler]


def plan(
    adapter: ResourcesUrlDispatcherRouterAdapter, entity: Any, config: Any = None, **flags: bool
) -> Plan:
    """Plan adding an entity, which changes nothing yet."""
    return registration(adapter).plan(entity, config or {}, **flags)


def add_application(
    adapter: ResourcesUrlDispatcherRouterAdapter,
    config: Any,
    *,
    inherit: bool = True,
    enforce: bool = False,
) -> None:
    """Add the application whose router it is."""
    planned = registration(adapter).plan_application(config, inherit=inherit, enforce=enforce)
    registration(adapter).apply(planned)


def exactly(text: str) -> str:
    return rf"^{re.escape(text)}\Z"


def methods_of(resource: web.AbstractResource) -> list[str]:
    return sorted(route.method for route in resource)


def policy_of(
    adapter: ResourcesUrlDispatcherRouterAdapter, resource: web.AbstractResource, method: str
) -> Policy | None:
    """Return the policy for ``method`` on a resource, as responses are decided by it."""
    routes = {route.method: route for route in resource}
    route = routes.get(method) or routes["*"]
    return policy_for(adapter, route, method)


def policy_for(
    adapter: ResourcesUrlDispatcherRouterAdapter, route: web.AbstractRoute, method: str
) -> Policy | None:
    return adapter.registry.snapshot.policy(route, method, adapter._router)


def is_allowed(
    adapter: ResourcesUrlDispatcherRouterAdapter,
    resource: web.AbstractResource,
    method: str,
    origin: str = GOOD,
) -> bool:
    """Tell whether an actual request is granted, once it is clear that a preflight agrees."""
    policy = policy_of(adapter, resource, method)
    if policy is None:
        return False
    actual = isinstance(decide(policy, origin), Grant)
    assert isinstance(decide(policy, origin, frozenset()), Grant) is actual
    return actual


def max_age_for(
    adapter: ResourcesUrlDispatcherRouterAdapter,
    resource: web.AbstractResource,
    method: str = "GET",
    origin: str = GOOD,
) -> int | None:
    """Return the ``max_age`` that tells which options decide."""
    policy = policy_of(adapter, resource, method)
    assert policy is not None
    verdict = decide(policy, origin)
    assert isinstance(verdict, Grant)
    return verdict.terms.options.max_age


# What can't be added.


def own_options(router: web.UrlDispatcher, folder: Path) -> Any:
    resource = router.add_resource("/own")
    resource.add_route("GET", handler)
    resource.add_route("OPTIONS", handler)
    return resource


def route_beside_own_options(router: web.UrlDispatcher, folder: Path) -> Any:
    return next(iter(own_options(router, folder)))


def any_route(router: web.UrlDispatcher, folder: Path) -> Any:
    return router.add_route("*", "/any", handler)


def any_resource(router: web.UrlDispatcher, folder: Path) -> Any:
    return any_route(router, folder).resource


def route_beside_any(router: web.UrlDispatcher, folder: Path) -> Any:
    resource = router.add_resource("/any")
    route = resource.add_route("GET", handler)
    resource.add_route("*", handler)
    return route


def plain_view(router: web.UrlDispatcher, folder: Path) -> Any:
    return router.add_view("/view", PlainView)


def plain_view_resource(router: web.UrlDispatcher, folder: Path) -> Any:
    return plain_view(router, folder).resource


def static_with_own_options(router: web.UrlDispatcher, folder: Path) -> Any:
    resource = router.add_static("/static", folder)
    resource.set_options_route(handler)
    return resource


def invalid_view(router: web.UrlDispatcher, folder: Path) -> Any:
    return router.add_view("/view", InvalidView)


def invalid_view_of_one_method(router: web.UrlDispatcher, folder: Path) -> Any:
    return router.add_get("/view", InvalidView)


def invalid_view_resource(router: web.UrlDispatcher, folder: Path) -> Any:
    return invalid_view_of_one_method(router, folder).resource


def resource_of_others(router: web.UrlDispatcher, folder: Path) -> Any:
    resource = OwnResource()
    router.register_resource(resource)
    return resource


def half_sub_application(router: web.UrlDispatcher, folder: Path) -> Any:
    inner = web.Application()
    inner.router.add_get("/fine", handler)
    own_options(inner.router, folder)
    return web.Application().add_subapp("/inner", inner)


def nothing(router: web.UrlDispatcher, folder: Path) -> Any:
    return None


def path(router: web.UrlDispatcher, folder: Path) -> Any:
    return "/path"


def handler_alone(router: web.UrlDispatcher, folder: Path) -> Any:
    return handler


def router_itself(router: web.UrlDispatcher, folder: Path) -> Any:
    return router


def application(router: web.UrlDispatcher, folder: Path) -> Any:
    return web.Application()


def route_definition(router: web.UrlDispatcher, folder: Path) -> Any:
    return web.get("/", handler)


def system_route(router: web.UrlDispatcher, folder: Path) -> Any:
    return system_route_of(web.HTTPNotFound())


def system_route_of(error: web.HTTPException) -> Any:
    """Return the route that aiohttp makes up where nothing is routed."""
    from aiohttp.web_urldispatcher import SystemRoute

    return SystemRoute(error)


NO_ENTITY = "Resource or ResourceRoute expected, got "
WRONG = [
    pytest.param(own_options, "already has OPTIONS handler", id="own OPTIONS"),
    pytest.param(route_beside_own_options, "already has OPTIONS handler", id="route beside one"),
    pytest.param(static_with_own_options, "already has OPTIONS handler", id="static with its own"),
    pytest.param(any_route, "already has a '*' handler", id="any method"),
    pytest.param(any_resource, "already has a '*' handler", id="resource of any method"),
    pytest.param(route_beside_any, "already has a '*' handler", id="route beside any method"),
    pytest.param(plain_view, "should be derived from aiohttp_cors.CorsViewMixin", id="plain view"),
    pytest.param(plain_view_resource, "call cors.add(app)", id="resource of a plain view"),
    pytest.param(resource_of_others, "takes no OPTIONS route", id="resource of others"),
    pytest.param(half_sub_application, "already has OPTIONS handler", id="half a sub-application"),
    pytest.param(invalid_view, "'InvalidView.cors_config': 'max_age'", id="invalid view"),
    pytest.param(invalid_view_of_one_method, "'InvalidView.cors_config'", id="invalid view's GET"),
    pytest.param(invalid_view_resource, "'InvalidView.cors_config'", id="invalid view's resource"),
    pytest.param(nothing, f"{NO_ENTITY}None", id="nothing"),
    pytest.param(path, f"{NO_ENTITY}'/path'", id="path"),
    pytest.param(handler_alone, f"{NO_ENTITY}<function handler", id="handler"),
    pytest.param(router_itself, NO_ENTITY, id="router"),
    pytest.param(application, NO_ENTITY, id="another application"),
    pytest.param(route_definition, NO_ENTITY, id="route definition"),
    pytest.param(system_route, NO_ENTITY, id="system route"),
]


def routes_in(router: web.UrlDispatcher, entity: Any) -> list[tuple[str, Any]]:
    """Return all routes there are, with their handlers."""
    routes = [*router.routes()]
    if isinstance(entity, web.AbstractResource):
        routes += [each for route in entity for each in route.resource or ()]
    return [(route.method, route.handler) for route in routes]


def state_of(adapter: ResourcesUrlDispatcherRouterAdapter) -> dict[str, Any]:
    return {
        "configs": {
            resource: (config.default_config, dict(config.method_config))
            for resource, config in adapter._resource_config.items()
        },
        "responding": set(adapter._resources_with_preflight_handlers),
        "routes": set(adapter._preflight_routes),
        "application": adapter.registry.application,
    }


@pytest.mark.parametrize(("make", "words"), WRONG)
def test_what_is_not_an_entity_or_has_its_own_options_handler_is_refused(
    make: Callable[..., Any],
    words: str,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        add(adapter, make(router, tmp_path), CONFIG)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            own_options,
            "{resource} already has OPTIONS handler {handler}; remove it, or call cors.add(app), "
            "which takes any route",
            id="own OPTIONS",
        ),
        pytest.param(
            plain_view,
            "{resource} already has a '*' handler for all methods, and this web view should be "
            "derived from aiohttp_cors.CorsViewMixin: {handler}; derive it, or call "
            "cors.add(app), which takes any route",
            id="plain view",
        ),
        pytest.param(
            any_route,
            "{resource} already has a '*' handler for all methods, which takes its preflights "
            "too; leave out preflights_first=False, or name the methods",
            id="any method",
        ),
        pytest.param(
            resource_of_others,
            "{resource} takes no OPTIONS route; leave out preflights_first=False",
            id="resource of others",
        ),
        pytest.param(
            path,
            "Resource or ResourceRoute expected, got '/path'; pass the application itself, or "
            "what app.router.add_route(), add_resource(), add_static() or app.add_subapp() "
            "returned",
            id="path",
        ),
    ],
)
def test_refusal_says_what_is_in_the_way_and_the_way_out(
    make: Callable[..., Any],
    message: str,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
    tmp_path: Path,
) -> None:
    entity = make(router, tmp_path)
    resource = getattr(entity, "resource", entity)
    in_the_way = None if isinstance(resource, str) else list(resource)[-1].handler
    whole = message.format(resource=resource, handler=in_the_way)

    with pytest.raises(ValueError, match=exactly(whole)):
        add(adapter, entity, CONFIG)


def test_application_is_refused_where_its_handlers_come_first(
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    message = (
        "adding the application needs its preflights to be responded to before its handlers run; "
        "leave out preflights_first=False"
    )

    with pytest.raises(ValueError, match=exactly(message)):
        add_application(adapter, CONFIG)


def test_application_is_not_added_again_with_another_config(router: web.UrlDispatcher) -> None:
    adapter = adapter_for(router, preflights_first=True)
    add_application(adapter, CONFIG)
    add_application(adapter, CONFIG)

    message = (
        f"CORS is already configured for the application with {CONFIG!r}; it can't be added "
        f"again with {OTHER_CONFIG!r}, inherit=False, enforce=True"
    )
    with pytest.raises(ValueError, match=exactly(message)):
        add_application(adapter, OTHER_CONFIG, inherit=False, enforce=True)


@pytest.mark.parametrize(("make", "words"), WRONG)
def test_nothing_is_left_behind_by_a_refusal(
    make: Callable[..., Any],
    words: str,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
    tmp_path: Path,
) -> None:
    entity = make(router, tmp_path)
    add(adapter, router.add_get("/there", handler), CONFIG)
    routes, state = routes_in(router, entity), state_of(adapter)

    with pytest.raises(ValueError, match=re.escape(words)):
        add(adapter, entity, CONFIG)

    assert routes_in(router, entity) == routes
    assert state_of(adapter) == state


def test_planning_changes_nothing(filled: web.UrlDispatcher) -> None:
    adapter = adapter_for(filled)
    routes, state = routes_in(filled, None), state_of(adapter)

    plans = [plan(adapter, each, CONFIG, enforce=True) for each in filled.resources()]

    assert all(isinstance(each, Plan) for each in plans)
    assert routes_in(filled, None) == routes
    assert state_of(adapter) == state


def test_planning_to_add_the_application_changes_nothing(filled: web.UrlDispatcher) -> None:
    adapter = adapter_for(filled, preflights_first=True)
    routes, state = routes_in(filled, None), state_of(adapter)

    registration(adapter).plan_application(CONFIG, inherit=True, enforce=True)

    assert routes_in(filled, None) == routes
    assert state_of(adapter) == state


class DerivedAdapter(ResourcesUrlDispatcherRouterAdapter):
    """An adapter that somebody else wrote: only the methods that all have are called."""


@pytest.mark.parametrize(
    ("make", "words"),
    WRONG,
)
def test_nothing_is_left_behind_by_a_refusal_of_a_derived_adapter(
    make: Callable[..., Any], words: str, tmp_path: Path
) -> None:
    app = web.Application()
    adapter = DerivedAdapter(app.router, {})
    cors = aiohttp_cors.setup(app, router_adapter=adapter)
    entity = make(app.router, tmp_path)
    routes, state = routes_in(app.router, entity), state_of(adapter)

    with pytest.raises(ValueError, match=re.escape(words)):
        cors.add(entity, CONFIG)

    assert routes_in(app.router, entity) == routes
    assert state_of(adapter) == state


def test_entity_of_a_derived_adapter_is_added_again_with_an_equal_config() -> None:
    app = web.Application()
    adapter = DerivedAdapter(app.router, {})
    cors = aiohttp_cors.setup(app, router_adapter=adapter)
    route = app.router.add_get("/", handler)
    cors.add(route, CONFIG)
    state = state_of(adapter)

    cors.add(route, dict(CONFIG))

    assert state_of(adapter) == state


def test_refused_entity_can_be_added_once_it_is_put_right(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    resource.add_route("GET", handler)
    with pytest.raises(ValueError, match="Resource or ResourceRoute expected"):
        add(adapter, handler, CONFIG)

    add(adapter, resource, CONFIG)

    assert is_allowed(adapter, resource, "GET")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(any_route, id="any method"),
        pytest.param(any_resource, id="resource of any method"),
        pytest.param(route_beside_any, id="route beside any method"),
        pytest.param(resource_of_others, id="resource of others"),
    ],
)
def test_what_takes_options_itself_is_taken_where_preflights_come_first(
    make: Callable[..., Any], router: web.UrlDispatcher, tmp_path: Path
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    entity = make(router, tmp_path)
    routes = routes_in(router, entity)
    resource = entity if isinstance(entity, web.AbstractResource) else entity.resource

    add(adapter, entity, CONFIG)

    assert is_allowed(adapter, resource, "GET")
    assert routes_in(router, entity) == routes


def test_wrong_defaults_are_refused(router: web.UrlDispatcher) -> None:
    with pytest.raises(ValueError, match="'defaults' must map origins"):
        ResourcesUrlDispatcherRouterAdapter(router, [GOOD])  # type: ignore[arg-type]


# Adding again.


def a_route(router: web.UrlDispatcher) -> Any:
    return router.add_get("/", handler)


def a_resource(router: web.UrlDispatcher) -> Any:
    return a_route(router).resource


def a_view(router: web.UrlDispatcher) -> Any:
    return router.add_view("/", View)


ENTITIES = [
    pytest.param(a_route, id="route"),
    pytest.param(a_resource, id="resource"),
    pytest.param(a_view, id="view"),
]


@pytest.mark.parametrize("make", ENTITIES)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param(CONFIG, CONFIG, id="same"),
        pytest.param(CONFIG, {GOOD: ResourceOptions()}, id="equal"),
        pytest.param(
            {GOOD: PLAIN, BANK: CREDENTIALS}, {BANK: CREDENTIALS, GOOD: PLAIN}, id="other order"
        ),
        pytest.param(
            {GOOD: ResourceOptions(allow_headers=["X-A", "x-b"])},
            {GOOD: ResourceOptions(allow_headers={"x-B", "x-a"})},
            id="options written in another way",
        ),
    ],
)
def test_adding_again_with_an_equal_config_changes_nothing(
    make: Callable[..., Any],
    first: Any,
    second: Any,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    entity = make(router)
    add(adapter, entity, first)
    routes, state = routes_in(router, entity), state_of(adapter)

    add(adapter, entity, second)

    assert routes_in(router, entity) == routes
    assert state_of(adapter) == state


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("https://*.good.example", "*", id="wildcard and any"),
        pytest.param("https://*.good.example", re.compile("https://a"), id="and expression"),
        pytest.param("https://*.good.example", "https://a*.good.example", id="and mere text"),
        pytest.param(lambda origin, request: True, "*", id="function and any"),
    ],
)
def test_order_of_keys_that_never_compete_makes_no_other_config(
    first: Any, second: Any, router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    # Exact origins, wildcards, expressions, functions, any: this order is given.
    route = router.add_get("/", handler)
    add(adapter, route, {first: PLAIN, second: CREDENTIALS})

    add(adapter, route, {second: CREDENTIALS, first: PLAIN})

    assert adapter.is_cors_for_resource(route.resource)


@pytest.mark.parametrize("make", ENTITIES)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(CONFIG, OTHER_CONFIG, id="other options"),
        pytest.param(CONFIG, {BANK: PLAIN}, id="other origin"),
        pytest.param(CONFIG, {**CONFIG, BANK: PLAIN}, id="one more origin"),
        pytest.param({**CONFIG, BANK: PLAIN}, CONFIG, id="one origin less"),
        pytest.param(CONFIG, {}, id="none after one"),
        pytest.param({}, CONFIG, id="one after none"),
        # Of the patterns of one kind that match, the first one decides.
        pytest.param(
            {"https://*.a.example": PLAIN, "https://*.b.a.example": CREDENTIALS},
            {"https://*.b.a.example": CREDENTIALS, "https://*.a.example": PLAIN},
            id="patterns in another order",
        ),
    ],
)
def test_adding_again_with_another_config_is_an_error_that_shows_both(
    make: Callable[..., Any],
    first: Any,
    second: Any,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    entity = make(router)
    add(adapter, entity, first)
    routes, state = routes_in(router, entity), state_of(adapter)

    with pytest.raises(ValueError, match="CORS is already configured for") as caught:
        add(adapter, entity, second)

    for shown in (entity, first, second):
        assert repr(shown) in str(caught.value)
    assert routes_in(router, entity) == routes
    assert state_of(adapter) == state


@pytest.mark.parametrize("flag", ["inherit", "enforce"])
def test_adding_again_with_another_flag_is_an_error_that_shows_it(
    flag: str, router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", handler)
    changed: Any = {flag: flag == "enforce"}
    add(adapter, route, CONFIG)

    with pytest.raises(ValueError, match=f"{flag}={changed[flag]}"):
        add(adapter, route, CONFIG, **changed)


def test_equal_config_with_other_flags_is_added_with_these(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    flags = [(True, False), (False, False), (False, True), (True, True), (True, False)]
    for number, (inherit, enforce) in enumerate(flags):
        route = router.add_get(f"/{number}", handler)
        add(adapter, route, CONFIG, inherit=inherit, enforce=enforce)

    entries = [each.method_config["GET"] for each in adapter._resource_config.values()]
    assert [(each.inherit, each.enforce) for each in entries] == flags


def test_route_and_its_resource_may_have_configs_of_their_own(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", handler)
    add(adapter, route, {GOOD: ResourceOptions(max_age=1)})
    add(adapter, route.resource, {GOOD: ResourceOptions(max_age=2), BANK: PLAIN})

    assert max_age_for(adapter, route.resource) == 1
    assert is_allowed(adapter, route.resource, "GET", BANK)


# The OPTIONS route.


def test_resource_gets_one_options_route(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    get, put = resource.add_route("GET", handler), resource.add_route("PUT", handler)

    for entity in (get, put, resource):
        add(adapter, entity)

    assert methods_of(resource) == ["GET", "OPTIONS", "PUT"]


def test_options_route_is_handled_by_the_preflight_handler(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    # Authentication layers recognise preflights by this.
    route = router.add_get("/", handler)
    add(adapter, route)
    (options,) = [each for each in route.resource or () if each.method == "OPTIONS"]

    assert options.handler.__func__ is _PreflightHandler._preflight_handler


def test_view_of_any_method_gets_no_options_route(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_view("/", View)
    add(adapter, route)

    assert methods_of(route.resource) == ["*"]
    assert adapter.is_cors_for_resource(route.resource)


def test_view_of_one_method_gets_an_options_route(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_route("GET", "/", View)
    add(adapter, route)

    assert methods_of(route.resource) == ["GET", "OPTIONS"]


def test_static_resource_gets_an_options_route(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter, tmp_path: Path
) -> None:
    resource = router.add_static("/static", tmp_path)
    add(adapter, resource)
    add(adapter, resource)

    assert methods_of(resource) == ["GET", "HEAD", "OPTIONS"]


def test_each_resource_of_a_sub_application_gets_an_options_route() -> None:
    inner = web.Application()
    resources = [inner.router.add_get(path, handler).resource for path in ("/a", "/b")]
    middle = web.Application()
    middle.add_subapp("/inner", inner)
    resources.append(middle.router.add_get("/c", handler).resource)
    app = web.Application()
    adapter = adapter_for(app.router)

    add(adapter, app.add_subapp("/middle", middle), CONFIG)

    assert [methods_of(each) for each in resources] == [["GET", "HEAD", "OPTIONS"]] * 3
    assert all(is_allowed(adapter, each, "GET") for each in resources)


def test_what_was_not_added_gets_no_options_route(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    add(adapter, router.add_get("/a", handler))
    other = router.add_get("/b", handler).resource

    assert methods_of(other) == ["GET", "HEAD"]
    assert not adapter.is_cors_for_resource(other)


# Walking all routes.


@pytest.fixture
def filled(router: web.UrlDispatcher, tmp_path: Path) -> web.UrlDispatcher:
    """Return a router with routes of each kind."""
    resource = router.add_resource("/several")
    resource.add_route("GET", handler)
    resource.add_route("PUT", other_handler)
    router.add_get("/one", handler)
    router.add_get("/{name}/dynamic", handler)
    router.add_view("/view", View)
    router.add_static("/static", tmp_path)
    return router


@pytest.mark.parametrize(
    "walked",
    [
        pytest.param(lambda router: router.routes(), id="as they are"),
        pytest.param(lambda router: list(router.routes()), id="as a list"),
        pytest.param(lambda router: [*router.routes(), *router.routes()], id="twice"),
        pytest.param(lambda router: router.resources(), id="resources"),
        pytest.param(lambda router: list(router.resources()), id="resources as a list"),
    ],
)
def test_all_routes_can_be_walked_and_added(
    walked: Callable[[web.UrlDispatcher], Any], filled: web.UrlDispatcher
) -> None:
    adapter = adapter_for(filled, CONFIG)
    before = len(filled.routes())

    for entity in walked(filled):
        add(adapter, entity)

    resources = list(filled.resources())
    assert all(adapter.is_cors_for_resource(each) for each in resources)
    assert all(is_allowed(adapter, each, "GET") for each in resources)
    # The view has its own handler of OPTIONS.
    assert len(filled.routes()) == before + len(resources) - 1


def test_routes_can_be_walked_again_when_the_options_routes_are_there(
    filled: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(filled, CONFIG)
    for route in list(filled.routes()):
        add(adapter, route)
    routes, state = routes_in(filled, None), state_of(adapter)

    for route in list(filled.routes()):
        add(adapter, route)

    assert routes_in(filled, None) == routes
    assert state_of(adapter) == state


def test_options_routes_of_another_cors_config_are_passed_over(
    filled: web.UrlDispatcher,
) -> None:
    first, second = adapter_for(filled, CONFIG), adapter_for(filled, OTHER_CONFIG)
    others = _PreflightHandler()._preflight_handler
    for route in list(filled.routes()):
        registration(first, others).apply(registration(first, others).plan(route, {}))
    routes = routes_in(filled, None)

    for route in list(filled.routes()):
        add(second, route)

    assert routes_in(filled, None) == routes
    assert all(is_allowed(second, each, "GET") for each in filled.resources())


def test_options_route_of_the_library_added_alone_is_nothing(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", handler)
    add(adapter, route, CONFIG)
    state = state_of(adapter)
    (options,) = [each for each in route.resource or () if each.method == "OPTIONS"]

    add(adapter, options, OTHER_CONFIG)

    assert state_of(adapter) == state


# The method rule.

#: What is routed on the resource; "get" stands for add_get(), which makes a HEAD route too.
SEVERAL = ("GET", "POST", "PUT")


def resource_with(router: web.UrlDispatcher, routed: tuple[str, ...]) -> web.Resource:
    resource = router.add_resource("/")
    for method in routed:
        if method == "get":
            router.add_get("/", handler)
        elif method == "HEAD":
            resource.add_route("HEAD", other_handler)
        else:
            resource.add_route(method, handler)
    return resource


@pytest.mark.parametrize(
    ("routed", "added", "allow_methods", "allowed"),
    [
        # The route that was added, and what the list of its config opens beside it.
        pytest.param(SEVERAL, "GET", None, ["GET"], id="route"),
        pytest.param(SEVERAL, "PUT", None, ["PUT"], id="route that is not safelisted"),
        pytest.param(SEVERAL, "PUT", [], ["PUT"], id="route, no method listed"),
        pytest.param(SEVERAL, "PUT", ["GET"], ["GET", "PUT"], id="route, another listed"),
        pytest.param(SEVERAL, "PUT", "*", list(SEVERAL), id="route, all listed"),
        pytest.param(("get",), "GET", None, ["GET", "HEAD"], id="route with its HEAD"),
        pytest.param(("get",), "GET", ["PUT"], ["GET", "HEAD"], id="HEAD follows GET"),
        pytest.param(("GET", "HEAD"), "GET", None, ["GET"], id="HEAD of another handler"),
        pytest.param(("GET", "HEAD"), "HEAD", None, ["HEAD"], id="HEAD alone"),
        # A resource's config rules every method on it.
        pytest.param(SEVERAL, None, None, ["GET", "POST"], id="resource"),
        pytest.param(SEVERAL, None, [], [], id="resource, no method listed"),
        pytest.param(SEVERAL, None, ["PUT"], ["PUT"], id="resource, one listed"),
        pytest.param(SEVERAL, None, ["put", "Get"], ["GET", "PUT"], id="resource, any case"),
        pytest.param(SEVERAL, None, ["DELETE"], [], id="resource, one that is not routed"),
        pytest.param(SEVERAL, None, "*", list(SEVERAL), id="resource, all listed"),
        pytest.param(("get",), None, None, ["GET", "HEAD"], id="resource with HEAD"),
        pytest.param(("get",), None, ["GET"], ["GET", "HEAD"], id="resource, HEAD as GET"),
        pytest.param(("get",), None, ["HEAD"], ["HEAD"], id="resource, HEAD listed"),
        pytest.param(("GET", "HEAD"), None, ["GET"], ["GET"], id="resource, HEAD of another"),
        pytest.param(("GET", "HEAD"), None, None, ["GET", "HEAD"], id="resource, both safelisted"),
    ],
)
@pytest.mark.parametrize(
    "as_defaults", [pytest.param(False, id="own config"), pytest.param(True, id="defaults")]
)
def test_methods_are_allowed_by_what_was_added_and_what_is_listed(
    routed: tuple[str, ...],
    added: str | None,
    allow_methods: Any,
    allowed: list[str],
    as_defaults: bool,
    router: web.UrlDispatcher,
) -> None:
    # The same options decide the same, wherever they are written.
    config = {GOOD: ResourceOptions(allow_methods=allow_methods)}
    adapter = adapter_for(router, config if as_defaults else None)
    resource = resource_with(router, routed)
    methods = methods_of(resource)
    entity = next((each for each in resource if each.method == added), resource)

    add(adapter, entity, None if as_defaults else config)

    assert [each for each in methods if is_allowed(adapter, resource, each)] == allowed


@pytest.mark.parametrize(
    ("allow_methods", "allowed"),
    [
        pytest.param(None, ["GET", "PUT"], id="not said"),
        pytest.param(["GET"], ["GET"], id="one listed"),
        pytest.param(["PUT"], ["PUT"], id="the other listed"),
        pytest.param([], [], id="none listed"),
        pytest.param(["DELETE"], [], id="one that the view lacks"),
        pytest.param("*", ["GET", "PUT"], id="all listed"),
    ],
)
@pytest.mark.parametrize("whole", [pytest.param(False, id="route"), pytest.param(True, id="all")])
def test_methods_of_a_view_are_allowed_as_far_as_allow_methods_goes(
    allow_methods: Any,
    allowed: list[str],
    whole: bool,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    route = router.add_view("/", View)
    add(
        adapter,
        route.resource if whole else route,
        {GOOD: ResourceOptions(allow_methods=allow_methods)},
    )

    assert [each for each in ("GET", "PUT") if is_allowed(adapter, route.resource, each)] == allowed


@pytest.mark.parametrize("method", ["DELETE", "REQUEST", "GET_REQUEST_CONFIG", "CORS_CONFIG"])
def test_preflight_for_what_is_not_a_method_of_a_view_is_refused(
    method: str, router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_view("/", View)
    add(adapter, route, {GOOD: ResourceOptions(allow_methods="*")})
    policy = policy_of(adapter, route.resource, method)

    assert policy is None or not isinstance(decide(policy, GOOD, frozenset()), Grant)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("whole", [pytest.param(False, id="route"), pytest.param(True, id="all")])
def test_static_files_are_allowed_without_allow_methods(
    method: str,
    whole: bool,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
    tmp_path: Path,
) -> None:
    resource = router.add_static("/static", tmp_path)
    for entity in [resource] if whole else list(resource):
        add(adapter, entity, CONFIG)

    assert is_allowed(adapter, resource, method)


@pytest.mark.parametrize(
    ("allow_methods", "allowed"),
    [
        pytest.param(None, ["DELETE", "GET", "PUT"], id="not said"),
        pytest.param(["PUT"], ["PUT"], id="one listed"),
        pytest.param([], [], id="none listed"),
        pytest.param("*", ["DELETE", "GET", "PUT"], id="all listed"),
    ],
)
def test_route_of_any_method_is_allowed_as_far_as_allow_methods_goes(
    allow_methods: Any, allowed: list[str], router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    route = router.add_route("*", "/", handler)
    add(adapter, route, {GOOD: ResourceOptions(allow_methods=allow_methods)})

    found = [each for each in ("DELETE", "GET", "PUT") if is_allowed(adapter, route.resource, each)]
    assert found == allowed


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "TRACK", "trace", "*"])
def test_method_that_no_page_may_use_is_never_allowed(
    method: str, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    route = router.add_route("*", "/", handler)
    add(adapter, route, {GOOD: ResourceOptions(allow_methods="*")})
    add_application(adapter, {GOOD: ResourceOptions(allow_methods="*")})

    assert not is_allowed(adapter, route.resource, method)


# Which config rules what.


@pytest.mark.parametrize("order", [pytest.param(1, id="GET first"), pytest.param(-1, id="last")])
def test_config_of_a_route_never_leaks_to_its_siblings(
    order: int, router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    # Otherwise POST would be readable from everywhere.
    resource = router.add_resource("/")
    get, post = resource.add_route("GET", handler), resource.add_route("POST", handler)
    for route, config in [(get, {"*": PLAIN}), (post, {BANK: PLAIN})][::order]:
        add(adapter, route, config)

    assert is_allowed(adapter, resource, "GET", EVIL)
    assert is_allowed(adapter, resource, "POST", BANK)
    assert not is_allowed(adapter, resource, "POST", EVIL)


def test_method_that_a_view_lacks_is_left_alone_though_a_sibling_lists_it(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    listing = {GOOD: ResourceOptions(allow_methods=["PUT", "DELETE"])}
    add(adapter, resource.add_route("POST", handler), listing)
    view = resource.add_route("*", View)

    assert policy_for(adapter, view, "PUT") is not None
    assert policy_for(adapter, view, "DELETE") is None


def test_method_that_a_client_makes_up_is_allowed_where_all_are(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    route = router.add_route("*", "/", handler)
    add(adapter, route, CONFIG)

    assert is_allowed(adapter, route.resource, "MADE-UP")


def test_layer_that_does_not_list_the_method_leaves_it_to_the_next_one(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, LISTING)
    resource = router.add_resource("/")
    resource.add_route("PUT", handler)
    add(adapter, resource, CONFIG)

    assert is_allowed(adapter, resource, "PUT")


@pytest.mark.parametrize(
    ("allow_methods", "enforce", "expected"),
    [(["PUT"], True, True), (["PUT"], False, False), (["GET"], True, False)],
)
def test_enforcement_of_a_route_is_for_siblings_that_its_config_allows(
    allow_methods: list[str],
    enforce: bool,
    expected: bool,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    resource = router.add_resource("/")
    config = {GOOD: ResourceOptions(allow_methods=allow_methods)}
    add(adapter, resource.add_route("GET", handler), config, enforce=enforce)
    route = resource.add_route("PUT", handler)

    policy = policy_for(adapter, route, "PUT")

    assert (policy is not None and policy.enforce) is expected


def test_method_that_no_config_of_its_resource_lists_is_closed(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    route = resource.add_route("PUT", handler)
    add(adapter, resource, CONFIG)

    policy = policy_for(adapter, route, "PUT")

    assert policy is not None
    assert policy.never_allows


def test_route_that_was_added_for_a_method_that_is_never_allowed_is_closed(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_route("TRACE", "/", handler)
    add(adapter, route, CONFIG)

    policy = policy_for(adapter, route, "TRACE")

    assert policy is not None
    assert policy.never_allows


def test_options_of_a_view_that_only_the_library_serves_are_not_allowed(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_view("/", View)
    add(adapter, route, CONFIG)

    assert not is_allowed(adapter, route.resource, "OPTIONS")


def test_view_of_another_class_may_be_added_for_one_method(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", PlainView)

    add(adapter, route, CONFIG)

    assert is_allowed(adapter, route.resource, "GET")


def test_method_that_was_not_added_is_left_alone(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = resource_with(router, SEVERAL)
    add(adapter, next(each for each in resource if each.method == "GET"), {"*": PLAIN})

    assert policy_of(adapter, resource, "POST") is None


def test_resource_that_was_not_added_is_left_alone(router: web.UrlDispatcher) -> None:
    adapter = adapter_for(router, {"*": PLAIN})
    resource = router.add_get("/", handler).resource

    assert policy_of(adapter, resource, "GET") is None


@pytest.mark.parametrize(
    ("route", "resource", "defaults", "max_age"),
    [
        pytest.param(GOOD, GOOD, GOOD, 1, id="exact in all"),
        pytest.param(BANK, GOOD, GOOD, 2, id="exact in resource and defaults"),
        pytest.param(BANK, BANK, GOOD, 3, id="exact in the defaults"),
        pytest.param("*", BANK, GOOD, 3, id="exact in the defaults, any in the route"),
        pytest.param("*", "*", "*", 1, id="any in all"),
        pytest.param(BANK, "*", "*", 2, id="any in resource and defaults"),
        pytest.param(BANK, BANK, "*", 3, id="any in the defaults"),
    ],
)
def test_layers_are_route_then_resource_then_defaults(
    route: str, resource: str, defaults: str, max_age: int, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, {defaults: ResourceOptions(max_age=3)})
    added = router.add_get("/", handler)
    add(adapter, added, {route: ResourceOptions(max_age=1)})
    add(adapter, added.resource, {resource: ResourceOptions(max_age=2)})

    assert max_age_for(adapter, added.resource) == max_age


@pytest.mark.parametrize(
    ("config", "origin", "allowed"),
    [
        pytest.param({}, GOOD, False, id="closed, for those below"),
        pytest.param({}, EVIL, False, id="closed, for any"),
        pytest.param({BANK: PLAIN}, BANK, True, id="listed"),
        pytest.param({BANK: PLAIN}, GOOD, False, id="listed below alone"),
        pytest.param({"*": PLAIN}, EVIL, True, id="any"),
    ],
)
@pytest.mark.parametrize("whole", [pytest.param(False, id="route"), pytest.param(True, id="all")])
def test_config_without_inheritance_cuts_the_layers_below_off(
    config: Any, origin: str, allowed: bool, whole: bool, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, {GOOD: PLAIN, "*": PLAIN})
    route = router.add_get("/", handler)
    if not whole:
        add(adapter, route.resource, {GOOD: PLAIN})

    add(adapter, route.resource if whole else route, config, inherit=False)

    assert is_allowed(adapter, route.resource, "GET", origin) is allowed


@pytest.mark.parametrize(
    ("method", "max_age"), [pytest.param("PUT", 2, id="method"), pytest.param("GET", 1, id="class")]
)
def test_configs_of_a_view_are_more_specific_than_those_it_is_added_with(
    method: str, max_age: int, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, {GOOD: ResourceOptions(max_age=4), EVIL: PLAIN})
    route = router.add_view("/", ConfiguredView)
    add(adapter, route, {GOOD: ResourceOptions(max_age=3), BANK: PLAIN})

    assert max_age_for(adapter, route.resource, method) == max_age
    assert is_allowed(adapter, route.resource, method, BANK)
    assert is_allowed(adapter, route.resource, method, EVIL)


def test_new_defaults_take_the_place_of_the_old() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=CONFIG)
    adapter = cors._cors_impl._router_adapter
    resource = cors.add(app.router.add_get("/", handler)).resource
    assert is_allowed(adapter, resource, "GET", GOOD)

    cors.defaults = {BANK: PLAIN}

    assert is_allowed(adapter, resource, "GET", BANK)
    assert not is_allowed(adapter, resource, "GET", GOOD)


def test_wrong_defaults_leave_the_old_in_force() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=CONFIG)
    resource = cors.add(app.router.add_get("/", handler)).resource

    with pytest.raises(ValueError, match="'defaults'"):
        cors.defaults = {BANK: PLAIN, EVIL: 5}

    assert cors.defaults == CONFIG
    assert is_allowed(cors._cors_impl._router_adapter, resource, "GET", GOOD)


# What is cached, and until when.


def test_equal_policies_are_one_object(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    first, second, other = (router.add_get(path, handler) for path in ("/a", "/b", "/c"))
    add(adapter, first, {GOOD: ResourceOptions(max_age=1)})
    add(adapter, second, {GOOD: ResourceOptions(max_age=1)})
    add(adapter, other, {GOOD: ResourceOptions(max_age=2)})
    policies = [policy_for(adapter, each, "GET") for each in (first, second, other)]

    assert policies[0] is policies[1]
    assert policies[0] is not policies[2]


def test_policies_do_not_grow_with_the_number_of_routes(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    routes = [router.add_get(f"/{n}", handler) for n in range(100)]
    for route in routes:
        add(adapter, route, {GOOD: ResourceOptions(max_age=1)})

    assert len({id(policy_for(adapter, route, "GET")) for route in routes}) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda adapter, other: add(adapter, other, CONFIG), id="entity added"),
        pytest.param(lambda adapter, other: add_application(adapter, CONFIG), id="application"),
        pytest.param(
            lambda adapter, other: adapter.registry.replace_defaults(CONFIG), id="defaults replaced"
        ),
        pytest.param(lambda adapter, other: adapter.registry.complete(), id="application complete"),
    ],
)
def test_snapshot_stays_as_it_is_and_each_change_makes_a_new_one(
    change: Callable[..., Any], router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    route, other = router.add_get("/", handler), router.add_get("/other", handler)
    add(adapter, route, {BANK: PLAIN})
    before = adapter.registry.snapshot
    policy = before.policy(route, "GET", router)
    assert adapter.registry.snapshot is before

    change(adapter, other)

    assert adapter.registry.snapshot is not before
    assert before.policy(route, "GET", router) is policy


def test_adding_what_was_added_keeps_the_snapshot_if_there_is_none(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    # Adding many routes before anything is requested compiles nothing.
    for number in range(3):
        add(adapter, router.add_get(f"/{number}", handler), CONFIG)

    assert adapter.registry.current is None


def test_plans_of_the_snapshot_are_those_that_responses_read(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route, other = router.add_get("/", handler), router.add_get("/other", handler)
    add(adapter, route, CONFIG)
    snapshot = adapter.registry.snapshot
    snapshot.plans[route] = snapshot.plan(route, router)
    assert adapter.registry.plans == {route: policy_for(adapter, route, "GET")}

    add(adapter, other, CONFIG)

    assert dict(adapter.registry.plans) == {}


def test_methods_that_clients_make_up_do_not_pile_up(router: web.UrlDispatcher) -> None:
    adapter = adapter_for(router, {GOOD: ResourceOptions(allow_methods="*")}, preflights_first=True)
    route = router.add_route("*", "/", handler)
    add(adapter, route)
    snapshot = adapter.registry.snapshot
    policy_for(adapter, route, "GET")
    cached = (len(snapshot.by_method), len(snapshot._policies))

    for number in range(100):
        policy = policy_for(adapter, route, f"X{number}")
        assert policy is not None
        assert isinstance(decide(policy, GOOD), Grant)

    assert adapter.registry.snapshot is snapshot
    assert (len(snapshot.by_method), len(snapshot._policies)) == cached


def test_policies_of_routes_made_up_for_one_request_do_not_pile_up(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    add(adapter, resource, CONFIG)
    snapshot = adapter.registry.snapshot
    policy = policy_for(adapter, resource.add_route("GET", handler), "GET")
    cached = len(snapshot.by_method)

    for _ in range(3):
        assert policy_for(adapter, web.ResourceRoute("GET", handler, resource), "GET") is policy

    assert len(snapshot.by_method) == cached


def test_head_route_gets_the_policy_of_get_when_its_route_comes(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    head = resource.add_route("HEAD", handler)
    add(adapter, resource, {GOOD: ResourceOptions(allow_methods=["GET"])})
    assert not is_allowed(adapter, resource, "HEAD")

    resource.add_route("GET", handler)

    assert policy_for(adapter, head, "HEAD") is not None
    assert is_allowed(adapter, resource, "HEAD")


# What existing suites and the interface of routers read.


def request_for(route: web.AbstractRoute, method: str = "GET") -> Any:
    """Return as much of a request as the adapter reads."""
    return SimpleNamespace(method=method, match_info=SimpleNamespace(route=route))


def test_attributes_that_existing_suites_read_tell_what_was_added(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", handler)
    resource = route.resource
    assert resource is not None
    add(adapter, route, CONFIG)
    options = [each for each in resource if each.method == "OPTIONS"]

    assert list(adapter._resource_config) == [resource]
    assert adapter._resources_with_preflight_handlers == {resource}
    assert adapter._preflight_routes == set(options)
    assert adapter._request_resource(request_for(route)) is resource


def test_cors_is_enabled_on_requests_to_what_was_added(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route, other = router.add_get("/a", handler), router.add_get("/b", handler)
    add(adapter, route)

    assert adapter.is_cors_enabled_on_request(request_for(route))
    assert not adapter.is_cors_enabled_on_request(request_for(other))
    assert not adapter.is_cors_enabled_on_request(request_for(system_route_of(web.HTTPNotFound())))


def test_request_to_the_options_route_is_a_preflight(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", handler)
    add(adapter, route)
    (options,) = adapter._preflight_routes

    assert adapter.is_preflight_request(request_for(options, "OPTIONS"))
    assert not adapter.is_preflight_request(request_for(route))


@pytest.mark.parametrize(
    ("method", "preflight"), [pytest.param("OPTIONS", True), pytest.param("GET", False)]
)
def test_options_request_to_a_view_is_a_preflight(
    method: str,
    preflight: bool,
    router: web.UrlDispatcher,
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    route = router.add_view("/", View)
    add(adapter, route)

    assert adapter.is_preflight_request(request_for(route, method)) is preflight


async def test_preflight_config_is_that_of_the_requested_method(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, {BANK: PLAIN})
    resource = router.add_resource("/")
    add(adapter, resource.add_route("GET", handler), {GOOD: ResourceOptions(max_age=1)})
    add(adapter, resource.add_route("PUT", handler), {GOOD: ResourceOptions(max_age=2)})
    (options,) = adapter._preflight_routes

    config = await adapter.get_preflight_request_config(
        request_for(options, "OPTIONS"), GOOD, "PUT"
    )

    assert dict(config) == {GOOD: ResourceOptions(max_age=2), BANK: PLAIN}


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("DELETE", id="not routed"),
        pytest.param("POST", id="not added"),
        pytest.param("get", id="lower case"),
        pytest.param("OPTIONS", id="ours"),
    ],
)
async def test_preflight_config_of_a_method_that_is_not_allowed_is_a_key_error(
    method: str, router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = resource_with(router, SEVERAL)
    add(adapter, next(each for each in resource if each.method == "GET"), CONFIG)
    (options,) = adapter._preflight_routes

    with pytest.raises(KeyError, match=method):
        await adapter.get_preflight_request_config(request_for(options, "OPTIONS"), GOOD, method)


async def test_preflight_config_is_a_key_error_for_an_origin_whose_list_lacks_the_method(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    resource.add_route("PUT", handler)
    lists = {
        GOOD: ResourceOptions(allow_methods=["PUT"]),
        BANK: ResourceOptions(allow_methods=["GET"]),
    }
    add(adapter, resource, lists)
    (options,) = adapter._preflight_routes

    with pytest.raises(KeyError, match="PUT"):
        await adapter.get_preflight_request_config(request_for(options, "OPTIONS"), BANK, "PUT")


#: Options that allow PUT where it was not added.
LISTING = {GOOD: ResourceOptions(allow_methods=["PUT"])}


def second_resource(
    router: web.UrlDispatcher,
) -> tuple[ResourcesUrlDispatcherRouterAdapter, web.AbstractRoute]:
    """Return a route of the second resource of a path, whose first was added."""
    adapter = adapter_for(router, LISTING)
    add(adapter, router.add_get("/x", handler), CONFIG)
    router.add_get("/y", handler)
    return adapter, router.add_put("/x", handler)


def test_actual_config_of_a_second_resource_of_a_path_goes_by_what_was_added_of_the_first(
    router: web.UrlDispatcher,
) -> None:
    adapter, route = second_resource(router)

    assert adapter.get_non_preflight_request_config(request_for(route, "PUT")) == LISTING


async def test_preflight_config_of_a_second_resource_of_a_path_goes_by_what_was_added_of_the_first(
    router: web.UrlDispatcher,
) -> None:
    adapter, route = second_resource(router)

    config = await adapter.get_preflight_request_config(request_for(route, "OPTIONS"), GOOD, "PUT")

    assert config == LISTING


def test_layers_of_a_second_resource_of_a_path_are_those_of_the_first(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router)
    add(adapter, router.add_get("/x", handler), LISTING)
    router.add_get("/y", handler)
    route = router.add_put("/x", handler)

    assert sources_of(adapter, route, "PUT") == ["route GET /x"]


def test_allowed_layers_of_a_second_resource_of_a_path_are_those_of_the_first(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router)
    add(adapter, router.add_get("/x", handler), LISTING)
    router.add_get("/y", handler)
    route = router.add_put("/x", handler)

    layers = adapter.registry.snapshot.allowed_layers(route, "PUT", router)

    assert layers is not None
    assert [each.source for each in layers if each.table.config] == ["route GET /x"]


def test_method_that_a_view_has_no_handler_for_has_no_allowed_layers(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_view("/", View)
    add(adapter, route, CONFIG)

    assert adapter.registry.snapshot.allowed_layers(route, "DELETE", router) == []


def test_actual_config_of_a_request_made_by_hand_is_that_of_the_route_of_its_method(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router)
    resource = router.add_put("/", handler).resource
    add(adapter, resource, {**LISTING, BANK: ResourceOptions(allow_methods=["GET"])})
    request: Any = SimpleNamespace(
        method="PUT", match_info=SimpleNamespace(route=SimpleNamespace(resource=resource))
    )

    assert adapter.get_non_preflight_request_config(request) == LISTING


def test_actual_config_is_all_layers_as_one_mapping(router: web.UrlDispatcher) -> None:
    adapter = adapter_for(router, {GOOD: ResourceOptions(max_age=3), EVIL: PLAIN})
    route = router.add_get("/", handler)
    add(adapter, route, {GOOD: ResourceOptions(max_age=1)})
    add(adapter, route.resource, {GOOD: ResourceOptions(max_age=2), BANK: PLAIN})

    assert dict(adapter.get_non_preflight_request_config(request_for(route))) == {
        GOOD: ResourceOptions(max_age=1),
        BANK: PLAIN,
        EVIL: PLAIN,
    }


def test_actual_config_of_a_view_begins_with_its_own(router: web.UrlDispatcher) -> None:
    adapter = adapter_for(router, {BANK: PLAIN})
    route = router.add_view("/", ConfiguredView)
    add(adapter, route, {GOOD: ResourceOptions(max_age=3)})

    assert dict(adapter.get_non_preflight_request_config(request_for(route, "PUT"))) == {
        GOOD: ResourceOptions(max_age=2),
        BANK: PLAIN,
    }


# CorsConfig.add: the application's life.


def test_frozen_application_takes_no_more_and_is_left_as_it_is() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    route = app.router.add_get("/", handler)
    app.freeze()

    with pytest.raises(RuntimeError, match=re.escape(repr(route)) + ".*before it is started"):
        cors.add(route, CONFIG)

    assert methods_of(route.resource) == ["GET", "HEAD"]
    assert cors._cors_impl._router_adapter._resource_config == {}


def test_frozen_application_can_not_be_set_up() -> None:
    app = web.Application()
    app.freeze()

    with pytest.raises(RuntimeError, match="before the application is run"):
        aiohttp_cors.setup(app)

    assert aiohttp_cors.APP_CONFIG_KEY not in app


def test_wrong_config_is_found_before_anything_is_added() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    route = app.router.add_get("/", handler)

    with pytest.raises(ValueError, match="'max_age'"):
        cors.add(route, {GOOD: {"max_age": -1}})

    assert methods_of(route.resource) == ["GET", "HEAD"]
    assert cors._cors_impl._router_adapter._resource_config == {}


@pytest.mark.parametrize("make", ENTITIES)
def test_add_returns_the_entity(make: Callable[..., Any]) -> None:
    app = web.Application()
    entity = make(app.router)

    assert aiohttp_cors.setup(app).add(entity) is entity


def test_webview_is_deprecated() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    route = app.router.add_view("/", View)

    with pytest.warns(DeprecationWarning, match="'webview' does nothing") as caught:
        cors.add(route, webview=True)

    assert caught[0].filename == __file__
    assert cors._cors_impl._router_adapter.is_cors_for_resource(route.resource)


# What adapters of other routers have, too.


def test_entity_can_be_checked_before_it_is_added(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", handler)
    add(adapter, route, CONFIG)

    plan(adapter, route, CONFIG)
    with pytest.raises(ValueError, match="CORS is already configured for"):
        plan(adapter, route, OTHER_CONFIG)


def test_options_route_of_the_same_handler_is_not_in_the_way(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    resource.add_route("GET", handler)
    resource.add_route("OPTIONS", other_handler)

    registration(adapter, other_handler).plan(resource, CONFIG)
    with pytest.raises(ValueError, match="already has OPTIONS handler"):
        registration(adapter, handler).plan(resource, CONFIG)


def test_config_can_be_set_again_if_it_is_equal(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    route = router.add_get("/", handler)
    adapter.set_config_for_routing_entity(route, CONFIG)

    adapter.set_config_for_routing_entity(route, dict(CONFIG))
    with pytest.raises(ValueError, match="CORS is already configured for"):
        adapter.set_config_for_routing_entity(route, OTHER_CONFIG)


def test_configs_below_a_view_are_those_it_was_added_with(router: web.UrlDispatcher) -> None:
    adapter = adapter_for(router, {BANK: PLAIN})
    resource = router.add_resource("/")
    view = resource.add_route("*", ConfiguredView)
    add(adapter, view, OTHER_CONFIG)
    add(adapter, resource, CONFIG)
    request = request_for(view, "PUT")

    assert adapter.configs_below_view(request, "PUT") == [OTHER_CONFIG, CONFIG, {BANK: PLAIN}]


def test_configs_below_a_view_that_was_not_added_are_the_lists_of_its_siblings(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    listing = {GOOD: ResourceOptions(allow_methods=["GET"])}
    add(adapter, resource.add_route("DELETE", handler), {**listing, BANK: PLAIN})
    view = resource.add_route("*", View)

    assert adapter.configs_below_view(request_for(view), "GET") == [listing, {}]
    assert adapter.get_non_preflight_request_config(request_for(view, "GET")) == listing
    assert adapter.get_non_preflight_request_config(request_for(view, "PUT")) == {}


def test_computed_config_of_a_view_is_made_of_request_and_method(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    calls = []

    class ComputedView(web.View, CorsViewMixin):
        @classmethod
        def get_request_config(cls, request: Any, request_method: str) -> Any:
            calls.append((request, request_method))
            return CONFIG

    request = request_for(router.add_view("/", ComputedView), "PUT")

    assert adapter.get_non_preflight_request_config(request) is CONFIG
    assert calls == [(request, "PUT")]


def test_actual_config_of_a_view_has_none_of_functions_that_serve_no_method(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    class Purging(ConfiguredView):
        @custom_cors({BANK: PLAIN})
        async def purge(self) -> web.Response:
            raise NotImplementedError

    route = router.add_view("/", Purging)
    add(adapter, route, CONFIG)

    config = adapter.get_non_preflight_request_config(request_for(route, "PURGE"))

    assert config == {GOOD: ResourceOptions(max_age=1)}


def test_static_method_of_a_view_computes_its_config(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    class ComputedView(web.View, CorsViewMixin):
        @staticmethod
        def get_request_config(request: Any, request_method: str) -> Any:
            return CONFIG

    request = request_for(router.add_view("/", ComputedView))

    assert adapter.get_non_preflight_request_config(request) is CONFIG


def test_entity_is_added_beside_an_options_route_of_the_same_handler(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    resource.add_route("GET", handler)
    resource.add_route("OPTIONS", other_handler)

    planned = registration(adapter, other_handler).plan(resource, CONFIG)
    registration(adapter, other_handler).apply(planned)

    assert methods_of(resource) == ["GET", "OPTIONS"]
    assert is_allowed(adapter, resource, "GET")


def test_route_beside_an_invalid_view_can_be_added(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    route = resource.add_route("GET", handler)
    resource.add_route("*", InvalidView)

    add(adapter, route, CONFIG)

    assert is_allowed(adapter, resource, "GET")


def test_resource_with_the_preflight_handler_gets_no_other_route(
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    inner = web.Application()
    first, second = inner.router.add_resource("/first"), inner.router.add_resource("/second")
    first.add_route("OPTIONS", other_handler)
    second.add_route("GET", handler)

    adapter.add_preflight_handler(web.Application().add_subapp("/inner", inner), other_handler)

    assert methods_of(first) == ["OPTIONS"]
    assert methods_of(second) == ["GET", "OPTIONS"]
    assert adapter.is_cors_for_resource(second)
    assert not adapter.is_cors_for_resource(first)


def test_preflight_handler_can_be_added_to_a_route_of_all_methods_where_preflights_come_first(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    route = router.add_route("*", "/", handler)

    adapter.add_preflight_handler(route, other_handler)

    assert adapter.is_cors_for_resource(route.resource)


def test_each_view_of_a_sub_application_is_looked_at_when_its_config_is_set(
    adapter: ResourcesUrlDispatcherRouterAdapter,
) -> None:
    inner = web.Application()
    inner.router.add_view("/first", InvalidView)
    inner.router.add_view("/second", View)
    entity = web.Application().add_subapp("/inner", inner)

    with pytest.raises(ValueError, match=r"'InvalidView\.cors_config'"):
        adapter.set_config_for_routing_entity(entity, CONFIG)


def test_preflight_routes_are_ours_and_those_of_views_for_all_methods(
    router: web.UrlDispatcher, tmp_path: Path
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    files = router.add_static("/static", tmp_path)
    one, view = router.add_get("/one", View), router.add_view("/view", View)
    other = router.add_route("*", "/any", handler)
    for entity in (files, one, view, other):
        add(adapter, entity, CONFIG)

    routes = [*files, *(one.resource or ())]
    ours = {each for each in routes if each.method == "OPTIONS"}
    assert len(ours) == 2
    assert adapter._preflight_routes == {*ours, view}


def test_findings_of_what_is_added_are_its_own_and_those_of_its_views(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    slash = {f"{GOOD}/": ResourceOptions()}

    class Slashes(web.View, CorsViewMixin):
        cors_config = slash

        @custom_cors(slash)
        async def put(self) -> web.Response:
            raise NotImplementedError

    resource = router.add_resource("/")
    route = resource.add_route("GET", handler)
    resource.add_route("*", Slashes)

    def found(entity: Any, config: Any) -> list[str]:
        return sorted(finding.where for finding in plan(adapter, entity, config).findings)

    assert found(route, slash) == ["route GET /"]
    of_view = ["view Slashes", "view Slashes.put"]
    assert found(resource, slash) == ["resource /", *of_view]
    assert found(resource, CONFIG) == of_view
    assert found(route, CONFIG) == []


# What is routed nowhere, where the application itself was added.


def unrouted_policy(
    adapter: ResourcesUrlDispatcherRouterAdapter, resources: list[Any], method: str
) -> Policy:
    return adapter.registry.snapshot.unrouted_policy(resources, method)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        # The resources at the path, with inherit; the max_age of the layers.
        pytest.param([], [9], id="none"),
        pytest.param([(1, True)], [1, 9], id="one"),
        pytest.param([(1, True), (2, True)], [1, 9], id="the first of two"),
        pytest.param([(1, False)], [], id="one that cuts off"),
        pytest.param([(1, True), (2, False)], [], id="one of two cuts off"),
        pytest.param([(1, False), (2, False)], [], id="two that cut off"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_is_routed_nowhere_is_allowed_unless_what_is_at_its_path_is_cut_off(
    own: list[tuple[int, bool]], expected: list[int], method: str, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    resources = [router.add_resource(f"/{{path{number}}}") for number in range(len(own))]
    for resource, (max_age, inherit) in zip(resources, own):
        add(adapter, resource, {GOOD: ResourceOptions(max_age=max_age)}, inherit=inherit)
    add_application(adapter, {GOOD: ResourceOptions(max_age=9)})

    policy = unrouted_policy(adapter, [*resources, None], method)

    assert [table.config[GOOD].max_age for table in policy.layers] == expected
    for requested in (None, frozenset[str]()):
        assert isinstance(decide(policy, GOOD, requested), Grant) is bool(expected)
    assert policy.enforce is False


def test_policies_of_what_is_routed_nowhere_are_one_but_for_made_up_methods(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    add_application(adapter, CONFIG, enforce=True)

    def policy(method: str) -> Policy:
        return unrouted_policy(adapter, [], method)

    assert policy("GET") is policy("GET")
    assert policy("MADE-UP") is not policy("MADE-UP")
    assert policy("GET").enforce
    assert policy("MADE-UP").enforce


@pytest.mark.parametrize(
    ("allow_methods", "allowed"),
    [
        pytest.param(None, ["GET", "PUT", "MADE-UP"], id="not said"),
        pytest.param(["PUT"], ["PUT"], id="one listed"),
        pytest.param([], [], id="none listed"),
        pytest.param("*", ["GET", "PUT", "MADE-UP"], id="all listed"),
    ],
)
def test_methods_that_are_listed_are_those_allowed_where_nothing_is_routed(
    allow_methods: Any, allowed: list[str], router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    add_application(adapter, {GOOD: ResourceOptions(allow_methods=allow_methods)})

    def allows(method: str) -> bool:
        return isinstance(decide(unrouted_policy(adapter, [], method), GOOD), Grant)

    assert list(filter(allows, ["GET", "PUT", "MADE-UP", "TRACE", "*"])) == allowed


def test_findings_of_an_application_are_known_before_it_is_added(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    router.add_view("/view", ConfiguredView)

    plan = registration(adapter).plan_application({"null": PLAIN}, inherit=True, enforce=False)

    assert [(each.id, each.where) for each in plan.findings] == [("null-origin", "the application")]


def test_invalid_view_of_an_application_is_found_before_it_is_added(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    router.add_view("/view", InvalidView)

    with pytest.raises(ValueError, match=r"'InvalidView\.cors_config': 'max_age'"):
        add_application(adapter, CONFIG)

    assert adapter.registry.application is None


# What decides about responses, known from the route alone or not.


def planned(adapter: ResourcesUrlDispatcherRouterAdapter, route: web.AbstractRoute) -> Any:
    return adapter.registry.snapshot.plan(route, adapter._router)


@pytest.mark.parametrize(
    ("method", "kind"),
    [pytest.param("GET", Policy, id="one method"), pytest.param("*", dict, id="any method")],
)
def test_responses_of_one_method_are_planned_by_the_policy_itself(
    method: str, kind: type, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    route = router.add_route(method, "/", handler)
    add(adapter, route, CONFIG)

    assert type(planned(adapter, route)) is kind


def test_plans_of_all_methods_leave_out_the_preflights_of_views(
    router: web.UrlDispatcher,
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    view, other = router.add_view("/view", View), router.add_route("*", "/any", handler)
    add(adapter, view, CONFIG)
    add(adapter, other, CONFIG)

    of_view, of_other = planned(adapter, view), planned(adapter, other)

    assert isinstance(of_view, dict)
    assert isinstance(of_other, dict)
    assert set(of_other) - set(of_view) == {"OPTIONS"}


def test_view_that_computes_its_config_is_not_planned(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    class ComputedView(web.View, CorsViewMixin):
        @classmethod
        def get_request_config(cls, request: Any, request_method: str) -> Any:
            raise NotImplementedError

    route = router.add_view("/", ComputedView)
    add(adapter, route, CONFIG)

    assert planned(adapter, route) is UNDECIDED


@pytest.mark.parametrize("method", ["PUT", "*"])
def test_second_resource_of_a_path_is_planned_by_what_was_added_of_the_first(
    method: str, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router)
    add(adapter, router.add_get("/x", handler), LISTING)
    router.add_get("/y", handler)

    found = planned(adapter, router.add_route(method, "/x", handler))

    policy = found["PUT"] if isinstance(found, dict) else found
    assert [dict(table.config) for table in policy.layers] == [LISTING]


def test_policy_for_another_method_of_a_route_is_that_of_no_other_route(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resources = [router.add_resource(path) for path in ("/a", "/b")]
    for resource in resources:
        add(adapter, resource.add_route("GET", handler), CONFIG)
        add(adapter, resource.add_route("PUT", handler), {BANK: PLAIN})

    policy_for(adapter, next(iter(resources[0])), "PUT")

    assert adapter.registry.snapshot.alike == {}


def test_requests_to_our_options_routes_are_not_planned(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    add(adapter, router.add_get("/", handler), CONFIG)
    (options,) = adapter._preflight_routes

    assert planned(adapter, options) is UNDECIDED


def test_route_that_was_not_added_is_planned_to_be_left_alone(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    assert planned(adapter, router.add_get("/", handler)) is None


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(web.HTTPNotFound(), id="404"),
        pytest.param(web.HTTPMethodNotAllowed("PUT", ["GET"]), id="405"),
    ],
)
def test_what_is_routed_nowhere_is_left_alone_unless_the_application_is_added(
    error: web.HTTPException, router: web.UrlDispatcher
) -> None:
    adapter = adapter_for(router, preflights_first=True)
    nowhere = system_route_of(error)

    assert planned(adapter, nowhere) is None
    add_application(adapter, CONFIG)
    assert planned(adapter, nowhere) is UNDECIDED


# Where a config was written, in words.


def sources_of(
    adapter: ResourcesUrlDispatcherRouterAdapter, route: web.AbstractRoute, method: str
) -> list[str]:
    layers = adapter.registry.snapshot.layers.of(route, method, adapter._router)
    return [layer.source for layer in layers if layer.table.config]


def test_config_is_said_to_be_written_where_it_was(router: web.UrlDispatcher) -> None:
    adapter = adapter_for(router, {BANK: PLAIN}, preflights_first=True)
    first, second = router.add_resource("/first"), router.add_resource("/second")
    route = second.add_route("GET", handler)
    # Equal configs are one table, and are written in several places.
    add(adapter, first, CONFIG)
    add(adapter, second, CONFIG)
    add(adapter, route, OTHER_CONFIG)
    add_application(adapter, {EVIL: PLAIN})

    below = ["the application", "defaults"]
    assert sources_of(adapter, route, "GET") == ["route GET /second", "resource /second", *below]
    nowhere = system_route_of(web.HTTPNotFound())
    everything = ["resource /first", "resource /second", *below]
    assert sources_of(adapter, nowhere, "GET") == everything


def test_config_of_a_view_is_said_to_be_written_in_it_or_at_the_route(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    view = resource.add_route("*", ConfiguredView)
    add(adapter, view, CONFIG)
    add(adapter, resource, OTHER_CONFIG)

    of_class = ["view ConfiguredView", "route * /", "resource /"]
    assert sources_of(adapter, view, "PUT") == ["view ConfiguredView.put", *of_class]
    assert sources_of(adapter, view, "GET") == of_class
    assert sources_of(adapter, view, "MADE-UP") == of_class


def test_config_of_a_sibling_is_said_to_be_written_at_the_sibling(
    router: web.UrlDispatcher, adapter: ResourcesUrlDispatcherRouterAdapter
) -> None:
    resource = router.add_resource("/")
    add(
        adapter,
        resource.add_route("GET", handler),
        {GOOD: ResourceOptions(allow_methods=["PUT"]), BANK: PLAIN},
    )
    put = resource.add_route("PUT", handler)

    (layer,) = adapter.registry.snapshot.allowed_layers(put, "PUT", router)[:1]

    assert layer.source == "route GET /"
    assert list(layer.table.config) == [GOOD]
