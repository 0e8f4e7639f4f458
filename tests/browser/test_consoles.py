"""What the documentation quotes from consoles is what browsers write there."""

from __future__ import annotations

import asyncio
import re

import pytest
from docutils import nodes

from tests.doc.conftest import PAGES, read_rst

from .conftest import ENGINES
from .consoles import FAILURES, read_consoles

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def consoles(engine: str, request: pytest.FixtureRequest) -> list[list[str]]:
    browser = None if engine == "webkit" else request.getfixturevalue("browser")
    return asyncio.run(read_consoles(engine, browser))


def quotations(node: nodes.Node) -> list[str]:
    return [" ".join(each.astext().split()) for each in node.findall(nodes.literal)]


def read_section() -> nodes.section:
    document = read_rst(PAGES["docs/troubleshooting.rst"])
    (section,) = (
        each for each in document.findall(nodes.section) if "my-browser-says" in each["ids"]
    )
    return section


SECTION = read_section()
TABLE = next(SECTION.findall(nodes.tbody)).children
#: Of each row, what the engines write.
ROWS = [[quotations(line) for line in row.children[0].findall(nodes.line)] for row in TABLE]
#: Of each engine, what it tells scripts.
TOLD = [text for text in quotations(SECTION.children[1]) if text.startswith("TypeError")]


def test_documentation_has_a_row_for_each_failure() -> None:
    anchors = [target["refid"] for row in TABLE for target in row.children[0].findall(nodes.target)]
    assert anchors == [each.name for each in FAILURES]
    assert [len(row) for row in ROWS] == [len(ENGINES)] * len(FAILURES)


def test_engine_that_says_nothing_is_named() -> None:
    silent = {
        (failure.name, engine)
        for failure, row in zip(FAILURES, ROWS)
        for engine, quoted in zip(ENGINES, row)
        if not quoted
    }
    # Without a response, WebKit says nothing; and Chromium alone asks the user.
    failed = {(name, "webkit") for name in ("no-response", "no-such-host", "certificate")}
    assert silent == failed | {("local-network", "firefox"), ("local-network", "webkit")}


def test_row_ends_with_the_line_to_change() -> None:
    for row, failure in zip(TABLE, FAILURES):
        *_, literal, end = row.children[1].children[-1].children
        assert isinstance(literal, nodes.literal), failure.name
        assert end.astext() == ".", failure.name


def test_rows_with_the_same_words_differ_in_the_status() -> None:
    lines = [tuple(line.astext() for line in row.children[0].findall(nodes.line)) for row in TABLE]
    assert len({*lines}) == len(lines)


def test_script_is_told_the_same_whatever_it_was(consoles: list[list[str]], engine: str) -> None:
    told = [
        said[0] for said, failure in zip(consoles, FAILURES) if said and "ws:" not in failure.url
    ]

    assert set(told) == {TOLD[ENGINES.index(engine)]}


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
