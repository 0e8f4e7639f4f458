"""Writing a verdict into the headers of an actual response."""

from __future__ import annotations

from aiohttp import hdrs
from multidict import CIMultiDict, istr

from ._core.verdict import Denial, Grant, Terms, exposable

ALLOW_ORIGIN = hdrs.ACCESS_CONTROL_ALLOW_ORIGIN
ALLOW_CREDENTIALS = hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS
EXPOSE_HEADERS = hdrs.ACCESS_CONTROL_EXPOSE_HEADERS
ORIGIN = hdrs.ORIGIN
VARY = hdrs.VARY

#: What all headers of the protocol begin with.
_CORS_PREFIX = "access-control-"
_ALLOW_METHODS = hdrs.ACCESS_CONTROL_ALLOW_METHODS
_ALLOW_HEADERS = hdrs.ACCESS_CONTROL_ALLOW_HEADERS
_MAX_AGE = hdrs.ACCESS_CONTROL_MAX_AGE
_ALLOW_PRIVATE_NETWORK = istr("Access-Control-Allow-Private-Network")
_TIMING_ALLOW_ORIGIN = istr("Timing-Allow-Origin")


def is_cors_header(name: str) -> bool:
    """Tell whether a verdict may set a header."""
    name = name.lower()
    return name.startswith(_CORS_PREFIX) or name in ("vary", "timing-allow-origin")


def write_verdict(
    headers: CIMultiDict[str], verdict: Grant | Denial, vary: bool, keep: bool
) -> None:
    """Replace all CORS headers of a response by those that ``verdict`` comes to.

    ``vary``: another origin may get another answer. ``keep``: a response that has
    Access-Control-Allow-Origin already is left alone.
    """
    if keep and ALLOW_ORIGIN in headers:
        return
    # Whoever else set some, one layer decides. (A loop would take longer than all the rest.)
    if (
        ALLOW_ORIGIN in headers
        or ALLOW_CREDENTIALS in headers
        or EXPOSE_HEADERS in headers
        or _ALLOW_METHODS in headers
        or _ALLOW_HEADERS in headers
        or _MAX_AGE in headers
        or _ALLOW_PRIVATE_NETWORK in headers
    ):
        _remove(headers)
    if type(verdict) is Grant:
        terms = verdict.terms
        if terms.plain:
            headers[ALLOW_ORIGIN] = verdict.allow_origin
        else:
            _write_terms(headers, verdict.allow_origin, terms)
    if vary and headers.setdefault(VARY, ORIGIN) is not ORIGIN:
        _merge_vary(headers)


def _write_terms(headers: CIMultiDict[str], allow_origin: str, terms: Terms) -> None:
    # Before ours: the response's own headers are what is exposed.
    exposed = exposable(tuple(headers)) if terms.exposes_all else terms.exposed
    headers[ALLOW_ORIGIN] = allow_origin
    if terms.credentials:
        headers[ALLOW_CREDENTIALS] = "true"
    if exposed is not None:
        headers[EXPOSE_HEADERS] = exposed
    if terms.timing:
        headers[_TIMING_ALLOW_ORIGIN] = allow_origin


def _remove(headers: CIMultiDict[str]) -> None:
    for name in {name for name in headers if name.lower().startswith(_CORS_PREFIX)}:
        headers.popall(name, None)


def _merge_vary(headers: CIMultiDict[str]) -> None:
    """Add Origin to what ``Vary`` says already.

    A cache would serve one origin's answer to another otherwise (RFC 9110 §12.5.5).
    """
    by_lower: dict[str, str] = {}
    for line in headers.getall(VARY):
        for name in line.split(","):
            if name.strip():
                by_lower.setdefault(name.strip().lower(), name.strip())
    by_lower.setdefault("origin", ORIGIN)
    headers[VARY] = "*" if "*" in by_lower else ", ".join(by_lower.values())
