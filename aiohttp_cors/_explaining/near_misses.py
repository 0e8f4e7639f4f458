"""Near misses: a listed origin or a path with a route that is almost that of the request."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from aiohttp import web

from .._checks.unusable_origins import unusable_origin
from .._core.options import ResourceOptions
from .._core.origins import DEFAULT_PORTS, origin_text
from .._http.hooks import announced, plainly, set_match_info
from .._routing.layers import Layer
from .._routing.routes import inner_application, methods_of
from .case import Case
from .dry_run import url_of

_PARTS = re.compile(r"(?P<scheme>[^:/]+)://(?P<host>\[[^\]]*\]|[^:/]*)(?::(?P<port>[^/]*))?")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class NearOrigin(NamedTuple):
    """A listed origin that is almost that of the page."""

    key: str
    options: ResourceOptions
    source: str
    #: What differs, as the end of a sentence.
    difference: str


def near_origin(origin: str, layers: Iterable[Layer]) -> NearOrigin | None:
    """Find a listed origin that is almost ``origin``; None if there is none."""
    for layer in layers:
        for key, options in layer.table.config.items():
            if isinstance(key, str) and key != "*":
                difference = _difference(key, origin)
                if difference is not None:
                    return NearOrigin(key, options, layer.source, difference)
    return None


def _difference(key: str, origin: str) -> str | None:
    """Say why a listed origin does not match ``origin``, if they differ in one thing only."""
    unusable = unusable_origin(key)
    if unusable is not None:
        if origin not in unusable.meant:
            return None
        return unusable.message[0].lower() + unusable.message[1:].removesuffix(".")
    listed, sent = _PARTS.fullmatch(key), _PARTS.fullmatch(origin)
    if listed is None or sent is None:
        return None
    if key.lower() == origin.lower():
        return "its upper and lower case are not those of the page"
    scheme, host, port = (_same(listed, sent, part) for part in ("scheme", "host", "port"))
    hosts = {listed["host"], sent["host"]}
    if host and port and not scheme:
        return f"its scheme is {listed['scheme']}, and the page's is {sent['scheme']}"
    if host and scheme and not port:
        return f"its port is {_port(listed)}, and the page's is {_port(sent)}"
    if not scheme or not port:
        return None
    if _bare(listed["host"]) == _bare(sent["host"]):
        return f"its host is {listed['host']}, and the page's is {sent['host']}"
    if listed["host"] == f"*.{sent['host']}":
        return "a wildcard never matches the domain itself"
    if hosts <= set(_LOOPBACK):
        return f"{listed['host']} and {sent['host']} are different origins for a browser"
    return None


def _same(listed: re.Match[str], sent: re.Match[str], part: str) -> bool:
    if part == "port":
        # Both may leave out the default port of their scheme.
        return listed["port"] == "*" or listed["port"] == sent["port"]
    if part == "host" and listed["host"].startswith("*."):
        return sent["host"].endswith(listed["host"][1:])
    return listed[part] == sent[part]


def _port(parts: re.Match[str]) -> str:
    return parts["port"] or str(DEFAULT_PORTS.get(parts["scheme"], "the default one"))


def _bare(host: str) -> str:
    return host.removeprefix("www.")


# Paths


async def match_for(
    app: web.Application, request: web.Request, method: str
) -> web.UrlMappingMatchInfo:
    """Return the match info that ``request`` would get with ``method``."""
    sent = announced(request, method)
    set_match_info(sent, None)
    match = await plainly(app.router.resolve, sent)
    match.add_app(app)
    return match


async def methods_at(case: Case) -> tuple[str, list[str]] | None:
    """Return the canonical path of a request, and the methods that have a route there.

    None if no method has one.
    """
    route = case.match.route
    if route.resource is not None:
        return route.resource.canonical, methods_of(route)
    error = case.match.http_exception
    if not isinstance(error, web.HTTPMethodNotAllowed):
        return None
    found: dict[str, None] = {}
    path = case.path
    for method in sorted(error.allowed_methods):
        other = (await match_for(case.app, case.step.request, method)).route
        if other.resource is not None and methods_of(other):
            path = other.resource.canonical
            found[method] = None
    if "GET" in found:
        # add_get() adds it too.
        found.pop("HEAD", None)
    return path, list(found)


async def near_path(case: Case) -> str | None:
    """Return a path that has a route and is almost that of the request, or None."""
    path = case.path.partition("?")[0]
    slashes = re.sub("/+", "/", path)
    for other in (f"{path}/", path.rstrip("/") or "/", slashes, f"{slashes}/"):
        if other != path and await _is_routed(case, other):
            return other
    known = sorted({each for each in _paths(case.app) if "{" not in each})
    behind = [each for each in known if path != "/" and each.endswith(path)]
    return next(iter(behind or difflib.get_close_matches(path, known, 1, 0.75)), None)


async def _is_routed(case: Case, path: str) -> bool:
    request = case.step.request.clone(rel_url=url_of(path))
    match = await match_for(case.app, request, case.method)
    return match.route.resource is not None


def _paths(app: web.Application) -> Iterator[str]:
    for resource in app.router.resources():
        inner = inner_application(resource)
        if inner is not None:
            yield from _paths(inner)
        elif any(methods_of(route) for route in resource):
            yield resource.canonical


def middlewares_of(case: Case) -> list[str]:
    """Return the names of the middlewares that run for a request, the outermost first."""
    return [_name(each) for app in case.match.apps for each in app.middlewares]


def _name(middleware: Any) -> str:
    # aiohttp's own middlewares are defined inside the functions that make them.
    return origin_text(middleware).partition(".<locals>")[0]
