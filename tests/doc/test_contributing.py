"""The first change that CONTRIBUTING.rst describes is done, in a copy, as it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from docutils import nodes

import aiohttp_cors

from .conftest import ROOT, check, read_rst

CONTRIBUTING = (ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8")
LITERALS = [each.astext() for each in read_rst(CONTRIBUTING).findall(nodes.literal_block)]


@pytest.fixture
def clone(tmp_path):
    """A copy of the package and of the tests that the change is about."""
    ignored = shutil.ignore_patterns("__pycache__")
    package = aiohttp_cors.__path__[0]
    shutil.copytree(package, tmp_path / "aiohttp_cors", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "unit", tmp_path / "tests" / "unit", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def write_after(path, place, line):
    """Write ``line`` below the first line that begins with ``place``."""
    source = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(f"^( *){re.escape(place)}.*\n", rf"\g<0>\1{line}\n", source, count=1, flags=re.M)
    )


def run_tests(clone):
    (command,) = (text for text in LITERALS if text.startswith(".venv/bin/python -m pytest"))
    _, _, *arguments = command.split()
    line = [sys.executable, "-m", *arguments, "-q", "-p", "no:cacheprovider", "--no-header"]
    done = subprocess.run(line, cwd=clone, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_first_change_is_one_row_and_one_line(clone):
    row, line = (text for text in LITERALS if text.endswith('",') or text.endswith("),"))

    check(run_tests(clone)[0], 0)
    write_after(clone / "tests" / "unit" / "test_safelist.py", '("Cookie"', row)
    status, output = run_tests(clone)
    check((status, "1 failed" in output, "X-Only-Browsers" in output), (1, True, True))
    write_after(clone / "aiohttp_cors" / "_core" / "headers.py", '"cookie2"', line)
    check(run_tests(clone)[0], 0)


@pytest.mark.parametrize(
    "path", re.findall(r"``((?:tests|aiohttp_cors)/[\w/]+(?:\.py)?)``", CONTRIBUTING)
)
def test_file_that_is_named_is_there(path):
    inside = path.partition("aiohttp_cors/")[2]
    package = aiohttp_cors.__path__[0]
    place = ROOT / path if path.startswith("tests") else ROOT.joinpath(package, inside)
    check(place.exists(), True)
