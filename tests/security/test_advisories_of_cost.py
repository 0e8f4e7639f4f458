"""Advisories of other layers about time, memory, and what is left out by ``python -O``."""

from __future__ import annotations

import ast
import gc
import re
import time
import tracemalloc
from pathlib import Path
from typing import Any, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

import aiohttp_cors
from aiohttp_cors import ResourceOptions
from aiohttp_cors._core.headers import parse_names

from ..integration.conftest import EVIL, GOOD, check, exchange, hello, request_bytes, send
from .weak import Layer, Plain, caught

Parse = Callable[[str], Any]


def is_linear(parse: Parse, text: Callable[[int], str], size: int) -> bool:
    """Tell whether time is less than tripled by each of three doublings of the text.

    Linear time makes it 8 times as much in all, quadratic time 64 times.
    """

    def seconds(text: str) -> float:
        start = time.process_time()
        parse(text)
        return time.process_time() - start

    small, large = text(size), text(8 * size)
    # The least of several is the one that nothing else came in between.
    return min(seconds(large) for _ in range(3)) <= 27 * min(seconds(small) for _ in range(9))


def peak(parse: Parse, text: str) -> int:
    """Return how many bytes were allocated at most."""
    tracemalloc.start()
    parse(text)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_commas_allocate_nothing() -> None:
    """rs/cors CVE-2025-47908, go-chi/cors #36"""
    commas = "," * 1_000_000
    check(peak(parse_names, commas) < 100_000, True)
    check(is_linear(parse_names, lambda size: "," * size, 100_000), True)
    # A list of the elements is caught.
    check(peak(lambda text: text.split(","), commas) < 100_000, False)


@pytest.mark.parametrize("lines", [1, 30])
async def test_commas_get_a_response(lines: int, parser: str) -> None:
    """rs/cors CVE-2025-47908, go-chi/cors #36"""
    app = web.Application()
    aiohttp_cors.setup(app, defaults={GOOD: ResourceOptions()}).add(app.router.add_get("/", hello))
    commas = f"Access-Control-Request-Headers: {',' * 8000}"
    fields = [f"Origin: {GOOD}", "Access-Control-Request-Method: GET", *[commas] * lines]
    async with TestServer(app) as server:
        for name, status in ("", 200), ("x-a", 403):
            last = f"Access-Control-Request-Headers: {name}"
            reply = await send(server, "OPTIONS", "/", *fields, last)
            check((reply.status, len(reply.body) < 200), (status, True))


def test_white_space_is_read_once() -> None:
    """hono CVE-2026-69207"""

    def spaces(size: int) -> str:
        return f"x{' ' * size}y"

    check(parse_names(spaces(7500)), None)
    check(is_linear(parse_names, spaces, 100_000), True)
    # The expression that it was is caught.
    check(is_linear(re.compile(r"\s*,\s*").split, spaces, 600), False)


class RemembersOrigins(Plain):
    def headers(self, request: web.Request) -> dict[str, str]:
        self.known = getattr(self, "known", {})
        self.known[self.origin_of(request), request.path] = super().headers(request)
        return {}


async def send_new_origins(server: Any, count: int, name: str) -> None:
    for first in range(0, count, 60):
        requests = []
        for number in range(first, first + 60):
            origin = f"Origin: https://{name}{number}.example"
            fields = ["Access-Control-Request-Method: GET"] if number % 2 else []
            method = "OPTIONS" if fields else "GET"
            requests.append(request_bytes(method, f"/{name}{number}", origin, *fields))
        check(len(await exchange(server, *requests)), 60)


@caught(RemembersOrigins)
async def test_no_state_is_stored_for_each_request(layer: Layer) -> None:
    """free5GC CVE-2026-41135"""
    app = web.Application()
    defaults = {GOOD: ResourceOptions(), "https://*.sub.example": ResourceOptions()}
    layer(app, defaults=defaults).add(app.router.add_get("/{rest:.*}", hello))
    async with TestServer(app) as server:
        # Traced from the first request on: what bounded memos replace later is no growth then.
        tracemalloc.start()
        await send_new_origins(server, 600, "warm")
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        await send_new_origins(server, 3000, "unique")
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
    check(grown < 200_000, True)


def asserts(source: str) -> int:
    return sum(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(source)))


def test_nothing_is_decided_by_assert() -> None:
    """aiohttp CVE-2025-69227: the tox environment ``optimized`` runs all tests under -O, too"""
    (folder,) = aiohttp_cors.__path__
    files = sorted(Path(folder).rglob("*.py"))
    check(len(files) > 20, True)
    found = {path.name: asserts(path.read_text(encoding="utf-8")) for path in files}
    check({name for name, count in found.items() if count}, set())
    check(asserts(f"def decide(origin):\n    assert origin != {EVIL!r}"), 1)
