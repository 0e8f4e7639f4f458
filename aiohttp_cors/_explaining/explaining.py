"""Explaining a request without sending it: asks the code that serves real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from aiohttp import hdrs, web
from multidict import CIMultiDict

from .._browser.safelist import unsafe_request_header_names
from .._checks.unusable_origins import unusable_origin
from .._core.headers import is_forbidden_request_header, is_header_value, is_token
from .._core.methods import is_safelisted_method, normalize_method
from .._core.options import options_dict
from .._core.origin_table import OriginTable
from .._core.origins import is_serialized_origin, origin_text
from .._core.verdict import Denial, Grant, Reason
from .._routing.routes import is_library_route
from .._serving.builtin_router import BuiltinRouterServer
from .._serving.server import Server, servers_of
from .dry_run import DryRun, dry_run
from .explanation import Explanation, Headers


async def explain(
    app: web.Application,
    method: str,
    path: str,
    *,
    origin: str,
    headers: Headers,
    credentials: bool,
) -> Explanation:
    """Say what becomes of a request: see `CorsConfig.explain`."""
    pairs = _pairs(headers)
    _check(method, path, origin, credentials)
    method = normalize_method(method)
    own = [(hdrs.ORIGIN, origin), *pairs]
    # Those that no script can set are the browser's own: of a preflight, too.
    browsers = [pair for pair in pairs if is_forbidden_request_header(*pair)]
    preflight = response = None
    if method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in CIMultiDict(pairs):
        preflight = await dry_run(app, method, path, own)
    else:
        unsafe = unsafe_request_header_names(pair for pair in pairs if pair not in browsers)
        if unsafe or not is_safelisted_method(method):
            asked = [(hdrs.ORIGIN, origin), *browsers]
            asked.append((hdrs.ACCESS_CONTROL_REQUEST_METHOD, method))
            if unsafe:
                asked.append((hdrs.ACCESS_CONTROL_REQUEST_HEADERS, ",".join(unsafe)))
            preflight = await dry_run(app, hdrs.METH_OPTIONS, path, asked)
        if preflight is None or isinstance(preflight.verdict, Grant):
            response = await dry_run(app, method, path, own)
    step = cast(DryRun, response or preflight)
    where, grant = await _deciding_key(step, origin)
    reason = _reason(step.verdict, credentials)
    return Explanation(
        method=method,
        path=path,
        origin=origin,
        credentials=credentials,
        granted=reason is None,
        reason=reason,
        why=_why(step, reason, where, grant, origin),
        hint=None if reason is None else _hint(step, reason, where, grant, origin),
        route=_route_text(step.route),
        where=where,
        key=None if grant is None else grant.key,
        options=None if grant is None else grant.terms.options,
        preflight=preflight and preflight.exchange,
        response=response and response.exchange,
    )


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


async def _deciding_key(step: DryRun, origin: str) -> tuple[str | None, Grant | None]:
    """Find the key that lists the origin, and where it was written."""
    policy = step.policy
    if policy is None:
        return None, None
    servers = servers_of(step.request.match_info)
    grant = await servers[-1].functions.settle(
        step.request, origin, lambda answers: policy.lookup(origin, answers)
    )
    if grant is None:
        return None, None
    table = next(layer for layer in policy.layers if grant.key in layer.config)
    places = [_source(server, table, step) for server in servers]
    # What was written nowhere, a view has computed for the request.
    computed = f"{getattr(step.route.handler, '__name__', '?')}.get_request_config"
    return next((where for where in places if where), computed), grant


def _source(server: Server, table: OriginTable, step: DryRun) -> str | None:
    """Say where the config of a layer was written; None if not with this server."""
    if not isinstance(server, BuiltinRouterServer):
        return f"the router adapter {type(server._router_adapter).__name__}"  # type: ignore[attr-defined]
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
    # The library's own OPTIONS route stands for none of the application's.
    if route.resource is None or is_library_route(route):
        return None
    return f"{route.method} {route.resource.canonical}"


def _why(
    step: DryRun, reason: Reason | None, where: str | None, grant: Grant | None, origin: str
) -> str:
    """Say whose configuration says yes or no, and to what."""
    place = _route_text(step.route) or step.request.path
    if reason is Reason.NOT_ADDED:
        if step.request.method == hdrs.METH_OPTIONS and step.route.resource is not None:
            return f"{place} is a handler of the application, which answers the preflight itself"
        if step.route.resource is None:
            return f"no route takes {step.method} at {place}: the application alone answers"
        return f"nothing was added for {place}: the application alone answers"
    key = "" if grant is None else f"{origin_text(grant.key)} in {where}"
    if reason is None:
        text = f"{key} lists the origin"
    elif reason is Reason.NO_ORIGIN_LISTED:
        text = f"no config that applies to {place} lists any origin"
    elif reason is Reason.ORIGIN_NOT_LISTED:
        text = f"no config that applies to {place} lists {origin!a}{_unusable_text(origin)}"
    elif reason is Reason.CREDENTIALS_NOT_ALLOWED and _is_never_given_credentials(grant, origin):
        text = f"{key} lists the origin, and gives no credentials to what is no origin of a site"
    elif reason is Reason.CREDENTIALS_NOT_ALLOWED:
        text = f"{key} lists the origin without allow_credentials=True"
    elif reason is Reason.HEADERS_NOT_ALLOWED:
        names = ", ".join(cast(Denial, step.verdict).names)
        text = f"{key} lists the origin, but its allow_headers is without {names}"
    elif reason is not Reason.METHOD_NOT_SHARED:
        text = reason.value
    elif step.policy is None or not step.policy.routed:
        text = f"no handler of {place} takes {step.method}"
    elif grant is None:
        text = f"nothing that was added for {place} shares {step.method}"
    else:
        text = (
            f"{key} lists the origin, but its allow_methods is "
            f"{options_dict(grant.terms.options)['allow_methods']}, and no route of "
            f"{step.method} was added itself"
        )
    return f"{text}; enforce=True refuses the request itself" if step.enforced else text


def _unusable_text(origin: str) -> str:
    unusable = unusable_origin(origin)
    return "" if unusable is None else f", which no browser sends: {unusable.message}"


def _is_never_given_credentials(grant: Grant | None, origin: str) -> bool:
    return grant is not None and grant.key == "*" and not is_serialized_origin(origin)


def _hint(
    step: DryRun, reason: Reason, where: str | None, grant: Grant | None, origin: str
) -> str | None:
    """Say what to write so that the request is granted."""
    if reason is Reason.NOT_ADDED:
        if step.route.resource is None or step.request.method == hdrs.METH_OPTIONS:
            return "cors.add(app), which takes any route, and what is routed nowhere"
        return "cors.add() the route or its resource, or cors.add(app) for all of them"
    if reason in (Reason.NO_ORIGIN_LISTED, Reason.ORIGIN_NOT_LISTED):
        unusable = unusable_origin(origin)
        if unusable is not None:
            return unusable.hint and f"{unusable.hint} for the origin"
        return f"{{{origin!a}: ResourceOptions()}} in a config that applies to it"
    if _is_never_given_credentials(grant, origin):
        return None
    if grant is None or step.policy is None or not step.policy.routed:
        return None
    place = f"for {origin_text(grant.key)} in {where}"
    if reason is Reason.METHOD_NOT_SHARED:
        shared = ["GET", "HEAD", "POST"] if grant.terms.options.allow_methods is None else []
        methods = ", ".join(map(repr, [*shared, step.method]))
        return f"cors.add() the {step.method} route, or {methods} in allow_methods {place}"
    if reason is Reason.HEADERS_NOT_ALLOWED:
        names = ", ".join(map(repr, cast(Denial, step.verdict).names))
        return f"{names} in allow_headers {place}"
    if grant.key == "*":
        return f"{{{origin!a}: ResourceOptions(allow_credentials=True)}}: list the origin by name"
    return f"allow_credentials=True {place}"
