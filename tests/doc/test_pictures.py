"""The pictures of the pages are made from the package as it is."""

from __future__ import annotations

import runpy

import pytest
from docutils.core import publish_parts

from .conftest import ROOT, check

PICTURES = runpy.run_path(str(ROOT / "docs" / "pictures.py"))
CACHED, REQUESTS, STEPS = PICTURES["CACHED"], PICTURES["REQUESTS"], PICTURES["STEPS"]
WAYS = {name: PICTURES["trace"](name) for name in REQUESTS}


def test_every_cache_is_explained_and_no_other():
    check(sorted(name for _, name in PICTURES["caches"]()), sorted(CACHED))


def test_each_step_is_on_the_way_of_a_request():
    check({*STEPS} - {step for way in WAYS.values() for step in way}, set())


@pytest.mark.parametrize(
    ("name", "runs"), [("get", True), ("preflight", False), ("refusal", False)]
)
def test_application_runs_for_requests_that_are_not_responded_to_early(name, runs):
    check(PICTURES["HANDLER"] in WAYS[name], runs)


def test_layers_are_those_of_the_page_in_its_order():
    check(PICTURES["layers"](), list(PICTURES["ROWS"]))


@pytest.mark.parametrize("name", [*REQUESTS, "policies"])
def test_picture_is_drawn(name):
    draw = PICTURES["draw_policies"] if name == "policies" else lambda: PICTURES["draw_way"](name)
    svg = draw()
    parts = publish_parts(f".. raw:: html\n\n   {svg}", writer="html5")

    check((svg.startswith("<svg "), svg.endswith("</svg>"), svg in parts["body"]), (True,) * 3)
