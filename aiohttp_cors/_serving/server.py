"""The servers of applications, and which of several decides about a request."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence
from typing import Optional, Union

from aiohttp import web
from multidict import MultiMapping

from .._core.policy import ALLOWED, NOT_ALLOWED, Policy, decide, policy_of_mapping
from .._core.verdict import Denial, Grant, Question
from .._http.decisions import ANY_FAILURE, Observer
from .._http.handler import Outcome, _PreflightHandler, decide_preflight
from .._http.hooks import ruling_of, store_ruling
from .._http.origin_functions import OriginFunctions
from .._http.preflights import Preflight, is_preflight, joined
from .._routing.entries import ParsedConfig
from .._routing.routes import has_handler, responds_to_preflights
from .._routing.views import SERVER_KEY, computes_config, is_cors_view
from .policies import Policies
from .settings import Arguments

logger = logging.getLogger("aiohttp_cors")

#: The policy of a method that nothing that was added applies to: it allows no origin.
METHOD_NOT_ALLOWED = Policy((), NOT_ALLOWED)
#: The policy of requests for which code of the application failed: it allows no origin.
CLOSED = Policy((), ALLOWED)


class Server(_PreflightHandler):
    """Decides about the requests to one application."""

    #: Preflights get their response before middlewares run.
    preflights_first = False
    #: It decides about preflights that reach a view.
    decides_for_views = False
    #: Its policies depend on the request, of which code of the application may read anything. They
    #: themselves recognise preflights that an OPTIONS handler responds to.
    reads_requests = False
    #: Finds the policies that apply to requests.
    policies: Policies

    def __init__(self, arguments: Arguments) -> None:
        # They are attributes of the instance, because each request reads them.
        #: Origins are enforced, in this application or in an inner one.
        self.enforcing = False
        #: Requests that passed origin enforcement (here, inside or around) may have rulings.
        self.has_rulings = False
        self.functions = OriginFunctions()
        self.configure(arguments)

    def configure(self, arguments: Arguments) -> None:
        """Apply the arguments of `setup`."""
        self.functions.timeout = float(arguments.origin_timeout)
        self.observer = Observer(arguments.on_decision)
        self.keep_existing = arguments.existing_headers == "keep"
        self.enforces_all = arguments.enforce

    def link(self) -> None:
        """Find the servers of inner applications; called once prefixes and routers are complete."""

    @abstractmethod
    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        """Return the configs that apply to a request, without those of the view itself."""

    def _observe(self, request: web.Request, outcome: Outcome) -> None:
        preflight = outcome.preflight
        origin = request.headers.get("Origin")
        if isinstance(preflight, Preflight):
            origin = preflight.origin
        route = outcome.route or request.match_info.route
        self.observer.observe("preflight", route, origin, outcome.verdict)


#: What decides about a request and its response: a server, or None if no server has a policy for
#: the request; the policy; and, if the request passed enforcement, the verdict and the headers that
#: it was about. It is a plain tuple because requests make one each.
Ruling = tuple[Optional[Server], Policy, Union[Grant, Denial, None], Optional[MultiMapping[str]]]


def servers_of(apps: Sequence[web.Application], outermost: Server | None = None) -> list[Server]:
    """Return what serves the applications of a match info with CORS, the innermost first.

    ``outermost`` is the server of the application whose router has returned the match info, if
    aiohttp has not added that application to it yet.
    """
    around = [] if outermost is None else [outermost]
    if not apps:
        return around
    return [app[SERVER_KEY] for app in reversed(apps) if SERVER_KEY in app] + around


async def deciding(
    servers: list[Server], request: web.Request, match: web.UrlMappingMatchInfo, method: str
) -> tuple[Server, Policy] | None:
    """Find the nearest application with a policy for ``method`` where ``match`` leads.

    It alone decides.
    """
    is_routed, added = match.route.resource is not None, {}
    if not is_routed:
        # All policies are read at once afterwards: nothing is added or replaced between them.
        added = {server: await server.policies.added_at(request, match) for server in servers}
    for server in servers:
        if is_routed:
            policy = server.policies.policy_of(request, match, method)
        else:
            policy = server.policies.unrouted_policy(request, method, added[server])
        if policy is not None:
            return server, policy
    return None


async def ruling_for_response(request: web.Request) -> Ruling:
    """Return what decides about the response to a request, and store it for other signals."""
    match = request.match_info
    ruling: Ruling | None = ruling_of(request)
    if ruling is None:
        servers = servers_of(match.apps)
        if responds_to_preflights(match.route) and is_preflight(request):
            # The preflight handler has written its response, or a middleware refused it.
            servers = [each for each in servers if each.reads_requests]
        found = await deciding(servers, request, match, request.method)
        if found is None:
            ruling = None, METHOD_NOT_ALLOWED, None, None
        else:
            server, policy = found
            policy = computed(policy, request, match.route, request.method)
            ruling = server, policy, None, None
        store_ruling(request, match.route, ruling)
    return ruling


async def settle(server: Server, policy: Policy, request: web.Request) -> Grant | Denial:
    """Decide about an actual request, calling functions of the application if needed."""
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
    preflight: Preflight,
) -> Outcome:
    """Decide about a preflight for a request to ``route``."""
    policy = computed(policy, request, route, preflight.method)
    verdict = await decide_preflight(server.functions, request, policy, preflight)
    return Outcome(verdict, preflight, policy, route)


def computed(policy: Policy, request: web.Request, route: web.AbstractRoute, method: str) -> Policy:
    """Return the policy for this request if a view computes its config, or else ``policy``."""
    view = route.handler
    # The config of a view that was not added does not apply.
    if not policy.rule.by_default or not is_cors_view(view) or not computes_config(view):
        return policy
    try:
        config = view.get_request_config(request, method)
        return policy_of_mapping(
            config,
            joined(request.headers, "Origin"),
            policy.rule,
            routed=policy.routed,
            enforce=policy.enforce,
        )
    except KeyError:
        # If the view does not have the method, what was added decides.
        return METHOD_NOT_ALLOWED if has_handler(route, method) else policy
    except ANY_FAILURE:
        logger.exception("%r.get_request_config failed; the origin is refused", view)
        return CLOSED
