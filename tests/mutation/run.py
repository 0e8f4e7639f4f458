"""Mutate the package, and fail if a mutant survived that README.rst does not list, or too many.

``python tests/mutation/run.py FOLDER [PROCESSES] [all]``: all files are copied to ``FOLDER`` first.
A run that was interrupted goes on where it was. ``all``: those that are listed are tried, too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from changes import Mutant, listed, mutants_in

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

#: What is mutated, by the names of the settings.
PARTS = ("core", "adapter")

#: Percent of all mutants that must be killed; those that are listed are not.
LEAST_KILLED = 95

#: What mutmut says of mutants that were noticed: one that never ends is.
KILLED = {"killed", "timeout"}


#: mutmut's exit codes of mutants that survived, and of those that no test reaches.
NOT_KILLED = {0, 33}


def forget_tests(mutants: Path) -> None:
    """Let mutmut find again which tests reach a function, and try again what was not killed."""
    (mutants / "mutmut-stats.json").unlink(missing_ok=True)
    for path in mutants.rglob("*.meta"):
        meta = json.loads(path.read_text(encoding="utf-8"))
        codes = meta["exit_code_by_key"]
        meta["exit_code_by_key"] = {
            name: None if code in NOT_KILLED else code for name, code in codes.items()
        }
        path.write_text(json.dumps(meta), encoding="utf-8")


def mutate(part: str, folder: Path, processes: str) -> dict[Mutant | None, list[str]]:
    """Run mutmut with the settings of ``part``; return what survived, and under None the killed."""
    for name in ("aiohttp_cors", "tests"):
        shutil.copytree(ROOT / name, folder / name, dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(HERE / f"{part}.cfg", folder / "setup.cfg")
    forget_tests(folder / "mutants")
    # For collect_once.
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    command = ["mutmut", "run", "--max-children", processes]
    crash = folder / "mutants" / ".forkserver-crash.log"
    crash.unlink(missing_ok=True)
    subprocess.run(command, cwd=folder, check=True, env=environment)
    if crash.exists():
        # mutmut would count all further mutants as killed.
        raise SystemExit(f"mutmut has crashed:\n{crash.read_text(encoding='utf-8')}")
    results = subprocess.run(
        ["mutmut", "results", "--all", "true"],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ).stdout
    mutants = dict(mutants_in(folder / "mutants"))
    found: dict[Mutant | None, list[str]] = {None: []}
    for line in results.splitlines():
        name, separator, outcome = line.strip().partition(": ")
        if separator:
            key = None if outcome in KILLED else mutants[name]
            found.setdefault(key, []).append(f"{name}: {outcome}")
    return found


def room(name: str) -> str:
    """Return the room of a mutant: ``_core``."""
    return name.split(".")[1]


def main(folder: Path, processes: str = "1", which: str = "") -> int:
    if which == "all":
        os.environ["TRY_LISTED"] = "1"
    found: dict[Mutant | None, list[str]] = {}
    for part in PARTS:
        for key, names in mutate(part, folder / part, processes).items():
            found.setdefault(key, []).extend(names)
    total = sum(map(len, found.values()))
    rooms = Counter(room(name) for names in found.values() for name in names)
    survived = Counter(room(name) for key, names in found.items() if key for name in names)
    survivors = {key: names for key, names in found.items() if key is not None}
    killed = len(found[None])
    percent = 100 * killed / total
    expected = set(listed())
    for survivor in survivors.keys() - expected:
        print(f"not listed: {survivors[survivor]}", *survivor, sep="\n  ")
    for survivor in expected - survivors.keys():
        print("needs no line in README.rst, for it is killed or gone:", *survivor, sep="\n  ")
    for each in rooms:
        print(f"{each}: {rooms[each] - survived[each]} of {rooms[each]} mutants are killed")
    print(f"{killed} of {total} mutants are killed: {percent:.1f} %")
    return int(percent < LEAST_KILLED or not survivors.keys() <= expected)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
