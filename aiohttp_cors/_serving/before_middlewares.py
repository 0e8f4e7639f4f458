"""What happens before the application's middlewares: preflights, and origin enforcement.

A preflight carries no credentials, so an authentication middleware would refuse it, and a redirect
would make it fail (Fetch §4.8). A middleware of the library would cost every request. A router that
returns a match info without applications costs other requests only one look at their headers.
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
    resolve_hook,
    set_match_info,
    set_provisional_match,
    steps_aside,
    store_ruling,
)
from .._http.preflights import (
    Preflight,
    enforcement_response,
    is_preflight,
    joined,
    preflight_response,
    read_preflight,
)
from .._routing.routes import responds_to_preflights
from .builtin_router import BuiltinRouterServer
from .server import (
    METHOD_NOT_ALLOWED,
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
    preflight, server = match.preflight, match.server
    verdict = await decide_early(match, request)
    if preflight is None:
        origin = joined(request.headers, hdrs.ORIGIN) or ""
        server.observer.observe("guard", match.route, origin, verdict)
        return enforcement_response(origin)
    if server.observer.observes(verdict):
        server._observe(request, Outcome(verdict, preflight, match.policy, match.route))
    return preflight_response(verdict, preflight)


async def decide_early(match: EarlyMatchInfo, request: web.Request) -> Grant | Denial:
    """Decide about a request by what its match info has."""
    preflight = match.preflight
    if type(preflight) is not Preflight:
        return cast(Denial, preflight or match.refusal)
    verdict = decide(match.policy, preflight.origin, preflight.headers)
    if type(verdict) is Question:
        return await decide_preflight(match.server.functions, request, match.policy, preflight)
    return verdict


def resolver(server: BuiltinRouterServer) -> Resolve:
    """Return the function that the application calls instead of its router's own method."""
    return resolve_hook(server, server.app.router, (_resolve_preflight, _resolve_enforced))


async def _resolve_enforced(
    server: BuiltinRouterServer, request: web.Request
) -> web.UrlMappingMatchInfo:
    if steps_aside() or not server.enforcing or hdrs.ORIGIN not in request.headers:
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
        # Otherwise an application around this one responds.
        not steps_aside()
        and server.looks_for_preflights
        and request.method == hdrs.METH_OPTIONS
        and hdrs.ORIGIN in request.headers
    ):
        preflight, early, routed = read_preflight(request), None, False
        if type(preflight) is Preflight:
            match = await server.resolve_as(request, preflight.method)
            early = await _announced(server, request, match, preflight)
            routed = match.route.resource is not None
        if early is None:
            # No policy applies to the method. It is refused if anything at its path was added.
            match = await server.resolve_as(request, hdrs.METH_OPTIONS)
            early = _known(servers_of(match, server), match, preflight)
        if early is None and not routed:
            early = await _known_by_path(server, request, preflight)
        if early is not None and early is not _LEFT:
            if server.resolver.resolve is not OWN_RESOLVE:
                await server.resolve_last(request)
            return early
    return await _resolve_enforced(server, request)


async def _announced(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    preflight: Preflight,
) -> EarlyMatchInfo | None:
    """Return the match info for a preflight; ``match`` is that of the request it announces."""
    servers = servers_of(match, server)
    found = await deciding(servers, request, match, preflight.method)
    if found is None:
        return _known(servers, match, preflight)
    decider, policy = found
    if not decider.preflights_first:
        return cast(EarlyMatchInfo, _LEFT)
    if isinstance(match.route.handler, type):
        policy = _computed(server, request, match, policy, preflight.method)
    return EarlyMatchInfo(match, respond_early, decider, policy, preflight)


#: Stands for preflights that an OPTIONS handler responds to, after middlewares.
_LEFT: Any = object()


def _known(
    servers: list[Server], match: web.UrlMappingMatchInfo, preflight: Preflight | Denial
) -> EarlyMatchInfo | None:
    for server in servers:
        if server.knows(match):
            if not server.preflights_first:
                return cast(EarlyMatchInfo, _LEFT)
            return EarlyMatchInfo(match, respond_early, server, METHOD_NOT_ALLOWED, preflight)
    return None


async def _known_by_path(
    server: BuiltinRouterServer, request: web.Request, preflight: Preflight | Denial
) -> EarlyMatchInfo | None:
    """Refuse a preflight if anything at its path was added, whatever serves OPTIONS there."""
    # No page can send TRACE, so the router finds the path and, as a rule, no route.
    match = await server.resolve_as(request, hdrs.METH_TRACE)
    for each in servers_of(match, server):
        if await each.knows_path(request, match) and each.preflights_first:
            return EarlyMatchInfo(match, respond_early, each, METHOD_NOT_ALLOWED, preflight)
    return None


def _computed(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    policy: Policy,
    method: str,
) -> Policy:
    """Call `computed` for a request that is not routed yet."""
    set_provisional_match(request, match, server.app)
    try:
        return computed(policy, request, match.route, method)
    finally:
        set_match_info(request, None)


# Origin enforcement


async def _refused(
    server: BuiltinRouterServer, request: web.Request, match: web.UrlMappingMatchInfo
) -> EarlyMatchInfo | None:
    """Return the match info of a request that is refused, or None if it may run."""
    servers = servers_of(match, server)
    decider: tuple[Server, Policy] | None = None
    enforcers: list[Server] = []
    for each in servers:
        # Each of them may enforce; the innermost one with a policy decides.
        found = await deciding([each], request, match, request.method)
        decider = decider or found
        if await each.enforces(request, match, None if found is None else found[1]):
            enforcers.append(each)
    if not enforcers:
        return None
    if is_preflight(request) and responds_to_preflights(match.route):
        # The preflight handler will decide about it.
        return None
    ruling = await _rule(server, request, match, decider)
    if not isinstance(ruling.verdict, Denial):
        store_ruling(request, match.route, ruling)
        return None
    headers = request.headers
    origin = ruling.origin or ""
    if is_same_origin(origin, headers.get("Sec-Fetch-Site"), headers.get(hdrs.HOST)):
        store_ruling(request, match.route, ruling)
        return None
    return EarlyMatchInfo(
        match,
        respond_early,
        ruling.server or enforcers[0],
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
    """Decide about a request before it runs, by the innermost server with a policy."""
    origin = joined(request.headers, hdrs.ORIGIN)
    if decider is None:
        return Ruling(None, METHOD_NOT_ALLOWED, Denial(Reason.METHOD_NOT_SHARED), origin)
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
