"""What must come back, written once more from the rules and from nothing else.

Nothing of the package is imported here. aiohttp itself says where a request leads, in the
same application without CORS; what becomes of it is said below, one rule after the other. Where
the rules leave something open, a comment that begins with "Open:" says what is taken to hold.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Union

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from .built import Built, preflights
from .descriptions import (
    AddDomain,
    AddGet,
    AddRoute,
    AddSubapp,
    Allow,
    Application,
    Config,
    Handler,
    Request,
    Setup,
    View,
)
from .reference_verdict import VISIBLE, Headers, Policy, Verdict, decide, lists, speaking

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
SAFELISTED_METHODS = {"GET", "HEAD", "POST"}
FORBIDDEN_METHODS = {"TRACE", "TRACK", "CONNECT"}
PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"


# What a response must be


class Early(NamedTuple):
    """The package responds; neither middlewares nor handlers run."""

    status: int
    headers: Headers


class Actual(NamedTuple):
    """The application responds, and the package adds to its headers."""

    verdict: Verdict | None
    #: A handler of the package refuses an OPTIONS request.
    refuses: bool

    def headers(self, own: Headers) -> Headers:
        """Return all headers, given those of the application without CORS."""
        if self.verdict is None:
            return own
        return self.verdict.write(own)

    def inert(self, own: Headers) -> set[str]:
        """Return what may stay or go: headers that no browser looks at in this response."""
        names = {name.lower() for name, _ in self.headers(own)}
        if self.verdict is None or "access-control-allow-origin" in names:
            return set()
        return {"access-control-allow-credentials", "access-control-expose-headers"}


Prediction = Union[Early, Actual]


# What was added


class Added(NamedTuple):
    """What ``cors.add`` was given."""

    config: Config
    inherit: bool
    enforce: bool


class Server(NamedTuple):
    """An application with a ``CorsConfig``, and everything that was added to it."""

    name: str
    setup: Setup
    routes: dict[web.AbstractRoute, Added]
    resources: dict[web.AbstractResource, Added]
    #: What the application itself was added with.
    application: list[Added]

    def has_something_of(self, resource: web.AbstractResource) -> bool:
        return resource in self.resources or any(route in self.routes for route in resource)


class Where(NamedTuple):
    """Where aiohttp leads a request."""

    #: None: it responds 404 or 405.
    route: web.AbstractRoute | None
    #: The outermost first.
    servers: list[Server]
    #: Those that have a 405 in common, by the name of the application that responds.
    resources: dict[str, list[web.AbstractResource]]


# The reference


class Reference:
    """Predicts what an application must respond."""

    def __init__(self, description: Application, bare: Built) -> None:
        self.bare = bare
        #: By the name of the application.
        self.servers: dict[str, Server] = {}
        self.apps: dict[str, web.Application] = {}
        self.handlers: dict[web.AbstractRoute, Handler | View] = {}
        self._collect(description)

    # Collecting

    def _collect(self, description: Application) -> None:
        name = description.name
        self.apps[name] = self.bare.entities[name]
        if description.setup is not None:
            self.servers[name] = Server(name, description.setup, {}, {}, [])
        for step in description.steps:
            if isinstance(step, (AddSubapp, AddDomain)):
                self._collect(step.child)
            elif isinstance(step, (AddRoute, AddGet)):
                route = self.bare.entities[step.name]
                for each in route.resource:
                    if each.handler is route.handler:
                        self.handlers[each] = step.handler
            elif isinstance(step, Allow):
                self._add(self.servers[name], step)

    def _add(self, server: Server, step: Allow) -> None:
        entity = self.bare.entities[step.entity]
        added = Added(() if step.config is None else step.config, step.inherit, step.enforce)
        if step.entity == server.name:
            server.application.append(added)
        elif isinstance(entity, web.AbstractRoute):
            server.routes[entity] = added
        elif isinstance(entity, web.Resource) or hasattr(entity, "set_options_route"):
            server.resources[entity] = added
        else:
            # A sub-application's resource: every route in it, but the package's own.
            for route in entity:
                if route.handler is not preflights:
                    server.routes[route] = added

    # Predicting

    async def predict(self, request: Request) -> Prediction:
        """Say what must come back."""
        origins = request.all("Origin")
        requested = request.all("Access-Control-Request-Method")
        if request.method == "OPTIONS" and origins and requested:
            early = await self._preflight(request, origins, requested)
            if early is not None:
                return early
        return await self._actual(request, origins)

    async def where(self, request: Request, method: str) -> Where:
        """Resolve a path with a method, as aiohttp does."""
        hosts = request.all("Host") or [b"127.0.0.1"]
        mocked = make_mocked_request("GET", request.target, {"Host": hosts[0].decode()})
        found = await self.bare.app.router.resolve(mocked.clone(method=method))
        apps = (self.bare.app, *found.apps)
        servers = [
            self.servers[name]
            for app in apps
            for name, each in self.apps.items()
            if each is app and name in self.servers
        ]
        error = found.http_exception
        if error is None:
            return Where(found.route, servers, {})
        methods = error.allowed_methods if isinstance(error, web.HTTPMethodNotAllowed) else set()
        # Open: the router of each application says which resources have a part in a 405,
        # and the one that serves OPTIONS comes first.
        resources: dict[str, list[web.AbstractResource]] = {}
        for server in servers:
            routes = [
                (await self.apps[server.name].router.resolve(mocked.clone(method=each))).route
                for each in sorted(methods, key=lambda each: (each != "OPTIONS", each))
            ]
            resources[server.name] = [each.resource for each in routes if each.resource is not None]
        return Where(None, servers, resources)

    def nearest(self, where: Where, method: str) -> tuple[Server, Policy] | None:
        """Return the innermost application with a policy for the route: it decides alone."""
        for server in reversed(where.servers):
            policy = self.policy(server, where, method)
            if policy is not None:
                return server, policy
        return None

    # Which policy decides

    def policy(self, server: Server, where: Where, method: str) -> Policy | None:
        """Return what an application says about a method of a path."""
        whole = server.application[0] if server.application else None
        below = self.layers_of_application(server, whole)
        if where.route is None:
            return self.policy_of_error(server, where, method, whole, below)
        route, methods = self.counts_as(server, where.route, method)
        resource = resource_of(route)
        view = self.view_of(route)
        own = server.routes.get(route)
        # Open: a view of the mixin counts as added where its resource was.
        is_cors_view = view is not None and view.is_cors
        if own is not None or (is_cors_view and resource in server.resources):
            return self.policy_of_added(server, route, method, methods, whole, below)
        is_resource_added = resource in server.resources
        resource = self.path_of(server, resource)
        opens_safelisted = is_resource_added and methods[0] in SAFELISTED_METHODS
        opens_all = whole is not None and not self.is_cut_off(server, resource)
        is_lacked = view is not None and not self.has(view, method) and not opens_all
        is_lacked = is_lacked and not self.is_refused_options(method, route)
        if is_lacked and not is_resource_added:
            # The 405 of a view that was not added stays out.
            return None
        # Open: what is written in a view counts where the application was added.
        layers = self.layers_of_view(view, method) if opens_all else []
        layers += self.layers_of_path(server, resource, below)
        if not opens_safelisted and not opens_all:
            # Only allow_methods can open it: options that are silent about it are passed over.
            layers = [speaking(layer) for layer in layers]
        policy = Policy(
            tuple(layers),
            methods,
            opens_safelisted=opens_safelisted,
            opens_all=opens_all,
            is_lacked=is_lacked,
        )
        if resource in server.resources or whole is not None:
            return policy
        # Open: of a path of which only something else was added it is an application's business
        # what its options open, and nothing else.
        is_open = any(policy.opens(options) for layer in layers for _, options in layer)
        return policy if server.has_something_of(resource) and is_open else None

    def policy_of_added(
        self,
        server: Server,
        route: web.AbstractRoute,
        method: str,
        methods: tuple[str, ...],
        whole: Added | None,
        below: list[Config],
    ) -> Policy:
        """Return what an application says about a route that was added."""
        view, resource = self.view_of(route), resource_of(route)
        layers = self.layers_of_view(view, method)
        own = server.routes.get(route)
        if own is not None:
            layers = [*layers, own.config]
        inherits = own is None or own.inherit
        if own is None:
            layers += self.layers_of_path(server, resource, below)
        elif inherits:
            layers += self.layers_of_resource(server, resource, below)
        opens_all = whole is not None and inherits and not self.is_cut_off(server, resource)
        if view is not None and self.is_refused_options(method, route):
            # What the mixin makes of OPTIONS is the package's, as its OPTIONS routes are.
            layers = layers if opens_all else [speaking(layer) for layer in layers]
            return Policy(tuple(layers), methods, opens_all=opens_all)
        narrows = route.method == "*" or view is not None
        is_lacked = view is not None and not opens_all and not self.has(view, methods[0])
        return Policy(tuple(layers), methods, True, narrows, is_lacked=is_lacked)

    def policy_of_error(
        self,
        server: Server,
        where: Where,
        method: str,
        whole: Added | None,
        below: list[Config],
    ) -> Policy | None:
        """Return what an application says about a 404 or 405."""
        if whole is None:
            return None
        resources = self.resources_of_error(server, where)
        if not resources:
            return Policy(tuple(below), (method,), opens_all=True)
        # Open: a resource of which something was added has a say in its 405, and one that is
        # closed is closed.
        if any(self.is_cut_off(server, each) for each in resources):
            return Policy((), (method,))
        layers = self.layers_of_path(server, resources[0], below)
        return Policy(tuple(layers), (method,), opens_all=True)

    def resources_of_error(self, server: Server, where: Where) -> list[web.AbstractResource]:
        """Return the resources of a 405 of which something was added."""
        resources = where.resources[server.name]
        paths = [self.path_of(server, each) for each in resources]
        return [each for each in paths if server.has_something_of(each)]

    @staticmethod
    def is_cut_off(server: Server, resource: web.AbstractResource) -> bool:
        """Say whether a resource was added with ``inherit=False``."""
        return resource in server.resources and not server.resources[resource].inherit

    @staticmethod
    def layers_of_application(server: Server, whole: Added | None) -> list[Config]:
        """Return the application's config and the defaults."""
        layers = [] if whole is None else [whole.config]
        if (whole is None or whole.inherit) and server.setup.defaults is not None:
            layers.append(server.setup.defaults)
        return layers

    def layers_of_resource(
        self, server: Server, resource: web.AbstractResource, below: list[Config]
    ) -> list[Config]:
        """Return a resource's config and what is below it."""
        own = [server.resources[resource].config] if resource in server.resources else []
        return own + ([] if self.is_cut_off(server, resource) else below)

    def layers_of_path(
        self, server: Server, resource: web.AbstractResource, below: list[Config]
    ) -> list[Config]:
        """Return those of a resource for a route of it that was not added: siblings count."""
        siblings = [
            speaking(server.routes[each].config) for each in resource if each in server.routes
        ]
        return self.layers_of_resource(server, resource, siblings + below)

    @staticmethod
    def layers_of_view(view: View | None, method: str) -> list[Config]:
        """Return the configs that are written in a view."""
        if view is None:
            return []
        on_method = dict(view.methods).get(method.lower()) if method.isupper() else None
        return [config for config in (on_method, view.config) if config is not None]

    def view_of(self, route: web.AbstractRoute) -> View | None:
        handler = self.handlers.get(route)
        return handler if isinstance(handler, View) else None

    @staticmethod
    def has(view: View, method: str) -> bool:
        """Say whether a view has a handler for a method; that of the mixin does not count."""
        return method.isupper() and method.lower() in dict(view.methods)

    @staticmethod
    def counts_as(
        server: Server, route: web.AbstractRoute, method: str
    ) -> tuple[web.AbstractRoute, tuple[str, ...]]:
        """Return GET's route for a HEAD route with its handler, and what the method goes by."""
        if route.method == "HEAD":
            for each in resource_of(route):
                if each.method == "GET" and each.handler == route.handler:
                    # Open: a HEAD route that was added itself has the config that it was given,
                    # and a list that has HEAD and not GET opens HEAD.
                    return route if route in server.routes else each, ("GET", "HEAD")
        return route, (method,)

    def path_of(self, server: Server, resource: web.AbstractResource) -> web.AbstractResource:
        """Return the resource that a path counts as: two resources may be of one path."""
        if server.has_something_of(resource):
            return resource
        for app in self.apps.values():
            resources = list(app.router.resources())
            if resource in resources:
                for each in resources:
                    # A prefix, of static files or of a sub-application, is not a path.
                    is_path = isinstance(resource, web.Resource) and isinstance(each, web.Resource)
                    is_same = is_path and each.canonical == resource.canonical
                    if is_same and server.has_something_of(each):
                        return each
        return resource

    # Preflights

    async def _preflight(
        self, request: Request, origins: list[bytes], requested: list[bytes]
    ) -> Early | None:
        method = requested[0].decode("latin-1")
        # The real request's policy decides, or that of the OPTIONS route if it is the package's.
        where = await self.where(request, method)
        found = self.nearest(where, method)
        if found is None:
            options = await self.where(request, "OPTIONS")
            is_known = self.is_of_added_path(where) or self.is_of_added_path(options)
            is_known = is_known or self.nearest(options, "OPTIONS") is not None
            return refused_preflight() if is_known else None
        server, policy = found
        if policy.is_lacked:
            # Open: the 405 is readable, but no preflight is passed for it.
            return refused_preflight()
        if not all(VISIBLE.fullmatch(each) for each in (*origins, *requested)):
            return refused_preflight()
        if len(origins) != 1 or len(requested) != 1 or not TOKEN.fullmatch(method):
            return refused_preflight()
        if method in FORBIDDEN_METHODS:
            return refused_preflight()
        verdict = decide(server.setup, policy, method, origins)
        if verdict.allow_origin is None:
            return refused_preflight()
        names = self.requested_headers(request)
        if names is None or not all(self.allows_header(verdict, name) for name in names):
            return refused_preflight()
        headers = [
            ("Access-Control-Allow-Origin", verdict.allow_origin),
            ("Access-Control-Allow-Methods", method),
            ("Vary", PREFLIGHT_VARY),
        ]
        if verdict.credentials:
            headers.append(("Access-Control-Allow-Credentials", "true"))
        if verdict.options.max_age is not None:
            headers.append(("Access-Control-Max-Age", str(verdict.options.max_age)))
        if names:
            headers.append(("Access-Control-Allow-Headers", ",".join(sorted(names))))
        private = request.all("Access-Control-Request-Private-Network")
        if private == [b"true"] and verdict.options.allow_private_network:
            headers.append(("Access-Control-Allow-Private-Network", "true"))
        return Early(200, tuple(headers))

    def is_of_added_path(self, where: Where) -> bool:
        """Say whether something was added of the path that a request leads to."""
        return any(
            bool(self.resources_of_error(server, where))
            if where.route is None
            else server.has_something_of(self.path_of(server, resource_of(where.route)))
            for server in where.servers
        )

    @staticmethod
    def requested_headers(request: Request) -> set[str] | None:
        """Return the names in all lines, upper case; None if one is invalid."""
        names = set()
        for line in request.all("Access-Control-Request-Headers"):
            for element in line.split(b","):
                name = element.strip(b" \t").decode("latin-1")
                if name and not TOKEN.fullmatch(name):
                    return None
                if name:
                    names.add(name.upper())
        # A page that may set "*" could set anything.
        return None if "*" in names else names

    @staticmethod
    def allows_header(verdict: Verdict, name: str) -> bool:
        allowed = verdict.options.allow_headers
        if allowed == "*":
            return name != "AUTHORIZATION" or verdict.credentials
        return name in {each.upper() for each in allowed}

    def is_own_options(self, route: web.AbstractRoute | None) -> bool:
        """Say whether OPTIONS is served by a route that the package registered."""
        return route is not None and route.handler is preflights

    # Actual requests

    async def _actual(self, request: Request, origins: list[bytes]) -> Prediction:
        where = await self.where(request, request.method)
        refuses = self.is_refused_options(request.method, where.route)
        found = self.nearest(where, request.method)
        verdict = None
        if found is not None:
            server, policy = found
            verdict = decide(server.setup, policy, request.method, origins)
        # Preflights that the package refuses itself need no enforcement.
        is_preflight = bool(origins and request.all("Access-Control-Request-Method"))
        is_guarded = origins and not (refuses and is_preflight)
        if is_guarded and any(
            self.enforces(server, where, request.method) for server in where.servers
        ):
            is_allowed = verdict is not None and verdict.allow_origin is not None
            if not is_allowed and not same_origin(request, origins):
                return Early(403, (("Vary", "Origin"), ("CORS-Refused", "")))
        return Actual(verdict, refuses)

    def is_refused_options(self, method: str, route: web.AbstractRoute | None) -> bool:
        """Say whether the package's own handler gets an OPTIONS request that is no preflight."""
        if route is None or method != "OPTIONS":
            return False
        view = self.view_of(route)
        inherits = view is not None and view.is_cors and not self.has(view, "OPTIONS")
        return inherits or self.is_own_options(route)

    def enforces(self, server: Server, where: Where, method: str) -> bool:
        """Say whether an application refuses requests here that are not allowed."""
        # Enforcement holds for everything inside what it was given for.
        if server.setup.enforce or any(each.enforce for each in server.application):
            return True
        if where.route is None:
            # Open: a resource's enforcement is about its 405 as well, a route's is not.
            return any(
                each in server.resources and server.resources[each].enforce
                for each in self.resources_of_error(server, where)
            )
        route, methods = self.counts_as(server, where.route, method)
        if route in server.routes and server.routes[route].enforce:
            return True
        resource = self.path_of(server, resource_of(route))
        # Open: the 405 of a view that was not added stays out of enforcement too.
        if self.policy(server, where, method) is None:
            return False
        if resource in server.resources and server.resources[resource].enforce:
            return True
        if route in server.routes or self.is_cut_off(server, resource):
            return False
        # A sibling's enforces for the methods that it allows.
        return any(
            server.routes[each].enforce
            and options.allow_methods is not None
            and lists(options.allow_methods, methods)
            for each in resource
            if each in server.routes
            for _, options in server.routes[each].config
        )


def resource_of(route: web.AbstractRoute) -> web.AbstractResource:
    """Return the resource of a route that is one of a router."""
    if route.resource is None:
        raise TypeError(f"{route!r} is one of aiohttp's own")
    return route.resource


def refused_preflight() -> Early:
    return Early(403, (("Vary", PREFLIGHT_VARY), ("CORS-Refused", "")))


def same_origin(request: Request, origins: list[bytes]) -> bool:
    """Say whether a request comes from a page of this server, as far as browsers tell."""
    if len(origins) != 1:
        # Open: several origins are nobody's own, whatever else a request says.
        return False
    sites = request.all("Sec-Fetch-Site")
    if sites:
        return sites[0] in (b"same-origin", b"none")
    host = request.all("Host")[0] if request.all("Host") else b""
    return origins[0].partition(b"://")[2] == host != b""
