"""Compares what an application responds with what the reference predicts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp.test_utils import TestServer

from .applications import with_cors, without_cors
from .built import Built
from .descriptions import Application, Request
from .generator import METHODS
from .reference import Early, Reference
from .wire import Connection, Reply


class Outcome(NamedTuple):
    """What is compared, of a response and of what led to it."""

    status: int
    #: By lower-case name; a list where a header came more than once.
    headers: dict[str, Any]
    body: bytes | None
    ran: list[str]

    def differences(self, other: Outcome) -> str:
        """Return what differs, this one being what was predicted."""
        found = []
        for name in ("status", "body", "ran"):
            if getattr(self, name) != getattr(other, name):
                found.append(f"{name}: {getattr(self, name)!r} != {getattr(other, name)!r}")
        for name in sorted({*self.headers, *other.headers}):
            one, two = self.headers.get(name), other.headers.get(name)
            if one != two:
                found.append(f"{name}: {one!r} != {two!r}")
        return "; ".join(found)


#: What differs between two runs of one thing.
UNCOMPARED = {"date", "last-modified", "etag"}


def _by_name(headers: tuple[tuple[str, str], ...], only_cors: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in headers:
        key = name.lower()
        is_cors = key.startswith("access-control-") or key in ("timing-allow-origin", "vary")
        if key == "cors-refused":
            # Its text is not compared.
            found[key] = True
        elif key in found:
            found[key] = [found[key], value]
        elif is_cors or (not only_cors and key not in UNCOMPARED):
            # The order of names says nothing.
            found[key] = (
                sorted(each.strip().lower() for each in value.split(","))
                if key == "vary"
                else value
            )
    return found


def is_odd(request: Request) -> bool:
    """Say whether a parser may refuse it."""
    values = (value for _, value in request.headers)
    return (
        request.method not in (*METHODS, "PATCH")
        or len(request.all("Origin")) > 1
        or not all(value.isascii() for value in values)
    )


class Pair:
    """An application with CORS and the same one without, both serving."""

    def __init__(self, description: Application, real: Built, bare: Built) -> None:
        self.real, self.bare = real, bare
        self.reference = Reference(description, bare)
        self.connections: dict[str, Connection] = {}

    async def disagreement(self, request: Request) -> str:
        """Send a request, and say where the response is not what was predicted."""
        if is_odd(request):
            own = await self._send("bare", request)
            if own.status == 400:
                # One of aiohttp's parsers refuses it, before any application sees it.
                reply = await self._send("real", request)
                return "" if reply.status == 400 else f"status: 400 != {reply.status}"
            # The other one writes methods in upper case.
            request = request._replace(method=request.method.upper())
        prediction = await self.reference.predict(request)
        reply = await self._send("real", request)
        ran = list(self.real.ran)
        if isinstance(prediction, Early):
            got = Outcome(reply.status, _by_name(reply.headers, only_cors=True), None, ran)
            headers = _by_name(prediction.headers, only_cors=True)
            return Outcome(prediction.status, headers, None, []).differences(got)
        own = await self._send("bare", request)
        own_ran = list(self.bare.ran)
        headers = _by_name(prediction.headers(own.headers), only_cors=False)
        got = Outcome(reply.status, _by_name(reply.headers, only_cors=False), reply.body, ran)
        if prediction.refuses:
            # Its text is not compared.
            got = got._replace(body=own.body)
            headers["content-length"] = got.headers["content-length"]
        for name in prediction.inert(own.headers):
            headers.pop(name, None)
            got.headers.pop(name, None)
        return Outcome(own.status, headers, own.body, own_ran).differences(got)

    async def _send(self, which: str, request: Request) -> Reply:
        ran = getattr(self, which).ran
        ran.clear()
        return await self.connections[which].send(request)


@asynccontextmanager
async def serving(
    description: Application, folder: Path, told: Application | None = None
) -> AsyncIterator[Pair]:
    """Serve an application with CORS and the same one without; the reference may be told a lie."""
    real, bare = with_cors(description, folder), without_cors(description, folder)
    pair = Pair(told or description, real, bare)
    servers = {
        "real": TestServer(real.app, host="127.0.0.1"),
        "bare": TestServer(bare.app, host="127.0.0.1"),
    }
    try:
        for name, server in servers.items():
            await server.start_server()
            assert server.port is not None
            pair.connections[name] = Connection(server.port)
        yield pair
    finally:
        for connection in pair.connections.values():
            connection.close()
        for server in servers.values():
            await server.close()
