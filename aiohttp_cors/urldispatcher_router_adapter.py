"""Which policy serves which route of aiohttp's own router."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Union

from aiohttp import hdrs, web

from ._core.grammar import FORBIDDEN_METHODS, SAFELISTED_METHODS
from ._core.options import ResourceOptions
from ._core.origins import OriginTable
from ._core.policy import MethodRule, Policy, decide, parse_config
from ._core.verdict import Denial, Reason
from .abc import AbstractRouterAdapter, PreflightHandler
from .mixin import CorsViewMixin, is_cors_view, view_configs, view_methods
from .preflight_handler import _PreflightHandler

__all__ = ("ResourcesUrlDispatcherRouterAdapter",)

ParsedConfig = Mapping[str, ResourceOptions]
_EMPTY = OriginTable({})


class MethodPlan(NamedTuple):
    """What responses of a route are decided by, where the route alone does not tell."""

    policies: dict[str, Policy | None]
    #: An application inside this one serves the route.
    nested: bool


#: None: responses are left alone.
Plan = Union[Policy, MethodPlan, None]


class _ResourceConfig:
    """What was added of one resource."""

    def __init__(self) -> None:
        #: The resource itself was added.
        self.added = False
        self.default_config = _EMPTY
        #: By the method of the route that was added, "*" among them.
        self.method_config: dict[str, OriginTable] = {}
        #: The configs of views as they were when added, by method, the most specific first.
        self.views: dict[type[CorsViewMixin], dict[str, list[OriginTable]]] = {}


class ResourcesUrlDispatcherRouterAdapter(AbstractRouterAdapter):
    """Keeps the configs of the routes and resources of a `web.UrlDispatcher`.

    ``defaults`` maps origins to `ResourceOptions`, for all entities that are added. Raises
    ``ValueError`` if it is no valid config.
    """

    def __init__(self, router: web.UrlDispatcher, defaults: ParsedConfig | None) -> None:
        self._router = router
        # Equal configs share one table, and equal policies are one object.
        self._tables: dict[frozenset[tuple[str, ResourceOptions]], OriginTable] = {}
        self._policies: dict[tuple[object, ...], Policy] = {}
        self._default_table = self._table(parse_config(defaults, "defaults"))
        #: A "*" handler takes OPTIONS requests itself, so it needs preflights answered earlier.
        self.preflights_first = False
        self._resource_config: dict[web.AbstractResource, _ResourceConfig] = {}
        self._resources_with_preflight_handlers: set[web.AbstractResource] = set()
        self._preflight_routes: set[web.AbstractRoute] = set()
        #: What requests read: compiled at first use, thrown away by each change.
        self.plans: dict[web.AbstractRoute, Plan] = {}
        self._siblings: dict[web.AbstractResource, tuple[int, tuple[tuple[str, Policy], ...]]] = {}

    # Registration

    def check_routing_entity(
        self, routing_entity: Any, config: ParsedConfig, handler: PreflightHandler
    ) -> None:
        """Raise ``ValueError`` if adding ``routing_entity`` with ``config`` would fail."""
        for resource, route in _targets(routing_entity):
            self._check_config(resource, route, config)
            self._needs_options_route(resource, handler)

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
        self._forget_compiled()

    def _needs_options_route(
        self, resource: web.AbstractResource, handler: PreflightHandler
    ) -> bool:
        for route in resource:
            if route.method == hdrs.METH_OPTIONS:
                if route.handler == handler or is_library_route(route):
                    return False
                raise ValueError(
                    f"{resource!r} already has OPTIONS handler {route.handler!r}; remove it: "
                    "aiohttp_cors answers the preflights of what is added"
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
                f"should be derived from aiohttp_cors.CorsViewMixin: {route.handler!r}"
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
        targets = _targets(routing_entity)
        for resource, route in targets:
            self._check_config(resource, route, config)
        table = self._table(config)
        for resource, route in targets:
            stored = self._resource_config.setdefault(resource, _ResourceConfig())
            if route is None:
                stored.added = True
                stored.default_config = table
            else:
                stored.method_config[route.method] = table
            for each in _routes(resource, route):
                if is_cors_view(each.handler):
                    self._view_tables(stored, each.handler)
        self._forget_compiled()

    def _check_config(
        self, resource: web.AbstractResource, route: web.AbstractRoute | None, config: object
    ) -> None:
        for each in _routes(resource, route):
            if is_cors_view(each.handler):
                for method in view_methods(each.handler):
                    view_configs(each.handler, method)
        stored = self._resource_config.get(resource)
        if stored is None:
            return
        if route is None:
            existing = stored.default_config if stored.added else None
        else:
            existing = stored.method_config.get(route.method)
        if existing is not None and existing.config != config:
            raise ValueError(
                f"CORS is already configured for {route or resource!r} with "
                f"{existing.config!r}; it can't be added again with {config!r}"
            )

    @property
    def defaults(self) -> ParsedConfig:
        """Origins to options for all entities; assign a checked mapping to replace them."""
        return self._default_table.config

    @defaults.setter
    def defaults(self, config: ParsedConfig) -> None:
        self._default_table = self._table(config)
        self._forget_compiled()

    def _forget_compiled(self) -> None:
        self.plans = {}
        self._siblings = {}
        self._policies = {}

    def _table(self, config: ParsedConfig) -> OriginTable:
        if not config:
            return _EMPTY
        key = frozenset(config.items())
        if key not in self._tables:
            self._tables[key] = OriginTable(config)
        return self._tables[key]

    def _view_tables(
        self, stored: _ResourceConfig, view: type[CorsViewMixin]
    ) -> dict[str, list[OriginTable]]:
        if view not in stored.views:
            stored.views[view] = {
                method: [self._table(config) for config in view_configs(view, method)]
                for method in hdrs.METH_ALL
            }
        return stored.views[view]

    # Compiling

    def serves(self, route: web.AbstractRoute) -> bool:
        """Tell whether something was added of the resource that ``route`` belongs to."""
        return route.resource in self._resource_config

    def plan(self, route: web.AbstractRoute, *, nested: bool) -> Plan:
        """Compile what responses of ``route`` are decided by, and keep it in ``plans``."""
        resource = route.resource
        plan: Plan = None
        if resource in self._resource_config:
            if route.method == hdrs.METH_ANY or is_cors_view(route.handler):
                methods = hdrs.METH_ALL
            else:
                methods = {route.method}
            policies = {method: self.response_policy(route, method) for method in methods}
            if len(methods) > 1 or nested or is_library_route(route):
                plan = MethodPlan(policies, nested)
            else:
                plan = policies[route.method]
        # Routes made up for one request, as those of 404 answers are, must not pile up.
        if resource is not None and any(route is each for each in resource):
            self.plans[route] = plan
        return plan

    def response_policy(self, route: web.AbstractRoute, method: str) -> Policy | None:
        """Return the policy for responses to ``method``, or None if they are left alone."""
        policy = self.policy(route, method)
        # A method of which nothing was said is none of our business.
        return None if policy is None or policy.never_shares else policy

    def policy(self, route: web.AbstractRoute, method: str) -> Policy | None:
        """Return the policy for ``method`` on ``route``, or None if nothing was added there."""
        resource = route.resource
        stored = None if resource is None else self._resource_config.get(resource)
        if stored is None:
            return None
        layers = tuple(table for table in self._layers(stored, route, method) if table.config)
        rule = _method_rule(stored, route, method)
        routed = not is_cors_view(route.handler) or method in view_methods(route.handler)
        if method not in hdrs.METH_ALL:
            # Names that clients make up must not pile up.
            return Policy(layers, rule, routed=routed)
        key = (*map(id, layers), rule, routed)
        if key not in self._policies:
            self._policies[key] = Policy(layers, rule, routed=routed)
        return self._policies[key]

    def _layers(
        self, stored: _ResourceConfig, route: web.AbstractRoute, method: str
    ) -> list[OriginTable]:
        added_as = _added_as(stored, route, method)
        layers: list[OriginTable] = []
        if is_cors_view(route.handler) and (stored.added or added_as is not None):
            layers += self._view_tables(stored, route.handler).get(method, ())
        if added_as is not None:
            layers.append(stored.method_config[added_as])
        return [*layers, stored.default_config, self._default_table]

    def siblings(self, route: web.AbstractRoute) -> tuple[tuple[str, Policy], ...]:
        """Return the methods of the resource of ``route``, sorted, each with its policy."""
        resource = route.resource
        if resource is None:
            return ()
        size, siblings = self._siblings.get(resource, (-1, ()))
        # Routes may be added to a resource at any time.
        if size != len(resource):
            siblings = tuple(sorted(self._compile_siblings(resource), key=lambda pair: pair[0]))
            self._siblings[resource] = (len(resource), siblings)
        return siblings

    def _compile_siblings(self, resource: web.AbstractResource) -> Iterator[tuple[str, Policy]]:
        served = {route.method for route in resource}
        for route in resource:
            for method in _methods_of(route):
                policy = self.policy(route, method)
                if policy is not None and (method == route.method or method not in served):
                    yield method, policy

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
        return self._request_resource(request) in self._resource_config

    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> ParsedConfig:
        """Return the config for ``requested_method`` on the resource that serves the preflight.

        Raises ``KeyError`` if the method is not shared with ``origin``.
        """
        policy = dict(self.siblings(self._request_route(preflight_request)))[requested_method]
        if decide(policy, origin) == Denial(Reason.METHOD_NOT_SHARED):
            raise KeyError(requested_method)
        return _merged(policy.layers)

    def get_non_preflight_request_config(self, request: web.Request) -> ParsedConfig:
        """Return the config for ``request``: all layers as one mapping."""
        resource = self._request_resource(request)
        stored = self._resource_config.get(resource, _ResourceConfig())  # type: ignore[arg-type]
        return _merged(self._layers(stored, self._request_route(request), request.method))

    def added_configs(self, request: web.Request) -> list[ParsedConfig]:
        """Return the configs that the route and the resource of ``request`` were added with."""
        route = self._request_route(request)
        stored = self._resource_config.get(route.resource, _ResourceConfig())  # type: ignore[arg-type]
        added_as = _added_as(stored, route, request.method)
        tables = [] if added_as is None else [stored.method_config[added_as]]
        return [table.config for table in (*tables, stored.default_config)]


def is_library_route(route: web.AbstractRoute) -> bool:
    """Tell whether ``route`` is an OPTIONS route that some CorsConfig has registered."""
    function = getattr(route.handler, "__func__", None)
    return function is _PreflightHandler._preflight_handler


def _is_library_method(route: web.AbstractRoute, method: str) -> bool:
    """Tell whether a view has nothing but the library's own handler of OPTIONS for ``method``."""
    if method != hdrs.METH_OPTIONS or not is_cors_view(route.handler):
        return False
    return route.handler.options is CorsViewMixin.options


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
        f"Resource or ResourceRoute expected, got {entity!r}; pass what app.router.add_route(), "
        "add_resource(), add_static() or app.add_subapp() returned"
    )


def _routes(
    resource: web.AbstractResource, route: web.AbstractRoute | None
) -> list[web.AbstractRoute]:
    return list(resource) if route is None else [route]


def _add_options_route(
    resource: web.AbstractResource, handler: PreflightHandler
) -> web.AbstractRoute:
    if isinstance(resource, web.StaticResource):
        resource.set_options_route(handler)
    elif isinstance(resource, web.Resource):
        return resource.add_route(hdrs.METH_OPTIONS, handler)
    return next(route for route in resource if route.method == hdrs.METH_OPTIONS)


def _added_as(stored: _ResourceConfig, route: web.AbstractRoute, method: str) -> str | None:
    """Return the key of the route in ``method_config``, or None if it was not added itself."""
    for name in (route.method, method, *_served_as(route)):
        if name in stored.method_config:
            return name
    return None


def _served_as(route: web.AbstractRoute) -> tuple[str, ...]:
    """Return ("GET",) for a HEAD route that the handler of GET serves too, as add_get() makes."""
    if route.method == hdrs.METH_HEAD and route.resource is not None:
        for other in route.resource:
            if other.method == hdrs.METH_GET and other.handler == route.handler:
                return (hdrs.METH_GET,)
    return ()


def _method_rule(stored: _ResourceConfig, route: web.AbstractRoute, method: str) -> MethodRule:
    added_as = _added_as(stored, route, method)
    if added_as not in (None, hdrs.METH_ANY):
        # allow_methods plays no part, so all routes with the same layers are of one policy.
        return MethodRule(explicit=True, by_default=True, names=())
    by_default = stored.added and method in SAFELISTED_METHODS
    if route.method == hdrs.METH_ANY and not _is_library_method(route, method):
        by_default |= added_as is not None or (stored.added and is_cors_view(route.handler))
    return MethodRule(explicit=False, by_default=by_default, names=(method, *_served_as(route)))


def _methods_of(route: web.AbstractRoute) -> list[str]:
    if is_library_route(route):
        return []
    if is_cors_view(route.handler):
        methods = [m for m in view_methods(route.handler) if not _is_library_method(route, m)]
        return methods if route.method == hdrs.METH_ANY else [route.method]
    if route.method == hdrs.METH_ANY:
        return sorted(hdrs.METH_ALL - FORBIDDEN_METHODS)
    return [route.method]


def _merged(layers: Any) -> ParsedConfig:
    return ChainMap(*(dict(table.config) for table in layers))
