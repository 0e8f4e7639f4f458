"""Where the library reaches into aiohttp: routers, match infos, signals.

Every private name of aiohttp that the package uses is here or listed here:

``Request._match_info``
    What `Application` sets once a request is routed. Set for functions of the application that
    are called before; read for each response, because the public property costs more.
``Request._cache``, ``Request._method``
    The property `Request.method` caches what it has read; a request with another method needs
    both to be its own.
``Request._state``
    What applications keep in a request, which clones of it share. The library keeps what decides
    about a request that enforcement has let pass; the public way would warn of the key.
``UrlMappingMatchInfo._route``
    Read for each response, because the public property costs more.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, cast

from aiohttp import web, web_urldispatcher
from aiosignal import Signal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Resolve = Callable[[web.Request], Awaitable[web.UrlMappingMatchInfo]]
#: Writes the headers of a response at once, and returns `DONE`; or later, awaited. The first
#: argument is the signal, and not used.
Respond = Callable[[Any, web.Request, web.StreamResponse], Awaitable[None]]

#: Requests are being resolved for a hook, so those of applications inside it step aside.
_plainly: ContextVar[bool] = ContextVar("aiohttp_cors_plainly", default=False)


# Requests


def announced(request: web.Request, method: str) -> web.Request:
    """Return the request that a preflight announces: ``request`` with another method.

    It shares what routers may keep in a request. (``Request.clone`` costs more, and refuses once
    a body was read.)
    """
    copy = object.__new__(type(request))
    cache = {**request._cache}
    cache.pop("method", None)
    cache.pop("match_info", None)
    vars(copy).update(vars(request), _method=method, _cache=cache)
    return copy


def set_match_info(request: web.Request, match: web.UrlMappingMatchInfo | None) -> None:
    """Make ``match`` the match info of ``request``, as aiohttp does once it is routed."""
    request._match_info = match
    request._cache.pop("match_info", None)


def set_provisional_match(
    request: web.Request, match: web.UrlMappingMatchInfo, app: web.Application
) -> None:
    """Let the application's functions read ``request.app`` and the like before it is routed.

    ``match`` is what the router of ``app`` has returned.
    """
    provisional = web.UrlMappingMatchInfo(cast("dict[str, str]", match), match.route)
    for each in (*reversed(match.apps), app):
        provisional.add_app(each)
    set_match_info(request, provisional)


class EarlyMatchInfo(web.UrlMappingMatchInfo):
    """Where a request leads that the library responds to, past middlewares and signals.

    aiohttp finds middlewares by the applications of a match info, so they are not shown until the
    handler runs.
    """

    def __init__(self, match: web.UrlMappingMatchInfo, handler: Handler) -> None:
        # A router may return match infos of its own class, with more attributes.
        vars(self).update(getattr(match, "__dict__", {}))
        super().__init__(cast("dict[str, str]", match), match.route)
        self._early_handler = handler
        self._around = list(match.apps)
        self._shown = False

    @property
    def handler(self) -> Handler:
        return self._early_handler

    @property
    def expect_handler(self) -> Callable[[web.Request], Awaitable[None]]:
        # The route's own one is code of the application.
        return _expect_nothing

    def add_app(self, app: web.Application) -> None:
        self._around.insert(0, app)

    @property
    def apps(self) -> tuple[web.Application, ...]:
        return tuple(self._around) if self._shown else ()

    @property  # type: ignore[misc]
    def current_app(self) -> web.Application:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._around[-1]

    def show_applications(self) -> None:
        """Let ``request.config_dict`` and the like work from now on."""
        self._shown = True


async def _expect_nothing(request: web.Request) -> None:
    return None


_RULING = "aiohttp_cors.ruling"
_NO_RULING = (None, None)


def keep_ruling(request: web.Request, route: web.AbstractRoute, ruling: object) -> None:
    """Keep what decides about a request to ``route``, for the response to it."""
    request._state[_RULING] = route, ruling


def ruling_of(request: web.Request) -> Any:
    """Return what was kept with `keep_ruling`, or None."""
    route, ruling = request._state.get(_RULING, _NO_RULING)
    # A middleware may have sent the request on, to another route.
    return ruling if route is request._match_info._route else None  # type: ignore[union-attr]


# Routers


def resolver_of(router: web.UrlDispatcher) -> Resolve:
    """Return what resolves requests when the hook is asked to.

    A function that replaces the method of the class, before or after, is called: monitoring does
    that. So is one that was put on the instance before.
    """
    own = vars(router).get("resolve")
    if own is not None:
        return cast(Resolve, own)
    router_class = type(router)

    def resolve(request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
        return router_class.resolve(router, request)

    return resolve


def is_resolve_replaced(router: web.UrlDispatcher) -> bool:
    """Tell whether requests are resolved by other code than aiohttp's own."""
    function = type(router).resolve
    return type(function) is not types.FunctionType or function.__globals__ is not vars(
        web_urldispatcher
    )


async def plainly(resolve: Resolve, request: web.Request) -> web.UrlMappingMatchInfo:
    """Resolve a request while the hooks of applications inside step aside."""
    token = _plainly.set(True)
    try:
        return await resolve(request)
    finally:
        _plainly.reset(token)


async def resolve_last(router: web.UrlDispatcher, request: web.Request) -> None:
    """Resolve a request once more, after others, where monitoring names it by the last one."""
    if is_resolve_replaced(router):
        await plainly(router.resolve, request)


def steps_aside() -> bool:
    """Tell whether an outer hook is resolving a request `plainly`."""
    return _plainly.get()


# Responses


@types.coroutine
def _nothing() -> Any:
    yield from ()


_ended: Any = _nothing()
next(_ended, None)
#: There is nothing to wait for: a generator that has ended may be awaited any number of times.
DONE: Awaitable[None] = _ended


def connect_responses(
    app: web.Application, respond: Respond, at_freeze: Callable[[], None]
) -> None:
    """Let ``respond`` see every response of ``app`` before it is sent, after all other receivers.

    ``at_freeze`` is called when the application is complete.

    Awaiting a receiver, and a signal, costs more than all that ours does. So where it is the only
    one when the signal freezes, it takes the place of the method that sends the signal.
    """

    async def receive(request: web.Request, response: web.StreamResponse) -> None:
        await respond(None, request, response)

    signal = app.on_response_prepare
    # A signal of another class may do more than call its receivers.
    plain = type(signal) is Signal

    class DirectSignal(type(signal)):  # type: ignore[misc]
        __slots__ = ()

        # Unpacking arguments that are never there would cost more than all that is done.
        send = respond

    class OpenSignal(type(signal)):  # type: ignore[misc]
        __slots__ = ()

        def freeze(self) -> None:
            if not self.frozen:
                if receive in self:
                    # Last, so that what the others set is merged and exposed.
                    self.remove(receive)
                    self.append(receive)
                at_freeze()
            super().freeze()
            if plain and list(self) == [receive]:
                _become(self, DirectSignal)

    signal.append(receive)
    _become(signal, OpenSignal)


def _become(signal: Any, its_class: type[Any]) -> None:
    signal.__class__ = its_class


def replace_resolve(router: web.UrlDispatcher, resolve: Resolve) -> None:
    """Let the application call ``resolve`` instead of its router's own method."""
    # An attribute of the instance works for routers of all classes: `Application` looks the
    # method up for each request.
    router.resolve = resolve  # type: ignore[assignment,method-assign]
