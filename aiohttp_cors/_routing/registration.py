"""Registration: `cors.add` in two steps, a plan that can fail, and applying it, which cannot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional, cast

from aiohttp import hdrs, web

from .._checks.finding import Finding
from ..abc import PreflightHandler
from .auditing import (
    findings_in,
    findings_of_views,
    has_findings,
    source_of,
    source_of_application,
)
from .entries import Entry, ParsedConfig
from .registry import Registry
from .routes import is_library_route, views_of
from .views import CorsViewMixin, is_cors_view

# The usual classes come first: a look at an abstract class takes longer.
_ROUTES = (web.ResourceRoute, web.AbstractRoute)
_RESOURCES = (web.PlainResource, web.DynamicResource, web.AbstractResource)
#: The resources that take any route, and those that take one for OPTIONS.
_TAKE_ROUTES = (web.PlainResource, web.DynamicResource, web.Resource)
_TAKE_OPTIONS_ROUTES = (*_TAKE_ROUTES, web.StaticResource)

#: What is added: a resource as a whole, or a route of it.
Target = tuple[web.AbstractResource, Optional[web.AbstractRoute]]

#: A target, and whether its resource needs an OPTIONS route of the library.
Step = tuple[web.AbstractResource, Optional[web.AbstractRoute], bool]


class Plan:
    """What adding an entity changes. It was checked, so applying it cannot fail."""

    # A tuple with names would take longer to make.
    __slots__ = ("entry", "findings", "steps", "views")

    def __init__(
        self,
        steps: list[Step] | None,
        entry: Entry,
        views: Iterable[type[CorsViewMixin]],
        findings: list[Finding],
    ) -> None:
        #: None: the application itself.
        self.steps = steps
        self.entry = entry
        self.views = views
        self.findings = findings


class Registration:
    """Adds entities to a registry: `plan` checks everything, then `apply` cannot fail."""

    def __init__(self, router: web.UrlDispatcher, registry: Registry) -> None:
        self._router = router
        self._registry = registry
        #: Preflights get early responses. Routes whose "*" handler takes OPTIONS need that.
        self.preflights_first = False
        #: How an entity was added last, with its entry, and whether its config has findings: most
        #: routes are added like the one before.
        self._last: tuple[ParsedConfig, bool, bool, Entry, bool] | None = None
        #: The resources whose OPTIONS requests the library serves, with the routes that serve them.
        #: There may be no route where preflights get early responses.
        self.options_routes: dict[web.AbstractResource, web.AbstractRoute | None] = {}

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
        # It runs for each route, of which there may be thousands.
        targets = targets_of(routing_entity)
        entry, is_faulty = self._entry(config, inherit, enforce)
        steps: list[Step] = []
        classes: list[web.AbstractRoute] = []
        for resource, route in targets:
            if resource in self._registry.resources:
                self._check_entry(resource, route, entry)
            needed = resource not in self.options_routes and _needs_options_route(
                resource, handler, self.preflights_first
            )
            steps.append((resource, route, needed))
            for each in resource if route is None else (route,):
                if isinstance(each.handler, type):
                    classes.append(each)
        views = views_of(classes) if classes else []
        findings: list[Finding] = []
        if is_faulty:
            findings += findings_in(source_of(*each, config) for each in targets)
        if views:
            findings += findings_of_views(views)
        return Plan(steps, entry, views, findings)

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
        entry, _ = self._entry(config, inherit, enforce)
        if self._registry.application not in (None, entry):
            raise _different("the application", self._registry.application, entry)
        return Plan(None, entry, views, findings)

    def apply(self, plan: Plan, handler: PreflightHandler) -> None:
        """Apply a plan."""
        for view in plan.views:
            self._registry.views.read(view)
        if plan.steps is None:
            self._registry.store_application(plan.entry)
            return
        for resource, route, needed in plan.steps:
            self.serve_options(resource, handler, needed)
            self._registry.store(resource, route, plan.entry)

    def _entry(self, config: ParsedConfig, inherit: bool, enforce: bool) -> tuple[Entry, bool]:
        last = self._last
        if last and last[0] is config and last[1] is inherit and last[2] is enforce:
            return last[3], last[4]
        entry = self._registry.entry(config, inherit, enforce)
        self._last = config, inherit, enforce, entry, has_findings(config)
        return entry, self._last[4]

    def check_options_routes(self, handler: PreflightHandler) -> None:
        """Raise ``ValueError`` if application code serves the preflights of anything added."""
        for resource in self._registry.resources:
            _needs_options_route(resource, handler, preflights_first=False)

    def check_entries(self, targets: list[Target], entry: Entry) -> None:
        """Raise ``ValueError`` if one of ``targets`` was added with another config."""
        for resource, route in targets:
            self._check_entry(resource, route, entry)

    def _check_entry(
        self, resource: web.AbstractResource, route: web.AbstractRoute | None, entry: Entry
    ) -> None:
        existing = self._registry.existing(resource, route)
        if existing is not None and existing != entry:
            raise _different(repr(resource if route is None else route), existing, entry)

    def lacking_options_route(
        self, targets: list[Target], handler: PreflightHandler
    ) -> set[web.AbstractResource]:
        """Return the resources that need an OPTIONS route.

        Raises ``ValueError`` if one of them cannot have it.
        """
        have, first = self.options_routes, self.preflights_first
        return {
            resource
            for resource, _ in targets
            if resource not in have and _needs_options_route(resource, handler, first)
        }

    def serve_options(
        self, resource: web.AbstractResource, handler: PreflightHandler, needed: bool
    ) -> None:
        """Serve OPTIONS requests to a resource with ``handler``, by a new route if needed."""
        if resource in self.options_routes:
            return
        route: web.AbstractRoute | None
        if needed:
            if isinstance(resource, _TAKE_ROUTES):
                route = resource.add_route(hdrs.METH_OPTIONS, handler)
            else:
                route = _add_to_static(cast(web.StaticResource, resource), handler)
        elif any(each.handler == handler for each in resource):
            return
        else:
            any_routes = (each for each in resource if each.method == hdrs.METH_ANY)
            route = next((each for each in any_routes if is_cors_view(each.handler)), None)
        self.options_routes[resource] = route


def routes_of(targets: list[Target]) -> list[web.AbstractRoute]:
    """Return the routes of ``targets``."""
    routes: list[web.AbstractRoute] = []
    for resource, route in targets:
        if route is None:
            routes += resource
        else:
            routes.append(route)
    return routes


def targets_of(entity: Any) -> list[Target]:
    """Return what adding ``entity`` adds: resources as a whole, or routes of them.

    The library's own OPTIONS routes are skipped, so that a loop over all routes of an application
    can add each one.
    """
    if isinstance(entity, _ROUTES):
        resource = entity.resource
        if resource is not None:
            return [] if is_library_route(entity) else [(resource, entity)]
    if isinstance(entity, _RESOURCES):
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
    if isinstance(resource, _TAKE_OPTIONS_ROUTES):
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


def _add_to_static(resource: web.StaticResource, handler: PreflightHandler) -> web.AbstractRoute:
    resource.set_options_route(handler)
    return next(route for route in resource if route.method == hdrs.METH_OPTIONS)


def _different(what: str, existing: Entry | None, entry: Entry) -> ValueError:
    return ValueError(
        f"CORS is already configured for {what} with {existing}; it can't be added again "
        f"with {entry}"
    )
