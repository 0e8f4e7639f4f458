"""A browser page for tests: it fetches as a script of its origin does, with the same limits.

::

    page = Page(client, origin="https://app.example.com")
    response = await page.fetch("/hello", method="PUT", headers={"X-Token": "1"})
    assert response.status == 200
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Union, cast

from aiohttp import ClientError, ClientResponse, ClientSession, DummyCookieJar
from aiohttp.test_utils import TestClient
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from ._browser.cors_protocol import Failure, Headers, Step, misses_vary
from ._browser.fetch import Arrived, fetch
from ._browser.messages import HttpRequest, HttpResponse, Readable, Request
from ._browser.preflight_cache import PreflightCache
from ._browser.script import (
    absolute_url,
    check_origins_of_clients,
    check_page_origin,
    header_items,
    request_of_script,
)
from ._browser.urls import origin_of, split

__all__ = ("CorsError", "Page", "PageResponse", "Step")

if TYPE_CHECKING:
    # In aiohttp 3.9, TestClient takes no parameters.
    Client = TestClient[Any, Any]
    Clients = Union[Client, Mapping[str, Client]]

#: How many bytes of the response to a preflight an error quotes at most.
_QUOTED = 200


class CorsError(Exception):
    """A fetch is blocked: browsers raise ``TypeError``, and this error says why."""

    def __init__(
        self,
        request: Request,
        failure: Failure,
        exchanges: tuple[tuple[HttpRequest, HttpResponse], ...],
    ) -> None:
        text = ""
        if failure.step is Step.PREFLIGHT_STATUS:
            body = exchanges[-1][1].body[:_QUOTED].decode("utf-8", "replace")
            text = f"; its body is {body!a}" if body else ""
        super().__init__(
            f"{request.method} {request.url} from {request.origin} is blocked at "
            f"{failure.step.value}: {failure.sentence}{text}"
        )
        #: Where the browser stops.
        self.step: Step = failure.step
        #: What is wrong, and what the server must send.
        self.sentence: str = failure.sentence
        #: The requests and responses until then.
        self.exchanges = exchanges


class PageResponse:
    """What a script sees of a response (Fetch §5.5, "Response class")."""

    def __init__(self, readable: Readable, warnings: tuple[str, ...]) -> None:
        #: ``"basic"`` (same origin), ``"cors"``, ``"opaque"`` or ``"opaqueredirect"``.
        self.type = readable.type
        #: The URL of the last request, after redirects.
        self.url = readable.url
        #: There was a redirect on the way.
        self.redirected = readable.redirected
        #: 0 if the response is opaque.
        self.status = readable.status
        #: The status is 200 to 299.
        self.ok = 200 <= readable.status < 300
        #: The headers that the script can read.
        self.headers = CIMultiDictProxy(CIMultiDict(readable.headers))
        #: What works in this page and may fail in another.
        self.warnings = warnings
        self._body: bytes = readable.body or b""

    async def read(self) -> bytes:
        """Return the body, ``bytes``; none where the response is opaque."""
        return self._body

    async def text(self) -> str:
        """Return the body as text: in UTF-8, as browsers do (Fetch §5.3)."""
        return self._body.decode("utf-8", "replace")

    async def json(self) -> Any:
        """Return the body parsed as JSON; raises ``ValueError`` if it is not JSON."""
        return json.loads(self._body)

    def __repr__(self) -> str:
        return f"<PageResponse {self.type} {self.status} {self.url}>"


class Page:
    """A page of ``origin`` in a browser, whose requests go to test clients.

    ``clients``
        A `TestClient`, or a mapping of origins to the clients that stand for them, such as
        ``{"https://api.example.com": client}``. URLs without an origin are relative to the first.
    ``origin``
        The origin of the page: ``"https://app.example.com"``. `opaque` makes a page without one.
    ``clock``
        A function that returns seconds, by which cached preflights expire.

    Cookies are those of the clients' jars; ``SameSite`` is ignored. Responses are not cached.

    Raises ``ValueError`` for an origin that no page or client can have, and ``TypeError`` for what
    is not a client. It follows Fetch §3.3 and §4.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        origin: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_page_origin(origin)
        if isinstance(clients, Mapping):
            check_origins_of_clients(clients)
        for client in clients.values() if isinstance(clients, Mapping) else [clients]:
            if not isinstance(client, TestClient):
                raise TypeError(
                    f"'clients' must be a TestClient or a mapping of them, got {client!r}"
                )
        self.origin = origin
        #: How many preflights the page has sent.
        self.preflights = 0
        self._clients = clients
        self._cache = PreflightCache(clock)

    @classmethod
    def opaque(cls, clients: Clients, *, clock: Callable[[], float] = time.monotonic) -> Page:
        """Return a page without an origin, as in a sandboxed frame: it sends ``Origin: null``."""
        return cls(clients, origin="null", clock=clock)

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        credentials: str = "same-origin",
        mode: str = "cors",
        redirect: str = "follow",
    ) -> PageResponse:
        """Do what ``fetch()`` does in the page, and return what its script sees.

        ``url``, and ``Location`` in a redirect, are parsed as browsers parse them. Anything but an
        ASCII path or a URL with a plain host name needs the extra ``testing``.

        ``credentials`` is ``"omit"``, ``"same-origin"`` or ``"include"``, ``mode`` is ``"cors"``,
        ``"no-cors"`` or ``"same-origin"``, ``redirect`` is ``"follow"``, ``"error"`` or
        ``"manual"``. The whole body is read.

        Raises `CorsError` if browsers block the fetch, ``ValueError`` or ``TypeError`` for what no
        script can send, and ``ModuleNotFoundError`` if the extra is needed and not installed.
        Source: Fetch §4.
        """
        clients = self._by_origin()
        request = request_of_script(
            self.origin,
            absolute_url(url, next(iter(clients))),
            method=method,
            headers=header_items(headers),
            body=body,
            credentials=credentials,
            mode=mode,
            redirect=redirect,
        )
        sendings: list[tuple[HttpRequest, Arrived]] = []
        steps = fetch(request, self._cache)
        # A generator is started by sending None.
        arrived = cast(Arrived, None)
        while True:
            try:
                sent = steps.send(arrived)
            except StopIteration as stop:
                outcome: Readable | Failure = stop.value
                break
            self.preflights += sent.preflight
            arrived = await _send(clients, sent)
            sendings.append((sent, arrived))
        exchanges = tuple((sent, each) for sent, each in sendings if isinstance(each, HttpResponse))
        if isinstance(outcome, Failure):
            raise CorsError(request, outcome, exchanges)
        return PageResponse(outcome, _warnings(outcome, exchanges[-1][1].headers))

    def _by_origin(self) -> Mapping[str, Client]:
        if isinstance(self._clients, TestClient):
            return {origin_of(str(self._clients.make_url("/"))): self._clients}
        return self._clients


async def _send(clients: Mapping[str, Client], sent: HttpRequest) -> Arrived:
    if sent.method != sent.method.upper():
        raise ValueError(
            f"aiohttp's client sends methods in upper case: write {sent.method.upper()!r}, "
            f"got {sent.method!r}"
        )
    to = split(sent.url)
    by_address = {origin_of(str(each.make_url("/"))): each for each in clients.values()}
    client = clients.get(to.origin) or by_address.get(to.origin)
    if client is None:
        raise ValueError(
            f"there is no client for {to.origin}; write Page({{{to.origin!r}: client, ...}}, ...)"
        )
    address = origin_of(str(client.make_url("/")))
    headers = [("Host", to.origin.partition("://")[2]), *sent.headers]
    session = client.session
    if not sent.credentials:
        session = ClientSession(
            connector=session.connector, connector_owner=False, cookie_jar=DummyCookieJar()
        )
    try:
        async with session.request(
            sent.method,
            # The client must not change a URL that browsers send as it is.
            URL(f"{address}{to.target}", encoded=True),
            headers=headers,
            data=sent.body,
            allow_redirects=False,
            skip_auto_headers=["Content-Type"],
        ) as response:
            return HttpResponse(response.status, _pairs(response), await _body(response, sent))
    except (ClientError, OSError, asyncio.TimeoutError, ValueError) as error:
        return Failure(
            Step.NETWORK,
            f"{type(error).__name__}: {str(error)!a}; the server must send a whole HTTP response",
        )
    finally:
        if session is not client.session:
            await session.close()


async def _body(response: ClientResponse, sent: HttpRequest) -> bytes:
    try:
        return await response.read()
    except ClientError:
        if sent.preflight:
            # Browsers do not read it.
            return b""
        raise


def _pairs(response: ClientResponse) -> Headers:
    # RFC 9110 §5.5 strips white space around values, and the client of aiohttp 3.9 does not.
    return [(name, value.strip(" \t")) for name, value in response.headers.items()]


def _warnings(outcome: Readable, headers: Headers) -> tuple[str, ...]:
    if outcome.type == "cors" and misses_vary(headers):
        return (
            "Access-Control-Allow-Origin names the origin, and Vary does not: a cache may give "
            "the response to a page of another origin; the server must send 'Vary: Origin'",
        )
    return ()
