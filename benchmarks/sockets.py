"""Requests per second of real servers, with and without CORS, measured by ``wrk``.

``python -m benchmarks.sockets`` prints the ratios; on Debian ``wrk`` is a package.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aiohttp import web

from .cases import CASES, Case
from .layers import application
from .published import fetch
from .report import print_table

LAYERS = ("bare", "ours", "published")
ROUNDS = 7
HEADERS_OF_TABLE = ["case", "layer", "requests per second", "over bare"]
SECONDS = 2


@contextlib.contextmanager
def server(layer: str, name: str) -> Iterator[str]:
    """Run the server of a case in its own process; yield its address."""
    command = [sys.executable, "-m", "benchmarks.sockets", layer, name]
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


def requests_per_second(address: str, case: Case) -> float:
    """Measure a server with ``wrk``."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("this benchmark needs wrk; on Debian: apt install wrk")
    lines = [f'wrk.method = "{case.method}"']
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in case.headers.items()]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "request.lua")
        script.write_text("\n".join(lines), encoding="utf-8")
        command = [wrk, "-t1", "-c16", f"-d{SECONDS}s", f"-s{script}", f"{address}{case.path}"]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
    found = re.search(r"Requests/sec: +([\d.]+)", run.stdout)
    if found is None:
        raise SystemExit(f"wrk reports no requests per second:\n{run.stdout}")
    return float(found[1])


def measure(names: str = "bfi", rounds: int = ROUNDS) -> list[tuple[str, str, float, float]]:
    """Return case, layer, requests per second, and their ratio to those without CORS."""
    fetch()
    rows = []
    for name in names:
        case = CASES[name]
        with contextlib.ExitStack() as stack:
            addresses = {layer: stack.enter_context(server(layer, name)) for layer in LAYERS}
            rates: dict[str, list[float]] = {layer: [] for layer in LAYERS}
            for _ in range(rounds):
                for layer in random.sample(LAYERS, len(LAYERS)):
                    rates[layer].append(requests_per_second(addresses[layer], case))
        for layer in LAYERS:
            ratios = [with_it / bare for with_it, bare in zip(rates[layer], rates["bare"])]
            rows.append(
                (case.name, layer, statistics.median(rates[layer]), statistics.median(ratios))
            )
    return rows


if __name__ == "__main__":
    if sys.argv[1:]:
        asyncio.run(run_server(*sys.argv[1:]))
    else:
        print_table(HEADERS_OF_TABLE, measure())
