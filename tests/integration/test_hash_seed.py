"""Responses, logs and findings are the same whatever Python's hash seed is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SCRIPT = """
import asyncio, logging, sys
from aiohttp import web
import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors._explaining.dry_run import dry_run

logging.basicConfig(stream=sys.stdout, format="%(message)s")

async def hello(request):
    raise NotImplementedError

app = web.Application()
names = [f"X-{letter}" for letter in "QWERTYUIOP"]
some = ResourceOptions(
    allow_credentials=True, allow_headers=[*names, "bad name", "Host"], expose_headers=names,
    allow_methods=["PUT", "PATCH", "DELETE", "GET", "TRACE"], max_age=100_000, allow_timing=True,
)
cors = aiohttp_cors.setup(app, defaults={"https://a.example": some, "*": some, "null": some})
resource = app.router.add_resource("/")
for method in ("GET", "PUT", "PATCH", "DELETE", "POST"):
    resource.add_route(method, hello)
cors.add(resource)
print(*cors.audit(), sep="\\n")

async def main():
    preflight = [
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", ",".join(sorted(map(str.lower, names)))),
    ]
    for origin in ("https://a.example", "https://b.example", "null", "nonsense"):
        for method, headers in (("GET", []), ("OPTIONS", preflight), ("OPTIONS", preflight[:1])):
            own = web.Response(headers={"X-B": "1", "Vary": "B, A", "X-A": "1"})
            done = await dry_run(app, method, "/", [("Origin", origin), *headers], own)
            print(origin, method, done.exchange.status, [*done.exchange.headers.items()])

asyncio.run(main())
"""


def test_responses_and_findings_do_not_depend_on_the_hash_seed() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in range(4)
    }

    assert len(said) == 1
    assert "Access-Control-Allow-Methods" in said.pop()
