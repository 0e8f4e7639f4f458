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
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from .cases import CASES, Case
from .layers import application
from .measuring import check
from .memory import environment, rearrange
from .requests import make_request, serve

#: Requests that are served first, so that whatever happens once has happened, and those that are
#: counted. Together they are fewer than the routes of a case that has many.
WARMING = COUNTED = 100
#: Where names, types and blocks lie in memory costs a request some hundred instructions, or none:
#: see `memory`. So each task is counted in the same layouts, of names in some processes and of all
#: else in forks of these, and the lower quartile counts: what a request takes if little collides.
PROCESSES, LAYOUTS = 3, 5


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
    counts = [count_once(tasks, process) for process in range(PROCESSES)]
    return {task: lower_quartile([each for its in counts for each in its[task]]) for task in tasks}


def lower_quartile(counts: list[float]) -> float:
    """Return what a quarter of the counts do not exceed."""
    return statistics.quantiles(counts, n=4)[0]


def count_once(tasks: Sequence[Task], layout: int) -> dict[Task, list[float]]:
    """Return the instructions that a request of each task takes in forks of one process."""
    with tempfile.TemporaryDirectory() as folder:
        # Callgrind begins to count anew wherever a function of this name is called.
        tool = ["valgrind", "--tool=callgrind", "--dump-before=getppid"]
        tool.append(f"--callgrind-out-file={folder}/%p")
        words = [word for task in tasks for word in task]
        command = [*tool, sys.executable, "-m", "benchmarks.instructions", str(layout), *words]
        # Texts are hashed alike in all processes, so that these count alike.
        variables = {**os.environ, "PYTHONHASHSEED": "0", **environment(layout)}
        run = subprocess.run(command, capture_output=True, text=True, env=variables)
        if run.returncode:
            raise SystemExit(f"{' '.join(command)}:\n{run.stderr}")
        # Of each process, the first file counts what comes before the requests.
        files = [Path(folder, f"{process}.2").read_text() for process in run.stdout.split()]
    totals = [re.findall(r"^totals: (\d+)", each, re.MULTILINE) for each in files]
    counts = iter([int(total) / COUNTED for (total,) in totals])
    return {task: list(islice(counts, LAYOUTS)) for task in tasks}


def mark() -> None:
    """Let callgrind begin to count anew."""
    # Nothing else calls it while requests are served, and it is cheap.
    os.getppid()


def play_all(tasks: Iterable[Task], layout: int) -> None:
    """Serve the requests of each task in processes of its own; print the numbers of these.

    Python adapts the code of a function to the arguments that it meets, so one application would
    change what requests to the next one cost.
    """
    for task in tasks:
        fork(play_in_layouts, task, range(layout * LAYOUTS, (layout + 1) * LAYOUTS))


def fork(function: Callable[..., None], *arguments: object) -> int:
    """Call a function in a process of its own; return the number of the process."""
    process = os.fork()
    if not process:
        function(*arguments)
        sys.stdout.flush()
        os._exit(0)
    _, status = os.waitpid(process, 0)
    if status:
        raise SystemExit(f"{function.__name__}{arguments}: the process has failed")
    return process


def play_in_layouts(task: Task, layouts: Iterable[int]) -> None:
    """Serve the requests of a task in one process for each layout."""
    case = CASES[task.name]
    app = application(task.layer, case)
    # What comes before is written once, which takes its time, and not by each process.
    mark()
    for layout in layouts:
        print(fork(play, app, case, task.layer, layout), flush=True)


def play(app: web.Application, case: Case, layer: str, layout: int) -> None:
    """Serve requests in a layout of memory, and count those after the first ones."""
    rearrange(layout)
    # Garbage is not collected whenever there is enough of it, but once: see below.
    gc.disable()
    asyncio.run(serve_and_count(app, case, layer))


async def serve_and_count(app: web.Application, case: Case, layer: str) -> None:
    """Serve requests, and count those after the first ones."""
    await check(app, case, layer)
    await serve_all(app, case, range(WARMING))
    # This empties lists of blocks, too, which what came before has filled.
    gc.freeze()
    gc.collect()
    mark()
    await serve_all(app, case, range(WARMING, WARMING + COUNTED))
    # In a server too, a response that was raised refers to itself by its traceback, and holds its
    # request until garbage is collected. What came before is frozen: not looked through.
    gc.collect()
    mark()


async def serve_all(app: web.Application, case: Case, numbers: Iterable[int]) -> None:
    """Serve a request for each number; where the case has many routes, to the route with it."""
    for number in numbers:
        path = case.path or f"/r{number}"
        await serve(app, make_request(case.method, path, case.headers))


if __name__ == "__main__":
    play_all(map(Task._make, zip(sys.argv[2::2], sys.argv[3::2])), int(sys.argv[1]))
