"""The policy for one request: that of its route, unless the request itself has a say."""

from __future__ import annotations

import logging
from typing import cast

from aiohttp import hdrs, web

from ._core.policy import SHARED, MethodRule, Policy, policy_of_mapping
from ._core.verdict import Denial, Reason
from .mixin import APP_CONFIG_KEY, computes_config, is_cors_view, view_rule
from .outermost import ActualRequest, is_preflight
from .preflight_handler import Preflight, joined
from .route_policies import UNDECIDED, RoutePolicies, Undecided
from .routes import is_library_route

logger = logging.getLogger("aiohttp_cors")

#: Shares nothing with anybody, for methods of which nothing was said.
NOT_SHARED = Policy((), MethodRule(explicit=False, by_default=False, names=()))
#: Shares nothing with anybody: for requests of which the application's code failed to say.
CLOSED = Policy((), SHARED)


class RequestPolicies:
    """Finds the policy for a request among those of the routes of one application."""

    def __init__(self, app: web.Application, routes: RoutePolicies) -> None:
        self._app = app
        self._routes = routes

    async def find(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        """Return the policy for a request with ``method`` that resolves to ``match``.

        None if it is none of this application's CORS.
        """
        if match.route.resource is not None:
            return self._routes.response_policy(match.route, method)
        return await self.find_unrouted(request, match, method)

    async def find_unrouted(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        """Return the policy for a request that resolves to no route."""
        application = self._routes.application
        if application is None:
            return None
        resources = []
        if isinstance(match.http_exception, web.HTTPMethodNotAllowed):
            # What other methods find at this path may be stricter than the application.
            for allowed in sorted(match.http_exception.allowed_methods):
                actual = ActualRequest(
                    request, allowed, Denial(Reason.METHOD_NOT_SHARED), method_known=True
                )
                other = await self._app.router.resolve(cast(web.Request, actual))
                if other.route.resource not in resources:
                    resources.append(other.route.resource)
        return self._routes.unrouted_policy(application, resources, method)

    def plan_of(self, request: web.Request) -> Policy | Undecided | None:
        """Return the policy for the response to ``request`` if its route and method tell."""
        match = request.match_info
        plan = self._routes.plan(match.route, nested=match.apps[-1] is not self._app)
        return plan.get(request.method, UNDECIDED) if isinstance(plan, dict) else plan

    async def find_for_response(self, request: web.Request) -> Policy | None:
        """Return the policy for the response to ``request``, which is being served."""
        policy = self.plan_of(request)
        if not isinstance(policy, Undecided):
            return policy
        match = request.match_info
        route = match.route
        if self.nearer_serves(request, match) or answers_preflight(request, route):
            # The preflight handler has written its answer, or a middleware refused the preflight.
            return None
        policy = await self.find(request, match, request.method)
        return None if policy is None else computed(policy, request, route, request.method)

    def leaves_to_nearer(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether an application inside this one decides, before routing is done."""
        if not match.apps:
            return False
        asking, request = request, getattr(request, "original", request)
        if request._match_info is None:
            lend_match(request, match, self._app)
        return self.nearer_serves(asking, match)

    def nearer_serves(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether an application between this one and the handler decides (it alone)."""
        for app in reversed(match.apps):
            if app is self._app:
                break
            cors = app.get(APP_CONFIG_KEY)
            if cors is not None and cors._cors_impl.serves(request, match.route):
                return True
        return False


def computed(policy: Policy, request: web.Request, route: web.AbstractRoute, method: str) -> Policy:
    """Return ``policy``, or the one for this request where a view computes its config."""
    view = route.handler
    if policy is NOT_SHARED or not is_cors_view(view) or not computes_config(view):
        return policy
    try:
        config = view.get_request_config(request, method)
        origin = joined(request.headers, hdrs.ORIGIN)
        return policy_of_mapping(
            config, origin, view_rule(method), routed=policy.routed, guard=policy.guard
        )
    except KeyError:
        return NOT_SHARED
    except Exception:
        logger.exception("%r.get_request_config failed; the origin is refused", view)
        return CLOSED


async def resolve_actual(
    request: web.Request, method: str, asked: Preflight
) -> web.UrlMappingMatchInfo:
    """Resolve the path of a preflight with a method, from the outermost application on."""
    actual = ActualRequest(request, method, asked, method_known=True)
    router = request.match_info.apps[0].router
    return await router.resolve(cast(web.Request, actual))


def answers_preflight(request: web.Request, route: web.AbstractRoute) -> bool:
    """Tell whether ``request`` is a preflight that ``route`` hands to the library's handler."""
    library = is_library_route(route) or is_cors_view(route.handler)
    return library and is_preflight(request)


def lend_match(request: web.Request, match: web.UrlMappingMatchInfo, app: web.Application) -> None:
    """Let functions of the application see ``request.app`` and the like before routing is done."""
    lent = web.UrlMappingMatchInfo(cast("dict[str, str]", match), match.route)
    for each in (*reversed(match.apps), app):
        lent.add_app(each)
    enter(request, lent)


def enter(request: web.Request, match: web.UrlMappingMatchInfo | None) -> None:
    """Make ``match`` the match info of ``request``, as aiohttp does when routing is done."""
    request._match_info = match
