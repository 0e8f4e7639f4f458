"""A dry run: the code that serves requests decides about one that is not sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from yarl import URL

from .._core.policy import Policy
from .._core.verdict import Denial, Grant
from .._http.early_match_info import EarlyMatchInfo
from .._http.handler import Outcome, _PreflightHandler
from .._http.hooks import set_match_info
from .._http.preflights import enforcement_response, joined, preflight_response, read_preflight
from .._http.response_headers import is_cors_header, write_verdict
from .._routing.routes import is_library_method, is_library_route
from .._routing.views import SERVER_KEY
from .._serving.before_middlewares import decide_early
from .._serving.builtin_router import BuiltinRouterServer
from .._serving.server import ruling_for_response, settle
from .explanation import Exchange

#: Real requests have a Host; this one belongs to no origin (RFC 2606 §2).
_HOST = "aiohttp-cors.invalid"


class DryRun(NamedTuple):
    """What the library would do with one request."""

    request: web.Request
    #: The method of the request; for a preflight, the requested one.
    method: str
    route: web.AbstractRoute
    exchange: Exchange
    #: None: only the application responds.
    verdict: Grant | Denial | None
    policy: Policy | None
    #: Origin enforcement refuses it.
    enforced: bool = False


async def dry_run(
    app: web.Application,
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]],
    response: web.Response | None = None,
) -> DryRun:
    """Let the code that serves ``app`` decide about one request, without sending it.

    The verdict is written into ``response``, as if a handler had returned it.
    """
    _link(app)
    fields = CIMultiDict(headers)
    fields.setdefault(hdrs.HOST, _HOST)
    # A copy, because the original has its method in upper case.
    request = make_mocked_request(hdrs.METH_GET, "/", app=app).clone(
        method=method, rel_url=url_of(path), headers=fields
    )
    set_match_info(request, None)
    match = await app.router.resolve(request)
    match.add_app(app)
    set_match_info(request, match)
    if isinstance(match, EarlyMatchInfo):
        match.is_responding = True
        verdict = await decide_early(match, request)
        outcome = Outcome(verdict, match.preflight, match.policy, match.route)
        if outcome.preflight is None:
            origin = joined(fields, hdrs.ORIGIN) or ""
            return _responded(request, outcome, enforcement_response(origin), enforced=True)
        return _responded(request, outcome, preflight_response(outcome.verdict, outcome.preflight))
    handler = _preflight_handler(request, match.route)
    if handler is None:
        return await _signals(request, web.Response() if response is None else response)
    preflight = read_preflight(request.headers)
    outcome = await handler._decide(request, preflight)
    response = preflight_response(outcome.verdict, preflight)
    # Signals run for it; they may allow a 403 that is not a response to a preflight to be read.
    await _signals(request, response)
    return _responded(request, outcome, response)


def _link(app: web.Application) -> None:
    """Do what freezing the application does, because it may not be frozen yet."""
    server = app.get(SERVER_KEY)
    if isinstance(server, BuiltinRouterServer):
        server.link()


def url_of(path: str) -> URL:
    """Parse the target of a request as the server does: "//name/" is a path."""
    path, _, query = path.partition("?")
    return URL.build(path=path, query_string=query, encoded=True)


def _preflight_handler(request: web.Request, route: web.AbstractRoute) -> _PreflightHandler | None:
    """Return the library's OPTIONS handler if it serves ``request`` after middlewares, or None."""
    if is_library_route(route):
        return cast(_PreflightHandler, cast(Any, route.handler).__self__)
    if is_library_method(route, request.method):
        return cast(_PreflightHandler, cast(Any, route.handler)(request))
    return None


def _responded(
    request: web.Request, outcome: Outcome, response: web.Response, *, enforced: bool = False
) -> DryRun:
    preflight = outcome.preflight
    method = (
        request.method if preflight is None or isinstance(preflight, Denial) else preflight.method
    )
    return DryRun(
        request,
        method,
        outcome.route or request.match_info.route,
        Exchange(response.status, _cors_headers(response)),
        outcome.verdict,
        outcome.policy,
        enforced,
    )


async def _signals(request: web.Request, response: web.Response) -> DryRun:
    """Do what the ``on_response_prepare`` signals of the applications around a handler do."""
    server, policy, _, _ = await ruling_for_response(request)
    verdict = None
    if server is not None:
        verdict = await settle(server, policy, request)
        write_verdict(response.headers, verdict, policy.public is None, server.keep_existing)
    return DryRun(
        request,
        request.method,
        request.match_info.route,
        Exchange(None, _cors_headers(response)),
        verdict,
        None if server is None else policy,
    )


def _cors_headers(response: web.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if is_cors_header(name)}
