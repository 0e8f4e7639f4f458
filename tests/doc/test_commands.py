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


def test_forge_runs_environments_of_tox_alone():
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    environments = {"py", *re.findall(r"^\[testenv:(.+)\]$", tox, re.M)}
    named = re.findall(r"environment: ([\w-]+)|tox run (?:-q )?-e ([\w-]+)", workflow + hooks)

    check({first or second for first, second in named} - environments, set())
    check(re.findall(r"pytest", workflow + hooks), [])


def test_forge_runs_each_supported_python():
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    classifiers = (ROOT / "setup.py").read_text(encoding="utf-8")
    supported = re.findall(r"Programming Language :: Python :: (3\.\d+)", classifiers)
    (matrix,) = re.findall(r"^ +python: \[(.*)\]$", workflow, re.M)

    check(re.findall(r"[\d.]+", matrix), supported)
