"""The policies of the matrix: applications, most of them with our CORS, on several origins."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, custom_cors
from aiohttp_cors import ResourceOptions as Options

from .servers import Servers, add_page

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "REPORT")
ELSEWHERE = "https://another.example.com"
FILES = Path(__file__).parent / "files"


async def echo(request: web.Request) -> web.Response:
    """Answer the method, and the request headers that ``tell`` in the query names."""
    names = filter(None, request.query.get("tell", "").split(","))
    words = [request.method, *(request.headers.get(name, "none") for name in names)]
    response = web.Response(text=" ".join(words))
    response.headers.update({"X-Total": "3", "X-Secret": "s"})
    if "set" in request.query:
        response.set_cookie(request.query["set"], "x", samesite="Lax", path=request.path)
    if "cache" in request.query:
        response.headers["Cache-Control"] = f"max-age={request.query['cache']}"
    return response


async def status(request: web.Request) -> web.StreamResponse:
    """Answer with the status in the path."""
    code = int(request.match_info["code"])
    return web.Response(status=code, text=None if code in (204, 304) else f"status {code}")


async def raises(request: web.Request) -> web.StreamResponse:
    raise web.HTTPForbidden(text="raised")


async def fails(request: web.Request) -> web.StreamResponse:
    raise RuntimeError("not handled")


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for chunk in (b"one ", b"two ", b"three"):
        await response.write(chunk)
        await asyncio.sleep(0)
    await response.write_eof()
    return response


async def events(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(f"data: event for {request.cookies.get('user')}\n\n".encode())
    return response


async def socket(request: web.Request) -> web.StreamResponse:
    response = web.WebSocketResponse()
    await response.prepare(request)
    await response.send_str("message")
    async for _ in response:
        pass
    return response


class View(web.View, CorsViewMixin):
    """A view whose PUT is for another origin, in addition."""

    async def get(self) -> web.StreamResponse:
        return await echo(self.request)

    @custom_cors({ELSEWHERE: Options()})
    async def put(self) -> web.StreamResponse:
        return await echo(self.request)

    @custom_cors({})
    async def delete(self) -> web.StreamResponse:
        return await echo(self.request)


def configs(page: str, subdomain: str) -> dict[str, Mapping[Any, Options]]:
    """Return who may use which path of the server "api", by all of `METHODS`."""

    async def is_tenant(origin: str, request: web.Request) -> bool:
        return origin == page

    def listed(**options: Any) -> Mapping[Any, Options]:
        return {page: Options(**options)}

    return {
        "listed": listed(),
        "elsewhere": {ELSEWHERE: Options()},
        "subdomain": {subdomain: Options()},
        "nobody": {},
        # Credentials.
        "cookies": listed(allow_credentials=True),
        "cookies-set": listed(allow_credentials=True),
        "cookies-omitted": listed(allow_credentials=True),
        "anyone": {"*": Options()},
        "anyone-cookies": {"*": Options(allow_credentials=True)},
        "null": {"null": Options()},
        "null-cookies": {"null": Options(allow_credentials=True)},
        # Request headers.
        "token": listed(allow_headers=["X-Token"]),
        "json": listed(allow_headers=["content-type"]),
        "tokens": listed(allow_headers=["X-Token", "X-Other", "Content-Type"]),
        "range": listed(allow_headers=["Range", "If-None-Match"]),
        "authorization": listed(allow_headers=["Authorization"]),
        "any-header": listed(allow_headers="*"),
        "any-header-authorization": listed(allow_headers=["*", "Authorization"]),
        "any-header-cookies": listed(allow_headers="*", allow_credentials=True),
        "anyone-any-header": {"*": Options(allow_headers="*")},
        # Response headers.
        "exposed": listed(expose_headers=["x-total"]),
        "exposed-set-cookie": listed(expose_headers=["Set-Cookie", "X-Total"]),
        "exposed-all": listed(expose_headers="*"),
        "exposed-all-cookies": listed(expose_headers="*", allow_credentials=True),
        "anyone-exposed-all": {"*": Options(expose_headers="*")},
        # The preflight cache.
        "age": listed(max_age=600),
        "age-0": listed(max_age=0),
        "age-1": listed(max_age=1),
        "age-cookies": listed(max_age=600, allow_credentials=True),
        "age-tokens": listed(max_age=600, allow_headers=["X-Token", "X-Other"]),
        "age-anyone": {"*": Options(max_age=600)},
        # Patterns.
        "any-port": {"http://127.0.0.1:*": Options()},
        "any-subdomain": {"http://*.localhost:*": Options()},
        "expression": {re.compile(r"http://127\.0\.0\.1:\d+"): Options()},
        "prefix": {re.compile("http://127"): Options()},
        "function": {is_tenant: Options(allow_credentials=True)},
    }


def api(servers: Servers, page: str, subdomain: str) -> web.Application:
    """Make the server "api": paths added one by one, each with a config of its own."""
    app = web.Application()
    add_page(app)
    cors = aiohttp_cors.setup(app, defaults={page: Options()})
    for path, config in configs(page, subdomain).items():
        for method in METHODS:
            cors.add(app.router.add_route(method, f"/{path}", echo), config, inherit=False)
    app.router.add_get("/none", echo)
    app.router.add_put("/none", echo)
    # From here on the defaults decide.
    resource = cors.add(app.router.add_resource("/item"), {page: Options(allow_methods=["PATCH"])})
    for method in METHODS:
        resource.add_route(method, echo)
    View.cors_config = {page: Options()}
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_route("*", "/any-method", echo))
    for method in METHODS:
        cors.add(app.router.add_route(method, "/status/{code}", status))
        cors.add(app.router.add_route(method, "/redirect", redirect(servers)))
    cors.add(app.router.add_get("/raises", raises))
    cors.add(app.router.add_put("/raises", raises))
    cors.add(app.router.add_get("/fails", fails))
    cors.add(app.router.add_get("/stream", stream))
    cors.add(app.router.add_get("/events", events), {page: Options(allow_credentials=True)})
    cors.add(
        app.router.add_static("/files", FILES), {page: Options(allow_headers=["If-None-Match"])}
    )
    cors.add(app.router.add_get("/socket", socket))
    cors.add(app.router.add_get("/enforced", echo), enforce=True)
    cors.add(app.router.add_post("/enforced", echo), enforce=True)
    cors.add(app.router.add_get("/enforced/socket", socket), enforce=True)
    app.router.add_get("/redirect-none", redirect(servers))
    for path, config in {
        "cookies": {page: Options(allow_credentials=True)},
        "headers": {page: Options(allow_headers=["X-Token", "Authorization"])},
        "anyone": {"*": Options()},
        "loop": {page: Options()},
    }.items():
        cors.add(app.router.add_get(f"/redirect-{path}", redirect(servers)), config)
    sub = web.Application()
    sub.router.add_get("/item", echo)
    sub.router.add_put("/item", echo)
    cors.add(app.add_subapp("/sub", sub))
    own = web.Application()
    own_cors = aiohttp_cors.setup(own, defaults={ELSEWHERE: Options()})
    own_cors.add(own.router.add_get("/item", echo))
    own_cors.add(own.router.add_put("/item", echo))
    cors.add(app.add_subapp("/own", own))
    return app


def other(page: str) -> web.Application:
    """Make the server "other": a second origin, where redirects lead to."""
    app = web.Application()
    cors = aiohttp_cors.setup(app)
    for path, config in {
        "anyone": {"*": Options(allow_headers=["X-Token"])},
        "listed": {page: Options(allow_headers=["X-Token"])},
        "null": {"null": Options(allow_headers=["X-Token"])},
        "cookies": {page: Options(allow_credentials=True)},
        "null-cookies": {"null": Options(allow_credentials=True)},
    }.items():
        for method in METHODS:
            cors.add(app.router.add_route(method, f"/{path}", echo), config)
    return app


@web.middleware
async def authenticate(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuse who has no token; no preflight has one."""
    if request.path == "/secret" and request.headers.get("Authorization") != "Bearer secret":
        raise web.HTTPUnauthorized(text="who are you?")
    response: web.StreamResponse = await handler(request)
    return response


def middlewares() -> list[Any]:
    slashes = web.normalize_path_middleware(append_slash=True)
    return [authenticate, slashes]


def whole(page: str) -> web.Application:
    """Make the server "whole", of which all is added at once."""
    app = web.Application(middlewares=middlewares())
    cors = aiohttp_cors.setup(app)
    cors.add(app, {page: Options(allow_headers=["Authorization"])})
    for method in METHODS:
        for path in ("/item", "/slash/", "/secret"):
            app.router.add_route(method, path, echo)
    app.router.add_get("/options", echo)
    app.router.add_route("OPTIONS", "/options", echo)
    cors.add(app.router.add_get("/closed", echo), {}, inherit=False)
    return app


def late(page: str) -> web.Application:
    """Make the server "late", whose middlewares run before the responses to preflights."""
    app = web.Application(middlewares=middlewares())
    cors = aiohttp_cors.setup(app, preflights_first=False)
    for path in ("/slash/", "/secret"):
        config = {page: Options(allow_headers=["Authorization"])}
        cors.add(app.router.add_put(path, echo), config)
    return app


def redirect(servers: Servers) -> Any:
    """Return a handler that leads to ``to`` in the query, as a row writes it, with ``status``."""

    async def handler(request: web.Request) -> web.StreamResponse:
        # Without a target it leads to itself.
        to = request.query.get("to", f"api{request.path}")
        location = resolve(servers, to, request.query["row"])
        code = int(request.query.get("status", "307"))
        return web.Response(status=code, headers={"Location": location})

    return handler


def resolve(servers: Servers, url: str, row: str) -> str:
    """Return the address of "server/path", which leaves its traces in the log under ``row``."""
    server, _, path = url.partition("/")
    user, at, server = server.rpartition("@")
    address = servers.address(server).replace("//", f"//{user}{at}")
    return f"{address}/{path}{'&' if '?' in path else '?'}row={row}"
