"""Reading preflights, and making the responses to preflights and to refused requests."""

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

#: Says why a request is refused: Chromium shows the headers of a failed preflight, not its body.
CORS_REFUSED = istr("CORS-Refused")
_CONTENT_TYPE_OPTIONS = istr("X-Content-Type-Options")

_REFUSED = "CORS preflight request failed: "
_TEXTS = {
    Reason.NO_ORIGIN: "origin header is not specified in the request",
    Reason.NO_REQUEST_METHOD: "'Access-Control-Request-Method' header is not specified",
    Reason.NO_ORIGIN_LISTED: "no origins are allowed",
}

_NO_LINES: list[str] = []

#: How many parsed preflights are cached, and how many responses to them, and how many characters
#: each preflight may have: clients can make up any number.
_MOST = 64
_SHORT = 500


class Preflight(NamedTuple):
    """What a preflight requests: ``method`` with ``headers`` (in upper case), for ``origin``."""

    origin: str
    method: str
    headers: frozenset[str]
    private_network: bool = False
    #: It has at most `_SHORT` characters, so that its response is cached.
    is_short: bool = True


def joined(headers: MultiMapping[str], name: str) -> str | None:
    """Return all field lines of ``name`` as one text (RFC 9110 §5.3), or None if there are none."""
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
    """Read a preflight (Fetch §3.3.2); return a `Denial` if a header is missing or malformed."""
    headers: MultiMapping[str] = request.headers
    if not isinstance(headers, CIMultiDictProxy):
        # Unit tests of applications call a view's options() with a plain dict.
        headers = CIMultiDict(headers)
    origin = headers.getall(hdrs.ORIGIN, _NO_LINES)
    method = headers.getall(REQUEST_METHOD, _NO_LINES)
    names = headers.getall(REQUEST_HEADERS, _NO_LINES)
    private_network = headers.get(REQUEST_PRIVATE_NETWORK) == "true"
    if len(origin) == len(method) == 1 and len(names) <= 1:
        # Only short ones are cached: pages send the same few, and others must not fill the memory.
        line = names[0] if names else ""
        if len(origin[0]) + len(method[0]) + len(line) <= _SHORT:
            return _parse_short(origin[0], method[0], line, private_network)
    return _parse(
        ", ".join(origin) if origin else None,
        ", ".join(method) if method else None,
        ", ".join(names),
        private_network,
    )


def _parse(
    origin: str | None, method: str | None, headers: str, private_network: bool
) -> Preflight | Denial:
    if origin is None:
        return Denial(Reason.NO_ORIGIN)
    if method is None:
        return Denial(Reason.NO_REQUEST_METHOD)
    if not is_token(method):
        return Denial(Reason.MALFORMED_METHOD)
    names = parse_names(headers)
    if names is None:
        return Denial(Reason.MALFORMED_HEADERS)
    is_short = len(origin) + len(method) + len(headers) <= _SHORT
    return Preflight(origin, method, names, private_network, is_short)


_parse_short = lru_cache(maxsize=_MOST)(_parse)


def preflight_response(verdict: Grant | Denial, preflight: Preflight | Denial) -> web.Response:
    """Make the response to a preflight; ``verdict`` is the decision about it."""
    if type(verdict) is Grant and type(preflight) is Preflight:
        # Responses to long preflights are not cached, because they must not fill the memory.
        render = _render_short if preflight.is_short else _render
        return web.Response(headers=render(verdict.allow_origin, verdict.terms, preflight))
    return _refusal(refusal_text(cast(Denial, verdict), preflight), VARY_PREFLIGHT)


def enforcement_response(origin: str) -> web.Response:
    """Make the response to a request that origin enforcement refuses."""
    sentence = f"cross-origin request refused: origin {quoted(origin)} is not allowed"
    return _refusal(sentence, hdrs.ORIGIN)


def _refusal(sentence: str, vary: str) -> web.Response:
    # For aiohttp, a body with a Content-Type header costs less than a text.
    headers = {
        hdrs.VARY: vary,
        hdrs.CONTENT_TYPE: "text/plain; charset=utf-8",
        _CONTENT_TYPE_OPTIONS: "nosniff",
        CORS_REFUSED: sentence,
    }
    return web.Response(status=403, body=sentence.encode("ascii"), headers=headers)


def refusal_headers(sentence: str) -> dict[str, str]:
    """Return the headers of a raised refusal, without the Content-Type of its text."""
    return {
        hdrs.VARY: VARY_PREFLIGHT,
        _CONTENT_TYPE_OPTIONS: "nosniff",
        CORS_REFUSED: sentence,
    }


def _render(allow_origin: str, terms: Terms, preflight: Preflight) -> CIMultiDictProxy[str]:
    """Return the headers of the response to a granted preflight (Fetch §3.3.3)."""
    _, method, names, private_network, _ = preflight
    # Only the requested method is listed, because each method has its own preflight.
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


_render_short = lru_cache(maxsize=_MOST)(_render)


def refusal_text(denial: Denial, preflight: Preflight | Denial) -> str:
    """Say why a preflight is refused. Applications match these words, so they stay the same."""
    reason = denial.reason
    origin, method = (
        (preflight.origin, preflight.method) if type(preflight) is Preflight else ("", "")
    )
    if reason is Reason.ORIGIN_NOT_LISTED:
        return f"{_REFUSED}origin {quoted(origin)} is not allowed"
    if reason is Reason.METHOD_NOT_SHARED:
        # Together, they are not longer than one quote.
        origin = origin[: LONGEST_QUOTE - len(method[:LONGEST_QUOTE])]
        return f"{_REFUSED}request method {quoted(method)} is not allowed for {origin!a} origin"
    if reason is Reason.HEADERS_NOT_ALLOWED:
        return f"{_REFUSED}headers are not allowed: {', '.join(denial.names)[:LONGEST_QUOTE]}"
    # Malformed text is not quoted at all.
    return _REFUSED + str(_TEXTS.get(reason, reason.value))
