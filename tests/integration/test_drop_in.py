"""What applications written for aiohttp-cors 0.8.1 do, and expect to keep working.

Where 0.8.1 could not serve such code, the docstring says what it did. All other tests were seen
passing on the published 0.8.1 with aiohttp 3.14.5, but for arguments that it did not have.
"""

from __future__ import annotations

import functools

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import (
    APP_CONFIG_KEY,
    CorsConfig,
    CorsViewMixin,
    ResourceOptions,
    custom_cors,
)
from aiohttp_cors.abc import AbstractRouterAdapter
from aiohttp_cors.preflight_handler import _PreflightHandler
from aiohttp_cors.urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

from .conftest import ALLOW_ORIGIN, EVIL, GOOD, OTHER, check, hello, preflight_headers

DEFAULTS = {
    GOOD: ResourceOptions(allow_credentials=True, expose_headers="*", allow_headers="*"),
}


def to(*origins, **options):
    return {origin: ResourceOptions(**options) for origin in origins}


async def passes(client, path, method="GET", origin=GOOD):
    """Tell whether a browser passes the preflight, and may read the response then."""
    preflight_reply = await client.options(path, headers=preflight_headers(method, origin))
    actual = await client.request(method, path, headers={"Origin": origin})
    return preflight_reply.status == 200, actual.headers.get(ALLOW_ORIGIN) in (origin, "*")


BOTH, NEITHER = (True, True), (False, False)


# Walking all routes


class OwnStatic(web.StaticResource):
    pass


class GetView(web.View, CorsViewMixin):
    async def get(self):
        return web.Response(text="hello")


def application_to_walk(folder):
    app = web.Application()
    app.router.add_get("/get", hello)
    app.router.add_route("PUT", "/get", hello)
    app.router.add_post("/post/{name}", hello)
    app.router.add_get("/partial", functools.partial(hello))
    app.router.add_view("/view", GetView)
    app.router.add_static("/static", folder)
    app.router.register_resource(OwnStatic("/own-static", folder))
    sub = web.Application()
    sub.router.add_get("/get", hello)
    app.add_subapp("/sub", sub)
    return app


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "file").write_text("hello")
    return tmp_path


def walk_routes(app):
    return app.router.routes()


def walk_list_of_routes(app):
    return list(app.router.routes())


def walk_resources(app):
    return list(app.router.resources())[:-1]


WALKED = [
    ("/get", "GET"),
    ("/get", "PUT"),
    ("/post/name", "POST"),
    ("/partial", "GET"),
    ("/view", "GET"),
]
FILES = [("/static/file", "GET"), ("/own-static/file", "GET")]


@pytest.mark.parametrize("walk", [walk_routes, walk_list_of_routes])
async def test_all_routes_can_be_walked(aiohttp_client, folder, walk):
    app = application_to_walk(folder)
    cors = aiohttp_cors.setup(app, defaults=to(GOOD, allow_methods="*"))
    for route in walk(app):
        cors.add(route)
    client = await aiohttp_client(app)
    paths = [*WALKED, *FILES]
    check([await passes(client, *path) for path in paths], [BOTH] * len(paths))


@pytest.mark.parametrize("walk", [walk_routes, walk_list_of_routes])
async def test_routes_of_sub_applications_are_walked_too(aiohttp_client, folder, walk):
    app = application_to_walk(folder)
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    for route in walk(app):
        cors.add(route)
    client = await aiohttp_client(app)
    check(await passes(client, "/sub/get"), BOTH)


async def test_all_resources_can_be_walked(aiohttp_client, folder):
    app = application_to_walk(folder)
    cors = aiohttp_cors.setup(app, defaults=to(GOOD, allow_methods="*"))
    for resource in walk_resources(app):
        cors.add(resource)
    client = await aiohttp_client(app)
    paths = [*WALKED, *FILES]
    check([await passes(client, *path) for path in paths], [BOTH] * len(paths))


async def test_routes_can_be_walked_twice(aiohttp_client, folder):
    """0.8.1: a ValueError for the second time."""
    app = application_to_walk(folder)
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    for _ in range(2):
        for route in list(app.router.routes()):
            cors.add(route)
    client = await aiohttp_client(app)
    check([await passes(client, *path) for path in WALKED], [BOTH] * len(WALKED))


async def test_walking_opens_no_options_route_of_the_library(aiohttp_client):
    """0.8.1: a ValueError for the second time."""
    app = web.Application()
    app.router.add_get("/get", hello)
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    for _ in range(2):
        for route in list(app.router.routes()):
            cors.add(route)
    client = await aiohttp_client(app)
    response = await client.options("/get", headers={"Origin": GOOD})
    check((response.status, response.headers.get(ALLOW_ORIGIN)), (403, None))


async def test_routes_can_be_walked_after_some_were_added_with_a_config(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD, allow_methods="*"))
    cors.add(app.router.add_get("/own", hello), to(OTHER))
    app.router.add_get("/other", hello)
    added = {"/own"}
    for resource in list(app.router.resources()):
        if resource.canonical not in added:
            cors.add(resource)
    client = await aiohttp_client(app)
    check(await passes(client, "/own", origin=OTHER), BOTH)
    check(await passes(client, "/other"), BOTH)


async def test_add_returns_what_it_was_given(folder):
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    resource = app.router.add_resource("/resource")
    entities = [resource, resource.add_route("GET", hello), app.router.add_static("/s", folder)]
    check([cors.add(entity) is entity for entity in entities], [True] * 3)


# Adding routes while the application runs


async def test_routes_can_be_added_while_the_application_runs(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD, allow_methods="*"))
    app.router.freeze = lambda: None
    client = await aiohttp_client(app)
    check((await client.get("/late")).status, 404)
    cors.add(app.router.add_get("/late", hello))
    check(await passes(client, "/late"), BOTH)


async def test_resources_can_be_added_on_startup(aiohttp_client):
    app = web.Application()
    app.router.add_get("/early", hello)
    cors = aiohttp_cors.setup(app, defaults=to(GOOD, allow_methods="*"))

    async def add_all(app):
        for resource in list(app.router.resources()):
            cors.add(resource)

    app.on_startup.append(add_all)
    client = await aiohttp_client(app)
    check(await passes(client, "/early"), BOTH)


async def test_first_route_of_a_path_opens_the_others_by_the_defaults(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD, allow_methods="*"))
    routes = [app.router.add_route(method, "/path", hello) for method in ("GET", "PUT")]
    added = set()
    for route in routes:
        if route.resource.canonical not in added:
            cors.add(route)
            added.add(route.resource.canonical)
    client = await aiohttp_client(app)
    check([await passes(client, "/path", method) for method in ("GET", "PUT")], [BOTH] * 2)


# Errors that are told apart by their words


async def test_own_options_handler_is_told_by_its_words():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    resource = app.router.add_resource("/own")
    resource.add_route("OPTIONS", hello)
    route = resource.add_route("GET", hello)
    for entity in (resource, route):
        with pytest.raises(ValueError, match="already has OPTIONS handler"):
            cors.add(entity)


async def test_plain_view_is_told_by_its_words():
    class View(web.View):
        async def get(self):
            return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    with pytest.raises(ValueError, match=r"should be derived from aiohttp_cors\.CorsViewMixin"):
        cors.add(app.router.add_view("/view", View))


async def test_star_route_is_told_by_its_words_where_middlewares_come_first():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS, preflights_first=False)
    with pytest.raises(ValueError, match="already has a '\\*' handler for all methods"):
        cors.add(app.router.add_route("*", "/any", hello))


async def test_errors_can_be_swallowed_by_their_words(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    app.router.add_get("/get", hello)
    app.router.add_route("OPTIONS", "/own", hello)
    app.router.add_view("/view", web.View)
    refused = []
    for route in list(app.router.routes()):
        try:
            cors.add(route)
        except ValueError as error:
            words = ("already has OPTIONS handler", "already has a", "should be derived")
            if not any(word in str(error) for word in words):
                raise
            refused.append(route.resource.canonical)
    client = await aiohttp_client(app)
    check(refused, ["/own", "/view"])
    check(await passes(client, "/get"), BOTH)


@pytest.mark.parametrize("entity", ["/path", None, hello, 1])
async def test_what_can_not_be_added_is_a_value_error(entity):
    cors = aiohttp_cors.setup(web.Application())
    with pytest.raises(ValueError, match="Resource or ResourceRoute expected"):
        cors.add(entity)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param("*", id="text"),
        pytest.param([GOOD], id="list"),
        pytest.param({GOOD: None}, id="no-options"),
        pytest.param({GOOD: {"allow": True}}, id="unknown-option"),
        pytest.param({1: ResourceOptions()}, id="number-for-an-origin"),
        pytest.param({GOOD: {"allow_headers": "X-A"}}, id="text-for-a-list"),
    ],
)
async def test_wrong_config_is_a_value_error_that_leaves_nothing_behind(aiohttp_client, config):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    route = app.router.add_get("/get", hello)
    with pytest.raises(ValueError, match=r"onfig|option|rigin|allow_headers"):
        cors.add(route, config)
    client = await aiohttp_client(app)
    check((await client.options("/get", headers=preflight_headers("GET"))).status, 405)
    check((await client.get("/get", headers={"Origin": GOOD})).headers.get(ALLOW_ORIGIN), None)


async def test_second_config_of_a_route_is_a_value_error_that_changes_nothing(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    route = cors.add(app.router.add_get("/get", hello), to(GOOD))
    with pytest.raises(ValueError, match="already"):
        cors.add(route, to(EVIL))
    client = await aiohttp_client(app)
    check([await passes(client, "/get", origin=each) for each in (GOOD, EVIL)], [BOTH, NEITHER])


# Reaching inside


async def test_options_route_is_recognised_by_its_handler():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    resource = cors.add(app.router.add_resource("/get"))
    options = next(route for route in resource if route.method == "OPTIONS")
    check(options.handler.__func__ is _PreflightHandler._preflight_handler, True)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": GOOD}, id="no-method"),
        pytest.param({}, id="nothing"),
        pytest.param(preflight_headers("GET"), id="preflight"),
    ],
)
async def test_authentication_lets_preflights_pass_by_their_handler(aiohttp_client, headers):
    @web.middleware
    async def require_login(request, handler):
        function = getattr(request.match_info.handler, "__func__", None)
        if function is _PreflightHandler._preflight_handler:
            return await handler(request)
        raise web.HTTPUnauthorized

    app = web.Application(middlewares=[require_login])
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    cors.add(app.router.add_get("/get", hello))
    client = await aiohttp_client(app)
    preflight_reply = await client.options("/get", headers=headers)
    actual = await client.get("/get", headers=headers)
    check((preflight_reply.status, actual.status), (200 if len(headers) > 1 else 403, 401))


@pytest.mark.parametrize("headers", [preflight_headers("GET"), {"Origin": GOOD}])
async def test_authentication_recognises_preflights_where_it_comes_first(aiohttp_client, headers):
    seen = []

    @web.middleware
    async def watch(request, handler):
        function = getattr(request.match_info.handler, "__func__", None)
        seen.append(function is _PreflightHandler._preflight_handler)
        return await handler(request)

    app = web.Application(middlewares=[watch])
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS, preflights_first=False)
    cors.add(app.router.add_get("/get", hello))
    client = await aiohttp_client(app)
    await client.options("/get", headers=headers)
    check(seen, [True])


async def test_adapter_tells_what_was_added(aiohttp_client):
    seen = []

    async def handler(request):
        seen.append(cors._cors_impl._router_adapter.is_cors_enabled_on_request(request))
        return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    route = cors.add(app.router.add_get("/added", handler))
    other = app.router.add_get("/other", handler)
    adapter = cors._cors_impl._router_adapter
    check([adapter.is_cors_for_resource(each.resource) for each in (route, other)], [True, False])
    client = await aiohttp_client(app)
    for path in ("/added", "/other"):
        await client.get(path)
    check(seen, [True, False])


async def test_adapter_hands_out_its_own_books(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    resource = cors.add(app.router.add_resource("/path"))
    adapter = cors._cors_impl._router_adapter
    options = [route for route in resource if route.method == "OPTIONS"]
    check(resource in adapter._resource_config, True)
    check(adapter._resources_with_preflight_handlers, {resource})
    check(adapter._preflight_routes, set(options))


async def test_config_of_an_application_is_found_by_its_key():
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=DEFAULTS)
    check(app[APP_CONFIG_KEY] is cors, True)
    check(dict(cors.defaults), DEFAULTS)


async def test_options_round_trip_as_a_dict():
    """0.8.1: a ValueError, because the fields are sets."""
    options = ResourceOptions(
        allow_credentials=True,
        expose_headers=["X-A"],
        allow_headers=["x-b"],
        max_age=5,
        allow_methods=["get"],
    )
    check(ResourceOptions(**options._asdict()), options)


async def test_options_compare_equal_to_sets():
    options = ResourceOptions(
        expose_headers=["X-A", "X-A"], allow_headers=["x-b"], allow_methods=["get", "PUT"]
    )
    check(
        (options.expose_headers, options.allow_headers, options.allow_methods),
        ({"X-A"}, {"X-B"}, {"GET", "PUT"}),
    )
    check(options[:2], (False, {"X-A"}))


@pytest.mark.parametrize("key", ["localhost:3000", "", "example.com", "https://good.example/"])
async def test_text_that_is_not_an_origin_does_not_raise(aiohttp_client, key):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={key: ResourceOptions(), GOOD: ResourceOptions()})
    cors.add(app.router.add_get("/get", hello), {key: ResourceOptions()})
    client = await aiohttp_client(app)
    check([await passes(client, "/get", origin=each) for each in (GOOD, EVIL)], [BOTH, NEITHER])


@pytest.mark.parametrize("key", ["localhost:3000", "example.com", "HTTPS://GOOD.EXAMPLE"])
async def test_text_that_is_not_an_origin_matches_the_very_same_text(aiohttp_client, key):
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/get", hello), {key: ResourceOptions()})
    client = await aiohttp_client(app)
    response = await client.get("/get", headers={"Origin": key})
    check(response.headers.get(ALLOW_ORIGIN), key)


async def test_webview_is_deprecated(aiohttp_client):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    with pytest.warns(DeprecationWarning, match="webview") as caught:
        cors.add(app.router.add_view("/view", GetView), webview=True)
    check([warning.filename for warning in caught], [__file__])
    client = await aiohttp_client(app)
    check(await passes(client, "/view"), BOTH)


# Router adapters of the application


class PathAdapter(AbstractRouterAdapter):
    """Knows paths instead of routes, and keeps plain dicts."""

    def __init__(self, router):
        self.router = router
        self.configs = {}
        self.calls = []

    def add_preflight_handler(self, routing_entity, handler):
        self.calls.append(("add_preflight_handler", routing_entity))
        self.router.add_route("OPTIONS", routing_entity, handler)

    def is_preflight_request(self, request):
        self.calls.append(("is_preflight_request", request.method))
        return request.method == "OPTIONS"

    def is_cors_enabled_on_request(self, request):
        self.calls.append(("is_cors_enabled_on_request", request.method))
        return request.path in self.configs

    def set_config_for_routing_entity(self, routing_entity, config):
        self.calls.append(("set_config_for_routing_entity", routing_entity, config))
        self.configs[routing_entity] = config

    async def get_preflight_request_config(self, preflight_request, origin, requested_method):
        self.calls.append(("get_preflight_request_config", origin, requested_method))
        if requested_method == "DELETE":
            raise KeyError(requested_method)
        return self.configs[preflight_request.path]

    def get_non_preflight_request_config(self, request):
        self.calls.append(("get_non_preflight_request_config", request.method))
        return self.configs[request.path]


@pytest.fixture
async def adapted(aiohttp_client):
    app = web.Application()
    adapter = PathAdapter(app.router)
    cors = CorsConfig(app, router_adapter=adapter)
    app.router.add_get("/path", hello)
    app.router.add_get("/other", hello)
    cors.add("/path", {GOOD: {"max_age": 5}})
    return adapter, await aiohttp_client(app)


async def test_own_adapter_is_told_what_is_added(adapted):
    adapter, _ = adapted
    check(
        adapter.calls,
        [
            ("add_preflight_handler", "/path"),
            ("set_config_for_routing_entity", "/path", {GOOD: ResourceOptions(max_age=5)}),
        ],
    )


@pytest.mark.parametrize(
    ("method", "path", "headers", "calls"),
    [
        pytest.param(
            "GET",
            "/path",
            {"Origin": GOOD},
            [
                ("is_cors_enabled_on_request", "GET"),
                ("is_preflight_request", "GET"),
                ("get_non_preflight_request_config", "GET"),
            ],
            id="actual-request",
        ),
        pytest.param(
            "GET",
            "/path",
            {},
            [
                ("is_cors_enabled_on_request", "GET"),
                ("is_preflight_request", "GET"),
                ("get_non_preflight_request_config", "GET"),
            ],
            id="no-Origin",
        ),
        pytest.param(
            "GET", "/other", {"Origin": GOOD}, [("is_cors_enabled_on_request", "GET")], id="other"
        ),
        pytest.param(
            "OPTIONS",
            "/path",
            preflight_headers("GET"),
            [
                ("get_preflight_request_config", GOOD, "GET"),
                ("is_cors_enabled_on_request", "OPTIONS"),
                ("is_preflight_request", "OPTIONS"),
            ],
            id="preflight",
        ),
        pytest.param(
            "OPTIONS",
            "/path",
            preflight_headers("GET", EVIL),
            [
                ("get_preflight_request_config", EVIL, "GET"),
                ("is_cors_enabled_on_request", "OPTIONS"),
                ("is_preflight_request", "OPTIONS"),
            ],
            id="refused-preflight",
        ),
    ],
)
async def test_own_adapter_gets_the_same_calls(adapted, method, path, headers, calls):
    adapter, client = adapted
    del adapter.calls[:]
    await client.request(method, path, headers=headers)
    check(adapter.calls, calls)


@pytest.mark.parametrize(
    ("method", "origin", "outcome"),
    [
        pytest.param("GET", GOOD, BOTH, id="granted"),
        pytest.param("GET", EVIL, NEITHER, id="refused"),
        # The adapter knows paths, so the 405 can be read.
        pytest.param("DELETE", GOOD, (False, True), id="KeyError"),
    ],
)
async def test_own_adapter_decides(adapted, method, origin, outcome):
    _, client = adapted
    check(await passes(client, "/path", method, origin), outcome)


class ClosedOnSundays(ResourcesUrlDispatcherRouterAdapter):
    """Overrides what it says about actual requests."""

    def get_non_preflight_request_config(self, request):
        if "X-Sunday" in request.headers:
            return {}
        return super().get_non_preflight_request_config(request)


async def test_derived_adapter_decides(aiohttp_client):
    app = web.Application()
    defaults = to(GOOD, allow_methods=["GET"])
    adapter = ClosedOnSundays(app.router, defaults)
    cors = CorsConfig(app, defaults=defaults, router_adapter=adapter)
    cors.add(app.router.add_get("/get", hello))
    client = await aiohttp_client(app)
    check(await passes(client, "/get"), BOTH)
    response = await client.get("/get", headers={"Origin": GOOD, "X-Sunday": "1"})
    check(response.headers.get(ALLOW_ORIGIN), None)


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 200), ("PUT", 403), ("POST", 200), ("DELETE", 403)]
)
async def test_derived_adapter_refuses_methods_that_are_not_allowed(aiohttp_client, method, status):
    app = web.Application()
    cors = CorsConfig(app, router_adapter=ClosedOnSundays(app.router, {}))
    resource = cors.add(app.router.add_resource("/path"), to(GOOD, allow_methods=["GET"]))
    for each in ("GET", "PUT", "POST"):
        resource.add_route(each, hello)
    cors.add(next(route for route in resource if route.method == "POST"), to(GOOD))
    client = await aiohttp_client(app)
    check((await client.options("/path", headers=preflight_headers(method))).status, status)


class ComputingView(web.View, CorsViewMixin):
    async def get(self):
        return web.Response()

    @classmethod
    def get_request_config(cls, request, request_method):
        return to(GOOD)


class ConfiguredView(web.View, CorsViewMixin):
    cors_config = to(GOOD)

    async def get(self):
        return web.Response()


@pytest.mark.parametrize("view", [ConfiguredView, ComputingView])
async def test_derived_adapter_serves_views(aiohttp_client, view):
    app = web.Application()
    app[APP_CONFIG_KEY] = cors = CorsConfig(app, router_adapter=ClosedOnSundays(app.router, {}))
    cors.add(app.router.add_view("/view", view))
    client = await aiohttp_client(app)
    check([await passes(client, "/view", origin=each) for each in (GOOD, EVIL)], [BOTH, NEITHER])


@pytest.mark.parametrize("adapter", [None, ClosedOnSundays, ResourcesUrlDispatcherRouterAdapter])
async def test_view_that_computes_its_config_needs_no_setup(aiohttp_client, adapter):
    app = web.Application()
    given = {} if adapter is None else {"router_adapter": adapter(app.router, {})}
    cors = CorsConfig(app, **given)
    cors.add(app.router.add_view("/view", ComputingView))
    client = await aiohttp_client(app)
    check([await passes(client, "/view", origin=each) for each in (GOOD, EVIL)], [BOTH, NEITHER])


async def test_view_that_computes_its_config_responds_to_preflights_by_itself(aiohttp_client):
    app = web.Application()
    app.router.add_view("/view", ComputingView)
    client = await aiohttp_client(app)
    statuses = [
        (await client.options("/view", headers=preflight_headers("GET", origin))).status
        for origin in (GOOD, EVIL)
    ]
    check(statuses, [200, 403])


async def test_adapter_that_fails_breaks_no_response(aiohttp_client, caplog):
    """0.8.1: the connection was dropped."""

    class Failing(ClosedOnSundays):
        def get_non_preflight_request_config(self, request):
            raise ZeroDivisionError

    app = web.Application()
    cors = CorsConfig(app, router_adapter=Failing(app.router, {}))
    cors.add(app.router.add_get("/get", hello), to(GOOD))
    client = await aiohttp_client(app)
    response = await client.get("/get", headers={"Origin": GOOD})
    check((response.status, response.headers.get(ALLOW_ORIGIN)), (200, None))
    check("adapter" in caplog.text and "ZeroDivisionError" in caplog.text, True)


# Views


class MixinFirst(CorsViewMixin, web.View):
    async def get(self):
        return web.Response(text="hello")


@pytest.mark.parametrize("view", [GetView, MixinFirst])
@pytest.mark.parametrize("add", ["add_view", "add_get", "add_route"])
async def test_view_works_in_either_order_of_bases(aiohttp_client, view, add):
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    arguments = {"add_view": ("/view", view), "add_route": ("*", "/view", view)}
    cors.add(getattr(app.router, add)(*arguments.get(add, ("/view", view))))
    client = await aiohttp_client(app)
    check([await passes(client, "/view", origin=each) for each in (GOOD, EVIL)], [BOTH, NEITHER])


async def test_most_specific_config_of_a_view_decides(aiohttp_client):
    class View(web.View, CorsViewMixin):
        cors_config = to(GOOD, OTHER, max_age=2)

        @custom_cors(to(GOOD, max_age=1))
        async def get(self):
            return web.Response()

        async def put(self):
            return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD, OTHER, EVIL, max_age=3))
    cors.add(app.router.add_view("/view", View))
    client = await aiohttp_client(app)
    ages = {}
    for method in ("GET", "PUT"):
        for origin in (GOOD, OTHER, EVIL):
            response = await client.options("/view", headers=preflight_headers(method, origin))
            ages[method, origin] = response.headers.get("Access-Control-Max-Age")
    check(
        ages,
        {
            ("GET", GOOD): "1",
            ("GET", OTHER): "2",
            ("GET", EVIL): "3",
            ("PUT", GOOD): "2",
            ("PUT", OTHER): "2",
            ("PUT", EVIL): "3",
        },
    )


async def test_derived_view_computes_its_config(aiohttp_client):
    class View(GetView):
        @classmethod
        def get_request_config(cls, request, request_method):
            inherited = super().get_request_config(request, request_method)
            return {**inherited, **to(request.headers["X-Tenant"])}

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    cors.add(app.router.add_view("/view", View))
    client = await aiohttp_client(app)
    granted = {}
    for origin in (GOOD, OTHER, EVIL):
        headers = {**preflight_headers("GET", origin), "X-Tenant": OTHER}
        preflight_reply = await client.options("/view", headers=headers)
        actual = await client.get("/view", headers=headers)
        granted[origin] = preflight_reply.status == 200, ALLOW_ORIGIN in actual.headers
    check(granted, {GOOD: BOTH, OTHER: BOTH, EVIL: NEITHER})


async def test_view_of_its_own_options_method_runs_it(aiohttp_client):
    class View(GetView):
        async def options(self):
            return web.Response(text="own options")

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    cors.add(app.router.add_view("/view", View))
    client = await aiohttp_client(app)
    response = await client.options("/view")
    check((response.status, await response.text()), (200, "own options"))


async def test_view_that_was_not_added_grants_no_preflight(aiohttp_client):
    """0.8.1: 200, and then the response could not be read."""

    class View(GetView):
        cors_config = to(GOOD)

    app = web.Application()
    aiohttp_cors.setup(app)
    app.router.add_view("/view", View)
    client = await aiohttp_client(app)
    statuses = [
        (await client.options("/view", headers=preflight_headers(method, origin))).status
        for method, origin in [("GET", GOOD), ("GET", EVIL), ("DELETE", GOOD)]
    ]
    check(statuses, [403, 403, 403])


async def test_view_without_setup_says_so(aiohttp_client, caplog):
    app = web.Application()
    app.router.add_view("/view", GetView)
    client = await aiohttp_client(app)
    response = await client.options("/view", headers=preflight_headers("GET"))
    check(response.status, 500)
    check("not configured" in caplog.text, True)


async def test_invalid_view_that_comes_late_breaks_no_response(aiohttp_client, caplog):
    """0.8.1: the connection was dropped."""

    class View(web.View, CorsViewMixin):
        cors_config = "https://good.example"

        async def get(self):
            return web.Response()

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=to(OTHER))
    resource = cors.add(app.router.add_resource("/view"))
    resource.add_route("GET", View)
    client = await aiohttp_client(app)
    check([await passes(client, "/view", origin=each) for each in (OTHER, GOOD)], [BOTH, NEITHER])
    check("cors_config" in caplog.text, True)


# Sub-applications


async def test_nearest_application_decides_alone(aiohttp_client):
    """0.8.1: the connection was dropped where two of them knew the route."""
    app, sub = web.Application(), web.Application()
    outer, inner = aiohttp_cors.setup(app), aiohttp_cors.setup(sub)
    route = sub.router.add_get("/get", hello)
    inner.add(route, to(GOOD))
    outer.add(route, to(OTHER))
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    granted = [await passes(client, "/sub/get", origin=each) for each in (GOOD, OTHER, EVIL)]
    check(granted, [BOTH, NEITHER, NEITHER])


@pytest.mark.parametrize("depth", [1, 2, 3])
async def test_nested_application_with_its_own_setup_decides(aiohttp_client, depth):
    apps = [web.Application() for _ in range(depth + 1)]
    for number, app in enumerate(apps):
        cors = aiohttp_cors.setup(app, defaults=to(f"https://{number}.example"))
        cors.add(app.router.add_get("/get", hello))
    for outer, inner in reversed(list(zip(apps, apps[1:]))):
        outer.add_subapp("/sub", inner)
    client = await aiohttp_client(apps[0])
    granted = {
        (level, number): await passes(
            client, "/sub" * level + "/get", origin=f"https://{number}.example"
        )
        for level in range(depth + 1)
        for number in range(depth + 1)
    }
    check(granted, {key: BOTH if key[0] == key[1] else NEITHER for key in granted})


async def test_outer_application_serves_what_the_inner_one_did_not_add(aiohttp_client):
    app, sub = web.Application(), web.Application()
    outer, inner = aiohttp_cors.setup(app), aiohttp_cors.setup(sub)
    inner.add(sub.router.add_get("/inner", hello), to(GOOD))
    outer.add(sub.router.add_get("/outer", hello), to(OTHER))
    app.add_subapp("/sub", sub)
    client = await aiohttp_client(app)
    granted = [
        await passes(client, f"/sub/{name}", origin=origin)
        for name in ("inner", "outer")
        for origin in (GOOD, OTHER)
    ]
    check(granted, [BOTH, NEITHER, NEITHER, BOTH])


async def test_routes_are_walked_past_what_a_sub_application_added(aiohttp_client):
    """0.8.1: a ValueError, for the sub-application's OPTIONS routes were somebody else's."""
    app, sub = web.Application(), web.Application()
    outer, inner = aiohttp_cors.setup(app), aiohttp_cors.setup(sub)
    inner.add(sub.router.add_get("/get", hello), to(GOOD))
    resource = app.add_subapp("/sub", sub)
    for route in list(resource):
        outer.add(route, to(OTHER))
    client = await aiohttp_client(app)
    granted = [await passes(client, "/sub/get", origin=each) for each in (GOOD, OTHER)]
    check(granted, [BOTH, NEITHER])


async def test_resource_of_a_sub_application_adds_every_route_in_it(aiohttp_client):
    """0.8.1: a ValueError."""
    app, sub, deep = web.Application(), web.Application(), web.Application()
    sub.router.add_get("/get", hello)
    sub.router.add_route("PUT", "/get", hello)
    sub.router.add_view("/view", GetView)
    deep.router.add_get("/get", hello)
    sub.add_subapp("/deep", deep)
    cors = aiohttp_cors.setup(app)
    cors.add(app.add_subapp("/sub", sub), to(GOOD))
    client = await aiohttp_client(app)
    paths = [
        ("/sub/get", "GET"),
        ("/sub/get", "PUT"),
        ("/sub/view", "GET"),
        ("/sub/deep/get", "GET"),
    ]
    check([await passes(client, *path) for path in paths], [BOTH] * len(paths))


async def test_application_of_a_domain_is_served(aiohttp_client):
    app, sub = web.Application(), web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(sub.router.add_get("/get", hello), to(GOOD))
    app.add_domain("api.example", sub)
    client = await aiohttp_client(app)
    host = {"Host": "api.example"}
    preflight_reply = await client.options("/get", headers={**preflight_headers("GET"), **host})
    actual = await client.get("/get", headers={"Origin": GOOD, **host})
    check((preflight_reply.status, actual.headers.get(ALLOW_ORIGIN)), (200, GOOD))
    elsewhere = await client.options("/get", headers=preflight_headers("GET"))
    check(elsewhere.status, 404)


async def test_resource_of_a_domain_adds_every_route_in_it(aiohttp_client):
    """0.8.1: a ValueError."""
    app, sub = web.Application(), web.Application()
    sub.router.add_get("/get", hello)
    cors = aiohttp_cors.setup(app)
    cors.add(app.add_domain("*.example", sub), to(GOOD))
    client = await aiohttp_client(app)
    host = {"Host": "api.example"}
    preflight_reply = await client.options("/get", headers={**preflight_headers("GET"), **host})
    actual = await client.get("/get", headers={"Origin": GOOD, **host})
    check((preflight_reply.status, actual.headers.get(ALLOW_ORIGIN)), (200, GOOD))


async def test_sub_application_of_a_domain_with_its_own_setup_decides(aiohttp_client):
    app, sub = web.Application(), web.Application()
    inner = aiohttp_cors.setup(sub, defaults=to(GOOD))
    inner.add(sub.router.add_get("/get", hello))
    outer = aiohttp_cors.setup(app, defaults=to(OTHER))
    app.add_domain("api.example", sub)
    outer.add(app.router.add_get("/get", hello))
    client = await aiohttp_client(app)
    statuses = [
        (
            await client.options("/get", headers={**preflight_headers("GET", origin), "Host": host})
        ).status
        for origin in (GOOD, OTHER)
        for host in ("api.example", "elsewhere.example")
    ]
    check(statuses, [200, 403, 403, 200])


# Other routers and resources


class AnyBelow(web.AbstractResource):
    """Serves all paths below a prefix by one route, and takes no other."""

    def __init__(self, prefix):
        super().__init__()
        self.prefix = prefix
        self.route = web.ResourceRoute("GET", hello, self)

    @property
    def canonical(self):
        return self.prefix

    def url_for(self):
        raise NotImplementedError

    def add_prefix(self, prefix):
        self.prefix = prefix + self.prefix

    def get_info(self):
        return {"path": self.prefix}

    def raw_match(self, path):
        return False

    async def resolve(self, request):
        if not request.rel_url.raw_path.startswith(self.prefix):
            return None, set()
        if request.method != "GET":
            return None, {"GET"}
        return web.UrlMappingMatchInfo({}, self.route), {"GET"}

    def __len__(self):
        return 1

    def __iter__(self):
        return iter((self.route,))


async def test_resource_of_another_class_is_served(aiohttp_client):
    """0.8.1: a ValueError."""
    app = web.Application()
    resource = AnyBelow("/below")
    app.router.register_resource(resource)
    cors = aiohttp_cors.setup(app)
    cors.add(resource, to(GOOD))
    client = await aiohttp_client(app)
    granted = [await passes(client, "/below/x", origin=each) for each in (GOOD, EVIL)]
    check(granted, [BOTH, NEITHER])


async def test_resource_that_takes_no_options_route_is_refused_where_middlewares_come_first():
    app = web.Application()
    resource = AnyBelow("/below")
    app.router.register_resource(resource)
    cors = aiohttp_cors.setup(app, preflights_first=False)
    with pytest.raises(ValueError, match="preflights_first"):
        cors.add(resource, to(GOOD))


async def test_router_of_a_derived_class_is_served(aiohttp_client):
    class Router(web.UrlDispatcher):
        async def resolve(self, request):
            return await super().resolve(request)

    app = web.Application()
    app._router = Router()
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    cors.add(app.router.add_get("/get", hello))
    client = await aiohttp_client(app)
    check(await passes(client, "/get"), BOTH)


async def test_route_definitions_are_served(aiohttp_client):
    routes = web.RouteTableDef()

    @routes.get("/get")
    async def get(request):
        return web.Response()

    app = web.Application()
    app.router.add_routes([*routes, web.put("/put", hello)])
    cors = aiohttp_cors.setup(app, defaults=to(GOOD))
    for route in list(app.router.routes()):
        cors.add(route)
    client = await aiohttp_client(app)
    check([await passes(client, *path) for path in [("/get", "GET"), ("/put", "PUT")]], [BOTH] * 2)
