"""What happens before the application's middlewares: preflights are answered, guards refuse.

A preflight carries no credentials, so an authentication middleware would refuse it, and a
redirect would fail it (Fetch §4.8). A middleware of ours would cost every request; a router that
hands out a match info without applications costs the other requests one comparison.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from aiohttp import hdrs, web

from ._core.policy import Policy
from ._core.verdict import Denial
from .preflight_handler import Answer, Preflight, read_preflight

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
        #: The preflight.
        self.original = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    # Routers of the application may keep things in a request, or resolve a changed copy.

    def __getitem__(self, key: Any) -> Any:
        return self.original[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.original[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self.original

    def clone(self, **changes: Any) -> web.Request:
        """Return a changed copy, of this method unless told otherwise."""
        return self.original.clone(**{"method": self.method, **changes})

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        # Resources of the application may look for a web.Request.
        return type(self.original)


class OutermostMatchInfo(web.UrlMappingMatchInfo):
    """Where a request leads that the library answers, past middlewares and signals."""

    def __init__(self, match: web.UrlMappingMatchInfo, handler: Handler):
        # A router may hand out match infos of its own class, with more to them.
        vars(self).update(getattr(match, "__dict__", {}))
        super().__init__(cast("dict[str, str]", match), match.route)
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


class PreflightMatchInfo(OutermostMatchInfo):
    """Where a preflight leads: what it asks for, and the policy that decides."""

    def __init__(
        self,
        match: web.UrlMappingMatchInfo,
        outermost: Outermost,
        asked: Preflight | Denial,
        policy: Policy,
    ):
        super().__init__(match, outermost.answer_preflight)
        self.outermost = outermost
        self.asked = asked
        self.policy = policy


class RefusedMatchInfo(OutermostMatchInfo):
    """Where a request leads that a guard refuses."""

    def __init__(
        self,
        match: web.UrlMappingMatchInfo,
        handler: Callable[[Answer, web.Request], Awaitable[web.StreamResponse]],
        answer: Answer,
    ):
        # request.match_info may be another one: it is kept once a function has read it.
        super().__init__(match, partial(handler, answer))
        self.answer = answer


async def _expect_nothing(request: web.Request) -> None:
    return None


class Outermost(ABC):
    """What decides for one application before its middlewares."""

    #: Answer preflights.
    preflights_first: bool
    #: Refuse requests for which `guard` says so.
    guards: bool

    @abstractmethod
    async def preflight_policy(
        self, match: web.UrlMappingMatchInfo, actual: ActualRequest
    ) -> Policy | None:
        """Return the policy for a preflight, or None if it is not this application's to answer."""

    @abstractmethod
    def kept_match(self, request: web.Request) -> web.UrlMappingMatchInfo | None:
        """Return where a preflight leads if that is known from one that came before."""

    @abstractmethod
    def leaves_to_nearer(self, request: web.Request, match: web.UrlMappingMatchInfo) -> bool:
        """Tell whether an application inside this one decides, it alone."""

    @abstractmethod
    async def guard(self, request: web.Request, match: web.UrlMappingMatchInfo) -> Answer | None:
        """Return the refusal of a request, or None to let it pass."""

    @abstractmethod
    async def decide_match(self, request: web.Request, match: PreflightMatchInfo) -> Answer:
        """Decide what a preflight is answered."""

    @abstractmethod
    async def answer_preflight(self, request: web.Request) -> web.StreamResponse:
        """Answer a preflight whose match info is a `PreflightMatchInfo`."""

    @abstractmethod
    async def answer_kept(self, match: Any, request: web.Request) -> web.StreamResponse:
        """Answer a preflight that leads where `kept_match` says."""

    @abstractmethod
    async def answer_refused(self, answer: Answer, request: web.Request) -> web.StreamResponse:
        """Answer a request that is refused."""


class OutermostRouting:
    """Resolves requests for an `Outermost`, on the router of its application.

    The verdict about a preflight is that of the real request, so it is resolved with the method
    that it asks for. In a sub-application the innermost router whose CORS knows the route takes
    it.
    """

    def __init__(self, router: web.UrlDispatcher, outermost: Outermost) -> None:
        self._resolve = cast(Resolve, router.resolve)
        #: Where requests lead is for aiohttp's own code to say.
        self.is_plain = getattr(self._resolve, "__func__", None) is web.UrlDispatcher.resolve
        self._outermost = outermost
        # Application asks its router anew for each request: an attribute of the instance is
        # all it takes, and works for routers of other classes.
        router.resolve = self._resolver()  # type: ignore[assignment,method-assign]

    def _resolver(self) -> Resolve:
        """Return what the application calls instead of the router's own method."""
        # Each request comes through here: a function finds its variables sooner than a method
        # finds its attributes, and a look at the headers costs less than one at the method.
        resolve_plainly = self._resolve
        outermost = self._outermost
        marks_preflights = hdrs.ACCESS_CONTROL_REQUEST_METHOD

        def resolve(request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
            if marks_preflights in request.headers:
                return self._resolve_marked(request)
            return self._resolve_guarded(request) if outermost.guards else resolve_plainly(request)

        return resolve

    async def _resolve_marked(self, request: web.Request) -> web.UrlMappingMatchInfo:
        if type(request) is ActualRequest:  # type: ignore[comparison-overlap]
            return await self._resolve_actual(request)
        if not self._outermost.preflights_first or not is_preflight(request):
            return await self._resolve_guarded(request)
        kept = self._outermost.kept_match(request)
        return await self.resolve_preflight(request) if kept is None else kept

    async def resolve_preflight(self, request: web.Request) -> web.UrlMappingMatchInfo:
        """Resolve a preflight, whatever is known from one that came before."""
        asked = read_preflight(request)
        attempts = [ActualRequest(request, hdrs.METH_OPTIONS, asked, method_known=False)]
        if isinstance(asked, Preflight):
            attempts.insert(0, ActualRequest(request, asked.method, asked, method_known=True))
        for actual in attempts:
            match = await self._resolve_actual(actual)
            if isinstance(match, PreflightMatchInfo):
                return match
            if self._outermost.leaves_to_nearer(request, match):
                break
        return await self._resolve_guarded(request)

    async def _resolve_actual(self, actual: ActualRequest) -> web.UrlMappingMatchInfo:
        match = await self._resolve(cast(web.Request, actual))
        outermost = self._outermost
        if isinstance(match, PreflightMatchInfo) or not outermost.preflights_first:
            return match
        policy = await outermost.preflight_policy(match, actual)
        if policy is None:
            return match
        return PreflightMatchInfo(match, outermost, actual.asked, policy)

    async def _resolve_guarded(self, request: web.Request) -> web.UrlMappingMatchInfo:
        match = await self._resolve(request)
        if (
            self._outermost.guards
            and hdrs.ORIGIN in request.headers
            and not isinstance(match, OutermostMatchInfo)
            # It is not to be served, but to find out where it would lead.
            and type(request) is not ActualRequest  # type: ignore[comparison-overlap]
        ):
            answer = await self._outermost.guard(request, match)
            if answer is not None:
                return RefusedMatchInfo(match, self._outermost.answer_refused, answer)
        return match


def is_preflight(request: web.Request) -> bool:
    """Tell whether an OPTIONS request is a preflight (Fetch §3.3.2)."""
    headers = request.headers
    return (
        request.method == hdrs.METH_OPTIONS
        and hdrs.ORIGIN in headers
        and hdrs.ACCESS_CONTROL_REQUEST_METHOD in headers
    )
