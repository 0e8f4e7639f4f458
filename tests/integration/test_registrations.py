"""How public applications register their routes, each in the few lines that matter for CORS.

Every application here is written anew after the way that a public one goes about it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest
from aiohttp import hdrs, web

import aiohttp_cors
from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions

from .conftest import (
    ALLOW_CREDENTIALS,
    ALLOW_HEADERS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    EVIL,
    EXPOSE_HEADERS,
    GOOD,
    MAX_AGE,
    OTHER,
    VARY_PREFLIGHT,
    check,
    check_cors,
    check_refusal,
    cors_headers,
    hello,
    preflight_headers,
)


async def preflight(client: Any, method: str, path: str, origin: str, headers: str | None = None):
    return await client.options(path, headers=preflight_headers(method, origin, headers))


async def actual(client: Any, method: str, path: str, origin: str, **headers: str):
    return await client.request(method, path, headers={"Origin": origin, **headers})


def granted(origin: str, method: str, headers: str | None = None, **more: str) -> dict[str, str]:
    """Return the CORS headers of a preflight that is granted."""
    found = {ALLOW_ORIGIN: origin, ALLOW_METHODS: method, "Vary": VARY_PREFLIGHT, **more}
    if headers is not None:
        found[ALLOW_HEADERS] = headers
    return found


async def check_allowed(
    client: Any,
    method: str,
    path: str,
    origin: str,
    *,
    allow_origin: str,
    preflight_has: dict[str, str] | None = None,
    actual_has: dict[str, str] | None = None,
    status: int = 200,
) -> None:
    """Check that a browser passes the preflight, and that a page may read the response then."""
    preflight_reply = await preflight(client, method, path, origin)
    check((method, path, preflight_reply.status), (method, path, 200))
    check_cors(preflight_reply, granted(allow_origin, method, **(preflight_has or {})))
    response = await actual(client, method, path, origin)
    check((method, path, response.status), (method, path, status))
    vary = {} if allow_origin == "*" else {"Vary": "Origin"}
    check_cors(response, {ALLOW_ORIGIN: allow_origin, **vary, **(actual_has or {})})


async def check_refused(client: Any, method: str, path: str, origin: str) -> None:
    """Check that the preflight is refused, and that the response says nothing of the origin."""
    preflight_reply = await preflight(client, method, path, origin)
    check((preflight_reply.status, cors_headers(preflight_reply)), (403, {"Vary": VARY_PREFLIGHT}))
    response = await actual(client, method, path, origin)
    check((response.status, cors_headers(response)), (200, {"Vary": "Origin"}))


async def check_left_alone(client: Any, method: str, path: str, origin: str, status: int) -> None:
    """Check that neither preflight nor response knows of CORS."""
    preflight_reply = await preflight(client, method, path, origin)
    check((preflight_reply.status in (404, 405), cors_headers(preflight_reply)), (True, {}))
    response = await actual(client, method, path, origin)
    check((response.status, cors_headers(response)), (status, {}))


WITH_CREDENTIALS = {ALLOW_CREDENTIALS: "true"}

#: What every page may read anyway (Fetch §2.2.2).
SAFELISTED_NAMES = {
    "Cache-Control",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "Expires",
    "Last-Modified",
    "Pragma",
}


def check_all_readable(response: Any, origin: str) -> None:
    """Check the CORS headers of a response whose headers are all exposed, with credentials."""
    exposed = {
        name
        for name in response.headers
        if not name.startswith("Access-Control-") and name not in {*SAFELISTED_NAMES, "Vary"}
    }
    check_cors(
        response,
        {
            ALLOW_ORIGIN: origin,
            **WITH_CREDENTIALS,
            EXPOSE_HEADERS: ",".join(sorted(exposed)),
            "Vary": "Origin",
        },
    )


# Home Assistant: views with several addresses, of which only the first route is added, in an
# application whose router never freezes, so that views may come at any time.

HOME_HEADERS = ["Origin", "Accept", "X-Requested-With", "Content-Type", "Authorization"]
REQUESTED_HEADERS = "authorization,content-type"
GIVEN_HEADERS = "AUTHORIZATION,CONTENT-TYPE"

FOR_ALL = web.AppKey("for_all", object)
FOR_CONFIGURED = web.AppKey("for_configured", object)


def home_options() -> ResourceOptions:
    return ResourceOptions(allow_headers=HOME_HEADERS, allow_methods="*")


def home_application(origins: Iterable[str]) -> web.Application:
    app = web.Application()
    app._router.freeze = lambda: None  # type: ignore[method-assign]
    cors = aiohttp_cors.setup(app, defaults={origin: home_options() for origin in origins})
    seen: set[str] = set()

    def allow(entity: Any, config: Any = None) -> None:
        resource: Any = entity.resource if isinstance(entity, web.AbstractRoute) else entity
        if resource.canonical not in seen:
            cors.add(entity, config)
            seen.add(resource.canonical)

    app[FOR_ALL] = lambda entity: allow(entity, {"*": home_options()})
    app[FOR_CONFIGURED] = allow if origins else lambda entity: None
    return app


class HomeView:
    """A view that is no `web.View`: each of its methods becomes a route at each address."""

    cors_allowed = False
    addresses: tuple[str, ...] = ()

    def register(self, app: web.Application) -> None:
        routes = []
        for method in ("get", "post", "delete", "put", "patch", "head", "options"):
            handler = getattr(self, method, None)
            if handler is not None:
                for address in self.addresses:
                    routes.append(app.router.add_route(method, address, handler))
        allow: Any = app[FOR_ALL if self.cors_allowed else FOR_CONFIGURED]
        for route in routes:
            allow(route)


async def empty(request: web.Request) -> web.Response:
    return web.Response()


class WebhookView(HomeView):
    cors_allowed = True
    addresses = ("/api/webhook/{webhook_id}",)

    async def get(self, request: web.Request) -> web.Response:
        return await hello(request)

    async def post(self, request: web.Request) -> web.Response:
        return await hello(request)

    async def put(self, request: web.Request) -> web.Response:
        return await hello(request)

    async def head(self, request: web.Request) -> web.Response:
        return await empty(request)


class StatesView(HomeView):
    addresses = ("/api/states",)

    async def get(self, request: web.Request) -> web.Response:
        return await hello(request)

    async def post(self, request: web.Request) -> web.Response:
        return await hello(request)

    async def delete(self, request: web.Request) -> web.Response:
        return await hello(request)


class CalendarView(StatesView):
    """The routes of one address are not adjacent: methods come first, then addresses."""

    addresses = ("/api/calendars", "/api/calendars/{entity_id}")


class SharedCalendarView(CalendarView):
    cors_allowed = True
    addresses = ("/api/shared", "/api/shared/{entity_id}")


WEBHOOK_METHODS = ["GET", "POST", "PUT", "HEAD"]
STATES_METHODS = ["GET", "POST", "DELETE"]


async def serve_home(aiohttp_client: Any, origins: Iterable[str], *views: HomeView) -> Any:
    app = home_application(origins)
    for view in views:
        view.register(app)
    return await aiohttp_client(app)


@pytest.mark.parametrize("origin", [GOOD, EVIL])
@pytest.mark.parametrize("method", WEBHOOK_METHODS)
async def test_webhook_is_open_to_all_pages(aiohttp_client, method, origin):
    client = await serve_home(aiohttp_client, [], WebhookView())
    await check_allowed(client, method, "/api/webhook/1", origin, allow_origin="*")
    preflight_reply = await preflight(client, method, "/api/webhook/1", origin, REQUESTED_HEADERS)
    # The wildcard is of methods and origins: the header is listed.
    check_cors(preflight_reply, granted("*", method, GIVEN_HEADERS))


@pytest.mark.parametrize("origin", [GOOD, EVIL])
@pytest.mark.parametrize("method", WEBHOOK_METHODS)
async def test_webhook_is_open_beside_configured_origins(aiohttp_client, method, origin):
    """The configured origins are listed for it too, so the response depends on the origin."""
    client = await serve_home(aiohttp_client, [GOOD], WebhookView())
    await check_allowed(client, method, "/api/webhook/1", origin, allow_origin=origin)


@pytest.mark.parametrize("path", ["/api/shared", "/api/shared/one"])
@pytest.mark.parametrize("method", STATES_METHODS)
async def test_open_view_with_several_addresses(aiohttp_client, method, path):
    client = await serve_home(aiohttp_client, [], SharedCalendarView())
    await check_allowed(client, method, path, EVIL, allow_origin="*")


@pytest.mark.parametrize("path", ["/api/states", "/api/calendars", "/api/calendars/one"])
@pytest.mark.parametrize("method", STATES_METHODS)
async def test_view_is_for_configured_origins(aiohttp_client, method, path):
    client = await serve_home(aiohttp_client, [GOOD, OTHER], StatesView(), CalendarView())
    for origin in (GOOD, OTHER):
        await check_allowed(client, method, path, origin, allow_origin=origin)
        preflight_reply = await preflight(client, method, path, origin, REQUESTED_HEADERS)
        check_cors(preflight_reply, granted(origin, method, GIVEN_HEADERS))
    await check_refused(client, method, path, EVIL)


@pytest.mark.parametrize("method", STATES_METHODS)
async def test_view_is_left_alone_without_configured_origins(aiohttp_client, method):
    client = await serve_home(aiohttp_client, [], StatesView(), WebhookView())
    await check_left_alone(client, method, "/api/states", GOOD, 200)


@pytest.mark.parametrize("method", ["PATCH", "PROPFIND"])
async def test_view_without_the_method_refuses_its_preflight(aiohttp_client, method):
    client = await serve_home(aiohttp_client, [GOOD], StatesView(), WebhookView())
    for path in ("/api/states", "/api/webhook/1"):
        preflight_reply = await preflight(client, method, path, GOOD)
        check(
            (preflight_reply.status, cors_headers(preflight_reply)), (403, {"Vary": VARY_PREFLIGHT})
        )
        response = await actual(client, method, path, GOOD)
        check((response.status, response.headers.get(ALLOW_ORIGIN)), (405, None))


async def test_header_that_is_not_listed_is_refused(aiohttp_client):
    client = await serve_home(aiohttp_client, [GOOD], WebhookView())
    for method in WEBHOOK_METHODS:
        preflight_reply = await preflight(client, method, "/api/webhook/1", EVIL, "x-other")
        check_refusal(
            preflight_reply, "headers are not allowed: X-OTHER", await preflight_reply.read()
        )


async def test_static_files_are_for_configured_origins(aiohttp_client, tmp_path):
    (tmp_path / "file").write_text("hello")
    app = home_application([GOOD])
    resource = web.StaticResource("/static", tmp_path)
    app.router.register_resource(resource)
    allow: Any = app[FOR_CONFIGURED]
    allow(resource)
    client = await aiohttp_client(app)
    for method in ("GET", "HEAD"):
        await check_allowed(client, method, "/static/file", GOOD, allow_origin=GOOD)
        await check_refused(client, method, "/static/file", EVIL)


LATE_VIEWS = [
    pytest.param(WebhookView(), "/api/webhook/1", WEBHOOK_METHODS, EVIL, id="open"),
    pytest.param(SharedCalendarView(), "/api/shared/one", STATES_METHODS, EVIL, id="addresses"),
    pytest.param(StatesView(), "/api/states", STATES_METHODS, GOOD, id="configured"),
]


@pytest.mark.parametrize("request_before", [False, True])
@pytest.mark.parametrize(("view", "path", "methods", "origin"), LATE_VIEWS)
async def test_view_may_come_while_the_application_serves(
    aiohttp_client, view, path, methods, origin, request_before
):
    app = home_application([GOOD])
    client = await aiohttp_client(app)
    if request_before:
        for method in methods:
            await check_left_alone(client, method, path, origin, 404)
    view.register(app)
    for method in methods:
        await check_allowed(client, method, path, origin, allow_origin=origin)


async def test_route_that_comes_later_takes_its_path_out_of_what_is_open(aiohttp_client):
    app = home_application([GOOD])
    allow: Any = app[FOR_ALL]
    # It is tried first, by its place and because it is fixed.
    resource = app.router.add_resource("/api/one")
    resource.add_route("GET", hello)
    allow(app.router.add_put("/api/{name}", hello))
    client = await aiohttp_client(app)
    await check_allowed(client, "PUT", "/api/one", EVIL, allow_origin=EVIL)
    resource.add_route("PUT", hello)
    preflight_reply = await preflight(client, "PUT", "/api/one", EVIL)
    response = await actual(client, "PUT", "/api/one", EVIL)
    check((preflight_reply.status == 200, preflight_reply.headers.get(ALLOW_ORIGIN)), (False, None))
    check((response.status, cors_headers(response)), (200, {}))
    await check_allowed(client, "PUT", "/api/two", EVIL, allow_origin=EVIL)


# ACA-Py: all routes are added from the live view of the router, and an API key is required by a
# middleware; the routes of the API's description come afterwards.


@web.middleware
async def require_api_key(request: web.Request, handler: Any) -> Any:
    if request.method != hdrs.METH_OPTIONS and request.headers.get("X-API-KEY") != "key":
        raise web.HTTPUnauthorized
    return await handler(request)


async def redirect(request: web.Request) -> web.Response:
    raise web.HTTPFound("/api/doc")


def agent_application() -> web.Application:
    app = web.Application(middlewares=[require_api_key])
    app.add_routes(
        [
            web.get("/", redirect, allow_head=True),
            web.get("/status", hello, allow_head=False),
            web.post("/status/reset", hello),
            web.get("/connections/{id}", hello, allow_head=False),
            web.delete("/connections/{id}", hello),
            web.get("/ws", hello, allow_head=False),
        ]
    )
    everything = ResourceOptions(
        allow_credentials=True, expose_headers="*", allow_headers="*", allow_methods="*"
    )
    cors = aiohttp_cors.setup(app, defaults={"*": everything})
    for route in app.router.routes():
        cors.add(route)
    app.router.add_get("/api/doc", hello)
    return app


AGENT_ROUTES = [
    ("GET", "/status"),
    ("POST", "/status/reset"),
    ("GET", "/connections/1"),
    ("DELETE", "/connections/1"),
    ("GET", "/ws"),
]


@pytest.mark.parametrize(("method", "path"), AGENT_ROUTES)
async def test_agent_with_an_api_key(aiohttp_client, method, path):
    client = await aiohttp_client(agent_application())
    preflight_reply = await preflight(client, method, path, EVIL, "x-api-key")
    check(preflight_reply.status, 200)
    check_cors(preflight_reply, granted(EVIL, method, "X-API-KEY", **WITH_CREDENTIALS))
    for key, status in (("key", 200), ("wrong", 401)):
        response = await actual(client, method, path, EVIL, **{"X-API-KEY": key})
        check(response.status, status)
        check_all_readable(response, EVIL)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_agent_redirects_to_its_description(aiohttp_client, method):
    client = await aiohttp_client(agent_application())
    check((await preflight(client, method, "/", GOOD, "x-api-key")).status, 200)
    response = await client.request(
        method, "/", headers={"Origin": GOOD, "X-API-KEY": "key"}, allow_redirects=False
    )
    check(response.status, 302)
    check_all_readable(response, GOOD)


async def test_route_that_the_agent_adds_afterwards_is_left_alone(aiohttp_client):
    client = await aiohttp_client(agent_application())
    response = await actual(client, "GET", "/api/doc", GOOD, **{"X-API-KEY": "key"})
    check((response.status, cors_headers(response)), (200, {}))


@pytest.mark.parametrize(
    ("method", "path"), [("HEAD", "/status"), ("PUT", "/status"), ("POST", "/connections/1")]
)
async def test_agent_refuses_preflights_of_methods_without_a_route(aiohttp_client, method, path):
    client = await aiohttp_client(agent_application())
    preflight_reply = await preflight(client, method, path, GOOD, "x-api-key")
    check((preflight_reply.status, cors_headers(preflight_reply)), (403, {"Vary": VARY_PREFLIGHT}))


# Ray's dashboard agent: decorated routes and a folder, walked as a list; two headers are listed.


def dashboard_application(folder: Any) -> web.Application:
    routes = web.RouteTableDef()

    @routes.get("/api/jobs/")
    async def jobs(request: web.Request) -> web.Response:
        return await hello(request)

    @routes.post("/api/jobs/")
    async def submit(request: web.Request) -> web.Response:
        return await hello(request)

    @routes.delete("/api/jobs/{id}")
    async def remove(request: web.Request) -> web.Response:
        return await hello(request)

    @routes.put("/api/serve/applications/")
    async def deploy(request: web.Request) -> web.Response:
        raise web.HTTPBadRequest

    @routes.view("/api/view")
    class Jobs(web.View, CorsViewMixin):
        async def get(self) -> web.Response:
            return await hello(self.request)

        async def patch(self) -> web.Response:
            return await hello(self.request)

    routes.static("/static", folder)
    app = web.Application()
    app.add_routes(routes)
    everything = ResourceOptions(
        allow_credentials=True,
        expose_headers="*",
        allow_methods="*",
        allow_headers=("Content-Type", "X-Header"),
    )
    cors = aiohttp_cors.setup(app, defaults={"*": everything})
    for route in list(app.router.routes()):
        cors.add(route)
    return app


@pytest.fixture
async def dashboard(aiohttp_client, tmp_path):
    (tmp_path / "file").write_text("hello")
    return await aiohttp_client(dashboard_application(tmp_path))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/jobs/", 200),
        ("HEAD", "/api/jobs/", 200),
        ("POST", "/api/jobs/", 200),
        ("DELETE", "/api/jobs/1", 200),
        ("PUT", "/api/serve/applications/", 400),
        ("GET", "/api/view", 200),
        ("PATCH", "/api/view", 200),
        ("GET", "/static/file", 200),
        ("HEAD", "/static/file", 200),
        ("GET", "/static/none", 404),
    ],
)
async def test_dashboard_is_open_to_all_pages(dashboard, method, path, status):
    preflight_reply = await preflight(dashboard, method, path, EVIL, "x-header,content-type")
    check(preflight_reply.status, 200)
    check_cors(preflight_reply, granted(EVIL, method, "CONTENT-TYPE,X-HEADER", **WITH_CREDENTIALS))
    response = await actual(dashboard, method, path, EVIL)
    check(response.status, status)
    check_all_readable(response, EVIL)


@pytest.mark.parametrize("path", ["/api/jobs/", "/api/view", "/static/file"])
async def test_dashboard_lists_its_headers(dashboard, path):
    preflight_reply = await preflight(dashboard, "GET", path, GOOD, "x-header,x-other")
    check_refusal(preflight_reply, "headers are not allowed: X-OTHER", await preflight_reply.read())


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/api/jobs/"), ("DELETE", "/api/view"), ("PUT", "/static/file")]
)
async def test_dashboard_refuses_preflights_of_methods_without_a_route(dashboard, method, path):
    preflight_reply = await preflight(dashboard, method, path, GOOD)
    check((preflight_reply.status, cors_headers(preflight_reply)), (403, {"Vary": VARY_PREFLIGHT}))


# Faust: options of a type of its own, per page or for all; routes come out of a set, the setup when
# it is first needed, a folder at the end.


class PageOptions(NamedTuple):
    allow_credentials: bool = False
    expose_headers: Any = ()
    allow_headers: Any = ()
    max_age: Any = None
    allow_methods: Any = None


class PageServer:
    """A web server that makes routes of pages."""

    def __init__(self, options: dict[str, PageOptions]) -> None:
        self.app = web.Application()
        self._options = self._prepare(options)
        self._cors: CorsConfig | None = None

    @staticmethod
    def _prepare(options: dict[str, PageOptions]) -> dict[str, ResourceOptions]:
        return {origin: ResourceOptions(**each._asdict()) for origin, each in options.items()}

    @property
    def cors(self) -> CorsConfig:
        if self._cors is None:
            self._cors = aiohttp_cors.setup(self.app, defaults=self._options)
        return self._cors

    def page(
        self, path: str, methods: Iterable[str], options: dict[str, PageOptions] | None = None
    ) -> None:
        async def dispatch(request: web.Request) -> web.Response:
            return await hello(request)

        if not (options or self._options):
            for method in methods:
                self.app.router.add_route(method, path, dispatch)
            return
        for method in frozenset({"GET", "PUT", "POST", "DELETE"}) & frozenset(methods):
            route = self.app.router.add_route(method, path, dispatch)
            self.cors.add(route, self._prepare(options or {}))


ALL_METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_page_with_the_options_of_all(aiohttp_client, method):
    server = PageServer({GOOD: PageOptions(True, ["X-Total"], ["X-A"], 60, ["GET"])})
    check(server.cors is server.cors, True)
    server.page("/page/", ALL_METHODS)
    client = await aiohttp_client(server.app)
    await check_allowed(
        client,
        method,
        "/page/",
        GOOD,
        allow_origin=GOOD,
        preflight_has={**WITH_CREDENTIALS, MAX_AGE: "60"},
        actual_has={**WITH_CREDENTIALS, EXPOSE_HEADERS: "X-Total"},
    )
    await check_refused(client, method, "/page/", EVIL)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_page_with_options_of_its_own(aiohttp_client, method):
    server = PageServer({GOOD: PageOptions()})
    server.page("/open/", ALL_METHODS, {"*": PageOptions(max_age=5)})
    server.page("/page/", ALL_METHODS)
    client = await aiohttp_client(server.app)
    for origin, preflight_has in ((GOOD, {}), (EVIL, {MAX_AGE: "5"})):
        await check_allowed(
            client, method, "/open/", origin, allow_origin=origin, preflight_has=preflight_has
        )
    await check_allowed(client, method, "/page/", GOOD, allow_origin=GOOD)
    await check_refused(client, method, "/page/", EVIL)


async def test_page_without_options_is_left_alone(aiohttp_client):
    server = PageServer({})
    check(server.cors.audit(), [])
    server.page("/page/", ALL_METHODS)
    server.page("/open/", ALL_METHODS, {"*": PageOptions()})
    client = await aiohttp_client(server.app)
    await check_left_alone(client, "PUT", "/page/", GOOD, 200)
    await check_allowed(client, "PUT", "/open/", GOOD, allow_origin="*")


async def test_head_of_a_page_is_not_routed(aiohttp_client):
    server = PageServer({GOOD: PageOptions(allow_methods="*")})
    server.page("/page/", ALL_METHODS)
    preflight_reply = await preflight(await aiohttp_client(server.app), "HEAD", "/page/", GOOD)
    check((preflight_reply.status, cors_headers(preflight_reply)), (403, {"Vary": VARY_PREFLIGHT}))


# Backend.AI: every module has an application with its own setup, with the same options; resources
# are added, and each of their routes too; a signal sets a header on every response.


async def set_server(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "manager"


class ApiError(web.HTTPBadRequest):
    pass


@web.middleware
async def errors_as_json(request: web.Request, handler: Any) -> Any:
    try:
        return await handler(request)
    except ApiError:
        raise
    except web.HTTPException as error:
        return web.json_response({"title": error.reason}, status=error.status)


def status_module(options: Any) -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=options)
    status = cors.add(app.router.add_resource("/status"))
    cors.add(status.add_route("GET", hello))
    cors.add(status.add_route("PUT", hello))
    cors.add(app.router.add_route("POST", "/scheduler/operation", hello))
    return app


def session_module(options: Any) -> web.Application:
    async def fail(request: web.Request) -> web.Response:
        raise ApiError

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=options)
    cors.add(app.router.add_route("POST", "", hello))
    cors.add(app.router.add_route("GET", "", hello))
    session = cors.add(app.router.add_resource(r"/{name}"))
    cors.add(session.add_route("GET", hello))
    cors.add(session.add_route("PATCH", hello))
    cors.add(session.add_route("DELETE", fail))
    logs = cors.add(app.router.add_resource(r"/_/logs"))
    cors.add(logs.add_route("HEAD", empty))
    cors.add(logs.add_route("GET", hello))
    return app


def manager_application(folder: Any) -> web.Application:
    options = {"*": ResourceOptions(allow_credentials=False, expose_headers="*", allow_headers="*")}
    app = web.Application(middlewares=[errors_as_json])
    app.on_response_prepare.append(set_server)
    cors = aiohttp_cors.setup(app, defaults=options)
    cors.add(app.router.add_route("GET", "", hello))
    cors.add(app.router.add_route("GET", "/", hello))
    for prefix, module in (("/manager", status_module), ("/session", session_module)):
        sub = module(options)
        sub.on_response_prepare.append(set_server)
        app.add_subapp(prefix, sub)
    app.router.add_static("/static/vendor", folder)
    return app


@pytest.fixture
async def manager(aiohttp_client, tmp_path):
    (tmp_path / "file").write_text("hello")
    return await aiohttp_client(manager_application(tmp_path))


@pytest.mark.parametrize("origin", [GOOD, EVIL])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/manager/status", 200),
        ("PUT", "/manager/status", 200),
        ("POST", "/manager/scheduler/operation", 200),
        ("POST", "/session", 200),
        ("GET", "/session", 200),
        ("GET", "/session/one", 200),
        ("PATCH", "/session/one", 200),
        ("DELETE", "/session/one", 400),
        ("HEAD", "/session/_/logs", 200),
        ("GET", "/session/_/logs", 200),
    ],
)
async def test_manager_is_open_to_all_pages(manager, method, path, status, origin):
    await check_allowed(
        manager,
        method,
        path,
        origin,
        allow_origin="*",
        actual_has={EXPOSE_HEADERS: "*"},
        status=status,
    )
    preflight_reply = await preflight(
        manager, method, path, origin, "x-backendai-version,content-type"
    )
    check_cors(preflight_reply, granted("*", method, "CONTENT-TYPE,X-BACKENDAI-VERSION"))
    response = await actual(manager, method, path, origin)
    check(response.headers["Server"], "manager")


async def test_manager_wants_authorization_listed(manager):
    """A wildcard without credentials does not cover it (Fetch §4.8)."""
    preflight_reply = await preflight(manager, "PUT", "/manager/status", GOOD, "authorization")
    check_refusal(
        preflight_reply, "headers are not allowed: AUTHORIZATION", await preflight_reply.read()
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/manager/status"), ("PUT", "/session"), ("POST", "/session/one"), ("PUT", "/")],
)
async def test_manager_refuses_preflights_of_methods_without_a_route(manager, method, path):
    preflight_reply = await preflight(manager, method, path, GOOD)
    check((preflight_reply.status, cors_headers(preflight_reply)), (403, {"Vary": VARY_PREFLIGHT}))
    response = await actual(manager, method, path, GOOD)
    check((response.status, response.headers.get(ALLOW_ORIGIN)), (405, None))


async def test_folder_that_the_manager_does_not_add_is_left_alone(manager):
    await check_left_alone(manager, "GET", "/static/vendor/file", GOOD, 200)


# Navigator: the setup is called when the application is made and once more before it starts; all
# routes are walked then, those of sub-applications too, and what cannot be added is passed over.

NAVIGATOR_OPTIONS = {
    "*": ResourceOptions(
        allow_credentials=True,
        expose_headers="*",
        allow_methods="*",
        allow_headers="*",
        max_age=3600,
    )
}


class ModelView(web.View, CorsViewMixin):
    cors_config = NAVIGATOR_OPTIONS

    async def get(self) -> web.Response:
        return await hello(self.request)

    async def put(self) -> web.Response:
        return await hello(self.request)


class PlainView(web.View):
    async def get(self) -> web.Response:
        return await hello(self.request)


def make_navigator() -> tuple[web.Application, CorsConfig]:
    app = web.Application()
    app.router.add_route("GET", "/ping", hello, name="ping")
    return app, aiohttp_cors.setup(app, defaults=dict(NAVIGATOR_OPTIONS))


def walk_as_navigator(app: web.Application, cors: CorsConfig) -> None:
    for route in list(app.router.routes()):
        try:
            if isinstance(route.handler, type) and issubclass(route.handler, web.View):
                cors.add(route, webview=True)
            else:
                cors.add(route)
        except (TypeError, ValueError):
            pass


def navigator_application(folder: Any) -> web.Application:
    app, first = make_navigator()
    sub, _ = make_navigator()
    sub.router.add_view("/model", ModelView)
    sub.router.add_post("/items", hello)
    app.add_subapp("/sub/", sub)
    app.router.add_view("/model", ModelView)
    app.router.add_view("/plain", PlainView)
    app.router.add_route("*", "/options", hello)
    app.router.add_static("/static/", folder)
    cors = aiohttp_cors.setup(app, defaults=dict(NAVIGATOR_OPTIONS))
    check(cors is first, True)
    with pytest.warns(DeprecationWarning, match="webview"):
        walk_as_navigator(app, cors)
    return app


@pytest.fixture
async def navigator(aiohttp_client, tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    (tmp_path / "file").write_text("hello")
    return await aiohttp_client(navigator_application(tmp_path))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ping"),
        ("GET", "/model"),
        ("PUT", "/model"),
        ("PATCH", "/options"),
        ("GET", "/static/file"),
        ("GET", "/sub/ping"),
        ("GET", "/sub/model"),
        ("PUT", "/sub/model"),
        ("POST", "/sub/items"),
    ],
)
async def test_navigator_is_open_to_all_pages(navigator, method, path):
    preflight_reply = await preflight(navigator, method, path, EVIL, "authorization")
    check(preflight_reply.status, 200)
    check_cors(
        preflight_reply,
        granted(EVIL, method, "AUTHORIZATION", **WITH_CREDENTIALS, **{MAX_AGE: "3600"}),
    )
    response = await actual(navigator, method, path, EVIL)
    check(response.status, 200)
    check_all_readable(response, EVIL)


async def test_plain_view_that_navigator_passes_over_is_left_alone(navigator):
    await check_left_alone(navigator, "GET", "/plain", GOOD, 200)
