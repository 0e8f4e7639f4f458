"""The main job of the README, in real browsers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]


#: Started in one engine only: what happens does not depend on the browser.
in_chromium = pytest.mark.parametrize("engine", ["chromium"], indirect=True)


def check(engine: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.playground", "--check", engine, *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_browser_and_policies_agree_in_every_row(engine: str) -> None:
    result = check(engine)

    assert result.returncode == 0, result.stdout + result.stderr
    assert "31 rows, 0 disagree" in result.stdout


@in_chromium
def test_wrong_policy_is_noticed(engine: str) -> None:
    result = check(engine, "--plant")

    assert result.returncode == 1, result.stdout + result.stderr
    assert "31 rows, 1 disagree" in result.stdout


@in_chromium
def test_missing_browser_is_said_so(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SE_CHROMEDRIVER", "no-such-driver")

    result = check(engine)

    assert result.returncode == 2
    assert "could not drive chromium" in result.stderr
