"""Serving requests by what was added to aiohttp's own router."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp import web

from .._core.verdict import Denial, Reason
from .._http.handler import Outcome
from .._http.hooks import announced, plainly, resolve_last
from .._http.preflights import Preflight
from .._routing.adapter import ResourcesUrlDispatcherRouterAdapter
from .._routing.entries import ParsedConfig
from .._routing.registration import Registration
from .._routing.registry import Registry
from .._routing.routes import inner_application
from .._routing.views import SERVER_KEY
from .plans import Plans
from .policies import BuiltinPolicies
from .resolving import Resolving
from .server import Server, deciding, servers_of, settle_preflight
from .settings import Arguments


class BuiltinRouterServer(Server):
    """Decides by the policies that are compiled from what was added to aiohttp's own router."""

    decides_for_views = True
    registry: Registry
    registration: Registration
    policies: BuiltinPolicies

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
        self.policies = BuiltinPolicies(router, registry, self.resolving)
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


def _servers_inside(app: web.Application) -> Iterator[Server]:
    """Yield the servers of the applications inside ``app``."""
    for resource in app.router.resources():
        inner = inner_application(resource)
        if inner is not None:
            if SERVER_KEY in inner:
                yield inner[SERVER_KEY]
            yield from _servers_inside(inner)
