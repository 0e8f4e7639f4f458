"""Measure the cost of CORS and print tables; optionally write JSON and a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import frameworks, lookups, sockets
from .aims import (
    Counted,
    aims_of_frameworks,
    aims_of_lookups,
    aims_of_registration,
    aims_within,
    over_floor,
    over_ours,
)
from .cases import CASES
from .instructions import instructions
from .layers import layers_for
from .measuring import measure
from .programs import is_missing
from .published import fetch
from .registration import import_milliseconds, registration
from .report import (
    print_aims,
    print_instructions,
    print_rates,
    print_registration,
    print_requests,
    print_table,
    write_json,
    write_svg,
)


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--cases",
        default="".join(CASES),
        help="letters of the cases to measure: "
        + ", ".join(f"{name} {case.name}" for name, case in CASES.items()).replace("%", "%%"),
    )
    parser.add_argument(
        "--rounds", type=int, default=60, help="how many turns each application takes"
    )
    parser.add_argument(
        "--processes", type=int, default=3, help="how many fresh processes run each case"
    )
    parser.add_argument("--json", type=Path, help="file to write all figures to")
    parser.add_argument("--svg", type=Path, help="file to write the picture of docs/design.rst to")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=["frameworks", "instructions", "sockets"],
        help="skip other frameworks, counting with valgrind, or real servers (which need wrk)",
    )
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.cases) - CASES.keys())
    if unknown:
        parser.error(f"--cases has no {', '.join(unknown)}; there are {', '.join(CASES)}")
    if min(arguments.rounds, arguments.processes) < 1 or arguments.rounds < 2:
        parser.error("--rounds must be at least 2, and --processes at least 1")
    measured = measure(arguments.cases, arguments.rounds, arguments.processes)
    print_requests(measured)
    print()
    counted = {} if "instructions" in arguments.without else count(arguments.cases)
    if counted:
        print_instructions(counted, measured)
        print()
    costs = registration(arguments.processes * 3)
    print_registration(costs)
    print()
    aims = [
        *aims_within(counted),
        *aims_of_lookups(lookups.ratios()),
        *aims_of_registration(costs, import_milliseconds(10)),
    ]
    others = [] if "frameworks" in arguments.without else frameworks.measure()
    if others:
        print_table(frameworks.HEADERS_OF_TABLE, others)
        print()
        aims += aims_of_frameworks(others)
    print_aims(aims)
    print()
    rates = [] if "sockets" in arguments.without else sockets.measure()
    print_rates(rates)
    if arguments.json:
        ratios = [each(counted, name) for name in counted for each in (over_ours, over_floor)]
        aims = [*(ratio for ratio in ratios if ratio is not None), *aims]
        write_json(arguments.json, measured, counted, costs, aims, others, rates)
    if arguments.svg:
        write_svg(arguments.svg, measured)


def count(cases: str) -> Counted:
    """Return the instructions of the cases; none where valgrind is missing."""
    if is_missing("valgrind"):
        return {}
    fetch()
    # The same application a second time would tell nothing: counts do not scatter.
    layers = {name: layers_for(CASES[name]) for name in cases}
    return instructions(
        {
            name: [layer for layer in its if layer not in ("bare", "control")]
            for name, its in layers.items()
        }
    )


if __name__ == "__main__":
    main()
