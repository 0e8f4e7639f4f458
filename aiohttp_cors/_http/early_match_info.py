"""Where a request leads that the library responds to itself."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .._core.policy import Policy
from .._core.verdict import Denial
from .hooks import Handler
from .preflights import Preflight


async def _expect_nothing(request: web.Request) -> None:
    return None


class EarlyMatchInfo(web.UrlMappingMatchInfo):
    """Where a request leads that the library responds to, past middlewares and signals.

    It holds what the response needs: what decides, by which policy, and about what. aiohttp finds
    middlewares by the applications of a match info, so they are not shown until ``is_responding``
    is set.
    """

    # The route's own handler is code of the application, and so is what it expects.
    handler: Handler = _expect_nothing  # type: ignore[assignment]
    expect_handler = staticmethod(_expect_nothing)  # pyright: ignore

    def __init__(
        self,
        match: web.UrlMappingMatchInfo,
        handler: Handler,
        server: Any,
        policy: Policy,
        asked: Preflight | Denial | None,
        refusal: Denial | None = None,
    ) -> None:
        if type(match) is not web.UrlMappingMatchInfo:
            # A router may return match infos of its own class, with more attributes.
            vars(self).update(getattr(match, "__dict__", {}))
        super().__init__(match, match.route)
        # One function for all: aiohttp caches the chains of middlewares by handler.
        self.handler = handler  # pyright: ignore[reportIncompatibleMethodOverride]
        self.server = server
        self.policy = policy
        #: What the preflight asks for; None: origin enforcement has refused the request.
        self.asked = asked
        self.refusal = refusal
        self.is_responding = False
        self._around = list(match.apps)

    def add_app(self, app: web.Application) -> None:
        self._around.insert(0, app)

    @property
    def apps(self) -> tuple[web.Application, ...]:
        return tuple(self._around) if self.is_responding else ()

    @property  # type: ignore[misc]
    def current_app(self) -> web.Application:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._around[-1]
