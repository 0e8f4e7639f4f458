"""The commands about an application: routes, audit, explain."""

from __future__ import annotations

import argparse

from .._checks.finding import SEVERITIES
from .application import CommandError, all_cors, cors_of, header_pairs, load
from .output import print_json, print_table
from .routes import TITLES, rows_of


async def routes(arguments: argparse.Namespace) -> int:
    """Print what is shared with whom."""
    app = await load(arguments.app)
    all_cors(app, arguments.app)
    rows = list(rows_of(app))
    if arguments.json:
        print_json([row.as_dict() for row in rows])
    else:
        print_table(TITLES, [row.cells() for row in rows])
    return 0


async def audit(arguments: argparse.Namespace) -> int:
    """Print what is found; 1 if something is as severe as ``--fail-on`` says."""
    app = await load(arguments.app)
    findings = [each for cors in all_cors(app, arguments.app) for each in cors.audit()]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    if arguments.json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            print(f"{finding.severity}: {finding}")
        print(f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}")
    failing = SEVERITIES[: SEVERITIES.index(arguments.fail_on) + 1]
    return int(any(finding.severity in failing for finding in findings))


async def explain(arguments: argparse.Namespace) -> int:
    """Print what becomes of a request; 1 if it is blocked."""
    cors = cors_of(await load(arguments.app), arguments.app)
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
        print_json(found.as_dict())
    else:
        print(found)
    return int(not found.granted)
