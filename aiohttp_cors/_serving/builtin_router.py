"""Serving requests by what was added to aiohttp's own router."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from functools import partial
from typing import Any

from aiohttp import hdrs, web

from .._checks.finding import Finding
from .._core.policy import Policy
from .._core.verdict import Denial, Reason
from .._http.handler import Outcome
from .._http.hooks import (
    OWN_RESOLVE,
    announced,
    apps_of,
    details_of,
    plainly,
    resolve_last,
    resolver_of,
    route_of,
)
from .._http.preflights import Preflight
from .._routing.adapter import ResourcesUrlDispatcherRouterAdapter
from .._routing.auditing import audit
from .._routing.entries import ParsedConfig
from .._routing.layers import Layer
from .._routing.registration import Plan
from .._routing.routes import inner_application, is_registered, served_as
from .._routing.snapshot import UNDECIDED
from .._routing.snapshot import Plan as ResponsePlan
from .._routing.views import SERVER_KEY, CorsViewMixin
from .server import Server, deciding, servers_of, settle_preflight
from .settings import Arguments

#: Stands for the plan of a route that was not requested before.
_MISSING: Any = object()


class BuiltinRouterServer(Server):
    """Decides by the policies that are compiled from what was added to aiohttp's own router."""

    def __init__(
        self,
        app: web.Application,
        router_adapter: ResourcesUrlDispatcherRouterAdapter,
        arguments: Arguments,
    ) -> None:
        self._router_adapter = router_adapter
        self.registry = router_adapter.registry
        self._router = app.router
        self.resolver = resolver_of(app.router)
        #: The servers of the applications inside, and around this one.
        self._inner: list[Server] = []
        self._around: list[BuiltinRouterServer] = []
        #: Preflights get early responses, in this application or in an inner one.
        self.looks_for_preflights = False
        #: One method object for all OPTIONS routes.
        self._handler = self._preflight_handler
        super().__init__(app, arguments)

    def configure(self, arguments: Arguments) -> None:
        super().configure(arguments)
        self.preflights_first = arguments.preflights_first
        self.looks_for_preflights |= arguments.preflights_first
        self._router_adapter.registration.preflights_first = arguments.preflights_first
        if arguments.enforce:
            self._start_enforcing()

    def _start_enforcing(self) -> None:
        # The outermost hook enforces for all of them, because policies around this one count too.
        for server in (self, *self._around):
            server.enforcing = True
            for each in (server, *server._inner):
                each.has_rulings = True

    def link(self) -> None:
        """Find the servers of inner applications; called once prefixes and routers are complete."""
        self.registry.complete()
        for server in _servers_inside(self.app):
            if server not in self._inner:
                self._inner.append(server)
                if isinstance(server, BuiltinRouterServer):
                    server._around.append(self)
                    server.registry.around.append(self.registry)
                    server.registry.complete()
                    self.enforcing |= server.enforcing
                    self.looks_for_preflights |= server.looks_for_preflights
        if self.enforcing:
            self._start_enforcing()

    def plan(
        self, routing_entity: object, config: ParsedConfig, *, inherit: bool, enforce: bool
    ) -> Plan:
        """Plan adding an entity, changing nothing; raise ``ValueError`` if that fails."""
        registration = self._router_adapter.registration
        if routing_entity is self.app:
            return registration.plan_application(config, inherit=inherit, enforce=enforce)
        return registration.plan(
            routing_entity, config, self._handler, inherit=inherit, enforce=enforce
        )

    def apply(self, plan: Plan) -> None:
        """Apply a plan."""
        self._router_adapter.registration.apply(plan, self._handler)
        if plan.entry.enforce:
            self._start_enforcing()

    @property
    def has_entries(self) -> bool:
        return bool(self.registry.resources) or self.registry.application is not None

    def check(self, arguments: Arguments) -> None:
        """Raise ``ValueError`` for arguments that do not work with what was added."""
        if arguments.preflights_first:
            return
        self._router_adapter.registration.check_options_routes(self._handler)
        if self.registry.application is not None:
            raise ValueError(
                "'preflights_first' cannot be False: the application itself was added, which "
                "needs its preflights to be responded to before its handlers run"
            )

    def replace_defaults(self, defaults: ParsedConfig) -> None:
        """Replace the defaults."""
        self.registry.replace_defaults(defaults)

    def audit(self) -> list[Finding]:
        return audit(self.registry, self._router)

    # Policies

    def resolve_as(self, request: web.Request, method: str) -> Awaitable[web.UrlMappingMatchInfo]:
        """Resolve a request as if it had another method."""
        if self.resolver.resolve is OWN_RESOLVE and not self._inner:
            return self.resolver.resolve(self._router, announced(request, method))
        # Other code may clone the request.
        return self.resolve(announced(request, method, to_clone=True))

    def resolve(self, request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
        """Resolve a request while the hooks of inner applications do nothing."""
        if self._inner:
            return plainly(partial(self.resolver.resolve, self._router), request)
        return self.resolver.resolve(self._router, request)

    async def resolve_last(self, request: web.Request) -> None:
        """Resolve a request with its own method once more: see `hooks.resolve_last`."""
        await resolve_last(self._router, request)

    def policy_of(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        route, snapshot = route_of(match), self.registry.current or self.registry.snapshot
        policy = snapshot.by_method.get((route, method), UNDECIDED)
        if policy is UNDECIDED:
            policy = snapshot.policy(route, method, self._router_of(match))
        return policy

    async def added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        return [] if self.registry.application is None else await self._added_at(request, match)

    def unrouted_policy(
        self,
        request: web.Request,
        match: web.UrlMappingMatchInfo,
        method: str,
        added: list[web.AbstractResource],
    ) -> Policy | None:
        if self.registry.application is None:
            return None
        return self.registry.snapshot.unrouted_policy(added, method)

    async def enforces_at(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        added = await self._added_at(request, match)
        return any(map(self.registry.snapshot.enforces_at, added))

    async def _added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        """Return the resources at the path of a 405 response of which something was added."""
        # Their configs may be stricter than that of the application.
        found: list[web.AbstractResource | None] = []
        error = match.http_exception
        if isinstance(error, web.HTTPMethodNotAllowed) and self.registry.resources:
            # The resource with the OPTIONS route of the path comes first.
            for method in sorted(error.allowed_methods, key=_options_first):
                other = await self.resolve_as(request, method)
                found.append(self.registry.snapshot.added_at(other.route, self._router_of(other)))
            await self.resolve_last(request)
        return list(dict.fromkeys(filter(None, found)))

    def plan_of(self, match: web.UrlMappingMatchInfo, method: str) -> ResponsePlan:
        """Return what decides about the responses of the route of ``match``, for one method of it.

        If it is a `Policy`, it also decides about requests and preflights: no other application
        has a say.
        """
        route = route_of(match)
        # The resource of another library may serve other methods by the same route.
        if apps_of(match) or route.method != method:
            return UNDECIDED
        plan = self.registry.plans.get(route, _MISSING)
        return self.response_plan(match) if plan is _MISSING else plan

    def response_plan(self, match: web.UrlMappingMatchInfo) -> ResponsePlan:
        """Return the plan for the responses of a route, and store it in the snapshot.

        ``match`` may be without applications, if aiohttp has not added this one to it yet.
        """
        route, resource, method, handler, apps = details_of(match)
        snapshot = self.registry.current or self.registry.snapshot
        if not apps or apps[-1] is self.app:
            alike = snapshot.alike(resource, method, handler)
            if alike is not UNDECIDED:
                plans = snapshot.plans
                # Routes that were made for one request must not pile up.
                if len(plans) < snapshot.room or route in resource:
                    plans[route] = alike
                return alike
        if not isinstance(route, web.AbstractRoute):
            # It is a mock in a unit test of a handler.
            return None
        router = self._router_of(match)
        plan = snapshot.plan(route, router)
        is_inside = apps and apps[-1] is not self.app
        if is_inside and plan is not None and plan is not UNDECIDED:
            plan = self._unless_decided_inside(plan, match, router)
        # A GET route with the same handler may still be added.
        open_end = route.method == hdrs.METH_HEAD and not served_as(route)
        if is_registered(route) and not open_end:
            snapshot.plans[route] = plan
        return plan

    def _unless_decided_inside(
        self, plan: ResponsePlan, match: web.UrlMappingMatchInfo, router: web.UrlDispatcher
    ) -> ResponsePlan:
        """Return a plan without the methods that an inner application decides about."""
        apps = match.apps[match.apps.index(self.app) + 1 :]
        inside = [app[SERVER_KEY] for app in reversed(apps) if SERVER_KEY in app]
        if not all(
            isinstance(each, BuiltinRouterServer) and each in self._inner for each in inside
        ):
            return UNDECIDED

        def decided(method: str) -> bool:
            return any(
                each.registry.snapshot.policy(match.route, method, router) is not None
                for each in inside
                if isinstance(each, BuiltinRouterServer)
            )

        if isinstance(plan, dict):
            return {method: None if decided(method) else each for method, each in plan.items()}
        return None if decided(match.route.method) else plan

    def knows(self, match: web.UrlMappingMatchInfo) -> bool:
        return self.registry.snapshot.knows(match.route, self._router_of(match))

    async def knows_path(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        return self.knows(match) or any(await self._added_at(request, match))

    def layers(
        self, match: web.UrlMappingMatchInfo, route: web.AbstractRoute, method: str
    ) -> list[Layer]:
        """Return the configs that apply to ``method`` of a route, the most specific first."""
        return self.registry.snapshot.layers(route, method, self._router_of(match))

    def _router_of(self, match: web.UrlMappingMatchInfo) -> web.UrlDispatcher:
        return match.apps[-1].router if match.apps else self._router

    # What reaches the OPTIONS routes

    def decides_for(self, view: type[CorsViewMixin]) -> bool:
        return True

    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        return self._router_adapter.configs_below_view(request, method)

    async def _decide(self, request: web.Request, preflight: Preflight | Denial) -> Outcome:
        # The preflight has passed through the application's middlewares.
        if isinstance(preflight, Denial):
            return Outcome(preflight, preflight)
        outermost = request.match_info.apps[0]
        match = await plainly(
            outermost.router.resolve, announced(request, preflight.method, to_clone=True)
        )
        servers = servers_of(match.apps, outermost.get(SERVER_KEY))
        found = await deciding(servers, request, match, preflight.method)
        await resolve_last(outermost.router, request)
        if found is None:
            # Where nothing is routed, the OPTIONS route says what path it is.
            route = None if match.route.resource is None else match.route
            return Outcome(Denial(Reason.METHOD_NOT_SHARED), preflight, route=route)
        server, policy = found
        return await settle_preflight(server, policy, request, match.route, preflight)


def _options_first(method: str) -> tuple[bool, str]:
    return method != hdrs.METH_OPTIONS, method


def _servers_inside(app: web.Application) -> Iterator[Server]:
    """Yield the servers of the applications inside ``app``."""
    for resource in app.router.resources():
        inner = inner_application(resource)
        if inner is not None:
            if SERVER_KEY in inner:
                yield inner[SERVER_KEY]
            yield from _servers_inside(inner)
