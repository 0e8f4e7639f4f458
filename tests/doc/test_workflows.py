"""What the forge runs: pinned actions, every supported Python, and releases that were checked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aiohttp_cors.__about__ as about

from .conftest import ROOT, check

WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((ROOT / ".github" / "workflows").iterdir())
}
RELEASE = WORKFLOWS["release.yml"]
TOX = (ROOT / "tox.ini").read_text(encoding="utf-8")
#: The step of the release that compares the tag with the version.
(COMPARISON,) = re.findall(r"names the version\n +run: >\n((?: {10}.*\n)+)", RELEASE)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_commit_with_their_version_beside(name):
    used = re.findall(r"uses: (.*)", WORKFLOWS[name])
    pinned = [use for use in used if re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)]

    check(used != [], True)
    check(pinned, used)


def test_workflows_use_one_commit_of_each_action():
    commits = set(re.findall(r"uses: (.*)@(.*)", "".join(WORKFLOWS.values())))

    check(len(commits), len({action for action, _ in commits}))


def test_tox_has_each_supported_python_and_a_root_of_debian_for_the_newest():
    classifiers = (ROOT / "setup.py").read_text(encoding="utf-8")
    supported = re.findall(r"Programming Language :: Python :: 3\.(\d+)", classifiers)
    (environments,) = re.findall(r"py\{([\d,]+)\}", TOX)

    check(environments.split(","), [f"3{minor}" for minor in supported])
    check(re.findall(r"^commands = .*python 3\.(\d+) ", TOX, re.M), supported[-1:])


SCRIPT = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
#: The environments that .ci/run runs.
(ENVIRONMENTS,) = map(str.split, re.findall(r"^environments=\(([^)]+)\)$", SCRIPT, re.M))


def test_ci_runs_environments_that_tox_has():
    check(set(ENVIRONMENTS) - set(re.findall(r"^\[testenv:(.+)\]$", TOX, re.M)), set())


def test_forge_runs_what_ci_runs():
    tests = WORKFLOWS["tests.yml"]
    rows = re.findall(r"\{environment: ([\w-]+), ", tests)
    (more,) = re.findall(r"tox run -e ([\w,-]+)$", tests, re.M)
    # The newest Python has a row of its own there; and the instructions that the gate compares are
    # those of one build of Python, which the forge does not have.
    elsewhere = {"sid", "bench-gate"}

    check({*rows, *more.split(",")} | elsewhere, {*ENVIRONMENTS, "browsers"})
    check(re.findall(r"python: \[.*\"3\.(\d+)\"\]", tests), re.findall(r"python 3\.(\d+) ", TOX))


def test_release_publishes_the_files_that_were_checked():
    (built,) = re.findall(r"twine check --strict (.*)\n", TOX)
    (uploaded,) = re.findall(r" path: (\.tox/.*)\n", RELEASE)
    received, attested = re.findall(r"path: (dist/.*)\n", RELEASE)

    check(built.replace("{env_tmp_dir}{/}", ".tox/wheel/tmp/"), f"{uploaded}*")
    check(attested, f"{received}*")


@pytest.mark.parametrize(
    ("tag", "passes"),
    [
        (f"v{about.__version__}", True),
        (about.__version__, False),
        (f"v{about.__version__}.post1", False),
        ("v", False),
    ],
)
def test_release_stops_unless_the_tag_is_that_of_the_version(tag, passes, tmp_path):
    package = tmp_path / "aiohttp_cors"
    package.mkdir()
    (package / "__about__.py").write_bytes(Path(about.__file__).read_bytes())
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # The lines of a folded block are one line.
    command = " ".join(COMPARISON.split())

    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "GITHUB_REF_NAME": tag},
        check=False,
    )

    check(done.returncode, 0 if passes else 1)
