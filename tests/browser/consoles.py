"""What browsers write into their consoles when they keep a response from a page."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

import trustme
from aiohttp import web
from aiohttp.typedefs import Handler

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

    #: The anchor of its row in the documentation.
    name: str
    #: ``ours``, ``theirs``, ``plain``, ``secure``, ``nobody`` and ``nowhere`` stand for the host
    #: and port of a server.
    url: str
    options: dict[str, Any]
    #: The page comes over https.
    secure: bool = False
    #: The page comes from a public address: Chromium alone can pretend that, and asks the user.
    public: bool = False


PUT = {"method": "PUT"}
COOKIES = {"credentials": "include"}
OPAQUE = {"mode": "no-cors"}

#: In the order of the documentation.
FAILURES = [
    Failure("no-allow-origin", "http://ours/hello", {}),
    Failure("no-allow-origin-404", "http://plain/nowhere", {}),
    Failure("no-allow-origin-401", "http://plain/private", {}),
    Failure("no-allow-origin-500", "http://plain/fails", {}),
    Failure("preflight-refused", "http://ours/hello", PUT),
    Failure("preflight-404", "http://plain/nowhere", PUT),
    Failure("preflight-405", "http://plain/hello", PUT),
    Failure("preflight-401", "http://plain/private", PUT),
    Failure("preflight-status", "http://theirs/preflight-404", PUT),
    Failure("preflight-redirect", "http://theirs/preflight-302", PUT),
    Failure("redirected", "http://ours/moved", {}),
    Failure("redirect-without-cors", "http://plain/moved", {}),
    Failure("method-not-allowed", "http://theirs/other-methods", PUT),
    Failure("header-not-allowed", "http://theirs/no-headers", {"headers": TOKEN}),
    Failure("wildcard-with-credentials", "http://theirs/star-and-credentials", COOKIES),
    Failure("credentials-not-allowed", "http://theirs/no-credentials", COOKIES),
    Failure("another-origin", "http://theirs/slash", {}),
    Failure("multiple-values", "http://theirs/twice", {}),
    Failure("resource-policy", "http://plain/policy", OPAQUE),
    Failure("websocket-refused", "ws://ours/socket", {}),
    Failure("mixed-content", "http://insecure.example/hello", {}, secure=True),
    Failure("local-network", "http://ours/hello", {}, public=True),
    Failure("certificate", "https://secure/hello", {}),
    Failure("no-response", "http://nobody/", {}),
    Failure("no-such-host", "http://nowhere/", {}),
]


def ours(page: str) -> web.Application:
    """Make an application that uses the library, and lists none of the pages of the tests."""

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPFound("/not-added")

    app = web.Application()
    cors = aiohttp_cors.setup(app, defaults={"https://app.example.com": ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))
    cors.add(app.router.add_put("/hello", hello))
    cors.add(app.router.add_get("/moved", moved), {page: ResourceOptions()})
    app.router.add_get("/not-added", hello)
    cors.add(app.router.add_get("/socket", hello), enforce=True)
    return app


def plain() -> web.Application:
    """Make an application without CORS."""

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/private":
            raise web.HTTPUnauthorized
        return await handler(request)

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPFound("/hello")

    async def fails(request: web.Request) -> web.Response:
        raise web.HTTPInternalServerError

    async def policy(request: web.Request) -> web.Response:
        return web.Response(headers={"Cross-Origin-Resource-Policy": "same-origin"})

    app = web.Application(middlewares=[authenticate])
    app.router.add_get("/hello", hello)
    app.router.add_get("/private", hello)
    app.router.add_get("/moved", moved)
    app.router.add_get("/fails", fails)
    app.router.add_get("/policy", policy)
    return app


class SecureServer(http.server.ThreadingHTTPServer):
    """Serves pages over https, with a certificate that nobody knows, in threads.

    asyncio keeps connections that a browser breaks off while they are made.
    """

    def __init__(self, respond: Callable[[str], str]) -> None:
        super().__init__(("127.0.0.1", 0), SecureHandler)
        self.respond = respond
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self.serve_forever).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: browsers break handshakes off."""


class SecureHandler(http.server.BaseHTTPRequestHandler):
    """Responds with what its server returns for a path."""

    timeout = PATIENCE

    def do_GET(self) -> None:
        body = cast(SecureServer, self.server).respond(self.path).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class Room:
    """A page that does one of `FAILURES`, and the servers that it uses."""

    def __init__(self) -> None:
        self._servers = Servers()
        self._hosts: dict[str, str] = {}
        self._errors: asyncio.Queue[str] = asyncio.Queue()
        self.page = self.secure_page = ""

    async def __aenter__(self) -> Room:
        app = web.Application()
        app.router.add_get("/{number:\\d+}", self._serve)
        app.router.add_get("/done", self._finish)
        self.page = await self._servers.start("page", app)
        await self._servers.start("ours", ours(self.page))
        await self._servers.start("plain", plain())
        await self._servers.start("theirs", mistaken(self.page))
        for name in ("ours", "plain", "theirs"):
            # Another name than the page's, so that cookies are another site's too.
            self._hosts[name] = self._servers.address(name, "localhost").partition("//")[2]
        self._loop = asyncio.get_running_loop()
        self._secure = SecureServer(self._respond)
        self._hosts["secure"] = f"127.0.0.1:{self._secure.server_address[1]}"
        self.secure_page = f"https://{self._hosts['secure']}"
        self._hosts["nowhere"] = "no-such-host.example"
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self._hosts["nobody"] = f"127.0.0.1:{unused.getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._servers.stop()
        await asyncio.to_thread(self._secure.shutdown)
        self._secure.server_close()

    def address(self, at: int) -> str:
        """Return the address of the page that does a failure."""
        return f"{self.secure_page if FAILURES[at].secure else self.page}/{at}"

    async def error(self) -> str:
        """Wait until the page has failed; return what its script is told."""
        return await asyncio.wait_for(self._errors.get(), PATIENCE)

    async def _serve(self, request: web.Request) -> web.Response:
        text = self._page(int(request.match_info["number"]))
        return web.Response(text=text, content_type="text/html")

    async def _finish(self, request: web.Request) -> web.Response:
        self._errors.put_nowait(request.query["error"])
        return web.Response()

    def _page(self, at: int) -> str:
        failure = FAILURES[at]
        scheme, _, rest = failure.url.partition("//")
        host, _, path = rest.partition("/")
        host = self._hosts.get(host, host)
        arguments = json.dumps([f"{scheme}//{host}/{path}", failure.options])
        return PAGE.format(arguments=arguments, end=END)

    def _respond(self, target: str) -> str:
        """Do in a thread what the page's server does."""
        url = urlsplit(target)
        if url.path == "/done":
            error = parse_qs(url.query)["error"][0]
            self._loop.call_soon_threadsafe(self._errors.put_nowait, error)
        at = url.path[1:]
        return self._page(int(at)) if at.isdigit() else ""


async def read_chromium(address: str, browser: Any) -> list[str]:
    # The page's certificate is accepted, and that of the server that it fetches from is not.
    trust = {"ignore": address.startswith("https:")}
    browser.execute_cdp_cmd("Security.setIgnoreCertificateErrors", trust)
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

    trust = """
        Components.classes["@mozilla.org/security/certoverride;1"]
            .getService(Components.interfaces.nsICertOverrideService)
            .setDisableAllSecurityChecksAndLetAttackersInterceptMyData(arguments[0]);
    """

    def read() -> list[str]:
        with browser.context(browser.CONTEXT_CHROME):
            messages: list[str] = browser.execute_script(script)
        return messages

    with browser.context(browser.CONTEXT_CHROME):
        browser.execute_script(trust, address.startswith("https:"))
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
            *(["--ignore-tls-errors"] if address.startswith("https:") else []),
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


def start_public(page: str) -> contextlib.AbstractContextManager[Any]:
    """Start a Chromium that takes the server of the page for one on the internet."""
    from examples.playground import browsers

    address = page.partition("//")[2]
    return browsers.start("chromium", [f"--ip-address-space-overrides={address}=public"])


READERS = {"chromium": read_chromium, "firefox": read_firefox, "webkit": read_webkit}


async def read_consoles(engine: str, browser: Any) -> list[list[str]]:
    """Return what ``engine`` says of each of `FAILURES`: to the script, and in the console.

    Nothing is said of those that do not fail in it. WebKit is started here, without ``browser``.
    """
    said: list[list[str]] = []
    async with Room() as room:
        for at, failure in enumerate(FAILURES):
            if failure.public and engine != "chromium":
                said.append([])
                continue
            with contextlib.ExitStack() as stack:
                driver = browser
                if failure.public:
                    driver = stack.enter_context(start_public(room.page))
                reading = READERS[engine](room.address(at), driver)
                lines = await asyncio.wait_for(reading, PATIENCE)
            said.append([await room.error(), *lines])
    return said
