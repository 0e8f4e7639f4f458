"""Sending requests to a live server as a browser would, and saying what the browser would do."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sys
import time
from typing import Any, NamedTuple, Union

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from .._browser.cors_protocol import Failure, PreflightGrant, get, judge_preflight, misses_vary
from .._browser.fetch import fetch, preflight_request
from .._browser.messages import HttpRequest, HttpResponse, Readable, Request
from .._browser.preflight_cache import PreflightCache
from .._browser.safelist import unsafe_request_header_names
from .._browser.script import absolute_url, check_page_origin, request_of_script
from .._browser.urls import split
from .application import CommandError, header_pairs
from .output import Printer

_LONGEST_TIMEOUT = 3600
#: How many bytes of the response to a refused preflight are quoted at most.
_QUOTED = 200

Exchanges = list[tuple[HttpRequest, HttpResponse]]
#: None: the request was not sent.
Outcome = Union[Readable, Failure, None]

_VARY = (
    "a cache may give the response to a page of another origin; the server must send 'Vary: Origin'"
)
_REFLECTED = "the server allows any origin, even one made up at random; list the ones you mean"
_REFLECTED_WITH_CREDENTIALS = (
    "the server allows any origin with credentials, even one made up at random: any website can "
    "read responses made for the user's cookies; list the ones you mean"
)


class Observed(NamedTuple):
    """What a browser would do with the responses of a live server."""

    request: Request
    outcome: Outcome
    exchanges: Exchanges
    warnings: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return _as_dict(*self)


async def probe(arguments: argparse.Namespace, printer: Printer) -> int:
    """Print what a browser would do, step by step; return 1 if it blocks the page."""
    # Standard output is for JSON alone.
    notices = Printer(sys.stderr) if arguments.json else printer
    observed = await observe(arguments, Printer(None) if arguments.json else printer, notices)
    if arguments.json:
        printer.json(observed.as_dict())
    return int(isinstance(observed.outcome, Failure))


async def observe(arguments: argparse.Namespace, steps: Printer, notices: Printer) -> Observed:
    """Send what a browser would send, and print each step; raises `CommandError` if that fails."""
    request = _request(arguments)
    timeout = ClientTimeout(total=arguments.timeout)
    async with ClientSession(timeout=timeout, cookie_jar=DummyCookieJar()) as session:
        browser = _Browser(session, steps, notices, arguments.preflight_only)
        mode = " with credentials" if request.credentials == "include" else ""
        steps.line(f"{request.method} {request.url} from {request.origin}{mode}")
        outcome = await browser.fetch(request)
        _print_outcome(steps, outcome, browser.exchanges)
        warnings = await _warnings(browser, request, outcome)
    for warning in warnings:
        steps.line(f"warning: {warning}")
    return Observed(request, outcome, browser.exchanges, warnings)


def _request(arguments: argparse.Namespace) -> Request:
    if not 0 < arguments.timeout <= _LONGEST_TIMEOUT:
        raise CommandError(
            f"--timeout must be seconds, up to {_LONGEST_TIMEOUT}, got {arguments.timeout}"
        )
    try:
        check_page_origin(arguments.origin)
        return request_of_script(
            arguments.origin,
            absolute_url(arguments.url),
            method=arguments.method,
            headers=header_pairs(arguments.headers),
            credentials="include" if arguments.credentials else "omit",
        )
    except (ValueError, TypeError, ModuleNotFoundError) as error:
        raise CommandError(f"a browser can't send this: {error}") from None


class _Browser:
    """Does what a browser does, and prints it to ``steps`` and ``notices``."""

    def __init__(
        self, session: ClientSession, steps: Printer, notices: Printer, preflight_only: bool
    ) -> None:
        self.session = session
        self.steps = steps
        self.notices = notices
        self.preflight_only = preflight_only
        self.exchanges: Exchanges = []

    async def fetch(self, request: Request) -> Outcome:
        """Return what the page sees; None if only a preflight is sent, and it passes."""
        steps = fetch(request, PreflightCache(time.monotonic))
        # A generator is started by sending None.
        response: Any = None
        is_first = is_first_request = True
        while True:
            try:
                sent = steps.send(response)
            except StopIteration as stop:
                outcome: Readable | Failure = stop.value
                return outcome
            except ModuleNotFoundError as error:
                raise CommandError(str(error)) from None
            if is_first and not sent.preflight:
                self.steps.line("no preflight: a browser sends none for this request")
            is_first = False
            if not sent.preflight:
                if self.preflight_only:
                    return None
                if is_first_request:
                    self.notices.line(
                        f"now {sent.method} {sent.url} is really sent (not with --preflight-only)"
                    )
                is_first_request = False
            response = await self._send(sent)
            self.exchanges.append((sent, response))

    async def _send(self, sent: HttpRequest) -> HttpResponse:
        title = "preflight" if sent.preflight else "request"
        self.steps.line(f"{title}: {sent.method} {sent.url}")
        for name, value in sent.headers:
            if name.lower() == "origin" or name.lower().startswith("access-control-"):
                self.steps.line(f"  > {name}: {value}")
        response = await _response(self.session, sent)
        self.steps.line(f"  < {response.status}")
        for name, value in _decisive(response.headers):
            self.steps.line(f"  < {name}: {value}")
        return response


async def _response(session: ClientSession, sent: HttpRequest) -> HttpResponse:
    if sent.method != sent.method.upper():
        raise CommandError(
            f"can't send a request to {sent.url}: aiohttp's client sends methods in upper case; "
            f"write {sent.method.upper()}"
        )
    url = split(sent.url)
    try:
        async with session.request(
            sent.method,
            # The client must not change a URL that browsers send as it is.
            URL(f"{url.origin}{url.target}", encoded=True),
            headers=sent.headers,
            allow_redirects=False,
            skip_auto_headers=["Content-Type"],
        ) as response:
            # The body of another response may be large, and says nothing about CORS.
            body = await _start_of_body(response) if sent.preflight else None
            return HttpResponse(response.status, list(response.headers.items()), body)
    except asyncio.TimeoutError:
        raise CommandError(f"no response from {sent.url} in time; see --timeout") from None
    except (ClientError, OSError, ValueError) as error:
        raise CommandError(f"can't send a request to {sent.url}: {error}") from error


async def _start_of_body(response: ClientResponse) -> bytes:
    body = b""
    # Browsers do not read the body of a preflight's response, so it may be incomplete.
    with contextlib.suppress(ClientError, OSError, asyncio.TimeoutError):
        while len(body) < _QUOTED:
            more = await response.content.read(_QUOTED - len(body))
            if not more:
                break
            body += more
    return body


async def _warnings(browser: _Browser, request: Request, outcome: Outcome) -> list[str]:
    if isinstance(outcome, Failure) or not browser.exchanges:
        return []
    sent, response = browser.exchanges[-1]
    if get(response.headers, "Access-Control-Allow-Origin") is None:
        return []
    # Caches do not store responses to OPTIONS requests.
    warnings = [_VARY] if misses_vary(response.headers) and not sent.preflight else []
    if get(response.headers, "Access-Control-Allow-Origin") == "*":
        return warnings
    if await _is_reflected(browser, request):
        with_credentials = request.credentials == "include"
        warnings.append(_REFLECTED_WITH_CREDENTIALS if with_credentials else _REFLECTED)
    return warnings


async def _is_reflected(browser: _Browser, request: Request) -> bool:
    """Tell whether the server allows an origin that it cannot have listed.

    A request that may change something is not sent again, but only its preflight.
    """
    origin = f"https://{secrets.token_hex(16)}.example"
    again = request._replace(origin=origin)
    nowhere = Printer(None)
    only_preflight = browser.preflight_only or request.method not in ("GET", "HEAD")
    what = "the preflight" if only_preflight else request.method
    browser.notices.line(f"now {what} is sent once more, from an origin made up at random")
    try:
        if not only_preflight:
            silent = _Browser(browser.session, nowhere, nowhere, preflight_only=False)
            return isinstance(await silent.fetch(again), Readable)
        names = unsafe_request_header_names(request.headers)
        response = await _response(
            browser.session, preflight_request(request.url, origin, request.method, names)
        )
    except CommandError:
        return False
    verdict = judge_preflight(
        response.status,
        response.headers,
        origin=origin,
        method=request.method,
        names=names,
        credentials=request.credentials == "include",
    )
    return isinstance(verdict, PreflightGrant)


def _decisive(headers: Any) -> list[tuple[str, str]]:
    others = ("vary", "location", "cors-refused")
    return [
        (name, value)
        for name, value in headers
        if name.lower().startswith("access-control-") or name.lower() in others
    ]


def _print_outcome(printer: Printer, outcome: Outcome, exchanges: Exchanges) -> None:
    if outcome is None:
        sent = "the preflight passes" if exchanges else "nothing was sent"
        printer.line(f"{sent}; --preflight-only stops before the request")
    elif isinstance(outcome, Readable):
        names = ", ".join(name for name, _ in outcome.headers) or "none"
        printer.line(f"readable: status {outcome.status}, headers {names}")
    else:
        printer.line(f"blocked at {outcome.step.value}: {outcome.sentence}")
        quoted = _refusal(outcome, exchanges)
        if quoted:
            printer.line(f"the body of the response to the preflight begins: {quoted}")


def _refusal(outcome: Outcome, exchanges: Exchanges) -> str | None:
    """Return the start of the body of a refused preflight's response, if any."""
    if not isinstance(outcome, Failure) or not exchanges or not exchanges[-1][0].preflight:
        return None
    body: bytes = exchanges[-1][1].body
    return body.decode("utf-8", "replace")


def _as_dict(
    request: Request, outcome: Outcome, exchanges: Exchanges, warnings: list[str]
) -> dict[str, Any]:
    failure = outcome if isinstance(outcome, Failure) else None
    readable = outcome if isinstance(outcome, Readable) else None
    return {
        "url": request.url,
        "origin": request.origin,
        "method": request.method,
        "credentials": request.credentials == "include",
        "readable": None if outcome is None else failure is None,
        "step": failure and failure.step.name,
        "sentence": failure and failure.sentence,
        "refusal": _refusal(outcome, exchanges),
        "readable_headers": [name for name, _ in readable.headers] if readable else [],
        "warnings": warnings,
        "exchanges": [
            {
                "preflight": sent.preflight,
                "method": sent.method,
                "url": sent.url,
                "sent": [list(pair) for pair in sent.headers],
                "status": response.status,
                "received": [list(pair) for pair in _decisive(response.headers)],
            }
            for sent, response in exchanges
        ],
    }
