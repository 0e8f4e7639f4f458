"""The match info of a request that the library itself responds to."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from .._core.policy import Policy
from .._core.verdict import Denial, Grant, Question
from .hooks import Handler, make_early
from .preflights import Preflight


async def _expect_nothing(request: web.Request) -> None:
    return None


class _MatchInfo(web.UrlMappingMatchInfo):
    """Has a ``__dict__``, as match infos of older versions of aiohttp have already."""


class EarlyMatchInfo(_MatchInfo):
    """Makes the library respond to a request before the application's middlewares and signals.

    It holds what the response needs: what was decided, by which policy, and about what. aiohttp
    finds middlewares by the applications of a match info, so they are not shown until
    ``is_responding`` is set.
    """

    __slots__ = (
        "_around",
        "handler",
        "is_responding",
        "policy",
        "preflight",
        "server",
        "verdict",
    )

    # The route's own handler, and its expect handler, are code of the application.
    expect_handler = staticmethod(_expect_nothing)  # pyright: ignore

    def __init__(
        self,
        match: web.UrlMappingMatchInfo,
        handler: Handler,
        server: Any,
        policy: Policy,
        preflight: Preflight | Denial | None,
        verdict: Grant | Denial | Question,
    ) -> None:
        self._around = make_early(self, match)
        # Always the same function, because aiohttp caches chains of middlewares by handler.
        self.handler = handler  # type: ignore[misc]
        self.server = server
        self.policy = policy
        #: The preflight; a `Denial` if it is malformed; None if enforcement refuses the request.
        self.preflight = preflight
        #: A `Question` where a function of the application must say something first.
        self.verdict = verdict
        self.is_responding = False

    def add_app(self, app: web.Application) -> None:
        self._around.insert(0, app)

    @property
    def apps(self) -> tuple[web.Application, ...]:
        return tuple(self._around) if self.is_responding else ()

    @property  # type: ignore[misc]
    def current_app(self) -> web.Application:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._around[-1]
