"""Registration: `cors.add` in two steps, a plan that can fail, and applying it, which cannot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from aiohttp import web

from .._checks.finding import Finding
from ..abc import PreflightHandler
from .auditing import (
    audit,
    findings_in,
    findings_of_views,
    has_findings,
    source_of,
    source_of_application,
)
from .entries import Entry, ParsedConfig
from .options_routes import OptionsRoutes, needs_options_route
from .registry import Registry, different
from .routes import views_of
from .targets import targets_of
from .views import CorsViewMixin

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
    """Adds what is routed by aiohttp's own router to a registry."""

    def __init__(
        self,
        router: web.UrlDispatcher,
        registry: Registry,
        options_routes: OptionsRoutes,
        handler: PreflightHandler,
    ) -> None:
        self._router = router
        self._registry = registry
        self._options_routes = options_routes
        #: Serves all OPTIONS routes.
        self._handler = handler
        #: How an entity was added last, with its entry, and whether its config has findings: most
        #: routes are added like the one before.
        self._last: tuple[ParsedConfig, bool, bool, Entry, bool] | None = None

    @property
    def has_entries(self) -> bool:
        """Whether anything was added."""
        return bool(self._registry.resources) or self._registry.application is not None

    def plan(
        self,
        routing_entity: Any,
        config: ParsedConfig,
        *,
        inherit: bool = True,
        enforce: bool = False,
    ) -> Plan:
        """Plan adding ``routing_entity``, changing nothing; raise ``ValueError`` if that fails."""
        # It runs for each route, of which there may be thousands.
        targets = targets_of(routing_entity)
        entry, is_faulty = self._entry(config, inherit, enforce)
        registry, options_routes, handler = self._registry, self._options_routes, self._handler
        steps: list[Step] = []
        classes: list[web.AbstractRoute] = []
        for resource, route in targets:
            if resource in registry.resources:
                registry.check_entry(resource, route, entry)
            needed = resource not in options_routes.by_resource and needs_options_route(
                resource, handler, options_routes.preflights_first
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
        if not self._options_routes.preflights_first:
            raise ValueError(
                "adding the application needs its preflights to be responded to before its "
                "handlers run; leave out preflights_first=False"
            )
        views = views_of(self._router.routes())
        findings = [*findings_in([source_of_application(config)]), *findings_of_views(views)]
        entry, _ = self._entry(config, inherit, enforce)
        if self._registry.application not in (None, entry):
            raise different("the application", self._registry.application, entry)
        return Plan(None, entry, views, findings)

    def apply(self, plan: Plan) -> None:
        """Apply a plan."""
        for view in plan.views:
            self._registry.views.read(view)
        if plan.steps is None:
            self._registry.store_application(plan.entry)
            return
        for resource, route, needed in plan.steps:
            self._options_routes.serve(resource, self._handler, needed)
            self._registry.store(resource, route, plan.entry)

    def _entry(self, config: ParsedConfig, inherit: bool, enforce: bool) -> tuple[Entry, bool]:
        last = self._last
        if last and last[0] is config and last[1] is inherit and last[2] is enforce:
            return last[3], last[4]
        entry = self._registry.entry(config, inherit, enforce)
        self._last = config, inherit, enforce, entry, has_findings(config)
        return entry, self._last[4]

    def check(self, *, preflights_first: bool, enforce: bool) -> None:
        """Raise ``ValueError`` for arguments of `setup` that do not work with what was added."""
        if preflights_first:
            return
        # Application code may serve the preflights of something added.
        for resource in self._registry.resources:
            needs_options_route(resource, self._handler, preflights_first=False)
        if self._registry.application is not None:
            raise ValueError(
                "'preflights_first' cannot be False: the application itself was added, which "
                "needs its preflights to be responded to before its handlers run"
            )

    def replace_defaults(self, defaults: ParsedConfig) -> None:
        """Replace the defaults."""
        self._registry.replace_defaults(defaults)

    def audit(self) -> list[Finding]:
        """Return the findings in everything that was added, without the defaults."""
        return audit(self._registry, self._router)
