"""In real browsers: pages of other origins open no WebSocket that enforces and run no handler."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

pytestmark = pytest.mark.browser

RAN = web.AppKey("ran", list)

OPEN_SOCKET = """
function watch(url, done) {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send("hello");
    socket.onmessage = (event) => { socket.close(); done(event.data); };
    socket.onerror = () => done("refused");
}
"""
#: Tell what the socket at the first argument sends.
OPEN = OPEN_SOCKET + "watch(arguments[0], arguments[1]);"
#: The same from a sandboxed frame, whose origin is opaque.
OPEN_FROM_FRAME = f"""
const done = arguments[1];
const frame = document.createElement("iframe");
frame.sandbox = "allow-scripts";
const url = JSON.stringify(arguments[0]);
frame.srcdoc = `<script>{OPEN_SOCKET} watch(${{url}}, (x) => parent.postMessage(x, "*"))</script>`;
window.onmessage = (event) => done(event.data);
document.body.append(frame);
"""
#: Send a POST request that takes no preflight; "sent" or not, the page can't read the response.
POST = """
const done = arguments[1];
fetch(arguments[0], {method: "POST", mode: "no-cors"}).then(() => done("sent"), done);
"""


async def page(request: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>page</title>", content_type="text/html")


async def echo(request: web.Request) -> web.WebSocketResponse:
    request.app[RAN].append("socket")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


async def count(request: web.Request) -> web.Response:
    request.app[RAN].append("post")
    return web.Response()


class Site:
    """The enforcing server, and one for the pages of other origins."""

    def __init__(self, server: Any, pages: Any) -> None:
        self.ran: list[str] = server.app[RAN]
        self.own = f"http://127.0.0.1:{server.port}"
        self.socket = f"ws://127.0.0.1:{server.port}/ws"
        self.listed = f"http://listed.localhost:{pages.port}"
        self.unlisted = f"http://unlisted.localhost:{pages.port}"
        self.same_site = f"http://127.0.0.1:{pages.port}"


@pytest.fixture
async def site(aiohttp_server: Any) -> Site:
    others = web.Application()
    others.router.add_get("/", page)
    pages = await aiohttp_server(others)
    app = web.Application()
    app[RAN] = []
    cors = aiohttp_cors.setup(app)
    app.router.add_get("/", page)
    config = {f"http://listed.localhost:{pages.port}": ResourceOptions()}
    cors.add(app.router.add_get("/ws", echo), config, enforce=True)
    cors.add(app.router.add_post("/post", count), config, enforce=True)
    return Site(await aiohttp_server(app), pages)


async def run(browser: Any, origin: str, script: str, url: str) -> Any:
    """Run a script in a page of ``origin``."""

    def drive() -> Any:
        browser.get(f"{origin}/")
        return browser.execute_async_script(script, url)

    return await asyncio.to_thread(drive)


@pytest.mark.parametrize("origin", ["listed", "own"])
async def test_page_opens_the_enforcing_websocket(browser: Any, site: Site, origin: str) -> None:
    assert await run(browser, getattr(site, origin), OPEN, site.socket) == "hello"
    assert site.ran == ["socket"]


@pytest.mark.parametrize("origin", ["unlisted", "same_site"])
async def test_page_of_an_unlisted_origin_opens_no_enforcing_websocket(
    browser: Any, site: Site, origin: str
) -> None:
    assert await run(browser, getattr(site, origin), OPEN, site.socket) == "refused"
    assert site.ran == []


@pytest.mark.parametrize("origin", ["listed", "own"])
async def test_sandboxed_frame_opens_no_enforcing_websocket(
    browser: Any, site: Site, origin: str
) -> None:
    assert await run(browser, getattr(site, origin), OPEN_FROM_FRAME, site.socket) == "refused"
    assert site.ran == []


@pytest.mark.parametrize(
    ("origin", "ran"),
    [
        pytest.param("listed", ["post"], id="listed"),
        pytest.param("own", ["post"], id="same origin"),
        pytest.param("unlisted", [], id="unlisted"),
        pytest.param("same_site", [], id="unlisted, same site"),
    ],
)
async def test_post_without_preflight_runs_the_handler_for_listed_and_own_pages_alone(
    browser: Any, site: Site, origin: str, ran: list[str]
) -> None:
    assert await run(browser, getattr(site, origin), POST, f"{site.own}/post") == "sent"
    assert site.ran == ran
