"""`Page`: what a script of a page sees of real servers, and which mistakes of theirs it finds."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors.testing import CorsError, Page, Step

from .conftest import (
    ALLOW_CREDENTIALS,
    ALLOW_HEADERS,
    ALLOW_METHODS,
    ALLOW_ORIGIN,
    EXPOSE_HEADERS,
    GOOD,
    MAX_AGE,
    OTHER,
    check,
)

API = "https://api.example"
ELSEWHERE = "https://elsewhere.example"
OPTIONS = ResourceOptions(
    allow_credentials=True, allow_headers=["X-A"], expose_headers=["X-Total"], max_age=60
)


async def echo(request: web.Request) -> web.Response:
    body = await request.text()
    response = web.json_response(
        {
            "method": request.method,
            "host": request.host,
            "cookie": request.cookies.get("session"),
            "type": request.headers.get("Content-Type"),
            "body": body,
        },
        headers={"X-Total": "3", "X-Secret": "x"},
    )
    response.set_cookie("session", "1")
    return response


def redirect(request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": request.query["to"]})


async def redirecting(request: web.Request) -> web.Response:
    return redirect(request)


def application() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={GOOD: OPTIONS, "null": ResourceOptions()})
    for method in ("GET", "POST", "PUT"):
        cors.add(app.router.add_route(method, "/echo", echo))
    cors.add(app.router.add_get("/redirect", redirecting))
    return app


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    async with TestClient(TestServer(application())) as client:
        yield client


@pytest.fixture
async def elsewhere() -> AsyncIterator[Any]:
    async with TestClient(TestServer(application())) as client:
        yield client


async def test_script_sees_status_readable_headers_and_body(client: Any) -> None:
    response = await Page(client, origin=GOOD).fetch("/echo")

    check((response.type, response.status, response.ok), ("cors", 200, True))
    check(
        dict(response.headers),
        {
            "X-Total": "3",
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(await response.read())),
        },
    )
    check((await response.json())["method"], "GET")
    check(await response.read(), (await response.text()).encode())
    check(response.warnings, ())
    check(repr(response), f"<PageResponse cors 200 {client.make_url('/echo')}>")


async def test_preflight_is_sent_where_due_and_cached(client: Any) -> None:
    now = 0.0
    page = Page(client, origin=GOOD, clock=lambda: now)

    for seconds, expected in ((0.0, 1), (59.0, 1), (60.0, 2)):
        now = seconds
        await page.fetch("/echo", method="put", headers={"X-A": "1"}, body="x")
        check(page.preflights, expected)
    await page.fetch("/echo", method="POST", body="x")
    check(page.preflights, 2)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ("text", {}, "text/plain;charset=UTF-8"),
        ("text", {"content-type": "text/plain"}, "text/plain"),
        (b"bytes", {}, None),
        (None, {}, None),
    ],
)
async def test_body_has_the_type_that_browsers_give_it(
    client: Any, body: str | bytes | None, headers: dict[str, str], expected: str | None
) -> None:
    response = await Page(client, origin=GOOD).fetch(
        "/echo", method="POST", body=body, headers=headers
    )

    found = await response.json()
    text = body.decode() if isinstance(body, bytes) else body
    check((found["type"] if body else None, found["body"]), (expected, text or ""))


@pytest.mark.parametrize(
    ("own", "credentials", "expected"),
    [
        (False, "omit", None),
        (False, "same-origin", None),
        (False, "include", "1"),
        (True, "omit", None),
        (True, "same-origin", "1"),
    ],
)
async def test_cookies_go_by_the_credentials_mode(
    client: Any, own: bool, credentials: str, expected: str | None
) -> None:
    origin = str(client.make_url("/")).rstrip("/") if own else GOOD
    page = Page(client, origin=origin)

    await page.fetch("/echo", credentials=credentials)
    check(bool(list(client.session.cookie_jar)), expected is not None)
    response = await page.fetch("/echo", credentials=credentials)

    check((await response.json())["cookie"], expected)
    check(response.type, "basic" if own else "cors")


async def test_several_clients_stand_for_origins(client: Any, elsewhere: Any) -> None:
    page = Page({API: client, ELSEWHERE: elsewhere}, origin=GOOD)

    relative = await page.fetch("/echo")
    absolute = await page.fetch(f"{ELSEWHERE}/echo")
    real = await page.fetch(str(elsewhere.make_url("/echo")))

    check((relative.url, (await relative.json())["host"]), (f"{API}/echo", "api.example"))
    check((await absolute.json())["host"], "elsewhere.example")
    check((await real.json())["host"], f"127.0.0.1:{elsewhere.port}")


async def test_redirect_between_origins_is_followed_with_a_null_origin(
    client: Any, elsewhere: Any
) -> None:
    page = Page({API: client, ELSEWHERE: elsewhere}, origin=GOOD)

    response = await page.fetch(f"/redirect?to={ELSEWHERE}/echo")

    check((response.url, response.redirected, response.status), (f"{ELSEWHERE}/echo", True, 200))


async def test_opaque_page_sends_null(client: Any) -> None:
    page = Page.opaque(client)

    response = await page.fetch("/echo")

    check((page.origin, response.type), ("null", "cors"))
    with pytest.raises(CorsError) as raised:
        await page.fetch("/echo", credentials="include")
    check(raised.value.step, Step.CREDENTIALS)


async def test_no_cors_response_is_opaque(client: Any) -> None:
    response = await Page(client, origin=OTHER).fetch("/echo", mode="no-cors")

    check((response.type, response.status, dict(response.headers)), ("opaque", 0, {}))
    check(await response.read(), b"")


async def test_error_tells_the_step_and_what_was_sent(client: Any) -> None:
    with pytest.raises(CorsError) as raised:
        await Page(client, origin=GOOD).fetch("/echo", headers={"X-B": "1"})

    error = raised.value
    url = client.make_url("/echo")
    check(
        str(error),
        f"GET {url} from {GOOD} is blocked at the status of the preflight: it is 403; the server "
        "must respond to OPTIONS with 200 or 204; its body is "
        "'CORS preflight request failed: headers are not allowed: X-B'",
    )
    check(
        [(sent.method, response.status) for sent, response in error.exchanges], [("OPTIONS", 403)]
    )


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"credentials": "yes"}, ValueError, "'credentials' must be one of 'omit', 'same-origin'"),
        ({"mode": "navigate"}, ValueError, "'mode' must be one of 'cors', 'no-cors'"),
        ({"url": "//api.example:x/"}, ValueError, "'url' must be a URL, got '//api.example:x/'"),
        ({"redirect": "no"}, ValueError, "'redirect' must be one of 'follow', 'error'"),
        ({"method": "G T"}, ValueError, "'method' must be one that scripts may use, got 'G T'"),
        ({"method": "trace"}, ValueError, "'method' must be one that scripts may use"),
        ({"headers": {"X A": "1"}}, ValueError, "must be a token, got 'X A'"),
        ({"headers": {"Cookie": "1"}}, ValueError, "no script can set the header 'Cookie'"),
        ({"headers": {"X-A": "1\r\nX: 2"}}, ValueError, "must be Latin-1 without line breaks"),
        ({"headers": {"X-A": "\u2603"}}, ValueError, "must be Latin-1 without line breaks"),
        (
            {"headers": {"X-A": 1}},
            TypeError,
            "the value of 'X-A' in 'headers' must be a string, got 1",
        ),
        ({"headers": [("X-A", "1")]}, TypeError, "'headers' must be a mapping, got [('X-A'"),
        ({"method": "PUT", "body": {}}, TypeError, "'body' must be a string or bytes, got {}"),
        ({"url": 1}, TypeError, "'url' must be a string, got 1"),
        ({"method": None}, TypeError, "'method' must be a string, got None"),
        ({"body": "x"}, TypeError, "GET never has a 'body'"),
        ({"url": "https://user@api.example/"}, TypeError, "'url' must be without a user name"),
        ({"url": "ftp://api.example/"}, ValueError, "absolute URL of http or https"),
        ({"url": "https://unknown.example/"}, ValueError, "there is no client for https://unknown"),
        ({"mode": "no-cors", "method": "PUT"}, TypeError, "mode 'no-cors' is for GET, HEAD and"),
        ({"mode": "no-cors", "headers": {"X-A": "1"}}, TypeError, "safelisted headers"),
        ({"mode": "no-cors", "redirect": "error"}, TypeError, "redirects that are followed"),
    ],
)
async def test_what_no_script_can_send_is_an_error_of_the_test(
    client: Any, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    page = Page(client, origin=GOOD)

    with pytest.raises(error, match=re.escape(words)):
        await page.fetch(arguments.pop("url", "/echo"), **arguments)


@pytest.mark.parametrize(
    "origin", ["https://app.example/", "app.example", "https://A.example", "*"]
)
async def test_origin_that_no_page_has_is_an_error_of_the_test(client: Any, origin: str) -> None:
    with pytest.raises(ValueError, match="'origin' must be an origin as browsers write it"):
        Page(client, origin=origin)


@pytest.mark.parametrize("url", ["api.example", "https://api.example/", "ws://api.example"])
async def test_client_of_no_origin_is_an_error_of_the_test(client: Any, url: str) -> None:
    with pytest.raises(ValueError, match="a key of 'clients' must be an origin"):
        Page({url: client}, origin=GOOD)


def test_page_without_a_client_is_an_error_of_the_test() -> None:
    with pytest.raises(ValueError, match="'clients' must have a client"):
        Page({}, origin=GOOD)


async def test_what_is_not_a_client_is_an_error_of_the_test(client: Any) -> None:
    for clients in (client.session, {API: client.server}):
        with pytest.raises(TypeError, match="'clients' must be a TestClient or a mapping of them"):
            Page(clients, origin=GOOD)


async def test_fragment_is_not_sent(client: Any) -> None:
    response = await Page(client, origin=GOOD).fetch("/echo#top")

    check(response.url, str(client.make_url("/echo")))


# Mistakes of servers

Headers = dict[str, str]
SHARED = {ALLOW_ORIGIN: GOOD, "Vary": "Origin"}
GRANTED = {**SHARED, ALLOW_METHODS: "PUT", ALLOW_HEADERS: "x-a"}


async def served_with(
    aiohttp_client: Any,
    preflight: tuple[int, list[tuple[str, str]]],
    actual: list[tuple[str, str]],
) -> Any:
    async def options(request: web.Request) -> web.Response:
        response = web.Response(status=preflight[0])
        response.headers.extend(preflight[1])
        return response

    async def handle(request: web.Request) -> web.Response:
        response = web.Response(text="hello", headers={"X-Total": "3"})
        response.headers.extend(actual)
        return response

    app = web.Application()
    app.router.add_route("OPTIONS", "/", options)
    app.router.add_route("*", "/", handle)
    return await aiohttp_client(app)


PUT = {"method": "PUT", "headers": {"X-A": "1"}}
INCLUDE = {"credentials": "include"}

#: What is wrong, how the server responds to preflights and requests, what the page fetches, the
#: step at which it is found, and words of the sentence.
MISTAKES: list[tuple[str, int, Headers, Any, dict[str, Any], Step, str]] = [
    ("no CORS", 200, {}, {}, {}, Step.ORIGIN, "there is no Access-Control-Allow-Origin"),
    ("other origin", 200, {}, {ALLOW_ORIGIN: OTHER}, {}, Step.ORIGIN, "is another origin"),
    (
        "wrong case",
        200,
        {},
        {ALLOW_ORIGIN: GOOD.upper()},
        {},
        Step.ORIGIN,
        "the case must be the same",
    ),
    ("slash", 200, {}, {ALLOW_ORIGIN: f"{GOOD}/"}, {}, Step.ORIGIN, "no slash at the end"),
    ("list", 200, {}, {ALLOW_ORIGIN: f"{GOOD},{OTHER}"}, {}, Step.ORIGIN, "several values"),
    (
        *("two layers", 200, {}, [(ALLOW_ORIGIN, GOOD), (ALLOW_ORIGIN, GOOD)], {}),
        *(Step.ORIGIN, "several values"),
    ),
    (
        *("star with cookies", 200, {}, {ALLOW_ORIGIN: "*", ALLOW_CREDENTIALS: "true"}, INCLUDE),
        *(Step.ORIGIN, "'*', which never works with credentials"),
    ),
    (
        *("no credentials", 200, {}, SHARED, INCLUDE),
        *(Step.CREDENTIALS, "there is no Access-Control-Allow-Credentials"),
    ),
    (
        *("credentials True", 200, {}, {**SHARED, ALLOW_CREDENTIALS: "True"}, INCLUDE),
        *(Step.CREDENTIALS, "only 'true' counts, in lower case"),
    ),
    ("redirect", 302, GRANTED, SHARED, PUT, Step.PREFLIGHT_REDIRECT, "its status is 302"),
    ("login", 401, GRANTED, SHARED, PUT, Step.PREFLIGHT_STATUS, "before it requires a login"),
    ("no OPTIONS", 405, {}, SHARED, PUT, Step.PREFLIGHT_STATUS, "it is 405"),
    ("not found", 404, {}, SHARED, PUT, Step.PREFLIGHT_STATUS, "it is 404"),
    ("broken", 500, {}, SHARED, PUT, Step.PREFLIGHT_STATUS, "it is 500"),
    (
        *("preflight without origin", 200, {ALLOW_METHODS: "PUT"}, SHARED, PUT),
        *(Step.PREFLIGHT_ORIGIN, "there is no Access-Control-Allow-Origin"),
    ),
    (
        *("preflight without credentials", 200, GRANTED, SHARED, {**PUT, **INCLUDE}),
        *(Step.PREFLIGHT_CREDENTIALS, "there is no Access-Control-Allow-Credentials"),
    ),
    (
        *("no method", 200, {**SHARED, ALLOW_HEADERS: "x-a"}, SHARED, PUT),
        *(Step.PREFLIGHT_METHOD, "the server must send 'Access-Control-Allow-Methods: PUT'"),
    ),
    (
        *("method in lower case", 200, {**GRANTED, ALLOW_METHODS: "put"}, SHARED, PUT),
        *(Step.PREFLIGHT_METHOD, "case matters"),
    ),
    (
        *("script in lower case", 200, {**SHARED, ALLOW_METHODS: "PATCH"}, SHARED),
        *({"method": "patch"}, Step.PREFLIGHT_METHOD, "case matters"),
    ),
    (
        *("methods with semicolons", 200, {**GRANTED, ALLOW_METHODS: "GET; PUT"}, SHARED, PUT),
        *(Step.PREFLIGHT_METHOD, "not a list of tokens"),
    ),
    (
        *("no header", 200, {**SHARED, ALLOW_METHODS: "PUT"}, SHARED, PUT),
        *(Step.PREFLIGHT_HEADERS, "the server must send 'Access-Control-Allow-Headers: x-a'"),
    ),
    (
        *("Authorization under *", 200, {**GRANTED, ALLOW_HEADERS: "*"}, SHARED),
        *(
            {"headers": {"Authorization": "x"}},
            Step.PREFLIGHT_HEADERS,
            "does not list authorization",
        ),
    ),
    (
        *(
            "methods * with cookies",
            200,
            {**GRANTED, ALLOW_METHODS: "*", ALLOW_CREDENTIALS: "true"},
            SHARED,
        ),
        *({**PUT, **INCLUDE}, Step.PREFLIGHT_METHOD, "(*) does not list PUT"),
    ),
    (
        *(
            "headers * with cookies",
            200,
            {**GRANTED, ALLOW_HEADERS: "*", ALLOW_CREDENTIALS: "true"},
            SHARED,
        ),
        *({**PUT, **INCLUDE}, Step.PREFLIGHT_HEADERS, "(*) does not list x-a"),
    ),
    (
        *("response without CORS", 200, GRANTED, {}, PUT),
        *(
            Step.ORIGIN,
            "the server must send 'Access-Control-Allow-Origin: https://good.example'",
        ),
    ),
]


def pairs_of(headers: Any) -> list[tuple[str, str]]:
    return list(headers.items()) if isinstance(headers, dict) else headers


@pytest.mark.parametrize(
    ("status", "preflight", "actual", "options", "step", "words"),
    [pytest.param(*row[1:], id=row[0]) for row in MISTAKES],
)
async def test_mistake_of_a_server_is_found_at_its_step(
    aiohttp_client: Any,
    status: int,
    preflight: Headers,
    actual: Any,
    options: dict[str, Any],
    step: Step,
    words: str,
) -> None:
    client = await served_with(aiohttp_client, (status, pairs_of(preflight)), pairs_of(actual))

    with pytest.raises(CorsError) as raised:
        await Page(client, origin=GOOD).fetch("/", **options)

    check(raised.value.step, step)
    check((words in raised.value.sentence, raised.value.sentence), (True, raised.value.sentence))


async def test_server_without_a_mistake_is_read(aiohttp_client: Any) -> None:
    preflight = (204, pairs_of({**GRANTED, MAX_AGE: "5"}))
    client = await served_with(aiohttp_client, preflight, pairs_of(SHARED))

    response = await Page(client, origin=GOOD).fetch("/", **PUT)

    check((await response.text(), response.warnings), ("hello", ()))


async def test_missing_vary_is_warned_of(aiohttp_client: Any) -> None:
    client = await served_with(aiohttp_client, (200, []), [(ALLOW_ORIGIN, GOOD)])

    response = await Page(client, origin=GOOD).fetch("/")

    (warning,) = response.warnings
    check("the server must send 'Vary: Origin'" in warning, True)


@pytest.mark.parametrize(
    ("exposed", "options", "expected"),
    [
        ({}, {}, None),
        ({EXPOSE_HEADERS: "X-Other"}, {}, None),
        ({EXPOSE_HEADERS: "x-total"}, {}, "3"),
        ({EXPOSE_HEADERS: "*"}, {}, "3"),
        ({EXPOSE_HEADERS: "*", ALLOW_CREDENTIALS: "true"}, INCLUDE, None),
    ],
)
async def test_header_that_is_not_exposed_is_not_there(
    aiohttp_client: Any, exposed: Headers, options: dict[str, Any], expected: str | None
) -> None:
    client = await served_with(aiohttp_client, (200, []), pairs_of({**SHARED, **exposed}))

    response = await Page(client, origin=GOOD).fetch("/", **options)

    check(response.headers.get("X-Total"), expected)


async def redirected_to(
    aiohttp_client: Any, shared: Headers, target: Headers
) -> tuple[Page, str, str]:
    """Return a page, a URL that redirects to another origin, and where to."""

    async def leave(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{ELSEWHERE}/", **shared})

    app = web.Application()
    app.router.add_get("/", leave)
    second = await served_with(aiohttp_client, (200, []), pairs_of(target))
    clients = {API: await aiohttp_client(app), ELSEWHERE: second}
    return Page(clients, origin=GOOD), f"{API}/", f"{ELSEWHERE}/"


@pytest.mark.parametrize(
    ("shared", "target", "words"),
    [
        pytest.param(
            {},
            {ALLOW_ORIGIN: "*"},
            "there is no Access-Control-Allow-Origin; the server must send "
            f"'Access-Control-Allow-Origin: {GOOD}'",
            id="redirect without CORS",
        ),
        pytest.param(
            SHARED,
            {},
            "there is no Access-Control-Allow-Origin; the server must send "
            "'Access-Control-Allow-Origin: null', because a redirect from one origin to another "
            "made it null",
            id="target without CORS",
        ),
        pytest.param(
            SHARED,
            SHARED,
            f"Access-Control-Allow-Origin is '{GOOD}', which is another origin; the server must "
            "send 'Access-Control-Allow-Origin: null', because a redirect from one origin to "
            "another made it null",
            id="target that knows the page",
        ),
    ],
)
async def test_mistake_at_a_redirect_is_found_where_it_is(
    aiohttp_client: Any, shared: Headers, target: Headers, words: str
) -> None:
    page, url, elsewhere = await redirected_to(aiohttp_client, shared, target)

    with pytest.raises(CorsError) as raised:
        await page.fetch(url)

    check((raised.value.step, raised.value.sentence), (Step.ORIGIN, words))
    check(raised.value.exchanges[-1][0].url, elsewhere if shared else url)


async def test_redirect_that_both_servers_allow_is_read(aiohttp_client: Any) -> None:
    page, url, elsewhere = await redirected_to(aiohttp_client, SHARED, {ALLOW_ORIGIN: "*"})

    response = await page.fetch(url)

    check((response.url, await response.text()), (elsewhere, "hello"))


async def test_method_that_the_client_would_change_is_an_error(aiohttp_client: Any) -> None:
    granted = {**GRANTED, ALLOW_METHODS: "patch"}
    client = await served_with(aiohttp_client, (200, pairs_of(granted)), pairs_of(SHARED))

    with pytest.raises(ValueError, match="write 'PATCH', got 'patch'"):
        await Page(client, origin=GOOD).fetch("/", method="patch")


async def test_same_origin_mode_blocks_other_origins(aiohttp_client: Any) -> None:
    client = await served_with(aiohttp_client, (200, []), [])

    with pytest.raises(CorsError) as raised:
        await Page(client, origin=GOOD).fetch("/", mode="same-origin")

    check((raised.value.step, raised.value.exchanges), (Step.MODE, ()))


# URLs


async def targets(request: web.Request) -> web.Response:
    to = request.query.get("to")
    headers = {ALLOW_ORIGIN: "*", **({} if to is None else {"Location": to})}
    return web.Response(status=200 if to is None else 302, text=request.raw_path, headers=headers)


@pytest.fixture
async def echoing() -> AsyncIterator[Any]:
    """A client of a server whose responses are the target of the request."""
    app = web.Application()
    app.router.add_get("/{path:.*}", targets)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/a/%7Eb%2fc", "/a/%7Eb%2fc"),
        ("/a|b[c]", "/a|b[c]"),
        ("/%C3%a4?%2B+%41", "/%C3%a4?%2B+%41"),
        ("/\u00e4?\u00e4", "/%C3%A4?%C3%A4"),
        ("/a/../b/%2e/c", "/b/c"),
        ("\\a\\b", "/a/b"),
        ("a\tb\n", "/ab"),
        (" /a ", "/a"),
        ("/a b'?c d'", "/a%20b'?c%20d%27"),
        ("/\ud83d\ude00\ud800", "/%F0%9F%98%80%EF%BF%BD"),
        ("https://API.example:443/a", "/a"),
        ("https:\\\\api.example/a", "/a"),
    ],
)
async def test_url_is_sent_as_browsers_send_it(echoing: Any, url: str, expected: str) -> None:
    response = await Page({API: echoing}, origin=GOOD).fetch(url)

    check((response.url, await response.text()), (f"{API}{expected}", expected))


@pytest.mark.parametrize("location", ["http:\\\\127.1:{port}\\end", "\\end", "/x/..//../end#top"])
async def test_location_is_followed_as_browsers_follow_it(echoing: Any, location: str) -> None:
    page = Page(echoing, origin=GOOD)

    response = await page.fetch(f"/?to={quote(location.format(port=echoing.port))}")

    check((response.url, await response.text()), (str(echoing.make_url("/end")), "/end"))


@pytest.mark.parametrize(
    "url", ["\\x", "x", "?x", "//api.example", "/a b", "http://127.1/", "https://API.example/"]
)
async def test_url_that_needs_the_parser_is_an_error_that_names_it(
    echoing: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ada_url", None)
    page = Page({API: echoing}, origin=GOOD)

    for fetched in (url, f"/?to={quote(url)}"):
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'aiohttp-cors\[testing\]'"):
            await page.fetch(fetched)


@pytest.mark.parametrize("url", ["/end?x=%41", f"{API}/end", "https://api.example:443/end#top"])
async def test_plain_url_needs_no_parser(
    echoing: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ada_url", None)
    page = Page({API: echoing}, origin=GOOD)

    for fetched in (url, f"/?to={quote(url)}"):
        response = await page.fetch(fetched)
        check((await response.text()).partition("?")[0], "/end")


# What is no response


async def raw_client(stack: AsyncExitStack, *responses: bytes) -> Any:
    """Return a client of a server that sends these bytes, one after the other."""
    left = list(responses)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        # Clients may try again.
        writer.write(left.pop(0) if left else b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    stack.callback(server.close)
    test_server = TestServer(web.Application())
    client = await stack.enter_async_context(TestClient(test_server))
    test_server._root = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    return client


SHARED_RAW = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"
GRANTED_RAW = SHARED_RAW + b"Access-Control-Allow-Methods: PUT\r\n"


@pytest.mark.parametrize(
    ("method", "responses", "exchanges"),
    [
        pytest.param("GET", [b"HTTP/1.1 OK\r\n\r\n"], [], id="status line"),
        pytest.param("GET", [b"\x16\x03\x01 hello\r\n\r\n"], [], id="no HTTP"),
        pytest.param("GET", [b""], [], id="nothing"),
        pytest.param("GET", [SHARED_RAW], [], id="half the headers"),
        pytest.param("GET", [SHARED_RAW + b"X A: 1\r\n\r\n"], [], id="header name"),
        pytest.param("GET", [SHARED_RAW + b"Content-Length: x\r\n\r\n"], [], id="length"),
        pytest.param("GET", [SHARED_RAW + b"Content-Length: 9\r\n\r\nhalf"], [], id="half a body"),
        pytest.param("PUT", [b"HTTP/1.1 OK\r\n\r\n"], [], id="preflight"),
        pytest.param(
            "PUT",
            [GRANTED_RAW + b"Content-Length: 9\r\n\r\nhalf", b"HTTP/1.1 OK\r\n\r\n"],
            ["OPTIONS"],
            id="request after a preflight with half a body",
        ),
    ],
)
async def test_broken_http_is_a_failure_at_the_network(
    method: str, responses: list[bytes], exchanges: list[str]
) -> None:
    async with AsyncExitStack() as stack:
        page = Page(await raw_client(stack, *responses), origin=GOOD)
        with pytest.raises(CorsError) as raised:
            await page.fetch("/", method=method)

    check(raised.value.step, Step.NETWORK)
    check(raised.value.sentence.endswith("; the server must send a whole HTTP response"), True)
    check([sent.method for sent, _ in raised.value.exchanges], exchanges)


@pytest.mark.parametrize("mode", ["cors", "no-cors"])
async def test_server_that_is_not_there_is_a_failure_at_the_network(
    unused_tcp_port: int, mode: str
) -> None:
    test_server = TestServer(web.Application())
    async with TestClient(test_server) as client:
        test_server._root = URL(f"http://127.0.0.1:{unused_tcp_port}")
        with pytest.raises(CorsError) as raised:
            await Page(client, origin=GOOD).fetch("/", mode=mode)

    check(raised.value.step, Step.NETWORK)


async def test_resource_policy_blocks_without_cors(aiohttp_client: Any) -> None:
    client = await served_with(
        aiohttp_client, (200, []), [("Cross-Origin-Resource-Policy", "same-site")]
    )

    with pytest.raises(CorsError) as raised:
        await Page({API: client}, origin=GOOD).fetch("/", mode="no-cors")

    check(
        (raised.value.step, raised.value.sentence),
        (
            Step.RESOURCE_POLICY,
            f"it is 'same-site', and {GOOD} is another site than {API}; the server must send "
            "'Cross-Origin-Resource-Policy: cross-origin'",
        ),
    )


@pytest.mark.parametrize(
    "origin",
    [
        "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "app://App",
        "capacitor://localhost",
        "file://",
    ],
)
async def test_page_of_an_extension_reads_what_is_allowed_for_it(
    aiohttp_client: Any, origin: str
) -> None:
    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={origin: OPTIONS})
    cors.add(app.router.add_put("/echo", echo))
    client = await aiohttp_client(app)

    response = await Page(client, origin=origin).fetch("/echo", method="PUT", credentials="include")

    check((response.status, response.headers["X-Total"]), (200, "3"))
    with pytest.raises(CorsError):
        await Page(client, origin=f"{origin}x").fetch("/echo", method="PUT")
