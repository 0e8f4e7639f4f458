"""The servers, each with its own origin on 127.0.0.1, and their policies."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.typedefs import Handler

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

from . import lab
from .scenarios import SCENARIOS

HERE = Path(__file__).parent
ELSEWHERE = "https://another.example.com"


def says(text: str, **headers: str) -> Handler:
    """Return a handler that responds with ``text``; ``X_Total`` stands for the header X-Total."""

    async def handler(request: web.Request) -> web.StreamResponse:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(text=text, headers=names)

    return handler


async def login(request: web.Request) -> web.StreamResponse:
    response = web.Response(text="welcome")
    response.set_cookie("user", "ada", httponly=True, samesite="Lax")
    return response


async def me(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f"hello {request.cookies.get('user', 'stranger')}")


async def fails(request: web.Request) -> web.StreamResponse:
    raise web.HTTPInternalServerError(text="failed")


async def socket(request: web.Request) -> web.StreamResponse:
    response = web.WebSocketResponse()
    await response.prepare(request)
    await response.close()
    return response


def open_to_all(app: web.Application, page: str) -> None:
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/data", says("open")), {"*": ResourceOptions()})


def listed(app: web.Application, page: str) -> None:
    options = ResourceOptions(
        allow_credentials=True, allow_headers=["X-Token"], expose_headers=["X-Total"]
    )
    cors = aiohttp_cors.setup(app, defaults={page: options})
    cors.add(app.router.add_post("/login", login))
    cors.add(app.router.add_get("/me", me))
    cors.add(app.router.add_put("/item", says("saved")))
    cors.add(app.router.add_delete("/item", says("deleted")))
    app.router.add_patch("/item", says("patched"))
    cors.add(app.router.add_get("/list", says("list", X_Total="3", X_Secret="s")))


def other(app: web.Application, page: str) -> None:
    cors = aiohttp_cors.setup(app, defaults={ELSEWHERE: ResourceOptions()})
    cors.add(app.router.add_get("/data", says("other")))
    cors.add(app.router.add_put("/data", says("other")))


def none(app: web.Application, page: str) -> None:
    app.router.add_get("/data", says("none"))


def planted(app: web.Application, page: str) -> None:
    """Make a deliberate mistake: open to all instead of without CORS."""
    cors = aiohttp_cors.setup(app, defaults={"*": ResourceOptions()})
    cors.add(app.router.add_get("/data", says("none")))


def kinds(app: web.Application, page: str) -> None:
    class View(web.View, CorsViewMixin):
        cors_config = {page: ResourceOptions()}

        async def get(self) -> web.StreamResponse:
            return web.Response(text="view")

        @custom_cors({ELSEWHERE: ResourceOptions()})
        async def put(self) -> web.StreamResponse:
            return web.Response(text="view put")

    cors = aiohttp_cors.setup(app, defaults={page: ResourceOptions()})
    cors.add(app.router.add_view("/view", View))
    cors.add(app.router.add_static("/files", HERE / "files"))
    cors.add(app.router.add_get("/fails", fails))
    sub = web.Application()
    sub.router.add_get("/data", says("sub"))
    cors.add(app.add_subapp("/sub", sub))


def whole(app: web.Application, page: str) -> None:
    cors = aiohttp_cors.setup(app)
    cors.add(app, {page: ResourceOptions()})
    app.router.add_get("/data", says("whole"))
    cors.add(app.router.add_get("/closed", says("closed")), {}, inherit=False)


def origins(app: web.Application, page: str) -> None:
    async def is_tenant(origin: str, request: web.Request) -> bool:
        return origin == page

    options = ResourceOptions()
    expression = re.compile(r"http://127\.0\.0\.1:\d+")
    cors = aiohttp_cors.setup(app)
    cors.add(app.router.add_get("/port", says("port")), {"http://127.0.0.1:*": options})
    cors.add(app.router.add_get("/subdomain", says("subdomain")), {"http://*.localhost:*": options})
    cors.add(app.router.add_get("/expression", says("expression")), {expression: options})
    cors.add(app.router.add_get("/function", says("function")), {is_tenant: options})
    cors.add(app.router.add_get("/socket", socket), {page: options}, enforce=True)


SERVERS: dict[str, Callable[[web.Application, str], None]] = {
    "open": open_to_all,
    "listed": listed,
    "other": other,
    "none": none,
    "kinds": kinds,
    "whole": whole,
    "origins": origins,
}


class Playground:
    """All servers, running: the page's address is ``page``."""

    def __init__(self, *, plant: bool = False) -> None:
        self._plant = plant
        self._runners: list[web.AppRunner] = []
        self._addresses: dict[str, str] = {}
        #: What the servers saw, by the row of the table.
        self._seen: dict[str, list[str]] = {}
        #: The same in full, for requests that visitors compose.
        self._exchanges: dict[str, list[dict[str, Any]]] = {}
        self._lab = web.Application()
        self.page = ""

    async def start(self, port: int = 0) -> None:
        """Start the servers, the page's on ``port`` (0: any that is free)."""
        app = web.Application()
        app.router.add_get("/", self._file("page.html"))
        app.router.add_get("/frame", self._file("frame.html"))
        app.router.add_static("/static", HERE / "static")
        app.router.add_get("/scenarios", self._scenarios)
        app.router.add_get("/seen", self._what_was_seen)
        app.router.add_get("/policies", self._policies)
        app.router.add_post("/own", self._use_own)
        app.router.add_get("/exchanges/{row}", self._what_was_exchanged)
        app.router.add_post("/explain", self._explain)
        self.page = await self._serve(app, port)
        for name, build in SERVERS.items():
            server = web.Application()
            (planted if self._plant and name == "none" else build)(server, self.page)
            self._addresses[name] = await self._serve(server, 0)
        self._lab = lab.make_lab(self.page)
        self._addresses["lab"] = await self._serve(self._lab, 0)

    async def stop(self) -> None:
        """Stop the servers."""
        for runner in self._runners:
            await runner.cleanup()

    async def _serve(self, app: web.Application, port: int) -> str:
        seen, exchanges = self._seen, self._exchanges

        class Recorder(AbstractAccessLogger):
            def log(self, request: Any, response: Any, time: float) -> None:
                if "row" in request.query:
                    line = f"{request.method} {response.status}"
                    seen.setdefault(request.query["row"], []).append(line)
                if "try" in request.query:
                    exchange = lab.exchange(request, response)
                    exchanges.setdefault(request.query["try"], []).append(exchange)

        runner = web.AppRunner(app, access_log_class=Recorder)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self._runners.append(runner)
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    def _file(self, name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handler(request: web.Request) -> web.StreamResponse:
            return web.FileResponse(HERE / "static" / name)

        return handler

    async def _scenarios(self, request: web.Request) -> web.StreamResponse:
        self._seen.clear()
        return web.json_response(
            {
                "addresses": self._addresses,
                "scenarios": [scenario._asdict() for scenario in SCENARIOS],
            }
        )

    async def _what_was_seen(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._seen)

    async def _policies(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(
            {"address": self._addresses["lab"], "policies": lab.policies(self.page)}
        )

    async def _use_own(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(lab.use_own(self._lab, await request.text()))

    async def _what_was_exchanged(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._exchanges.pop(request.match_info["row"], []))

    async def _explain(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(await lab.explain(self._lab, await request.json()))
