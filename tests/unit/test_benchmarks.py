"""The benchmarks run: a few requests are enough to tell."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from benchmarks import aims, gate, instructions, lookups, memory, programs


def test_lookups_prints_times_and_ratios_and_writes_nothing_else(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    lookups.main(requests=40, origins=20, patterns=10)

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


def test_lookups_refuses_to_measure_wrong_verdicts() -> None:
    few, many = next(lookups.cases("exact origins", lookups.exact, lookups.exact, 2))

    with pytest.raises(SystemExit, match="wrong verdict"):
        lookups.compare((few, many._replace(granted=False)), 2)


@pytest.mark.parametrize(
    ("figure", "at_least", "verdict"),
    [
        (5.3, True, "aim met"),
        (5.2, True, "aim met"),
        (4.3, True, "must met"),
        (4.2, True, "MISSED"),
        (4.3, False, "aim met"),
        (5.2, False, "MISSED"),
    ],
)
def test_an_aim_says_how_far_a_figure_gets(figure: float, at_least: bool, verdict: str) -> None:
    must, aim = (4.3, 5.2) if at_least else (5.1, 4.3)

    assert aims.Aim("a ratio", figure, must, aim, at_least).verdict == verdict


def test_a_layer_that_adds_nothing_is_not_beaten() -> None:
    assert aims.less_than("another", "preflight", 500, -20).verdict == "MISSED"


def test_the_aims_are_those_of_instructions() -> None:
    counted = {"b": {"floor": 10_000, "ours": 11_000, "published": 44_000, "middlewares": 40_000}}

    found = [
        aims.over_ours(counted, "b"),
        aims.over_floor(counted, "b"),
        *aims.aims_within(counted),
    ]

    assert [(each.figure, each.limits, each.verdict) for each in found if each] == [
        (4.0, "≥ 4.1 / 4.8", "MISSED"),
        (1.1, "≤ 1.12 / 1", "must met"),
        (0.275, "≤ 1", "must met"),
    ]


def test_the_gate_names_the_cases_that_add_more_than_is_allowed() -> None:
    reached = {"a": 1000, "b": 1000, "c": 1000}

    assert gate.too_expensive({"a": 1050, "b": 1051, "c": 10}, reached) == ["b"]


def test_the_gate_has_a_figure_for_each_of_its_cases() -> None:
    recorded = json.loads(gate.REACHED.read_text(encoding="utf-8"))

    assert sorted(recorded["instructions"]) == sorted(gate.CASES)


def test_the_gate_counts_with_the_versions_that_tox_installs() -> None:
    recorded = json.loads(gate.REACHED.read_text(encoding="utf-8"))["versions"]
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(Path(__file__).parents[2] / "tox.ini", encoding="utf-8")
    installed = tox["testenv:bench-gate"]

    pinned = dict(line.split("==") for line in installed["deps"].split())
    assert recorded.pop("python").startswith(installed["base_python"].replace("python", "") + ".")
    assert recorded == pinned


def test_counts_with_collisions_do_not_count_where_a_quarter_has_none() -> None:
    assert instructions.lower_quartile([100.0, 400.0, 100.0, 250.0, 700.0, 100.0, 400.0]) == 100


def test_processes_with_different_layouts_have_different_environments() -> None:
    environments = [memory.environment(layout) for layout in range(3)]

    assert [len(each) for each in environments] == [0, 100, 200]


def test_all_classes_are_found_and_each_once() -> None:
    found = list(map(id, memory.subclasses(object)))

    assert set(map(id, (object, type, bool, Path, instructions.Task))) <= set(found)
    assert len(found) == len(set(found))


def test_what_runs_in_another_layout_runs_as_before() -> None:
    run = script("""
        from benchmarks import memory
        memory.rearrange(1)
        print(sorted([2, 1]), {**dict(a=1)}, "a".upper(), isinstance(True, int))
    """)

    assert run == "[1, 2] {'a': 1} A True\n"


def test_the_published_package_is_removed_at_the_end_of_the_process() -> None:
    folder = script("""
        import os
        from benchmarks import published
        published.download = lambda folder: None
        published.fetch()
        assert os.path.isdir(os.environ["BENCHMARKS_PUBLISHED"])
        print(os.environ["BENCHMARKS_PUBLISHED"], end="")
    """)

    assert Path(folder).name.startswith("aiohttp-cors-")
    assert not Path(folder).exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_the_published_package_stays_while_forked_processes_end() -> None:
    run = script("""
        import os, sys
        from benchmarks import published
        published.download = lambda folder: None
        published.fetch()
        process = os.fork()
        if not process:
            sys.exit()
        os.waitpid(process, 0)
        print(os.path.isdir(os.environ["BENCHMARKS_PUBLISHED"]))
    """)

    assert run == "True\n"


def script(lines: str) -> str:
    """Run a script in a process of its own; return what it prints."""
    environment = {
        name: each for name, each in os.environ.items() if name != "BENCHMARKS_PUBLISHED"
    }
    command = [sys.executable, "-c", textwrap.dedent(lines)]
    root = Path(__file__).parents[2]
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_missing_program_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROGRAMS", raising=False)

    assert programs.is_missing("no-such-program")

    said = "no-such-program is not installed; on Debian: apt install no-such-program"
    assert capsys.readouterr().out == f"Left out, because {said}\n"


def test_a_missing_program_that_has_to_be_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROGRAMS", "nginx,no-such-program")

    with pytest.raises(SystemExit, match="no-such-program is not installed"):
        programs.is_missing("no-such-program")
