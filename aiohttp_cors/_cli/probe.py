"""Asking a live server as a browser would, and saying what the browser would do."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import time
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from .._browser.cors_protocol import Failure, PreflightGrant, get, judge_preflight, misses_vary
from .._browser.fetch import (
    HttpRequest,
    HttpResponse,
    Readable,
    Request,
    fetch,
    origin_of,
    preflight_request,
)
from .._browser.preflight_cache import PreflightCache
from .._browser.safelist import unsafe_request_header_names
from .._core.headers import is_forbidden_request_header, is_token
from .._core.methods import is_usable_method, normalize_method
from .._core.origins import is_serialized_origin
from .application import CommandError, header_pairs
from .output import plain, print_json

_LONGEST_TIMEOUT = 3600

Exchanges = list[tuple[HttpRequest, HttpResponse]]

_VARY = (
    "a cache may hand the answer to a page of another origin; the server has to send 'Vary: Origin'"
)
_REFLECTED = "the server allows any origin, even one made up at random; list the ones you mean"
_REFLECTED_WITH_CREDENTIALS = (
    "the server allows any origin with credentials, even one made up at random: any website can "
    "read answers made for the user's cookies; list the ones you mean"
)


async def probe(arguments: argparse.Namespace) -> int:
    """Print what a browser would do, step by step; 1 if it blocks the page."""
    request = _request(arguments)
    timeout = ClientTimeout(total=arguments.timeout)
    async with ClientSession(timeout=timeout, cookie_jar=DummyCookieJar()) as session:
        exchanges: Exchanges = []
        try:
            outcome = await _browse(session, request, exchanges)
        except CommandError:
            # What was seen until then may say why.
            _print_exchanges(exchanges)
            raise
        warnings = await _warnings(session, request, outcome, exchanges)
    if arguments.json:
        print_json(_as_dict(request, outcome, exchanges, warnings))
    else:
        _print(request, outcome, exchanges, warnings)
    return int(isinstance(outcome, Failure))


def _request(arguments: argparse.Namespace) -> Request:
    headers = tuple(header_pairs(arguments.headers))
    try:
        url = str(URL(arguments.url).with_fragment(None))
        origin_of(url)
        if "@" in URL(url).raw_authority:
            raise ValueError("no script can ask for a URL with a user name")
    except ValueError as error:
        raise CommandError(f"URL can't be asked: {error}") from error
    if arguments.origin != "null" and not is_serialized_origin(arguments.origin):
        raise CommandError(
            f"--origin must be an origin as browsers write it, got {arguments.origin!r}; write "
            "https://app.example.com, without path or slash, in lower case"
        )
    if not is_usable_method(arguments.method):
        raise CommandError(f"--method must be one that scripts may use, got {arguments.method!r}")
    for name, value in headers:
        if not is_token(name) or is_forbidden_request_header(name, value):
            raise CommandError(f"--header: no script can set {name!r}")
    if not 0 < arguments.timeout <= _LONGEST_TIMEOUT:
        raise CommandError(
            f"--timeout must be seconds, up to {_LONGEST_TIMEOUT}, got {arguments.timeout}"
        )
    credentials = "include" if arguments.credentials else "omit"
    method = normalize_method(arguments.method)
    return Request(url, arguments.origin, method, headers, None, credentials)


async def _browse(
    session: ClientSession, request: Request, exchanges: Exchanges
) -> Readable | Failure:
    """Do what a browser does, and keep what goes over the network in ``exchanges``."""
    steps = fetch(request, PreflightCache(time.monotonic))
    sent = next(steps)
    while True:
        response = await _send(session, sent)
        exchanges.append((sent, response))
        try:
            sent = steps.send(response)
        except StopIteration as stop:
            outcome: Readable | Failure = stop.value
            return outcome


async def _send(session: ClientSession, sent: HttpRequest) -> HttpResponse:
    if sent.method != sent.method.upper():
        raise CommandError(f"could not ask {sent.url}: methods are sent in upper case; write it so")
    try:
        async with session.request(
            sent.method,
            sent.url,
            headers=sent.headers,
            allow_redirects=False,
            skip_auto_headers=["Content-Type"],
        ) as response:
            # The body may be large, and says nothing about CORS.
            return HttpResponse(response.status, list(response.headers.items()))
    except asyncio.TimeoutError:
        raise CommandError(f"could not ask {sent.url}: no answer in time; see --timeout") from None
    except (ClientError, OSError, ValueError) as error:
        raise CommandError(f"could not ask {sent.url}: {plain(str(error))}") from error


async def _warnings(
    session: ClientSession,
    request: Request,
    outcome: Readable | Failure,
    exchanges: Exchanges,
) -> list[str]:
    last = exchanges[-1][1].headers
    if isinstance(outcome, Failure) or get(last, "Access-Control-Allow-Origin") is None:
        return []
    warnings = [_VARY] if misses_vary(last) else []
    if get(last, "Access-Control-Allow-Origin") == "*":
        return warnings
    if await _is_reflected(session, request):
        with_credentials = request.credentials == "include"
        warnings.append(_REFLECTED_WITH_CREDENTIALS if with_credentials else _REFLECTED)
    return warnings


async def _is_reflected(session: ClientSession, request: Request) -> bool:
    """Tell whether the server allows an origin that nobody can have listed.

    A request that may change something is not sent again: its preflight tells.
    """
    origin = f"https://{secrets.token_hex(16)}.example"
    include = request.credentials == "include"
    try:
        if request.method in ("GET", "HEAD"):
            found = await _browse(session, request._replace(origin=origin), [])
            return isinstance(found, Readable)
        names = unsafe_request_header_names(request.headers)
        response = await _send(
            session, preflight_request(request.url, origin, request.method, names)
        )
    except CommandError:
        return False
    verdict = judge_preflight(
        response.status,
        response.headers,
        origin=origin,
        method=request.method,
        names=names,
        credentials=include,
    )
    return isinstance(verdict, PreflightGrant)


def _decisive(headers: Any) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in headers
        if name.lower().startswith("access-control-") or name.lower() in ("vary", "location")
    ]


def _print(
    request: Request, outcome: Readable | Failure, exchanges: Exchanges, warnings: list[str]
) -> None:
    mode = " with credentials" if request.credentials == "include" else ""
    print(f"{request.method} {plain(request.url)} from {request.origin}{mode}")
    if not exchanges[0][0].preflight:
        print("no preflight: a browser sends none for it")
    _print_exchanges(exchanges)
    if isinstance(outcome, Failure):
        print(f"blocked at {outcome.step.value}: {outcome.sentence}")
    else:
        names = ", ".join(plain(name) for name, _ in outcome.headers) or "none"
        print(f"readable: status {outcome.status}, headers {names}")
    for warning in warnings:
        print(f"warning: {warning}")


def _print_exchanges(exchanges: Exchanges) -> None:
    for sent, response in exchanges:
        title = "preflight" if sent.preflight else "request"
        print(f"{title}: {sent.method} {plain(sent.url)}")
        for name, value in sent.headers:
            if name.lower() == "origin" or name.lower().startswith("access-control-"):
                print(f"  > {name}: {plain(value)}")
        print(f"  < {response.status}")
        for name, value in _decisive(response.headers):
            print(f"  < {plain(name)}: {plain(value)}")


def _as_dict(
    request: Request, outcome: Readable | Failure, exchanges: Exchanges, warnings: list[str]
) -> dict[str, Any]:
    failed = isinstance(outcome, Failure)
    return {
        "url": request.url,
        "origin": request.origin,
        "method": request.method,
        "credentials": request.credentials == "include",
        "readable": not failed,
        "step": outcome.step.name if isinstance(outcome, Failure) else None,
        "sentence": outcome.sentence if isinstance(outcome, Failure) else None,
        "readable_headers": [] if isinstance(outcome, Failure) else [n for n, _ in outcome.headers],
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
