"""What is written in reStructuredText is free of errors, warnings and notes of docutils."""

from __future__ import annotations

import pytest

from .conftest import ROOT, check, read_rst

#: All of them, in the folders of the project.
NAMES = [
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.rst", "*/*.rst", "docs/*/*.rst", "tests/*/*.rst")
    for path in sorted(ROOT.glob(pattern))
]


def test_files_are_found():
    missing = {"README.rst", "CHANGES.rst", "CONTRIBUTING.rst", "examples/README.rst"} - set(NAMES)
    check(missing, set())


@pytest.mark.parametrize("name", NAMES)
def test_file_renders_without_a_warning(name):
    # Other pages link to the anchors of a page.
    report = 2 if name.startswith("docs/") else 1
    read_rst((ROOT / name).read_text(encoding="utf-8"), report=report)
