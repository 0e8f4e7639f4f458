"""The commands about an application: routes, audit, explain."""

from __future__ import annotations

import argparse

from .._checks.finding import SEVERITIES
from .application import CommandError, all_cors, cors_of, header_pairs, load
from .output import Printer
from .routes import TITLES, rows_of


async def routes(arguments: argparse.Namespace, printer: Printer) -> int:
    """Print what is allowed for which origin."""
    app = await load(arguments.found, arguments.app)
    all_cors(app, arguments.app)
    rows = list(rows_of(app))
    if arguments.json:
        printer.json([row.as_dict() for row in rows])
    else:
        printer.table(TITLES, [row.cells() for row in rows])
    return 0


async def audit(arguments: argparse.Namespace, printer: Printer) -> int:
    """Print all findings; return 1 if one is at least as severe as ``--fail-on``."""
    app = await load(arguments.found, arguments.app)
    findings = [each for cors in all_cors(app, arguments.app) for each in cors.audit()]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    if arguments.json:
        printer.json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            printer.line(f"{finding.severity}: {finding}")
        printer.line(f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}")
    failing = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
    return int(any(finding.severity in failing for finding in findings))


async def explain(arguments: argparse.Namespace, printer: Printer) -> int:
    """Print what happens to a request; return 1 if it is blocked."""
    cors = cors_of(await load(arguments.found, arguments.app), arguments.app)
    try:
        found = await cors.explain(
            arguments.method,
            arguments.path,
            origin=arguments.origin,
            headers=header_pairs(arguments.headers),
            credentials=arguments.credentials,
        )
    except ValueError as error:
        raise CommandError(str(error)) from error
    if arguments.json:
        printer.json(found.as_dict())
    else:
        printer.lines(str(found))
    return int(not found.granted)
