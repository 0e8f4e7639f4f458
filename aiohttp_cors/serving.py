"""Serving requests: the preflights, and the headers of all other responses."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar, cast

from aiohttp import hdrs, web

from ._core.options import ResourceOptions
from ._core.policy import MethodRule, Policy, decide, policy_of_mapping
from ._core.verdict import Denial, Reason
from .abc import AbstractRouterAdapter
from .mixin import (
    APP_CONFIG_KEY,
    CorsViewMixin,
    computes_config,
    is_cors_view,
    view_methods,
    view_rule,
)
from .preflight_handler import (
    Answer,
    Preflight,
    _PreflightHandler,
    decide_preflight,
    grant_response,
    joined,
    refusal,
)
from .preflight_routing import ActualRequest, PreflightMatchInfo, PreflightRouting, is_preflight
from .response_headers import vary_by_origin, write_verdict
from .urldispatcher_router_adapter import (
    MethodPlan,
    ParsedConfig,
    ResourcesUrlDispatcherRouterAdapter,
    is_library_route,
)

logger = logging.getLogger("aiohttp_cors")

_Adapter = TypeVar("_Adapter", bound=AbstractRouterAdapter)

#: Shares nothing with anybody: for responses of which the application's code failed to say.
_CLOSED = Policy((), MethodRule(explicit=True, by_default=True, names=()))
_NOT_SHARED_POLICY = Policy((), MethodRule(explicit=False, by_default=False, names=()))
_NOT_SHARED = Answer(Denial(Reason.METHOD_NOT_SHARED))
_NO_PLAN = object()


class Serving(_PreflightHandler, Generic[_Adapter]):
    """What serves the requests of one application, by what its router adapter knows."""

    def __init__(self, app: web.Application, router_adapter: _Adapter) -> None:
        self._app = app
        self._router_adapter = router_adapter
        app.on_response_prepare.append(self._on_response_prepare)

    def add(self, routing_entity: object, config: ParsedConfig) -> None:
        """Enable CORS for ``routing_entity``; ``ValueError`` if that can't be done."""
        self._router_adapter.add_preflight_handler(routing_entity, self._preflight_handler)
        self._router_adapter.set_config_for_routing_entity(routing_entity, config)

    @abstractmethod
    def serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        """Tell whether CORS was added here for what serves ``request``."""

    @abstractmethod
    async def _on_response_prepare(
        self, request: web.Request, response: web.StreamResponse
    ) -> None: ...


class AdapterServing(Serving[AbstractRouterAdapter]):
    """Serves by a router adapter that others wrote: only its methods tell what it knows."""

    def serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        return self._router_adapter.is_cors_enabled_on_request(request)

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[str, ResourceOptions]:
        return await self._router_adapter.get_preflight_request_config(
            request, origin, request_method
        )

    async def _on_response_prepare(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        adapter = self._router_adapter
        try:
            if not adapter.is_cors_enabled_on_request(request):
                return
            if adapter.is_preflight_request(request):
                return
            config = adapter.get_non_preflight_request_config(request)
            rule = MethodRule(explicit=True, by_default=True, names=())
            policy = policy_of_mapping(config, joined(request.headers, hdrs.ORIGIN), rule)
        except Exception:
            logger.exception("the router adapter %r failed; the origin is refused", adapter)
            policy = _CLOSED
        _write(policy, request, response)


class RouterServing(Serving[ResourcesUrlDispatcherRouterAdapter]):
    """Serves by the policies that were compiled for aiohttp's own router."""

    def __init__(
        self,
        app: web.Application,
        router_adapter: ResourcesUrlDispatcherRouterAdapter,
        *,
        preflights_first: bool,
    ) -> None:
        super().__init__(app, router_adapter)
        router_adapter.preflights_first = preflights_first
        if preflights_first:
            PreflightRouting(app.router, self._takes_preflight, self._answer_first)

    def add(self, routing_entity: object, config: ParsedConfig) -> None:
        handler = self._preflight_handler
        self._router_adapter.check_routing_entity(routing_entity, config, handler)
        self._router_adapter.add_preflight_handler(routing_entity, handler)
        self._router_adapter.set_config_for_routing_entity(routing_entity, config)

    def _takes_preflight(self, route: web.AbstractRoute, actual: ActualRequest) -> bool:
        if actual.method_known:
            return self._router_adapter.response_policy(route, actual.method) is not None
        return self._router_adapter.serves(route)

    async def _answer_first(self, request: web.Request) -> web.StreamResponse:
        """Answer a preflight that `PreflightRouting` has found."""
        match = cast(PreflightMatchInfo, request.match_info)
        match.start_answering()
        asked = match.asked
        if isinstance(asked, Denial):
            return web.Response(status=403, **refusal(asked, None))
        answer = self._answer(request, match.route, asked) if match.found else _NOT_SHARED
        if isinstance(answer.verdict, Denial):
            return web.Response(status=403, **refusal(answer.verdict, asked))
        return grant_response(answer.verdict, answer.methods, asked)

    async def _answer_preflight(self, request: web.Request, asked: Preflight) -> Answer:
        """Answer a preflight that has come through the application's middlewares."""
        actual = ActualRequest(request, asked.method, asked, method_known=True)
        router = request.match_info.apps[0].router
        match = await router.resolve(cast(web.Request, actual))
        return self._answer(request, match.route, asked)

    def _answer(self, request: web.Request, route: web.AbstractRoute, asked: Preflight) -> Answer:
        if is_cors_view(route.handler) and computes_config(route.handler):
            policy = _view_policy(route.handler, request, asked.method)
            return Answer(decide_preflight(policy, asked), (asked.method,))
        found = self._router_adapter.policy(route, asked.method)
        if found is None:
            return _NOT_SHARED
        verdict = decide_preflight(found, asked)
        if isinstance(verdict, Denial):
            return Answer(verdict)
        # One cached preflight serves all methods that would be granted it (Fetch §4.9).
        methods = {
            method
            for method, policy in self._router_adapter.siblings(route)
            if not isinstance(decide(policy, asked.origin, asked.headers), Denial)
        }
        return Answer(verdict, tuple(sorted(methods | {asked.method})))

    # Responses

    async def _on_response_prepare(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        route = request.match_info.route
        plan = self._router_adapter.plans.get(route, _NO_PLAN)
        policy = plan if isinstance(plan, Policy) else self._find_policy(request, route, plan)
        if policy is not None:
            _write(policy, request, response)

    def _find_policy(
        self, request: web.Request, route: web.AbstractRoute, plan: object
    ) -> Policy | None:
        if plan is _NO_PLAN:
            nested = request.match_info.apps[-1] is not self._app
            plan = self._router_adapter.plan(route, nested=nested)
        if not isinstance(plan, MethodPlan):
            return cast("Policy | None", plan)
        if plan.nested and self._nearer_serves(request, route):
            return None
        library = is_library_route(route) or is_cors_view(route.handler)
        if library and request.method == hdrs.METH_OPTIONS and is_preflight(request):
            # The preflight handler has written its answer, or a middleware refused the preflight.
            return None
        if is_cors_view(route.handler) and computes_config(route.handler):
            return _view_policy(route.handler, request, request.method)
        try:
            return plan.policies[request.method]
        except KeyError:
            return self._router_adapter.response_policy(route, request.method)

    def _nearer_serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        """Tell whether an application between this one and the handler decides (it alone)."""
        for app in reversed(request.match_info.apps):
            if app is self._app:
                break
            cors = app.get(APP_CONFIG_KEY)
            if cors is not None and cors._cors_impl.serves(request, route):
                return True
        return False

    def serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        return self._router_adapter.response_policy(route, request.method) is not None


def _write(policy: Policy, request: web.Request, response: web.StreamResponse) -> None:
    verdict = decide(policy, joined(request.headers, hdrs.ORIGIN))
    write_verdict(response.headers, verdict)
    if policy.public is None:
        vary_by_origin(response.headers)


def _view_policy(view: type[CorsViewMixin], request: web.Request, method: str) -> Policy:
    """Return the policy for a view that computes its config at each request."""
    try:
        config = view.get_request_config(request, method)
        origin = joined(request.headers, hdrs.ORIGIN)
        return policy_of_mapping(
            config, origin, view_rule(method), routed=method in view_methods(view)
        )
    except KeyError:
        return _NOT_SHARED_POLICY
    except Exception:
        logger.exception("%r.get_request_config failed; the origin is refused", view)
        return _CLOSED
