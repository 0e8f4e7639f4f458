"""What happens before the application's middlewares: preflights, and origin enforcement.

A preflight carries no credentials, so an authentication middleware would refuse it, and a
redirect would fail it (Fetch §4.8). A middleware of the library would cost every request; a router
that returns a match info without applications costs the other requests one look at their headers.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from aiohttp import hdrs, web

from .._core.origins import is_same_origin
from .._core.policy import Policy, decide
from .._core.verdict import Denial, Question, Reason
from .._http.handler import Outcome, decide_preflight
from .._http.hooks import (
    EarlyMatchInfo,
    Resolve,
    announced,
    keep_ruling,
    plainly,
    resolve_last,
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
from .._routing.views import is_cors_view
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


class EarlyRequest(EarlyMatchInfo):
    """Where a preflight leads, or a request that is refused: what decides, and what was asked."""

    def __init__(
        self,
        match: web.UrlMappingMatchInfo,
        server: Server,
        policy: Policy,
        asked: Preflight | Denial | None,
        verdict: Denial | None = None,
    ) -> None:
        # One handler for all: aiohttp caches the chains of middlewares by handler.
        super().__init__(match, respond_early)
        self.server = server
        self.policy = policy
        #: None: enforcement has refused the request, as ``verdict`` says.
        self.asked = asked
        self.verdict = verdict

    async def decide(self, request: web.Request) -> Outcome:
        """Decide, in the way that was found when the request was routed."""
        asked = self.asked
        refused = asked if isinstance(asked, Denial) else self.verdict
        if refused is not None:
            return Outcome(refused, asked, self.policy, self.route)
        preflight = cast(Preflight, asked)
        verdict = await decide_preflight(self.server.functions, request, self.policy, preflight)
        return Outcome(verdict, asked, self.policy, self.route)


async def respond_early(request: web.Request) -> web.StreamResponse:
    """Respond to a request whose match info is an `EarlyRequest`."""
    match = cast(EarlyRequest, request.match_info)
    # From here on request.app and request.config_dict work, in access loggers too.
    match.show_applications()
    outcome = await match.decide(request)
    if outcome.asked is None:
        origin = joined(request.headers, hdrs.ORIGIN) or ""
        match.server.observer.observe("guard", match.route, origin, outcome.verdict)
        return guard_response(origin)
    match.server._observe(request, outcome)
    return preflight_response(outcome.verdict, outcome.asked)


def resolver(server: BuiltinRouterServer) -> Resolve:
    """Return what the application calls instead of its router's own method."""
    # Each request comes through here: a function finds its variables sooner than a method finds
    # its attributes.
    resolve_plainly = server.resolve
    marks_preflights = hdrs.ACCESS_CONTROL_REQUEST_METHOD
    origin = hdrs.ORIGIN

    def resolve(request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
        headers = request.headers
        if marks_preflights in headers or (server.guards and origin in headers):
            return _resolve(server, request)
        return resolve_plainly(request)

    return resolve


async def _resolve(server: BuiltinRouterServer, request: web.Request) -> web.UrlMappingMatchInfo:
    if steps_aside():
        # An application around this one looks after the request.
        return await server.resolve(request)
    if server.looks_for_preflights and is_preflight(request):
        early = await _preflight(server, request)
        if early is not None:
            return early
    if not server.guards:
        return await server.resolve(request)
    match = await plainly(server.resolve, request)
    if hdrs.ORIGIN not in request.headers:
        return match
    refused = await _refused(server, request, match)
    return match if refused is None else refused


# Preflights


async def _preflight(
    server: BuiltinRouterServer, request: web.Request
) -> web.UrlMappingMatchInfo | None:
    """Resolve a preflight; None if the library does not respond to it before middlewares."""
    early = await _announced(server, request)
    if early is not None:
        await resolve_last(server.app.router, request)
    return early


async def _announced(
    server: BuiltinRouterServer, request: web.Request
) -> web.UrlMappingMatchInfo | None:
    asked = read_preflight(request)
    if isinstance(asked, Preflight):
        match = await plainly(server.resolve, announced(request, asked.method))
        servers = servers_of(match, server.app)
        found = await deciding(servers, request, match, asked.method)
        if found is not None:
            decider, policy = found
            if not decider.preflights_first:
                return None
            policy = _computed(server, request, match, policy, asked.method)
            return EarlyRequest(match, decider, policy, asked)
        early = _known(servers, match, asked)
        if early is not None:
            return early
    # Nothing is said about the method; what was added of the path refuses it.
    match = await plainly(server.resolve, announced(request, hdrs.METH_OPTIONS))
    return _known(servers_of(match, server.app), match, asked)


def _known(
    servers: list[Server], match: web.UrlMappingMatchInfo, asked: Preflight | Denial
) -> EarlyRequest | None:
    for server in servers:
        if server.knows(match):
            return (
                EarlyRequest(match, server, NOT_SHARED, asked) if server.preflights_first else None
            )
    return None


def _computed(
    server: BuiltinRouterServer,
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    policy: Policy,
    method: str,
) -> Policy:
    """Return ``policy``, or what a view computes instead, before a request is routed."""
    if not is_cors_view(match.route.handler):
        return policy
    set_provisional_match(request, match, server.app)
    try:
        return computed(policy, request, match.route, method)
    finally:
        set_match_info(request, None)


# Origin enforcement


async def _refused(
    server: BuiltinRouterServer, request: web.Request, match: web.UrlMappingMatchInfo
) -> EarlyRequest | None:
    """Return where a request leads that is refused, or None if it may run."""
    servers = servers_of(match, server.app)
    policies = [(each, await each.policy_for(request, match, request.method)) for each in servers]
    guards = [each for each, policy in policies if await each.enforces(request, match, policy)]
    if not guards:
        return None
    if is_preflight(request) and responds_to_preflights(match.route):
        # It is on its way to the preflight handler, which refuses it or not.
        return None
    decider = next(((each, policy) for each, policy in policies if policy is not None), None)
    ruling = await _rule(server, request, match, decider)
    if not isinstance(ruling.verdict, Denial):
        keep_ruling(request, match.route, ruling)
        return None
    headers = request.headers
    origin = ruling.origin or ""
    if is_same_origin(origin, headers.get("Sec-Fetch-Site"), headers.get(hdrs.HOST)):
        keep_ruling(request, match.route, ruling)
        return None
    return EarlyRequest(match, ruling.server or guards[0], ruling.policy, None, ruling.verdict)


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
