"""Which browsers must be there for the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import ENGINES, why_skipped


@pytest.fixture
def _nothing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("selenium")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSERS", raising=False)


@pytest.mark.usefixtures("_nothing_is_installed")
@pytest.mark.parametrize("engine", ENGINES)
def test_engine_that_is_missing_is_skipped_with_the_reason(engine: str) -> None:
    reason = why_skipped(engine)

    assert reason is not None
    assert reason.startswith("there is no ")
    assert reason.endswith(f", and BROWSERS does not name {engine}")


@pytest.mark.usefixtures("_nothing_is_installed")
@pytest.mark.parametrize("engine", ENGINES)
def test_engine_that_is_named_is_not_skipped(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSERS", "webkit,chromium, firefox")

    assert why_skipped(engine) is None


def test_name_that_no_engine_has_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSERS", "chromium,safari")

    with pytest.raises(pytest.fail.Exception, match="BROWSERS names safari, not one of chromium"):
        why_skipped("chromium")
