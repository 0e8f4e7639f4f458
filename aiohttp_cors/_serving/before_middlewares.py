"""What happens before the application's middlewares: preflights, and origin enforcement.

A preflight carries no credentials, so an authentication middleware would refuse it, and a redirect
would make it fail (Fetch §4.8). A middleware of the library would cost every request. A router that
returns a match info without applications costs other requests only one look at their headers.
"""

from __future__ import annotations

import logging
from typing import Any, cast

from aiohttp import hdrs, web
from multidict import MultiMapping

from .._core.origins import is_same_origin
from .._core.policy import Policy, decide
from .._core.verdict import Denial, Grant, Question, Reason
from .._http.early_match_info import EarlyMatchInfo
from .._http.handler import Outcome, decide_preflight
from .._http.hooks import (
    OWN_RESOLVE,
    Resolve,
    apps_of,
    match_of,
    provisional_match,
    resolve_hook,
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

logger = logging.getLogger("aiohttp_cors")


async def respond_early(request: web.Request) -> web.StreamResponse:
    """Respond to a request whose match info is an `EarlyMatchInfo`."""
    match: EarlyMatchInfo = match_of(request)
    # From here on request.app and request.config_dict work, in access loggers too.
    match.is_responding = True
    preflight, server, verdict = match.preflight, match.server, match.verdict
    if type(verdict) is Question:
        verdict = await decide_early(match, request)
    if preflight is None:
        origin = joined(request.headers, hdrs.ORIGIN) or ""
        server.observer.observe("guard", match.route, origin, verdict)
        return enforcement_response(origin)
    if server.observer.observes_all or (
        type(verdict) is Denial and logger.isEnabledFor(logging.DEBUG)
    ):
        server._observe(request, Outcome(verdict, preflight, match.policy, match.route))
    return preflight_response(verdict, preflight)


async def decide_early(match: EarlyMatchInfo, request: web.Request) -> Grant | Denial:
    """Return what was decided about a request when it was routed, or decide now."""
    if type(match.verdict) is not Question:
        return match.verdict
    preflight = cast(Preflight, match.preflight)
    return await decide_preflight(match.server.functions, request, match.policy, preflight)


def resolver(server: BuiltinRouterServer) -> Resolve:
    """Return the function that the application calls instead of its router's own method."""
    return resolve_hook(server, server.app.router, _resolve_preflight, _resolve_enforced)


# Preflights


async def _resolve_preflight(
    server: BuiltinRouterServer, request: web.Request, headers: MultiMapping[str]
) -> web.UrlMappingMatchInfo:
    """Resolve a preflight."""
    # Otherwise an application around this one looks after it.
    if server.looks_for_preflights and not steps_aside():
        preflight, early, is_routed = read_preflight(headers), None, False
        if type(preflight) is Preflight:
            method = preflight.method
            match = await server.resolving.resolve_as(request, method)
            plan = server.plans.of_request(match, method)
            if type(plan) is Policy:
                found: tuple[Server, Policy] | None = (server, plan)
            else:
                servers = servers_of(apps_of(match), server)
                found = await _deciding(server, servers, request, match, method)
                if found is not None and found[0].preflights_first:
                    found = _computed(server, request, match, found, method)
            if found is None:
                is_routed = match.route.resource is not None
                early = _known(servers_of(apps_of(match), server), match, preflight)
            elif not found[0].preflights_first:
                early = _LEFT
            else:
                decider, policy = found
                verdict = decide(policy, preflight.origin, preflight.headers)
                early = EarlyMatchInfo(match, respond_early, decider, policy, preflight, verdict)
        if early is None:
            # No policy applies to the method. It is refused if anything at its path was added.
            match = await server.resolving.resolve_as(request, hdrs.METH_OPTIONS)
            early = _known(servers_of(apps_of(match), server), match, preflight)
        if early is None and not is_routed:
            early = await _known_by_path(server, request, preflight)
        if early is not None and early is not _LEFT:
            if server.resolving.resolver.resolve is not OWN_RESOLVE:
                await server.resolving.resolve_last(request)
            return early
    return await _resolve_enforced(server, request, headers)


async def _deciding(
    server: BuiltinRouterServer,
    servers: list[Server],
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    method: str,
) -> tuple[Server, Policy] | None:
    """Find which of ``servers`` decides about a request that is not routed yet."""
    for each in servers:
        if each.reads_requests:
            with provisional_match(request, match, server.app):
                return await deciding(servers, request, match, method)
    return await deciding(servers, request, match, method)


#: Stands for preflights that an OPTIONS handler responds to, after middlewares.
_LEFT: Any = object()


def _known(
    servers: list[Server], match: web.UrlMappingMatchInfo, preflight: Preflight | Denial
) -> EarlyMatchInfo | None:
    for server in servers:
        if server.policies.knows(match):
            if not server.preflights_first:
                return cast(EarlyMatchInfo, _LEFT)
            return _refused_preflight(match, server, preflight)
    return None


def _refused_preflight(
    match: web.UrlMappingMatchInfo, server: Server, preflight: Preflight | Denial
) -> EarlyMatchInfo:
    verdict: Any = preflight
    if isinstance(preflight, Preflight):
        verdict = decide(METHOD_NOT_ALLOWED, preflight.origin, preflight.headers)
    return EarlyMatchInfo(match, respond_early, server, METHOD_NOT_ALLOWED, preflight, verdict)


async def _known_by_path(
    server: BuiltinRouterServer, request: web.Request, preflight: Preflight | Denial
) -> EarlyMatchInfo | None:
    """Refuse a preflight if anything at its path was added, whatever serves OPTIONS there."""
    # No page can send TRACE, so the router finds the path and, as a rule, no route.
    match = await server.resolving.resolve_as(request, hdrs.METH_TRACE)
    for each in servers_of(apps_of(match), server):
        if await each.policies.knows_path(request, match) and each.preflights_first:
            return _refused_preflight(match, each, preflight)
    return None


def _computed(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    found: tuple[Server, Policy],
    method: str,
) -> tuple[Server, Policy]:
    """Return ``found``, or what a view computes instead, before a request is routed."""
    if not isinstance(match.route.handler, type):
        return found
    decider, policy = found
    with provisional_match(request, match, server.app):
        return decider, computed(policy, request, match.route, method)


# Origin enforcement


async def _resolve_enforced(
    server: BuiltinRouterServer, request: web.Request, headers: MultiMapping[str]
) -> web.UrlMappingMatchInfo:
    """Resolve a request with Origin, which may be refused before it runs."""
    if steps_aside() or not (server.enforcing or server.looks_for_preflights):
        return await server.resolving.resolve_through_hooks(request)
    match = await server.resolving.resolve(request)
    # The hooks of inner applications have done nothing.
    if not server.enforcing and not any(each.enforcing for each in servers_of(apps_of(match))):
        return match
    enforcer: Server | None
    decider: tuple[Server, Policy] | None
    plan = server.plans.of_request(match, request.method)
    if type(plan) is Policy:
        enforcer = server if server.enforces_all or plan.enforce else None
        decider = server, plan
    else:
        enforcer, decider = await _enforcement(server, request, match)
    if enforcer is None:
        return match
    origin = joined(headers, hdrs.ORIGIN) or ""
    if decider is None:
        decides, policy = None, METHOD_NOT_ALLOWED
        verdict: Any = Denial(Reason.METHOD_NOT_SHARED)
    else:
        decides, policy = decider
        verdict = decide(policy, origin)
        if type(verdict) is Question:
            verdict = await _settled(server, request, match, decider)
    if type(verdict) is Denial and not is_same_origin(
        origin, headers.get("Sec-Fetch-Site"), headers.get(hdrs.HOST)
    ):
        return EarlyMatchInfo(match, respond_early, decides or enforcer, policy, None, verdict)
    ruling: Ruling = decides, policy, verdict, headers
    store_ruling(request, match.route, ruling)
    return match


async def _enforcement(
    server: BuiltinRouterServer, request: web.Request, match: web.UrlMappingMatchInfo
) -> tuple[Server | None, tuple[Server, Policy] | None]:
    """Return what enforces origins where ``match`` leads, and what decides; None if nothing."""
    route, method = match.route, request.method
    decider: tuple[Server, Policy] | None = None
    enforcer: Server | None = None
    for each in servers_of(apps_of(match), server):
        # Each of them may enforce; the innermost one with a policy decides.
        found = await _deciding(server, [each], request, match, method)
        policy = None if found is None else found[1]
        if policy is None:
            enforces = each.enforces_all or await each.policies.enforces_at(request, match)
        else:
            enforces = each.enforces_all or policy.enforce
            decider = decider or (each, policy)
        if enforces and enforcer is None:
            enforcer = each
    if is_preflight(request) and responds_to_preflights(route):
        # The preflight handler will decide about it.
        return None, None
    if enforcer is not None and decider is not None:
        decider = _computed(server, request, match, decider, method)
    return enforcer, decider


async def _settled(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    decider: tuple[Server, Policy],
) -> Grant | Denial:
    """Decide about a request before it is routed, calling functions of the application."""
    # They may read request.app and the like.
    with provisional_match(request, match, server.app):
        return await settle(*decider, request)
