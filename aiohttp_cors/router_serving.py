"""Serving requests to aiohttp's own router: preflights, the guard, the headers of responses."""

from __future__ import annotations

import logging
from typing import Any, cast

from aiohttp import hdrs, web

from ._core.origins import OriginFunction
from ._core.policy import MethodRule, Policy, decide, policy_of_mapping
from ._core.same_origin import is_same_origin
from ._core.verdict import Denial, Grant, Question, Reason
from .mixin import (
    APP_CONFIG_KEY,
    computes_config,
    is_cors_view,
    view_rule,
)
from .outermost import (
    ActualRequest,
    Outermost,
    OutermostRouting,
    PreflightMatchInfo,
    is_preflight,
)
from .preflight_handler import (
    Answer,
    Preflight,
    decide_preflight,
    grant_response,
    joined,
    refusal,
)
from .route_policies import MethodPlan, ParsedConfig, RoutePolicies
from .routes import is_library_route
from .serving import CLOSED, Serving, Settings
from .urldispatcher_router_adapter import ResourcesUrlDispatcherRouterAdapter

logger = logging.getLogger("aiohttp_cors")

#: Shares nothing with anybody, for methods of which nothing was said.
_NOT_SHARED = Policy((), MethodRule(explicit=False, by_default=False, names=()))
_NO_PLAN = object()


class RouterServing(Serving[ResourcesUrlDispatcherRouterAdapter], Outermost):
    """Serves by the policies that were compiled for aiohttp's own router."""

    def __init__(
        self,
        app: web.Application,
        router_adapter: ResourcesUrlDispatcherRouterAdapter,
        settings: Settings,
    ) -> None:
        super().__init__(app, router_adapter, settings)
        self._policies: RoutePolicies = router_adapter.policies
        self._enforces_all = settings.enforce
        self.preflights_first = settings.preflights_first
        self.guards = settings.enforce
        router_adapter.preflights_first = settings.preflights_first
        OutermostRouting(app.router, self)

    def add(
        self, routing_entity: Any, config: ParsedConfig, *, inherit: bool, enforce: bool
    ) -> None:
        adapter = self._router_adapter
        if routing_entity is self._app:
            adapter.add_application(config, inherit=inherit, enforce=enforce)
        else:
            adapter.add(
                routing_entity, config, self._preflight_handler, inherit=inherit, enforce=enforce
            )
        self.guards = self.guards or enforce

    def serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        if route.resource is None:
            return self._policies.application is not None
        return self._policies.response_policy(route, request.method) is not None

    def knows(self, route: web.AbstractRoute) -> bool:
        return self._policies.policy(route, hdrs.METH_OPTIONS) is not None

    # Before middlewares

    async def preflight_policy(
        self, match: web.UrlMappingMatchInfo, actual: ActualRequest
    ) -> Policy | None:
        request = cast(web.Request, actual)
        if self.leaves_to_nearer(request, match):
            return None
        if not actual.method_known:
            ours = match.route.resource in self._policies.resources
            return _NOT_SHARED if ours or self._policies.application is not None else None
        return await self._route_policy(request, match, actual.method)

    async def answer_preflight(self, request: web.Request) -> web.StreamResponse:
        match = cast(PreflightMatchInfo, request.match_info)
        match.start_answering()
        asked = match.asked
        if isinstance(asked, Denial):
            return web.Response(status=403, **refusal(asked, None))
        verdict, methods = await self._answer(request, match.route, match.policy, asked)
        if isinstance(verdict, Denial):
            return web.Response(status=403, **refusal(verdict, asked))
        return grant_response(verdict, methods, asked)

    async def _answer_preflight(self, request: web.Request, asked: Preflight) -> Answer:
        # The preflight has come through the application's middlewares.
        match = await _resolve(request, asked.method, asked)
        # The OPTIONS route may be that of an application inside the one that decides.
        for app in reversed(request.match_info.apps):
            cors = app.get(APP_CONFIG_KEY)
            serving = self if app is self._app else cors and cors._cors_impl
            if isinstance(serving, RouterServing):
                policy = await serving._route_policy(request, match, asked.method)
                if policy is not None:
                    return await serving._answer(request, match.route, policy, asked)
        return Answer(Denial(Reason.METHOD_NOT_SHARED))

    async def _answer(
        self, request: web.Request, route: web.AbstractRoute, policy: Policy, asked: Preflight
    ) -> Answer:
        # Read before anything is awaited: a change meanwhile must not get mixed in.
        siblings = self._policies.siblings(route)
        if policy is not _NOT_SHARED:
            policy = _computed(policy, request, route, asked.method)
        answers: dict[OriginFunction, bool] = {}
        verdict = await self._decide_preflight(request, policy, asked, answers)
        if isinstance(verdict, Denial):
            return Answer(verdict)
        # One cached preflight serves all methods that would be granted it (Fetch §4.9).
        methods = {asked.method}
        for method, its_route, its_policy in siblings:
            sibling = _computed(its_policy, request, its_route, method)
            instead = asked._replace(method=method)
            other = await self._decide_preflight(request, sibling, instead, answers)
            # Another resource may take the method at this path.
            if (
                isinstance(other, Grant)
                and (await _resolve(request, method, instead)).route is its_route
            ):
                methods.add(method)
        return Answer(verdict, tuple(sorted(methods)))

    async def _decide_preflight(
        self,
        request: web.Request,
        policy: Policy,
        asked: Preflight,
        answers: dict[OriginFunction, bool],
    ) -> Grant | Denial:
        verdict = decide_preflight(policy, asked, answers)
        if isinstance(verdict, Question):
            return await self.functions.settle(
                request,
                asked.origin,
                lambda answers: decide_preflight(policy, asked, answers),
                answers,
            )
        return verdict

    async def must_refuse(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        headers = request.headers
        origin = joined(headers, hdrs.ORIGIN) or ""
        site, host = headers.get("Sec-Fetch-Site"), headers.get(hdrs.HOST)
        if is_same_origin(origin, site, host):
            return False
        if not self.preflights_first and _answers_preflight(request, match.route):
            # It is on its way to the preflight handler, which refuses it or not.
            return False
        _lend_match(request, match, self._app)
        if self._nearer_serves(request, match):
            return False
        if match.route.resource is None:
            policy = await self._unrouted_policy(request, match, request.method)
        else:
            # One that shares nothing with anybody guards all the same.
            policy = self._policies.policy(match.route, request.method)
        if policy is None:
            return self._enforces_all
        if not policy.guard and not self._enforces_all:
            return False
        policy = _computed(policy, request, match.route, request.method)
        return isinstance(await self._settle(policy, request, origin), Denial)

    async def answer_refused(self, request: web.Request) -> web.StreamResponse:
        origin = joined(request.headers, hdrs.ORIGIN) or ""
        return web.Response(
            status=403,
            text=f"cross-origin request refused: origin {origin[:100]!a} is not allowed",
            headers={hdrs.VARY: hdrs.ORIGIN, "X-Content-Type-Options": "nosniff"},
        )

    # Policies

    async def _route_policy(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        """Return the policy for a request with ``method`` that resolves to ``match``."""
        route = match.route
        if route.resource is not None:
            return self._policies.response_policy(route, method)
        return await self._unrouted_policy(request, match, method)

    async def _unrouted_policy(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        application = self._policies.application
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
        return self._policies.unrouted_policy(application, resources, method)

    async def _on_response_prepare(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        route = request.match_info.route
        plan = self._policies.plans.get(route, _NO_PLAN)
        if plan is None:
            return
        policy: Policy | None
        if isinstance(plan, Policy):
            policy = plan
        elif route.resource is None:
            policy = await self._unrouted_response_policy(request)
        else:
            policy = self._find_policy(request, route, plan)
        if policy is None:
            return
        origin = joined(request.headers, hdrs.ORIGIN)
        verdict = decide(policy, origin)
        if isinstance(verdict, Question):
            verdict = await self._settle(policy, request, origin)
        self._write(response, policy, verdict)

    async def _unrouted_response_policy(self, request: web.Request) -> Policy | None:
        match = request.match_info
        if self._policies.application is None or self._nearer_serves(request, match):
            return None
        return await self._route_policy(request, match, request.method)

    def _find_policy(
        self, request: web.Request, route: web.AbstractRoute, plan: object
    ) -> Policy | None:
        if plan is _NO_PLAN:
            nested = request.match_info.apps[-1] is not self._app
            plan = self._policies.plan(route, nested=nested)
        if not isinstance(plan, MethodPlan):
            return cast("Policy | None", plan)
        if plan.nested and self._nearer_serves(request, request.match_info):
            return None
        if _answers_preflight(request, route):
            # The preflight handler has written its answer, or a middleware refused the preflight.
            return None
        try:
            policy = plan.policies[request.method]
        except KeyError:
            policy = self._policies.response_policy(route, request.method)
        return None if policy is None else _computed(policy, request, route, request.method)

    def leaves_to_nearer(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        if not match.apps:
            return False
        asking, request = request, getattr(request, "original", request)
        if request._match_info is None:
            _lend_match(request, match, self._app)
        return self._nearer_serves(asking, match)

    def _nearer_serves(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether an application between this one and the handler decides (it alone)."""
        for app in reversed(match.apps):
            if app is self._app:
                break
            cors = app.get(APP_CONFIG_KEY)
            if cors is not None and cors._cors_impl.serves(request, match.route):
                return True
        return False


def _computed(
    policy: Policy, request: web.Request, route: web.AbstractRoute, method: str
) -> Policy:
    """Return ``policy``, or the one for this request where a view computes its config."""
    view = route.handler
    if not is_cors_view(view) or not computes_config(view):
        return policy
    try:
        config = view.get_request_config(request, method)
        origin = joined(request.headers, hdrs.ORIGIN)
        return policy_of_mapping(
            config, origin, view_rule(method), routed=policy.routed, guard=policy.guard
        )
    except KeyError:
        return _NOT_SHARED
    except Exception:
        logger.exception("%r.get_request_config failed; the origin is refused", view)
        return CLOSED


async def _resolve(request: web.Request, method: str, asked: Preflight) -> web.UrlMappingMatchInfo:
    """Resolve the path of a preflight with a method, from the outermost application on."""
    actual = ActualRequest(request, method, asked, method_known=True)
    router = request.match_info.apps[0].router
    return await router.resolve(cast(web.Request, actual))


def _answers_preflight(request: web.Request, route: web.AbstractRoute) -> bool:
    """Tell whether ``request`` is a preflight that ``route`` hands to the library's handler."""
    library = is_library_route(route) or is_cors_view(route.handler)
    return library and request.method == hdrs.METH_OPTIONS and is_preflight(request)


def _lend_match(request: web.Request, match: web.UrlMappingMatchInfo, app: web.Application) -> None:
    """Let functions of the application see ``request.app`` and the like before routing is done."""
    lent = web.UrlMappingMatchInfo(cast("dict[str, str]", match), match.route)
    for each in (*reversed(match.apps), app):
        lent.add_app(each)
    request._match_info = lent
