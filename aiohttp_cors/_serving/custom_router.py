"""Serving requests by a router adapter that the user wrote."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from .._core.options import ResourceOptions
from .._core.policy import Policy, policy_of_mapping, rule_of_mapping
from .._core.verdict import Denial, Reason
from .._http.decisions import ANY_FAILURE
from .._http.handler import Outcome
from .._http.hooks import announced
from .._http.preflights import Preflight, joined
from .._routing.custom_registration import CustomRegistration
from .._routing.entries import ParsedConfig
from ..abc import AbstractRouterAdapter
from .policies import Policies
from .server import CLOSED, Server
from .settings import Arguments

logger = logging.getLogger("aiohttp_cors")


class CustomPolicies(Policies):
    """Asks a router adapter that the user wrote, for each request."""

    def __init__(self, router_adapter: AbstractRouterAdapter) -> None:
        self._router_adapter = router_adapter

    # The adapter decides about all requests, routed or not.

    def policy_of(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        return self._policy(request, method)

    def unrouted_policy(
        self, request: web.Request, method: str, added: list[web.AbstractResource]
    ) -> Policy | None:
        return self._policy(request, method)

    def _policy(self, request: web.Request, method: str) -> Policy | None:
        if request.method != method:
            # Adapters read the method.
            request = announced(request, method)
        try:
            return self._read_policy(request, method)
        except ANY_FAILURE:
            # It still decides about the request, so that no application around it can allow it.
            logger.exception(
                "the router adapter %r failed; the origin is refused", self._router_adapter
            )
            return CLOSED

    def _read_policy(self, request: web.Request, method: str) -> Policy | None:
        adapter = self._router_adapter
        if not adapter.is_cors_enabled_on_request(request) or adapter.is_preflight_request(request):
            return None
        config = adapter.get_non_preflight_request_config(request)
        return policy_of_mapping(config, joined(request.headers, "Origin"), rule_of_mapping(method))


class CustomRouterServer(Server):
    """Serves requests by a router adapter that the user wrote: its methods say what was added."""

    reads_requests = True
    #: Nothing was added to aiohttp's own router.
    registry = None

    def __init__(
        self,
        router_adapter: AbstractRouterAdapter,
        arguments: Arguments,
        defaults: ParsedConfig,
    ) -> None:
        self._router_adapter = router_adapter
        self.registration = CustomRegistration(router_adapter, self._preflight_handler, defaults)
        self.policies: Policies = CustomPolicies(router_adapter)
        super().__init__(arguments)

    def configs_below_view(self, request: web.Request, method: str) -> list[ParsedConfig]:
        return [self.registration.defaults]

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
