"""The match info of a request that the library itself responds to."""

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
    """Makes the library respond to a request before the application's middlewares and signals.

    It has what the response needs: the deciding server, its policy, and the preflight. aiohttp
    finds middlewares by the applications of the match info, so `apps` is empty until
    ``is_responding`` is set.
    """

    # The route's own handler, and its expect handler, are code of the application.
    handler: Handler = _expect_nothing  # type: ignore[assignment]
    expect_handler = staticmethod(_expect_nothing)  # pyright: ignore

    def __init__(
        self,
        match: web.UrlMappingMatchInfo,
        handler: Handler,
        server: Any,
        policy: Policy,
        preflight: Preflight | Denial | None,
        refusal: Denial | None = None,
    ) -> None:
        if type(match) is not web.UrlMappingMatchInfo:
            # A router may return its own class of match infos, with more attributes.
            vars(self).update(getattr(match, "__dict__", {}))
        super().__init__(match, match.route)
        # Always the same function, because aiohttp caches chains of middlewares by handler.
        self.handler = handler  # pyright: ignore[reportIncompatibleMethodOverride]
        self.server = server
        self.policy = policy
        #: The preflight; a `Denial` if it is malformed; None if enforcement refuses the request.
        self.preflight = preflight
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
