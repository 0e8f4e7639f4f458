"""The cost of adding routes, and of importing the package."""

from __future__ import annotations

import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

import aiohttp_cors

from .cases import GOOD
from .layers import hello, options
from .published import published

ROUTES = 10_000

#: Adds one route.
Adding = Callable[[web.AbstractRoute], object]


class Cost(NamedTuple):
    """What one route costs."""

    microseconds: float
    #: Bytes of memory.
    size: float


def adding_by_hand(app: web.Application) -> Adding:
    """Add an OPTIONS route beside each route."""
    return lambda route: route.resource.add_route("OPTIONS", options)  # type: ignore[union-attr]


def adding_ours(app: web.Application) -> Adding:
    """Add each route, all with one policy."""
    cors = aiohttp_cors.setup(app, defaults={GOOD: aiohttp_cors.ResourceOptions()})
    return cors.add


def adding_published(app: web.Application) -> Adding:
    """Do the same with aiohttp-cors 0.8.1."""
    module = published()
    add: Adding = module.setup(app, defaults={GOOD: module.ResourceOptions()}).add
    return add


ADDING = {"by hand": adding_by_hand, "ours": adding_ours, "published": adding_published}


def registration(rounds: int) -> dict[str, Cost]:
    """Return what adding costs for each of ROUTES routes, the median of ``rounds``."""
    taken: dict[str, list[float]] = {name: [] for name in ADDING}
    names = list(ADDING)
    for _ in range(rounds):
        random.shuffle(names)
        for name in names:
            taken[name].append(seconds(name))
    return {
        name: Cost(statistics.median(taken[name]) / ROUTES * 1e6, memory(name) / ROUTES)
        for name in ADDING
    }


def seconds(name: str) -> float:
    """Return how long adding all routes takes."""
    app = web.Application()
    routes = [app.router.add_get(f"/r{number}", hello) for number in range(ROUTES)]
    add = ADDING[name](app)
    gc.collect()
    gc.disable()
    started = time.perf_counter()
    for route in routes:
        add(route)
    finished = time.perf_counter()
    gc.enable()
    return finished - started


def memory(name: str) -> int:
    """Return the bytes that adding all routes takes."""
    app = web.Application()
    routes = [app.router.add_get(f"/r{number}", hello) for number in range(ROUTES)]
    add = ADDING[name](app)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for route in routes:
        add(route)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


_IMPORT = """
import time, aiohttp.web
started = time.perf_counter()
import aiohttp_cors
print((time.perf_counter() - started) * 1000)
"""


def import_milliseconds(rounds: int) -> float:
    """Return how long importing the package takes after aiohttp, the shortest of fresh processes.

    Other work of the machine can only make it longer.
    """
    command = [sys.executable, "-c", _IMPORT]
    with tempfile.TemporaryDirectory() as folder:
        # With the compiled files that an installed package has.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        runs = [
            subprocess.run(
                command, check=True, capture_output=True, text=True, env=environment
            ).stdout
            for _ in range(rounds)
        ]
    return min(map(float, runs))
