"""Fails when a request has become much more expensive: by instructions, which do not flake."""

from __future__ import annotations

import sys

from .instructions import instructions

#: At most so many times what the hand-written floor adds (measured: 1.4).
MOST = 2.2
#: The published aiohttp-cors 0.8.1 adds at least so many times what this library adds (3.5).
LEAST = 2.4


def main() -> None:
    """Compare case b, an allowed origin: the one that most requests are."""
    layers = [*sys.argv[1:]] or ["ours"]
    added = instructions("b", ["floor", "published", *layers])
    for layer in layers:
        floor, published = added[layer] / added["floor"], added["published"] / added[layer]
        print(
            f"{layer}: {added[layer]:.0f} instructions added per request; {floor:.2f} x the floor "
            f"(at most {MOST}), 0.8.1 adds {published:.2f} x as many (at least {LEAST})"
        )
        if floor > MOST or published < LEAST:
            raise SystemExit(f"{layer} has become too expensive")


if __name__ == "__main__":
    main()
