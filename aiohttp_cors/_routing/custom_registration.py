"""Registration with a router adapter that the user wrote."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._checks.finding import Finding
from ..abc import AbstractRouterAdapter, PreflightHandler
from .adapter import ResourcesUrlDispatcherRouterAdapter
from .auditing import ConfigSource, findings_in
from .entries import ParsedConfig
from .registration import Registration


class CustomPlan(NamedTuple):
    """What adding an entity changes."""

    routing_entity: Any
    source: ConfigSource
    findings: list[Finding]


class CustomRegistration:
    """Passes what is added to a router adapter that the user wrote."""

    def __init__(
        self,
        router_adapter: AbstractRouterAdapter,
        handler: PreflightHandler,
        defaults: ParsedConfig,
    ) -> None:
        self._router_adapter = router_adapter
        self._handler = handler
        self._sources: list[ConfigSource] = []
        #: Plans what an adapter that is derived from `ResourcesUrlDispatcherRouterAdapter` stores.
        self._planning: Registration | None = None
        #: The defaults of the application, which the adapter may have too.
        self.defaults = defaults

    @property
    def has_entries(self) -> bool:
        """Whether anything was added."""
        return bool(self._sources)

    def plan(
        self, routing_entity: object, config: ParsedConfig, *, inherit: bool, enforce: bool
    ) -> CustomPlan:
        """Plan adding an entity, changing nothing; raise ``ValueError`` if that fails."""
        adapter = self._router_adapter
        if not inherit or enforce:
            raise ValueError(
                "'inherit' and 'enforce' are for aiohttp's own router; leave them out, or leave "
                f"out 'router_adapter', which is {adapter!r}"
            )
        source = ConfigSource(repr(routing_entity), config)
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            # It will store the entity, so whatever it would refuse is refused before.
            if self._planning is None:
                self._planning = Registration(
                    adapter._router, adapter.registry, adapter.options_routes, self._handler
                )
            self._planning.plan(routing_entity, config)
        return CustomPlan(routing_entity, source, findings_in([source]))

    def plan_application(self, config: ParsedConfig, *, inherit: bool, enforce: bool) -> CustomPlan:
        """Raise ``ValueError``: adapters have no way to add the application itself."""
        raise ValueError(
            "the application itself can be added with aiohttp's own router only; leave out "
            f"'router_adapter', which is {self._router_adapter!r}"
        )

    def apply(self, plan: CustomPlan) -> None:
        """Pass an entity to the adapter, which may still raise ``ValueError``."""
        adapter = self._router_adapter
        adapter.add_preflight_handler(plan.routing_entity, self._handler)
        # A copy, because the adapter may change it.
        adapter.set_config_for_routing_entity(plan.routing_entity, dict(plan.source.config))
        self._sources.append(plan.source)

    def check(self, *, preflights_first: bool, enforce: bool) -> None:
        """Raise ``ValueError`` for arguments of `setup` that an adapter does not support."""
        if enforce:
            raise ValueError("'enforce' is for aiohttp's own router; leave out 'router_adapter'")

    def replace_defaults(self, defaults: ParsedConfig) -> None:
        """Replace the defaults."""
        adapter = self._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            adapter.registry.replace_defaults(defaults)
        self.defaults = defaults

    def audit(self) -> list[Finding]:
        """Return the findings in everything that was added, without the defaults."""
        return findings_in(self._sources)
