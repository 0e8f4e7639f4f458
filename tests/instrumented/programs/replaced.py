"""A module as users write it: OpenTelemetry replaces `web.Application` when one has been made."""

from __future__ import annotations

from aiohttp import web
from opentelemetry.instrumentation.aiohttp_server import AioHttpServerInstrumentor
from shop import ORIGIN, hello

import aiohttp_cors


def add_cors(app: web.Application) -> web.Application:
    cors = aiohttp_cors.setup(app, defaults={ORIGIN: aiohttp_cors.ResourceOptions()})
    cors.add(app.router.add_get("/hello", hello))
    return app


made_before = web.Application()
AioHttpServerInstrumentor().instrument()
add_cors(made_before)


def make_after() -> web.Application:
    return add_cors(web.Application())
