"""Programs that some benchmarks need."""

from __future__ import annotations

import os
import shutil


def is_missing(program: str) -> bool:
    """Tell whether a program is not installed, and say so; fail where it has to be.

    It has to be where the environment variable ``PROGRAMS`` names it, as for the tests.
    """
    if shutil.which(program) is not None:
        return False
    message = f"{program} is not installed; on Debian: apt install {program}"
    if program in os.environ.get("PROGRAMS", "").split(","):
        raise SystemExit(message)
    print(f"Left out, because {message}")
    return True
