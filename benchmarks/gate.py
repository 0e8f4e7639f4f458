"""Fails when a request has become more expensive: by instructions, which hardly scatter."""

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
#: Other builds of Python take other numbers of instructions, so theirs are printed alone.
PYTHON = ("3.11.7", "GCC 12.2.0")
#: At most so many times what was reached.
MOST = 1.05


def main() -> None:
    """Compare what is added to requests of some cases with what was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("cases", nargs="?", default="".join(REACHED), help="letters of cases")
    parser.add_argument("--layer", default="ours", help="what must not have become expensive")
    arguments = parser.parse_args()
    comparable = (platform.python_version(), platform.python_compiler()) == PYTHON
    dear = []
    for case in arguments.cases:
        added, reached = instructions(case, [arguments.layer])[arguments.layer], REACHED[case]
        print(
            f"{case}: {arguments.layer} adds {added:.0f} instructions to a request, "
            f"{added / reached:.3f} x what was reached (at most {MOST})",
            flush=True,
        )
        if added > MOST * reached:
            dear.append(case)
    if dear and not comparable:
        print(f"not compared: these were reached with {' '.join(PYTHON)}")
    elif dear:
        raise SystemExit(f"{', '.join(dear)}: requests have become more expensive")


if __name__ == "__main__":
    main()
