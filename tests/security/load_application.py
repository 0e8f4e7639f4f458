"""An application that is put under load, in processes of its own; runs without the tests.

``python load_application.py PORT`` serves it on a port that others may serve, too. gunicorn takes
``load_application:application``. With the environment variable ``MISTAKES`` it makes some.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import ResourceOptions

TRUSTED = "https://trusted.example"
ANONYMOUS = "https://anonymous.example"

DEFAULTS = {
    TRUSTED: ResourceOptions(
        allow_credentials=True, allow_headers=["X-Client"], expose_headers=["X-Client"], max_age=600
    ),
    ANONYMOUS: ResourceOptions(allow_headers="*"),
}
#: The number of chunks of a streamed response, and the bytes of each.
CHUNKS, CHUNK = 8, 4096

_kept: list[Any] = []
_latest = {"origin": ""}
_served = 0


async def cacheable(request: web.Request) -> web.StreamResponse:
    headers = {"Cache-Control": "public, max-age=60", "ETag": '"1"', "Vary": "Accept-Language"}
    status = 304 if request.headers.get("If-None-Match") == '"1"' else 200
    return web.Response(status=status, headers={**headers, **_echo(request)})


async def streamed(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers=_echo(request))
    await response.prepare(request)
    for _ in range(CHUNKS):
        await response.write(b"x" * CHUNK)
        await asyncio.sleep(0)
    await response.write_eof()
    return response


async def upload(request: web.Request) -> web.StreamResponse:
    body = await request.read()
    return web.Response(headers={**_echo(request), "X-Length": str(len(body))})


def _echo(request: web.Request) -> dict[str, str]:
    return {"X-Client": request.headers.get("X-Client", "")}


@web.middleware
async def count(request: web.Request, handler: Any) -> web.StreamResponse:
    global _served
    _served += 1
    response: web.StreamResponse = await handler(request)
    return response


async def state(request: web.Request) -> web.Response:
    """Return what the process has in it, after it was cleaned up."""
    gc.collect()
    # Without it, freed memory stays with the process, and looks like taken.
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return web.json_response(
        {
            "process": os.getpid(),
            "served": _served,
            "tasks": len(asyncio.all_tasks()),
            "blocks": sys.getallocatedblocks(),
            "memory": pages * os.sysconf("SC_PAGE_SIZE"),
        }
    )


# Mistakes


async def leak(request: web.Request, response: web.StreamResponse) -> None:
    """Keep a little of each request."""
    _kept.append(bytearray(4000))


async def leave_tasks(request: web.Request, response: web.StreamResponse) -> None:
    if _served % 100 == 0:
        _kept.append(asyncio.ensure_future(asyncio.sleep(3600)))


async def note(request: web.Request, response: web.StreamResponse) -> None:
    _latest["origin"] = request.headers.get("Origin", "")


async def mix_up(origin: str, request: web.Request) -> bool:
    """Decide about the origin of the latest request, which may be another by now."""
    await asyncio.sleep(0)
    return _latest["origin"] in DEFAULTS


async def application() -> web.Application:
    app = web.Application(middlewares=[count])
    mistakes = {mix_up: ResourceOptions()} if "MISTAKES" in os.environ else {}
    cors = aiohttp_cors.setup(app, defaults={**DEFAULTS, **mistakes})
    cors.add(app.router.add_get("/cacheable", cacheable))
    cors.add(app.router.add_get("/streamed", streamed))
    cors.add(app.router.add_put("/upload", upload))
    # Everybody's, without credentials.
    anyone = {"*": ResourceOptions(expose_headers="*")}
    cors.add(app.router.add_get("/open", cacheable), anyone, inherit=False)
    app.router.add_get("/state", state)
    if mistakes:
        app.on_response_prepare.extend([leak, leave_tasks, note])
    return app


if __name__ == "__main__":
    port = int(sys.argv[1])
    web.run_app(
        application(),
        host="127.0.0.1",
        port=port,
        reuse_port=True,
        print=None,
        # Tasks that mistakes leave behind would keep it from ending.
        shutdown_timeout=1,
    )
