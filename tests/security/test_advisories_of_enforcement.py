"""Advisories of other CORS layers about requests that should not have arrived at all."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from ..integration.conftest import (
    ALLOW_ORIGIN,
    EVIL,
    GOOD,
    check,
    exchange,
    preflight_headers,
    request_bytes,
    send,
)
from .weak import Config, Layer, Plain, caught

pytestmark = pytest.mark.usefixtures("parser")

HANDSHAKE = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
]


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def chat(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close()
    return socket


class OpenByDefault(Plain):
    def config_of(self, request: web.Request) -> Config:
        return self.defaults or {"*": ResourceOptions()}


@caught(OpenByDefault)
async def test_layer_without_config_is_closed(layer: Layer) -> None:
    """socket.io CVE-2020-28481, engineio CVE-2019-13611, Prefect CVE-2024-8183, live-server
    CVE-2025-65717
    """
    app = web.Application()
    layer(app)
    app.router.add_get("/", hello)
    app.router.add_get("/chat", chat)
    async with TestServer(app) as server:
        for origin in (EVIL, "null", f"http://127.0.0.1:{server.port}"):
            for path, more in ("/", []), ("/chat", HANDSHAKE), ("/none", []):
                actual = await send(server, "GET", path, f"Origin: {origin}", *more)
                fields = [
                    f"{name}: {value}" for name, value in preflight_headers("GET", origin).items()
                ]
                preflight = await send(server, "OPTIONS", path, *fields)
                check((ALLOW_ORIGIN in actual.headers, preflight.status == 200), (False, False))


class LetsSocketsIn(Plain):
    def passes(self, request: web.Request) -> bool:
        return "Upgrade" in request.headers or super().passes(request)


@caught(LetsSocketsIn)
async def test_enforcement_refuses_the_websocket_of_another_origin(layer: Layer) -> None:
    """socket.io CVE-2020-28481, engineio CVE-2019-13611: the origin of a handshake"""
    app = web.Application()
    cors = layer(app, defaults={GOOD: ResourceOptions()}, enforce=True)
    cors.add(app.router.add_get("/chat", chat))
    async with TestServer(app) as server:
        for origin, status in (GOOD, 101), (EVIL, 403), ("null", 403), (f"{GOOD}.evil", 403):
            reply = await send(server, "GET", "/chat", f"Origin: {origin}", *HANDSHAKE)
            check((origin, reply.status), (origin, status))


class GuardsUnsafeMethods(Plain):
    def passes(self, request: web.Request) -> bool:
        return request.method in ("GET", "HEAD") or super().passes(request)


class GuardsWhatHasAPreflight(Plain):
    def passes(self, request: web.Request) -> bool:
        return request.content_type != "application/json" or super().passes(request)


class GuardsTheFirstRequest(Plain):
    def passes(self, request: web.Request) -> bool:
        self.seen = getattr(self, "seen", set())
        known = request.transport in self.seen
        self.seen.add(request.transport)
        return known or super().passes(request)


@caught(GuardsUnsafeMethods, GuardsWhatHasAPreflight, GuardsTheFirstRequest)
async def test_enforcement_refuses_simple_requests_and_the_next_on_a_connection(
    layer: Layer,
) -> None:
    """Quarkus CVE-2022-4147, Netty CVE-2026-56746"""
    runs = []

    async def count(request: web.Request) -> web.Response:
        runs.append(f"{request.method} {request.headers.get('Origin')}")
        return web.Response()

    app = web.Application()
    cors = layer(app, defaults={GOOD: ResourceOptions()}, enforce=True)
    cors.add(app.router.add_get("/", count))
    cors.add(app.router.add_post("/", count))
    methods = ("GET", "POST", "HEAD")
    evil = [request_bytes(method, "/", f"Origin: {EVIL}") for method in methods]
    good = [request_bytes(method, "/", f"Origin: {GOOD}") for method in methods]
    async with TestServer(app) as server:
        for request in evil:
            check([reply.status for reply in await exchange(server, request)], [403])
        # On connections that stay open, behind one that is granted and behind one that is not.
        for first in (good, evil):
            replies = await exchange(server, *first, *evil)
            check([reply.status for reply in replies[3:]], [403, 403, 403])
    check(runs, [f"{method} {GOOD}" for method in methods])


async def test_enforcement_lets_the_application_use_itself() -> None:
    """Quarkus CVE-2022-4147: enforcement does not refuse everything"""
    app = web.Application()
    aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()}, enforce=True)
    app.router.add_post("/", hello)
    async with TestServer(app) as server:
        own = f"Origin: http://127.0.0.1:{server.port}"
        host = f"Host: 127.0.0.1:{server.port}"
        for line, status in [
            ("Sec-Fetch-Site: same-origin", 200),
            ("Sec-Fetch-Site: same-site", 403),
            ("Sec-Fetch-Site: cross-site", 403),
            ("X-None: 1", 200),
        ]:
            reply = await send(server, "POST", "/", host, own, line)
            check((line, reply.status), (line, status))
