"""Fail if a request has become more expensive, in instructions, which hardly vary."""

from __future__ import annotations

import argparse
import platform

from .instructions import instructions

#: The instructions that this library adds to a request of each case, counted with `PYTHON`.
REACHED = {
    "a": 7_430,
    "b": 11_827,
    "c": 10_591,
    "d": 7_518,
    "e": 22_721,
    "f": 70_937,
    "g": 92_691,
    "i": 14_908,
}
#: Other builds of Python need other numbers of instructions, so their figures are only printed.
PYTHON = ("3.11.7", "GCC 12.2.0")
#: The limit, as a multiple of what was reached.
MOST = 1.05


def main() -> None:
    """Compare what is added to requests of some cases with what was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument(
        "cases", nargs="?", default="".join(REACHED), help="letters of the cases to count"
    )
    parser.add_argument("--layer", default="ours", help="the layer to count")
    arguments = parser.parse_args()
    comparable = (platform.python_version(), platform.python_compiler()) == PYTHON
    dear = []
    for case in arguments.cases:
        added, reached = instructions(case, [arguments.layer])[arguments.layer], REACHED[case]
        print(
            f"{case}: {arguments.layer} adds {added:.0f} instructions to a request, "
            f"{added / reached:.3f} times the recorded number (at most {MOST})",
            flush=True,
        )
        if added > MOST * reached:
            dear.append(case)
    if dear and not comparable:
        print(f"not compared: the recorded numbers are from {' '.join(PYTHON)}")
    elif dear:
        raise SystemExit(f"{', '.join(dear)}: requests have become more expensive")


if __name__ == "__main__":
    main()
