"""The policies that apply to requests, by what was added."""

from __future__ import annotations

from abc import ABC, abstractmethod

from aiohttp import hdrs, web

from .._core.policy import Policy
from .._http.hooks import route_of
from .._routing.layers import Layer
from .._routing.registry import Registry
from .._routing.snapshot import UNDECIDED
from .resolving import Resolving, router_of


class Policies(ABC):
    """Finds the policies of one application."""

    @abstractmethod
    def policy_of(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        """Return the policy for ``method`` on the route of ``match``, or None if there is none."""

    async def added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        """Return what was added of the path of a 404 or 405 response, if that may decide."""
        return []

    @abstractmethod
    def unrouted_policy(
        self,
        request: web.Request,
        method: str,
        added: list[web.AbstractResource],
    ) -> Policy | None:
        """Return the policy for a 404 or 405 response, or None if nothing was said.

        ``added`` is what `added_at` has returned.
        """

    async def enforces_at(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether enforcement was added at the path of a 405 response without a policy."""
        return False

    def knows(self, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether anything at the path of the matched route was added.

        If so, preflights to it are refused before middlewares run, unless they are granted.
        """
        return False

    async def knows_path(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether any route at the path of ``match`` was added, whatever its method."""
        return False


class BuiltinPolicies(Policies):
    """Finds policies that are compiled from what was added to aiohttp's own router."""

    def __init__(self, router: web.UrlDispatcher, registry: Registry, resolving: Resolving) -> None:
        self._router = router
        self._registry = registry
        self._resolving = resolving

    def policy_of(
        self, request: web.Request, match: web.UrlMappingMatchInfo, method: str
    ) -> Policy | None:
        route, snapshot = route_of(match), self._registry.current or self._registry.snapshot
        policy = snapshot.by_method.get((route, method), UNDECIDED)
        if policy is UNDECIDED:
            policy = snapshot.policy(route, method, router_of(match, self._router))
        return policy

    async def added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        return [] if self._registry.application is None else await self._added_at(request, match)

    def unrouted_policy(
        self,
        request: web.Request,
        method: str,
        added: list[web.AbstractResource],
    ) -> Policy | None:
        if self._registry.application is None:
            return None
        return self._registry.snapshot.unrouted_policy(added, method)

    async def enforces_at(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        added = await self._added_at(request, match)
        return any(map(self._registry.snapshot.added.enforces_at, added))

    async def _added_at(
        self, request: web.Request, match: web.UrlMappingMatchInfo
    ) -> list[web.AbstractResource]:
        """Return the resources at the path of a 405 response of which something was added."""
        # Their configs may be stricter than that of the application.
        found: list[web.AbstractResource | None] = []
        error = match.http_exception
        if isinstance(error, web.HTTPMethodNotAllowed) and self._registry.resources:
            # The resource with the OPTIONS route of the path comes first.
            for method in sorted(error.allowed_methods, key=_options_first):
                other = await self._resolving.resolve_as(request, method)
                found.append(
                    self._registry.snapshot.added.at(other.route, router_of(other, self._router))
                )
            await self._resolving.resolve_last(request)
        return list(dict.fromkeys(filter(None, found)))

    def knows(self, match: web.UrlMappingMatchInfo) -> bool:
        return self._registry.snapshot.added.knows(match.route, router_of(match, self._router))

    async def knows_path(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        return self.knows(match) or any(await self._added_at(request, match))

    def layers(
        self, match: web.UrlMappingMatchInfo, route: web.AbstractRoute, method: str
    ) -> list[Layer]:
        """Return the configs that apply to ``method`` of a route, the most specific first."""
        return self._registry.snapshot.layers.of(route, method, match.apps[-1].router)


def _options_first(method: str) -> tuple[bool, str]:
    return method != hdrs.METH_OPTIONS, method
