"""The command line takes applications of whichever class ``web.Application`` was."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from .rows import ORIGIN
from .runs import PROGRAMS


@pytest.mark.parametrize("app", ["made_before", "make_after"])
@pytest.mark.parametrize(
    ("command", "arguments"),
    [("routes", []), ("audit", []), ("explain", ["GET", "/hello", "--origin", ORIGIN])],
)
def test_command_takes_an_application_beside_opentelemetry(
    command: str, arguments: list[str], app: str
):
    done = subprocess.run(
        [sys.executable, "-m", "aiohttp_cors", command, f"replaced:{app}", *arguments, "--json"],
        cwd=PROGRAMS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert isinstance(json.loads(done.stdout), (dict, list))
