"""Rehearsing a request: the code that serves real ones decides about one that nobody sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from yarl import URL

from ._core.policy import Policy
from ._core.verdict import Denial, Grant
from .explanation import Exchange
from .mixin import APP_CONFIG_KEY
from .outermost import OutermostMatchInfo, PreflightMatchInfo, RefusedMatchInfo
from .preflight_handler import Answer, _PreflightHandler, joined, preflight_response
from .request_policies import enter
from .response_headers import is_cors_header
from .router_serving import refused_response
from .routes import is_library_method, is_library_route
from .serving import Serving

#: Real requests have a Host; this one is of no origin (RFC 2606 §2).
_HOST = "aiohttp-cors.invalid"


class Rehearsal(NamedTuple):
    """What our side makes of one request."""

    request: web.Request
    #: The method that is decided about: in a preflight the one that it asks for.
    method: str
    route: web.AbstractRoute
    exchange: Exchange
    #: None: the application alone answers.
    verdict: Grant | Denial | None
    policy: Policy | None
    #: A guard has refused it.
    guarded: bool = False


async def rehearse(
    app: web.Application,
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    response: web.Response,
) -> Rehearsal:
    """Let the code that serves ``app`` decide about one request.

    ``response`` is what a handler answers, into which the verdict is written.
    """
    fields = CIMultiDict(headers)
    fields.setdefault(hdrs.HOST, _HOST)
    # A copy, for the original has its method in upper case.
    request = make_mocked_request(hdrs.METH_GET, "/", app=app).clone(
        method=method, rel_url=_url(path), headers=fields
    )
    enter(request, None)
    match = await app.router.resolve(request)
    match.add_app(app)
    enter(request, match)
    if isinstance(match, OutermostMatchInfo):
        match.start_answering()
    if isinstance(match, RefusedMatchInfo):
        refused = refused_response(fields[hdrs.ORIGIN])
        return _answered(request, match.answer, refused, guarded=True)
    if isinstance(match, PreflightMatchInfo):
        answer = await match.outermost.decide_match(request, match)
        return _answered(request, answer, preflight_response(answer))
    handler = _preflight_handler(request, match.route)
    if handler is None:
        return await _ask_signals(request, response)
    answer = await handler._answer(request)
    response = preflight_response(answer)
    # Signals run for it; they may share a 403 that answers no preflight.
    await _ask_signals(request, response)
    return _answered(request, answer, response)


def _url(path: str) -> URL:
    # As the server does: "//name/" is a path.
    path, _, query = path.partition("?")
    return URL.build(path=path, query_string=query, encoded=True)


def _preflight_handler(request: web.Request, route: web.AbstractRoute) -> _PreflightHandler | None:
    """Return what answers ``request`` after middlewares, if that is the library."""
    if is_library_route(route):
        return cast(_PreflightHandler, cast(Any, route.handler).__self__)
    if is_library_method(route, request.method):
        return cast(_PreflightHandler, cast(Any, route.handler)(request))
    return None


def _answered(
    request: web.Request, answer: Answer, response: web.Response, *, guarded: bool = False
) -> Rehearsal:
    method = request.method if answer.asked is None else answer.asked.method
    return Rehearsal(
        request,
        method,
        answer.route or request.match_info.route,
        Exchange(response.status, _cors_headers(response)),
        answer.verdict,
        answer.policy,
        guarded,
    )


async def _ask_signals(request: web.Request, response: web.Response) -> Rehearsal:
    """Do what the signals of the applications around a handler do."""
    policy = verdict = None
    for serving in servings_of(request):
        found = await serving.find_policy(request)
        if found is not None:
            policy = found
            origin = joined(request.headers, hdrs.ORIGIN)
            verdict = await serving.settle(found, request, origin)
            serving.write(response, found, verdict)
    exchange = Exchange(None, _cors_headers(response))
    return Rehearsal(request, request.method, request.match_info.route, exchange, verdict, policy)


def servings_of(request: web.Request) -> list[Serving[Any]]:
    """Return what serves the applications around a handler, the outermost first."""
    apps = [app for app in request.match_info.apps if APP_CONFIG_KEY in app]
    return [app[APP_CONFIG_KEY]._cors_impl for app in apps]


def _cors_headers(response: web.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if is_cors_header(name)}
