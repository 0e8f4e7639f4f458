"""The adapter for aiohttp's own router: adding routes and resources."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator
from typing import Any, Optional, cast

from aiohttp import hdrs, web

from ._checks.findings import Finding
from ._core.config import parse_config
from ._core.policy import decide
from ._core.verdict import Denial, Reason
from .abc import AbstractRouterAdapter, PreflightHandler
from .auditing import Place, findings_at, findings_in, view_places
from .entries import Entry, ParsedConfig, ResourceConfig
from .mixin import CorsViewMixin, computes_config, is_cors_view, view_configs
from .route_policies import RoutePolicies
from .routes import is_library_route, views_of

__all__ = ("ResourcesUrlDispatcherRouterAdapter",)

#: What is added: a resource as a whole, or a route of it.
Target = tuple[web.AbstractResource, Optional[web.AbstractRoute]]
#: Is told of findings, and may raise.
Refuse = Callable[[list[Finding]], None]


class ResourcesUrlDispatcherRouterAdapter(AbstractRouterAdapter):
    """Keeps the configs of the routes and resources of a `web.UrlDispatcher`.

    ``defaults`` maps origins to `ResourceOptions`, for all entities that are added. Raises
    ``ValueError`` if it is no valid config.
    """

    def __init__(self, router: web.UrlDispatcher, defaults: ParsedConfig | None) -> None:
        self._router = router
        self.policies = RoutePolicies(parse_config(defaults, "defaults"))
        #: A "*" handler takes OPTIONS requests itself, so it needs preflights answered earlier.
        self.preflights_first = False
        #: The config of the last entity that was added, and what is kept of it.
        self._config: ParsedConfig | None = None
        self._entry = self.policies.entry({})
        self._resources_with_preflight_handlers: set[web.AbstractResource] = set()
        self._preflight_routes: set[web.AbstractRoute] = set()

    @property
    def _resource_config(self) -> dict[web.AbstractResource, ResourceConfig]:
        return self.policies.resources

    # Registration

    def add(
        self,
        routing_entity: Any,
        config: ParsedConfig,
        handler: PreflightHandler,
        refuse: Refuse,
        *,
        inherit: bool,
        enforce: bool,
    ) -> list[Finding]:
        """Do all that adding ``routing_entity`` takes, or raise ``ValueError`` and do nothing.

        Returns what is found in ``config`` and in the configs of views. ``refuse`` is told of it
        before anything is done, and may raise.
        """
        targets = _targets(routing_entity)
        views = views_of(_routes(targets))
        findings = [found for each in targets for found in findings_at(*each, config)]
        if views:
            findings += findings_in(view_places(views))
        if findings:
            refuse(findings)
        if config is not self._config or self._entry[1:] != (inherit, enforce):
            # Most routes are added as the one before.
            self._config, self._entry = config, self.policies.entry(config, inherit, enforce)
        needing = self._check(targets, self._entry, handler)
        self._add_preflight_handler(targets, needing, handler)
        self._store(targets, views, self._entry)
        return findings

    def check(self, routing_entity: Any, config: ParsedConfig, handler: PreflightHandler) -> None:
        """Raise ``ValueError`` if adding ``routing_entity`` with ``config`` would fail."""
        targets = _targets(routing_entity)
        _check_views(views_of(_routes(targets)))
        self._check(targets, self.policies.entry(config), handler)

    def _check(
        self, targets: list[Target], entry: Entry, handler: PreflightHandler
    ) -> set[web.AbstractResource]:
        """Raise ``ValueError`` if adding would fail; return what needs an OPTIONS route."""
        self._check_entries(targets, entry)
        return self._needing(targets, handler)

    def _needing(
        self, targets: list[Target], handler: PreflightHandler
    ) -> set[web.AbstractResource]:
        answered = self._resources_with_preflight_handlers
        return {
            resource
            for resource, _ in targets
            if resource not in answered and self._needs_options_route(resource, handler)
        }

    def add_application(
        self, config: ParsedConfig, refuse: Refuse, *, inherit: bool, enforce: bool
    ) -> list[Finding]:
        """Cover every route of the application, and what is routed nowhere.

        Returns findings, as `add` does. Raises ``ValueError`` if that was done with another config.
        """
        views = views_of(self._router.routes())
        findings = findings_in([Place("the application", config), *view_places(views)])
        refuse(findings)
        if not self.preflights_first:
            raise ValueError(
                "adding the application needs its preflights answered before its handlers; "
                "leave out preflights_first=False"
            )
        entry = self.policies.entry(config, inherit, enforce)
        if self.policies.application not in (None, entry):
            raise _different("the application", self.policies.application, entry)
        self._read(views)
        self.policies.store_application(entry)
        return findings

    def add_preflight_handler(self, routing_entity: Any, handler: PreflightHandler) -> None:
        """Serve OPTIONS requests to the resource of ``routing_entity`` with ``handler``."""
        targets = _targets(routing_entity)
        self._add_preflight_handler(targets, self._needing(targets, handler), handler)

    def _add_preflight_handler(
        self,
        targets: list[Target],
        needing: set[web.AbstractResource],
        handler: PreflightHandler,
    ) -> None:
        answered = self._resources_with_preflight_handlers
        for resource, _ in targets:
            if resource in answered:
                continue
            if resource in needing:
                self._preflight_routes.add(_add_options_route(resource, handler))
            elif any(route.handler == handler for route in resource):
                continue
            else:
                self._preflight_routes.update(
                    route
                    for route in resource
                    if route.method == hdrs.METH_ANY and is_cors_view(route.handler)
                )
            answered.add(resource)

    def _needs_options_route(
        self, resource: web.AbstractResource, handler: PreflightHandler
    ) -> bool:
        for route in resource:
            method = route.method
            if method == hdrs.METH_OPTIONS:
                if route.handler == handler or is_library_route(route):
                    return False
                raise ValueError(
                    f"{resource!r} already has OPTIONS handler {route.handler!r}; remove it, or "
                    "call cors.add(app), which takes any route"
                )
            if method == hdrs.METH_ANY:
                self._check_any_route(resource, route)
                return False
        if isinstance(resource, (web.PlainResource, web.Resource, web.StaticResource)):
            return True
        if not self.preflights_first:
            raise ValueError(
                f"{resource!r} takes no OPTIONS route; leave out preflights_first=False"
            )
        return False

    def _check_any_route(self, resource: web.AbstractResource, route: web.AbstractRoute) -> None:
        if is_cors_view(route.handler):
            return
        if isinstance(route.handler, type):
            raise ValueError(
                f"{resource!r} already has a '*' handler for all methods, and this web view "
                f"should be derived from aiohttp_cors.CorsViewMixin: {route.handler!r}; derive "
                "it, or call cors.add(app), which takes any route"
            )
        if not self.preflights_first:
            raise ValueError(
                f"{resource!r} already has a '*' handler for all methods, which takes its "
                "preflights too; leave out preflights_first=False, or name the methods"
            )

    def is_cors_for_resource(self, resource: web.AbstractResource) -> bool:
        """Tell whether the preflights of ``resource`` are answered."""
        return resource in self._resources_with_preflight_handlers

    def set_config_for_routing_entity(self, routing_entity: Any, config: ParsedConfig) -> None:
        """Store the config of a resource, or of a route.

        Adding an entity again with an equal config changes nothing. Raises ``ValueError`` if it
        has another one, or if a view has an invalid one of its own.
        """
        targets, entry = _targets(routing_entity), self.policies.entry(config)
        views = views_of(_routes(targets))
        _check_views(views)
        self._check_entries(targets, entry)
        self._store(targets, views, entry)

    def _check_entries(self, targets: list[Target], entry: Entry) -> None:
        for resource, route in targets:
            existing = self.policies.existing(resource, route)
            if existing not in (None, entry):
                raise _different(repr(resource if route is None else route), existing, entry)

    def _store(self, targets: list[Target], views: list[type[CorsViewMixin]], entry: Entry) -> None:
        self._read(views)
        for resource, route in targets:
            self.policies.store(resource, route, entry)

    def _read(self, views: list[type[CorsViewMixin]]) -> None:
        for view in views:
            self.policies.read_view(view)

    # What the interface of routers asks

    def _request_route(self, request: web.Request) -> web.AbstractRoute:
        return request.match_info.route

    def _request_resource(self, request: web.Request) -> web.AbstractResource | None:
        return self._request_route(request).resource

    def is_preflight_request(self, request: web.Request) -> bool:
        """Tell whether ``request`` is served by the library's OPTIONS handler."""
        route = self._request_route(request)
        if is_cors_view(route.handler):
            return request.method == hdrs.METH_OPTIONS
        return route in self._preflight_routes

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        """Tell whether something was added of the resource that serves ``request``."""
        return self._request_resource(request) in self.policies.resources

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> ParsedConfig:
        """Return the config for ``requested_method`` on the resource that serves the preflight.

        Raises ``KeyError`` if the method is not shared with ``origin``.
        """
        siblings = self.policies.siblings(self._request_route(preflight_request))
        policy = {method: policy for method, _, policy in siblings}[requested_method]
        if decide(policy, origin) == Denial(Reason.METHOD_NOT_SHARED):
            raise KeyError(requested_method)
        return ChainMap(*(dict(table.config) for table in policy.layers))

    def get_non_preflight_request_config(self, request: web.Request) -> ParsedConfig:
        """Return the config for ``request``: all layers as one mapping."""
        configs = self.configs_below_view(request, request.method)
        view = self._request_route(request).handler
        if is_cors_view(view):
            if computes_config(view):
                return view.get_request_config(request, request.method)
            configs = [*view_configs(view, request.method), *configs]
        merged = ChainMap(*map(dict, configs))
        policy = self.policies.policy(self._request_route(request), request.method)
        if policy is None:
            return merged
        return {key: each for key, each in merged.items() if policy.rule.allows(each)}

    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        """Return the layers that apply to ``request`` beside those of a view itself."""
        route, resource = self._request_route(request), self._request_resource(request)
        return [table.config for table in self.policies.layers_below_view(route, resource, method)]


def _routes(targets: list[Target]) -> Iterator[web.AbstractRoute]:
    for resource, route in targets:
        yield from resource if route is None else (route,)


def _targets(entity: Any) -> list[Target]:
    """Return what adding ``entity`` is about: resources as a whole, or routes of them.

    The library's own OPTIONS routes are passed over, so that all routes of an application can be
    walked.
    """
    # The usual classes first, which take no look at what was registered with an abstract one.
    if isinstance(entity, (web.ResourceRoute, web.AbstractRoute)) and entity.resource is not None:
        return [] if is_library_route(entity) else [(entity.resource, entity)]
    if isinstance(entity, (web.PlainResource, web.AbstractResource)):
        routes = list(entity)
        # The resource of a sub-application hands out the routes of others.
        if any(route.resource is not entity for route in routes):
            return [target for route in routes for target in _targets(route)]
        return [(entity, None)]
    raise ValueError(
        f"Resource or ResourceRoute expected, got {entity!r}; pass the application itself, or "
        "what app.router.add_route(), add_resource(), add_static() or app.add_subapp() returned"
    )


def _add_options_route(
    resource: web.AbstractResource, handler: PreflightHandler
) -> web.AbstractRoute:
    if isinstance(resource, (web.PlainResource, web.Resource)):
        return resource.add_route(hdrs.METH_OPTIONS, handler)
    cast(web.StaticResource, resource).set_options_route(handler)
    return next(route for route in resource if route.method == hdrs.METH_OPTIONS)


def _check_views(views: list[type[CorsViewMixin]]) -> None:
    # Reading their configs is what may fail.
    for _ in view_places(views):
        pass


def _different(what: str, existing: Entry | None, entry: Entry) -> ValueError:
    return ValueError(
        f"CORS is already configured for {what} with {existing}; it can't be added again "
        f"with {entry}"
    )
