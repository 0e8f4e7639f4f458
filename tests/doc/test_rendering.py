"""What is written in reStructuredText is free of errors, warnings and notes of docutils."""

from __future__ import annotations

import pytest

from .conftest import ROOT, read_rst


@pytest.mark.parametrize(
    "name", ["README.rst", "CHANGES.rst", "examples/README.rst", "tests/mutation/README.rst"]
)
def test_file_renders_without_a_warning(name):
    read_rst((ROOT / name).read_text(encoding="utf-8"), report=1)
