"""Caches of RFC 9111 between several origins and the server: none gets another one's response.

CacheControl stands for the cache of one client: it stores one response for each URL. nginx is a
cache that all users share: it stores one for each value of the headers that ``Vary`` names.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import cachecontrol
import pytest
import requests
from aiohttp import web
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions
from aiohttp_cors._http import hooks
from aiohttp_cors._http.response_headers import write_verdict
from aiohttp_cors._serving import responses
from tests.integration.conftest import (
    EVIL,
    GOOD,
    OTHER,
    VARY_PREFLIGHT,
    check,
    check_cors,
    cors_headers,
    preflight_headers,
)
from tests.security.nginx import shared_cache

WITH_COOKIES = ResourceOptions(allow_credentials=True, expose_headers=["X-Total"])
LISTED = {GOOD: WITH_COOKIES, OTHER: WITH_COOKIES}
EVERYBODY = {"*": ResourceOptions(expose_headers=["X-Total"])}

#: The origins of the requests, in order: most responses would be wrong for the next request.
ORIGINS = (None, EVIL, GOOD, GOOD, OTHER, OTHER, "null", None, EVIL, GOOD, OTHER)

#: How many of these requests reach the server, for each way in which responses can be stored.
ONCE = {"CacheControl": 1, "nginx": 1}
PER_ORIGIN = {"CacheControl": 9, "nginx": 5}
#: CacheControl stores no errors.
PER_ORIGIN_IF_SHARED = {"CacheControl": 11, "nginx": 5}


class Row(NamedTuple):
    """A route, and how many of the requests for it reach the server."""

    path: str
    reaching: dict[str, int]


ROWS = [
    Row("/listed", PER_ORIGIN),
    Row("/expression", PER_ORIGIN),
    Row("/function", PER_ORIGIN),
    Row("/everybody-and-one-with-cookies", PER_ORIGIN),
    Row("/streamed", PER_ORIGIN),
    Row("/view", PER_ORIGIN),
    Row("/files/nginx.py", PER_ORIGIN),
    Row("/missing", PER_ORIGIN_IF_SHARED),
    Row("/part/nowhere", PER_ORIGIN_IF_SHARED),
    Row("/everybody", ONCE),
    Row("/everybody-reads-one-writes", ONCE),
    Row("/without-cors", ONCE),
]
PATHS = [row.path for row in ROWS]
VARYING = [row for row in ROWS if row.reaching is not ONCE]


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"X-Total": "1"})


async def streamed(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"streamed")
    return response


async def missing(request: web.Request) -> web.Response:
    raise web.HTTPNotFound()


async def is_listed(origin: str, request: web.Request) -> bool:
    return origin in LISTED


class View(web.View, CorsViewMixin):
    cors_config = LISTED

    async def get(self) -> web.Response:
        return web.Response(text="view")


class Origin:
    """The server behind the caches: it counts requests, and says how long responses are fresh."""

    def __init__(self, *, max_age: int = 60) -> None:
        self.reached: list[int] = []
        self.preflights = 0
        self.app, part = web.Application(), web.Application()
        _add_routes(self.app, part, self._note)
        self._max_age = max_age
        self.app.on_response_prepare.append(self._count)
        for app in (self.app, part):
            app.on_response_prepare.append(self._finish)
        self.app.add_subapp("/part", part)

    def _note(self, decision: aiohttp_cors.Decision) -> None:
        self.preflights += decision.kind == "preflight"

    async def _count(self, request: web.Request, response: web.StreamResponse) -> None:
        self.reached.append(response.status)

    async def _finish(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Cache-Control"] = f"max-age={self._max_age}"


def _add_routes(
    app: web.Application, part: web.Application, note: Callable[[aiohttp_cors.Decision], None]
) -> None:
    add_get, cors = app.router.add_get, aiohttp_cors.setup(app, on_decision=note)
    cors.add(add_get("/listed", hello), LISTED)
    expression = re.compile(r"https://(good|other)\.example")
    cors.add(add_get("/expression", hello), {expression: WITH_COOKIES})
    cors.add(add_get("/function", hello), {is_listed: WITH_COOKIES})
    cors.add(add_get("/everybody-and-one-with-cookies", hello), {**EVERYBODY, GOOD: WITH_COOKIES})
    cors.add(add_get("/streamed", streamed), LISTED)
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_static("/files", Path(__file__).parent), LISTED)
    cors.add(add_get("/missing", missing), LISTED)
    aiohttp_cors.setup(part).add(part, LISTED)
    cors.add(add_get("/everybody", hello), EVERYBODY)
    shared = app.router.add_resource("/everybody-reads-one-writes")
    cors.add(shared.add_route("GET", hello), EVERYBODY)
    cors.add(shared.add_route("PUT", hello), LISTED)
    add_get("/without-cors", hello)


class Reply(NamedTuple):
    status: int
    headers: Any


#: Sends a request through a cache: path, headers, method.
Send = Callable[..., Awaitable[Reply]]


@contextlib.asynccontextmanager
async def through_cachecontrol(server: TestServer) -> AsyncIterator[Send]:
    """Send requests through the cache of one client."""
    with cachecontrol.CacheControl(requests.Session()) as session:

        async def send(path: str, headers: dict[str, str], method: str = "GET") -> Reply:
            url = str(server.make_url(path))
            reply = await asyncio.to_thread(session.request, method, url, headers=headers)
            return Reply(reply.status_code, reply.headers)

        yield send


@contextlib.asynccontextmanager
async def through_nginx(server: TestServer) -> AsyncIterator[Send]:
    """Send requests through the cache of all users."""
    async with shared_cache(f"{server.host}:{server.port}") as path_of_socket:
        connector = aiohttp.UnixConnector(path_of_socket)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def send(path: str, headers: dict[str, str], method: str = "GET") -> Reply:
                url = f"http://shared.example{path}"
                async with session.request(method, url, headers=headers) as reply:
                    await reply.read()
                    return Reply(reply.status, reply.headers)

            yield send


CACHES = {"CacheControl": through_cachecontrol, "nginx": through_nginx}


async def send_directly(server: TestServer, path: str, origin: str | None) -> dict[str, str]:
    url, headers = server.make_url(path), sent_by(origin)
    async with aiohttp.request("GET", url, headers=headers) as reply:
        return cors_headers(reply)


def sent_by(origin: str | None) -> dict[str, str]:
    return {} if origin is None else {"Origin": origin}


async def mixed_up(send: Send, server: TestServer, path: str) -> list[str]:
    """Send requests from every origin; return responses that are not those of the server."""
    own = {origin: await send_directly(server, path, origin) for origin in ORIGINS}
    wrong = []
    for origin in ORIGINS:
        reply = cors_headers(await send(path, sent_by(origin)))
        if reply != own[origin]:
            wrong.append(f"{origin} got {reply} instead of {own[origin]}")
    return wrong


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("row", ROWS, ids=PATHS)
async def test_no_origin_gets_the_response_of_another_one(aiohttp_server, cache, row):
    origin = Origin()
    server = await aiohttp_server(origin.app)
    async with CACHES[cache](server) as send:
        check(await mixed_up(send, server, row.path), [])
        # Requests that were sent directly did not go through the cache.
        check(len(origin.reached) - len(ORIGINS), row.reaching[cache])


@pytest.mark.parametrize(
    ("cache", "path"),
    [
        pytest.param(cache, row.path, id=f"{cache}-{row.path}")
        for cache in CACHES
        for row in VARYING
        if row.reaching[cache] < len(ORIGINS)
    ],
)
async def test_without_vary_the_same_cache_mixes_them_up(aiohttp_server, monkeypatch, cache, path):
    def write_without_vary(headers: Any, verdict: Any, vary: bool, keep: bool) -> None:
        write_verdict(headers, verdict, False, keep)

    for module in (hooks, responses):
        monkeypatch.setattr(module, "write_verdict", write_without_vary)
    server = await aiohttp_server(Origin().app)
    async with CACHES[cache](server) as send:
        check(await mixed_up(send, server, path) != [], True)


@pytest.mark.parametrize("cache", CACHES)
async def test_response_that_is_checked_again_is_still_that_of_its_origin(aiohttp_server, cache):
    origin, path = Origin(max_age=1), "/files/nginx.py"
    server = await aiohttp_server(origin.app)
    async with CACHES[cache](server) as send:
        for page in (GOOD, OTHER):
            own = await send_directly(server, path, page)
            check_cors(await send(path, sent_by(page)), own)
            # Caches count whole seconds.
            await asyncio.sleep(2.1)
            check_cors(await send(path, sent_by(page)), own)
    # For each origin: sent directly, sent through the cache, and checked again.
    check(origin.reached, [200, 200, 304] * 2)


@pytest.mark.parametrize("cache", CACHES)
async def test_preflights_are_not_stored(aiohttp_server, cache):
    origin = Origin()
    server = await aiohttp_server(origin.app)
    async with CACHES[cache](server) as send:
        for page in (GOOD, OTHER, GOOD):
            reply = await send("/listed", preflight_headers("GET", page), "OPTIONS")
            check(reply.status, 200)
            check_cors(
                reply,
                {
                    "Access-Control-Allow-Origin": page,
                    "Access-Control-Allow-Credentials": "true",
                    "Access-Control-Allow-Methods": "GET",
                    "Vary": VARY_PREFLIGHT,
                },
            )
    check(origin.preflights, 3)
