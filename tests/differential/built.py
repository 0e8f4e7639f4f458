"""What a description was made into."""

from __future__ import annotations

from typing import Any, NamedTuple

from aiohttp import web


class Built(NamedTuple):
    """An application, and what the names of its description stand for."""

    app: web.Application
    entities: dict[str, Any]
    #: Names of handlers and middlewares, in the order in which they ran.
    ran: list[str]


async def preflights(request: web.Request) -> web.Response:
    """Stand for the handler of an OPTIONS route that the package registers: it refuses."""
    vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    headers = {"Vary": vary, "CORS-Refused": "yes", "X-Content-Type-Options": "nosniff"}
    raise web.HTTPForbidden(headers=headers)
