"""The benchmarks run: a few requests are enough to tell."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_lookups_prints_times_and_ratios_and_writes_nothing_else(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The benchmark is made to run by hand, so it adds the folder of the sources.
    monkeypatch.setattr(sys, "path", [*sys.path])

    runpy.run_path(str(BENCHMARKS / "lookups.py"))["main"](requests=40, origins=20, patterns=10)

    out, err = capfd.readouterr()
    assert err == ""
    assert list(tmp_path.iterdir()) == []
    kinds = [re.sub(r" +[0-9.]+ (ns per request|x)$", r" \1", line) for line in out.splitlines()]
    assert [kind.strip() for kind in kinds] == [
        line
        for few, many, name in ((1, 20, "exact origins"), (1, 10, "subdomain patterns"))
        for way in ("listed, one", "listed, all", "unlisted")
        for line in (
            f"{few} {name}, {way} ns per request",
            f"{many} {name}, {way} ns per request",
            "x",
        )
    ]


def test_lookups_refuses_to_measure_wrong_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    names = runpy.run_path(str(BENCHMARKS / "lookups.py"))
    few, many = next(names["cases"]("exact origins", names["exact"], names["exact"], 2))

    with pytest.raises(SystemExit, match="wrong verdict"):
        names["compare"]((few, many._replace(granted=False)), 2)
