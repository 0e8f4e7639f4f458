"""Advisories of other CORS layers about whose policy decides, and what the response then says."""

from __future__ import annotations

import logging
import posixpath
from typing import Any
from urllib.parse import unquote_plus

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from aiohttp_cors import ResourceOptions

from ..integration.conftest import (
    ALLOW_ORIGIN,
    EVIL,
    GOOD,
    check,
    cors_headers,
    hello,
    preflight_headers,
    send,
)
from .weak import Config, Layer, Plain, caught

pytestmark = pytest.mark.usefixtures("parser")

LISTED: Config = {GOOD: ResourceOptions()}
OPEN: Config = {"*": ResourceOptions()}


def lines(headers: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def named(text: str) -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(text=text)

    return handler


class ParsesThePath(Plain):
    def config_of(self, request: web.Request) -> Config:
        path = posixpath.normpath(unquote_plus(request.raw_path).lower().replace("//", "/"))
        for route, config in self.added.items():
            if path.startswith(route.resource.canonical.partition("{")[0].rstrip("/") or "/"):
                return config or {}
        return {}


class KnowsSlashes(Plain):
    def config_of(self, request: web.Request) -> Config:
        public, private = self.added.values()
        return (public if unquote_plus(request.path).startswith("/public/") else private) or {}


@caught(ParsesThePath, KnowsSlashes)
async def test_policy_is_that_of_the_handler_that_runs(layer: Layer) -> None:
    """flask-cors CVE-2024-6866, CVE-2024-6844, CVE-2024-6839, CVE-2020-25032"""
    app = web.Application()
    cors = layer(app)
    app.router.add_get("/public/private/{rest:.*}", named("private"))
    cors.add(app.router.add_get("/public/{rest:.*}", named("public")), OPEN)
    cors.add(app.router.add_get("/plus x", named("public")), OPEN)
    cors.add(app.router.add_get("/{rest:.*}", named("private")), LISTED)
    targets = [
        *("/public/x", "/PUBLIC/x", "/Public/x", "/plus%20x", "/plus+x", "/public/../a", "//a"),
        *("/public/%2e%2e/a", "/public/private%2Fsecret", "/public%2Fx", "//public/x", "/a"),
        *("/public/private/a", "/%70ublic/x", "/public;x", "/public/x?y=/../a", "/a/../public/x"),
    ]
    seen = set()
    async with TestServer(app) as server:
        for target in targets:
            actual = await send(server, "GET", target, f"Origin: {EVIL}")
            preflight_reply = await send(
                server, "OPTIONS", target, *lines(preflight_headers("GET", EVIL))
            )
            allowed = actual.body == b"public"
            seen.add(actual.body)
            check(
                (target, cors_headers(actual).get(ALLOW_ORIGIN)), (target, "*" if allowed else None)
            )
            check((target, preflight_reply.status == 200), (target, allowed))
    check(seen, {b"public", b"private"})


class GrantsPrivateNetworks(Plain):
    def headers(self, request: web.Request) -> dict[str, str]:
        return {**super().headers(request), "Access-Control-Allow-Private-Network": "true"}


@caught(GrantsPrivateNetworks)
async def test_private_network_is_not_granted_by_default(layer: Layer) -> None:
    """flask-cors CVE-2024-6221"""
    headers = [*lines(preflight_headers("GET")), "Access-Control-Request-Private-Network: true"]
    app = web.Application()
    layer(app, defaults=LISTED).add(app.router.add_get("/", hello))
    async with TestServer(app) as server:
        reply = await send(server, "OPTIONS", "/", *headers)
    check((reply.status, cors_headers(reply)[ALLOW_ORIGIN]), (200, GOOD))
    check("Access-Control-Allow-Private-Network" in reply.headers, False)


class LogsWhatItIsSent(Plain):
    def find(self, request: web.Request) -> ResourceOptions | None:
        logging.getLogger("aiohttp_cors").debug("%s from %s", request.path, self.origin_of(request))
        return super().find(request)


class Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@caught(LogsWhatItIsSent)
async def test_log_has_no_control_character_of_a_client(layer: Layer) -> None:
    """flask-cors CVE-2024-1681"""
    logger, records = logging.getLogger("aiohttp_cors"), Records()
    level = logger.level
    logger.addHandler(records)
    logger.setLevel(logging.DEBUG)
    app = web.Application()
    layer(app, defaults=LISTED).add(app.router.add_get("/{rest:.*}", hello))
    try:
        async with TestServer(app) as server:
            for origin in (EVIL, "https://%0d%0aINFO", "https://\x1b[31m", "\x7f"):
                for path in ("/a%0d%0aINFO:root:fine", "/%1b%5b31m", "/%E2%80%A8", "/%C2%85"):
                    await send(server, "GET", path, f"Origin: {origin}")
                    headers = preflight_headers("GET", origin, headers="x-%0d%0a")
                    await send(server, "OPTIONS", path, *lines(headers))
    finally:
        logger.removeHandler(records)
        logger.setLevel(level)
    check(len(records.texts) > 10, True)
    check([text for text in records.texts if not text.isprintable()], [])


class ForgetsVary(Plain):
    def headers(self, request: web.Request) -> dict[str, str]:
        headers = super().headers(request)
        del headers["Vary"]
        return headers


class VariesForTheGranted(Plain):
    def headers(self, request: web.Request) -> dict[str, str]:
        return super().headers(request) if self.find(request) else {}


VARIED = {"/": None, "/encoding": "Accept-Encoding", "/star": "*", "/origin": "accept, origin"}


async def varied(request: web.Request) -> web.Response:
    own = VARIED[request.path]
    return web.Response(headers={"Vary": own} if own else {})


@caught(Plain, ForgetsVary, VariesForTheGranted)
async def test_vary_is_on_every_response_and_keeps_that_of_the_handler(layer: Layer) -> None:
    """RESTEasy CVE-2017-7561, Tomcat CVE-2017-7674, Play 2017-10-05"""
    app = web.Application()
    cors = layer(app, defaults=LISTED)
    for path in VARIED:
        cors.add(app.router.add_get(path, varied))
    async with TestServer(app) as server:
        for path, expected in [
            ("/", "Origin"),
            ("/encoding", "Accept-Encoding, Origin"),
            ("/star", "*"),
            ("/origin", "accept, origin"),
        ]:
            for line in [f"Origin: {GOOD}"], [f"Origin: {EVIL}"], []:
                reply = await send(server, "GET", path, *line)
                check((path, cors_headers(reply).get("Vary")), (path, expected))


class CopiesVary(Plain):
    def headers(self, request: web.Request) -> dict[str, str]:
        headers = super().headers(request)
        return {**headers, "Vary": request.headers.get("Vary", headers["Vary"])}


@caught(CopiesVary)
async def test_vary_of_the_request_is_not_copied(layer: Layer) -> None:
    """hono GHSA-q7jf-gf43-6x6p"""
    app = web.Application()
    layer(app, defaults=LISTED).add(app.router.add_get("/", hello))
    async with TestServer(app) as server:
        for origin in (GOOD, EVIL):
            for method, headers in (
                ("GET", {"Origin": origin}),
                ("OPTIONS", preflight_headers("GET", origin)),
            ):
                reply = await send(server, method, "/", *lines(headers), "Vary: X-Evil")
                check("evil" in reply.headers["Vary"].lower(), False)


class MergesMethods(Plain):
    def config_of(self, request: web.Request) -> Config:
        resource = request.match_info.route.resource
        routes = [route for route in self.added if route.resource is resource]
        return {key: each for route in routes for key, each in (self.added[route] or {}).items()}


class TakesTheFirstConfig(Plain):
    def config_of(self, request: web.Request) -> Config:
        return next(iter(self.added.values())) or {}


@caught(MergesMethods, TakesTheFirstConfig)
async def test_policy_of_one_method_loosens_no_other(layer: Layer) -> None:
    """hapi CVE-2015-9243, CVE-2015-9236"""
    configs = {"GET": OPEN, "POST": LISTED, "DELETE": None}
    for order in ["GET", "POST", "DELETE"], ["DELETE", "POST", "GET"]:
        for by_resource in (True, False):
            app = web.Application()
            cors = layer(app)
            resource = app.router.add_resource("/")
            for method in order:
                if by_resource:
                    route = resource.add_route(method, hello)
                else:
                    route = app.router.add_route(method, "/", hello)
                if (config := configs[method]) is not None:
                    cors.add(route, config)
            async with TestServer(app) as server:
                for method, granted in ("GET", "*"), ("POST", None), ("DELETE", None):
                    actual = await send(server, method, "/", f"Origin: {EVIL}")
                    check((method, cors_headers(actual).get(ALLOW_ORIGIN)), (method, granted))
                    preflight_reply = await send(
                        server, "OPTIONS", "/", *lines(preflight_headers(method, EVIL))
                    )
                    check((method, preflight_reply.status == 200), (method, granted is not None))


class RunsTheHandler(Plain):
    async def answer_preflight(self, request: web.Request, handler: Handler) -> Any:
        # As a framework does that finds the handler by the requested method.
        for route in self.added:
            await route.handler(request)
        return await super().answer_preflight(request, handler)


@caught(RunsTheHandler)
async def test_preflight_does_not_run_the_handler(layer: Layer) -> None:
    """Spring CVE-2020-5397"""
    runs = []

    async def count(request: web.Request) -> web.Response:
        runs.append(request.method)
        return web.Response()

    app = web.Application()
    cors = layer(app, defaults={GOOD: ResourceOptions(allow_headers=["X-A"])})
    cors.add(app.router.add_get("/", count))
    cors.add(app.router.add_put("/", count))
    async with TestServer(app) as server:
        for origin in (GOOD, EVIL, "null"):
            for method in ("GET", "PUT", "DELETE", "OPTIONS", "X A"):
                for headers in (None, "x-a", "x-b", "(x)"):
                    fields = lines(preflight_headers(method, origin, headers))
                    await send(server, "OPTIONS", "/", *fields)
        check(runs, [])
        await send(server, "GET", "/", f"Origin: {GOOD}")
        check(runs, ["GET"])


class NeedsTheOrigin(Plain):
    def __init__(self, app: web.Application, **options: Any) -> None:
        super().__init__(app, **options)
        app.middlewares.append(self._write)

    @web.middleware
    async def _write(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        response.headers[ALLOW_ORIGIN] = request.headers["Origin"]
        return response


@caught(NeedsTheOrigin)
async def test_origin_may_vanish_on_the_way(layer: Layer) -> None:
    """Envoy CVE-2023-35943"""

    @web.middleware
    async def forget_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers.copy()
        headers.pop("Origin", None)
        return await handler(request.clone(headers=headers))

    app = web.Application(middlewares=[forget_origin])
    layer(app, defaults=LISTED).add(app.router.add_get("/", hello))
    async with TestServer(app) as server:
        for origin in (GOOD, EVIL):
            reply = await send(server, "GET", "/", f"Origin: {origin}")
            check((reply.status, reply.body), (200, b"hello"))
