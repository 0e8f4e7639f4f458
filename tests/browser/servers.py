"""Real servers for pages and for what the pages request, and a log of what arrives there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.test_utils import TestServer

SCRIPT = Path(__file__).parent / "page.js"
PAGE = "<!doctype html><title>page</title><script src=/page.js></script>"


class Server(TestServer):
    """A server that finishes, and logs, also the requests of pages that have gone away."""

    async def _make_runner(self, **options: Any) -> web.BaseRunner:
        return await super()._make_runner(**{**options, "handler_cancellation": False})


class Servers:
    """Applications on 127.0.0.1, each on a port of its own.

    Requests with ``row`` in their query are logged by its value: method and status of each.
    """

    def __init__(self) -> None:
        self.running: dict[str, TestServer] = {}
        self._log: dict[str, list[tuple[float, str]]] = {}

    async def start(self, name: str, app: web.Application | None = None) -> str:
        """Serve ``app`` (none yet: `pages`), and return its address."""
        log = self._log

        class Recorder(AbstractAccessLogger):
            def log(self, request: Any, response: Any, time: float) -> None:
                if "row" in request.query:
                    # Written when all is sent, perhaps after the next request has come.
                    begin = asyncio.get_running_loop().time() - time
                    seen = (begin, f"{request.method} {response.status}")
                    log.setdefault(request.query["row"], []).append(seen)

        server = Server(pages() if app is None else app)
        await server.start_server(access_log_class=Recorder)
        self.running[name] = server
        return self.address(name)

    async def stop(self) -> None:
        """Stop all servers; the log is complete then."""
        for server in self.running.values():
            await server.close()

    def address(self, name: str, host: str = "127.0.0.1") -> str:
        """Return the origin of a server, under one of the names of this machine."""
        return f"http://{host}:{self.running[name].port}"

    def seen(self, row: str) -> str:
        """Return what arrived for a row, in the order in which it came."""
        return ", ".join(seen for _, seen in sorted(self._log.get(row, [])))


def pages() -> web.Application:
    """Make an application that has nothing but an empty page that runs `SCRIPT`."""
    app = web.Application()
    add_page(app)
    return app


def add_page(app: web.Application) -> None:
    """Add the page to an application; it gives its visitors a cookie."""

    async def page(request: web.Request) -> web.Response:
        response = web.Response(text=PAGE, content_type="text/html")
        response.set_cookie("user", "ada", samesite="Lax")
        return response

    app.router.add_get("/", page)
    app.router.add_get("/page.js", file(SCRIPT))


def file(path: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return handler


def visit(browser: Any, address: str, rows: Any, frames: Mapping[str, str | None]) -> Any:
    """Open a page in a browser and return what it gets of rows, as ``page.js`` takes and says it.

    Call it in a thread, because the servers must respond meanwhile.
    """
    browser.get(f"{address}/")
    script = "run(arguments[0], arguments[1]).then(arguments[2])"
    return browser.execute_async_script(script, rows, frames)
