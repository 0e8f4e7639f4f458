"""The router adapter for aiohttp's own router."""

from __future__ import annotations

from collections import ChainMap
from typing import Any

from aiohttp import hdrs, web

from .._core.config import parse_config
from .._core.policy import decide
from .._core.verdict import Denial, Reason
from ..abc import AbstractRouterAdapter, PreflightHandler
from .auditing import findings_of_views
from .entries import ParsedConfig, ResourceConfig
from .options_routes import OptionsRoutes
from .registry import Registry
from .routes import is_library_route, views_of
from .targets import routes_of, targets_of
from .views import computes_config, is_cors_view, view_configs

__all__ = ("ResourcesUrlDispatcherRouterAdapter",)


class ResourcesUrlDispatcherRouterAdapter(AbstractRouterAdapter):
    """Stores the configs of the routes and resources of a `web.UrlDispatcher`.

    ``defaults`` maps origins to `ResourceOptions`, for everything that is added. Raises
    ``ValueError`` if it is not a valid config.
    """

    def __init__(self, router: web.UrlDispatcher, defaults: ParsedConfig | None) -> None:
        self._router = router
        self.registry = Registry(parse_config(defaults, "defaults"))
        self.options_routes = OptionsRoutes()

    # Existing test suites of applications read these three.

    @property
    def _resource_config(self) -> dict[web.AbstractResource, ResourceConfig]:
        return self.registry.resources

    @property
    def _resources_with_preflight_handlers(self) -> set[web.AbstractResource]:
        return set(self.options_routes.by_resource)

    @property
    def _preflight_routes(self) -> set[web.AbstractRoute]:
        return {each for each in self.options_routes.by_resource.values() if each is not None}

    def add_preflight_handler(self, routing_entity: Any, handler: PreflightHandler) -> None:
        """Serve OPTIONS requests to the resource of ``routing_entity`` with ``handler``."""
        resources = [resource for resource, _ in targets_of(routing_entity)]
        lacking = self.options_routes.lacking(resources, handler)
        for resource in resources:
            self.options_routes.serve(resource, handler, resource in lacking)

    def is_cors_for_resource(self, resource: web.AbstractResource) -> bool:
        """Tell whether ``resource`` has a preflight handler."""
        return resource in self.options_routes.by_resource

    def set_config_for_routing_entity(self, routing_entity: Any, config: ParsedConfig) -> None:
        """Store the config of a resource or a route.

        Adding an entity again with an equal config changes nothing. Raises ``ValueError`` if the
        entity has another config, or if a view has an invalid config of its own.
        """
        targets, entry = targets_of(routing_entity), self.registry.entry(config)
        views = views_of(routes_of(targets))
        for resource, route in targets:
            self.registry.check_entry(resource, route, entry)
        findings_of_views(views)
        for view in views:
            self.registry.views.read(view)
        for resource, route in targets:
            self.registry.store(resource, route, entry)

    def _request_route(self, request: web.Request) -> web.AbstractRoute:
        return request.match_info.route

    def _request_resource(self, request: web.Request) -> web.AbstractResource | None:
        return self._request_route(request).resource

    def is_preflight_request(self, request: web.Request) -> bool:
        """Tell whether the library's OPTIONS handler serves ``request``."""
        route = self._request_route(request)
        if is_cors_view(route.handler):
            return request.method == hdrs.METH_OPTIONS
        resource = route.resource
        return resource is not None and self.options_routes.by_resource.get(resource) is route

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        """Tell whether the resource that serves ``request``, or a route of it, was added."""
        return self._request_resource(request) in self.registry.resources

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> ParsedConfig:
        """Return the config for ``requested_method`` on the resource that serves the preflight.

        Raises ``KeyError`` if the method is not allowed for ``origin``.
        """
        snapshot = self.registry.snapshot
        for route in self._request_route(preflight_request).resource or ():
            if route.method in (requested_method, hdrs.METH_ANY) and not is_library_route(route):
                policy = snapshot.policy(route, requested_method, self._router)
                if policy is None or decide(policy, origin) == Denial(Reason.METHOD_NOT_SHARED):
                    break
                return ChainMap(*(dict(table.config) for table in policy.layers))
        raise KeyError(requested_method)

    def get_non_preflight_request_config(self, request: web.Request) -> ParsedConfig:
        """Return the config for ``request``: all layers as one mapping."""
        configs = self.configs_below_view(request, request.method)
        route = self._route_for(request, request.method)
        if route is None:
            return ChainMap(*map(dict, configs))
        view = route.handler
        if is_cors_view(view):
            if computes_config(view):
                return view.get_request_config(request, request.method)
            configs = [*view_configs(view, request.method), *configs]
        merged = ChainMap(*map(dict, configs))
        policy = self.registry.snapshot.policy(route, request.method, self._router)
        if policy is None:
            return {}
        return {key: each for key, each in merged.items() if policy.rule.allows(each)}

    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        """Return the configs that apply to ``request``, without those of a view itself."""
        route, resource = self._route_for(request, method), self._request_resource(request)
        layers = self.registry.snapshot.layers.below_view(route, resource, method)
        return [table.config for table in layers]

    def _route_for(self, request: web.Request, method: str) -> web.AbstractRoute | None:
        route = self._request_route(request)
        if isinstance(route, web.AbstractRoute):
            return route
        # The request is a test double, which has a resource at most.
        resource = self._request_resource(request)
        routes = resource if isinstance(resource, web.AbstractResource) else ()
        return next((each for each in routes if each.method == method), None)
