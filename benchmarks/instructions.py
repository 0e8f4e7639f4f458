"""Instructions per request, counted by valgrind: the same on a busy machine and on an idle one."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from .cases import CASES, Case
from .layers import application
from .measuring import check
from .requests import make_request, serve

#: Requests that are served first, so that whatever happens once has happened, and those that are
#: counted. Together they are fewer than the routes of a case that has many.
WARMING = COUNTED = 500
#: Where things lie in memory changes some counts by some hundred instructions, and the length of
#: the environment changes where they lie. So each is counted with these lengths; the median counts.
PADDINGS = (0, 200, 900)


class Task(NamedTuple):
    """The requests of a case, served by one layer."""

    name: str
    layer: str


def instructions(layers: dict[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    """Return what the layers of each case add to a request of it.

    Where the case has many routes, each request is the first to its route.
    """
    tasks = [Task(name, layer) for name, its in layers.items() for layer in ["bare", *its]]
    counted = count(tasks)
    return {
        name: {layer: counted[Task(name, layer)] - counted[Task(name, "bare")] for layer in its}
        for name, its in layers.items()
    }


def count(tasks: Sequence[Task]) -> dict[Task, float]:
    """Return the instructions that a request of each task takes."""
    counts = [count_once(tasks, padding) for padding in PADDINGS]
    return {task: statistics.median(each) for task, each in zip(tasks, zip(*counts))}


def count_once(tasks: Sequence[Task], padding: int) -> list[float]:
    """Return the instructions that a request of each task takes in one process and its forks."""
    with tempfile.TemporaryDirectory() as folder:
        # Callgrind begins to count anew wherever a function of this name is called.
        tool = ["valgrind", "--tool=callgrind", "--dump-before=getppid"]
        tool.append(f"--callgrind-out-file={folder}/%p")
        words = [word for task in tasks for word in task]
        command = [*tool, sys.executable, "-m", "benchmarks.instructions", *words]
        # Texts are hashed alike in all processes, so that these count alike.
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PADDING": "x" * padding}
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
        if run.returncode:
            raise SystemExit(f"{' '.join(command)}:\n{run.stderr}")
        # Of each process, the first file counts what comes before the requests.
        files = [Path(folder, f"{process}.2").read_text() for process in run.stdout.split()]
    totals = [re.findall(r"^totals: (\d+)", each, re.MULTILINE) for each in files]
    return [int(total) / COUNTED for (total,) in totals]


def mark() -> None:
    """Let callgrind begin to count anew."""
    # Nothing else calls it while requests are served, and it is cheap.
    os.getppid()


def play_all(tasks: Iterable[Task]) -> None:
    """Serve the requests of each task in a process of its own; print the numbers of these.

    Python adapts the code of a function to the arguments that it meets, so one application would
    change what requests to the next one cost.
    """
    for task in tasks:
        process = os.fork()
        if not process:
            asyncio.run(play(CASES[task.name], task.layer))
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if status:
            raise SystemExit(f"{task}: the process has failed")
        print(process, flush=True)


async def play(case: Case, layer: str) -> None:
    """Serve requests, and count those after the first ones."""
    app = application(layer, case)
    # Garbage collection must not be counted.
    gc.disable()
    await check(app, case, layer)
    await serve_all(app, case, range(WARMING))
    mark()
    await serve_all(app, case, range(WARMING, WARMING + COUNTED))
    mark()


async def serve_all(app: web.Application, case: Case, numbers: Iterable[int]) -> None:
    """Serve a request for each number; where the case has many routes, to the route with it."""
    for number in numbers:
        path = case.path or f"/r{number}"
        await serve(app, make_request(case.method, path, case.headers))


if __name__ == "__main__":
    play_all(map(Task._make, zip(sys.argv[1::2], sys.argv[2::2])))
