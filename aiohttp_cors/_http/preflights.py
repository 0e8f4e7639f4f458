"""Reading preflights, and making the responses to preflights and to refused requests."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from aiohttp import hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy, MultiMapping, istr

from .._core.headers import is_token, parse_names
from .._core.quoting import LONGEST_QUOTE, quoted
from .._core.verdict import Denial, Grant, Reason, Terms

ORIGIN = hdrs.ORIGIN
REQUEST_METHOD = hdrs.ACCESS_CONTROL_REQUEST_METHOD
REQUEST_HEADERS = hdrs.ACCESS_CONTROL_REQUEST_HEADERS
REQUEST_PRIVATE_NETWORK = istr("Access-Control-Request-Private-Network")

VARY_PREFLIGHT = ", ".join((hdrs.ORIGIN, REQUEST_METHOD, REQUEST_HEADERS))

#: Says why a request is refused: Chromium shows the headers of a failed preflight, not its body.
CORS_REFUSED = istr("CORS-Refused")
_CONTENT_TYPE_OPTIONS = istr("X-Content-Type-Options")

_REFUSED = "CORS preflight request failed: "
_NO_LINES: list[str] = []
_TEXTS = {
    Reason.NO_ORIGIN: "origin header is not specified in the request",
    Reason.NO_REQUEST_METHOD: "'Access-Control-Request-Method' header is not specified",
    Reason.NO_ORIGIN_LISTED: "no origins are allowed",
}

#: How many parsed preflights are cached, and how many responses to them, and how many characters
#: each preflight may have: clients can make up any number.
_MOST = 64
_SHORT = 500


class Preflight:
    """What a preflight requests: ``method`` with ``headers`` (in upper case), for ``origin``."""

    # The fields of a tuple would be found more slowly.
    __slots__ = ("headers", "is_short", "method", "origin", "private_network")

    def __init__(
        self,
        origin: str,
        method: str,
        headers: frozenset[str],
        private_network: bool = False,
        is_short: bool = True,
    ) -> None:
        self.origin = origin
        self.method = method
        self.headers = headers
        self.private_network = private_network
        #: It has at most `_SHORT` characters, so that its response is cached.
        self.is_short = is_short


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


def read_preflight(headers: MultiMapping[str]) -> Preflight | Denial:
    """Read a preflight (Fetch §3.3.2); return a `Denial` if a header is missing or malformed."""
    origins = headers.getall(ORIGIN, _NO_LINES)
    methods = headers.getall(REQUEST_METHOD, _NO_LINES)
    names = headers.getall(REQUEST_HEADERS, _NO_LINES)
    private_network = headers.get(REQUEST_PRIVATE_NETWORK) == "true"
    if len(origins) == 1 and len(methods) == 1 and len(names) < 2:
        # Only short ones are cached: pages send the same few, and others must not fill the memory.
        origin, method, line = origins[0], methods[0], names[0] if names else ""
        if len(origin) + len(method) + len(line) <= _SHORT:
            return _parse_short(origin, method, line, private_network)
    return _parse(
        ", ".join(origins) if origins else None,
        ", ".join(methods) if methods else None,
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
    # Those of long ones must not fill the memory.
    is_short = type(preflight) is Preflight and preflight.is_short
    if type(verdict) is Denial:
        refuse = _refuse_short if is_short else _refuse
        body, headers = refuse(verdict, preflight)
        return web.Response(status=403, body=body, headers=headers)
    render: Any = _render_short if is_short else _render
    return web.Response(headers=render(verdict.allow_origin, verdict.terms, preflight))


def enforcement_response(origin: str) -> web.Response:
    """Make the response to a request that origin enforcement refuses."""
    sentence = f"cross-origin request refused: origin {quoted(origin)} is not allowed"
    body, headers = _refusal(sentence, hdrs.ORIGIN)
    return web.Response(status=403, body=body, headers=headers)


# A body with its type costs aiohttp less than a text.
def _refusal(sentence: str, vary: str) -> tuple[bytes, CIMultiDictProxy[str]]:
    headers = {
        hdrs.VARY: vary,
        hdrs.CONTENT_TYPE: "text/plain; charset=utf-8",
        _CONTENT_TYPE_OPTIONS: "nosniff",
        CORS_REFUSED: sentence,
    }
    return sentence.encode("ascii"), CIMultiDictProxy(CIMultiDict(headers))


def _refuse(denial: Denial, preflight: Preflight | Denial) -> tuple[bytes, CIMultiDictProxy[str]]:
    return _refusal(refusal_text(denial, preflight), VARY_PREFLIGHT)


_refuse_short = lru_cache(maxsize=_MOST)(_refuse)


def refusal_headers(sentence: str) -> dict[str, str]:
    """Return the headers of a raised refusal, without the Content-Type of its text."""
    return {
        hdrs.VARY: VARY_PREFLIGHT,
        _CONTENT_TYPE_OPTIONS: "nosniff",
        CORS_REFUSED: sentence,
    }


def _render(allow_origin: str, terms: Terms, preflight: Preflight) -> CIMultiDictProxy[str]:
    """Return the headers of the response to a granted preflight (Fetch §3.3.3)."""
    # Only the requested method is listed, because each method has its own preflight.
    headers = CIMultiDict(
        {
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: allow_origin,
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: preflight.method,
            hdrs.VARY: VARY_PREFLIGHT,
        }
    )
    if preflight.headers:
        headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = ",".join(sorted(preflight.headers))
    if terms.credentials:
        headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    if terms.max_age is not None:
        headers[hdrs.ACCESS_CONTROL_MAX_AGE] = terms.max_age
    if preflight.private_network and terms.options.allow_private_network:
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
