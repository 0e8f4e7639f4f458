"""Actual responses: their CORS headers, and that nothing else of them changes.

Every application is served twice, with CORS and without, and gets the same requests.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

import pytest
from aiohttp import web
from multidict import CIMultiDict

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions

from .conftest import (
    ALLOW_CREDENTIALS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    EVIL,
    EXPOSE_HEADERS,
    GOOD,
    OTHER,
    TIMING,
    check,
    check_cors,
    send,
)

PATH = "/thing"
CONTENT = b"0123456789" * 100

# Kinds of responses. Each is a handler of GET; "X-Total" is on all that can carry it.

TOTAL = {"X-Total": "3"}


async def returned(request):
    return web.Response(text="hello", headers=TOTAL)


async def streamed(request):
    response = web.StreamResponse(headers=TOTAL)
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(b"hello")
    await response.write(b" again")
    await response.write_eof()
    return response


async def server_sent_events(request):
    response = web.StreamResponse(
        headers={**TOTAL, "Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    await response.write(b"data: hello\n\n")
    return response


async def compressed(request):
    response = web.Response(text="hello" * 1000, headers=TOTAL)
    response.enable_compression()
    return response


async def redirect_returned(request):
    return web.Response(status=302, headers={**TOTAL, "Location": "/elsewhere"})


async def redirect_raised(request):
    raise web.HTTPFound("/elsewhere", headers=TOTAL)


async def error_raised(request):
    raise web.HTTPConflict(text="no", headers=TOTAL)


async def not_found_raised(request):
    raise web.HTTPNotFound


async def not_allowed_raised(request):
    raise web.HTTPMethodNotAllowed("GET", ["PUT"])


async def error_unhandled(request):
    raise ZeroDivisionError


async def no_content(request):
    return web.Response(status=204, headers=TOTAL)


async def cookie_set(request):
    response = web.Response(text="hello", headers=TOTAL)
    response.set_cookie("session", "1")
    return response


async def web_socket(request):
    socket = web.WebSocketResponse(timeout=0.01)
    await socket.prepare(request)
    await socket.close()
    return socket


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)

KINDS = [
    pytest.param(returned, 200, (), id="returned"),
    pytest.param(streamed, 200, (), id="stream"),
    pytest.param(server_sent_events, 200, (), id="server-sent-events"),
    pytest.param(compressed, 200, ("Accept-Encoding: gzip",), id="compressed"),
    pytest.param(redirect_returned, 302, (), id="redirect-returned"),
    pytest.param(redirect_raised, 302, (), id="redirect-raised"),
    pytest.param(error_raised, 409, (), id="error-raised"),
    pytest.param(not_found_raised, 404, (), id="404-raised"),
    pytest.param(not_allowed_raised, 405, (), id="405-raised"),
    pytest.param(error_unhandled, 500, (), id="error-unhandled"),
    pytest.param(no_content, 204, (), id="204"),
    pytest.param(cookie_set, 200, (), id="cookie"),
    pytest.param(web_socket, 101, UPGRADE, id="WebSocket"),
    pytest.param(web_socket, 400, (), id="WebSocket-without-upgrade"),
]

# Entities. Each adds a handler of GET and HEAD to an application, with CORS where there is one.


def as_route(app, cors, config, handler):
    add(cors, app.router.add_get(PATH, handler), config)


def as_resource(app, cors, config, handler):
    resource = app.router.add_resource(PATH)
    resource.add_route("GET", handler)
    resource.add_route("HEAD", handler)
    add(cors, resource, config)


def as_star_route(app, cors, config, handler):
    add(cors, app.router.add_route("*", PATH, handler), config)


def as_view(app, cors, config, handler):
    class View(web.View, CorsViewMixin):
        async def get(self):
            return await handler(self.request)

        head = get

    add(cors, app.router.add_view(PATH, View), config)


def as_route_of_a_sub_application(app, cors, config, handler):
    sub = web.Application()
    path = PATH.rsplit("/", 1)[1]
    add(cors, sub.router.add_get(f"/{path}", handler), config)
    app.add_subapp("/sub", sub)


def add(cors, entity, config):
    if cors is not None:
        cors.add(entity, config)


ENTITIES = pytest.mark.parametrize(
    "entity",
    [
        pytest.param(as_route, id="route"),
        pytest.param(as_resource, id="resource"),
        pytest.param(as_star_route, id="star-route"),
        pytest.param(as_view, id="view"),
        pytest.param(as_route_of_a_sub_application, id="sub-application"),
    ],
)

# Policies, with the complete CORS headers of all responses by origin

LISTED = {
    GOOD: ResourceOptions(allow_credentials=True, expose_headers=["X-Total"]),
    OTHER: ResourceOptions(allow_timing=True),
}
ANYONE = {"*": ResourceOptions(expose_headers=["x-total"], allow_timing=True)}
ANYONE_EXPOSING_ALL = {"*": ResourceOptions(expose_headers="*")}
ANYONE_AND_MORE = {"*": ResourceOptions(), GOOD: ResourceOptions(allow_credentials=True)}
ANYONE_WITH_CREDENTIALS = {"*": ResourceOptions(allow_credentials=True)}

VARY = {"Vary": "Origin"}
TO_GOOD = {ALLOW_ORIGIN: GOOD, ALLOW_CREDENTIALS: "true", **VARY}
TO_ANYONE = {ALLOW_ORIGIN: "*", EXPOSE_HEADERS: "x-total", TIMING: "*"}
TO_ANYONE_ALL = {ALLOW_ORIGIN: "*", EXPOSE_HEADERS: "*"}

ANSWERS = [
    pytest.param(LISTED, GOOD, {**TO_GOOD, EXPOSE_HEADERS: "X-Total"}, id="listed"),
    pytest.param(LISTED, OTHER, {ALLOW_ORIGIN: OTHER, TIMING: OTHER, **VARY}, id="listed-second"),
    pytest.param(LISTED, EVIL, VARY, id="refused"),
    pytest.param(LISTED, "null", VARY, id="opaque-refused"),
    pytest.param(LISTED, None, VARY, id="no-origin"),
    pytest.param(ANYONE, GOOD, TO_ANYONE, id="anyone"),
    pytest.param(ANYONE, "null", TO_ANYONE, id="anyone-opaque"),
    pytest.param(ANYONE, None, TO_ANYONE, id="anyone-no-origin"),
    pytest.param(ANYONE_EXPOSING_ALL, EVIL, TO_ANYONE_ALL, id="anyone-exposing-all"),
    pytest.param(ANYONE_AND_MORE, GOOD, TO_GOOD, id="listed-beside-anyone"),
    pytest.param(
        ANYONE_AND_MORE, EVIL, {ALLOW_ORIGIN: EVIL, **VARY}, id="anyone-where-one-is-listed"
    ),
    pytest.param(ANYONE_AND_MORE, None, VARY, id="no-origin-where-one-is-listed"),
    pytest.param(
        ANYONE_WITH_CREDENTIALS,
        EVIL,
        {ALLOW_ORIGIN: EVIL, ALLOW_CREDENTIALS: "true", **VARY},
        id="anyone-with-credentials",
    ),
    pytest.param(
        ANYONE_WITH_CREDENTIALS, "null", {ALLOW_ORIGIN: "*", **VARY}, id="opaque-never-credentials"
    ),
    pytest.param(ANYONE_WITH_CREDENTIALS, None, VARY, id="no-origin-with-credentials"),
]
#: The verdicts by which the kinds of responses could differ.
THREE_ANSWERS = pytest.mark.parametrize(
    ("config", "origin", "expected"), [ANSWERS[0], ANSWERS[2], ANSWERS[4], ANSWERS[7]]
)


def from_origin(origin):
    return [] if origin is None else [f"Origin: {origin}"]


def but_cors(reply):
    """Return all of a response that CORS is not about, as it came."""
    headers = [
        (name, value)
        for name, value in reply.headers.items()
        if not name.startswith("Access-Control-") and name not in ("Vary", "Date", TIMING)
    ]
    return reply.status, headers, reply.body


@pytest.fixture(autouse=True)
def _quiet(caplog):
    # Errors that handlers do not handle are what some tests are about.
    caplog.set_level(logging.CRITICAL)


@pytest.fixture
def send_to_both(aiohttp_server):
    """Return a function that sends a request to an application with CORS and to one without."""

    async def _ask(build, config, method, path, *lines):
        plain, app = web.Application(), web.Application()
        build(plain, None, config)
        build(app, aiohttp_cors.setup(app), config)
        replies = [
            await send(await aiohttp_server(each), method, path, *lines) for each in (app, plain)
        ]
        check(but_cors(replies[0]), but_cors(replies[1]))
        check_cors(replies[1], {})
        return replies[0]

    return _ask


def path_of(entity):
    return f"/sub{PATH}" if entity is as_route_of_a_sub_application else PATH


@ENTITIES
@pytest.mark.parametrize(("config", "origin", "expected"), ANSWERS)
async def test_response_carries_what_the_policy_says(
    send_to_both, entity, config, origin, expected
):
    build = partial(entity, handler=returned)
    reply = await send_to_both(build, config, "GET", path_of(entity), *from_origin(origin))
    check_cors(reply, expected)
    check((reply.status, reply.body), (200, b"hello"))


@ENTITIES
@THREE_ANSWERS
@pytest.mark.parametrize(("handler", "status", "lines"), KINDS)
async def test_every_kind_of_response_carries_the_same(
    send_to_both, entity, handler, status, lines, config, origin, expected
):
    build = partial(entity, handler=handler)
    reply = await send_to_both(build, config, "GET", path_of(entity), *lines, *from_origin(origin))
    check(reply.status, status)
    check_cors(reply, expected)


@ENTITIES
@THREE_ANSWERS
@pytest.mark.parametrize("handler", [returned, error_unhandled, not_found_raised])
async def test_head_carries_what_get_does(send_to_both, entity, handler, config, origin, expected):
    build = partial(entity, handler=handler)
    reply = await send_to_both(build, config, "HEAD", path_of(entity), *from_origin(origin))
    check_cors(reply, expected)


# Files


def as_static(app, cors, config, folder):
    add(cors, app.router.add_static("/static", folder), config)


def as_file_of_a_route(app, cors, config, folder):
    async def handler(request):
        return web.FileResponse(folder / "file.bin")

    add(cors, app.router.add_get("/static/file.bin", handler), config)


def as_file_of_a_view(app, cors, config, folder):
    class View(web.View, CorsViewMixin):
        async def get(self):
            return web.FileResponse(folder / "file.bin")

        head = get

    add(cors, app.router.add_view("/static/file.bin", View), config)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "file.bin").write_bytes(CONTENT)
    return tmp_path


IN_THE_FUTURE = "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"


@THREE_ANSWERS
@pytest.mark.parametrize(
    ("method", "line", "status", "body"),
    [
        pytest.param("GET", "X-Nothing: 1", 200, CONTENT, id="200"),
        pytest.param("GET", "Range: bytes=0-4", 206, CONTENT[:5], id="206"),
        pytest.param("GET", IN_THE_FUTURE, 304, b"", id="304"),
        pytest.param("GET", "Range: bytes=5000-6000", 416, b"", id="416"),
        pytest.param("GET", "If-Match: none", 412, b"", id="412"),
        pytest.param("HEAD", "X-Nothing: 1", 200, b"", id="HEAD"),
    ],
)
@pytest.mark.parametrize("build", [as_static, as_file_of_a_route, as_file_of_a_view])
async def test_file_carries_what_the_policy_says(
    send_to_both, folder, build, method, line, status, body, config, origin, expected
):
    whole = partial(build, folder=folder)
    reply = await send_to_both(
        whole, config, method, "/static/file.bin", line, *from_origin(origin)
    )
    check((reply.status, reply.body), (status, body))
    check_cors(reply, expected)


@THREE_ANSWERS
async def test_file_that_is_missing_carries_the_same(
    send_to_both, folder, config, origin, expected
):
    whole = partial(as_static, folder=folder)
    reply = await send_to_both(whole, config, "GET", "/static/none", *from_origin(origin))
    check(reply.status, 404)
    check_cors(reply, expected)


# 404 and 405


@THREE_ANSWERS
async def test_view_without_the_method_carries_the_same(send_to_both, config, origin, expected):
    build = partial(as_view, handler=returned)
    reply = await send_to_both(build, config, "DELETE", PATH, *from_origin(origin))
    check((reply.status, reply.headers["Allow"]), (405, "GET,HEAD,OPTIONS"))
    check_cors(reply, expected)


@pytest.mark.parametrize("origin", [GOOD, None])
async def test_path_that_is_not_routed_is_left_alone(send_to_both, origin):
    build = partial(as_route, handler=returned)
    reply = await send_to_both(build, LISTED, "GET", "/elsewhere", *from_origin(origin))
    check(reply.status, 404)
    check_cors(reply, {})


async def test_method_that_is_not_routed_is_left_alone(aiohttp_server):
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), LISTED)
    reply = await send(await aiohttp_server(app), "PUT", PATH, f"Origin: {GOOD}")
    check((reply.status, reply.headers["Allow"]), (405, "GET,HEAD,OPTIONS"))
    check_cors(reply, {})


@pytest.mark.parametrize("origin", [GOOD, None])
async def test_route_that_was_not_added_is_left_alone(send_to_both, origin):
    def build(app, cors, config):
        add(cors, app.router.add_get(PATH, returned), config)
        app.router.add_get("/own", own)

    async def own(request):
        return web.Response(text="own")

    reply = await send_to_both(build, LISTED, "GET", "/own", *from_origin(origin))
    check_cors(reply, {})


@pytest.mark.parametrize("origin", [GOOD, EVIL, None])
async def test_method_of_which_nothing_was_said_is_left_alone(send_to_both, origin):
    def build(app, cors, config):
        resource = app.router.add_resource(PATH)
        add(cors, resource.add_route("GET", returned), config)
        resource.add_route("PUT", returned)

    reply = await send_to_both(build, LISTED, "PUT", PATH, *from_origin(origin))
    check_cors(reply, {})


# Setting up without a single origin


@ENTITIES
@pytest.mark.parametrize("origin", [GOOD, "null", None])
async def test_nobody_is_granted_anything_by_default(send_to_both, entity, origin):
    build = partial(entity, handler=returned)
    reply = await send_to_both(build, None, "GET", path_of(entity), *from_origin(origin))
    check_cors(reply, VARY)


# What is on the response already


def responding(*headers):
    async def handler(request):
        return web.Response(text="hello", headers=CIMultiDict(headers))

    return handler


async def reply_of(aiohttp_server, handler, config, origin, **arguments):
    app = web.Application()
    cors = aiohttp_cors.setup(app, **arguments)
    cors.add(app.router.add_get(PATH, handler), config)
    return await send(await aiohttp_server(app), "GET", PATH, *from_origin(origin))


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(["Accept-Encoding"], "Accept-Encoding, Origin", id="another-name"),
        pytest.param(["accept-encoding, ORIGIN"], "accept-encoding, ORIGIN", id="there-already"),
        pytest.param(["Accept", "Cookie"], "Accept, Cookie, Origin", id="two-lines"),
        pytest.param(["Accept,  accept ,,Cookie"], "Accept, Cookie, Origin", id="twice"),
        pytest.param(["X-Origin"], "X-Origin, Origin", id="a-name-that-ends-alike"),
        pytest.param(["*"], "*", id="star"),
        pytest.param(["Accept, *"], "*", id="star-beside-a-name"),
        pytest.param([""], "Origin", id="empty"),
    ],
)
@pytest.mark.parametrize("origin", [GOOD, EVIL, None])
async def test_vary_of_the_handler_stays(aiohttp_server, own, expected, origin):
    handler = responding(*(("Vary", value) for value in own))
    reply = await reply_of(aiohttp_server, handler, LISTED, origin)
    check(reply.headers.getall("Vary"), [expected])


async def test_vary_of_the_handler_stays_where_anyone_is_granted(aiohttp_server):
    handler = responding(("Vary", "Accept"), ("Vary", "Cookie"))
    reply = await reply_of(aiohttp_server, handler, ANYONE, GOOD)
    check(reply.headers.getall("Vary"), ["Accept", "Cookie"])


async def test_vary_of_the_request_is_not_copied(aiohttp_server):
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), LISTED)
    server = await aiohttp_server(app)
    reply = await send(server, "GET", PATH, f"Origin: {GOOD}", "Vary: X-Evil")
    check(reply.headers.getall("Vary"), ["Origin"])


FOREIGN = (
    (ALLOW_ORIGIN, "*"),
    (ALLOW_ORIGIN, EVIL),
    (ALLOW_CREDENTIALS, "true"),
    (EXPOSE_HEADERS, "X-Secret"),
    (ALLOW_METHODS, "PUT"),
    ("Access-Control-Allow-Headers", "X-Any"),
    ("Access-Control-Max-Age", "5"),
)


#: What browsers read in responses to preflights only.
INERT = {
    ALLOW_METHODS: "PUT",
    "Access-Control-Allow-Headers": "X-Any",
    "Access-Control-Max-Age": "5",
}


@pytest.mark.parametrize(
    ("config", "origin", "expected"),
    [
        pytest.param(LISTED, GOOD, {**TO_GOOD, EXPOSE_HEADERS: "X-Total"}, id="granted"),
        pytest.param({GOOD: ResourceOptions()}, GOOD, {ALLOW_ORIGIN: GOOD, **VARY}, id="anonymous"),
        pytest.param(LISTED, EVIL, VARY, id="refused"),
        pytest.param(LISTED, None, VARY, id="no-origin"),
        pytest.param({"*": ResourceOptions()}, None, {ALLOW_ORIGIN: "*"}, id="anyone"),
    ],
)
async def test_verdict_replaces_cors_headers_of_the_handler(
    aiohttp_server, config, origin, expected
):
    reply = await reply_of(aiohttp_server, responding(*FOREIGN), config, origin)
    check((reply.status, reply.body), (200, b"hello"))
    check_cors(reply, {**expected, **INERT})


@pytest.mark.parametrize("origin", [EVIL, None])
async def test_single_allow_origin_of_the_handler_is_removed_by_a_refusal(aiohttp_server, origin):
    reply = await reply_of(aiohttp_server, responding((ALLOW_ORIGIN, "*")), LISTED, origin)
    check_cors(reply, VARY)


@pytest.mark.parametrize(
    "name", [ALLOW_CREDENTIALS, EXPOSE_HEADERS, *INERT, "Access-Control-Allow-Private-Network"]
)
async def test_header_that_says_nothing_without_allow_origin_stays(aiohttp_server, name):
    reply = await reply_of(aiohttp_server, responding((name, "true")), LISTED, EVIL)
    check_cors(reply, {name: "true", **VARY})


@pytest.mark.parametrize("name", [ALLOW_CREDENTIALS, EXPOSE_HEADERS])
@pytest.mark.parametrize(
    ("config", "origin", "expected"),
    [
        pytest.param({GOOD: ResourceOptions()}, GOOD, {ALLOW_ORIGIN: GOOD, **VARY}, id="origin"),
        pytest.param({"*": ResourceOptions()}, GOOD, {ALLOW_ORIGIN: "*"}, id="anyone"),
        pytest.param(
            {GOOD: ResourceOptions(allow_timing=True)},
            GOOD,
            {ALLOW_ORIGIN: GOOD, TIMING: GOOD, **VARY},
            id="timing",
        ),
    ],
)
async def test_header_that_a_grant_does_not_have_is_removed(
    aiohttp_server, name, config, origin, expected
):
    reply = await reply_of(aiohttp_server, responding((name, "true")), config, origin)
    check_cors(reply, expected)


@pytest.mark.parametrize("origin", [GOOD, EVIL, None])
async def test_cors_headers_of_the_handler_stay_where_they_are_kept(aiohttp_server, origin):
    own = {ALLOW_ORIGIN: "https://third.example", EXPOSE_HEADERS: "X-Own"}
    handler = responding(*own.items())
    reply = await reply_of(aiohttp_server, handler, LISTED, origin, existing_headers="keep")
    check_cors(reply, own)


async def test_response_without_cors_headers_gets_them_where_others_are_kept(aiohttp_server):
    reply = await reply_of(aiohttp_server, returned, LISTED, OTHER, existing_headers="keep")
    check_cors(reply, {ALLOW_ORIGIN: OTHER, TIMING: OTHER, **VARY})


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(
            ["X-B", "x-a", "Link", "X-Secret"], "Date,Link,Server,x-a,X-B,X-Secret", id="sorted"
        ),
        pytest.param(["X-Two", "x-two"], "Date,Server,X-Two", id="each-once"),
        pytest.param(
            ["SET-COOKIE", "Set-Cookie2", "cache-control", "EXPIRES", "Pragma"],
            "Date,Server",
            id="not-those-that-no-script-may-read",
        ),
        pytest.param(["Content-Language", "Last-Modified"], "Date,Server", id="not-safelisted"),
    ],
)
async def test_star_with_credentials_lists_what_the_response_has(aiohttp_server, names, expected):
    config = {GOOD: ResourceOptions(allow_credentials=True, expose_headers="*")}
    handler = responding(*((name, "x") for name in names))
    reply = await reply_of(aiohttp_server, handler, config, GOOD)
    check(reply.headers.get(EXPOSE_HEADERS), expected)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["X-B", "X-a", "Link"], "Link,X-a,X-B", id="sorted"),
        pytest.param(["content-TYPE", "Set-Cookie"], None, id="no-empty-header"),
        pytest.param([], None, id="none"),
    ],
)
async def test_configured_names_are_exposed(aiohttp_server, names, expected):
    config = {GOOD: ResourceOptions(expose_headers=names)}
    reply = await reply_of(aiohttp_server, returned, config, GOOD)
    check(reply.headers.get(EXPOSE_HEADERS), expected)


# Origins as they come


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            [b"Origin: https://good.example", b"Origin: https://good.example"], id="twice"
        ),
        pytest.param([b"Origin: https://good.example", b"Origin: https://evil.example"], id="two"),
        pytest.param([b"Origin: https://good.example\xc3\xa9"], id="UTF-8"),
        pytest.param([b"Origin: https://good.example\xff"], id="no-UTF-8"),
        pytest.param([b"Origin: https://good.example https://evil.example"], id="list"),
        pytest.param([b"Origin: HTTPS://GOOD.EXAMPLE"], id="upper-case"),
        pytest.param([b"Origin: https://good.example/"], id="slash"),
        pytest.param([b"Origin: https://good.example."], id="dot"),
        pytest.param([b"Origin: https://good.example:443"], id="default-port"),
        pytest.param([b"Origin: https://good.example.evil.example"], id="suffix"),
        pytest.param([b"Origin: https://evilgood.example"], id="prefix"),
        pytest.param([b"Origin: "], id="empty"),
        pytest.param([b"Origin: *"], id="star"),
    ],
)
async def test_origin_that_is_not_the_very_text_is_unlisted(aiohttp_server, lines):
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), LISTED)
    reply = await send(await aiohttp_server(app), "GET", PATH, *lines)
    check(reply.status, 200)
    check_cors(reply, VARY)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"null", id="opaque"),
        pytest.param(b"https://evil.example/path", id="path"),
        pytest.param(b"<script>", id="markup"),
        pytest.param(b"*", id="star"),
    ],
)
async def test_malformed_origin_gets_the_literal_star_without_credentials(aiohttp_server, value):
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), ANYONE_WITH_CREDENTIALS)
    reply = await send(await aiohttp_server(app), "GET", PATH, b"Origin: " + value)
    check_cors(reply, {ALLOW_ORIGIN: "*", **VARY})


@pytest.mark.parametrize("config", [ANYONE_AND_MORE, ANYONE_WITH_CREDENTIALS])
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([b"Origin: https://good.example"] * 2, id="twice"),
        pytest.param([b"Origin: https://g\xc3\xa9.example"], id="UTF-8"),
        pytest.param([b"Origin: https://g\xff.example"], id="no-UTF-8"),
        pytest.param([b"Origin: https://good.example x"], id="space"),
    ],
)
async def test_origin_that_is_not_visible_text_is_not_anyone(aiohttp_server, config, lines):
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), config)
    reply = await send(await aiohttp_server(app), "GET", PATH, *lines)
    check(reply.status, 200)
    check_cors(reply, VARY)


async def test_opaque_origin_gets_credentials_where_it_is_listed(aiohttp_server):
    config = {"null": ResourceOptions(allow_credentials=True)}
    reply = await reply_of(aiohttp_server, returned, config, "null")
    check_cors(reply, {ALLOW_ORIGIN: "null", ALLOW_CREDENTIALS: "true", **VARY})


@pytest.mark.parametrize(
    "byte", [b"\x00", b"\x01", b"\x0b", b"\x7f"], ids=["NUL", "SOH", "VT", "DEL"]
)
async def test_control_character_in_the_origin_gets_a_response_without_a_grant(
    aiohttp_server, byte
):
    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), ANYONE_AND_MORE)
    reply = await send(await aiohttp_server(app), "GET", PATH, b"Origin: " + GOOD.encode() + byte)
    check(reply.status in (200, 400), True)
    check(reply.headers.get(ALLOW_ORIGIN), None)


# Layers


@pytest.mark.parametrize(
    ("origin", "exposed"),
    [
        pytest.param("https://a.example", "X-Route", id="route-first"),
        pytest.param("https://b.example", "X-Resource", id="then-resource"),
        pytest.param("https://c.example", "X-Defaults", id="then-defaults"),
        pytest.param(EVIL, "X-Star-Of-Resource", id="then-the-nearest-star"),
    ],
)
async def test_most_specific_layer_that_has_the_origin_decides(aiohttp_server, origin, exposed):
    def exposing(name):
        return ResourceOptions(expose_headers=[name])

    a, b, c = (f"https://{letter}.example" for letter in "abc")
    defaults = {each: exposing("X-Defaults") for each in (a, b, c)}
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={**defaults, "*": exposing("X-Star-Of-Defaults")})
    resource = app.router.add_resource(PATH)
    config = {a: exposing("X-Resource"), b: exposing("X-Resource")}
    cors.add(resource, {**config, "*": exposing("X-Star-Of-Resource")})
    cors.add(resource.add_route("GET", returned), {a: exposing("X-Route")})
    reply = await send(await aiohttp_server(app), "GET", PATH, f"Origin: {origin}")
    check_cors(reply, {ALLOW_ORIGIN: origin, EXPOSE_HEADERS: exposed, **VARY})


@pytest.mark.parametrize("origin", [GOOD, EVIL, None])
async def test_outer_application_writes_nothing_where_the_inner_one_decides(aiohttp_server, origin):
    app, sub = web.Application(), web.Application()
    outer, inner = aiohttp_cors.setup(app), aiohttp_cors.setup(sub)
    route = inner.add(sub.router.add_get(PATH, returned), ANYONE_EXPOSING_ALL)
    outer.add(route, {GOOD: ResourceOptions(allow_timing=True)})
    app.add_subapp("/sub", sub)
    server = await aiohttp_server(app)
    reply = await send(server, "GET", f"/sub{PATH}", *from_origin(origin))
    check_cors(reply, TO_ANYONE_ALL)


# Whom else a response meets


async def test_response_of_a_middleware_carries_the_same(aiohttp_server):
    @web.middleware
    async def refuse(request, handler):
        raise web.HTTPUnauthorized(text="log in")

    app = web.Application(middlewares=[refuse])
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), LISTED)
    reply = await send(await aiohttp_server(app), "GET", PATH, f"Origin: {GOOD}")
    check((reply.status, reply.body), (401, b"log in"))
    check_cors(reply, {**TO_GOOD, EXPOSE_HEADERS: "X-Total"})


async def test_request_that_a_middleware_cloned_without_origin_gets_a_response(aiohttp_server):
    @web.middleware
    async def anonymize(request, handler):
        headers = request.headers.copy()
        headers.popall("Origin")
        return await handler(request.clone(headers=headers))

    app = web.Application(middlewares=[anonymize])
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), LISTED)
    reply = await send(await aiohttp_server(app), "GET", PATH, f"Origin: {GOOD}")
    check((reply.status, reply.body), (200, b"hello"))


async def test_header_of_a_later_signal_stays(aiohttp_server):
    async def stamp(request, response):
        response.headers["X-Stamp"] = "1"

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, returned), LISTED)
    app.on_response_prepare.append(stamp)
    reply = await send(await aiohttp_server(app), "GET", PATH, f"Origin: {GOOD}")
    check(reply.headers["X-Stamp"], "1")


async def test_concurrent_clients_get_their_own_responses(aiohttp_server):
    config = {GOOD: ResourceOptions(allow_credentials=True), OTHER: ResourceOptions()}

    async def slow(request):
        await asyncio.sleep(0)
        return web.Response(text=request.headers["Origin"])

    app = web.Application()
    aiohttp_cors.setup(app).add(app.router.add_get(PATH, slow), config)
    server = await aiohttp_server(app)
    origins = [GOOD, OTHER, EVIL] * 20
    replies = await asyncio.gather(
        *(send(server, "GET", PATH, f"Origin: {origin}") for origin in origins)
    )
    granted = {GOOD: (GOOD, "true"), OTHER: (OTHER, None), EVIL: (None, None)}
    check(
        [
            (reply.headers.get(ALLOW_ORIGIN), reply.headers.get(ALLOW_CREDENTIALS))
            for reply in replies
        ],
        [granted[origin] for origin in origins],
    )


@pytest.mark.parametrize(
    "path",
    [
        "/PUBLIC/x",
        "/public/../private",
        "/public/%2e%2e/private",
        "//private",
        "/public/private%2Fsecret",
        "/publi%63/x",
        "/public/plus%20x",
    ],
)
async def test_policy_is_that_of_the_handler_that_ran(aiohttp_server, path):
    async def public(request):
        return web.Response(headers={"X-Handler": "public"})

    async def private(request):
        return web.Response(headers={"X-Handler": "private"})

    app = web.Application()
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/public/{name}", public), {"*": ResourceOptions()})
    cors.add(app.router.add_get("/private", private), LISTED)
    cors.add(app.router.add_get("/{anything:.*}", private), LISTED)
    reply = await send(await aiohttp_server(app), "GET", path, f"Origin: {EVIL}")
    check_cors(reply, {ALLOW_ORIGIN: "*"} if reply.headers["X-Handler"] == "public" else VARY)
