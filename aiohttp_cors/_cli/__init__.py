"""The command line: routes, audit, explain, probe."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from .._checks.finding import SEVERITIES
from .application import CommandError
from .commands import audit, explain, routes
from .probe import probe


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 2 if it could not be run."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if "run" not in arguments:
        parser.print_help(sys.stderr)
        return 2
    try:
        status: int = asyncio.run(arguments.run(arguments))
    except CommandError as error:
        print(f"aiohttp_cors: {error}", file=sys.stderr)
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aiohttp_cors", description="See what a CORS configuration says."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    command = commands.add_parser("routes", help="one row for each route and origin")
    _add_application(command)
    command.set_defaults(run=routes)

    command = commands.add_parser("audit", help="what cannot work, or is unsafe; then exit 1")
    _add_application(command)
    command.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default="notice",
        help="the least severity to exit 1 for (default: notice, which is any)",
    )
    command.set_defaults(run=audit)

    command = commands.add_parser(
        "explain", help="what becomes of a request, and why; exit 1 if it is blocked"
    )
    _add_application(command)
    command.add_argument("method", metavar="METHOD")
    command.add_argument("path", metavar="PATH")
    _add_request(command)
    command.set_defaults(run=explain)

    command = commands.add_parser(
        "probe",
        help="ask a live server as a browser would, step by step; exit 1 if it is blocked",
    )
    command.add_argument("url", metavar="URL", help="of http or https")
    command.add_argument("--method", default="GET", metavar="METHOD", help="(default: GET)")
    _add_request(command)
    command.add_argument(
        "--timeout", type=float, default=10, metavar="SECONDS", help="for each step (default: 10)"
    )
    _add_json(command)
    command.set_defaults(run=probe)
    return parser


def _add_application(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "app",
        metavar="APP",
        help="package.module:name of an application, or of a function that makes one",
    )
    _add_json(command)


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON instead of text")


def _add_request(command: argparse.ArgumentParser) -> None:
    command.add_argument("--origin", required=True, help="that of the page")
    command.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME:VALUE",
        dest="headers",
        help="a header that the script sets; may be repeated",
    )
    command.add_argument("--credentials", action="store_true", help="the script sends cookies")
