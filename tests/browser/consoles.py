"""What browsers write into their consoles when they keep an answer from a page."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from typing import Any, NamedTuple

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

from .conftest import PATIENCE
from .mistakes import mistaken
from .rows import TOKEN
from .servers import Servers

PAGE = """<!doctype html><title>page</title><script>
const [url, options] = {arguments};
function attempt() {{
    if (!url.startsWith("ws:")) return fetch(url, options);
    return new Promise((resolve, reject) => {{ new WebSocket(url).onerror = reject; }});
}}
attempt().catch(async (error) => {{
    await fetch(`/done?error=${{encodeURIComponent(error)}}`);
    console.log("{end}");
}});
</script>"""

#: What pages write last: WebKit ends there, whatever it has not sent yet.
END = "That was all."


class Failure(NamedTuple):
    """A fetch that fails, or, where ``url`` begins with ``ws:``, a WebSocket."""

    name: str
    #: ``ours``, ``theirs`` and ``nobody`` stand for the host and port of the server that is asked.
    url: str
    options: dict[str, Any]


PUT = {"method": "PUT"}
COOKIES = {"credentials": "include"}

#: In the order of the documentation.
FAILURES = [
    Failure("origin is not listed", "http://ours/hello", {}),
    Failure("preflight is refused by this library", "http://ours/hello", PUT),
    Failure("preflight is answered with an error", "http://theirs/preflight-404", PUT),
    Failure("preflight is redirected", "http://theirs/preflight-302", PUT),
    Failure("method is not listed", "http://theirs/other-methods", PUT),
    Failure("header is not listed", "http://theirs/no-headers", {"headers": TOKEN}),
    Failure("any origin, with cookies", "http://theirs/star-and-credentials", COOKIES),
    Failure("no credentials", "http://theirs/no-credentials", COOKIES),
    Failure("another origin", "http://theirs/slash", {}),
    Failure("two layers", "http://theirs/twice", {}),
    Failure("WebSocket is refused by the guard", "ws://ours/socket", {}),
    Failure("no server", "http://nobody/", {}),
]


def ours() -> web.Application:
    """Make an application that uses the library, and lists none of the pages of the tests."""

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"https://app.example.com": ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))
    cors.add(app.router.add_put("/hello", hello))
    cors.add(app.router.add_get("/socket", hello), enforce=True)
    return app


class Room:
    """A page that does one of `FAILURES`, and the servers that it asks."""

    def __init__(self) -> None:
        self._servers = Servers()
        self._hosts: dict[str, str] = {}
        self._errors: asyncio.Queue[str] = asyncio.Queue()
        self.page = ""

    async def __aenter__(self) -> Room:
        app = web.Application()
        app.router.add_get("/{number:\\d+}", self._serve)
        app.router.add_get("/done", self._finish)
        self.page = await self._servers.start("page", app)
        await self._servers.start("ours", ours())
        await self._servers.start("theirs", mistaken(self.page))
        for name in ("ours", "theirs"):
            # Another name than the page's, so that cookies are another site's too.
            self._hosts[name] = self._servers.address(name, "localhost").partition("//")[2]
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self._hosts["nobody"] = f"127.0.0.1:{unused.getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._servers.stop()

    async def error(self) -> str:
        """Wait until the page has failed; return what its script is told."""
        return await asyncio.wait_for(self._errors.get(), PATIENCE)

    async def _serve(self, request: web.Request) -> web.Response:
        failure = FAILURES[int(request.match_info["number"])]
        scheme, _, rest = failure.url.partition("//")
        host, _, path = rest.partition("/")
        arguments = json.dumps([f"{scheme}//{self._hosts[host]}/{path}", failure.options])
        text = PAGE.format(arguments=arguments, end=END)
        return web.Response(text=text, content_type="text/html")

    async def _finish(self, request: web.Request) -> web.Response:
        self._errors.put_nowait(request.query["error"])
        return web.Response()


async def read_chromium(address: str, browser: Any) -> list[str]:
    await asyncio.to_thread(browser.get, address)
    lines: list[str] = []
    while not any(END in line for line in lines):
        entries = await asyncio.to_thread(browser.get_log, "browser")
        lines += [entry["message"] for entry in entries]
        await asyncio.sleep(0.05)
    return lines


async def read_firefox(address: str, browser: Any) -> list[str]:
    # Its driver has no log. What the console shows is there for privileged scripts, except what
    # pages write themselves: so the end is where nothing comes any more.
    script = """
        const entries = Services.console.getMessageArray();
        Services.console.reset();
        return entries.map((entry) => entry.errorMessage ?? entry.message);
    """

    def read() -> list[str]:
        with browser.context(browser.CONTEXT_CHROME):
            messages: list[str] = browser.execute_script(script)
        return messages

    await asyncio.to_thread(read)
    await asyncio.to_thread(browser.get, address)
    lines: list[str] = []
    while True:
        await asyncio.sleep(0.2)
        more = await asyncio.to_thread(read)
        if lines and not more:
            return lines
        lines += more


async def read_webkit(address: str, browser: None) -> list[str]:
    # Under a driver it writes nothing, so it runs without one.
    from examples.playground import browsers

    with browsers.display() as display:
        process = await asyncio.create_subprocess_exec(
            browsers.find_minibrowser() or "MiniBrowser",
            "--enable-write-console-messages-to-stdout=true",
            address,
            env={**os.environ, "DISPLAY": display, "GDK_BACKEND": "x11"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        lines: list[str] = []
        try:
            while process.stdout and not any(END in line for line in lines):
                lines.append((await process.stdout.readline()).decode())
        finally:
            process.terminate()
            await process.wait()
    return lines


READERS = {"chromium": read_chromium, "firefox": read_firefox, "webkit": read_webkit}


async def read_consoles(engine: str, browser: Any) -> list[list[str]]:
    """Return what ``engine`` says of each of `FAILURES`: to the script, and in the console.

    WebKit is started for it, and needs no ``browser``.
    """
    said = []
    async with Room() as room:
        for at in range(len(FAILURES)):
            reading = READERS[engine](f"{room.page}/{at}", browser)
            lines = await asyncio.wait_for(reading, PATIENCE)
            said.append([await room.error(), *lines])
    return said
