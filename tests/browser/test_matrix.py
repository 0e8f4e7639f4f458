"""What pages get, in real browsers and in the model of one, is what written policies give them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .browser_quirks import QUIRKS
from .conftest import ENGINES
from .matrix import play_in, play_in_model, run
from .rows import Outcome, Row
from .table import ROWS

BY_NAME = {row.name: row for row in ROWS}
MODELLED = [row for row in ROWS if row.model]


def parameters(rows: list[Row]) -> list[Any]:
    return [pytest.param(row, id=row.name) for row in rows]


def quirks(row: Row, engine: str) -> list[Outcome]:
    """Return the outcome of a row where ``engine`` has a quirk, if it has."""
    return [
        row.written._replace(**quirk.fields)
        for quirk in QUIRKS
        if quirk.row == row.name and engine in quirk.engines
    ]


@pytest.fixture(scope="session")
def outcomes(browser: Any) -> dict[str, Outcome]:
    """What became of each row, in a browser."""
    return asyncio.run(run(ROWS, play_in(browser)))


@pytest.fixture(scope="session")
def outcomes_in_model() -> dict[str, Outcome]:
    """The same, in the model of a browser that is for users' tests."""
    return asyncio.run(run(MODELLED, play_in_model))


@pytest.mark.parametrize("row", parameters(MODELLED))
def test_page_of_the_model_gets_what_the_policy_says(
    outcomes_in_model: dict[str, Outcome], row: Row
) -> None:
    assert outcomes_in_model[row.name] == row.written


@pytest.mark.browser
@pytest.mark.parametrize("row", parameters(ROWS))
def test_page_gets_what_the_policy_and_the_model_say(
    outcomes: dict[str, Outcome],
    outcomes_in_model: dict[str, Outcome],
    engine: str,
    row: Row,
) -> None:
    outcome = outcomes[row.name]

    for quirk in quirks(row, engine):
        assert outcome != row.written, f"{engine} no longer has this quirk: take it out of QUIRKS"
        assert outcome == quirk
        return
    assert outcome == row.written
    assert outcome == outcomes_in_model.get(row.name, outcome)


def test_rows_have_names_of_their_own() -> None:
    assert len(BY_NAME) == len(ROWS)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_quirk_is_of_one_row_and_differs_from_it(engine: str) -> None:
    for row in ROWS:
        found = quirks(row, engine)
        assert len(found) <= 1
        assert row.written not in found
    assert {quirk.row for quirk in QUIRKS} <= BY_NAME.keys()
