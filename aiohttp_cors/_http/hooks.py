"""Where the library reaches into aiohttp: routers, match infos, signals.

Every private name of aiohttp that the package uses is listed here:

``Request._match_info``
    `Application` sets it once a request is routed. The library sets it earlier for functions of the
    application, and reads it for each response, because the public property costs more.
``Request._headers``, ``StreamResponse._headers``
    Read for each request and written for each response: the public properties cost more.
``Request._cache``, ``Request._method``
    The property `Request.method` caches its value, so a copy with another method needs its own.
    ``_method`` is read for responses of views, because the property costs more.
``Request._message``
    Clones of a request are made from it, so its method is replaced where code may clone a copy.
``Request._state``
    The library stores its rulings there. ``request[key]`` would warn about the key.
``aiohttp.web_urldispatcher``
    Functions of this module are aiohttp's own: other code may have replaced them.
``UrlMappingMatchInfo._route``, ``UrlMappingMatchInfo._apps``, ``AbstractRoute._method``
    Read for responses and preflights, because the public properties cost more.
``AbstractRoute._resource``, ``AbstractRoute._handler``
    Read when a route is requested that has no plan yet, for the same reason.
``UrlMappingMatchInfo._current_app``, ``UrlMappingMatchInfo._frozen``
    Set for each preflight, with ``_route`` and ``_apps``, because ``__init__`` costs more.
"""

from __future__ import annotations

import logging
import types
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, Protocol, cast

from aiohttp import hdrs, web, web_urldispatcher
from multidict import MultiMapping

from .._core.policy import Policy, decide
from .._core.verdict import Denial, Grant, Question
from .response_headers import write_verdict
from .response_signal import DONE, Respond

logger = logging.getLogger("aiohttp_cors")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Resolve = Callable[[web.Request], Awaitable[web.UrlMappingMatchInfo]]
#: Resolves a request, with its headers, for what serves its application.
Look = Callable[[Any, web.Request, MultiMapping[str]], Awaitable[web.UrlMappingMatchInfo]]
#: Writes the headers of a response after awaiting something, for the server of an application.
RespondLater = Callable[[Any, web.Request, web.StreamResponse], Awaitable[None]]

#: A hook is resolving a request, so that the hooks of inner applications do nothing.
_plainly: ContextVar[bool] = ContextVar("aiohttp_cors_plainly", default=False)


# Requests

match_of: Callable[[web.Request], Any] = attrgetter("_match_info")
route_of: Callable[[web.UrlMappingMatchInfo], web.AbstractRoute] = attrgetter("_route")
#: The applications inside the one whose router has returned a match info, the outermost first.
apps_of: Callable[[web.UrlMappingMatchInfo], list[web.Application]] = attrgetter("_apps")
#: The route of a match info, the route's method, and `apps_of`.
way_of: Callable[[Any], tuple[Any, str, Any]] = attrgetter("_route", "_route._method", "_apps")


def details_of(match: web.UrlMappingMatchInfo) -> tuple[Any, Any, str, Any, list[web.Application]]:
    """Return the route, its resource (None: nothing is routed), method, handler; `apps_of`."""
    route = match._route
    return route, route._resource, route._method, route._handler, match._apps


_new = object.__new__
#: In Python's development mode, requests warn about attributes that they do not know.
_set_attribute = object.__setattr__


def announced(request: web.Request, method: str, *, to_clone: bool = False) -> web.Request:
    """Return the request that a preflight announces: ``request`` with another method.

    Both share what routers may store in a request. (``Request.clone`` costs more, and raises an
    error once a body was read.) ``to_clone``: code that resolves it may clone it.
    """
    state = request.__dict__.copy()
    state["_method"] = method
    # `Request.method` caches its value.
    state["_cache"] = {"method": method}
    if to_clone:
        state["_message"] = request._message._replace(method=method)
    copy = _new(type(request))
    _set_attribute(copy, "__dict__", state)
    return copy


def set_match_info(request: web.Request, match: web.UrlMappingMatchInfo | None) -> None:
    """Set the match info of ``request``, as aiohttp does once it is routed."""
    request._match_info = match
    request._cache.pop("match_info", None)


@contextmanager
def provisional_match(
    request: web.Request, match: web.UrlMappingMatchInfo, app: web.Application
) -> Iterator[None]:
    """Let code of the application read ``request.app`` and the like before it is routed.

    ``match`` is what the router of ``app`` has returned.
    """
    provisional = web.UrlMappingMatchInfo(cast("dict[str, str]", match), match.route)
    for each in (*reversed(match.apps), app):
        provisional.add_app(each)
    previous = request._match_info  # Not None if a middleware resolves a request once more.
    set_match_info(request, provisional)
    try:
        yield
    finally:
        set_match_info(request, previous)


def make_early(early: Any, match: web.UrlMappingMatchInfo) -> list[web.Application]:
    """Let ``early`` lead where ``match`` does, without applications; return those of ``match``.

    It does what ``__init__`` does.
    """
    if type(match) is not web.UrlMappingMatchInfo:
        # A router may return match infos of its own class, with more attributes. Older versions of
        # aiohttp store those below there too, so this comes first.
        vars(early).update(getattr(match, "__dict__", {}))
    if match:
        early.update(match)
    early._route = match._route
    early._apps = []
    early._current_app = None
    early._frozen = False
    return match._apps


_RULING = "aiohttp_cors.ruling"
_NO_RULING = (None, None)


def store_ruling(request: web.Request, route: web.AbstractRoute, ruling: object) -> None:
    """Store what decides about a request to ``route``, for its response."""
    request._state[_RULING] = route, ruling


def ruling_of(request: web.Request) -> Any:
    """Return what `store_ruling` stored for the route of a request, or None."""
    route, ruling = request._state.get(_RULING, _NO_RULING)
    # A middleware may have sent the request on to another route.
    return ruling if route is request._match_info._route else None  # type: ignore[union-attr]


# Routers


_AIOHTTPS = vars(web_urldispatcher)


def _is_own(function: object) -> bool:
    """Tell whether a ``resolve`` function is aiohttp's own."""
    return type(function) is types.FunctionType and function.__globals__ is _AIOHTTPS


#: aiohttp's own ``UrlDispatcher.resolve``; None if other code has already replaced it.
OWN_RESOLVE = web.UrlDispatcher.resolve if _is_own(web.UrlDispatcher.resolve) else None


class Resolver(Protocol):
    """The class of a router, which has the method that resolves its requests."""

    def resolve(
        self, router: web.UrlDispatcher, request: web.Request
    ) -> Awaitable[web.UrlMappingMatchInfo]:
        """Resolve a request."""
        ...


class _OwnResolve:
    """Calls a function that was set on a router itself like a method of its class."""

    def __init__(self, function: Resolve) -> None:
        self._function = function

    def resolve(
        self, router: web.UrlDispatcher, request: web.Request
    ) -> Awaitable[web.UrlMappingMatchInfo]:
        return self._function(request)


def resolver_of(router: web.UrlDispatcher) -> Resolver:
    """Return the object whose ``resolve`` the hook calls with the router.

    The method is looked up for each request, because monitoring may replace it on the class at any
    time. A function that was set on the router before is called instead.
    """
    own = vars(router).get("resolve")
    return cast(Resolver, type(router)) if own is None else _OwnResolve(own)


async def plainly(resolve: Resolve, request: web.Request) -> web.UrlMappingMatchInfo:
    """Resolve a request while the hooks of inner applications do nothing."""
    token = _plainly.set(True)
    try:
        return await resolve(request)
    finally:
        _plainly.reset(token)


#: Tells whether a hook must do nothing, because an outer one is resolving a request `plainly`.
steps_aside = _plainly.get


async def resolve_last(router: web.UrlDispatcher, request: web.Request) -> None:
    """Resolve a request once more, because monitoring names it by the last route resolved.

    Does nothing unless other code has replaced aiohttp's own ``resolve``.
    """
    if not _is_own(type(router).resolve):
        await plainly(router.resolve, request)


def resolve_hook(
    server: Any, router: web.UrlDispatcher, look_at_preflight: Look, look_at_origin: Look
) -> Resolve:
    """Return what the application calls instead of its router's own method.

    ``look_at_preflight`` resolves preflights, ``look_at_origin`` requests with Origin where
    origins are enforced.
    """
    # It runs for each request, and a function reads its variables faster than a method its
    # attributes.
    resolver: Resolver = server.resolving.resolver
    marks_preflights, origin = hdrs.ACCESS_CONTROL_REQUEST_METHOD, hdrs.ORIGIN

    def resolve(request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
        headers = request._headers
        if marks_preflights in headers and request._method == "OPTIONS" and origin in headers:
            return look_at_preflight(server, request, headers)
        if server.enforcing and origin in headers:
            return look_at_origin(server, request, headers)
        return resolver.resolve(router, request)

    return resolve


def replace_resolve(router: web.UrlDispatcher, resolve: Resolve) -> None:
    """Let the application call ``resolve`` instead of its router's own method."""
    # It works for routers of all classes: `Application` looks the method up for each request.
    router.resolve = resolve  # type: ignore[assignment,method-assign]


# Responses


def response_hook(
    server: Any, registry: Any, undecided: object, respond_later: RespondLater
) -> Respond:
    """Return the function that writes the headers of each response.

    ``registry.plans`` has the plans of routes that were requested before. ``respond_later`` writes
    the headers of responses whose route alone does not decide.
    """
    origin_header = hdrs.ORIGIN

    def respond(
        signal: object, request: web.Request, response: web.StreamResponse
    ) -> Awaitable[None]:
        if server.has_rulings:
            route, ruling = request._state.get(_RULING, _NO_RULING)
            if ruling is not None and route is request._match_info._route:  # type: ignore[union-attr]
                decider, policy, verdict, headers = ruling
                if (
                    type(verdict) is not Grant
                    or decider is not server
                    or headers is not request._headers
                    or server.observer.observes_all
                ):
                    return respond_later(server, request, response)
                # The request has passed enforcement.
                vary = policy.public is None
                write_verdict(response._headers, verdict, vary, server.keep_existing)
                return DONE
        plan = registry.plans.get(request._match_info._route, undecided)  # type: ignore[union-attr]
        if plan is None:  # Nothing that was added applies to the route.
            return DONE
        if type(plan) is not Policy:
            if plan is undecided:
                plan = server.plans.of_response(request._match_info)
            if type(plan) is dict:
                plan = plan.get(request._method, undecided)
            if plan is None:
                return DONE
            if plan is undecided:
                return respond_later(server, request, response)
        observer, public = server.observer, plan.public
        if public is not None and not observer.observes_all:
            # It is the same for every origin.
            write_verdict(response._headers, public, False, server.keep_existing)
            return DONE
        lines = request._headers.getall(origin_header, None)
        if lines is None:
            verdict = plan.without_origin
        else:
            origin = lines[0] if len(lines) == 1 else ", ".join(lines)
            # What `decide` would find first, without a call.
            found = public or plan.by_origin.get(origin, plan.otherwise) or decide(plan, origin)
            if type(found) is Question:
                return respond_later(server, request, response)
            verdict = found
            if observer.observes_all or (
                type(verdict) is Denial and logger.isEnabledFor(logging.DEBUG)
            ):
                observer.observe("response", request.match_info.route, origin, verdict)
        write_verdict(response._headers, verdict, public is None, server.keep_existing)
        return DONE

    return respond
