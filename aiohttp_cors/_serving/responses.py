"""Writing the headers of responses, as they are prepared."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from aiohttp import hdrs, web

from .._core.policy import Policy, decide
from .._core.verdict import Denial, Question
from .._http.hooks import DONE, Respond, headers_of, route_of, ruling_of
from .._http.preflights import joined
from .._http.response_headers import write_verdict
from .._routing.snapshot import UNDECIDED
from .builtin_router import BuiltinRouterServer
from .server import Server, ruling_for_response, settle

logger = logging.getLogger("aiohttp_cors")
ORIGIN = hdrs.ORIGIN


def custom_responder(server: Server) -> Respond:
    """Return what writes the headers of all responses for a router adapter that others wrote."""

    def respond(
        signal: object, request: web.Request, response: web.StreamResponse
    ) -> Awaitable[None]:
        return _respond(server, request, response)

    return respond


def responder(server: BuiltinRouterServer) -> Respond:
    """Return what writes the headers of all responses for aiohttp's own router."""
    # Each response comes through here: a function finds its variables sooner than a method finds
    # its attributes.
    registry = server.registry

    def respond(
        signal: object, request: web.Request, response: web.StreamResponse
    ) -> Awaitable[None]:
        plan = registry.plans.get(route_of(request), UNDECIDED)
        if type(plan) is not Policy:
            if plan is UNDECIDED:
                plan = server.response_plan(request.match_info)
            if type(plan) is dict:
                plan = plan.get(request.method, UNDECIDED)
            if type(plan) is not Policy:
                return DONE if plan is None else _respond(server, request, response)
        if server.guarded and ruling_of(request) is not None:
            return _respond(server, request, response)
        observer, public = server.observer, plan.public
        if public is not None and not observer.observes_all:
            # Whatever the origin is.
            write_verdict(response.headers, public, False, server.keep_existing)
            return DONE
        lines = headers_of(request).getall(ORIGIN, None)
        if lines is None:
            verdict = plan.without_origin
        else:
            origin = lines[0] if len(lines) == 1 else ", ".join(lines)
            # What `decide` would find first, without a call.
            found = plan.exact_grants.get(origin) or decide(plan, origin)
            if type(found) is Question:
                return _respond(server, request, response)
            verdict = found
            if observer.observes_all or (
                type(verdict) is Denial and logger.isEnabledFor(logging.DEBUG)
            ):
                observer.observe("response", route_of(request), origin, verdict)
        write_verdict(response.headers, verdict, public is None, server.keep_existing)
        return DONE

    return respond


async def _respond(server: Server, request: web.Request, response: web.StreamResponse) -> None:
    """Write the headers of a response about which more than its route decides."""
    ruling = await ruling_for_response(request)
    if ruling.server is not server:
        return
    policy, origin = ruling.policy, joined(request.headers, ORIGIN)
    verdict = ruling.verdict
    if verdict is None or ruling.origin != origin:
        verdict = await settle(server, policy, request)
    write_verdict(response.headers, verdict, policy.public is None, server.keep_existing)
    # Without an origin, the request is not from a page of another one.
    if origin is not None:
        server.observer.observe("response", request.match_info.route, origin, verdict)
