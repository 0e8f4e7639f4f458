"""Instructions per request, counted by valgrind: the same on a busy machine and on an idle one."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from .cases import CASES
from .layers import application
from .measuring import TURN, check, requests_of
from .published import fetch
from .requests import serve

#: Requests that are counted.
REQUESTS = 1000


def instructions(name: str, layers: list[str]) -> dict[str, float]:
    """Return the instructions that layers add to each request of a case.

    Each process serves the same requests by all layers, and then as many again by one of them.
    """
    if shutil.which("valgrind") is None:
        raise SystemExit("counting instructions needs valgrind; on Debian: apt install valgrind")
    fetch()
    layers = ["bare", *layers]
    # Modules are compiled here: otherwise the first of the counted processes would compile them.
    subprocess.run(command(name, layers, "bare"), check=True, env=environment())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = list(pool.map(lambda layer: count(name, layers, layer), layers))
    bare, *others = counted
    return {layer: (each - bare) / REQUESTS for layer, each in zip(layers[1:], others)}


def count(name: str, layers: list[str], more: str) -> int:
    """Return the instructions of a process that serves a case by ``layers``, and by ``more``."""
    with tempfile.TemporaryDirectory() as folder:
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        served = [*tool, *command(name, layers, more)]
        run = subprocess.run(served, capture_output=True, text=True, env=environment())
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode or found is None:
        raise SystemExit(f"{' '.join(served)}:\n{run.stderr}")
    return int(found[1])


def command(name: str, layers: list[str], more: str) -> list[str]:
    """Return the command that serves a case by ``layers``, and by ``more``."""
    return [sys.executable, "-m", "benchmarks.instructions", name, *layers, more]


def environment() -> dict[str, str]:
    """Return the environment of the processes that are counted, so that they are comparable."""
    return {**os.environ, "PYTHONHASHSEED": "0"}


async def play(name: str, layers: list[str], more: str) -> None:
    """Serve what is counted."""
    case = CASES[name]
    apps = {layer: application(layer, case) for layer in layers}
    # Garbage collection must not be counted.
    gc.disable()
    for layer in layers:
        await check(apps[layer], case, layer)
    for layer in [*layers, more]:
        for _ in range(REQUESTS // TURN):
            for request in requests_of(case, TURN):
                await serve(apps[layer], request)


if __name__ == "__main__":
    _, the_case, *the_layers, one_more = sys.argv
    asyncio.run(play(the_case, the_layers, one_more))
