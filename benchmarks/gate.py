"""Fails when a request has become much more expensive: by instructions, which do not flake."""

from __future__ import annotations

import argparse

from .instructions import instructions

#: At most so many times what the hand-written floor adds (measured for b: 1.2).
MOST = 1.8
#: The published aiohttp-cors 0.8.1 adds at least so many times what this library adds (4.0).
LEAST = 2.8


def main() -> None:
    """Compare what is added to requests of some cases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("cases", nargs="?", default="b", help="letters of cases")
    parser.add_argument("--layer", default="ours", help="who must not have become expensive")
    arguments = parser.parse_args()
    for case in arguments.cases:
        added = instructions(case, ["floor", "published", arguments.layer])
        layer, floor, published = (added[name] for name in (arguments.layer, "floor", "published"))
        print(
            f"{case}: {arguments.layer} adds {layer:.0f} instructions to a request, "
            f"{layer / floor:.2f} x the floor (at most {MOST}); "
            f"0.8.1 adds {published / layer:.2f} x as many (at least {LEAST})"
        )
        if layer / floor > MOST or published / layer < LEAST:
            raise SystemExit(f"{arguments.layer} has become too expensive")


if __name__ == "__main__":
    main()
