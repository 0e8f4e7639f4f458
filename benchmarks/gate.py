"""Fail if a request has become more expensive, in instructions, which hardly vary.

``python -m benchmarks.gate`` compares with the numbers in ``reached.json``, and
``python -m benchmarks.gate --record`` writes them again. Other builds of Python need other numbers
of instructions, so theirs are only printed.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from .instructions import instructions

CASES = "abcdefgi"
#: Always the same, so that the numbers are comparable.
LAYERS = ["ours"]
#: The limit, as a multiple of what was reached.
ALLOWED = 1.05

REACHED = Path(__file__).with_name("reached.json")


def versions() -> dict[str, str]:
    """Return what the counts depend on, besides the code."""
    return {
        "python": f"{platform.python_version()}, {platform.python_compiler()}",
        **{name: version(name) for name in ("aiohttp", "multidict", "yarl")},
    }


def count() -> dict[str, int]:
    """Return the instructions that this library adds to a request of each case."""
    counted = instructions(dict.fromkeys(CASES, LAYERS))
    return {name: round(layers["ours"]) for name, layers in counted.items()}


def too_expensive(counted: Mapping[str, int], reached: Mapping[str, int]) -> list[str]:
    """Return the cases that add more than is allowed."""
    return [name for name, added in counted.items() if added > reached[name] * ALLOWED]


def main() -> None:
    """Count, and compare with what was reached or record it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write what is reached now")
    arguments = parser.parse_args()
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is not installed; on Debian: apt install valgrind")
    recorded = json.loads(REACHED.read_text(encoding="utf-8"))
    counted = count()
    reached = recorded["instructions"]
    for name, added in counted.items():
        before = reached.get(name, added)
        print(f"{name}: {added} instructions added to a request, {added / before:.3f} x {before}")
    if arguments.record:
        recorded = {"versions": versions(), "instructions": counted}
        REACHED.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    elif recorded["versions"] != versions():
        print(f"Not compared: this is {versions()}, and those are from {recorded['versions']}")
    elif expensive := too_expensive(counted, reached):
        raise SystemExit(f"more than {ALLOWED:g} x what was reached: {', '.join(expensive)}")


if __name__ == "__main__":
    main()
