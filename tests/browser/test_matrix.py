"""What pages get in real browsers is what the standard and the written policies give them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .conftest import ENGINES
from .departures import DEPARTURES
from .matrix import play_in, run
from .rows import Outcome, Row
from .table import ROWS

BY_NAME = {row.name: row for row in ROWS}


def departures(row: Row, engine: str) -> list[Outcome]:
    """Return what becomes of a row where ``engine`` departs from the standard: one, or none."""
    return [
        row.written._replace(**departure.fields)
        for departure in DEPARTURES
        if departure.row == row.name and engine in departure.engines
    ]


@pytest.fixture(scope="session")
def outcomes(browser: Any) -> dict[str, Outcome]:
    """What became of each row, in a browser."""
    return asyncio.run(run(ROWS, play_in(browser)))


@pytest.mark.browser
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_page_gets_what_the_policy_says(
    outcomes: dict[str, Outcome], engine: str, row: Row
) -> None:
    outcome = outcomes[row.name]

    for departure in departures(row, engine):
        assert outcome != row.written, f"{engine} departs no more: take it out of DEPARTURES"
        assert outcome == departure
        return
    assert outcome == row.written


def test_rows_have_names_of_their_own() -> None:
    assert len(BY_NAME) == len(ROWS)


@pytest.mark.parametrize("engine", ENGINES)
def test_departures_are_written_once_and_are_none_from_what_their_row_says(engine: str) -> None:
    for row in ROWS:
        found = departures(row, engine)
        assert len(found) <= 1
        assert row.written not in found
    assert {departure.row for departure in DEPARTURES} <= BY_NAME.keys()
