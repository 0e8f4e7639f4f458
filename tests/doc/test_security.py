"""Each promise of SECURITY.rst is a link to a test that is there."""

from __future__ import annotations

import ast

import pytest
from docutils import nodes

from .conftest import ROOT, check, read_rst

DOCUMENT = read_rst((ROOT / "SECURITY.rst").read_text(encoding="utf-8"))
LINKS = [
    (link.astext(), link["refuri"])
    for link in DOCUMENT.findall(nodes.reference)
    if link["refuri"].startswith("tests/")
]


@pytest.mark.parametrize(("name", "path"), LINKS)
def test_test_that_is_linked_is_there(name: str, path: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {getattr(node, "name", None) for node in ast.walk(tree)}
    check((name.startswith("test_"), name in tests), (True, True))


def test_each_promise_links_to_a_test() -> None:
    promises = list(DOCUMENT.findall(nodes.list_item))
    check(len(promises) > 15, True)
    without = [
        item.astext()
        for item in promises
        if not any(link["refuri"].startswith("tests/") for link in item.findall(nodes.reference))
    ]
    check(without, [])
