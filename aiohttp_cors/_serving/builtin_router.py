"""Serving requests by what was added to aiohttp's own router."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import hdrs, web

from .._core.policy import Policy
from .._core.verdict import Denial, Reason
from .._http.handler import Outcome
from .._http.hooks import announced, plainly, resolve_last, route_of
from .._http.preflights import Preflight
from .._routing.adapter import ResourcesUrlDispatcherRouterAdapter
from .._routing.entries import ParsedConfig
from .._routing.layers import Layer
from .._routing.registration import Registration
from .._routing.registry import Registry
from .._routing.routes import inner_application
from .._routing.snapshot import UNDECIDED
from .._routing.views import SERVER_KEY
from .plans import Plans
from .policies import Policies
from .resolving import Resolving, router_of
from .server import Server, deciding, servers_of, settle_preflight
from .settings import Arguments


class BuiltinPolicies(Policies):
    """Finds policies that are compiled from what was added to aiohttp's own router."""

    def __init__(self, router: web.UrlDispatcher, registry: Registry, resolving: Resolving) -> None:
        self._router = router
        self._registry = registry
        self._resolving = resolving

    def policy_of(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        route, snapshot = route_of(match), self._registry.current or self._registry.snapshot
        policy = snapshot.by_method.get((route, method), UNDECIDED)
        if policy is UNDECIDED:
            policy = snapshot.policy(route, method, router_of(match, self._router))
        return policy

    async def added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        return [] if self._registry.application is None else await self._added_at(request, match)

    def unrouted_policy(
        self,
        request: web.Request,
        method: str,
        added: list[web.AbstractResource],
    ) -> Policy | None:
        if self._registry.application is None:
            return None
        return self._registry.snapshot.unrouted_policy(added, method)

    async def enforces_at(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        added = await self._added_at(request, match)
        return any(map(self._registry.snapshot.added.enforces_at, added))

    async def _added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        """Return the resources at the path of a 405 response of which something was added."""
        # Their configs may be stricter than that of the application.
        found: list[web.AbstractResource | None] = []
        error = match.http_exception
        if isinstance(error, web.HTTPMethodNotAllowed) and self._registry.resources:
            # The resource with the OPTIONS route of the path comes first.
            for method in sorted(error.allowed_methods, key=_options_first):
                other = await self._resolving.resolve_as(request, method)
                found.append(
                    self._registry.snapshot.added.at(other.route, router_of(other, self._router))
                )
            await self._resolving.resolve_last(request)
        return list(dict.fromkeys(filter(None, found)))

    def knows(self, match: web.UrlMappingMatchInfo) -> bool:
        return self._registry.snapshot.added.knows(match.route, router_of(match, self._router))

    async def knows_path(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        return self.knows(match) or any(await self._added_at(request, match))


class BuiltinRouterServer(Server):
    """Decides by the policies that are compiled from what was added to aiohttp's own router."""

    decides_for_views = True

    def __init__(
        self,
        app: web.Application,
        router_adapter: ResourcesUrlDispatcherRouterAdapter,
        arguments: Arguments,
    ) -> None:
        self.app = app
        self._router_adapter = router_adapter
        #: The servers of the applications inside, and around this one.
        self._inner: list[Server] = []
        self._around: list[BuiltinRouterServer] = []
        #: Preflights get early responses, in this application or in an inner one.
        self.looks_for_preflights = False
        router, registry = app.router, router_adapter.registry
        self.registry = registry
        self.registration = Registration(
            router, registry, router_adapter.options_routes, self._preflight_handler
        )
        self.resolving = Resolving(router, self._inner)
        self.policies: Policies = BuiltinPolicies(router, registry, self.resolving)
        self.plans = Plans(app, registry, self._inner)
        super().__init__(arguments)

    def configure(self, arguments: Arguments) -> None:
        super().configure(arguments)
        self.preflights_first = arguments.preflights_first
        self.looks_for_preflights |= arguments.preflights_first
        self._router_adapter.options_routes.preflights_first = arguments.preflights_first
        if arguments.enforce:
            self.start_enforcing()

    def start_enforcing(self) -> None:
        """Enforce origins from now on."""
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
            self.start_enforcing()

    def layers(
        self, match: web.UrlMappingMatchInfo, route: web.AbstractRoute, method: str
    ) -> list[Layer]:
        """Return the configs that apply to ``method`` of a route, the most specific first."""
        return self.registry.snapshot.layers.of(route, method, match.apps[-1].router)

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
