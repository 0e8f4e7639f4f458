"""The requests that agents watch; the application is in ``programs/shop.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

ORIGIN = "https://app.example.com"
UNLISTED = "https://evil.example"


class Request(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]


def actual(path: str, *, method: str = "GET", origin: str = ORIGIN) -> Request:
    return Request(method, path, {"Origin": origin})


def preflight(path: str, *, method: str = "GET", origin: str = ORIGIN) -> Request:
    return Request("OPTIONS", path, {"Origin": origin, "Access-Control-Request-Method": method})


ACTUAL = {
    "GET of a route": actual("/hello"),
    "GET without an origin": Request("GET", "/hello", {}),
    "GET from an unlisted origin": actual("/hello", origin=UNLISTED),
    "GET of a dynamic route": actual("/items/7"),
    "GET of a view": actual("/view"),
    "GET of a route that was not added": actual("/unadded"),
    "GET in an application that was set up": actual("/stock/items/7"),
    "GET in an application that was not": actual("/news/hello"),
    "404": actual("/nowhere"),
    "404 in a sub-application": actual("/stock/nowhere"),
    "405": actual("/hello", method="DELETE"),
}

#: Preflights that get their response before the middlewares.
EARLY = {
    "preflight of a route": preflight("/hello"),
    "the same preflight again": preflight("/hello"),
    "preflight of a dynamic route": preflight("/items/7"),
    "preflight of a view": preflight("/view"),
    "preflight in an application that was set up": preflight("/stock/items/7"),
    "preflight in an application that was not": preflight("/news/hello"),
    "preflight from an unlisted origin": preflight("/hello", origin=UNLISTED),
    "preflight of a view from an unlisted origin": preflight("/view", origin=UNLISTED),
    "preflight for a method without a route": preflight("/hello", method="PUT"),
}

#: Other OPTIONS requests.
LATE = {
    "preflight of a route that was not added": preflight("/unadded"),
    "preflight of a path that is not there": preflight("/nowhere"),
    "OPTIONS that is not a preflight": Request("OPTIONS", "/hello", {}),
}

OPTIONS = {**EARLY, **LATE}

#: The route behind this path refuses origins that are not listed, where a run has ``enforce``.
GUARDED = {
    "enforced GET": actual("/enforced"),
    "enforced GET from an unlisted origin": actual("/enforced", origin=UNLISTED),
}

REQUESTS = {**ACTUAL, **OPTIONS, **GUARDED}
