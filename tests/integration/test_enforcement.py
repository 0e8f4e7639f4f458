"""``enforce=True``: what is not granted does not run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

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
    exchange,
    preflight_headers,
    request_bytes,
    send,
)

OPTIONS = ResourceOptions(allow_credentials=True, allow_methods="*")

NOTHING = {"Vary": "Origin"}
GRANTED = {
    "Access-Control-Allow-Origin": GOOD,
    "Access-Control-Allow-Credentials": "true",
    "Vary": "Origin",
}

RAN = web.AppKey("ran", list)


async def counted(request: web.Request) -> web.Response:
    request.config_dict[RAN].append("handler")
    return web.Response(text="ran")


async def echo(request: web.Request) -> web.WebSocketResponse:
    request.config_dict[RAN].append("handler")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


class CountedView(web.View, CorsViewMixin):
    async def get(self) -> web.Response:
        return await counted(self.request)

    post = put = get


@web.middleware
async def counting(request: web.Request, handler: Any) -> Any:
    request.config_dict[RAN].append("middleware")
    return await handler(request)


def application() -> web.Application:
    app = web.Application(middlewares=[counting])
    app[RAN] = []
    return app


def add_routes(app: web.Application) -> list[web.AbstractRoute]:
    return [
        app.router.add_get("/path", counted),
        app.router.add_post("/path", counted),
        app.router.add_put("/path", counted),
        app.router.add_get("/ws", echo),
    ]


def guarded_routes() -> web.Application:
    app = application()
    cors = aiohttp_cors.setup(app)
    for route in add_routes(app):
        cors.add(route, {GOOD: OPTIONS}, enforce=True)
    return app


def guarded_resources() -> web.Application:
    app = application()
    cors = aiohttp_cors.setup(app)
    path = app.router.add_resource("/path")
    for method in ("GET", "HEAD", "POST", "PUT"):
        path.add_route(method, counted)
    socket = app.router.add_resource("/ws")
    socket.add_route("GET", echo)
    for resource in (path, socket):
        cors.add(resource, {GOOD: OPTIONS}, enforce=True)
    return app


def guarded_application() -> web.Application:
    app = application()
    aiohttp_cors.setup(app).add(app, {GOOD: OPTIONS}, enforce=True)
    add_routes(app)
    return app


def guarded_by_setup() -> web.Application:
    app = application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: OPTIONS}, enforce=True)
    for route in add_routes(app):
        cors.add(route)
    return app


ENTITIES = [
    pytest.param(guarded_routes, id="routes"),
    pytest.param(guarded_resources, id="resources"),
    pytest.param(guarded_application, id="application"),
    pytest.param(guarded_by_setup, id="setup"),
]
METHODS = ["GET", "HEAD", "POST", "PUT"]

Build = Callable[[], web.Application]


async def conversation(server: Any, *requests: bytes) -> list[int]:
    """Send requests on one connection, each after the reply to the last; return the statuses."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    statuses = []
    for request in requests:
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        statuses.append(int(head.split(b" ")[1]))
        length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
        await reader.readexactly(int(length))
    writer.close()
    return statuses


# Refused: neither the handler nor a middleware runs.


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(EVIL, id="unlisted"),
        pytest.param("null", id="opaque"),
        pytest.param("", id="empty"),
        pytest.param("https://good.example.evil.example", id="look-alike"),
        pytest.param("https://GOOD.example", id="upper case"),
        pytest.param("https://good.example/", id="path"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("build", ENTITIES)
async def test_request_of_another_origin_is_refused_before_anything_of_the_application_runs(
    aiohttp_client: Any, build: Build, method: str, origin: str
) -> None:
    app = build()
    client = await aiohttp_client(app)

    response = await client.request(method, "/path", headers={"Origin": origin}, data=b"x")

    assert response.status == 403
    text = f"cross-origin request refused: origin {origin!r} is not allowed"
    assert await response.text() == ("" if method == "HEAD" else text)
    assert cors_headers(response) == NOTHING
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert app[RAN] == []


@pytest.mark.parametrize("build", ENTITIES)
async def test_websocket_handshake_of_another_origin_is_refused(
    aiohttp_client: Any, build: Build
) -> None:
    app = build()
    client = await aiohttp_client(app)

    for origin in (EVIL, "null"):
        with pytest.raises(WSServerHandshakeError) as caught:
            await client.ws_connect("/ws", origin=origin)
        assert caught.value.status == 403

    assert app[RAN] == []


@pytest.mark.parametrize("build", ENTITIES)
async def test_second_request_on_a_connection_is_refused(aiohttp_server: Any, build: Build) -> None:
    app = build()
    server = await aiohttp_server(app)

    statuses = await conversation(
        server,
        request_bytes("GET", "/path"),
        request_bytes("GET", "/path", f"Origin: {EVIL}"),
        request_bytes("GET", "/path", f"Origin: {GOOD}"),
        request_bytes("POST", "/path", "Origin: null", "Content-Length: 0"),
    )

    assert statuses == [200, 403, 200, 403]
    assert app[RAN] == ["middleware", "handler"] * 2


@pytest.mark.parametrize("build", ENTITIES)
async def test_second_of_two_pipelined_requests_is_refused(
    aiohttp_server: Any, build: Build
) -> None:
    app = build()
    server = await aiohttp_server(app)

    replies = await exchange(
        server,
        request_bytes("GET", "/path", f"Origin: {GOOD}"),
        request_bytes("POST", "/path", f"Origin: {EVIL}", "Content-Length: 0"),
    )

    assert [reply.status for reply in replies] == [200, 403]
    assert [cors_headers(reply) for reply in replies] == [GRANTED, NOTHING]
    assert app[RAN] == ["middleware", "handler"]


@pytest.mark.parametrize("build", ENTITIES)
async def test_second_of_two_pipelined_requests_runs_after_one_with_a_body_was_refused(
    aiohttp_server: Any, build: Build
) -> None:
    app = build()
    server = await aiohttp_server(app)
    smuggled = request_bytes("PUT", "/path", f"Origin: {GOOD}", "Content-Length: 0")

    replies = await exchange(
        server,
        request_bytes("POST", "/path", f"Origin: {EVIL}", f"Content-Length: {len(smuggled)}")
        + smuggled,
        request_bytes("GET", "/path", f"Origin: {GOOD}"),
    )

    assert [reply.status for reply in replies] == [403, 200]
    assert app[RAN] == ["middleware", "handler"]


@pytest.mark.parametrize("build", ENTITIES)
async def test_client_that_waits_to_be_told_to_send_its_body_is_told_403(
    aiohttp_server: Any, build: Build
) -> None:
    app = build()
    server = await aiohttp_server(app)
    lines = (f"Origin: {EVIL}", "Expect: 100-continue", "Content-Length: 5")

    reply = await send(server, "POST", "/path", *lines)

    assert reply.status == 403
    assert app[RAN] == []


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((f"Origin: {GOOD}", f"Origin: {EVIL}"), id="listed first"),
        pytest.param((f"Origin: {EVIL}", f"Origin: {GOOD}"), id="listed last"),
        pytest.param((f"Origin: {GOOD}, {EVIL}",), id="one line"),
        pytest.param((b"Origin: https://good.example\xff",), id="byte outside ASCII"),
    ],
)
@pytest.mark.parametrize("build", ENTITIES)
async def test_no_trick_with_origin_lines_gets_past(
    aiohttp_server: Any, build: Build, lines: tuple[Any, ...]
) -> None:
    app = build()
    server = await aiohttp_server(app)

    reply = await send(server, "GET", "/path", *lines)

    assert reply.status in (400, 403)
    assert app[RAN] == []


# Granted, same-origin, or without an origin: all runs.


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("build", ENTITIES)
async def test_request_of_a_listed_origin_runs_and_its_response_can_be_read(
    aiohttp_client: Any, build: Build, method: str
) -> None:
    app = build()
    client = await aiohttp_client(app)

    response = await client.request(method, "/path", headers={"Origin": GOOD})

    assert response.status == 200
    assert cors_headers(response) == GRANTED
    assert app[RAN] == ["middleware", "handler"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("build", ENTITIES)
async def test_request_without_origin_runs(aiohttp_client: Any, build: Build, method: str) -> None:
    app = build()
    client = await aiohttp_client(app)

    response = await client.request(method, "/path")

    assert response.status == 200
    assert cors_headers(response) == NOTHING
    assert app[RAN] == ["middleware", "handler"]


@pytest.mark.parametrize(
    "origin", [pytest.param(GOOD, id="listed"), pytest.param(None, id="no origin")]
)
@pytest.mark.parametrize("build", ENTITIES)
async def test_websocket_of_a_listed_origin_and_of_none_opens(
    aiohttp_client: Any, build: Build, origin: str
) -> None:
    client = await aiohttp_client(build())

    async with client.ws_connect("/ws", origin=origin) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "hello"


@pytest.mark.parametrize("build", ENTITIES)
async def test_websocket_of_the_same_origin_opens(aiohttp_client: Any, build: Build) -> None:
    client = await aiohttp_client(build())

    async with client.ws_connect("/ws", origin=str(client.make_url("/"))[:-1]) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "hello"


# header lines beside the method, and whether the request runs
SITES = [
    pytest.param(
        [f"Origin: {EVIL}", "Sec-Fetch-Site: same-origin"], True, id="same origin, says the browser"
    ),
    pytest.param([f"Origin: {EVIL}", "Sec-Fetch-Site: none"], True, id="typed by the user"),
    pytest.param([f"Origin: {EVIL}", "Sec-Fetch-Site: same-site"], False, id="same site"),
    pytest.param([f"Origin: {EVIL}", "Sec-Fetch-Site: cross-site"], False, id="cross site"),
    pytest.param([f"Origin: {EVIL}", "Sec-Fetch-Site: x"], False, id="unknown site"),
    pytest.param(
        [f"Origin: {GOOD}", "Sec-Fetch-Site: cross-site"], True, id="listed and cross site"
    ),
    pytest.param(
        ["Origin: http://app.example", "Host: app.example", "Sec-Fetch-Site: cross-site"],
        False,
        id="Host does not count where the browser says cross site",
    ),
    pytest.param(["Origin: http://app.example", "Host: app.example"], True, id="Host"),
    pytest.param(
        ["Origin: http://app.example:8080", "Host: app.example:8080"], True, id="Host with port"
    ),
    pytest.param(
        ["Origin: https://app.example", "Host: app.example"], True, id="proxy ends TLS, no port"
    ),
    pytest.param(
        ["Origin: https://app.example", "Host: app.example:443"], True, id="proxy ends TLS, :443"
    ),
    pytest.param(
        ["Origin: https://app.example:8443", "Host: app.example:8443"],
        True,
        id="proxy ends TLS on another port",
    ),
    pytest.param(
        ["Origin: https://app.example", "Host: app.example:8080"],
        False,
        id="proxy that rewrites Host",
    ),
    pytest.param(
        ["Origin: http://app.example", "Host: app.example:443"], False, id="http and :443"
    ),
    pytest.param(
        ["Origin: https://app.example", "Host: app.example:80"], False, id="https and :80"
    ),
    pytest.param(["Origin: http://app.example:8080", "Host: app.example"], False, id="other port"),
    pytest.param(["Origin: http://evil.example", "Host: app.example"], False, id="other host"),
    pytest.param(["Origin: http://x.app.example", "Host: app.example"], False, id="sub-domain"),
    pytest.param(["Origin: null", "Host: null"], False, id="null is no host"),
    pytest.param(["Origin: null", "Host: app.example"], False, id="null"),
    pytest.param(
        ["Origin: http://evil.example", "Host: app.example", "X-Forwarded-Host: evil.example"],
        False,
        id="forwarded host does not count",
    ),
]


@pytest.mark.parametrize(("lines", "runs"), SITES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("build", ENTITIES)
async def test_same_origin_is_what_the_browser_says_or_else_what_host_says(
    aiohttp_server: Any, build: Build, method: str, lines: list[str], runs: bool
) -> None:
    app = build()
    server = await aiohttp_server(app)

    reply = await send(server, method, "/path", *lines, "Content-Length: 0")

    assert reply.status == (200 if runs else 403)
    assert app[RAN] == (["middleware", "handler"] if runs else [])


async def test_same_origin_request_that_is_not_listed_runs_without_grant(
    aiohttp_client: Any,
) -> None:
    app = guarded_routes()
    client = await aiohttp_client(app)
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}

    assert cors_headers(await client.get("/path", headers=headers)) == NOTHING


# Preflights get their response, whatever enforces.


@pytest.mark.parametrize("build", ENTITIES)
async def test_preflights_get_the_same_response_as_ever(aiohttp_client: Any, build: Build) -> None:
    app = build()
    client = await aiohttp_client(app)

    allowed = await client.options("/path", headers=preflight_headers("PUT"))
    refused = await client.options("/path", headers=preflight_headers("PUT", EVIL))

    assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (200, GOOD)
    assert await refused.text() == f"CORS preflight request failed: origin '{EVIL}' is not allowed"
    assert cors_headers(refused) == {"Vary": VARY_PREFLIGHT}
    assert app[RAN] == []


@pytest.mark.parametrize("build", ENTITIES)
async def test_options_that_is_not_a_preflight_does_not_run_either(
    aiohttp_client: Any, build: Build
) -> None:
    app = build()
    client = await aiohttp_client(app)

    response = await client.options("/path", headers={"Origin": EVIL})

    assert response.status == 403
    assert "handler" not in app[RAN]


# Policies that enforcement uses.


def enforcing(config: dict[Any, Any], **settings: Any) -> web.Application:
    app = application()
    cors = aiohttp_cors.setup(app, **settings)
    cors.add(app.router.add_get("/path", counted), config, enforce=True)
    return app


def sync_function(origin: str, request: web.Request) -> bool:
    return origin == GOOD


async def async_function(origin: str, request: web.Request) -> bool:
    await asyncio.sleep(0)
    return origin == GOOD


async def hangs(origin: str, request: web.Request) -> bool:
    await asyncio.sleep(60)
    return True


def raises(origin: str, request: web.Request) -> bool:
    raise LookupError


# a config, and the statuses of requests from GOOD, OTHER and null
POLICIES = [
    pytest.param({GOOD: OPTIONS}, (200, 403, 403), id="exact"),
    pytest.param({"https://*.example": OPTIONS}, (200, 200, 403), id="wildcard"),
    pytest.param({sync_function: OPTIONS}, (200, 403, 403), id="function"),
    pytest.param({async_function: OPTIONS}, (200, 403, 403), id="coroutine function"),
    pytest.param({hangs: OPTIONS}, (403, 403, 403), id="function that hangs"),
    pytest.param({raises: OPTIONS}, (403, 403, 403), id="function that raises"),
    pytest.param({"null": OPTIONS}, (403, 403, 200), id="null"),
    pytest.param({"*": OPTIONS}, (200, 200, 200), id="any"),
    pytest.param({"*": ResourceOptions()}, (200, 200, 200), id="any, anonymous"),
    pytest.param({}, (403, 403, 403), id="nobody"),
]


@pytest.mark.parametrize(("config", "statuses"), POLICIES)
async def test_enforcement_and_response_are_one_decision(
    aiohttp_client: Any, config: dict[Any, Any], statuses: tuple[int, ...]
) -> None:
    app = enforcing(config, origin_timeout=0.05)
    client = await aiohttp_client(app)

    for origin, status in zip((GOOD, OTHER, "null"), statuses):
        response = await client.get("/path", headers={"Origin": origin})
        assert response.status == status
        assert ("Access-Control-Allow-Origin" in response.headers) is (status == 200)
    assert app[RAN].count("handler") == statuses.count(200)


def resource_of_methods(app: web.Application, config: dict[Any, Any]) -> None:
    resource = app.router.add_resource("/path")
    for method in METHODS:
        resource.add_route(method, counted)
    aiohttp_cors.setup(app).add(resource, config, enforce=True)


def view_of_methods(app: web.Application, config: dict[Any, Any]) -> None:
    aiohttp_cors.setup(app).add(app.router.add_view("/path", CountedView), config, enforce=True)


def application_of_methods(app: web.Application, config: dict[Any, Any]) -> None:
    add_routes(app)
    aiohttp_cors.setup(app).add(app, config, enforce=True)


def any_of_methods(app: web.Application, config: dict[Any, Any]) -> None:
    resource = app.router.add_route("*", "/path", counted).resource
    aiohttp_cors.setup(app).add(resource, config, enforce=True)


@pytest.mark.parametrize(
    "origin", [pytest.param(EVIL, id="unlisted"), pytest.param(GOOD, id="listed")]
)
@pytest.mark.parametrize(
    ("add", "allow_methods", "method"),
    [
        pytest.param(resource_of_methods, ["GET"], "PUT", id="resource, PUT not allowed"),
        pytest.param(resource_of_methods, ["GET"], "POST", id="resource, POST not allowed"),
        pytest.param(resource_of_methods, ["PUT"], "GET", id="resource, GET not allowed"),
        pytest.param(resource_of_methods, [], "GET", id="resource, none allowed"),
        pytest.param(resource_of_methods, None, "PUT", id="resource, PUT not safelisted"),
        pytest.param(view_of_methods, ["GET"], "PUT", id="view, PUT not allowed"),
        pytest.param(application_of_methods, ["GET"], "PUT", id="application, PUT not allowed"),
        pytest.param(any_of_methods, ["GET"], "PUT", id="'*' resource, PUT not allowed"),
        pytest.param(any_of_methods, None, "PUT", id="'*' resource, PUT not safelisted"),
    ],
)
async def test_method_that_no_origin_may_use_does_not_run(
    aiohttp_client: Any, add: Any, allow_methods: Any, method: str, origin: str
) -> None:
    app = application()
    add(app, {GOOD: ResourceOptions(allow_methods=allow_methods)})
    client = await aiohttp_client(app)

    response = await client.request(method, "/path", headers={"Origin": origin})

    assert app[RAN] == []
    assert response.status == 403


async def test_method_that_one_origin_may_not_use_does_not_run_for_it(
    aiohttp_client: Any,
) -> None:
    app = application()
    put = ResourceOptions(allow_methods=["GET", "PUT"])
    resource_of_methods(app, {GOOD: put, OTHER: ResourceOptions(allow_methods=["GET"])})
    client = await aiohttp_client(app)

    assert (await client.put("/path", headers={"Origin": GOOD})).status == 200
    assert (await client.get("/path", headers={"Origin": OTHER})).status == 200
    assert (await client.put("/path", headers={"Origin": OTHER})).status == 403
    assert app[RAN] == ["middleware", "handler"] * 2


async def test_enforcement_of_a_route_covers_the_siblings_that_it_allows_and_no_other(
    aiohttp_client: Any,
) -> None:
    app = application()
    cors = aiohttp_cors.setup(app)
    config = {GOOD: ResourceOptions(allow_methods=["DELETE"])}
    cors.add(app.router.add_post("/path", counted), config, enforce=True)
    app.router.add_put("/path", counted)
    app.router.add_delete("/path", counted)
    app.router.add_get("/other", counted)
    client = await aiohttp_client(app)

    assert (await client.post("/path", headers={"Origin": EVIL})).status == 403
    assert (await client.put("/path", headers={"Origin": EVIL})).status == 200
    assert (await client.delete("/path", headers={"Origin": EVIL})).status == 403
    assert (await client.delete("/path", headers={"Origin": GOOD})).status == 200
    assert (await client.get("/other", headers={"Origin": EVIL})).status == 200


async def test_enforcement_of_a_get_route_covers_its_head(aiohttp_client: Any) -> None:
    app = enforcing({GOOD: OPTIONS})
    client = await aiohttp_client(app)

    assert (await client.head("/path", headers={"Origin": EVIL})).status == 403
    assert (await client.head("/path", headers={"Origin": GOOD})).status == 200


async def test_enforcement_of_the_application_stays_where_a_route_has_its_own_config(
    aiohttp_client: Any,
) -> None:
    app = application()
    cors = aiohttp_cors.setup(app)
    cors.add(app, {GOOD: OPTIONS}, enforce=True)
    cors.add(app.router.add_get("/own", counted), {OTHER: OPTIONS})
    cors.add(app.router.add_get("/cut", counted), {OTHER: OPTIONS}, inherit=False)
    client = await aiohttp_client(app)

    for path, origin, status in (
        ("/own", EVIL, 403),
        ("/own", GOOD, 200),
        ("/own", OTHER, 200),
        ("/cut", EVIL, 403),
        ("/cut", GOOD, 403),
        ("/cut", OTHER, 200),
    ):
        assert (await client.get(path, headers={"Origin": origin})).status == status


async def test_route_may_enforce_in_an_application_that_does_not(aiohttp_client: Any) -> None:
    app = application()
    cors = aiohttp_cors.setup(app)
    cors.add(app, {GOOD: OPTIONS})
    cors.add(app.router.add_get("/enforcing", counted), enforce=True)
    app.router.add_get("/open", counted)
    client = await aiohttp_client(app)

    assert (await client.get("/enforcing", headers={"Origin": EVIL})).status == 403
    assert (await client.get("/open", headers={"Origin": EVIL})).status == 200
    assert (await client.get("/enforcing", headers={"Origin": GOOD})).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", "/plain", id="route that was not added"),
        pytest.param("GET", "/nowhere", id="404"),
        pytest.param("PUT", "/plain", id="405"),
        pytest.param("GET", "/inner/route", id="sub-application"),
    ],
)
async def test_setup_with_enforce_covers_what_was_not_added_too(
    aiohttp_client: Any, method: str, path: str
) -> None:
    app = application()
    inner = web.Application()
    inner.router.add_get("/route", counted)
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app, defaults={GOOD: OPTIONS}, enforce=True)
    app.router.add_get("/plain", counted)
    client = await aiohttp_client(app)

    assert (await client.request(method, path, headers={"Origin": EVIL})).status == 403
    assert (await client.request(method, path, headers={"Origin": GOOD})).status == 403
    assert app[RAN] == []
    assert (await client.request(method, path)).status != 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/nowhere", 404, id="404"),
        pytest.param("PUT", "/ws", 405, id="405"),
    ],
)
async def test_enforcing_application_tells_other_origins_nothing_of_paths_without_a_route(
    aiohttp_client: Any, method: str, path: str, status: int
) -> None:
    client = await aiohttp_client(guarded_application())

    refused = await client.request(method, path, headers={"Origin": EVIL})
    allowed = await client.request(method, path, headers={"Origin": GOOD})

    assert refused.status == 403
    assert allowed.status == status
    assert cors_headers(allowed) == GRANTED


async def test_enforcement_at_a_path_holds_for_a_405_though_another_resource_takes_its_methods(
    aiohttp_client: Any,
) -> None:
    app = application()
    first = app.router.add_resource("/x")
    first.add_route("GET", counted)
    first.add_route("OPTIONS", counted)
    app.router.add_get("/between", counted)
    second = app.router.add_resource("/x")
    second.add_route("GET", counted)
    aiohttp_cors.setup(app).add(second, {GOOD: OPTIONS}, enforce=True)
    client = await aiohttp_client(app)

    response = await client.put("/x", headers={"Origin": EVIL})

    assert response.status == 403


async def guarded_view(app: web.Application) -> None:
    aiohttp_cors.setup(app).add(
        app.router.add_view("/path", CountedView), {GOOD: OPTIONS}, enforce=True
    )


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_enforcement_covers_views(aiohttp_client: Any, method: str) -> None:
    app = application()
    await guarded_view(app)
    client = await aiohttp_client(app)

    assert (await client.request(method, "/path", headers={"Origin": EVIL})).status == 403
    assert app[RAN] == []
    assert (await client.request(method, "/path", headers={"Origin": GOOD})).status == 200
    assert app[RAN] == ["middleware", "handler"]


async def test_view_that_computes_its_config_enforces_it(aiohttp_client: Any) -> None:
    class Computed(CountedView):
        @classmethod
        def get_request_config(cls, request: web.Request, request_method: str) -> Any:
            return {request.query["origin"]: OPTIONS}

    app = application()
    aiohttp_cors.setup(app).add(app.router.add_view("/path", Computed), enforce=True)
    client = await aiohttp_client(app)
    headers = {"Origin": GOOD}

    assert (await client.get("/path", params={"origin": EVIL}, headers=headers)).status == 403
    assert app[RAN] == []
    assert (await client.get("/path", params={"origin": GOOD}, headers=headers)).status == 200


@pytest.mark.parametrize("where", ["outer", "inner"])
async def test_outer_and_inner_application_both_enforce_for_a_sub_application(
    aiohttp_client: Any, where: str
) -> None:
    app, inner = application(), web.Application(middlewares=[counting])
    add_routes(inner)
    if where == "inner":
        aiohttp_cors.setup(inner).add(inner, {GOOD: OPTIONS}, enforce=True)
    subapp = app.add_subapp("/inner", inner)
    if where == "outer":
        aiohttp_cors.setup(app).add(subapp, {GOOD: OPTIONS}, enforce=True)
    client = await aiohttp_client(app)

    for method in METHODS:
        refused = await client.request(method, "/inner/path", headers={"Origin": EVIL})
        assert (refused.status, cors_headers(refused)) == (403, NOTHING)
    with pytest.raises(WSServerHandshakeError):
        await client.ws_connect("/inner/ws", origin=EVIL)
    assert app[RAN] == []
    allowed = await client.get("/inner/path", headers={"Origin": GOOD})
    assert (allowed.status, cors_headers(allowed)) == (200, GRANTED)
    assert app[RAN] == ["middleware", "middleware", "handler"]


async def test_nearest_application_says_who_is_granted_in_an_enforcing_one(
    aiohttp_client: Any,
) -> None:
    app, inner = application(), web.Application()
    aiohttp_cors.setup(inner).add(inner, {OTHER: OPTIONS})
    add_routes(inner)
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app).add(app, {GOOD: OPTIONS}, enforce=True)
    add_routes(app)
    client = await aiohttp_client(app)

    for path, origin, status in (
        ("/inner/path", EVIL, 403),
        ("/inner/path", GOOD, 403),
        ("/inner/path", OTHER, 200),
        ("/path", EVIL, 403),
        ("/path", GOOD, 200),
        ("/path", OTHER, 403),
    ):
        assert (await client.get(path, headers={"Origin": origin})).status == status


async def test_enforcement_covers_static_files(aiohttp_client: Any, tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("hello")
    app = application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_static("/static", tmp_path), {GOOD: OPTIONS}, enforce=True)
    client = await aiohttp_client(app)

    assert (await client.get("/static/a.txt", headers={"Origin": EVIL})).status == 403
    assert app[RAN] == []
    assert (await client.get("/static/a.txt", headers={"Origin": GOOD})).status == 200


async def test_enforcement_is_off_by_default(aiohttp_client: Any) -> None:
    app = application()
    cors = aiohttp_cors.setup(app)
    cors.add(app, {GOOD: OPTIONS})
    for route in add_routes(app):
        cors.add(route, {GOOD: OPTIONS})
    client = await aiohttp_client(app)

    for method in METHODS:
        response = await client.request(method, "/path", headers={"Origin": EVIL})
        assert (response.status, cors_headers(response)) == (200, NOTHING)
    async with client.ws_connect("/ws", origin=EVIL) as socket:
        await socket.send_str("hello")
        assert await socket.receive_str() == "hello"


async def test_refusal_quotes_no_more_than_a_hundred_characters(aiohttp_client: Any) -> None:
    client = await aiohttp_client(enforcing({GOOD: OPTIONS}))
    origin = "https://" + "a" * 300

    response = await client.get("/path", headers={"Origin": origin})

    text = f"cross-origin request refused: origin {origin[:100]!r} is not allowed"
    assert await response.text() == text


async def test_preflights_first_false_leaves_enforcement_first(aiohttp_client: Any) -> None:
    app = enforcing({GOOD: OPTIONS}, preflights_first=False)
    client = await aiohttp_client(app)

    assert (await client.get("/path", headers={"Origin": EVIL})).status == 403
    assert app[RAN] == []
    assert (await client.options("/path", headers=preflight_headers("GET"))).status == 200


@pytest.mark.parametrize("enforce", [1, "yes", None], ids=repr)
def test_enforce_is_true_or_false(enforce: Any) -> None:
    app = web.Application()

    with pytest.raises(TypeError, match="'enforce' must be of type bool"):
        aiohttp_cors.setup(app, enforce=enforce)
    cors = aiohttp_cors.setup(app)
    with pytest.raises(TypeError, match="'enforce' must be of type bool"):
        cors.add(app, {GOOD: OPTIONS}, enforce=enforce)
