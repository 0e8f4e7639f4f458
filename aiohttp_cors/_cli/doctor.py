"""The command ``doctor``: the state of an application in one page, and the next step."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiohttp import web

from .._browser.cors_protocol import Failure
from .._checks.finding import Finding
from .._explaining.explaining import explain
from .._explaining.explanation import Explanation
from .application import CommandError, all_cors, header_pairs, load
from .differences import Difference, differences
from .output import Printer
from .probe import Observed, observe
from .routes import Row, rows_of

_SETUP = (
    "Write cors = aiohttp_cors.setup(app, defaults={'https://app.example.com': ResourceOptions()}) "
    "with the origin of your page, and add the routes: cors.add(route)."
)
_WHICH = (
    "Run it again for the request that fails: --origin with the origin of the page, and --path, "
    "--method and --header as its script sends them."
)
_LIVE = (
    "The configuration allows the request. If a browser still blocks it, compare with the server "
    "that runs: --live with its URL."
)
_RIGHT = "Nothing is left to do here: the page can read the response of the running server."


class Report(NamedTuple):
    """What the command prints."""

    covered: list[Row]
    uncovered: list[Row]
    findings: list[Finding]
    explanation: Explanation | None
    observed: Observed | None
    differences: list[Difference]

    @property
    def next_step(self) -> str:
        """The one thing to do, in sentences."""
        if self.differences:
            return self.differences[0].hint
        found = self.explanation
        if found is not None and found.hint is not None:
            return found.hint
        if self.observed is not None and isinstance(self.observed.outcome, Failure):
            # The configuration allows the request, and the running server blocks it.
            failure = self.observed.outcome
            return f"The browser stops at {failure.step.value}: {failure.sentence}."
        for finding in self.findings:
            if finding.severity != "notice" and finding.hint is not None:
                return f"{finding.where}: {finding.hint}"
        if found is None:
            return _WHICH if self.covered else _SETUP
        return _LIVE if self.observed is None else _RIGHT

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is wrong; notices do not count."""
        found, observed = self.explanation, self.observed
        blocked = found is not None and not found.granted
        live = observed is not None and isinstance(observed.outcome, Failure)
        wrong = any(each.severity != "notice" for each in self.findings)
        return bool(self.covered) and not (blocked or live or wrong or self.differences)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "covered": [each.as_dict() for each in self.covered],
            "uncovered": [each.as_dict() for each in self.uncovered],
            "findings": [each._asdict() for each in self.findings],
            "explanation": self.explanation and self.explanation.as_dict(),
            "live": self.observed and self.observed.as_dict(),
            "differences": [each._asdict() for each in self.differences],
            "next_step": self.next_step,
        }


async def doctor(arguments: argparse.Namespace, printer: Printer) -> int:
    """Print what is covered, what is wrong, and the next step; return 1 if something is wrong."""
    _check(arguments)
    app = await load(arguments.found, arguments.app)
    page = Printer(None) if arguments.json else printer
    rows = _merged(rows_of(app))
    covered = [each for each in rows if each.where != "no CORS"]
    uncovered = [each for each in rows if each.where == "no CORS"]
    findings = _findings(app, arguments.app)
    _print_application(page, covered, uncovered, findings)
    explanation = observed = None
    found: list[Difference] = []
    if arguments.path is not None:
        explanation = await _explain(app, arguments)
        page.line("")
        page.lines(str(explanation))
    if arguments.live is not None and explanation is not None:
        page.line("")
        page.line("The running server:")
        observed = await _observe(arguments, page)
        found = differences(explanation, observed)
        for each in found:
            page.line(f"differs: {each.what} {each.who}")
    report = Report(covered, uncovered, findings, explanation, observed, found)
    page.line("")
    page.line(f"Next step: {report.next_step}")
    if arguments.json:
        printer.json(report.as_dict())
    return int(not report.is_healthy)


def _merged(rows: Iterable[Row]) -> list[Row]:
    """Merge rows that differ only in their methods."""
    merged: dict[tuple[object, ...], Row] = {}
    for row in rows:
        _, *others = row
        same = tuple(others)
        if same in merged:
            methods = sorted({*merged[same].methods, *row.methods})
            row = row._replace(methods=methods)
        merged[same] = row
    return list(merged.values())


def _check(arguments: argparse.Namespace) -> None:
    if (arguments.origin is None) != (arguments.path is None):
        raise CommandError("--origin and --path belong together: give both, or none")
    if arguments.live is not None and arguments.path is None:
        raise CommandError("--live needs --origin and --path, because it sends that request")
    arguments.method = arguments.method.strip()


def _findings(app: web.Application, text: str) -> list[Finding]:
    try:
        every = all_cors(app, text)
    except CommandError:
        # The application has no CORS: the next step says so.
        return []
    return [finding for cors in every for finding in cors.audit()]


async def _explain(app: web.Application, arguments: argparse.Namespace) -> Explanation:
    try:
        return await explain(
            app,
            arguments.method,
            arguments.path,
            origin=arguments.origin,
            headers=header_pairs(arguments.headers),
            credentials=arguments.credentials,
        )
    except ValueError as error:
        raise CommandError(str(error)) from error


async def _observe(arguments: argparse.Namespace, page: Printer) -> Observed:
    url = f"{arguments.live.rstrip('/')}{arguments.path}"
    notices = Printer(sys.stderr) if arguments.json else page
    return await observe(argparse.Namespace(**{**vars(arguments), "url": url}), page, notices)


def _print_application(
    page: Printer, covered: list[Row], uncovered: list[Row], findings: list[Finding]
) -> None:
    page.line(f"Routes with CORS: {len(covered) or 'none'}")
    if covered:
        cells = [each.cells() for each in covered]
        page.table(
            ("  METHODS", "PATH", "ORIGIN", "FROM"),
            [(f"  {each[0]}", each[1], each[2], each[-1]) for each in cells],
        )
    page.line(f"Routes without CORS: {len(uncovered) or 'none'}")
    for row in uncovered:
        page.line(f"  {row.cells()[0]} {row.path}")
    page.line(f"Findings: {len(findings) or 'none'}")
    for finding in findings:
        page.line(f"  {finding.severity}: {finding}")
