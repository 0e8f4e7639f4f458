"""The commands that the README promises are the ones that CI runs."""

from __future__ import annotations

import re

from .conftest import ROOT, check

README = (ROOT / "README.rst").read_text(encoding="utf-8")
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
)


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    check(
        [TEST_COMMAND in README, re.findall(r"^python3 .*$", script, re.M)], [True, [TEST_COMMAND]]
    )
