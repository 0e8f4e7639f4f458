"""The benchmarks run, and say what they saw."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

for package in ("aiohttp_middlewares", "tabulate"):
    pytest.importorskip(package, reason=f"{package} comes with: tox run -e comparison")


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_benchmarks_write_tables_json_and_a_picture(tmp_path: Path) -> None:
    figures, picture = tmp_path / "figures.json", tmp_path / "picture.svg"

    run = benchmarks(
        "--cases=bg",
        "--rounds=2",
        "--processes=1",
        "--without=frameworks",
        "--without=instructions",
        "--without=sockets",
        f"--json={figures}",
        f"--svg={picture}",
    )

    assert run.returncode == 0, run.stderr
    for table in ("b allowed origin", "by hand", "exact origins: many / 1", "import aiohttp_cors"):
        assert table in run.stdout
    written: dict[str, Any] = json.loads(figures.read_text())
    layers = {name: sorted(layers) for name, layers in written["added_ns"].items()}
    assert layers == {
        "allowed origin": sorted(
            ["bare", "control", "empty", "floor", "middlewares", "ours", "published"]
        ),
        "preflight refused": sorted(["bare", "control", "middlewares", "ours", "published"]),
    }
    assert all(aim["reached"] in ("aim met", "must met", "MISSED") for aim in written["aims"])
    texts = [each.text for each in ElementTree.parse(picture).iter() if each.tag.endswith("text")]
    assert {"allowed origin", "preflight refused", "aiohttp-cors 0.8.1"} <= set(texts)


@pytest.mark.parametrize(
    ("argument", "words"),
    [("--cases=bx", "--cases has no x"), ("--rounds=1", "--rounds must be at least 2")],
)
def test_benchmarks_say_what_is_wrong_with_an_argument(argument: str, words: str) -> None:
    run = benchmarks(argument)

    assert run.returncode == 2
    assert words in run.stderr
