"""Registration: `cors.add` in two steps, a plan that can fail, and applying it, which cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional, cast

from aiohttp import hdrs, web

from .._checks.finding import Finding
from ..abc import PreflightHandler
from .auditing import (
    findings_at,
    findings_in,
    findings_of_views,
    source_of_application,
)
from .entries import Entry, ParsedConfig
from .registry import Registry
from .routes import is_library_route, views_of
from .views import CorsViewMixin, is_cors_view

#: What is added: a resource as a whole, or a route of it.
Target = tuple[web.AbstractResource, Optional[web.AbstractRoute]]


class Plan(NamedTuple):
    """What adding an entity changes. It was checked, so applying it cannot fail."""

    #: None: the application itself.
    targets: list[Target] | None
    entry: Entry
    views: list[type[CorsViewMixin]]
    #: The resources that need an OPTIONS route of the library.
    lacking: set[web.AbstractResource]
    findings: list[Finding]


class Registration:
    """Adds entities to a registry: `plan` checks everything, then `apply` cannot fail."""

    def __init__(self, router: web.UrlDispatcher, registry: Registry) -> None:
        self._router = router
        self._registry = registry
        #: Preflights get early responses. Routes whose "*" handler takes OPTIONS need that.
        self.preflights_first = False
        #: The last config with its entry: most routes are added with the same config as the last.
        self._last: tuple[ParsedConfig, Entry] | None = None
        #: The resources whose OPTIONS requests the library serves, and the routes that serve them.
        self.resources: set[web.AbstractResource] = set()
        self.routes: set[web.AbstractRoute] = set()

    def plan(
        self,
        routing_entity: Any,
        config: ParsedConfig,
        handler: PreflightHandler,
        *,
        inherit: bool = True,
        enforce: bool = False,
    ) -> Plan:
        """Plan adding ``routing_entity``, changing nothing; raise ``ValueError`` if that fails."""
        targets = targets_of(routing_entity)
        views = views_of(routes_of(targets))
        findings = [found for each in targets for found in findings_at(*each, config)]
        if views:
            findings += findings_of_views(views)
        entry = self._entry(config, inherit, enforce)
        self.check_entries(targets, entry)
        lacking = self.lacking_options_route(targets, handler)
        return Plan(targets, entry, views, lacking, findings)

    def plan_application(self, config: ParsedConfig, *, inherit: bool, enforce: bool) -> Plan:
        """Plan adding the application itself, changing nothing.

        Raises ``ValueError`` if that fails: it may have been added with another config.
        """
        if not self.preflights_first:
            raise ValueError(
                "adding the application needs its preflights to be responded to before its "
                "handlers run; leave out preflights_first=False"
            )
        views = views_of(self._router.routes())
        findings = [*findings_in([source_of_application(config)]), *findings_of_views(views)]
        entry = self._entry(config, inherit, enforce)
        if self._registry.application not in (None, entry):
            raise _different("the application", self._registry.application, entry)
        return Plan(None, entry, views, set(), findings)

    def apply(self, plan: Plan, handler: PreflightHandler) -> None:
        """Apply a plan."""
        self.add_options_routes(plan.targets or [], plan.lacking, handler)
        self.store(plan)

    def store(self, plan: Plan) -> None:
        """Apply the part of a plan that is about configs."""
        for view in plan.views:
            self._registry.views.read(view)
        if plan.targets is None:
            self._registry.store_application(plan.entry)
        for resource, route in plan.targets or ():
            self._registry.store(resource, route, plan.entry)

    def _entry(self, config: ParsedConfig, inherit: bool, enforce: bool) -> Entry:
        last = self._last
        if last is None or config is not last[0] or last[1][1:] != (inherit, enforce):
            self._last = last = config, self._registry.entry(config, inherit, enforce)
        return last[1]

    def check_options_routes(self, handler: PreflightHandler) -> None:
        """Raise ``ValueError`` if application code serves the preflights of anything added."""
        for resource in self._registry.resources:
            _needs_options_route(resource, handler, preflights_first=False)

    def check_entries(self, targets: list[Target], entry: Entry) -> None:
        """Raise ``ValueError`` if one of ``targets`` was added with another config."""
        for resource, route in targets:
            existing = self._registry.existing(resource, route)
            if existing is not None and existing != entry:
                raise _different(repr(resource if route is None else route), existing, entry)

    def lacking_options_route(
        self, targets: list[Target], handler: PreflightHandler
    ) -> set[web.AbstractResource]:
        """Return the resources that need an OPTIONS route.

        Raises ``ValueError`` if one of them cannot have it.
        """
        have = self.resources
        return {
            resource
            for resource, _ in targets
            if resource not in have
            and _needs_options_route(resource, handler, self.preflights_first)
        }

    def add_options_routes(
        self,
        targets: list[Target],
        lacking: set[web.AbstractResource],
        handler: PreflightHandler,
    ) -> None:
        """Serve OPTIONS requests to resources with ``handler``."""
        have = self.resources
        for resource, _ in targets:
            if resource in have:
                continue
            if resource in lacking:
                self.routes.add(_add_options_route(resource, handler))
            elif any(route.handler == handler for route in resource):
                continue
            else:
                self.routes.update(
                    route
                    for route in resource
                    if route.method == hdrs.METH_ANY and is_cors_view(route.handler)
                )
            have.add(resource)


def routes_of(targets: list[Target]) -> Iterator[web.AbstractRoute]:
    """Yield the routes of ``targets``."""
    for resource, route in targets:
        if route is None:
            yield from resource
        else:
            yield route


def targets_of(entity: Any) -> list[Target]:
    """Return what adding ``entity`` adds: resources as a whole, or routes of them.

    The library's own OPTIONS routes are skipped, so that a loop over all routes of an application
    can add each one.
    """
    # The usual classes come first, because checking for an abstract class takes longer.
    if isinstance(entity, (web.ResourceRoute, web.AbstractRoute)) and entity.resource is not None:
        return [] if is_library_route(entity) else [(entity.resource, entity)]
    if isinstance(entity, (web.PlainResource, web.AbstractResource)):
        routes = list(entity)
        # The resource of a sub-application contains routes of other resources.
        if any(route.resource is not entity for route in routes):
            return [target for route in routes for target in targets_of(route)]
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
