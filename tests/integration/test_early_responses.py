"""Responses before middlewares and handlers: what else of the application sees of them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple

import pytest
from aiohttp import web, web_app
from aiohttp.abc import AbstractAccessLogger
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import CorsConfig, CorsViewMixin, ResourceOptions
from aiohttp_cors.abc import AbstractRouterAdapter
from tests.integration.conftest import (
    EVIL,
    GOOD,
    VARY_PREFLIGHT,
    Reply,
    exchange,
    hello,
    preflight_headers,
    request_bytes,
    send,
)

OPTIONS = ResourceOptions(allow_headers=["X-A"])
POLICY = {GOOD: OPTIONS}


@web.middleware
async def passes(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    return response


def lines_of(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


# aiohttp keeps 1024 chains of middlewares, by handler and applications.

CHAINS = getattr(web_app, "_cached_build_middleware", None)

needs_cache = pytest.mark.skipif(CHAINS is None, reason="this aiohttp builds each chain anew")


def size() -> int:
    return 0 if CHAINS is None else CHAINS.cache_info().currsize


def misses() -> int:
    return 0 if CHAINS is None else CHAINS.cache_info().misses


def guarded_application() -> web.Application:
    app, inner = web.Application(middlewares=[passes]), web.Application(middlewares=[passes])
    inner.router.add_get("/{name}", hello)
    aiohttp_cors.setup(inner).add(inner, POLICY)
    app.add_subapp("/inner", inner)
    app.router.add_get("/x/{name}", hello)
    app.router.add_put("/x/{name}", hello)
    aiohttp_cors.setup(app).add(app, POLICY, enforce=True)
    return app


def refused_get(number: int) -> bytes:
    return request_bytes("GET", f"/x/{number}", f"Origin: https://a{number}.example")


def refused_post(number: int) -> bytes:
    return request_bytes("POST", f"/nowhere/{number}", f"Origin: {EVIL}", "Content-Length: 0")


def refused_in_the_inner_application(number: int) -> bytes:
    return request_bytes("GET", f"/inner/{number}", f"Origin: {EVIL}")


def refused_websocket(number: int) -> bytes:
    lines = (f"Origin: {EVIL}", "Connection: Upgrade", "Upgrade: websocket")
    return request_bytes("GET", f"/x/{number}", *lines)


def refused_preflight(number: int) -> bytes:
    return request_bytes("OPTIONS", f"/x/{number}", *lines_of(preflight_headers("PUT", EVIL)))


def refused_method(number: int) -> bytes:
    return request_bytes("OPTIONS", f"/x/{number}", *lines_of(preflight_headers("TRACE", GOOD)))


def refused_header(number: int) -> bytes:
    fields = preflight_headers("PUT", GOOD, f"x-{number}")
    return request_bytes("OPTIONS", f"/x/{number}", *lines_of(fields))


def granted_preflight(number: int) -> bytes:
    return request_bytes(
        "OPTIONS", f"/x/{number}", *lines_of(preflight_headers("PUT", GOOD, "x-a"))
    )


def granted_preflight_of_a_404(number: int) -> bytes:
    return request_bytes("OPTIONS", f"/nowhere/{number}", *lines_of(preflight_headers("PUT", GOOD)))


EARLY = pytest.mark.parametrize(
    ("make", "status"),
    [
        pytest.param(refused_get, 403, id="enforcement"),
        pytest.param(refused_post, 403, id="enforcement-404"),
        pytest.param(refused_in_the_inner_application, 403, id="enforcement-inner-application"),
        pytest.param(refused_websocket, 403, id="enforcement-websocket"),
        pytest.param(refused_preflight, 403, id="preflight-refused-origin"),
        pytest.param(refused_method, 403, id="preflight-refused-method"),
        pytest.param(refused_header, 403, id="preflight-refused-header"),
        pytest.param(granted_preflight, 200, id="preflight-granted"),
        pytest.param(granted_preflight_of_a_404, 200, id="preflight-granted-404"),
    ],
)


@needs_cache
@pytest.mark.unexplained
@EARLY
async def test_50_early_responses_take_one_place_among_aiohttps_chains(
    aiohttp_server: Any, make: Callable[[int], bytes], status: int
) -> None:
    server = await aiohttp_server(guarded_application())
    (first,) = await exchange(server, request_bytes("GET", "/x/a", f"Origin: {GOOD}"))
    before = size()

    # A connection each: what follows a WebSocket handshake is no request.
    replies = [await exchange(server, make(number)) for number in range(50)]

    assert first.status == 200
    assert [[reply.status for reply in each] for each in replies] == [[status]] * 50
    assert size() - before <= 1


@needs_cache
@pytest.mark.unexplained
async def test_2000_refused_requests_push_no_chain_of_the_application_out(
    aiohttp_server: Any,
) -> None:
    server = await aiohttp_server(guarded_application())
    allowed = request_bytes("GET", "/x/a", f"Origin: {GOOD}")
    await exchange(server, allowed)
    before = size()
    kinds = (refused_get, refused_preflight, refused_post, refused_in_the_inner_application)

    for batch in range(20):
        numbers = range(batch * 100, batch * 100 + 100)
        sent = [kinds[number % len(kinds)](number) for number in numbers]
        replies = await exchange(server, *sent)
        assert [reply.status for reply in replies] == [403] * 100

    assert size() - before <= 1
    missed = misses()
    (reply,) = await exchange(server, allowed)
    assert (reply.status, misses()) == (200, missed)


# Access loggers.

NAME = web.AppKey("name", str)
OUTER = web.AppKey("outer", str)


class Seen(NamedTuple):
    """What an access logger reads of a request whose response was sent."""

    method: str
    status: int
    app: str
    #: Of all applications around the handler.
    name: str
    outer: str
    path: str | None
    variables: dict[str, str]


class Log(AbstractAccessLogger):
    seen: list[Seen]

    def log(self, request: Any, response: web.StreamResponse, time: float) -> None:
        match = request.match_info
        resource = match.route.resource
        # Reading these is all that most loggers do; some read everything.
        repr(match)
        match.get_info()
        for app in match.apps:
            assert isinstance(app, web.Application)
        self.seen.append(
            Seen(
                request.method,
                response.status,
                request.app[NAME],
                request.config_dict[NAME],
                request.config_dict[OUTER],
                None if resource is None else resource.canonical,
                dict(match),
            )
        )


@pytest.fixture
def logged(aiohttp_client: Any) -> Any:
    """Return a function that sends requests on one connection, and returns what a log saw."""

    async def _logged(app: web.Application, *requests: bytes) -> Any:
        # A class of its own for each server: aiohttp makes a logger for each connection.
        log: Any = type("Log", (Log,), {"seen": []})
        server = TestServer(app)
        logger = logging.getLogger("access")
        logger.setLevel(logging.INFO)
        await server.start_server(access_log=logger, access_log_class=log)
        await aiohttp_client(server)
        # A logger that raises ends the connection: the last reply would not come.
        replies = await exchange(server, *requests, request_bytes("GET", "/last"))
        assert len(replies) == len(requests) + 1
        # Each request but the last was logged before the reply to the next.
        return log.seen[: len(requests)]

    return _logged


def named(name: str) -> web.Application:
    app = web.Application(middlewares=[passes])
    app[NAME] = name
    app.router.add_get("/{name}", hello)
    app.router.add_put("/{name}", hello)
    return app


def one_application(**arguments: Any) -> web.Application:
    app = named("outer")
    app[OUTER] = "yes"
    cors = aiohttp_cors.setup(app, defaults=POLICY, **arguments)
    for route in list(app.router.routes()):
        cors.add(route, enforce=True)
    app.router.add_get("/last", hello)
    return app


def covered_inner_application(**arguments: Any) -> web.Application:
    app, inner = named("outer"), named("inner")
    app[OUTER] = "yes"
    resource = app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app, defaults=POLICY, **arguments).add(resource, enforce=True)
    return app


def inner_application_with_a_setup(**arguments: Any) -> web.Application:
    app, inner = named("outer"), named("inner")
    app[OUTER] = "yes"
    cors = aiohttp_cors.setup(inner, defaults=POLICY, **arguments)
    for route in list(inner.router.routes()):
        cors.add(route, enforce=True)
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app, **arguments)
    return app


APPLICATIONS = pytest.mark.parametrize(
    ("build", "prefix"),
    [
        pytest.param(one_application, "", id="application"),
        pytest.param(covered_inner_application, "/inner", id="sub-application"),
        pytest.param(inner_application_with_a_setup, "/inner", id="sub-application-with-a-setup"),
    ],
)
ORDERS = pytest.mark.parametrize(
    "preflights_first",
    [pytest.param(True, id="before-middlewares"), pytest.param(False, id="after-middlewares")],
)
RESPONSES = [
    pytest.param("GET", {"Origin": GOOD}, 200, id="handler"),
    pytest.param("GET", {"Origin": EVIL}, 403, id="enforcement"),
    pytest.param("PUT", {"Origin": "null"}, 403, id="enforcement-null"),
    pytest.param("OPTIONS", preflight_headers("PUT"), 200, id="preflight"),
    pytest.param(
        "OPTIONS", preflight_headers("PUT", GOOD, "x-a"), 200, id="preflight-with-headers"
    ),
    pytest.param("OPTIONS", preflight_headers("PUT", EVIL), 403, id="refused-origin"),
    pytest.param("OPTIONS", preflight_headers("PUT", GOOD, "x-b"), 403, id="refused-header"),
    pytest.param("OPTIONS", preflight_headers("DELETE"), 403, id="refused-method"),
    pytest.param("OPTIONS", preflight_headers("<>"), 403, id="malformed-method"),
    pytest.param("OPTIONS", preflight_headers("PUT", GOOD, "<>"), 403, id="malformed-headers"),
]


@ORDERS
@APPLICATIONS
@pytest.mark.parametrize(("method", "headers", "status"), RESPONSES)
async def test_access_logger_reads_of_an_early_response_what_it_reads_of_others(
    logged: Any,
    build: Any,
    prefix: str,
    method: str,
    headers: dict[str, str],
    status: int,
    preflights_first: bool,
) -> None:
    app = build(preflights_first=preflights_first)
    request = request_bytes(method, f"{prefix}/apple", *lines_of(headers), "Content-Length: 0")

    seen = await logged(app, request, request)

    name = "inner" if prefix else "outer"
    wanted = Seen(method, status, name, name, "yes", f"{prefix}/{{name}}", {"name": "apple"})
    assert seen == [wanted, wanted]


@pytest.mark.parametrize("where", ["outer", "inner"])
@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        pytest.param("GET", {"Origin": GOOD}, 404, id="404"),
        pytest.param("GET", {"Origin": EVIL}, 403, id="enforcement"),
        pytest.param("OPTIONS", preflight_headers("GET"), 200, id="preflight"),
        pytest.param("OPTIONS", preflight_headers("GET", EVIL), 403, id="refused-preflight"),
    ],
)
async def test_access_logger_reads_the_applications_of_a_path_that_is_routed_nowhere(
    logged: Any, where: str, method: str, headers: dict[str, str], status: int
) -> None:
    app, inner = named("outer"), named("inner")
    app[OUTER] = "yes"
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app).add(app, POLICY, enforce=True)
    path = "/inner/no/where" if where == "inner" else "/no/where"

    (seen,) = await logged(app, request_bytes(method, path, *lines_of(headers)))

    assert seen == Seen(method, status, where, where, "yes", None, {})


async def test_access_logger_reads_the_applications_where_enforcement_has_no_policy(
    logged: Any,
) -> None:
    app, inner = named("outer"), named("inner")
    app[OUTER] = "yes"
    app.add_subapp("/inner", inner)
    aiohttp_cors.setup(app, enforce=True)

    seen = await logged(
        app,
        request_bytes("GET", "/inner/apple", f"Origin: {EVIL}"),
        request_bytes("OPTIONS", "/inner/apple", *lines_of(preflight_headers("GET", EVIL))),
    )

    assert [each[1:5] for each in seen] == [(403, "inner", "inner", "yes")] * 2
    assert [each.method for each in seen] == ["GET", "OPTIONS"]


async def test_default_access_log_has_a_line_for_each_early_response(
    aiohttp_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = TestServer(one_application())
    logger = logging.getLogger("aiohttp.access")
    with caplog.at_level(logging.INFO, "aiohttp.access"):
        await server.start_server(access_log=logger)
        client = await aiohttp_client(server)
        await client.get("/apple", headers={"Origin": EVIL})
        await client.options("/apple", headers=preflight_headers("PUT"))

    assert [
        re.findall(r'"(\w+ /apple) HTTP/1.1" (\d+)', record.getMessage())
        for record in caplog.records
        if record.name == "aiohttp.access"
    ] == [[("GET /apple", "403")], [("OPTIONS /apple", "200")]]


# Expect handlers, which are code of the application.


@pytest.mark.parametrize("nested", [False, True], ids=["application", "sub-application"])
@pytest.mark.parametrize(
    ("method", "headers", "status", "runs"),
    [
        pytest.param("PUT", {"Origin": GOOD}, 200, True, id="granted"),
        pytest.param("PUT", {}, 200, True, id="no-origin"),
        pytest.param("PUT", {"Origin": EVIL}, 403, False, id="enforcement"),
        pytest.param("OPTIONS", preflight_headers("PUT"), 200, False, id="preflight"),
        pytest.param("OPTIONS", preflight_headers("PUT", EVIL), 403, False, id="refused-preflight"),
    ],
)
async def test_expect_handler_of_a_route_runs_for_no_early_response(
    aiohttp_server: Any,
    nested: bool,
    method: str,
    headers: dict[str, str],
    status: int,
    runs: bool,
) -> None:
    ran: list[str] = []

    async def expects(request: web.Request) -> None:
        ran.append(request.method)

    app = web.Application()
    serving = web.Application() if nested else app
    route = serving.router.add_put("/x", hello, expect_handler=expects)
    aiohttp_cors.setup(serving).add(route, POLICY)
    if nested:
        app.add_subapp("/inner", serving)
    aiohttp_cors.setup(app, enforce=True)
    server = await aiohttp_server(app)
    lines = [*lines_of(headers), "Expect: 100-continue", "Content-Length: 0"]

    reply = await send(server, method, "/inner/x" if nested else "/x", *lines)

    assert (reply.status, ran) == (status, ["PUT"] if runs else [])


# The method of a request.


@pytest.mark.unexplained
async def test_method_is_the_same_before_and_after_the_path_is_resolved(
    aiohttp_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[str, str]] = []
    methods: list[str] = []
    plain = web.UrlDispatcher.resolve

    @wraps(plain)
    async def resolve(self: Any, request: web.Request) -> Any:
        before = request.method
        match = await plain(self, request)
        read.append((before, request.method))
        return match

    async def lists(origin: str, request: web.Request) -> bool:
        methods.append(request.method)
        return origin == GOOD

    monkeypatch.setattr(web.UrlDispatcher, "resolve", resolve)
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_put("/x", hello), {lists: OPTIONS}, enforce=True)
    client = await aiohttp_client(app)

    assert (await client.options("/x", headers=preflight_headers("PUT"))).status == 200
    assert {before == after for before, after in read} == {True}
    assert ("PUT", "PUT") in read
    assert read[-1] == ("OPTIONS", "OPTIONS")
    assert methods == ["OPTIONS"]

    read.clear()
    assert (await client.put("/x", headers={"Origin": GOOD})).status == 200
    assert read == [("PUT", "PUT")]
    assert set(methods[1:]) == {"PUT"}


@pytest.mark.unexplained
async def test_method_that_was_read_early_decides_nothing(aiohttp_client: Any) -> None:
    # A router of the application's own reads the method before anything is resolved.
    class Router(web.UrlDispatcher):
        async def resolve(self, request: web.Request) -> Any:
            methods.append(request.method)
            return await super().resolve(request)

    methods: list[str] = []
    app = web.Application()
    app._router = Router()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_put("/x", hello), POLICY)
    app.router.add_get("/x", hello)
    client = await aiohttp_client(app)

    for method, status in (("PUT", 200), ("GET", 403)):
        response = await client.options("/x", headers=preflight_headers(method))
        assert (method, response.status) == (method, status)
    assert {"PUT", "GET"} <= set(methods)


# CORS-Refused: the sentence of a refusal, for Chromium's network tab.

SENTENCE = re.compile(r"[\x20-\x7e]+")


def check_sentence(reply: Reply, text: str) -> None:
    assert reply.status == 403
    assert reply.body.decode("ascii") == text
    assert reply.headers.getall("CORS-Refused") == [text]
    assert SENTENCE.fullmatch(text)


PREFLIGHT = "CORS preflight request failed: "
NOT_ALLOWED = f"{PREFLIGHT}origin '{EVIL}' is not allowed"

MALFORMED_AND_REFUSED: list[tuple[str, Sequence[str | bytes], str | None]] = [
    ("origin", lines_of(preflight_headers("PUT", EVIL)), NOT_ALLOWED),
    (
        "method",
        lines_of(preflight_headers("DELETE")),
        f"{PREFLIGHT}request method 'DELETE' is not allowed for '{GOOD}' origin",
    ),
    (
        "star",
        lines_of(preflight_headers("*")),
        f"{PREFLIGHT}request method '*' is not allowed for '{GOOD}' origin",
    ),
    (
        "header",
        lines_of(preflight_headers("PUT", GOOD, "x-b")),
        f"{PREFLIGHT}headers are not allowed: X-B",
    ),
    (
        "headers",
        lines_of(preflight_headers("PUT", GOOD, "x-c,x-a,x-b")),
        f"{PREFLIGHT}headers are not allowed: X-B, X-C",
    ),
    (
        "header-star",
        lines_of(preflight_headers("PUT", GOOD, "*")),
        f"{PREFLIGHT}headers are not allowed: *",
    ),
    (
        "no-origin",
        ["Access-Control-Request-Method: PUT"],
        f"{PREFLIGHT}origin header is not specified in the request",
    ),
    (
        "no-method",
        [f"Origin: {GOOD}"],
        f"{PREFLIGHT}'Access-Control-Request-Method' header is not specified",
    ),
    ("malformed-method", lines_of(preflight_headers("P UT")), None),
    ("malformed-headers", lines_of(preflight_headers("PUT", GOOD, "(x)")), None),
    (
        "origin-outside-ascii",
        [b"Origin: https://g\xc3\xb6od.example", "Access-Control-Request-Method: PUT"],
        None,
    ),
    (
        "method-outside-ascii",
        [f"Origin: {GOOD}", b"Access-Control-Request-Method: PUT\xff"],
        None,
    ),
    (
        "two-origins",
        [f"Origin: {GOOD}", f"Origin: {EVIL}", "Access-Control-Request-Method: PUT"],
        None,
    ),
]


class View(web.View, CorsViewMixin):
    async def put(self) -> web.Response:
        return await hello(self.request)


class Adapter(AbstractRouterAdapter):
    """Knows paths instead of routes."""

    def __init__(self, router: web.UrlDispatcher) -> None:
        self.router = router
        self.configs: dict[str, Any] = {}

    def add_preflight_handler(self, routing_entity: Any, handler: Any) -> None:
        self.router.add_route("OPTIONS", routing_entity, handler)

    def is_preflight_request(self, request: web.Request) -> bool:
        return request.method == "OPTIONS"

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return request.path in self.configs

    def set_config_for_routing_entity(self, routing_entity: Any, config: Any) -> None:
        self.configs[routing_entity] = config

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Any:
        if requested_method != "PUT":
            raise KeyError(requested_method)
        return self.configs[preflight_request.path]

    def get_non_preflight_request_config(self, request: web.Request) -> Any:
        return self.configs[request.path]


#: A path that an application mounted at "/sub" may serve.
PATH = "/sub/x"


def of_a_route(app: web.Application) -> None:
    aiohttp_cors.setup(app).add(app.router.add_put(PATH, hello), POLICY)


def of_a_route_late(app: web.Application) -> None:
    cors = aiohttp_cors.setup(app, preflights_first=False)
    cors.add(app.router.add_put(PATH, hello), POLICY)


def of_a_view(app: web.Application) -> None:
    aiohttp_cors.setup(app).add(app.router.add_view(PATH, View), POLICY)


def of_a_views_options(app: web.Application) -> None:
    cors = aiohttp_cors.setup(app, preflights_first=False)
    cors.add(app.router.add_view(PATH, View), POLICY)


def of_an_own_options_that_calls_the_librarys(app: web.Application) -> None:
    class Own(View):
        async def options(self) -> web.StreamResponse:
            return await super().options()

    cors = aiohttp_cors.setup(app, preflights_first=False)
    cors.add(app.router.add_view(PATH, Own), POLICY)


def of_a_router_adapter(app: web.Application) -> None:
    app.router.add_put(PATH, hello)
    CorsConfig(app, router_adapter=Adapter(app.router)).add(PATH, POLICY)


def of_a_sub_application(app: web.Application) -> None:
    inner = web.Application()
    inner.router.add_put("/x", hello)
    resource = app.add_subapp("/sub", inner)
    aiohttp_cors.setup(app).add(resource, POLICY)


def of_a_sub_application_with_a_setup(app: web.Application) -> None:
    inner = web.Application()
    aiohttp_cors.setup(inner).add(inner.router.add_put("/x", hello), POLICY)
    app.add_subapp("/sub", inner)


REFUSED_BY = pytest.mark.parametrize(
    "build",
    [
        pytest.param(of_a_route, id="route"),
        pytest.param(of_a_route_late, id="route-after-middlewares"),
        pytest.param(of_a_view, id="view"),
        pytest.param(of_a_views_options, id="options-of-a-view"),
        pytest.param(
            of_an_own_options_that_calls_the_librarys,
            id="options-that-calls-ours",
            marks=pytest.mark.unexplained,
        ),
        pytest.param(of_a_router_adapter, id="router-adapter"),
        pytest.param(of_a_sub_application, id="sub-application"),
        pytest.param(of_a_sub_application_with_a_setup, id="sub-application-with-a-setup"),
    ],
)


@REFUSED_BY
@pytest.mark.parametrize(
    ("lines", "text"),
    [pytest.param(lines, text, id=name) for name, lines, text in MALFORMED_AND_REFUSED],
)
async def test_refused_preflight_says_why_in_a_header(
    aiohttp_server: Any, build: Any, lines: Sequence[str | bytes], text: str | None
) -> None:
    app = web.Application()
    build(app)
    server = await aiohttp_server(app)

    reply = await send(server, "OPTIONS", PATH, *lines)

    if text is None:
        text = reply.body.decode("ascii")
        assert text.startswith(PREFLIGHT)
    check_sentence(reply, text)
    assert reply.headers["Vary"] == VARY_PREFLIGHT


GUARDED = [
    pytest.param("GET", EVIL, id="GET"),
    pytest.param("POST", EVIL, id="POST"),
    pytest.param("GET", "null", id="null"),
    pytest.param("GET", "", id="empty"),
    pytest.param("GET", "no origin's 'text' \\", id="quotes"),
]


def enforcing_route(app: web.Application) -> None:
    cors = aiohttp_cors.setup(app)
    for method in ("GET", "POST"):
        cors.add(app.router.add_route(method, "/x", hello), POLICY, enforce=True)


def enforcing_application(app: web.Application) -> None:
    aiohttp_cors.setup(app).add(app, POLICY, enforce=True)


def enforcing_without_a_policy(app: web.Application) -> None:
    aiohttp_cors.setup(app, enforce=True)


def enforcing_around_a_sub_application(app: web.Application) -> None:
    inner = web.Application()
    inner.router.add_route("*", "/{name:.*}", hello)
    aiohttp_cors.setup(inner).add(inner, POLICY)
    aiohttp_cors.setup(app, enforce=True)
    app.add_subapp("/x", inner)


@pytest.mark.parametrize(
    "build",
    [
        enforcing_route,
        enforcing_application,
        enforcing_without_a_policy,
        enforcing_around_a_sub_application,
    ],
)
@pytest.mark.parametrize(("method", "origin"), GUARDED)
async def test_enforcement_says_why_in_a_header(
    aiohttp_server: Any, build: Any, method: str, origin: str
) -> None:
    app = web.Application()
    build(app)
    server = await aiohttp_server(app)

    reply = await send(server, method, "/x", f"Origin: {origin}", "Content-Length: 0")

    check_sentence(reply, reply.body.decode("ascii"))
    assert reply.body.startswith(b"cross-origin request refused: ")


async def test_enforcement_says_why_to_head_and_to_a_websocket(aiohttp_server: Any) -> None:
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get("/x", hello), POLICY, enforce=True)
    server = await aiohttp_server(app)

    head = await send(server, "HEAD", "/x", f"Origin: {EVIL}")
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    websocket = await send(server, "GET", "/x", f"Origin: {EVIL}", *upgrade)

    text = f"cross-origin request refused: origin '{EVIL}' is not allowed"
    assert (head.status, head.headers["CORS-Refused"]) == (403, text)
    check_sentence(websocket, text)


LONG = "a" * 3000


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        pytest.param("GET", [f"Origin: https://{LONG}"], id="enforcement"),
        pytest.param("OPTIONS", lines_of(preflight_headers("PUT", f"https://{LONG}")), id="origin"),
        pytest.param("OPTIONS", lines_of(preflight_headers(LONG)), id="method"),
        pytest.param(
            "OPTIONS", lines_of(preflight_headers(LONG, f"https://{LONG}")), id="method-and-origin"
        ),
        pytest.param("OPTIONS", lines_of(preflight_headers("PUT", GOOD, LONG)), id="header"),
        pytest.param(
            "OPTIONS",
            lines_of(preflight_headers("PUT", GOOD, ",".join(["aaaa"] * 600 + ["ab"]))),
            id="headers",
        ),
    ],
)
async def test_header_quotes_no_more_than_a_hundred_characters(
    aiohttp_server: Any, method: str, lines: list[str]
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    for each in ("GET", "PUT"):
        cors.add(app.router.add_route(each, "/x", hello), POLICY, enforce=True)
    server = await aiohttp_server(app)

    reply = await send(server, method, "/x", *lines)

    text = reply.headers["CORS-Refused"]
    check_sentence(reply, text)
    quoted = sum(len(run) for run in re.findall(r"a{5,}", text, re.IGNORECASE))
    assert quoted <= 100
    assert len(text) <= 300


async def test_responses_that_are_no_refusals_of_the_library_have_no_such_header(
    aiohttp_client: Any,
) -> None:
    async def forbids(request: web.Request) -> web.Response:
        raise web.HTTPForbidden

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults=POLICY)
    cors.add(app.router.add_put("/x", hello))
    cors.add(app.router.add_get("/forbidden", forbids))
    client = await aiohttp_client(app)

    responses = [
        await client.options("/x", headers=preflight_headers("PUT")),
        await client.put("/x", headers={"Origin": GOOD}),
        await client.put("/x", headers={"Origin": EVIL}),
        await client.get("/forbidden", headers={"Origin": EVIL}),
        await client.options("/nowhere", headers=preflight_headers("GET", EVIL)),
    ]

    assert [response.status for response in responses] == [200, 200, 200, 403, 404]
    assert not any("CORS-Refused" in response.headers for response in responses)


async def test_enforcement_of_a_route_leaves_405_of_an_inner_application_with_its_adapter_alone(
    aiohttp_client: Any,
) -> None:
    app, inner = web.Application(), web.Application()
    inner.router.add_get("/x", hello)
    CorsConfig(inner, router_adapter=Adapter(inner.router))
    app.add_subapp("/sub", inner)
    aiohttp_cors.setup(app).add(app.router.add_get("/enforced", hello), POLICY, enforce=True)
    client = await aiohttp_client(app)

    response = await client.put(PATH, headers={"Origin": EVIL})

    assert response.status == 405


async def test_enforcement_holds_inside_an_application_with_a_router_adapter_of_its_own(
    aiohttp_client: Any,
) -> None:
    app, inner = web.Application(), web.Application()
    inner.router.add_get("/x", hello)
    CorsConfig(inner, router_adapter=Adapter(inner.router))
    app.add_subapp("/sub", inner)
    aiohttp_cors.setup(app).add(app, POLICY, enforce=True)
    client = await aiohttp_client(app)

    statuses = [(await client.get(PATH, headers={"Origin": each})).status for each in (GOOD, EVIL)]

    assert statuses == [200, 403]
