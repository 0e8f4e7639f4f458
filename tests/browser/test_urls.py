"""URLs: the package reads them as the URL standard says and as a browser does.

``urls.json`` has rows of the public test data of the URL standard (web-platform-tests,
url/resources/urltestdata.json): a URL, what it is relative to, and the URL that is read, or null
where that is not one of http or https. Labels of punycode that stand for ASCII are left out:
parsers read them differently.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from aiohttp_cors._browser.urls import read
from aiohttp_cors.testing import CorsError, Page

from .locations import BLOCKED, LOCATIONS

UrlRow = tuple[str, Optional[str], Optional[str]]
ROWS: list[UrlRow] = json.loads((Path(__file__).parent / "urls.json").read_text("utf-8"))

#: A quirk of Chromium: it percent-encodes characters that hosts can't have.
CHROMIUM_URLS: dict[str, str | None] = {
    "http://example example.com": "http://example%20example.com/",
    "http://GOO\u00a0\u3000goo.com": "http://goo%20%20goo.com/",
    "http://\uff05\uff14\uff11.com": "http://a.com/",
    "http://%ef%bc%85%ef%bc%94%ef%bc%91.com": "http://a.com/",
    "http://192.168.0.1 hello": "http://192.168.0.1%20hello/",
    "https://x x:12": "https://x%20x:12/",
    "http://[::%31]": "http://[::1]/",
    "http://%5B::1]": "http://[::1]/",
    "http://a b/": "http://a%20b/",
    "http://ho%20st/": "http://ho%20st/",
    "http://!\"$&'()*+,-.;=_`{}~/": "http://!\"$&'()%2A+,-.;=_`{}~/",
}
#: It percent-encodes "|" in paths, and takes an empty value for none.
CHROMIUM_LOCATIONS = {"/a|b": "http://127.0.0.1:PORT/a%7Cb", "": "302"}

READ_ALL = """
return arguments[0].map(([url, base]) => {
  try {
    const found = new URL(url, base ?? undefined);
    found.hash = "";
    return ["http:", "https:"].includes(found.protocol) ? found.href : null;
  } catch {
    return null;
  }
});
"""

FETCH_ALL = """
const [urls, done] = arguments;
(async () => {
  const found = [];
  for (const url of urls) {
    try {
      const response = await fetch(url);
      found.push([response.status, response.url, await response.text()]);
    } catch {
      found.push(null);
    }
  }
  return found;
})().then(done);
"""

only_chromium = pytest.mark.parametrize("engine", ["chromium"], indirect=True)


def read_or_none(url: str, base: str | None) -> str | None:
    try:
        return read(url, base and read(base))
    except ValueError:
        return None


def differences(found: list[Any], expected: list[Any], rows: list[Any]) -> dict[Any, Any]:
    """Return what was found where something else was expected, by row."""
    return {
        str(row): (one, other) for row, one, other in zip(rows, found, expected) if one != other
    }


@pytest.mark.parametrize(("url", "base", "expected"), ROWS)
def test_url_is_read_as_the_standard_says(url: str, base: str | None, expected: str | None) -> None:
    assert read_or_none(url, base) == expected


@pytest.mark.parametrize(("url", "base", "expected"), ROWS)
def test_url_is_read_the_same_or_not_at_all_without_the_parser(
    url: str, base: str | None, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = base and read(base)
    monkeypatch.setitem(sys.modules, "ada_url", None)
    try:
        found = read(url, base)
    except ModuleNotFoundError as error:
        assert "aiohttp-cors[testing]" in str(error)  # noqa: PT017
    else:
        assert found == expected


@pytest.mark.browser
@only_chromium
def test_url_is_read_as_in_a_browser(browser: Any) -> None:
    found = browser.execute_script(READ_ALL, [[url, base] for url, base, _ in ROWS])

    expected = [CHROMIUM_URLS.get(url, read_or_none(url, base)) for url, base, _ in ROWS]
    assert len(ROWS) > 400
    assert differences(found, expected, ROWS) == {}


class Redirecting:
    """Servers of a page and of redirects: ``/start/3`` is to the third row of `LOCATIONS`.

    All else has a response that says what host and target were requested. aiohttp would not send
    such headers.
    """

    def __init__(self) -> None:
        self._servers: list[asyncio.AbstractServer] = []
        self._writers: list[asyncio.StreamWriter] = []
        self.ports: list[int] = []

    async def __aenter__(self) -> Redirecting:
        for _ in range(2):
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self._servers.append(server)
            self.ports.append(server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()
        for writer in self._writers:
            writer.close()

    @property
    def page(self) -> str:
        """The origin of pages."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def urls(self) -> list[str]:
        """The redirects, in the order of `LOCATIONS`."""
        return [f"http://127.0.0.1:{self.ports[1]}/start/{at}" for at in range(len(LOCATIONS))]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                writer.write(self._response(await reader.readuntil(b"\r\n\r\n")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _response(self, head: bytes) -> bytes:
        lines = head.decode("latin-1").split("\r\n")
        target = lines[0].split()[1]
        host = next(line[6:] for line in lines if line.lower().startswith("host: "))
        start = re.fullmatch(r"/start/([0-9]+)", target)
        locations: list[str] = []
        if start is not None:
            value = LOCATIONS[int(start[1])][0]
            locations = value if isinstance(value, list) else [value]
        fields = [
            "Access-Control-Allow-Origin: *",
            "Cache-Control: no-store",
            "Content-Type: text/plain",
            *(f"Location: {each.replace('PORT', str(self.ports[1]))}" for each in locations),
        ]
        body = "" if locations else f"{host} {target}"
        status = "302 Found" if locations else "200 OK"
        fields.append(f"Content-Length: {len(body)}")
        response = "\r\n".join([f"HTTP/1.1 {status}", *fields, "", body])
        return response.encode("utf-8", "surrogateescape")

    def outcome(self, at: int, status: int, url: str, text: str) -> str:
        """Return what came of a row, as it is written in `LOCATIONS`."""
        if status != 200:
            return str(status)
        parts = urlsplit(url)
        assert text == f"{parts.netloc} {url.partition(parts.netloc)[2]}"
        return url.replace(str(self.ports[1]), "PORT").replace(f"/start/{at}", "/start/N")


Play = Callable[[Redirecting], Awaitable[list[str]]]


async def in_page(site: Redirecting) -> list[str]:
    """Return what `Page` makes of each row."""
    test_server = TestServer(web.Application())
    async with TestClient(test_server) as client:
        test_server._root = URL(f"http://127.0.0.1:{site.ports[1]}")
        hosts = {urlsplit(url).hostname for _, url in LOCATIONS if url != BLOCKED}
        clients = {f"http://{host}:{site.ports[1]}": client for host in sorted(filter(None, hosts))}
        page = Page(clients, origin=site.page)
        found = []
        for at, url in enumerate(site.urls):
            try:
                response = await page.fetch(url)
            except CorsError:
                found.append(BLOCKED)
            else:
                text = await response.text()
                found.append(site.outcome(at, response.status, response.url, text))
        return found


def in_browser(browser: Any) -> Play:
    """Return what a page of a browser makes of each row."""

    def drive(site: Redirecting) -> list[Any]:
        browser.get(f"{site.page}/page")
        responses: list[Any] = browser.execute_async_script(FETCH_ALL, site.urls)
        return responses

    async def play(site: Redirecting) -> list[str]:
        responses = await asyncio.to_thread(drive, site)
        return [
            BLOCKED if response is None else site.outcome(at, *response)
            for at, response in enumerate(responses)
        ]

    return play


async def test_page_follows_redirects_as_the_standard_says() -> None:
    async with Redirecting() as site:
        found = await in_page(site)

    assert differences(found, [expected for _, expected in LOCATIONS], LOCATIONS) == {}


@pytest.mark.browser
@only_chromium
async def test_page_follows_redirects_as_a_browser_does(browser: Any) -> None:
    async with Redirecting() as site:
        found = await in_browser(browser)(site)

    expected = [CHROMIUM_LOCATIONS.get(str(value), url) for value, url in LOCATIONS]
    assert len(LOCATIONS) > 250
    assert differences(found, expected, LOCATIONS) == {}
