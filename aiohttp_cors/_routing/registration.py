"""Registration: planning what adding an entity takes, then doing it; and aiohttp's own adapter."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional, cast

from aiohttp import hdrs, web

from .._checks.finding import Finding
from .._core.config import parse_config
from .._core.policy import decide
from .._core.verdict import Denial, Reason
from ..abc import AbstractRouterAdapter, PreflightHandler
from .auditing import (
    findings_at,
    findings_in,
    findings_of_views,
    source_of_application,
)
from .entries import Entry, ParsedConfig, ResourceConfig
from .registry import Registry
from .routes import is_library_route, views_of
from .views import CorsViewMixin, computes_config, is_cors_view, view_configs

__all__ = ("ResourcesUrlDispatcherRouterAdapter",)

#: What is added: a resource as a whole, or a route of it.
Target = tuple[web.AbstractResource, Optional[web.AbstractRoute]]


class Plan(NamedTuple):
    """What adding an entity takes. It was checked, so doing it cannot fail."""

    #: None: the application itself.
    targets: list[Target] | None
    entry: Entry
    views: list[type[CorsViewMixin]]
    #: The resources that need an OPTIONS route.
    needing: set[web.AbstractResource]
    findings: list[Finding]


class ResourcesUrlDispatcherRouterAdapter(AbstractRouterAdapter):
    """Stores the configs of the routes and resources of a `web.UrlDispatcher`.

    ``defaults`` maps origins to `ResourceOptions`, for all entities that are added. Raises
    ``ValueError`` if it is not a valid config.
    """

    def __init__(self, router: web.UrlDispatcher, defaults: ParsedConfig | None) -> None:
        self._router = router
        self.registry = Registry(parse_config(defaults, "defaults"))
        #: A "*" handler takes OPTIONS requests itself, so it needs early responses to preflights.
        self.preflights_first = False
        #: The entry of what was added last: most routes are added like the one before.
        self._last: tuple[ParsedConfig, Entry] | None = None
        self._resources_with_preflight_handlers: set[web.AbstractResource] = set()
        self._preflight_routes: set[web.AbstractRoute] = set()

    @property
    def _resource_config(self) -> dict[web.AbstractResource, ResourceConfig]:
        return self.registry.resources

    # Registration

    def plan(
        self,
        routing_entity: Any,
        config: ParsedConfig,
        handler: PreflightHandler,
        *,
        inherit: bool = True,
        enforce: bool = False,
    ) -> Plan:
        """Check what adding ``routing_entity`` takes, and change nothing; raise ``ValueError``."""
        targets = _targets(routing_entity)
        views = views_of(_routes(targets))
        findings = [found for each in targets for found in findings_at(*each, config)]
        if views:
            findings += findings_of_views(views)
        entry = self._entry(config, inherit, enforce)
        self._check_entries(targets, entry)
        return Plan(targets, entry, views, self._needing(targets, handler), findings)

    def plan_application(self, config: ParsedConfig, *, inherit: bool, enforce: bool) -> Plan:
        """Check what adding the application itself takes, and change nothing.

        Raises ``ValueError`` if it was added with another config.
        """
        if not self.preflights_first:
            raise ValueError(
                "adding the application needs its preflights to be responded to before its "
                "handlers run; leave out preflights_first=False"
            )
        views = views_of(self._router.routes())
        findings = [*findings_in([source_of_application(config)]), *findings_of_views(views)]
        entry = self._entry(config, inherit, enforce)
        if self.registry.application not in (None, entry):
            raise _different("the application", self.registry.application, entry)
        return Plan(None, entry, views, set(), findings)

    def apply(self, plan: Plan, handler: PreflightHandler) -> None:
        """Do what was planned."""
        self._add_preflight_handlers(plan.targets or [], plan.needing, handler)
        self._store(plan)

    def _store(self, plan: Plan) -> None:
        for view in plan.views:
            self.registry.views.read(view)
        if plan.targets is None:
            self.registry.store_application(plan.entry)
        for resource, route in plan.targets or ():
            self.registry.store(resource, route, plan.entry)

    def _entry(self, config: ParsedConfig, inherit: bool, enforce: bool) -> Entry:
        last = self._last
        if last is None or config is not last[0] or last[1][1:] != (inherit, enforce):
            self._last = last = config, self.registry.entry(config, inherit, enforce)
        return last[1]

    def _check_entries(self, targets: list[Target], entry: Entry) -> None:
        for resource, route in targets:
            existing = self.registry.existing(resource, route)
            if existing is not None and existing != entry:
                raise _different(repr(resource if route is None else route), existing, entry)

    def _needing(
        self, targets: list[Target], handler: PreflightHandler
    ) -> set[web.AbstractResource]:
        """Return the resources that need an OPTIONS route; ``ValueError`` if one takes none."""
        have = self._resources_with_preflight_handlers
        return {
            resource
            for resource, _ in targets
            if resource not in have
            and _needs_options_route(resource, handler, self.preflights_first)
        }

    def _add_preflight_handlers(
        self,
        targets: list[Target],
        needing: set[web.AbstractResource],
        handler: PreflightHandler,
    ) -> None:
        have = self._resources_with_preflight_handlers
        for resource, _ in targets:
            if resource in have:
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
            have.add(resource)

    # What AbstractRouterAdapter asks for

    def add_preflight_handler(self, routing_entity: Any, handler: PreflightHandler) -> None:
        """Serve OPTIONS requests to the resource of ``routing_entity`` with ``handler``."""
        targets = _targets(routing_entity)
        self._add_preflight_handlers(targets, self._needing(targets, handler), handler)

    def is_cors_for_resource(self, resource: web.AbstractResource) -> bool:
        """Tell whether ``resource`` has a preflight handler."""
        return resource in self._resources_with_preflight_handlers

    def set_config_for_routing_entity(self, routing_entity: Any, config: ParsedConfig) -> None:
        """Store the config of a resource, or of a route.

        Adding an entity again with an equal config changes nothing. Raises ``ValueError`` if it
        has another one, or if a view has one of its own that is not valid.
        """
        targets, entry = _targets(routing_entity), self.registry.entry(config)
        views = views_of(_routes(targets))
        self._check_entries(targets, entry)
        findings_of_views(views)
        self._store(Plan(targets, entry, views, set(), []))

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
            return merged
        return {key: each for key, each in merged.items() if policy.rule.allows(each)}

    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        """Return the layers that apply to ``request`` beside those of a view itself."""
        route, resource = self._route_for(request, method), self._request_resource(request)
        layers = self.registry.snapshot.layers_below_view(route, resource, method)
        return [table.config for table in layers]

    def _route_for(self, request: web.Request, method: str) -> web.AbstractRoute | None:
        route = self._request_route(request)
        if isinstance(route, web.AbstractRoute):
            return route
        # The request is a test double, which knows its resource at most.
        resource = self._request_resource(request)
        routes = resource if isinstance(resource, web.AbstractResource) else ()
        return next((each for each in routes if each.method == method), None)


def _routes(targets: list[Target]) -> Iterator[web.AbstractRoute]:
    for resource, route in targets:
        if route is None:
            yield from resource
        else:
            yield route


def _targets(entity: Any) -> list[Target]:
    """Return what adding ``entity`` is about: resources as a whole, or routes of them.

    The library's own OPTIONS routes are passed over, so that all routes of an application can be
    walked.
    """
    # The usual classes first: a look at an abstract class takes longer.
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


def _needs_options_route(
    resource: web.AbstractResource, handler: PreflightHandler, preflights_first: bool
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
            _check_any_route(resource, route, preflights_first)
            return False
    if isinstance(resource, (web.PlainResource, web.Resource, web.StaticResource)):
        return True
    if not preflights_first:
        raise ValueError(f"{resource!r} takes no OPTIONS route; leave out preflights_first=False")
    return False


def _check_any_route(
    resource: web.AbstractResource, route: web.AbstractRoute, preflights_first: bool
) -> None:
    if is_cors_view(route.handler):
        return
    if isinstance(route.handler, type):
        raise ValueError(
            f"{resource!r} already has a '*' handler for all methods, and this web view "
            f"should be derived from aiohttp_cors.CorsViewMixin: {route.handler!r}; derive "
            "it, or call cors.add(app), which takes any route"
        )
    if not preflights_first:
        raise ValueError(
            f"{resource!r} already has a '*' handler for all methods, which takes its "
            "preflights too; leave out preflights_first=False, or name the methods"
        )


def _add_options_route(
    resource: web.AbstractResource, handler: PreflightHandler
) -> web.AbstractRoute:
    if isinstance(resource, (web.PlainResource, web.Resource)):
        return resource.add_route(hdrs.METH_OPTIONS, handler)
    cast(web.StaticResource, resource).set_options_route(handler)
    return next(route for route in resource if route.method == hdrs.METH_OPTIONS)


def _different(what: str, existing: Entry | None, entry: Entry) -> ValueError:
    return ValueError(
        f"CORS is already configured for {what} with {existing}; it can't be added again "
        f"with {entry}"
    )
