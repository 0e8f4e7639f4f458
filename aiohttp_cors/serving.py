"""Serving requests: the preflights, the guard, and the headers of all other responses."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from aiohttp import hdrs, web

from ._checks.findings import Finding
from ._core.options import ResourceOptions
from ._core.origin_table import OriginTable
from ._core.policy import SHARED, Policy, decide, policy_of_mapping
from ._core.verdict import Denial, Grant
from .abc import AbstractRouterAdapter
from .auditing import Place, findings_in
from .decisions import Decisions, OnDecision
from .entries import ParsedConfig
from .origin_functions import OriginFunctions
from .preflight_handler import Answer, _PreflightHandler, joined
from .request_policies import CLOSED
from .response_headers import write_verdict
from .response_signal import Respond, connect
from .urldispatcher_router_adapter import Refuse, ResourcesUrlDispatcherRouterAdapter

logger = logging.getLogger("aiohttp_cors")

_Adapter = TypeVar("_Adapter", bound=AbstractRouterAdapter)


class Settings(NamedTuple):
    """What `setup` was told beside the defaults."""

    preflights_first: bool = True
    #: Seconds for which a function of the application may take to decide about an origin.
    origin_timeout: float = 1.0
    #: Leave responses alone that have an Access-Control-Allow-Origin already.
    keep_existing: bool = False
    #: Refuse all requests of other origins that are not granted.
    enforce: bool = False
    #: Called with each `Decision`.
    on_decision: OnDecision | None = None
    #: Raise for findings, instead of logging them.
    strict: bool = False


class Serving(_PreflightHandler, Generic[_Adapter]):
    """What serves the requests of one application, by what its router adapter knows."""

    def __init__(self, app: web.Application, router_adapter: _Adapter, settings: Settings) -> None:
        self._app = app
        self._router_adapter = router_adapter
        self._keep_existing = settings.keep_existing
        self.functions = OriginFunctions(settings.origin_timeout)
        self.decisions = Decisions(settings.on_decision)
        connect(app, self._responder(settings.keep_existing))

    @abstractmethod
    def add(
        self,
        routing_entity: Any,
        config: ParsedConfig,
        refuse: Refuse,
        *,
        inherit: bool,
        enforce: bool,
    ) -> list[Finding]:
        """Enable CORS for ``routing_entity``; ``ValueError`` if that can't be done.

        Returns what is found in the configs that it brings in. ``refuse`` is told of it before
        anything is done, and may raise.
        """

    @abstractmethod
    def audit(self) -> list[Finding]:
        """Return what is found in the configs of all that was added."""

    @abstractmethod
    def serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        """Tell whether CORS was added here for what serves ``request``."""

    def knows(self, route: web.AbstractRoute) -> bool | None:
        """Tell whether ``route`` was added here; None if only its requests can tell."""
        return None

    @abstractmethod
    async def find_policy(self, request: web.Request) -> Policy | None:
        """Return what decides about the response to ``request``.

        None for responses that are left alone: CORS was not added, or it is an answer to a
        preflight.
        """

    @abstractmethod
    def written_at(self, table: OriginTable, route: web.AbstractRoute, method: str) -> str | None:
        """Say where the config of a layer was written, for people; None if not here."""

    def _responder(self, keep_existing: bool) -> Respond:
        """Return what writes the headers of all responses."""

        def respond(
            signal: object, request: web.Request, response: web.StreamResponse
        ) -> Awaitable[None]:
            return self._respond(request, response)

        return respond

    async def _respond(self, request: web.Request, response: web.StreamResponse) -> None:
        policy = await self.find_policy(request)
        if policy is not None:
            origin = joined(request.headers, hdrs.ORIGIN)
            verdict = await self.settle(policy, request, origin)
            self.write(response, policy, verdict)
            self._note_response(request, origin, verdict)

    def _note_answer(self, request: web.Request, answer: Answer) -> None:
        if not self.decisions.tells(answer.verdict):
            return
        origin = None if answer.asked is None else answer.asked.origin
        route = answer.route or request.match_info.route
        self.decisions.note("preflight", route, origin, answer.verdict)

    def _origin_functions(self, request: web.Request) -> OriginFunctions:
        return self.functions

    async def settle(
        self, policy: Policy, request: web.Request, origin: str | None
    ) -> Grant | Denial:
        """Decide about an actual request, asking functions of the application if need be."""
        return await self.functions.settle(
            request, origin, lambda answers: decide(policy, origin, None, answers)
        )

    def write(self, response: web.StreamResponse, policy: Policy, verdict: Grant | Denial) -> None:
        """Write a verdict of ``policy`` into the headers of ``response``."""
        write_verdict(response.headers, verdict, policy.public is None, self._keep_existing)

    def _note_response(
        self, request: web.Request, origin: str | None, verdict: Grant | Denial
    ) -> None:
        # Without an origin, no page of another one asks.
        if origin is not None:
            self.decisions.note("response", request.match_info.route, origin, verdict)


class AdapterServing(Serving[AbstractRouterAdapter]):
    """Serves by a router adapter that others wrote: only its methods tell what it knows."""

    def __init__(
        self,
        app: web.Application,
        router_adapter: AbstractRouterAdapter,
        settings: Settings,
    ) -> None:
        super().__init__(app, router_adapter, settings)
        self._places: list[Place] = []

    def add(
        self,
        routing_entity: Any,
        config: ParsedConfig,
        refuse: Refuse,
        *,
        inherit: bool,
        enforce: bool,
    ) -> list[Finding]:
        if routing_entity is self._app:
            raise ValueError(
                "the application itself can be added with aiohttp's own router only; leave out "
                f"'router_adapter', which is {self._router_adapter!r}"
            )
        if not inherit or enforce:
            raise ValueError(
                "'inherit' and 'enforce' are for aiohttp's own router; leave them out, or leave "
                f"out 'router_adapter', which is {self._router_adapter!r}"
            )
        places = [Place(repr(routing_entity), config)]
        findings = findings_in(places)
        refuse(findings)
        adapter = self._router_adapter
        if isinstance(adapter, ResourcesUrlDispatcherRouterAdapter):
            adapter.check(routing_entity, config, self._preflight_handler)
        adapter.add_preflight_handler(routing_entity, self._preflight_handler)
        adapter.set_config_for_routing_entity(routing_entity, config)
        self._places += places
        return findings

    def audit(self) -> list[Finding]:
        return findings_in(self._places)

    def serves(self, request: web.Request, route: web.AbstractRoute) -> bool:
        try:
            return self._router_adapter.is_cors_enabled_on_request(request)
        except Exception:
            # The response is left to it all the same, so that no other config opens it.
            logger.exception("the router adapter %r failed", self._router_adapter)
            return True

    async def _get_config(
        self, request: web.Request, origin: str, request_method: str
    ) -> Mapping[Any, ResourceOptions]:
        return await self._router_adapter.get_preflight_request_config(
            request, origin, request_method
        )

    async def find_policy(self, request: web.Request) -> Policy | None:
        adapter = self._router_adapter
        try:
            if not adapter.is_cors_enabled_on_request(request):
                return None
            if adapter.is_preflight_request(request):
                return None
            config = adapter.get_non_preflight_request_config(request)
            return policy_of_mapping(config, joined(request.headers, hdrs.ORIGIN), SHARED)
        except Exception:
            logger.exception("the router adapter %r failed; the origin is refused", adapter)
            return CLOSED

    def written_at(self, table: OriginTable, route: web.AbstractRoute, method: str) -> str:
        return f"the router adapter {type(self._router_adapter).__name__}"
