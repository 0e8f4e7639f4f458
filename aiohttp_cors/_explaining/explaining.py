"""Explaining a request without sending it, by the code that serves real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aiohttp import hdrs, web
from multidict import CIMultiDict

from .._browser.safelist import unsafe_request_header_names
from .._core.headers import is_forbidden_request_header, is_header_value, is_token
from .._core.methods import is_safelisted_method, normalize_method
from .._core.origin_table import OriginTable
from .._core.verdict import Denial, Grant, Reason
from .._routing.routes import is_library_route
from .._serving.builtin_router import BuiltinRouterServer
from .._serving.server import Server, servers_of
from .case import Case, adapter_text
from .dry_run import DryRun, dry_run
from .explanation import Explanation, Headers
from .near_misses import match_for
from .notes import assumptions, notes_on
from .reasons import listed, words_for


async def explain(
    app: web.Application,
    method: str,
    path: str,
    *,
    origin: str,
    headers: Headers,
    credentials: bool,
) -> Explanation:
    """Say what happens to a request: see `CorsConfig.explain`."""
    pairs = _pairs(headers)
    _check(method, path, origin, credentials)
    method = normalize_method(method)
    own = [(hdrs.ORIGIN, origin), *pairs]
    # Headers that no script can set are the browser's own, so a preflight has them too.
    browsers = [pair for pair in pairs if is_forbidden_request_header(*pair)]
    scripts = [pair for pair in pairs if pair not in browsers]
    names = _names(scripts)
    wanted = method
    preflight = response = None
    if method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in CIMultiDict(pairs):
        preflight = await dry_run(app, method, path, own)
        wanted, names = preflight.method, _requested_names(pairs)
    else:
        if names or not is_safelisted_method(method):
            fields = [(hdrs.ORIGIN, origin), *browsers]
            fields.append((hdrs.ACCESS_CONTROL_REQUEST_METHOD, method))
            if names:
                unsafe = ",".join(map(str.lower, names))
                fields.append((hdrs.ACCESS_CONTROL_REQUEST_HEADERS, unsafe))
            preflight = await dry_run(app, hdrs.METH_OPTIONS, path, fields)
        if preflight is None or isinstance(preflight.verdict, Grant):
            response = await dry_run(app, method, path, own)
    step = cast(DryRun, response or preflight)
    where, grant = await _deciding_origin(step, origin)
    reason = _reason(step.verdict, credentials)
    match = await match_for(app, step.request, wanted)
    case = Case(app, wanted, path, origin, names, credentials, step, match, where, grant)
    words = None if reason is None else await words_for(case, reason)
    return Explanation(
        method=method,
        path=path,
        origin=origin,
        credentials=credentials,
        granted=reason is None,
        reason=reason,
        why=f"{listed(case)}." if words is None else words.why,
        hint=None if words is None else words.hint,
        route=_route_text(case.route or step.route),
        where=where,
        key=None if grant is None else grant.key,
        options=None if grant is None else grant.terms.options,
        preflight=preflight and preflight.exchange,
        response=response and response.exchange,
        assumed=assumptions(method, scripts, credentials=credentials),
        notes=notes_on(case, granted=reason is None, preflight=preflight is not None),
    )


def _names(headers: list[tuple[str, str]]) -> tuple[str, ...]:
    """Return the names that a preflight announces, sorted, as the user wrote them."""
    written = {name.lower(): name for name, _ in headers}
    return tuple(written[name] for name in unsafe_request_header_names(headers))


def _requested_names(headers: list[tuple[str, str]]) -> tuple[str, ...]:
    value = CIMultiDict(headers).get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "")
    return tuple(filter(None, (name.strip() for name in value.split(","))))


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    if isinstance(headers, str):
        raise TypeError(f"'headers' must be a mapping, pairs, or names, got {headers!r}")
    items: list[Any] = list(headers.items() if isinstance(headers, Mapping) else headers)
    pairs: list[tuple[str, str]] = []
    for item in items:
        name, value = (item, "") if isinstance(item, str) else item
        if not is_token(name):
            raise ValueError(f"a name in 'headers' must be a token (RFC 9110 §5.6.2), got {name!r}")
        if not is_header_value(value):
            raise ValueError(f"the value of {name!r} in 'headers' can't be sent, got {value!r}")
        pairs.append((name, value))
    return pairs


def _check(method: str, path: str, origin: str, credentials: bool) -> None:
    if not is_token(method):
        raise ValueError(f"'method' must be a token (RFC 9110 §9.1), got {method!r}")
    if not isinstance(path, str) or not path.startswith("/") or not path.isprintable():
        raise ValueError(f"'path' must be a text that begins with '/', got {path!r}")
    if not isinstance(origin, str):
        raise TypeError(f"'origin' must be a string, got {origin!r}")
    if not isinstance(credentials, bool):
        raise TypeError(f"'credentials' must be True or False, got {credentials!r}")


async def _deciding_origin(step: DryRun, origin: str) -> tuple[str | None, Grant | None]:
    """Return where the config that lists the origin was written, and its grant."""
    policy = step.policy
    if policy is None:
        return None, None
    servers = servers_of(step.request.match_info.apps)
    grant = step.verdict if isinstance(step.verdict, Grant) else None
    if grant is None:
        # A denial does not say what lists the origin.
        grant = await servers[-1].functions.settle(
            step.request, origin, lambda answers: policy.lookup(origin, answers)
        )
    if grant is None:
        return None, None
    table = next(layer for layer in policy.layers if grant.key in layer.config)
    places = [_source(server, table, step) for server in servers]
    # If it was not written anywhere, a view has computed it for the request.
    computed = f"{getattr(step.route.handler, '__name__', '?')}.get_request_config"
    return next((where for where in places if where), computed), grant


def _source(server: Server, table: OriginTable, step: DryRun) -> str | None:
    """Say where the config of a layer was written; None if ``server`` does not have it."""
    if not isinstance(server, BuiltinRouterServer):
        return adapter_text(server)
    for layer in server.layers(step.request.match_info, step.route, step.method):
        if table is layer.table or table is layer.table.listing_methods:
            return layer.source
    return None


def _reason(verdict: Grant | Denial | None, credentials: bool) -> Reason | None:
    if verdict is None:
        return Reason.NOT_ADDED
    if isinstance(verdict, Denial):
        return verdict.reason
    if credentials and not verdict.terms.credentials:
        return Reason.CREDENTIALS_NOT_ALLOWED
    return None


def _route_text(route: web.AbstractRoute) -> str | None:
    # The library's own OPTIONS route is not a route of the application.
    if route.resource is None or is_library_route(route):
        return None
    return f"{route.method} {route.resource.canonical}"
