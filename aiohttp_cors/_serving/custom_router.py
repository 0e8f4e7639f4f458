"""Serving requests by a router adapter that the user wrote."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

from .._checks.finding import Finding
from .._core.options import ResourceOptions
from .._core.policy import Policy, policy_of_mapping, rule_of_mapping
from .._core.verdict import Denial, Reason
from .._http.decisions import ANY_FAILURE
from .._http.handler import Outcome
from .._http.hooks import announced, is_routed, set_match_info, set_provisional_match
from .._http.preflights import Preflight, joined
from .._routing.adapter import ResourcesUrlDispatcherRouterAdapter
from .._routing.auditing import ConfigSource, findings_in
from .._routing.entries import ParsedConfig
from ..abc import AbstractRouterAdapter
from .server import CLOSED, Server
from .settings import Arguments

logger = logging.getLogger("aiohttp_cors")


class CustomPlan(NamedTuple):
    """What adding an entity changes."""

    routing_entity: Any
    source: ConfigSource
    findings: list[Finding]


class CustomRouterServer(Server):
    """Serves requests by a router adapter that the user wrote: its methods say what was added."""

    recognises_preflights = True

    def __init__(
        self,
        app: web.Application,
        router_adapter: AbstractRouterAdapter,
        arguments: Arguments,
        defaults: ParsedConfig,
    ) -> None:
        self._router_adapter = router_adapter
        self._sources: list[ConfigSource] = []
        self._defaults = defaults
        super().__init__(app, arguments)

    def plan(
        self, routing_entity: object, config: ParsedConfig, *, inherit: bool, enforce: bool
    ) -> CustomPlan:
        """Plan adding an entity, changing nothing; raise ``ValueError`` if that fails."""
        adapter = self._router_adapter
        if routing_entity is self.app:
            raise ValueError(
                "the application itself can be added with aiohttp's own router only; leave out "
                f"'router_adapter', which is {adapter!r}"
            )
        if not inherit or enforce:
            raise ValueError(
                "'inherit' and 'enforce' are for aiohttp's own router; leave them out, or leave "
                f"out 'router_adapter', which is {adapter!r}"
            )
        source = ConfigSource(repr(routing_entity), config)
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            adapter.registration.plan(routing_entity, config, self._preflight_handler)
        return CustomPlan(routing_entity, source, findings_in([source]))

    def apply(self, plan: CustomPlan) -> None:
        """Pass an entity to the adapter, which may still raise ``ValueError``."""
        adapter = self._router_adapter
        adapter.add_preflight_handler(plan.routing_entity, self._preflight_handler)
        # A copy, because the adapter may change it.
        adapter.set_config_for_routing_entity(plan.routing_entity, dict(plan.source.config))
        self._sources.append(plan.source)

    @property
    def has_entries(self) -> bool:
        return bool(self._sources)

    def check(self, arguments: Arguments) -> None:
        """Raise ``ValueError`` for arguments that an adapter does not support."""
        if arguments.enforce:
            raise ValueError("'enforce' is for aiohttp's own router; leave out 'router_adapter'")

    def replace_defaults(self, defaults: ParsedConfig) -> None:
        """Replace the defaults."""
        adapter = self._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            adapter.registry.replace_defaults(defaults)
        self._defaults = defaults

    def audit(self) -> list[Finding]:
        return findings_in(self._sources)

    def unrouted_policy(
        self,
        request: web.Request,
        match: web.UrlMappingMatchInfo,
        method: str,
        added: list[web.AbstractResource],
    ) -> Policy | None:
        # The adapter decides about all requests.
        return self.policy_of(request, match, method)

    def policy_of(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        if request.method != method:
            # Adapters read the method.
            request = announced(request, method)
        routed = is_routed(request)
        if not routed:
            # Adapters read the match info.
            set_provisional_match(request, match, self.app)
        try:
            return self._policy(request, method)
        except ANY_FAILURE:
            # It still decides about the request, so that no application around it can allow it.
            logger.exception(
                "the router adapter %r failed; the origin is refused", self._router_adapter
            )
            return CLOSED
        finally:
            if not routed:
                set_match_info(request, None)

    def _policy(self, request: web.Request, method: str) -> Policy | None:
        adapter = self._router_adapter
        if not adapter.is_cors_enabled_on_request(request) or adapter.is_preflight_request(request):
            return None
        config = adapter.get_non_preflight_request_config(request)
        return policy_of_mapping(config, joined(request.headers, "Origin"), rule_of_mapping(method))

    def knows(self, match: web.UrlMappingMatchInfo) -> bool:
        # Only its OPTIONS handler responds to preflights.
        return False

    async def knows_path(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        return self.knows(match)

    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        return [self._defaults]

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        return await self._router_adapter.get_preflight_request_config(
            request, origin, request_method
        )

    async def _decide(self, request: web.Request, preflight: Preflight | Denial) -> Outcome:
        if isinstance(preflight, Denial):
            return Outcome(preflight, preflight)
        try:
            return await self._decide_by_config(request, preflight, self.functions)
        except Exception:
            logger.exception(
                "the router adapter %r failed; the origin is refused", self._router_adapter
            )
            return Outcome(Denial(Reason.NO_ORIGIN_LISTED), preflight)
