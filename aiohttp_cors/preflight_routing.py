"""Answering preflights before the application's middlewares: a hook on the router.

A preflight carries no credentials, so an authentication middleware would refuse it, and a
redirect would fail it (Fetch §4.8). A middleware of ours would cost every request; a router that
hands out a match info without applications costs the other requests one comparison.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import hdrs, web

from ._core.verdict import Denial
from .preflight_handler import Preflight, read_preflight

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Resolve = Callable[[web.Request], Awaitable[web.UrlMappingMatchInfo]]


class ActualRequest:
    """The request that a preflight announces, for routers to resolve.

    All is as in the preflight but the method. (``Request.clone`` would cost more than all the
    rest of a preflight.)
    """

    def __init__(
        self,
        request: web.Request,
        method: str,
        asked: Preflight | Denial,
        *,
        method_known: bool,
    ) -> None:
        self.method = method
        self.asked = asked
        self.method_known = method_known
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        # Resources of the application may look for a web.Request.
        return type(self._request)


class PreflightMatchInfo(web.UrlMappingMatchInfo):
    """Where a preflight leads: to the library's handler, past middlewares and signals.

    ``asked`` is what it asks for. ``found``: the route serves the method asked for; otherwise
    nothing does, and it is the one that serves OPTIONS.
    """

    def __init__(self, match: web.UrlMappingMatchInfo, actual: ActualRequest, handler: Handler):
        super().__init__(cast("dict[str, str]", match), match.route)
        self.asked = actual.asked
        self.found = actual.method_known
        self._handler = handler
        self._chain = list(match.apps)
        self._answering = False

    @property
    def handler(self) -> Handler:
        return self._handler

    @property
    def expect_handler(self) -> Callable[[web.Request], Awaitable[None]]:
        # The route's own one is code of the application.
        return _expect_nothing

    def add_app(self, app: web.Application) -> None:
        self._chain.insert(0, app)

    @property
    def apps(self) -> tuple[web.Application, ...]:
        # None while aiohttp looks for middlewares; then the real ones, for request.config_dict.
        return tuple(self._chain) if self._answering else ()

    @property  # type: ignore[misc]
    def current_app(self) -> web.Application:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._chain[-1]

    def start_answering(self) -> None:
        """Show the applications to the code that answers."""
        self._answering = True


async def _expect_nothing(request: web.Request) -> None:
    return None


class PreflightRouting:
    """Resolves preflights to the library's handler, on the router of one application.

    The verdict is that of the real request, so a preflight is resolved with the method that it
    asks for. In a sub-application the innermost router whose CORS knows the route takes it.
    """

    def __init__(
        self,
        router: web.UrlDispatcher,
        takes: Callable[[web.AbstractRoute, ActualRequest], bool],
        handler: Handler,
    ) -> None:
        self._resolve = cast(Resolve, router.resolve)
        self._takes = takes
        self._handler = handler
        # Application asks its router anew for each request: an attribute of the instance is
        # all it takes, and works for routers of other classes.
        router.resolve = self.resolve  # type: ignore[assignment,method-assign]

    def resolve(self, request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
        """Resolve ``request``: what the application calls instead of the router's own method."""
        if type(request) is ActualRequest:  # type: ignore[comparison-overlap]
            return self._resolve_actual(request)
        if request.method == hdrs.METH_OPTIONS and is_preflight(request):
            return self._resolve_preflight(request)
        return self._resolve(request)

    async def _resolve_preflight(self, request: web.Request) -> web.UrlMappingMatchInfo:
        asked = read_preflight(request)
        attempts = [ActualRequest(request, hdrs.METH_OPTIONS, asked, method_known=False)]
        if isinstance(asked, Preflight):
            attempts.insert(0, ActualRequest(request, asked.method, asked, method_known=True))
        for actual in attempts:
            match = await self._resolve_actual(actual)
            if isinstance(match, PreflightMatchInfo):
                return match
        return await self._resolve(request)

    async def _resolve_actual(self, actual: ActualRequest) -> web.UrlMappingMatchInfo:
        match = await self._resolve(cast(web.Request, actual))
        if isinstance(match, PreflightMatchInfo) or not self._takes(match.route, actual):
            return match
        return PreflightMatchInfo(match, actual, self._handler)


def is_preflight(request: web.Request) -> bool:
    """Tell whether an OPTIONS request is a preflight (Fetch §3.3.2)."""
    headers = request.headers
    return hdrs.ORIGIN in headers and hdrs.ACCESS_CONTROL_REQUEST_METHOD in headers
