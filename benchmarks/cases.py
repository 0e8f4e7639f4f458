"""What is measured: configs, and the requests that are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

GOOD = "https://app.example"
EVIL = "https://evil.example"
ASKING = {
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "x-a,x-b,x-c",
}

#: Origins to options, as keywords.
Config = Mapping[str, Mapping[str, Any]]

LISTED: Config = {GOOD: {"allow_headers": ["X-A", "X-B", "X-C"]}}
ANYONE: Config = {"*": {}}
ANYONE_WITH_CREDENTIALS: Config = {"*": {"allow_credentials": True, "expose_headers": "*"}}
MANY_ORIGINS: Config = {**{f"https://o{number}.example": {} for number in range(100_000)}, **LISTED}
PATTERNS: Config = {f"https://*.tenant{number}.example": {} for number in range(10_000)}
TWENTY_PATTERNS: Config = {**{f"https://*.t{number}.example": {} for number in range(20)}, **LISTED}


class Case(NamedTuple):
    """Requests to an application."""

    name: str
    config: Config
    origin: str | None = GOOD
    method: str = "GET"
    #: None: one of all routes at random.
    path: str | None = "/hello"
    routes: int = 1
    #: ``cors.add(app)`` instead of adding each route; for this library alone.
    whole: bool = False
    #: ... with ``enforce=True``.
    enforce: bool = False
    #: The routes are those of a sub-application.
    inside: bool = False
    #: Whether the responses must have Access-Control-Allow-Origin.
    granted: bool = True

    @property
    def preflight(self) -> bool:
        """Tell whether the requests are preflights."""
        return self.method == "OPTIONS"

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of a request."""
        headers = {} if self.origin is None else {"Origin": self.origin}
        return {**headers, **ASKING} if self.preflight else headers


CASES = {
    "a": Case("no Origin", LISTED, None, granted=False),
    "b": Case("allowed origin", LISTED),
    "c": Case("refused origin", LISTED, EVIL, granted=False),
    "d": Case('"*" without credentials', ANYONE),
    "e": Case('"*", exposed "*", credentials', ANYONE_WITH_CREDENTIALS),
    "f": Case("preflight allowed, 3 headers", LISTED, method="OPTIONS"),
    "g": Case("preflight refused", LISTED, EVIL, method="OPTIONS", granted=False),
    "h": Case("route without CORS", LISTED, path="/plain", granted=False),
    "i": Case("view", LISTED, path="/view"),
    "j": Case("10 000 routes", LISTED, path=None, routes=10_000),
    "k": Case("100 000 origins", MANY_ORIGINS),
    "p": Case("10 000 patterns", PATTERNS, "https://www.tenant7.example"),
    "s": Case("covered sub-application", LISTED, path="/inside/hello", whole=True, inside=True),
    "t": Case(
        "preflight of a covered sub-application",
        LISTED,
        method="OPTIONS",
        path="/inside/hello",
        whole=True,
        inside=True,
    ),
    "w": Case(
        "whole application, 20 patterns, enforced", TWENTY_PATTERNS, whole=True, enforce=True
    ),
}
