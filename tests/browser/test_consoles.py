"""What the README quotes from consoles is what browsers write there."""

from __future__ import annotations

import asyncio
import re

import pytest
from docutils import nodes

from tests.doc.conftest import ROOT, read_rst

from .conftest import ENGINES
from .consoles import FAILURES, read_consoles

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def consoles(engine: str, request: pytest.FixtureRequest) -> list[list[str]]:
    browser = None if engine == "webkit" else request.getfixturevalue("browser")
    return asyncio.run(read_consoles(engine, browser))


def rows() -> list[list[list[str]]]:
    """Return what the README quotes: of each row, what the engines write."""
    document = read_rst((ROOT / "README.rst").read_text(encoding="utf-8"))
    (section,) = (
        each for each in document.findall(nodes.section) if "my-browser-says" in each["ids"]
    )
    (body,) = section.findall(nodes.tbody)
    return [
        [
            [" ".join(quote.astext().split()) for quote in entry.findall(nodes.literal)]
            for entry in row.children[:3]
        ]
        for row in body.children
    ]


ROWS = rows()


def test_readme_has_a_row_for_each_failure() -> None:
    assert [len(row) for row in ROWS] == [3] * len(FAILURES)
    assert all(quotations for row in ROWS for quotations in row)


@pytest.mark.parametrize(
    ("at", "name"), [pytest.param(at, each.name, id=each.name) for at, each in enumerate(FAILURES)]
)
def test_quotation_is_what_the_console_says(
    consoles: list[list[str]], engine: str, at: int, name: str
) -> None:
    said = consoles[at]

    for quoted in ROWS[at][ENGINES.index(engine)]:
        # "…" stands for what differs from page to page.
        pattern = ".*".join(map(re.escape, quoted.split("…")))
        assert any(re.search(pattern, line) for line in said), f"{quoted!r} is in none of {said}"
