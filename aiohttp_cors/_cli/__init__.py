"""The command line: doctor, routes, audit, explain, probe."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import sys
from collections.abc import Sequence
from typing import NoReturn

from .._checks.finding import SEVERITIES
from .application import CommandError, find
from .commands import audit, explain, routes
from .doctor import doctor
from .output import Printer, described, results_alone
from .probe import probe


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 2 if it cannot run."""
    argv = sys.argv[1:] if argv is None else list(argv)
    # It also counts if the arguments are wrong.
    as_json = "--json" in argv
    parser, help_text = _parser(), io.StringIO()
    try:
        with contextlib.redirect_stdout(help_text):
            arguments = parser.parse_args(argv)
    except _UsageError as error:
        if not as_json:
            error.parser.print_usage(sys.stderr)
        return _report(str(error), Printer(sys.stdout), as_json)
    except SystemExit:
        results, text = Printer(sys.stdout), help_text.getvalue().rstrip()
        results.json({"help": text}) if as_json else results.lines(text)
        return 0
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return 2
    with results_alone() as stream:
        printer = Printer(stream)
        try:
            return _run(arguments, printer)
        except CommandError as error:
            return _report(str(error), printer, as_json)
        except KeyboardInterrupt:
            return _report("interrupted", printer, as_json)
        except BaseException as error:
            # A task of the application can raise SystemExit, which ends the event loop.
            return _report(f"{arguments.command} failed: {described(error)}", printer, as_json)


def _run(arguments: argparse.Namespace, printer: Printer) -> int:
    if "app" in arguments:
        arguments.found = find(arguments.app)

    async def run() -> int:
        # Errors in the application's own tasks are not results of the command.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        status: int = await arguments.run(arguments, printer)
        return status

    return asyncio.run(run())


def _report(message: str, results: Printer, as_json: bool) -> int:
    if as_json:
        results.json({"error": message})
    else:
        Printer(sys.stderr).line(f"aiohttp_cors: {message}")
    return 2


class _UsageError(Exception):
    """The arguments are wrong."""

    def __init__(self, parser: argparse.ArgumentParser, message: str) -> None:
        super().__init__(message)
        self.parser = parser


class _Parser(argparse.ArgumentParser):
    """Raises usage errors, so that `main` prints them."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(self, message)


def _parser() -> argparse.ArgumentParser:
    # Abbreviations are off so that --json is always written in full.
    parser = _Parser(
        prog="python -m aiohttp_cors",
        description="See what a CORS configuration says.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    command = commands.add_parser(
        "doctor",
        help="what is covered, what is wrong, and the next step; exit 1 if something is wrong",
        allow_abbrev=False,
    )
    _add_application(command)
    command.add_argument("--path", help="explain a request from --origin to this path")
    command.add_argument(
        "--method", default="GET", metavar="METHOD", help="its method (default: GET)"
    )
    _add_request(command, required=False)
    command.add_argument(
        "--live", metavar="URL", help="send the request to this running server too, and compare"
    )
    _add_sending(command)
    command.set_defaults(run=doctor)

    command = commands.add_parser(
        "routes", help="one row for each route and origin", allow_abbrev=False
    )
    _add_application(command)
    command.set_defaults(run=routes)

    command = commands.add_parser(
        "audit", help="what cannot work, or is unsafe; then exit 1", allow_abbrev=False
    )
    _add_application(command)
    command.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default="notice",
        help="the lowest severity that causes exit status 1 (default: notice, so any)",
    )
    command.set_defaults(run=audit)

    command = commands.add_parser(
        "explain",
        help="what happens to a request, and why; exit 1 if it is blocked",
        allow_abbrev=False,
    )
    _add_application(command)
    command.add_argument("method", metavar="METHOD", help="the method of the request, such as GET")
    command.add_argument("path", metavar="PATH", help="its path, such as /hello")
    _add_request(command)
    command.set_defaults(run=explain)

    command = commands.add_parser(
        "probe",
        help="send a request to a live server as a browser would, step by step; exit 1 if it is "
        "blocked",
        allow_abbrev=False,
    )
    command.add_argument("url", metavar="URL", help="an absolute URL of http or https")
    command.add_argument(
        "--method",
        default="GET",
        metavar="METHOD",
        help="the method of the request, which is really sent (default: GET)",
    )
    _add_request(command)
    _add_sending(command)
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


def _add_sending(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--preflight-only", action="store_true", help="send the preflight, and no other request"
    )
    command.add_argument(
        "--timeout", type=float, default=10, metavar="SECONDS", help="for each step (default: 10)"
    )


def _add_request(command: argparse.ArgumentParser, *, required: bool = True) -> None:
    command.add_argument("--origin", required=required, help="the origin of the page")
    command.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME[:VALUE]",
        dest="headers",
        help="a header that the script sets; may be repeated",
    )
    command.add_argument("--credentials", action="store_true", help="the script sends cookies")
