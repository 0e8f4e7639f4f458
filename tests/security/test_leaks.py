"""Clients make up origins and paths, thousands of them: the server keeps none (free5GC
CVE-2026-41135: a state for each request).
"""

from __future__ import annotations

import asyncio
import gc
import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from tests.integration.conftest import check, request_bytes
from tests.security.endurance import WHOLE

#: Different origins and paths, each requested once.
COUNT = 3_000
#: Bytes that all of them may leave behind.
GROWTH = 200_000

OPTIONS = ResourceOptions(allow_credentials=True, allow_headers="*", allow_methods=["GET"])


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def is_ours(origin: str, request: web.Request) -> bool:
    return origin.endswith(".good.example")


class Remembering:
    """The mistake: a function that stores its arguments."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, ...]] = {}

    async def __call__(self, origin: str, request: web.Request) -> bool:
        self._seen[origin] = (origin, request.path)
        return True


def one_route(key: Any, **settings: Any) -> Callable[[], web.Application]:
    """Return what makes an application of one route whose policy has this key."""

    def make() -> web.Application:
        app = web.Application()
        cors = aiohttp_cors.setup(app, **settings)
        cors.add(app.router.add_get("/{name}", hello), {key: OPTIONS})
        return app

    return make


def whole() -> web.Application:
    app = web.Application()
    cors = aiohttp_cors.setup(app, on_decision=lambda decision: None)
    cors.add(app, {"https://*.good.example": OPTIONS})
    app.router.add_get("/{number:[0-9]*[02468]}", hello)
    return app


def without_cors() -> web.Application:
    app = web.Application()
    app.router.add_get("/{name}", hello)
    return app


APPLICATIONS = {
    "without CORS": without_cors,
    "listed": one_route("https://good.example"),
    "everybody": one_route("*"),
    "wildcard": one_route("https://*.good.example"),
    "expression": one_route(re.compile(r"https://\w+\.good\.example")),
    "function": one_route(is_ours),
    "on_decision": one_route("https://*.good.example", on_decision=lambda decision: None),
    # Half of the paths are routed, and half are not found; all decisions are told of.
    "whole application": whole,
}


async def send_preflights(server: Any, numbers: range) -> None:
    """Send a preflight and an actual request for each number, all on one connection."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    for number in numbers:
        origin = f"Origin: https://o{number}.good.example"
        method = "Access-Control-Request-Method: GET"
        headers = f"Access-Control-Request-Headers: x-{number}"
        writer.write(request_bytes("OPTIONS", f"/{number}", origin, method, headers))
        writer.write(request_bytes("GET", f"/{number}", origin))
        for _ in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
    writer.close()
    await writer.wait_closed()


async def growth(server: Any) -> int:
    """Return how many bytes more are in use after all requests than after a few."""
    tracemalloc.start()
    try:
        await send_preflights(server, range(100))
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        await send_preflights(server, range(100, 100 + COUNT))
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


#: Each takes seconds, so that the ordinary run checks the one that does most.
@pytest.mark.parametrize("name", APPLICATIONS if WHOLE else ["whole application"])
async def test_nothing_is_stored_of_origins_and_paths_that_clients_make_up(aiohttp_server, name):
    server = await aiohttp_server(APPLICATIONS[name]())
    check(await growth(server) < GROWTH, True)


async def test_memory_that_a_function_keeps_is_seen(aiohttp_server):
    server = await aiohttp_server(one_route(Remembering())())
    check(await growth(server) > GROWTH, True)
