"""Writing the headers of responses, as they are prepared."""

from __future__ import annotations

from collections.abc import Awaitable

from aiohttp import hdrs, web

from .._http.hooks import response_hook
from .._http.preflights import joined
from .._http.response_headers import write_verdict
from .._http.response_signal import Respond
from .._routing.snapshot import UNDECIDED
from .builtin_router import BuiltinRouterServer
from .server import Server, ruling_for_response, settle

ORIGIN = hdrs.ORIGIN


def custom_responder(server: Server) -> Respond:
    """Return what writes the headers of all responses by a router adapter that the user wrote."""

    def respond(
        signal: object, request: web.Request, response: web.StreamResponse
    ) -> Awaitable[None]:
        return _respond(server, request, response)

    return respond


def responder(server: BuiltinRouterServer) -> Respond:
    """Return what writes the headers of all responses by what was added to aiohttp's router."""
    return response_hook(server, server.registry, UNDECIDED, _respond)


async def _respond(server: Server, request: web.Request, response: web.StreamResponse) -> None:
    """Write the headers of a response whose route alone does not decide."""
    decider, policy, verdict, headers = await ruling_for_response(request)
    if decider is not server:
        return
    origin = joined(request.headers, ORIGIN)
    # A middleware may have sent on a clone with other headers.
    if verdict is None or headers is not request.headers:
        verdict = await settle(server, policy, request)
    write_verdict(response.headers, verdict, policy.public is None, server.keep_existing)
    # A request without an origin is not cross-origin.
    if origin is not None:
        server.observer.observe("response", request.match_info.route, origin, verdict)
