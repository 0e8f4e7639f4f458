"""Requests per second of real servers, with and without CORS, measured by ``wrk``.

``python -m benchmarks.sockets`` prints the table; on Debian ``wrk`` is a package.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from .cases import CASES, Case
from .layers import application
from .measuring import Added, summary
from .programs import is_missing
from .published import fetch

LAYERS = ("bare", "ours", "published", "middlewares")
LOOPS = ("asyncio", "uvloop")
ROUNDS = 7
SECONDS = 2


class Rates(NamedTuple):
    """What a loop of a case reaches: requests per second without CORS, and with it over without."""

    case: str
    loop: str
    bare: float
    ratios: dict[str, Added]


@contextlib.contextmanager
def server(layer: str, name: str, loop: str) -> Iterator[str]:
    """Run the server of a case in a process of its own; yield its address."""
    command = [sys.executable, "-m", "benchmarks.sockets", layer, name, loop]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("the server has no output")
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


async def run_server(layer: str, name: str) -> None:
    """Serve until the process is ended; print the address first."""
    logging.getLogger("aiohttp_cors").setLevel(logging.ERROR)
    runner = web.AppRunner(application(layer, CASES[name]), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


def requests_per_second(address: str, case: Case, seconds: int = SECONDS) -> float:
    """Let ``wrk`` ask a server."""
    lines = [f'wrk.method = "{case.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in case.headers.items()]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "request.lua")
        script.write_text("\n".join(lines), encoding="utf-8")
        command = ["wrk", "-t1", "-c16", f"-d{seconds}s", f"-s{script}", f"{address}{case.path}"]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"Requests/sec: +([\d.]+)", run.stdout)
    if found is None or "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
        raise SystemExit(f"wrk did not get what it asked for:\n{run.stdout}")
    return float(found[1])


def loops() -> list[str]:
    """Return the event loops that are installed."""
    return [loop for loop in LOOPS if importlib.util.find_spec(loop)]


def measure(names: str = "bfi", rounds: int = ROUNDS, seconds: int = SECONDS) -> list[Rates]:
    """Let the servers of each case take turns, in random order."""
    if is_missing("wrk"):
        return []
    fetch()
    return [rates_of(name, loop, rounds, seconds) for name in names for loop in loops()]


def rates_of(name: str, loop: str, rounds: int, seconds: int) -> Rates:
    """Return what the servers of a case reach."""
    case = CASES[name]
    rates: dict[str, list[float]] = {layer: [] for layer in LAYERS}
    with contextlib.ExitStack() as stack:
        addresses = {layer: stack.enter_context(server(layer, name, loop)) for layer in LAYERS}
        for _ in range(rounds):
            for layer in random.sample(LAYERS, len(LAYERS)):
                rates[layer].append(requests_per_second(addresses[layer], case, seconds))
    bare = rates.pop("bare")
    ratios = {
        layer: summary([with_it / without for with_it, without in zip(its, bare)])
        for layer, its in rates.items()
    }
    return Rates(case.name, loop, statistics.median(bare), ratios)


def main() -> None:
    """Run a server for a layer, a case and a loop, or measure all."""
    if not sys.argv[1:]:
        from .report import print_rates

        print_rates(measure())
        return
    layer, name, loop = sys.argv[1:]
    if loop == "uvloop":
        import uvloop

        uvloop.run(run_server(layer, name))
    else:
        asyncio.run(run_server(layer, name))


if __name__ == "__main__":
    main()
