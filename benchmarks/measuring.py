"""What a layer adds to a request: paired differences, interleaved, in fresh processes."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import random
import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

from aiohttp import web

from .cases import CASES, Case
from .layers import application, layers_for
from .published import fetch
from .requests import make_request, serve

#: Requests that an application serves in its turn.
TURN = 200


class Added(NamedTuple):
    """Nanoseconds that a layer adds to a request."""

    median: float
    #: The lower and the upper quartile of the differences.
    low: float
    high: float


#: By the name of the layer; ``"bare"`` is the request itself.
Measured = dict[str, Added]


def measure(names: str, rounds: int, processes: int) -> dict[str, Measured]:
    """Measure the cases whose letters are ``names``, each in some fresh processes."""
    fetch()
    tasks = [(name, rounds) for name in names for _ in range(processes)]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        found = pool.starmap(differences, tasks, chunksize=1)
    measured = {}
    for name in names:
        runs = [found[index] for index, task in enumerate(tasks) if task[0] == name]
        measured[name] = {
            layer: summary([each for run in runs for each in run[layer]]) for layer in runs[0]
        }
    return measured


def summary(differences: list[float]) -> Added:
    """Return the median and the quartiles of differences."""
    low, median, high = statistics.quantiles(differences, n=4)
    return Added(median, low, high)


def differences(name: str, rounds: int) -> dict[str, list[float]]:
    """Return, round by round, what each layer adds to the requests of a case."""
    # Some configs are unsafe on purpose.
    logging.getLogger("aiohttp_cors").setLevel(logging.ERROR)
    return asyncio.run(play(CASES[name], rounds))


async def play(case: Case, rounds: int) -> dict[str, list[float]]:
    """Let the applications take turns, in random order."""
    layers = layers_for(case)
    apps = {layer: application(layer, case) for layer in layers}
    for layer, app in apps.items():
        await check(app, case, layer)
        # Compile everything that the first request compiles.
        for request in requests_of(case, case.routes):
            await serve(app, request)
    found: dict[str, list[float]] = {layer: [] for layer in layers}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            random.shuffle(layers)
            taken = {layer: await turn(apps[layer], case) for layer in layers}
            for layer in layers:
                bare = 0 if layer == "bare" else taken["bare"]
                found[layer].append(taken[layer] - bare)
            gc.collect()
    finally:
        gc.enable()
    return found


def requests_of(case: Case, number: int) -> Iterator[web.Request]:
    """Make requests of a case; where it has many paths, to all of them in turn, or at random."""
    if case.path is not None:
        paths = [case.path] * TURN
    elif number > TURN:
        paths = [f"/r{path % (case.routes - 1)}" for path in range(number)]
    else:
        paths = [f"/r{path}" for path in random.sample(range(case.routes - 1), number)]
    for path in paths:
        yield make_request(case.method, path, case.headers)


async def turn(app: web.Application, case: Case) -> float:
    """Return the nanoseconds that an application takes for one request."""
    taken = 0
    # Each is made just before it is served, as in a server, so it is in the processor's caches.
    for request in requests_of(case, TURN):
        started = time.perf_counter_ns()
        await serve(app, request)
        taken += time.perf_counter_ns() - started
    return taken / TURN


async def check(app: web.Application, case: Case, layer: str) -> None:
    """Fail if a layer does not do what is measured."""
    if layer in ("bare", "control", "empty", "floor"):
        return
    request = make_request(case.method, case.path or "/r0", case.headers)
    try:
        response = await app._handle(request)
    except web.HTTPException as error:
        response = error
    await response.prepare(request)
    granted = "Access-Control-Allow-Origin" in response.headers
    # aiohttp-middlewares knows no routes: it applies to all of them.
    if granted is not case.granted and not (layer == "middlewares" and case.path == "/plain"):
        raise SystemExit(f"{case.name}: {layer} does not respond as it must: {response.headers}")
