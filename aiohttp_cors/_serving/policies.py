"""The policies that apply to the requests to one application."""

from __future__ import annotations

from abc import ABC, abstractmethod

from aiohttp import web

from .._core.policy import Policy


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
