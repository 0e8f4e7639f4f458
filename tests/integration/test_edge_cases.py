"""What is seldom done, and must be right all the same."""

from __future__ import annotations

import asyncio
import enum
import re
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions
from aiohttp_cors._core.origin_table import OriginTable
from aiohttp_cors._core.policy import ALLOWED, Policy, decide
from aiohttp_cors._http.origin_functions import OriginFunctions
from aiohttp_cors.preflight_handler import _PreflightHandler
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .conftest import recording

GOOD = "https://good.example"
LISTED = {GOOD: ResourceOptions()}
ASKED = {"Origin": GOOD, "Access-Control-Request-Method": "GET"}
ALLOW_ORIGIN = "Access-Control-Allow-Origin"


class DerivedAdapter(ResourcesUrlDispatcherRouterAdapter):
    """Counts as an adapter of the application's own."""


def derived() -> Any:
    app = web.Application()
    adapter = DerivedAdapter(app.router, {})
    return app, aiohttp_cors.setup(app, router_adapter=adapter), adapter


async def ignored(decision: Any) -> None:
    raise NotImplementedError


async def handler(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def test_setup_of_a_running_application_is_an_error(aiohttp_client: Any) -> None:
    app = web.Application()
    await aiohttp_client(app)

    with pytest.raises(RuntimeError, match="before the application is run"):
        aiohttp_cors.setup(app)


@pytest.mark.parametrize(
    "app", [None, "app", web.Application, SimpleNamespace(router=None), web.UrlDispatcher()]
)
def test_setup_of_what_is_not_an_application_is_an_error(app: Any) -> None:
    with pytest.raises(TypeError, match="'app' must be of type Application, got"):
        aiohttp_cors.setup(app)


def test_setup_takes_an_application_of_the_class_that_was_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = web.Application()

    monkeypatch.setattr(web, "Application", type("Instrumented", (), {}))

    assert aiohttp_cors.setup(app) is app[aiohttp_cors.APP_CONFIG_KEY]


def test_enforce_with_a_router_adapter_is_an_error() -> None:
    app = web.Application()

    words = "'enforce' is for aiohttp's own router; leave out 'router_adapter'"
    with pytest.raises(ValueError, match=f"^{words}$"):
        aiohttp_cors.setup(app, router_adapter=DerivedAdapter(app.router, {}), enforce=True)


def test_adapter_of_aiohttps_own_router_may_enforce() -> None:
    app = web.Application()
    adapter = ResourcesUrlDispatcherRouterAdapter(app.router, {})

    cors = aiohttp_cors.setup(app, router_adapter=adapter, enforce=True)

    assert cors._cors_impl.enforcing


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"defaults": 5},
            ValueError,
            "'defaults' must map origins to ResourceOptions, got 5; write "
            "{'https://app.example.com': ResourceOptions()}",
        ),
        (
            {"router_adapter": 1},
            TypeError,
            "'router_adapter' must be of type AbstractRouterAdapter, got 1",
        ),
        ({"strict": 1}, TypeError, "'strict' must be of type bool, got 1"),
        (
            {"origin_timeout": "1"},
            TypeError,
            "'origin_timeout' must be a number of seconds, got '1'",
        ),
        ({"origin_timeout": 0}, ValueError, "'origin_timeout' must be positive seconds, got 0"),
        (
            {"origin_timeout": float("inf")},
            ValueError,
            "'origin_timeout' must be positive seconds, got inf",
        ),
        (
            {"existing_headers": "x"},
            ValueError,
            "'existing_headers' must be 'replace' or 'keep', got 'x'",
        ),
        ({"on_decision": 1}, TypeError, "'on_decision' must be a function or None, got 1"),
        pytest.param(
            {"on_decision": ignored},
            TypeError,
            f"'on_decision' is not awaited: it must be a plain function, got {ignored!r}",
            id="coroutine function",
        ),
    ],
)
def test_wrong_argument_is_an_error_that_says_what_it_must_be(
    arguments: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        aiohttp_cors.setup(web.Application(), **arguments)


@pytest.mark.parametrize("argument", [{"inherit": False}, {"enforce": True}])
def test_arguments_that_a_router_adapter_does_not_know_are_an_error(argument: Any) -> None:
    app, cors, _ = derived()

    with pytest.raises(ValueError, match="'inherit' and 'enforce'"):
        cors.add(app.router.add_get("/", handler), LISTED, **argument)


def test_preflights_can_not_be_left_to_handlers_once_the_application_was_added() -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app, LISTED)

    with pytest.raises(ValueError, match="'preflights_first' cannot be False: the application"):
        aiohttp_cors.setup(app, preflights_first=False)

    assert aiohttp_cors.setup(app) is cors


def test_later_setup_that_contradicts_is_an_error_that_says_what_to_do() -> None:
    app = web.Application()
    aiohttp_cors.setup(app, origin_timeout=2.0).add(app, LISTED)

    errors = []
    for arguments in ({"origin_timeout": 3.0}, {"preflights_first": False}):
        with pytest.raises(ValueError, match="'") as raised:
            aiohttp_cors.setup(app, **arguments)  # type: ignore[arg-type]
        errors.append(str(raised.value))

    assert errors == [
        "'origin_timeout' was given to setup() with two values for this application, 2.0 and 3.0; "
        "give it once, or take the CorsConfig from app[aiohttp_cors.APP_CONFIG_KEY]",
        "'preflights_first' cannot be False: the application itself was added, which needs its "
        "preflights to be responded to before its handlers run",
    ]


def test_config_of_a_derived_adapter_for_a_double_of_a_request_is_that_of_its_method() -> None:
    # Unit tests of applications know a resource, and a mock for the rest.
    app, cors, adapter = derived()
    resource = app.router.add_resource("/")
    cors.add(resource.add_route("GET", handler), LISTED)
    cors.add(resource.add_route("PUT", handler), {"https://put.example": ResourceOptions()})

    def origins(method: str, known: object = resource) -> list[str]:
        match_info = SimpleNamespace(route=SimpleNamespace(resource=known))
        request = SimpleNamespace(match_info=match_info, method=method)
        return list(adapter.get_non_preflight_request_config(request))

    assert origins("GET") == [GOOD]
    assert origins("PUT") == ["https://put.example"]
    assert origins("DELETE") == origins("GET", None) == []


def test_view_without_cors_around_it_says_what_to_call() -> None:
    class View(web.View, CorsViewMixin): ...

    request: Any = SimpleNamespace(match_info=SimpleNamespace(apps=()))

    with pytest.raises(ValueError, match="CORS is not configured") as raised:
        View.get_request_config(request, "GET")

    assert str(raised.value) == (
        "CORS is not configured: call aiohttp_cors.setup(app) with the application that serves "
        "this view, or with one around it"
    )


def test_config_of_a_method_that_a_view_lacks_is_a_key_error_of_it() -> None:
    class View(web.View, CorsViewMixin): ...

    app = web.Application()
    aiohttp_cors.setup(app)
    request: Any = SimpleNamespace(match_info=SimpleNamespace(apps=(app,)))

    with pytest.raises(KeyError, match="put"):
        View.get_request_config(request, "put")


async def test_405_is_by_the_resource_that_takes_the_preflights_of_the_path(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app)
    cors.add(app.router.add_put("/x", handler).resource, LISTED)
    app.router.add_get("/y", handler)
    cors.add(app.router.add_get("/x", handler).resource, {"https://get.example": ResourceOptions()})
    client = await aiohttp_client(app)

    for origin, expected in ((GOOD, GOOD), ("https://get.example", None)):
        response = await client.delete("/x", headers={"Origin": origin})
        assert (response.status, response.headers.get(ALLOW_ORIGIN)) == (405, expected)


@pytest.mark.parametrize("preflights_first", [True, False])
@pytest.mark.parametrize("method", ["OPTIONS", "DELETE"])
async def test_derived_router_resolves_the_request_itself_last(
    aiohttp_client: Any, method: str, preflights_first: bool
) -> None:
    resolved = []

    class Router(web.UrlDispatcher):
        async def resolve(self, request: web.Request) -> Any:
            resolved.append(request.method)
            return await super().resolve(request)

    app = web.Application()
    app._router = Router()
    cors = aiohttp_cors.setup(app, preflights_first=preflights_first)
    cors.add(app.router.add_get("/x", handler).resource, LISTED, enforce=True)
    client = await aiohttp_client(app)

    await client.request(
        method, "/x", headers={"Origin": GOOD, "Access-Control-Request-Method": "GET"}
    )

    assert resolved[-1] == method


async def test_function_reads_the_request_of_a_preflight_behind_middlewares(
    aiohttp_client: Any,
) -> None:
    def listed(origin: str, request: web.Request) -> bool:
        return request.query["tenant"] == "a"

    app = web.Application()
    cors = aiohttp_cors.setup(app, preflights_first=False)
    cors.add(app.router.add_get("/x", handler), {listed: ResourceOptions()})
    client = await aiohttp_client(app)

    assert await preflight(client, "/x?tenant=a", "GET") == (200, "GET")
    assert await preflight(client, "/x?tenant=b", "GET") == (403, None)


@pytest.mark.parametrize("preflights_first", [True, False])
async def test_origin_that_a_function_allows_may_send_listed_headers_only(
    aiohttp_client: Any, preflights_first: bool
) -> None:
    def listed(origin: str, request: web.Request) -> bool:
        return True

    app = web.Application()
    cors = aiohttp_cors.setup(app, preflights_first=preflights_first)
    cors.add(app.router.add_get("/x", handler), {listed: ResourceOptions(allow_headers=["X-A"])})
    client = await aiohttp_client(app)

    statuses = []
    for name in ("X-A", "X-B"):
        response = await client.options(
            "/x", headers={**ASKED, "Access-Control-Request-Headers": name}
        )
        statuses.append(response.status)

    assert statuses == [200, 403]


async def test_preflight_that_an_inner_application_takes_later_is_left_to_it(
    aiohttp_client: Any,
) -> None:
    ran: list[str] = []
    sub, app = web.Application(), web.Application(middlewares=[recording(ran)])
    route = sub.router.add_get("/x", handler)
    aiohttp_cors.setup(sub, preflights_first=False).add(route, LISTED)
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app).add(route, LISTED)
    client = await aiohttp_client(app)

    assert (await preflight(client, "/s/x", "PUT"), ran) == ((403, None), ["OPTIONS"])


@pytest.mark.unexplained
async def test_view_computes_no_config_before_middlewares_that_run_first(
    aiohttp_client: Any,
) -> None:
    # The setup() of the application around it responds to preflights before middlewares.
    ran: list[str] = []

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        ran.append("middleware")
        response: web.StreamResponse = await handler(request)
        return response

    class View(web.View, CorsViewMixin):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            ran.append("get_request_config")
            return LISTED

        async def get(self) -> web.Response:
            return web.Response()

    sub, app = web.Application(middlewares=[middleware]), web.Application()
    cors = aiohttp_cors.setup(sub, preflights_first=False)
    cors.add(sub.router.add_view("/x", View))
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app)
    client = await aiohttp_client(app)

    assert await preflight(client, "/s/x", "GET") == (200, "GET")
    assert ran[0] == "middleware"


def test_config_of_a_view_for_a_double_of_a_request_is_that_of_its_method() -> None:
    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return web.Response()

        put = delete = get

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = app.router.add_resource("/")
    cors.add(resource, LISTED)
    cors.add(resource.add_route("PUT", handler), {"https://put.example": ResourceOptions()})
    match_info = SimpleNamespace(apps=None, route=SimpleNamespace(resource=resource))
    request: Any = SimpleNamespace(app=app, match_info=match_info, method="GET")

    assert list(View.get_request_config(request, "PUT")) == [GOOD, "https://put.example"]
    assert list(View.get_request_config(request, "DELETE")) == [GOOD]


async def test_new_defaults_reach_what_was_added_with_a_derived_adapter(
    aiohttp_client: Any,
) -> None:
    app, cors, _ = derived()
    cors.add(app.router.add_get("/", handler))
    cors.defaults = LISTED
    client = await aiohttp_client(app)

    response = await client.get("/", headers={"Origin": GOOD})

    assert response.headers.get(ALLOW_ORIGIN) == GOOD


async def test_view_under_a_derived_adapter_has_the_defaults(aiohttp_client: Any) -> None:
    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            config = self.get_request_config(self.request, "GET")
            return web.json_response(list(config))

    app, cors, _ = derived()
    cors.defaults = LISTED
    cors.add(app.router.add_view("/", View))
    client = await aiohttp_client(app)

    assert await (await client.get("/")).json() == [GOOD]


async def test_view_under_a_foreign_adapter_has_the_defaults(aiohttp_client: Any) -> None:
    class Foreign(aiohttp_cors.abc.AbstractRouterAdapter):
        def add_preflight_handler(self, routing_entity: Any, handler: Any) -> None: ...
        def is_preflight_request(self, request: Any) -> bool:
            return False

        def is_cors_enabled_on_request(self, request: Any) -> bool:
            return False

        def set_config_for_routing_entity(self, routing_entity: Any, config: Any) -> None: ...
        async def get_preflight_request_config(self, *arguments: Any) -> Any: ...
        def get_non_preflight_request_config(self, request: Any) -> Any: ...

    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return web.json_response(list(self.get_request_config(self.request, "GET")))

    app = web.Application()
    cors = aiohttp_cors.setup(app, router_adapter=Foreign())
    cors.defaults = LISTED
    app.router.add_view("/", View)
    client = await aiohttp_client(app)

    assert await (await client.get("/")).json() == [GOOD]
    assert (await client.options("/", headers=ASKED)).status == 200


async def test_function_that_fails_when_it_is_stopped_breaks_nothing(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    stopped = asyncio.Event()

    async def stubborn(origin: str, request: web.Request) -> bool:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            stopped.set()
            raise ZeroDivisionError from None
        return True

    app = web.Application()
    cors = aiohttp_cors.setup(app, origin_timeout=0.01)
    cors.add(app.router.add_get("/", handler), {stubborn: ResourceOptions()})
    client = await aiohttp_client(app)

    response = await client.get("/", headers={"Origin": GOOD})
    await asyncio.wait_for(stopped.wait(), 5)

    assert (response.status, response.headers.get(ALLOW_ORIGIN)) == (200, None)
    assert len([each for each in caplog.records if each.name == "aiohttp_cors"]) == 1


def interrupts(origin: str, request: web.Request) -> bool:
    raise KeyboardInterrupt


async def interrupts_later(origin: str, request: web.Request) -> bool:
    raise KeyboardInterrupt


@pytest.mark.parametrize("function", [interrupts, interrupts_later])
def test_interrupt_in_a_function_is_for_the_whole_program(function: Any) -> None:
    policy = Policy((OriginTable({function: ResourceOptions()}),), ALLOWED)

    async def settle() -> object:
        request: Any = SimpleNamespace()
        return await OriginFunctions().settle(
            request, GOOD, lambda answers: decide(policy, GOOD, None, answers)
        )

    loop = asyncio.new_event_loop()
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(settle())
        # What waits for the function ends, as it does in asyncio.run().
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.wait({task}))
    finally:
        loop.close()


async def test_resource_of_the_application_sees_a_request_in_preflights(
    aiohttp_client: Any,
) -> None:
    class OnlyRequests(web.PlainResource):
        async def resolve(self, request: web.Request) -> Any:
            if not isinstance(request, web.Request):
                return None, set()
            return await super().resolve(request)

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = OnlyRequests("/path")
    app.router.register_resource(resource)
    cors.add(resource.add_route("GET", handler), LISTED)
    client = await aiohttp_client(app)

    assert (await client.options("/path", headers=ASKED)).status == 200


async def test_derived_handler_responds_to_preflights_by_its_config(aiohttp_client: Any) -> None:
    class Own(_PreflightHandler):
        async def _get_config(self, request: Any, origin: str, request_method: str) -> Any:
            return LISTED

    app = web.Application()
    app.router.add_route("OPTIONS", "/", Own()._preflight_handler)
    client = await aiohttp_client(app)

    response = await client.options("/", headers=ASKED)

    assert (response.status, response.headers[ALLOW_ORIGIN]) == (200, GOOD)


async def test_handler_without_a_config_says_so() -> None:
    with pytest.raises(NotImplementedError):
        await _PreflightHandler()._get_config(SimpleNamespace(), GOOD, "GET")  # type: ignore[arg-type]


async def test_preflight_handler_takes_plain_dicts_for_headers() -> None:
    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return web.Response()

        @classmethod
        def get_request_config(cls, request: Any, request_method: str) -> Any:
            return LISTED

    match_info = SimpleNamespace(apps=None)
    request = SimpleNamespace(headers=ASKED, app={}, match_info=match_info)

    response = await View(request).options()  # type: ignore[arg-type]

    assert response.headers[ALLOW_ORIGIN] == GOOD


async def test_application_takes_the_config_of_a_view_that_is_there(aiohttp_client: Any) -> None:
    class View(web.View, CorsViewMixin):
        cors_config = LISTED

        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    app.router.add_view("/", View)
    cors.add(app)
    client = await aiohttp_client(app)

    response = await client.get("/", headers={"Origin": GOOD})

    assert response.headers[ALLOW_ORIGIN] == GOOD


async def test_405_between_two_closed_resources_is_closed(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app, {"*": ResourceOptions()})
    for method, config in (("GET", LISTED), ("POST", {"https://b.example": ResourceOptions()})):
        resource = app.router.add_resource("/path" if method == "GET" else "/{name}")
        cors.add(resource, config, inherit=False).add_route(method, handler)
    client = await aiohttp_client(app)

    response = await client.put("/path", headers={"Origin": GOOD})

    assert (response.status, response.headers.get(ALLOW_ORIGIN)) == (405, None)


# explain() has the snapshot compiled anew.
@pytest.mark.unexplained
@pytest.mark.parametrize("of_route", [False, True])
async def test_plans_of_routes_made_up_for_one_request_do_not_pile_up(
    aiohttp_client: Any, of_route: bool
) -> None:
    class Fresh(web.PlainResource):
        async def resolve(self, request: web.Request) -> Any:
            route = web.ResourceRoute("GET", handler, self)
            return web.UrlMappingMatchInfo({}, route), {"GET"}

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = Fresh("/path")
    app.router.register_resource(resource)
    route = resource.add_route("GET", handler)
    cors.add(route if of_route else resource, LISTED)
    client = await aiohttp_client(app)

    for _ in range(3):
        response = await client.get("/path", headers={"Origin": GOOD})
        assert response.headers[ALLOW_ORIGIN] == GOOD

    # One for each resource.
    assert len(cors._cors_impl.registry.plans) <= 1  # type: ignore[union-attr]


@pytest.mark.unexplained
async def test_plans_of_routes_that_a_wrapped_resolve_makes_up_do_not_pile_up(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/path", handler), LISTED)
    wrapped = app.router.resolve

    async def resolve(request: web.Request) -> Any:
        found = (await wrapped(request)).route
        assert found.resource is not None
        route = web.ResourceRoute(found.method, found.handler, found.resource)
        return web.UrlMappingMatchInfo({}, route)

    app.router.resolve = resolve  # type: ignore[assignment,method-assign]
    client = await aiohttp_client(app)

    for _ in range(3):
        response = await client.get("/path", headers={"Origin": GOOD})
        assert response.headers[ALLOW_ORIGIN] == GOOD

    # One for each resource.
    assert len(cors._cors_impl.registry.plans) <= 1  # type: ignore[union-attr]


async def test_get_route_that_also_serves_put_does_not_open_put(aiohttp_client: Any) -> None:
    class ServesAll(web.PlainResource):
        async def resolve(self, request: web.Request) -> Any:
            return web.UrlMappingMatchInfo({}, next(iter(self))), {"GET", "PUT"}

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = ServesAll("/path")
    app.router.register_resource(resource)
    resource.add_route("GET", handler)
    cors.add(resource, LISTED)
    client = await aiohttp_client(app)
    await client.get("/path", headers={"Origin": GOOD})

    statuses = [
        (await client.options("/path", headers=asked)).status
        for asked in (ASKED, {**ASKED, "Access-Control-Request-Method": "PUT"})
    ]

    assert statuses == [200, 403]


async def test_head_route_with_its_own_handler_is_not_allowed_as_get_is(
    aiohttp_client: Any,
) -> None:
    async def head(request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_route("GET", "/", handler), LISTED)
    app.router.add_route("HEAD", "/", head)
    client = await aiohttp_client(app)

    response = await client.head("/", headers={"Origin": GOOD})

    assert response.headers.get(ALLOW_ORIGIN) is None


def test_handler_that_is_there_already_is_left_alone() -> None:
    app = web.Application()
    adapter = ResourcesUrlDispatcherRouterAdapter(app.router, {})
    route = app.router.add_route("OPTIONS", "/", handler)

    adapter.add_preflight_handler(route, handler)

    assert not adapter.is_cors_for_resource(route.resource)


async def test_sub_application_with_its_own_adapter_decides_alone(
    aiohttp_client: Any,
) -> None:
    sub, sub_cors, _ = derived()
    route = sub_cors.add(sub.router.add_get("/path", handler), LISTED)
    app = web.Application()
    app.add_subapp("/sub", sub)
    aiohttp_cors.setup(app).add(route, {"https://outer.example": ResourceOptions()})
    client = await aiohttp_client(app)

    origins = [
        (await client.get("/sub/path", headers={"Origin": origin})).headers.get(ALLOW_ORIGIN)
        for origin in (GOOD, "https://outer.example")
    ]

    assert origins == [GOOD, None]


async def preflight(client: Any, path: str, method: str, origin: str = GOOD) -> tuple[int, Any]:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    response = await client.options(path, headers=headers)
    return response.status, response.headers.get("Access-Control-Allow-Methods")


async def test_preflight_is_decided_by_the_resource_that_takes_its_method(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    app.router.add_put("/api/admin", handler)
    options = ResourceOptions(allow_methods="*")
    cors = aiohttp_cors.setup(app, defaults={GOOD: options})
    cors.add(app.router.add_resource("/api/{name}")).add_route("*", handler)
    client = await aiohttp_client(app)

    assert await preflight(client, "/api/admin", "PATCH") == (
        200,
        "PATCH",
    )
    assert (await preflight(client, "/api/admin", "PUT"))[0] == 403


async def test_trace_beside_a_method_changes_nothing_for_it(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=LISTED)
    for method in ("PUT", "TRACE"):
        cors.add(app.router.add_route(method, "/", handler))
    client = await aiohttp_client(app)

    assert await preflight(client, "/", "PUT") == (200, "PUT")


async def test_enforcement_lets_preflights_through_to_the_middlewares(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, preflights_first=False, enforce=True, defaults=LISTED)
    cors.add(app.router.add_put("/", handler))
    client = await aiohttp_client(app)

    assert await preflight(client, "/", "PUT") == (200, "PUT")
    assert (await preflight(client, "/", "PUT", "https://evil.example"))[0] == 403


@pytest.mark.parametrize("whole", [False, True], ids=["routes", "whole application"])
async def test_outer_application_leaves_preflights_to_the_nearer_one(
    aiohttp_client: Any, whole: bool
) -> None:
    sub = web.Application()
    aiohttp_cors.setup(sub, preflights_first=False).add(sub.router.add_put("/x", handler), LISTED)
    app = web.Application()
    app.add_subapp("/s", sub)
    outer = aiohttp_cors.setup(app, defaults={"https://outer.example": ResourceOptions()})
    for entity in [app] if whole else app.router.routes():
        outer.add(entity)
    client = await aiohttp_client(app)

    assert await preflight(client, "/s/x", "PUT") == (200, "PUT")
    assert (await preflight(client, "/s/x", "PUT", "https://outer.example"))[0] == 403


async def test_adapter_that_fails_inside_an_application_that_enforces_refuses_the_origin(
    aiohttp_client: Any,
) -> None:
    class Failing(DerivedAdapter):
        def is_cors_enabled_on_request(self, request: web.Request) -> bool:
            raise ZeroDivisionError

    sub = web.Application()
    cors = aiohttp_cors.setup(sub, router_adapter=Failing(sub.router, {}))
    cors.add(sub.router.add_put("/x", handler), LISTED)
    app = web.Application()
    app.add_subapp("/s", sub)
    aiohttp_cors.setup(app, enforce=True).add(app, LISTED)
    client = await aiohttp_client(app)

    response = await client.put("/s/x", headers={"Origin": GOOD})

    assert (response.status, response.headers.get(ALLOW_ORIGIN)) == (403, None)


# aiohttp 3.14 wants a RequestKey, which older ones don't have.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("preflights_first", [True, False])
async def test_derived_router_may_keep_things_in_a_request_and_clone_it(
    aiohttp_client: Any, preflights_first: bool
) -> None:
    class Router(web.UrlDispatcher):
        async def resolve(self, request: web.Request) -> Any:
            request["seen"] = "seen" in request or True
            assert request["seen"]
            return await super().resolve(request.clone(rel_url="/" + request.path.strip("/")))

    app = web.Application()
    app._router = Router()
    cors = aiohttp_cors.setup(app, preflights_first=preflights_first)
    cors.add(app.router.add_get("/path", handler), LISTED)
    client = await aiohttp_client(app)

    assert await preflight(client, "/path/", "GET") == (200, "GET")


async def test_origin_that_is_a_member_of_an_enum_is_written_as_its_value(
    aiohttp_client: Any,
) -> None:
    class Origins(str, enum.Enum):
        APP = GOOD

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/", handler), {Origins.APP: ResourceOptions()})
    client = await aiohttp_client(app)

    response = await client.get("/", headers={"Origin": GOOD})

    assert response.headers[ALLOW_ORIGIN] == GOOD


@pytest.mark.parametrize("path", ["/get", "/any", "/nowhere"])
async def test_malformed_preflight_to_a_whole_application_is_refused(
    aiohttp_client: Any, path: str
) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app, LISTED)
    app.router.add_get("/get", handler)
    app.router.add_route("*", "/any", handler)
    client = await aiohttp_client(app)

    assert await preflight(client, path, "(X)") == (403, None)


async def test_preflight_behind_middlewares_finds_the_application_that_allows_the_method(
    aiohttp_client: Any,
) -> None:
    class View(web.View, CorsViewMixin):
        async def put(self) -> web.Response:
            return web.Response()

    sub = web.Application()
    inner = aiohttp_cors.setup(sub, preflights_first=False)
    resource = sub.router.add_resource("/x")
    inner.add(resource.add_route("GET", handler), {"https://inner.example": ResourceOptions()})
    put = resource.add_route("PUT", handler)
    view = sub.router.add_view("/v", View)
    app = web.Application()
    app.add_subapp("/s", sub)
    outer = aiohttp_cors.setup(app, defaults=LISTED, preflights_first=False)
    outer.add(put)
    outer.add(view)
    client = await aiohttp_client(app)

    assert (await preflight(client, "/s/x", "PUT"))[0] == 200
    assert (await preflight(client, "/s/v", "PUT"))[0] == 200
    assert (await preflight(client, "/s/x", "DELETE"))[0] == 403


async def test_derived_adapter_allows_no_method_that_is_not_listed(aiohttp_client: Any) -> None:
    app, cors, _ = derived()
    resource = cors.add(
        app.router.add_resource("/"), {GOOD: ResourceOptions(allow_methods=["GET"])}
    )
    resource.add_route("GET", handler)
    resource.add_route("PUT", handler)
    client = await aiohttp_client(app)

    origins = [
        (await client.request(method, "/", headers={"Origin": GOOD})).headers.get(ALLOW_ORIGIN)
        for method in ("GET", "PUT")
    ]

    assert origins == [GOOD, None]


async def test_defaults_that_are_replaced_do_not_pile_up(aiohttp_client: Any) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    adapter: Any = cors._cors_impl._router_adapter
    tables = adapter.registry._tables._tables
    before = len(tables)

    for number in range(50):
        cors.defaults = {f"https://{number}.example": ResourceOptions()}

    assert adapter.registry._tables._tables is tables
    assert len(tables) == before


def test_config_of_a_route_that_was_not_added_is_empty() -> None:
    app = web.Application()
    adapter = ResourcesUrlDispatcherRouterAdapter(app.router, LISTED)
    route = app.router.add_get("/", handler)
    request: Any = SimpleNamespace(match_info=SimpleNamespace(route=route), method="GET")

    assert adapter.get_non_preflight_request_config(request) == {}


def test_view_has_no_config_for_a_method_that_it_lacks() -> None:
    class View(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return web.Response()

    app = web.Application()
    aiohttp_cors.setup(app)
    request: Any = SimpleNamespace(app=app, match_info=SimpleNamespace(apps=(app,)))

    with pytest.raises(KeyError):
        View.get_request_config(request, "PUT")


async def test_preflight_of_an_application_behind_middlewares_is_left_to_its_options_route(
    aiohttp_client: Any,
) -> None:
    seen: list[str] = []

    @web.middleware
    async def sees(request: web.Request, handler: Any) -> Any:
        seen.append(request.method)
        return await handler(request)

    sub = web.Application(middlewares=[sees])
    aiohttp_cors.setup(sub, preflights_first=False).add(sub.router.add_get("/x", handler), LISTED)
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get("/y", handler), LISTED)
    app.add_subapp("/s", sub)
    client = await aiohttp_client(app)

    # Nothing is said about the one method, nor routed for it; the other is allowed.
    assert await preflight(client, "/s/x", "DELETE") == (403, None)
    assert await preflight(client, "/s/x", "GET") == (200, "GET")
    assert seen == ["OPTIONS", "OPTIONS"]


async def test_preflight_where_all_options_are_the_applications_is_refused_for_what_was_added(
    aiohttp_client: Any,
) -> None:
    async def own(request: web.Request) -> web.Response:
        return web.Response(text="own options")

    app = web.Application()
    app.router.add_route("OPTIONS", "/{path:.*}", own)
    cors = aiohttp_cors.setup(app)
    # Of paths with names, the first one that is routed takes the request.
    cors.add(app.router.add_get("/{name:added}", handler), LISTED)
    app.router.add_get("/{another:other}", handler)
    client = await aiohttp_client(app)

    responses = {}
    for path in ("/added", "/other", "/nowhere"):
        for method in ("GET", "DELETE"):
            headers = {**ASKED, "Access-Control-Request-Method": method}
            response = await client.options(path, headers=headers)
            responses[path, method] = (response.status, (await response.text())[:11])

    refused, untouched = (403, "CORS prefli"), (200, "own options")
    assert responses == {
        ("/added", "GET"): (200, ""),
        ("/added", "DELETE"): refused,
        ("/other", "GET"): untouched,
        ("/other", "DELETE"): untouched,
        ("/nowhere", "GET"): untouched,
        ("/nowhere", "DELETE"): untouched,
    }


async def test_preflight_for_what_a_derived_adapter_does_not_know_is_left_alone(
    aiohttp_client: Any,
) -> None:
    sub, sub_cors, _ = derived()
    sub_cors.add(sub.router.add_get("/added", handler), LISTED)
    sub.router.add_get("/other", handler)
    app = web.Application()
    aiohttp_cors.setup(app)
    app.add_subapp("/s", sub)
    client = await aiohttp_client(app)

    assert await preflight(client, "/s/added", "GET") == (200, "GET")
    assert await preflight(client, "/s/other", "GET") == (405, None)
