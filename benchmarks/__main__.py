"""Measure the cost of CORS and print tables; optionally write JSON and a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from . import frameworks, sockets
from .aims import aims_of_registration, aims_of_requests
from .cases import CASES
from .measuring import measure
from .registration import import_milliseconds, registration
from .report import (
    print_aims,
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
        choices=["frameworks", "sockets"],
        help="skip other frameworks, or real servers (which wrk sends requests to)",
    )
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.cases) - CASES.keys())
    if unknown:
        parser.error(f"--cases has no {', '.join(unknown)}; there are {', '.join(CASES)}")
    if min(arguments.rounds, arguments.processes) < 1 or arguments.rounds < 2:
        parser.error("--rounds must be at least 2, and --processes at least 1")
    measured = measure(arguments.cases, arguments.rounds, arguments.processes)
    costs = registration(arguments.processes)
    aims = [
        *aims_of_requests(measured),
        *aims_of_registration(costs, import_milliseconds(10)),
    ]
    print_requests(measured)
    print()
    print_registration(costs)
    print()
    print_aims(aims)
    more: dict[str, list[tuple[str, str, float, float]]] = {}
    for name, module in {"frameworks": frameworks, "sockets": sockets}.items():
        if name not in arguments.without:
            more[name] = module.measure()
            print()
            print_table(module.HEADERS_OF_TABLE, more[name])
    if arguments.json:
        write_json(arguments.json, measured, costs, aims, more)
    if arguments.svg:
        write_svg(arguments.svg, measured)


if __name__ == "__main__":
    main()
