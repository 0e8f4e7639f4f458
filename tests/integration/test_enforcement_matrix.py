"""Guards in and around sub-applications that have a CORS setup of their own.

The table is every combination of what two applications, one mounted in the other, may say:
what each has added, where each has written ``enforce=True``, and whether each allows the origin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from aiohttp import WSServerHandshakeError, web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions
from tests.integration.conftest import (
    EVIL,
    GOOD,
    OTHER,
    VARY_PREFLIGHT,
    cors_headers,
    preflight_headers,
    send,
)

RAN = web.AppKey("ran", list)


def ran(request: web.Request, what: str) -> None:
    request.config_dict[RAN].append(what)


async def handler(request: web.Request) -> web.Response:
    ran(request, "handler")
    return web.Response(text="ran")


async def socket(request: web.Request) -> web.WebSocketResponse:
    ran(request, "handler")
    response = web.WebSocketResponse()
    await response.prepare(request)
    return response


def records(what: str) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        ran(request, what)
        response: web.StreamResponse = await handler(request)
        return response

    return middleware


class Side(NamedTuple):
    """What one of two applications says."""

    #: ``"nothing"``, ``"routes"``, or ``"app"``.
    added: str
    #: Where ``enforce=True`` is written: ``"never"``, ``"setup"``, or ``"add"``.
    enforce: str
    #: What it adds allows the origin that the requests come from.
    allows: bool

    def __str__(self) -> str:
        whom = "GOOD" if self.allows else "OTHER"
        policy = "nothing" if self.added == "nothing" else f"{self.added}:{whom}"
        return policy if self.enforce == "never" else f"{policy}:enforce={self.enforce}"

    def knows(self, *, routed: bool) -> bool:
        """Tell whether it has a policy for a request: routes know nothing of a 404."""
        return self.added == "app" or (self.added == "routes" and routed)

    def enforces(self, *, routed: bool) -> bool:
        """Tell whether it enforces for a request: that holds for everything inside its entity."""
        return self.enforce == "setup" or (self.enforce == "add" and self.knows(routed=routed))


def sides() -> Iterator[Side]:
    yield Side("nothing", "never", False)
    yield Side("nothing", "setup", False)
    for added in ("routes", "app"):
        for enforce in ("never", "setup", "add"):
            for allows in (True, False):
                yield Side(added, enforce, allows)


class Expected(NamedTuple):
    """What happens to a request of GOOD."""

    #: Some application has a policy for it.
    known: bool
    #: The policy of the nearest application that has one allows it.
    granted: bool
    #: Some application enforces for it.
    enforced: bool

    @property
    def refused(self) -> bool:
        return self.enforced and not self.granted


def expected(outer: Side, inner: Side, *, routed: bool) -> Expected:
    both = (inner, outer)
    nearest = next((side for side in both if side.knows(routed=routed)), None)
    return Expected(
        known=nearest is not None,
        granted=nearest is not None and nearest.allows,
        enforced=any(side.enforces(routed=routed) for side in both),
    )


def set_up(app: web.Application, side: Side, **arguments: Any) -> aiohttp_cors.CorsConfig:
    enforce: dict[str, Any] = {"enforce": True} if side.enforce == "setup" else {}
    return aiohttp_cors.setup(app, **enforce, **arguments)


def add(cors: aiohttp_cors.CorsConfig, side: Side, app: web.Application, entities: Any) -> None:
    arguments: dict[str, Any] = {
        "config": {GOOD if side.allows else OTHER: ResourceOptions(allow_credentials=True)}
    }
    if side.enforce == "add":
        arguments["enforce"] = True
    if side.added == "app":
        cors.add(app, **arguments)
    elif side.added == "routes":
        for entity in entities:
            cors.add(entity, **arguments)


class Order(NamedTuple):
    """The ``preflights_first`` of each application."""

    outer: bool
    inner: bool

    def __str__(self) -> str:
        return "-".join("first" if first else "late" for first in self)


def possible(outer: Side, inner: Side, order: Order) -> bool:
    # The application is added only where its preflights get their response first.
    return not any(side.added == "app" and not first for side, first in zip((outer, inner), order))


def pairs(*orders: Order) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("outer", "inner", "order"),
        [
            pytest.param(outer, inner, order, id=f"{outer}-around-{inner}-{order}")
            for order in orders
            for outer in sides()
            for inner in sides()
            if possible(outer, inner, order)
        ],
    )


def applications(outer: Side, inner: Side, order: Order) -> web.Application:
    app = web.Application(middlewares=[records("outer")])
    mounted = web.Application(middlewares=[records("inner")])
    app[RAN] = []
    for method in ("GET", "POST"):
        mounted.router.add_route(method, "/x", handler)
    mounted.router.add_get("/ws", socket)
    cors_of_inner = set_up(mounted, inner, preflights_first=order.inner)
    add(cors_of_inner, inner, mounted, list(mounted.router.routes()))
    app.add_subapp("/inner", mounted)
    cors_of_outer = set_up(app, outer, preflights_first=order.outer)
    add(cors_of_outer, outer, app, list(app.router.routes()))
    return app


GRANTED = {
    "Access-Control-Allow-Origin": GOOD,
    "Access-Control-Allow-Credentials": "true",
    "Vary": "Origin",
}
UNLISTED = {"Vary": "Origin"}

FIRST, LATE = Order(True, True), Order(False, False)


async def handshake(client: Any, path: str, origin: str) -> int:
    """Open a WebSocket; return the status of the response."""
    try:
        async with client.ws_connect(path, origin=origin):
            return 101
    except WSServerHandshakeError as error:
        return error.status


@pairs(FIRST, LATE)
async def test_actual_request_runs_where_it_is_granted_or_nothing_enforces(
    aiohttp_client: Any, outer: Side, inner: Side, order: Order
) -> None:
    app = applications(outer, inner, order)
    client = await aiohttp_client(app)

    for method, path, status in (
        ("GET", "/inner/x", 200),
        ("POST", "/inner/x", 200),
        ("GET", "/inner/nowhere", 404),
    ):
        app[RAN].clear()
        wanted = expected(outer, inner, routed=status == 200)
        runs = ["outer", "inner", *(["handler"] if status == 200 else [])]

        response = await client.request(method, path, headers={"Origin": GOOD})

        got = (method, path, response.status, app[RAN])
        assert got == (method, path, *((403, []) if wanted.refused else (status, runs)))
        headers = GRANTED if wanted.granted else UNLISTED
        assert cors_headers(response) == (headers if wanted.known or wanted.refused else {})

    app[RAN].clear()
    refused = expected(outer, inner, routed=True).refused
    opened = (await handshake(client, "/inner/ws", GOOD), app[RAN])
    assert opened == ((403, []) if refused else (101, ["outer", "inner", "handler"]))


@pairs(FIRST, LATE, Order(True, False), Order(False, True))
async def test_preflight_runs_no_handler_and_passes_where_the_request_does(
    aiohttp_client: Any, outer: Side, inner: Side, order: Order
) -> None:
    app = applications(outer, inner, order)
    client = await aiohttp_client(app)

    for method, path, without_cors in (
        ("GET", "/inner/x", 405),
        ("POST", "/inner/x", 405),
        ("GET", "/inner/nowhere", 404),
    ):
        app[RAN].clear()
        wanted = expected(outer, inner, routed=without_cors == 405)

        response = await client.options(path, headers=preflight_headers(method))

        got = (method, path, response.status)
        if wanted.granted:
            assert got == (method, path, 200)
            assert cors_headers(response) == {
                "Access-Control-Allow-Origin": GOOD,
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Allow-Methods": method,
                "Vary": VARY_PREFLIGHT,
            }
        else:
            refused = wanted.known or wanted.enforced
            assert got == (method, path, 403 if refused else without_cors)
            assert "Access-Control-Allow-Origin" not in response.headers
        assert "handler" not in app[RAN]
        if order == FIRST and (wanted.known or wanted.enforced):
            assert app[RAN] == []


# Same-origin requests, and requests without an origin, always pass.


SAME_ORIGIN = [
    pytest.param(["Origin: https://own.example", "Sec-Fetch-Site: same-origin"], id="same-origin"),
    pytest.param(["Origin: https://own.example", "Sec-Fetch-Site: none"], id="none"),
    pytest.param(["Origin: https://own.example", "Host: own.example"], id="host"),
    pytest.param(["Origin: https://own.example:8443", "Host: own.example:8443"], id="port"),
    pytest.param([], id="no-origin"),
    pytest.param(["Sec-Fetch-Site: cross-site"], id="cross-site-without-origin"),
]
CROSS_ORIGIN = [
    pytest.param(["Origin: https://own.example", "Sec-Fetch-Site: cross-site"], id="cross-site"),
    pytest.param(["Origin: https://own.example", "Sec-Fetch-Site: same-site"], id="same-site"),
    pytest.param(
        ["Origin: https://own.example", "Host: own.example", "Sec-Fetch-Site: cross-site"],
        id="host-is-not-looked-at-where-the-browser-says",
    ),
    pytest.param(["Origin: https://own.example", "Host: other.example"], id="other-host"),
    pytest.param(["Origin: https://own.example:8443", "Host: own.example"], id="other-port"),
    pytest.param(["Origin: null", "Host: own.example"], id="null"),
]
GUARDS = pytest.mark.parametrize(
    ("outer", "inner"),
    [
        pytest.param(outer, inner, id=f"{outer}-around-{inner}")
        for outer, inner in (
            (Side("nothing", "setup", False), Side("nothing", "never", False)),
            (Side("nothing", "setup", False), Side("routes", "never", False)),
            (Side("app", "add", False), Side("routes", "never", False)),
            (Side("routes", "add", False), Side("app", "never", False)),
            (Side("nothing", "never", False), Side("routes", "add", False)),
            (Side("app", "never", False), Side("nothing", "setup", False)),
        )
    ],
)


@GUARDS
@pytest.mark.parametrize("lines", SAME_ORIGIN)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_same_origin_request_passes_enforcement_of_both_applications(
    aiohttp_server: Any, outer: Side, inner: Side, lines: list[str], method: str
) -> None:
    app = applications(outer, inner, FIRST)
    server = await aiohttp_server(app)

    reply = await send(server, method, "/inner/x", *lines, "Content-Length: 0")

    assert (reply.status, app[RAN]) == (200, ["outer", "inner", "handler"])


@GUARDS
@pytest.mark.parametrize("lines", CROSS_ORIGIN)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_request_of_another_site_passes_enforcement_of_neither_application(
    aiohttp_server: Any, outer: Side, inner: Side, lines: list[str], method: str
) -> None:
    app = applications(outer, inner, FIRST)
    server = await aiohttp_server(app)

    reply = await send(server, method, "/inner/x", *lines, "Content-Length: 0")

    assert (reply.status, cors_headers(reply), app[RAN]) == (403, UNLISTED, [])


# Preflights that the library does not respond to are requests like others.

ORDERS = pytest.mark.parametrize(
    "preflights_first",
    [pytest.param(True, id="before-middlewares"), pytest.param(False, id="after-middlewares")],
)


class OwnOptions(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await handler(self.request)

    async def options(self) -> web.StreamResponse:
        return await handler(self.request)


class PlainOptions(web.View):
    async def options(self) -> web.StreamResponse:
        return await handler(self.request)


def with_function(router: web.UrlDispatcher) -> None:
    router.add_get("/x", handler)
    router.add_options("/x", handler)


def with_star(router: web.UrlDispatcher) -> None:
    router.add_route("*", "/x", handler)


def with_plain_view(router: web.UrlDispatcher) -> None:
    router.add_view("/x", PlainOptions)


def with_cors_view(router: web.UrlDispatcher) -> None:
    router.add_view("/x", OwnOptions)


OPTIONS_OF_THE_APPLICATION = pytest.mark.parametrize(
    "build",
    [
        pytest.param(with_function, id="function"),
        pytest.param(with_star, id="star-route"),
        pytest.param(with_plain_view, id="plain-view"),
        pytest.param(with_cors_view, id="view-with-mixin"),
    ],
)


@ORDERS
@pytest.mark.parametrize("nested", [False, True], ids=["application", "sub-application"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(preflight_headers("GET", EVIL), id="preflight"),
        pytest.param(preflight_headers("GET", EVIL, "x-a"), id="preflight-with-headers"),
        pytest.param({"Origin": EVIL}, id="no-preflight"),
        pytest.param({"Origin": EVIL, "Access-Control-Request-Headers": "x-a"}, id="no-method"),
    ],
)
@OPTIONS_OF_THE_APPLICATION
async def test_enforcement_lets_no_unlisted_origin_reach_the_applications_own_options(
    aiohttp_client: Any, build: Any, headers: dict[str, str], nested: bool, preflights_first: bool
) -> None:
    app = web.Application(middlewares=[records("middleware")])
    app[RAN] = []
    serving = web.Application() if nested else app
    build(serving.router)
    aiohttp_cors.setup(
        app,
        defaults={GOOD: ResourceOptions()},
        enforce=True,
        preflights_first=preflights_first,
    )
    if nested:
        app.add_subapp("/inner", serving)
    client = await aiohttp_client(app)

    response = await client.options("/inner/x" if nested else "/x", headers=headers)

    assert (response.status, app[RAN]) == (403, [])
    assert "Access-Control-Allow-Origin" not in response.headers


@ORDERS
@OPTIONS_OF_THE_APPLICATION
async def test_enforcement_lets_the_same_origin_reach_the_applications_own_options(
    aiohttp_client: Any, build: Any, preflights_first: bool
) -> None:
    app = web.Application(middlewares=[records("middleware")])
    app[RAN] = []
    build(app.router)
    aiohttp_cors.setup(app, enforce=True, preflights_first=preflights_first)
    client = await aiohttp_client(app)

    response = await client.options(
        "/x", headers={**preflight_headers("GET", EVIL), "Sec-Fetch-Site": "same-origin"}
    )

    assert (response.status, app[RAN]) == (200, ["middleware", "handler"])


def guarded_view(*, preflights_first: bool) -> web.Application:
    app = web.Application()
    app[RAN] = []
    cors = aiohttp_cors.setup(app, preflights_first=preflights_first)
    cors.add(app.router.add_view("/x", OwnOptions), {GOOD: ResourceOptions()}, enforce=True)
    return app


@ORDERS
@pytest.mark.parametrize("headers", [preflight_headers("GET", EVIL), {"Origin": EVIL}], ids=repr)
async def test_enforcing_view_runs_its_own_options_for_no_unlisted_origin(
    aiohttp_client: Any, headers: dict[str, str], preflights_first: bool
) -> None:
    app = guarded_view(preflights_first=preflights_first)
    client = await aiohttp_client(app)

    response = await client.options("/x", headers=headers)

    assert (response.status, app[RAN]) == (403, [])


async def test_enforcing_view_runs_its_own_options_for_a_listed_origin(aiohttp_client: Any) -> None:
    app = guarded_view(preflights_first=False)
    client = await aiohttp_client(app)

    for headers in (preflight_headers("GET"), {"Origin": GOOD}):
        app[RAN].clear()
        response = await client.options("/x", headers=headers)
        assert (response.status, app[RAN]) == (200, ["handler"])


@ORDERS
async def test_enforcement_refuses_a_preflight_of_a_path_that_was_not_added(
    aiohttp_client: Any, preflights_first: bool
) -> None:
    app = web.Application(middlewares=[records("middleware")])
    app[RAN] = []
    app.router.add_get("/x", handler)
    aiohttp_cors.setup(app, enforce=True, preflights_first=preflights_first)
    client = await aiohttp_client(app)

    for path in ("/x", "/nowhere"):
        for origin in (GOOD, EVIL):
            response = await client.options(path, headers=preflight_headers("GET", origin))
            assert (response.status, app[RAN]) == (403, [])


# What enforcement covers.


async def test_inner_enforcement_without_a_policy_lets_pass_what_the_outer_application_grants(
    aiohttp_client: Any,
) -> None:
    inner, app = web.Application(), web.Application()
    app[RAN] = []
    inner.router.add_put("/x", handler)
    aiohttp_cors.setup(inner, enforce=True)
    resource = app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app).add(resource, {GOOD: ResourceOptions()})
    client = await aiohttp_client(app)

    assert (await client.options("/inner/x", headers=preflight_headers("PUT"))).status == 200
    granted = await client.put("/inner/x", headers={"Origin": GOOD})
    assert granted.status == 200
    assert cors_headers(granted) == {"Access-Control-Allow-Origin": GOOD, "Vary": "Origin"}
    assert app[RAN] == ["handler"]
    assert (await client.options("/inner/x", headers=preflight_headers("PUT", EVIL))).status == 403
    assert (await client.put("/inner/x", headers={"Origin": EVIL})).status == 403
    assert app[RAN] == ["handler"]


@pytest.mark.parametrize("inner_allows", [GOOD, OTHER])
async def test_enforcement_of_a_sub_applications_resource_holds_though_the_inner_policy_decides(
    aiohttp_client: Any, inner_allows: str
) -> None:
    inner, app = web.Application(), web.Application()
    app[RAN] = []
    route = inner.router.add_get("/x", handler)
    aiohttp_cors.setup(inner).add(route, {inner_allows: ResourceOptions()})
    resource = app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app).add(resource, {GOOD: ResourceOptions()}, enforce=True)
    client = await aiohttp_client(app)

    for origin in (GOOD, OTHER, EVIL):
        app[RAN].clear()
        response = await client.get("/inner/x", headers={"Origin": origin})
        allowed = origin == inner_allows
        assert (response.status, app[RAN]) == ((200, ["handler"]) if allowed else (403, []))


@pytest.mark.parametrize("where", ["setup", "add"])
@pytest.mark.parametrize("middle_set_up", [True, False], ids=["three-setups", "two-setups"])
async def test_enforcement_holds_two_applications_deeper(
    aiohttp_client: Any, where: str, middle_set_up: bool
) -> None:
    innermost, middle, app = web.Application(), web.Application(), web.Application()
    app[RAN] = []
    route = innermost.router.add_get("/x", handler)
    innermost.router.add_get("/plain", handler)
    aiohttp_cors.setup(innermost).add(route, {OTHER: ResourceOptions()})
    middle.add_subapp("/innermost", innermost)
    if middle_set_up:
        aiohttp_cors.setup(middle)
    app.add_subapp("/middle", middle)
    if where == "setup":
        aiohttp_cors.setup(app, enforce=True)
    else:
        aiohttp_cors.setup(app).add(app, {GOOD: ResourceOptions()}, enforce=True)
    client = await aiohttp_client(app)

    for path, allowed in (
        ("/middle/innermost/x", {OTHER}),
        ("/middle/innermost/plain", {GOOD} if where == "add" else set()),
    ):
        for origin in (GOOD, OTHER, EVIL):
            app[RAN].clear()
            response = await client.get(path, headers={"Origin": origin})
            runs = origin in allowed
            assert (path, response.status, app[RAN]) == (
                path,
                *((200, ["handler"]) if runs else (403, [])),
            )


async def test_enforcement_of_one_sub_application_leaves_its_neighbours_alone(
    aiohttp_client: Any,
) -> None:
    app = web.Application()
    app[RAN] = []
    for name in ("enforced", "open"):
        sub = web.Application()
        sub.router.add_get("/x", handler)
        aiohttp_cors.setup(sub, enforce=name == "enforced")
        app.add_subapp(f"/{name}", sub)
    aiohttp_cors.setup(app)
    app.router.add_get("/x", handler)
    client = await aiohttp_client(app)

    for path, status in (("/enforced/x", 403), ("/open/x", 200), ("/x", 200)):
        assert (await client.get(path, headers={"Origin": EVIL})).status == status


@pytest.mark.parametrize("inner_set_up", [True, False], ids=["two-setups", "one-setup"])
async def test_enforcement_holds_for_the_application_of_a_domain(
    aiohttp_server: Any, inner_set_up: bool
) -> None:
    app, inner = web.Application(), web.Application()
    app[RAN] = []
    route = inner.router.add_get("/x", handler)
    if inner_set_up:
        aiohttp_cors.setup(inner).add(route, {GOOD: ResourceOptions()})
    app.add_domain("api.example", inner)
    aiohttp_cors.setup(app, enforce=True)
    server = await aiohttp_server(app)

    for origin, status in ((EVIL, 403), (GOOD, 200 if inner_set_up else 403)):
        app[RAN].clear()
        reply = await send(server, "GET", "/x", "Host: api.example", f"Origin: {origin}")
        assert (reply.status, app[RAN]) == (status, ["handler"] if status == 200 else [])


async def test_middleware_that_sends_a_request_on_does_not_send_it_past_enforcement(
    aiohttp_client: Any,
) -> None:
    @web.middleware
    async def sends_on(request: web.Request, handler: Any) -> Any:
        if request.path == "/open":
            return await app._handle(request.clone(rel_url="/enforced"))
        return await handler(request)

    app = web.Application(middlewares=[sends_on])
    app[RAN] = []
    app.router.add_get("/open", handler)
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/enforced", handler), {GOOD: ResourceOptions()}, enforce=True)
    client = await aiohttp_client(app)

    assert (await client.get("/open", headers={"Origin": EVIL})).status == 403
    assert app[RAN] == []
    assert (await client.get("/open", headers={"Origin": GOOD})).status == 200
    assert app[RAN] == ["handler"]


@pytest.mark.parametrize("enforce", [True, False], ids=["enforced", "open"])
async def test_response_to_a_request_that_was_sent_on_is_by_the_route_that_served_it(
    aiohttp_client: Any, enforce: bool
) -> None:
    @web.middleware
    async def sends_on(request: web.Request, handler: Any) -> Any:
        if request.path == "/from":
            return await app._handle(request.clone(rel_url=request.query["to"]))
        return await handler(request)

    async def streams(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        return response

    app = web.Application(middlewares=[sends_on])
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/from", streams), {GOOD: ResourceOptions()}, enforce=enforce)
    cors.add(app.router.add_get("/other", streams), {OTHER: ResourceOptions()})
    app.router.add_get("/unadded", streams)
    client = await aiohttp_client(app)

    for path in ("/other", "/unadded"):
        response = await client.get("/from", params={"to": path}, headers={"Origin": GOOD})
        assert (path, response.status) == (path, 200)
        assert "Access-Control-Allow-Origin" not in response.headers
