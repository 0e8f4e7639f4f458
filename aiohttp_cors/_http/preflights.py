"""Preflights in HTTP: reading one, and the responses to preflights and to refused requests."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, cast

from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy, MultiMapping, istr

from .._core.headers import is_token, parse_names
from .._core.quoting import LONGEST_QUOTE, quoted
from .._core.verdict import Denial, Grant, Reason, Terms

REQUEST_METHOD = hdrs.ACCESS_CONTROL_REQUEST_METHOD
REQUEST_HEADERS = hdrs.ACCESS_CONTROL_REQUEST_HEADERS
REQUEST_PRIVATE_NETWORK = istr("Access-Control-Request-Private-Network")

VARY_PREFLIGHT = ", ".join((hdrs.ORIGIN, REQUEST_METHOD, REQUEST_HEADERS))

#: Holds the sentence of a refusal: Chromium shows the headers of a failed preflight, not its body.
CORS_REFUSED = istr("CORS-Refused")
_CONTENT_TYPE_OPTIONS = istr("X-Content-Type-Options")

_REFUSED = "CORS preflight request failed: "
_TEXTS = {
    Reason.NO_ORIGIN: "origin header is not specified in the request",
    Reason.NO_REQUEST_METHOD: "'Access-Control-Request-Method' header is not specified",
    Reason.NO_ORIGIN_LISTED: "no origins are allowed",
}

#: What is parsed and rendered is cached for preflights of so many characters.
_SHORT = 500


class Preflight(NamedTuple):
    """What a preflight asks: may ``origin`` use ``method`` with ``headers`` (in upper case)?"""

    origin: str
    method: str
    headers: frozenset[str]
    private_network: bool = False


def joined(headers: MultiMapping[str], name: str) -> str | None:
    """Return the field lines of ``name`` as one text (RFC 9110 §5.3), or None without any."""
    lines = headers.getall(name, None)
    if lines is None:
        return None
    return lines[0] if len(lines) == 1 else ", ".join(lines)


def is_preflight(request: web.Request) -> bool:
    """Tell whether a request is a preflight (Fetch §3.3.2)."""
    headers = request.headers
    return (
        request.method == hdrs.METH_OPTIONS and hdrs.ORIGIN in headers and REQUEST_METHOD in headers
    )


def read_preflight(request: web.Request) -> Preflight | Denial:
    """Read the headers of a preflight; a `Denial` if they are not those of one (Fetch §3.3.2)."""
    headers: MultiMapping[str] = request.headers
    if not isinstance(headers, CIMultiDictProxy):
        # Unit tests of applications call a view's options() with a plain dict.
        headers = CIMultiDict(headers)
    lines = (
        tuple(headers.getall(hdrs.ORIGIN, ())),
        tuple(headers.getall(REQUEST_METHOD, ())),
        tuple(headers.getall(REQUEST_HEADERS, ())),
        headers.get(REQUEST_PRIVATE_NETWORK) == "true",
    )
    # Pages send the same few over and over; long ones must not fill the memory.
    size = 0
    for field in lines[:3]:
        for line in field:
            size += len(line)
    return _parse_short(*lines) if size <= _SHORT else _parse(*lines)


def _parse(
    origins: tuple[str, ...],
    methods: tuple[str, ...],
    headers: tuple[str, ...],
    private_network: bool,
) -> Preflight | Denial:
    if not origins:
        return Denial(Reason.NO_ORIGIN)
    if not methods:
        return Denial(Reason.NO_REQUEST_METHOD)
    method = ", ".join(methods)
    if not is_token(method):
        return Denial(Reason.MALFORMED_METHOD)
    names = parse_names(", ".join(headers))
    if names is None:
        return Denial(Reason.MALFORMED_HEADERS)
    return Preflight(", ".join(origins), method, names, private_network)


_parse_short = lru_cache(maxsize=256)(_parse)


def preflight_response(verdict: Grant | Denial, asked: Preflight | Denial) -> web.Response:
    """Make the response to a preflight that asks for ``asked``."""
    if type(verdict) is Grant and type(asked) is Preflight:
        origin, method, names, private_network = asked
        # Longer ones are not sent by pages, and must not fill the memory.
        short = len(origin) + len(method) + len("".join(names)) <= _SHORT
        render = _render_short if short else _render
        headers = render(verdict.allow_origin, verdict.terms, method, names, private_network)
        return web.Response(headers=headers)
    return _refusal(refusal_text(cast(Denial, verdict), asked), VARY_PREFLIGHT)


def guard_response(origin: str) -> web.Response:
    """Make the response to a request that origin enforcement refuses."""
    sentence = f"cross-origin request refused: origin {quoted(origin)} is not allowed"
    return _refusal(sentence, hdrs.ORIGIN)


def _refusal(sentence: str, vary: str) -> web.Response:
    # A body with its type costs aiohttp less than a text.
    headers = refusal_headers(sentence, vary)
    headers[hdrs.CONTENT_TYPE] = "text/plain; charset=utf-8"
    return web.Response(status=403, body=sentence.encode("ascii"), headers=headers)


def refusal_headers(sentence: str, vary: str = VARY_PREFLIGHT) -> dict[str, str]:
    """Return the headers of a 403 that the library writes, beside the type of its body."""
    return {hdrs.VARY: vary, _CONTENT_TYPE_OPTIONS: "nosniff", CORS_REFUSED: sentence}


def _render(
    allow_origin: str, terms: Terms, method: str, names: frozenset[str], private_network: bool
) -> CIMultiDictProxy[str]:
    """Render the headers of a granted preflight (Fetch §3.3.3)."""
    # For the method that was asked for, and no other: each method has its own preflight.
    headers = CIMultiDict(
        {
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: allow_origin,
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: method,
            hdrs.VARY: VARY_PREFLIGHT,
        }
    )
    if names:
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(sorted(names))
    if terms.credentials:
        headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    if terms.max_age is not None:
        headers[hdrs.ACCESS_CONTROL_MAX_AGE] = terms.max_age
    if private_network and terms.options.allow_private_network:
        headers["Access-Control-Allow-Private-Network"] = "true"
    return CIMultiDictProxy(headers)


_render_short = lru_cache(maxsize=256)(_render)


def refusal_text(denial: Denial, asked: Preflight | Denial) -> str:
    """Say why a preflight is refused, in words that applications match."""
    reason = denial.reason
    origin, method = (asked.origin, asked.method) if type(asked) is Preflight else ("", "")
    if reason is Reason.ORIGIN_NOT_LISTED:
        return f"{_REFUSED}origin {quoted(origin)} is not allowed"
    if reason is Reason.METHOD_NOT_SHARED:
        # Together they are not longer than one quote.
        origin = origin[: LONGEST_QUOTE - len(method[:LONGEST_QUOTE])]
        return f"{_REFUSED}request method {quoted(method)} is not allowed for {origin!a} origin"
    if reason is Reason.HEADERS_NOT_ALLOWED:
        return f"{_REFUSED}headers are not allowed: {', '.join(denial.names)[:LONGEST_QUOTE]}"
    # What is not a token, or not visible, is not quoted at all.
    return _REFUSED + str(_TEXTS.get(reason, reason.value))
