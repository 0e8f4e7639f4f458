"""Runs a program of ``programs``: one process for each agent, order and library.

Agents change classes of aiohttp for good, so no two of them, and no two orders, share a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from .rows import REQUESTS

PROGRAMS = Path(__file__).parent / "programs"

START, MAKE, SET_UP = "start_agent", "make_application", "set_up"
ON_STARTUP = "start_agent_on_startup"

FIRST, BETWEEN, LAST = (START, MAKE, SET_UP), (MAKE, START, SET_UP), (MAKE, SET_UP, START)
#: In a handler of ``on_startup``, when the application is frozen.
LATEST = (MAKE, SET_UP, ON_STARTUP)
WHEN = {
    FIRST: "first",
    BETWEEN: "between Application() and setup()",
    LAST: "after setup()",
    LATEST: "on startup",
}

#: The library: none at all, this one, the published one that users come from.
NONE, THIS, PUBLISHED = "none", "this", "0.8.1"


class Watched(NamedTuple):
    """An agent, and when it is started."""

    agent: str
    order: tuple[str, ...]
    #: What the agent is told, as pairs.
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return "-".join([self.agent, *(value for _, value in self.settings)])

    def __str__(self) -> str:
        return f"{self.name}, {WHEN[self.order]}"


class Run(NamedTuple):
    """What became of the requests."""

    library: str | None
    #: By the description of the request: ``status``, ``headers``, ``reports``, ``log``.
    requests: dict[str, dict[str, Any]]
    #: What was reported before the first request and after the last.
    others: list[dict[str, Any]]
    preflight_handlers: list[str]

    def of(self, descriptions: Iterable[str], what: str) -> dict[str, Any]:
        """Return ``reports``, or another part, of these requests."""
        return {each: self.requests[each][what] for each in descriptions}


def environment(library: str = THIS) -> dict[str, str]:
    """Return the environment of a program; ``KeyError`` outside the environment of tox."""
    # Before what is installed: only the published library is there.
    path = {"PYTHONPATH": os.environ["PUBLISHED"]} if library == PUBLISHED else {}
    return {**os.environ, **path}


@cache
def run(watched: Watched, library: str, **setup: bool) -> Run:
    """Serve all requests of `rows` once; ``setup`` is what this library is set up with."""
    wanted = {
        "agent": dict(watched.settings),
        "order": watched.order,
        "library": library,
        "setup": setup,
        "requests": REQUESTS,
    }
    done = subprocess.run(
        [sys.executable, PROGRAMS / f"with_{watched.agent}.py"],
        input=json.dumps(wanted),
        env=environment(library),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    log = said["log"]
    # One entry for each request, in their order.
    assert len(log) == len(REQUESTS), log
    for row, entry in zip(said["requests"].values(), log):
        row["log"] = entry
    return Run(said["library"], said["requests"], said["others"], said["preflight handlers"])
