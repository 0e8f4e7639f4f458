"""What the integration tests share: checks that hold under ``python -O``, and raw sockets."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from multidict import CIMultiDict

from aiohttp_cors import APP_CONFIG_KEY
from aiohttp_cors._explaining.dry_run import dry_run
from aiohttp_cors._http.response_headers import is_cors_header

GOOD = "https://good.example"
OTHER = "https://other.example"
EVIL = "https://evil.example"

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
EXPOSE_HEADERS = "Access-Control-Expose-Headers"
MAX_AGE = "Access-Control-Max-Age"
TIMING = "Timing-Allow-Origin"
VARY_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

#: No reply within so many seconds counts as none.
_PATIENCE = 10


def check(actual: object, expected: object) -> None:
    """Compare, with optimization too: ``assert`` does nothing then."""
    if actual != expected:
        raise AssertionError(f"got\n  {actual!r}\ninstead of\n  {expected!r}")


class Reply(NamedTuple):
    """A response as it came over the wire."""

    status: int
    headers: CIMultiDict[str]
    body: bytes


def cors_headers(response: Any) -> dict[str, str]:
    """Return all headers of a response that CORS is about; each may be there once."""
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        if name.lower().startswith("access-control-") or name.lower() in (
            "vary",
            "timing-allow-origin",
        ):
            if name in found:
                raise AssertionError(f"{name} is there twice: {found[name]!r} and {value!r}")
            found[name] = value
    return found


def check_cors(response: Any, expected: Mapping[str, str]) -> None:
    """Compare the complete map of CORS headers of a response."""
    check(cors_headers(response), dict(expected))


def check_refusal(reply: Any, text: str, body: bytes) -> None:
    """Compare everything that a browser or a user sees of a refused preflight."""
    check((reply.status, body), (403, f"CORS preflight request failed: {text}".encode()))
    check_cors(reply, {"Vary": VARY_PREFLIGHT})
    check(reply.headers["Content-Type"], "text/plain; charset=utf-8")
    check(reply.headers["X-Content-Type-Options"], "nosniff")
    check(reply.headers["CORS-Refused"], body.decode())


def preflight_headers(
    method: str, origin: str = GOOD, headers: str | None = None
) -> dict[str, str]:
    """Return the headers of a preflight."""
    fields = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers is not None:
        fields["Access-Control-Request-Headers"] = headers
    return fields


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


def recording(ran: list[str]) -> Any:
    """Return a middleware that adds the method of each request to ``ran``."""

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        ran.append(request.method)
        response: web.StreamResponse = await handler(request)
        return response

    return middleware


def request_bytes(method: str, path: str, *lines: str | bytes) -> bytes:
    """Write a request; ``lines`` are its header fields beside ``Host``."""
    fields = [f"{method} {path} HTTP/1.1", *lines]
    if not any(isinstance(line, str) and line.startswith("Host:") for line in lines):
        fields.insert(1, "Host: 127.0.0.1")
    encoded = [line.encode("ascii") if isinstance(line, str) else line for line in fields]
    return b"\r\n".join(encoded) + b"\r\n\r\n"


async def exchange(server: Any, *requests: bytes) -> list[Reply]:
    """Send all requests on one connection at once and return the replies that came.

    There are fewer of them than requests where the server dropped the connection.
    """
    return await asyncio.wait_for(_exchange(server, requests), _PATIENCE)


async def _exchange(server: Any, requests: tuple[bytes, ...]) -> list[Reply]:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    replies = []
    try:
        writer.write(b"".join(requests))
        await writer.drain()
        for request in requests:
            try:
                reply = await _read_reply(reader, request.split(b" ", 1)[0])
            except (asyncio.IncompleteReadError, ConnectionResetError):
                break
            replies.append(reply)
    finally:
        writer.close()
    return replies


async def send(server: Any, method: str, path: str, *lines: str | bytes) -> Reply:
    """Send one request over a raw socket and return the reply; no reply is an error."""
    replies = await exchange(server, request_bytes(method, path, *lines))
    if not replies:
        raise AssertionError("the server closed the connection without a reply")
    return replies[0]


async def _read_reply(reader: asyncio.StreamReader, method: bytes) -> Reply:
    status = 100
    while status == 100:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
    headers = CIMultiDict(tuple(line.split(": ", 1)) for line in head[1:] if line)
    if method == b"HEAD" or status in (101, 204, 304):
        body = b""
    elif headers.get("Transfer-Encoding") == "chunked":
        body = await _read_chunks(reader)
    elif "Content-Length" in headers:
        body = await reader.readexactly(int(headers["Content-Length"]))
    else:
        body = await reader.read()
    return Reply(status, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    size = -1
    while size != 0:
        size = int(await reader.readuntil(b"\r\n"), 16)
        body += (await reader.readexactly(size + 2))[:-2]
    return body


# `CorsConfig.explain` must predict every response of a server in these tests.

_serving: ContextVar[web.Application | None] = ContextVar("serving", default=None)


@pytest.fixture(autouse=True)
def explained(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Compare the headers of every response with those that are predicted of it."""
    if request.node.get_closest_marker("unexplained"):
        yield
        return
    wrong: list[str] = []
    handle, prepare = web.Application._handle, web.Request._prepare_hook

    async def handle_in(self: web.Application, request: web.Request) -> Any:
        _serving.set(self)
        return await handle(self, request)

    async def prepare_and_compare(self: web.Request, response: web.StreamResponse) -> None:
        own = response.headers.copy()
        await prepare(self, response)
        app = _serving.get()
        try:
            # Other signals may set headers, too.
            if app is not None and APP_CONFIG_KEY in app and len(app.on_response_prepare) == 1:
                wrong.extend(await _disagreements(app, self, own, response))
        except Exception:
            wrong.append(traceback.format_exc())

    monkeypatch.setattr(web.Application, "_handle", handle_in)
    monkeypatch.setattr(web.Request, "_prepare_hook", prepare_and_compare)
    yield
    if wrong:
        raise AssertionError("\n".join(wrong))


async def _disagreements(
    app: web.Application,
    request: web.Request,
    own: CIMultiDict[str],
    response: web.StreamResponse,
) -> Iterable[str]:
    sent = list(request.headers.items())
    if any(not value.isascii() for _, value in sent):
        # No script can send them, so there is nothing to explain.
        return ()
    of_handler = web.Response()
    of_handler.headers.clear()
    of_handler.headers.extend(own)
    found = await dry_run(app, request.method, request.raw_path, sent, of_handler)
    predicted, actual = found.exchange.headers, dict(response.headers.items())
    actual = {name: value for name, value in actual.items() if is_cors_header(name)}
    if predicted == actual:
        return ()
    return (f"{request.method} {request.path} {sent}: predicted {predicted}, was {actual}",)
