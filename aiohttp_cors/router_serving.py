"""Serving requests to aiohttp's own router: preflights, the guard, the headers of responses."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Any, cast

from aiohttp import hdrs, web

from ._checks.findings import Finding
from ._core.origin_table import OriginTable
from ._core.origins import OriginFunction, is_same_origin
from ._core.policy import Policy, decide
from ._core.verdict import Denial, Grant, Question, Reason
from .auditing import audit
from .entries import ParsedConfig
from .kept_preflights import KeptMatchInfo, preflight_key
from .mixin import APP_CONFIG_KEY, computes_config, is_cors_view
from .outermost import (
    ActualRequest,
    Outermost,
    OutermostRouting,
    PreflightMatchInfo,
)
from .preflight_handler import (
    Answer,
    Preflight,
    decide_preflight,
    joined,
    preflight_response,
    refusal_response,
)
from .request_policies import (
    NOT_SHARED,
    RequestPolicies,
    answers_preflight,
    computed,
    enter,
    lend_match,
    resolve_actual,
)
from .response_headers import write_verdict
from .response_signal import DONE, Respond
from .route_policies import UNDECIDED, RoutePolicies
from .routes import has_fixed_routes
from .serving import Serving, Settings
from .urldispatcher_router_adapter import Refuse, ResourcesUrlDispatcherRouterAdapter

logger = logging.getLogger("aiohttp_cors")
ORIGIN = hdrs.ORIGIN


class RouterServing(Serving[ResourcesUrlDispatcherRouterAdapter], Outermost):
    """Serves by the policies that were compiled for aiohttp's own router."""

    def __init__(
        self,
        app: web.Application,
        router_adapter: ResourcesUrlDispatcherRouterAdapter,
        settings: Settings,
    ) -> None:
        self._routes: RoutePolicies = router_adapter.policies
        super().__init__(app, router_adapter, settings)
        self._requests = RequestPolicies(app, self._routes)
        self._enforces_all = settings.enforce
        self.preflights_first = settings.preflights_first
        self.guards = settings.enforce
        router_adapter.preflights_first = settings.preflights_first
        self._routing = OutermostRouting(app.router, self)
        #: One method object for all OPTIONS routes.
        self._handler = self._preflight_handler
        #: None: the application is not frozen yet.
        self._fixed_routes: bool | None = None

    def add(
        self,
        routing_entity: Any,
        config: ParsedConfig,
        refuse: Refuse,
        *,
        inherit: bool,
        enforce: bool,
    ) -> list[Finding]:
        adapter = self._router_adapter
        if routing_entity is self._app:
            findings = adapter.add_application(config, refuse, inherit=inherit, enforce=enforce)
        else:
            findings = adapter.add(
                routing_entity,
                config,
                self._handler,
                refuse,
                inherit=inherit,
                enforce=enforce,
            )
        self.guards = self.guards or enforce
        return findings

    def audit(self) -> list[Finding]:
        return audit(self._routes, self._app.router.routes())

    def serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        if route.resource is None:
            return self._routes.application is not None
        return self._routes.response_policy(route, request.method) is not None

    def knows(self, route: web.AbstractRoute) -> bool:
        return self._routes.policy(route, hdrs.METH_OPTIONS) is not None

    # Preflights

    def leaves_to_nearer(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        return self._requests.leaves_to_nearer(request, match)

    async def preflight_policy(
        self, match: web.UrlMappingMatchInfo, actual: ActualRequest
    ) -> Policy | None:
        request = cast(web.Request, actual)
        if self.leaves_to_nearer(request, match):
            return None
        if not actual.method_known:
            ours = match.route.resource in self._routes.resources
            return NOT_SHARED if ours or self._routes.application is not None else None
        return await self._requests.find(request, match, actual.method)

    async def answer_preflight(self, request: web.Request) -> web.StreamResponse:
        match = cast(PreflightMatchInfo, request.match_info)
        match.start_answering()
        # A change of the configuration while functions are asked puts another one in its place.
        kept = self._routes.kept
        answer = await self.decide_match(request, match)
        if answer.asked is not None and self._leads_there_always(match):
            siblings = self._routes.siblings(match.route)
            same_for_all = all(policy.public is not None for _, _, policy in siblings)
            kept.keep(preflight_key(request), match, answer, same_for_all=same_for_all)
        self._note_answer(request, answer)
        return preflight_response(answer)

    def _leads_there_always(self, match: PreflightMatchInfo) -> bool:
        """Tell whether nothing but path, method and headers says what decides about a preflight."""
        if match.route.resource is None or match.apps != (self._app,):
            return False
        if self._app.frozen and self._fixed_routes is None:
            self._fixed_routes = self._routing.is_plain and has_fixed_routes(self._app)
        return bool(self._fixed_routes) and not any(
            policy.asks or (is_cors_view(route.handler) and computes_config(route.handler))
            for _, route, policy in self._routes.siblings(match.route)
        )

    def kept_match(self, request: web.Request) -> web.UrlMappingMatchInfo | None:
        return self._routes.kept.match(preflight_key(request))

    async def answer_kept(self, match: Any, request: web.Request) -> web.StreamResponse:
        origin = joined(request.headers, ORIGIN) or ""
        known = match.recall(origin)
        if known is None:
            await self._resolve_anew(request)
            return await self.answer_preflight(request)
        verdict = known if type(known) is Denial else known.answer.verdict
        if self.decisions.tells(verdict):
            self.decisions.note("preflight", match.route, origin, verdict)
        if type(known) is Denial:
            return refusal_response(known, origin, match.method)
        return web.Response(headers=known.headers)

    async def _resolve_anew(self, request: web.Request) -> PreflightMatchInfo:
        match = cast(PreflightMatchInfo, await self._routing.resolve_preflight(request))
        match.add_app(self._app)
        enter(request, match)
        return match

    async def decide_match(self, request: web.Request, match: PreflightMatchInfo) -> Answer:
        if isinstance(match, KeptMatchInfo):
            match = await self._resolve_anew(request)
            match.start_answering()
        if isinstance(match.asked, Denial):
            return Answer(match.asked, route=match.route)
        return await self._decide_all(request, match.route, match.policy, match.asked)

    async def _answer_preflight(self, request: web.Request, asked: Preflight) -> Answer:
        # The preflight has come through the application's middlewares.
        match = await resolve_actual(request, asked.method, asked)
        # The OPTIONS route may be that of an application inside the one that decides.
        for app in reversed(request.match_info.apps):
            cors = app.get(APP_CONFIG_KEY)
            serving = self if app is self._app else cors and cors._cors_impl
            if isinstance(serving, RouterServing):
                policy = await serving._requests.find(request, match, asked.method)
                if policy is not None:
                    return await serving._decide_all(request, match.route, policy, asked)
        return Answer(Denial(Reason.METHOD_NOT_SHARED), asked, route=match.route)

    async def _decide_all(
        self, request: web.Request, route: web.AbstractRoute, policy: Policy, asked: Preflight
    ) -> Answer:
        """Decide about a preflight, and find the other methods that its grant holds for."""
        # Read before anything is awaited: a change meanwhile must not get mixed in.
        siblings = self._routes.siblings(route)
        policy = computed(policy, request, route, asked.method)
        answers: dict[OriginFunction, bool] = {}
        verdict = await self._decide_preflight(request, policy, asked, answers)
        if isinstance(verdict, Denial):
            return Answer(verdict, asked, policy=policy, route=route)
        # One cached preflight serves all methods that would be granted it (Fetch §4.9).
        methods = {asked.method}
        for method, its_route, its_policy in siblings:
            sibling = computed(its_policy, request, its_route, method)
            instead = asked._replace(method=method)
            other = await self._decide_preflight(request, sibling, instead, answers)
            # Another resource may take the method at this path.
            if (
                isinstance(other, Grant)
                and (await resolve_actual(request, method, instead)).route is its_route
            ):
                methods.add(method)
        return Answer(verdict, asked, tuple(sorted(methods)), policy, route)

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

    # The guard

    async def guard(self, request: web.Request, match: web.UrlMappingMatchInfo) -> Answer | None:
        headers = request.headers
        origin = joined(headers, hdrs.ORIGIN) or ""
        plan = self._routes.plans.get(match.route)
        if type(plan) is Policy and type(decide(plan, origin)) is Grant:
            return None
        site, host = headers.get("Sec-Fetch-Site"), headers.get(hdrs.HOST)
        if is_same_origin(origin, site, host):
            return None
        if not self.preflights_first and answers_preflight(request, match.route):
            # It is on its way to the preflight handler, which refuses it or not.
            return None
        lend_match(request, match, self._app)
        if self._requests.nearer_serves(request, match):
            return None
        if match.route.resource is None:
            policy = await self._requests.find_unrouted(request, match, request.method)
        else:
            # One that shares nothing with anybody guards all the same.
            policy = self._routes.policy(match.route, request.method)
        if policy is None:
            policy = NOT_SHARED
        if not policy.guard and not self._enforces_all:
            return None
        policy = computed(policy, request, match.route, request.method)
        verdict = await self.settle(policy, request, origin)
        if isinstance(verdict, Grant):
            return None
        return Answer(verdict, policy=policy, route=match.route)

    async def answer_refused(self, answer: Answer, request: web.Request) -> web.StreamResponse:
        origin = joined(request.headers, hdrs.ORIGIN) or ""
        route = answer.route or request.match_info.route
        self.decisions.note("guard", route, origin, answer.verdict)
        return refused_response(origin)

    # Responses

    async def find_policy(self, request: web.Request) -> Policy | None:
        return await self._requests.find_for_response(request)

    def layers_of(
        self, route: web.AbstractRoute, method: str
    ) -> list[tuple[str, ParsedConfig]] | None:
        """Return what shares ``method`` of a route, the most specific config first, with names.

        None if its responses are left alone.
        """
        policy = self._routes.response_policy(route, method)
        if policy is None:
            return None
        found: list[tuple[str, ParsedConfig]] = []
        for layer in policy.layers if policy.routed else ():
            shared = {key: each for key, each in layer.config.items() if policy.rule.allows(each)}
            found.append((self._routes.written_at(layer, route, method) or "", shared))
        return found

    def written_at(self, table: OriginTable, route: web.AbstractRoute, method: str) -> str | None:
        return self._routes.written_at(table, route, method)

    def _responder(self, keep_existing: bool) -> Respond:
        # Each response comes through here: a function finds its variables sooner than a method
        # finds its attributes.
        plans = self._routes.plans
        tells_all = self.decisions.all

        def respond(
            signal: object, request: web.Request, response: web.StreamResponse
        ) -> Awaitable[None]:
            plan = plans.get(request._match_info._route, UNDECIDED)  # type: ignore[union-attr]
            if type(plan) is dict:
                plan = plan.get(request.method, UNDECIDED)
            if type(plan) is not Policy:
                if plan is UNDECIDED:
                    plan = self._requests.plan_of(request)
                if type(plan) is not Policy:
                    return DONE if plan is None else self._respond(request, response)
            vary = plan.public is None
            lines = request.headers.getall(ORIGIN, None)
            if lines is None:
                write_verdict(response.headers, plan.without_origin, vary, keep_existing)
                return DONE
            origin = lines[0] if len(lines) == 1 else ", ".join(lines)
            # What `decide` would find first, without a call.
            verdict = plan.granted.get(origin) or decide(plan, origin)
            if type(verdict) is Question:
                return self._respond(request, response)
            write_verdict(response.headers, verdict, vary, keep_existing)
            if tells_all or (type(verdict) is Denial and logger.isEnabledFor(logging.DEBUG)):
                self._note_response(request, origin, verdict)
            return DONE

        return respond


def refused_response(origin: str) -> web.Response:
    """Make the response to a request that a guard refuses."""
    return web.Response(
        status=403,
        text=f"cross-origin request refused: origin {origin[:100]!a} is not allowed",
        headers={hdrs.VARY: hdrs.ORIGIN, "X-Content-Type-Options": "nosniff"},
    )
