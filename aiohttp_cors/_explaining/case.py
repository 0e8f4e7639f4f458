"""One request that is explained: its route, what decided, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from aiohttp import web

from .._core.methods import SAFELISTED_METHODS, is_never_allowed
from .._core.options import ResourceOptions
from .._core.origins import OriginKey, origin_text
from .._core.verdict import Grant, Terms
from .._routing.entries import Entry
from .._routing.layers import Layer
from .._routing.routes import has_handler, inner_application, is_library_route
from .._routing.views import is_cors_view
from .._serving.builtin_router import BuiltinRouterServer
from .._serving.server import Server, servers_of
from .dry_run import DryRun
from .explanation import header_name, written


def adapter_text(server: Server) -> str:
    """Name the router adapter of a server that does not use aiohttp's own router."""
    return f"the router adapter {type(server._router_adapter).__name__}"  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Case:
    """One request of a page, and the decision about it."""

    app: web.Application
    method: str
    path: str
    origin: str
    #: The names of the headers that need a preflight, as the user wrote them.
    names: tuple[str, ...]
    credentials: bool
    step: DryRun
    #: The match info of the request itself: its preflight may have another route.
    match: web.UrlMappingMatchInfo
    #: Where the origin that decided was written, and what it granted.
    where: str | None
    grant: Grant | None

    @cached_property
    def route(self) -> web.AbstractRoute | None:
        """The application's own route that serves the request."""
        route = self.match.route
        if route.resource is None or is_library_route(route):
            return None
        return route if has_handler(route, self.method) else None

    @cached_property
    def servers(self) -> list[Server]:
        """What serves the applications that the request leads through, the innermost first."""
        return servers_of(self.match.apps)

    @cached_property
    def server(self) -> BuiltinRouterServer | None:
        """The innermost server that knows the path, or else the innermost one."""
        own = [each for each in self.servers if isinstance(each, BuiltinRouterServer)]
        knowing = [each for each in own if each.policies.knows(self.match)]
        return next(iter(knowing or own), None)

    @cached_property
    def layers(self) -> list[Layer]:
        """The configs that apply and list any origin, the most specific first."""
        server = self.server
        if server is None:
            return []
        found = server.layers(self.match, self.match.route, self.method)
        return [layer for layer in found if layer.table.config]

    @cached_property
    def entry(self) -> Entry | None:
        """What the route was added with, or else what its resource was added with."""
        server, route = self.server, self.match.route
        if server is None or route.resource is None:
            return None
        stored = server.registry.resources.get(route.resource)
        if stored is None:
            return None
        own = stored.entry_of(route)
        # A resource allows other methods than the safelisted ones only if it lists them.
        whole_counts = self.method in SAFELISTED_METHODS or is_cors_view(route.handler)
        return own or (stored.default_config if whole_counts else None)

    @property
    def is_added(self) -> bool:
        """Whether the route was added, or its resource, or the application."""
        server = self.server
        if server is None:
            return bool(self.servers)
        return self.entry is not None or server.registry.application is not None

    @property
    def is_forbidden_method(self) -> bool:
        """Whether no page can use the method."""
        return is_never_allowed(self.method)

    # Words

    @property
    def adapter(self) -> str:
        """The router adapter that decides if ``server`` is None, in words."""
        return adapter_text(self.servers[0])

    @property
    def subject(self) -> str:
        """The route in words: ``"GET /todos/{id}"``."""
        route = self.route
        if route is None or route.resource is None:
            return f"{self.method} {ascii(self.path)[1:-1]}"
        return f"{self.method} {route.resource.canonical}"

    @property
    def prefix(self) -> str:
        """The prefix, or the domain, of the sub-application that serves the request."""
        apps = self.match.apps
        resources = self.app.router.resources()
        return next((each.canonical for each in resources if inner_application(each) in apps), "")

    @property
    def place(self) -> str:
        """Where the origin that decided was written, in words."""
        return self.place_of(self.where or "the config")

    def place_of(self, where: str) -> str:
        """Say in words where a config was written."""
        kind, _, rest = where.partition(" ")
        server = self.server
        inner = ""
        if server is not None and server.app is not self.app:
            inner = f" of the sub-application at {self.prefix}"
        if where == "defaults":
            return f"the defaults{inner}"
        if where == "the application":
            return f"the config of the application{inner and ' at ' + self.prefix}"
        if kind == "view":
            view, _, method = rest.partition(".")
            return f"the custom_cors of {view}.{method}" if method else f"{view}.cors_config"
        if where.endswith(".get_request_config"):
            return f"what {where} returns"
        return f"the config of the {where}" if kind in ("route", "resource") else where

    # What to write

    def needs(self, options: ResourceOptions, *, method: bool = False) -> ResourceOptions:
        """Return ``options`` with everything that the request needs, for an exact origin.

        ``method``: list the method in ``allow_methods``.
        """
        credentials = options.allow_credentials or self.credentials
        terms = Terms(options, credentials=credentials)
        missing = terms.refused_headers(frozenset(map(str.upper, self.names)))
        headers = {*options.allow_headers, *missing} - ({"*"} & missing)
        methods = options.allow_methods
        if method and not options.is_method_allowed(self.method):
            methods = frozenset({*(methods or ()), self.method})
        return options._replace(
            allow_credentials=credentials,
            allow_headers="*" if headers == {"*"} else frozenset(headers),
            allow_methods=methods,
        )

    def name(self, upper: str) -> str:
        """Return a header name, which options have in upper case, as the user wrote it."""
        return header_name(upper, self.names)

    def item(self, options: ResourceOptions, key: OriginKey | None = None) -> str:
        """Write an origin with its options, as in a config."""
        text = ascii(self.origin) if key is None else origin_text(key)
        return f"{text}: ResourceOptions({written(options, self.names)})"
