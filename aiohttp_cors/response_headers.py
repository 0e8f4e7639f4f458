"""Writing a verdict into the headers of an actual response."""

from __future__ import annotations

from aiohttp import hdrs
from multidict import CIMultiDict, istr

from ._core.verdict import Denial, Grant, exposable

#: What a browser may take for a verdict. Whoever else set it, one layer decides.
_CORS_HEADERS = (
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN,
    hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS,
    hdrs.ACCESS_CONTROL_EXPOSE_HEADERS,
    hdrs.ACCESS_CONTROL_ALLOW_METHODS,
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS,
    hdrs.ACCESS_CONTROL_MAX_AGE,
)
_TIMING_ALLOW_ORIGIN = istr("Timing-Allow-Origin")


def write_verdict(headers: CIMultiDict[str], verdict: Grant | Denial) -> None:
    """Replace all CORS headers of a response by those that ``verdict`` comes to."""
    for name in _CORS_HEADERS:
        if name in headers:
            del headers[name]
    if isinstance(verdict, Denial):
        return
    terms = verdict.terms
    # Before ours: the response's own headers are what is exposed.
    exposed = exposable(headers) if terms.exposes_all else terms.exposed
    headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = verdict.allow_origin
    if terms.credentials:
        headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    if exposed is not None:
        headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = exposed
    if terms.timing:
        headers[_TIMING_ALLOW_ORIGIN] = verdict.allow_origin


def vary_by_origin(headers: CIMultiDict[str]) -> None:
    """Say that the response depends on Origin, keeping what ``Vary`` says already.

    A cache would serve one origin's answer to another otherwise (RFC 9110 §12.5.5).
    """
    if headers.setdefault(hdrs.VARY, hdrs.ORIGIN) is hdrs.ORIGIN:
        return
    by_lower: dict[str, str] = {}
    for line in headers.getall(hdrs.VARY):
        for name in line.split(","):
            if name.strip():
                by_lower.setdefault(name.strip().lower(), name.strip())
    by_lower.setdefault("origin", hdrs.ORIGIN)
    headers[hdrs.VARY] = "*" if "*" in by_lower else ", ".join(by_lower.values())
