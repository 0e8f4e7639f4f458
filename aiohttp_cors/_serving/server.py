"""What serves the requests of an application, and which of several decides."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web

from .._checks.finding import Finding
from .._core.policy import (
    ALLOWED,
    NOT_ALLOWED,
    Policy,
    decide,
    policy_of_mapping,
)
from .._core.verdict import Denial, Grant, Question
from .._http.decisions import ANY_FAILURE, Observer
from .._http.handler import Outcome, _PreflightHandler, decide_preflight
from .._http.hooks import keep_ruling, ruling_of
from .._http.origin_functions import OriginFunctions
from .._http.preflights import Preflight, is_preflight, joined
from .._routing.entries import ParsedConfig
from .._routing.routes import has_handler, responds_to_preflights
from .._routing.views import SERVER_KEY, CorsViewMixin, computes_config, is_cors_view
from .settings import Arguments

logger = logging.getLogger("aiohttp_cors")

#: Allows nobody a method about which nothing was said.
NOT_SHARED = Policy((), NOT_ALLOWED)
#: Allows nobody: for requests about which the application's code failed to say anything.
CLOSED = Policy((), ALLOWED)


class Server(_PreflightHandler):
    """What serves the requests of one application with CORS."""

    #: Preflights are responded to before middlewares run.
    preflights_first = False
    #: It is asked whether a response is to a preflight, too.
    tells_preflights = False

    def __init__(self, app: web.Application, arguments: Arguments) -> None:
        self.app = app
        # Each request reads these: attributes of a class would be found more slowly.
        #: Requests of other origins may be refused, here or in an application inside.
        self.guards = False
        #: Requests may have been let pass by a guard, here, inside or around.
        self.guarded = False
        self.functions = OriginFunctions()
        self.configure(arguments)

    def configure(self, arguments: Arguments) -> None:
        """Put arguments of `setup` in force."""
        self.functions.timeout = float(arguments.origin_timeout)
        self.observer = Observer(arguments.on_decision)
        self.keep_existing = arguments.existing_headers == "keep"
        self.enforces_all = arguments.enforce

    @abstractmethod
    def policy_of(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        """Return the policy for ``method`` where ``match`` leads, or None if nothing was said."""

    async def added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        """Return what was added of the path of a 404 or 405 response, if that may decide."""
        return []

    @abstractmethod
    def unrouted_policy(
        self,
        request: web.Request,
        match: web.UrlMappingMatchInfo,
        method: str,
        added: list[web.AbstractResource],
    ) -> Policy | None:
        """Return the policy for a 404 or 405 response, or None if nothing was said.

        ``added`` is what `added_at` has returned.
        """

    async def enforces(
        self, request: web.Request, match: web.UrlMappingMatchInfo, policy: Policy | None
    ) -> bool:
        """Tell whether requests that are not granted must not run.

        ``policy`` is this server's own for the request.
        """
        return self.enforces_all

    @abstractmethod
    def knows(self, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether something of the path that ``match`` leads to was added."""

    @abstractmethod
    async def knows_path(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether something was added of what other methods find where ``match`` leads."""

    def link(self) -> None:
        """Get to know the applications inside: prefixes and routers are complete."""

    @abstractmethod
    def audit(self) -> list[Finding]:
        """Return what is found in the configs of all that was added."""

    @property
    @abstractmethod
    def has_entries(self) -> bool:
        """Something was added."""

    @abstractmethod
    def decides_for(self, view: type[CorsViewMixin]) -> bool:
        """Tell whether it decides about preflights that reach a view."""

    @abstractmethod
    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        """Return what was added for a request, beside the configs of the view itself."""

    def _observe(self, request: web.Request, outcome: Outcome) -> None:
        asked = outcome.asked
        origin = request.headers.get("Origin")
        if isinstance(asked, Preflight):
            origin = asked.origin
        route = outcome.route or request.match_info.route
        self.observer.observe("preflight", route, origin, outcome.verdict)


class Ruling(NamedTuple):
    """What decides about a request, and does so for its response, too."""

    #: None: no application with CORS has a policy for it.
    server: Server | None
    policy: Policy
    #: What was decided when the request was let pass, and for which origin.
    verdict: Grant | Denial | None = None
    origin: str | None = None


def servers_of(apps: Sequence[web.Application], outermost: Server | None = None) -> list[Server]:
    """Return what serves the applications of a match info with CORS, the innermost first.

    ``outermost`` serves the application whose router has returned it, before aiohttp adds it.
    """
    around = [] if outermost is None else [outermost]
    if not apps:
        return around
    return [app[SERVER_KEY] for app in reversed(apps) if SERVER_KEY in app] + around


async def deciding(
    servers: list[Server], request: web.Request, match: web.UrlMappingMatchInfo, method: str
) -> tuple[Server, Policy] | None:
    """Find what decides about ``method`` where ``match`` leads, if anything does."""
    added = None
    if match.route.resource is None:
        added = {server: await server.added_at(request, match) for server in servers}
    return nearest(servers, request, match, method, added)


def nearest(
    servers: list[Server],
    request: web.Request,
    match: web.UrlMappingMatchInfo,
    method: str,
    added: dict[Server, list[web.AbstractResource]] | None = None,
) -> tuple[Server, Policy] | None:
    """Find the nearest application with a policy: it alone decides.

    ``added``: what was added of the path, where nothing is routed.
    """
    for server in servers:
        if added is None:
            policy = server.policy_of(request, match, method)
        else:
            policy = server.unrouted_policy(request, match, method, added[server])
        if policy is not None:
            return server, policy
    return None


async def ruling_for_response(request: web.Request) -> Ruling:
    """Return what decides about the response to a request, and keep it."""
    match = request.match_info
    ruling: Ruling | None = ruling_of(request)
    if ruling is None:
        servers = servers_of(match.apps)
        if responds_to_preflights(match.route) and is_preflight(request):
            # The preflight handler has written its response, or a middleware refused it.
            servers = [each for each in servers if each.tells_preflights]
        found = await deciding(servers, request, match, request.method)
        if found is None:
            ruling = Ruling(None, NOT_SHARED)
        else:
            ruling = Ruling(found[0], computed(found[1], request, match.route, request.method))
        keep_ruling(request, match.route, ruling)
    return ruling


async def settle(server: Server, policy: Policy, request: web.Request) -> Grant | Denial:
    """Decide about an actual request, calling functions of the application if need be."""
    origin = joined(request.headers, "Origin")
    verdict = decide(policy, origin)
    if type(verdict) is not Question:
        return verdict
    return await server.functions.settle(
        request, origin, lambda answers: decide(policy, origin, None, answers)
    )


async def settle_preflight(
    server: Server,
    policy: Policy,
    request: web.Request,
    route: web.AbstractRoute,
    asked: Preflight,
) -> Outcome:
    """Decide about a preflight for a request to ``route``."""
    policy = computed(policy, request, route, asked.method)
    verdict = await decide_preflight(server.functions, request, policy, asked)
    return Outcome(verdict, asked, policy, route)


def computed(policy: Policy, request: web.Request, route: web.AbstractRoute, method: str) -> Policy:
    """Return ``policy``, or the one for this request where a view computes its config."""
    view = route.handler
    # A view that was not added has nothing to say.
    if not policy.rule.by_default or not is_cors_view(view) or not computes_config(view):
        return policy
    try:
        config = view.get_request_config(request, method)
        return policy_of_mapping(
            config,
            joined(request.headers, "Origin"),
            policy.rule,
            routed=policy.routed,
            guard=policy.guard,
        )
    except KeyError:
        # About a method that the view lacks, what was added decides.
        return NOT_SHARED if has_handler(route, method) else policy
    except ANY_FAILURE:
        logger.exception("%r.get_request_config failed; the origin is refused", view)
        return CLOSED
