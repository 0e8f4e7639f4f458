"""Programs that tests run, and the rule which of them must be there.

A test of a program that is missing is skipped, unless the environment variable ``PROGRAMS`` names
it (``PROGRAMS=nginx``): then it fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

#: Each with the way to install it.
PROGRAMS = {
    "nginx": "apt-get install nginx-light",
    "corscanner": "tox run -e scanners",
    "sorx": "tox run -e scanners",
}

#: Where programs are: beside the interpreter, and where Debian keeps servers.
_FOLDERS = (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin")


def find(program: str) -> str:
    """Return the path of a program; skip the test, or fail it, where there is none."""
    named = os.environ.get("PROGRAMS", "").replace(",", " ").split()
    unknown = set(named) - set(PROGRAMS)
    if unknown:
        pytest.fail(f"PROGRAMS names {', '.join(unknown)}, not one of {', '.join(PROGRAMS)}", False)
    path = shutil.which(program, path=os.pathsep.join(_FOLDERS))
    if path is not None:
        return path
    reason = f"{program} is not installed (it comes with: {PROGRAMS[program]})"
    if program in named:
        pytest.fail(f"{reason}, and PROGRAMS names it", pytrace=False)
    pytest.skip(f"{reason}, and PROGRAMS does not name it")
