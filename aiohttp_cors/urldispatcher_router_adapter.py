"""The adapter for aiohttp's own router: adding routes and resources."""

from __future__ import annotations

from collections import ChainMap
from typing import Any, cast

from aiohttp import hdrs, web

from ._core.policy import decide, parse_config
from ._core.verdict import Denial, Reason
from .abc import AbstractRouterAdapter, PreflightHandler
from .auditing import Place, place_of, view_places
from .entries import Entry, ParsedConfig, ResourceConfig
from .mixin import computes_config, is_cors_view, view_configs, view_methods
from .route_policies import RoutePolicies
from .routes import is_library_route

__all__ = ("ResourcesUrlDispatcherRouterAdapter",)


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
        *,
        inherit: bool,
        enforce: bool,
    ) -> None:
        """Do all that adding ``routing_entity`` takes, or raise ``ValueError`` and do nothing."""
        entry = Entry(self.policies.table(config), inherit, enforce)
        self._check(routing_entity, entry, handler)
        self.add_preflight_handler(routing_entity, handler)
        self._store(routing_entity, entry)

    def places_of(self, routing_entity: Any, config: ParsedConfig) -> list[Place]:
        """Return the configs that adding ``routing_entity`` brings in, with those of its views.

        Raises ``ValueError`` if it is nothing that can be added.
        """
        places = []
        for resource, route in _targets(routing_entity):
            places.append(place_of(resource, route, config))
            places += view_places(resource if route is None else [route])
        return places

    def check(self, routing_entity: Any, config: ParsedConfig, handler: PreflightHandler) -> None:
        """Raise ``ValueError`` if adding ``routing_entity`` with ``config`` would fail."""
        self._check(routing_entity, Entry(self.policies.table(config)), handler)

    def _check(self, routing_entity: Any, entry: Entry, handler: PreflightHandler) -> None:
        for resource, route in _targets(routing_entity):
            self._check_entry(resource, route, entry)
            self._needs_options_route(resource, handler)

    def add_application(self, config: ParsedConfig, *, inherit: bool, enforce: bool) -> None:
        """Cover every route of the application, and what is routed nowhere.

        Raises ``ValueError`` if that was done with another config.
        """
        if not self.preflights_first:
            raise ValueError(
                "adding the application needs its preflights answered before its handlers; "
                "leave out preflights_first=False"
            )
        entry = Entry(self.policies.table(config), inherit, enforce)
        _check_same("the application", self.policies.application, entry)
        routes = list(self._router.routes())
        for route in routes:
            _check_view(route)
        self.policies.store_application(entry, routes)

    def add_preflight_handler(self, routing_entity: Any, handler: PreflightHandler) -> None:
        """Serve OPTIONS requests to the resource of ``routing_entity`` with ``handler``."""
        for resource, _ in _targets(routing_entity):
            if self.is_cors_for_resource(resource):
                continue
            if self._needs_options_route(resource, handler):
                self._preflight_routes.add(_add_options_route(resource, handler))
            elif any(route.handler == handler for route in resource):
                continue
            self._preflight_routes.update(
                route
                for route in resource
                if route.method == hdrs.METH_ANY and is_cors_view(route.handler)
            )
            self._resources_with_preflight_handlers.add(resource)

    def _needs_options_route(
        self, resource: web.AbstractResource, handler: PreflightHandler
    ) -> bool:
        for route in resource:
            if route.method == hdrs.METH_OPTIONS:
                if route.handler == handler or is_library_route(route):
                    return False
                raise ValueError(
                    f"{resource!r} already has OPTIONS handler {route.handler!r}; remove it, or "
                    "call cors.add(app), which takes any route"
                )
            if route.method == hdrs.METH_ANY:
                self._check_any_route(resource, route)
                return False
        if isinstance(resource, (web.Resource, web.StaticResource)):
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
        entry = Entry(self.policies.table(config))
        for resource, route in _targets(routing_entity):
            self._check_entry(resource, route, entry)
        self._store(routing_entity, entry)

    def _check_entry(
        self, resource: web.AbstractResource, route: web.AbstractRoute | None, entry: Entry
    ) -> None:
        for each in resource if route is None else (route,):
            _check_view(each)
        _check_same(repr(route or resource), self.policies.existing(resource, route), entry)

    def _store(self, routing_entity: Any, entry: Entry) -> None:
        for resource, route in _targets(routing_entity):
            self.policies.store(resource, route, entry)

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


def _targets(
    entity: Any,
) -> list[tuple[web.AbstractResource, web.AbstractRoute | None]]:
    """Return what adding ``entity`` is about: resources as a whole, or routes of them.

    The library's own OPTIONS routes are passed over, so that all routes of an application can be
    walked.
    """
    if isinstance(entity, web.AbstractRoute) and entity.resource is not None:
        return [] if is_library_route(entity) else [(entity.resource, entity)]
    if isinstance(entity, web.AbstractResource):
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
    if isinstance(resource, web.Resource):
        return resource.add_route(hdrs.METH_OPTIONS, handler)
    cast(web.StaticResource, resource).set_options_route(handler)
    return next(route for route in resource if route.method == hdrs.METH_OPTIONS)


def _check_view(route: web.AbstractRoute) -> None:
    if is_cors_view(route.handler):
        for method in view_methods(route.handler):
            view_configs(route.handler, method)


def _check_same(what: str, existing: Entry | None, entry: Entry) -> None:
    if existing is not None and existing != entry:
        raise ValueError(
            f"CORS is already configured for {what} with {existing}; it can't be added again "
            f"with {entry}"
        )
