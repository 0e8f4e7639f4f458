"""What happens before the application's middlewares: preflights, and origin enforcement.

A preflight carries no credentials, so an authentication middleware would refuse it, and a
redirect would fail it (Fetch §4.8). A middleware of the library would cost every request; a router
that returns a match info without applications costs the other requests one look at their headers.
"""

from __future__ import annotations

from typing import Any, cast

from aiohttp import hdrs, web

from .._core.origins import is_same_origin
from .._core.policy import Policy, decide
from .._core.verdict import Denial, Grant, Question, Reason
from .._http.early_match_info import EarlyMatchInfo
from .._http.handler import Outcome, decide_preflight
from .._http.hooks import (
    OWN_RESOLVE,
    Resolve,
    keep_ruling,
    resolve_hook,
    set_match_info,
    set_provisional_match,
    steps_aside,
)
from .._http.preflights import (
    Preflight,
    guard_response,
    is_preflight,
    joined,
    preflight_response,
    read_preflight,
)
from .._routing.routes import responds_to_preflights
from .builtin_router import BuiltinRouterServer
from .server import (
    NOT_SHARED,
    Ruling,
    Server,
    computed,
    deciding,
    servers_of,
    settle,
)


async def respond_early(request: web.Request) -> web.StreamResponse:
    """Respond to a request whose match info is an `EarlyMatchInfo`."""
    match: Any = request.match_info
    # From here on request.app and request.config_dict work, in access loggers too.
    match.is_responding = True
    asked, server = match.asked, match.server
    verdict = await decide_early(match, request)
    if asked is None:
        origin = joined(request.headers, hdrs.ORIGIN) or ""
        server.observer.observe("guard", match.route, origin, verdict)
        return guard_response(origin)
    if server.observer.observes(verdict):
        server._observe(request, Outcome(verdict, asked, match.policy, match.route))
    return preflight_response(verdict, asked)


async def decide_early(match: EarlyMatchInfo, request: web.Request) -> Grant | Denial:
    """Decide about a request in the way that was found when it was routed."""
    asked = match.asked
    if type(asked) is not Preflight:
        return cast(Denial, asked or match.refusal)
    verdict = decide(match.policy, asked.origin, asked.headers)
    if type(verdict) is Question:
        return await decide_preflight(match.server.functions, request, match.policy, asked)
    return verdict


def resolver(server: BuiltinRouterServer) -> Resolve:
    """Return what the application calls instead of its router's own method."""
    return resolve_hook(server, server.app.router, (_resolve_preflight, _resolve_guarded))


async def _resolve_guarded(
    server: BuiltinRouterServer, request: web.Request
) -> web.UrlMappingMatchInfo:
    if steps_aside() or not server.guards or hdrs.ORIGIN not in request.headers:
        return await server.resolver.resolve(server.app.router, request)
    match = await server.resolve(request)
    refused = await _refused(server, request, match)
    return match if refused is None else refused


# Preflights


async def _resolve_preflight(
    server: BuiltinRouterServer, request: web.Request
) -> web.UrlMappingMatchInfo:
    """Resolve a request with Access-Control-Request-Method."""
    if (
        # Otherwise an application around this one looks after it.
        not steps_aside()
        and server.looks_for_preflights
        and request.method == hdrs.METH_OPTIONS
        and hdrs.ORIGIN in request.headers
    ):
        asked, early, routed = read_preflight(request), None, False
        if type(asked) is Preflight:
            match = await server.resolve_as(request, asked.method)
            early = await _announced(server, request, match, asked)
            routed = match.route.resource is not None
        if early is None:
            # Nothing is said about the method; what was added of the path refuses it.
            match = await server.resolve_as(request, hdrs.METH_OPTIONS)
            early = _known(servers_of(match, server), match, asked)
        if early is None and not routed:
            early = await _known_otherwise(server, request, asked)
        if early is not None and early is not _LEFT:
            if server.resolver.resolve is not OWN_RESOLVE:
                await server.resolve_last(request)
            return early
    return await _resolve_guarded(server, request)


async def _announced(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    asked: Preflight,
) -> EarlyMatchInfo | None:
    """Find what decides about the request that a preflight announces, which leads to ``match``."""
    servers = servers_of(match, server)
    found = await deciding(servers, request, match, asked.method)
    if found is None:
        return _known(servers, match, asked)
    decider, policy = found
    if not decider.preflights_first:
        return cast(EarlyMatchInfo, _LEFT)
    if isinstance(match.route.handler, type):
        policy = _computed(server, request, match, policy, asked.method)
    return EarlyMatchInfo(match, respond_early, decider, policy, asked)


#: Preflights that an OPTIONS handler responds to, behind the application's middlewares.
_LEFT: Any = object()


def _known(
    servers: list[Server], match: web.UrlMappingMatchInfo, asked: Preflight | Denial
) -> EarlyMatchInfo | None:
    for server in servers:
        if server.knows(match):
            if not server.preflights_first:
                return cast(EarlyMatchInfo, _LEFT)
            return EarlyMatchInfo(match, respond_early, server, NOT_SHARED, asked)
    return None


async def _known_otherwise(
    server: BuiltinRouterServer, request: web.Request, asked: Preflight | Denial
) -> EarlyMatchInfo | None:
    """Refuse a preflight for a path of which something was added, whose OPTIONS is another's."""
    # No page can send this method, so nothing but the path is resolved.
    match = await server.resolve_as(request, hdrs.METH_TRACE)
    for each in servers_of(match, server):
        if await each.knows_path(request, match) and each.preflights_first:
            return EarlyMatchInfo(match, respond_early, each, NOT_SHARED, asked)
    return None


def _computed(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    policy: Policy,
    method: str,
) -> Policy:
    """Return ``policy``, or what a view computes instead, before a request is routed."""
    set_provisional_match(request, match, server.app)
    try:
        return computed(policy, request, match.route, method)
    finally:
        set_match_info(request, None)


# Origin enforcement


async def _refused(
    server: BuiltinRouterServer, request: web.Request, match: web.UrlMappingMatchInfo
) -> EarlyMatchInfo | None:
    """Return where a request leads that is refused, or None if it may run."""
    servers = servers_of(match, server)
    decider: tuple[Server, Policy] | None = None
    guards: list[Server] = []
    for each in servers:
        # All of them may stand guard; the nearest one with a policy decides.
        found = await deciding([each], request, match, request.method)
        decider = decider or found
        if await each.enforces(request, match, None if found is None else found[1]):
            guards.append(each)
    if not guards:
        return None
    if is_preflight(request) and responds_to_preflights(match.route):
        # It is on its way to the preflight handler, which refuses it or not.
        return None
    ruling = await _rule(server, request, match, decider)
    if not isinstance(ruling.verdict, Denial):
        keep_ruling(request, match.route, ruling)
        return None
    headers = request.headers
    origin = ruling.origin or ""
    if is_same_origin(origin, headers.get("Sec-Fetch-Site"), headers.get(hdrs.HOST)):
        keep_ruling(request, match.route, ruling)
        return None
    return EarlyMatchInfo(
        match,
        respond_early,
        ruling.server or guards[0],
        ruling.policy,
        None,
        ruling.verdict,
    )


async def _rule(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    decider: tuple[Server, Policy] | None,
) -> Ruling:
    """Decide about a request before it runs, by the nearest application with a policy."""
    origin = joined(request.headers, hdrs.ORIGIN)
    if decider is None:
        return Ruling(None, NOT_SHARED, Denial(Reason.METHOD_NOT_SHARED), origin)
    policy = _computed(server, request, match, decider[1], request.method)
    verdict = decide(policy, origin)
    if isinstance(verdict, Question):
        # Functions of the application may read request.app and the like.
        set_provisional_match(request, match, server.app)
        try:
            verdict = await settle(decider[0], policy, request)
        finally:
            set_match_info(request, None)
    return Ruling(decider[0], policy, verdict, origin)
