"""The main job of the README, in a real browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("chromium_is_there")]

ROOT = Path(__file__).parents[2]


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.playground", "--check", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_browser_and_policies_agree_in_every_row() -> None:
    result = check()

    assert result.returncode == 0, result.stdout + result.stderr
    assert "31 rows, 0 disagree" in result.stdout


def test_wrong_policy_is_noticed() -> None:
    result = check("--plant")

    assert result.returncode == 1, result.stdout + result.stderr
    assert "31 rows, 1 disagree" in result.stdout


def test_missing_browser_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SE_CHROMEDRIVER", "no-such-driver")

    result = check()

    assert result.returncode == 2
    assert "could not drive Chromium" in result.stderr
