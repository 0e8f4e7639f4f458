"""Writing a verdict into the headers of an actual response."""

from __future__ import annotations

from aiohttp import hdrs
from multidict import CIMultiDict, istr

from .._core.verdict import Denial, Grant, exposable_of_response

ALLOW_ORIGIN = hdrs.ACCESS_CONTROL_ALLOW_ORIGIN
ALLOW_CREDENTIALS = hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS
EXPOSE_HEADERS = hdrs.ACCESS_CONTROL_EXPOSE_HEADERS
ORIGIN = hdrs.ORIGIN
VARY = hdrs.VARY

_TIMING_ALLOW_ORIGIN = istr("Timing-Allow-Origin")


def is_cors_header(name: str) -> bool:
    """Tell whether the library may set a header."""
    name = name.lower()
    return name.startswith("access-control-") or name in (
        "cors-refused",
        "timing-allow-origin",
        "vary",
    )


def write_verdict(
    headers: CIMultiDict[str], verdict: Grant | Denial, vary: bool, keep: bool
) -> None:
    """Replace the CORS headers that browsers read in a response by those of ``verdict``.

    ``vary``: other origins may get another verdict. ``keep``: a response that already has
    Access-Control-Allow-Origin is left alone.
    """
    if keep and ALLOW_ORIGIN in headers:
        return
    if type(verdict) is Grant:
        terms = verdict.terms
        if terms.only_allow_origin:
            # Exactly one layer decides, so headers of another one are removed.
            if ALLOW_CREDENTIALS in headers or EXPOSE_HEADERS in headers:
                _remove(headers)
            headers[ALLOW_ORIGIN] = verdict.allow_origin
        else:
            # The names are read before the library adds its own headers.
            exposed = exposable_of_response(*headers) if terms.exposes_all else terms.exposed
            headers[ALLOW_ORIGIN] = verdict.allow_origin
            if terms.credentials:
                headers[ALLOW_CREDENTIALS] = "true"
            elif ALLOW_CREDENTIALS in headers:
                del headers[ALLOW_CREDENTIALS]
            if exposed is not None:
                headers[EXPOSE_HEADERS] = exposed
            elif EXPOSE_HEADERS in headers:
                del headers[EXPOSE_HEADERS]
            if terms.timing:
                headers[_TIMING_ALLOW_ORIGIN] = verdict.allow_origin
    elif ALLOW_ORIGIN in headers:
        # Browsers ignore the others if it is missing.
        del headers[ALLOW_ORIGIN]
        _remove(headers)
    if vary and headers.setdefault(VARY, ORIGIN) is not ORIGIN:
        _merge_vary(headers)


def _remove(headers: CIMultiDict[str]) -> None:
    headers.popall(ALLOW_CREDENTIALS, None)
    headers.popall(EXPOSE_HEADERS, None)


def _merge_vary(headers: CIMultiDict[str]) -> None:
    """Add Origin to the names that ``Vary`` already has.

    Otherwise a cache would serve one origin's response to another (RFC 9110 §12.5.5).
    """
    by_lower: dict[str, str] = {}
    for line in headers.getall(VARY):
        for name in line.split(","):
            if name.strip():
                by_lower.setdefault(name.strip().lower(), name.strip())
    by_lower.setdefault("origin", ORIGIN)
    headers[VARY] = "*" if "*" in by_lower else ", ".join(by_lower.values())
