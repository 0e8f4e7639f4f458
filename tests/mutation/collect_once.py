"""A plugin of pytest: the process that mutmut forks for each mutant collects no tests again.

That would take longer than the tests themselves. mutmut collects all of them once, before it
forks; a fork runs those that reach its mutant. First come those that have killed another mutant
of the same function, then those that have killed most, then the fastest row of each other test,
then their other rows.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import pytest
from _pytest.runner import runtestprotocol
from _pytest.warnings import catch_warnings_for_item
from changes import listed, mutants_in

#: The tests that were collected before the first fork, by the names that mutmut gives them.
collected: dict[str, pytest.Item] = {}

#: Seconds that each test took without a mutant, as mutmut measured them.
durations: dict[str, float] = {}

#: A function and the test that killed a mutant of it, one pair a line.
KILLERS = Path("killers.txt")

#: Seconds that one test may take: with a mutant it may wait for what never comes. Without any, the
#: slowest one takes two.
LONGEST = 20

#: A test that fails within so many seconds comes first for other mutants.
_SOON = 1

#: How many of those that have killed most come before the fastest ones.
_STRONGEST = 25

#: The exit status that mutmut counts as a time-out.
TIMED_OUT = 36

#: The mutants that README.rst lists: no test can kill them, so all would be run for nothing.
skipped: set[str] = set()


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        collected.update({item.nodeid: item for item in session.items})
        # Otherwise its plugins would let go of what they need for tests.
        session.config._ensure_unconfigure = lambda: None  # type: ignore[method-assign]
        stats = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
        durations.update(stats["duration_by_test"])
        if "TRY_LISTED" not in os.environ:
            expected = set(listed())
            skipped.update(name for name, mutant in mutants_in(Path()) if mutant in expected)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    if config.option.collectonly or not collected.keys() >= set(config.args):
        return None
    mutant = os.environ["MUTANT_UNDER_TEST"]
    if mutant in skipped:
        return 0
    function = mutant.rpartition("__mutmut_")[0]
    items = [collected[name] for name in in_order(config.args, function)]
    signal.signal(signal.SIGALRM, time_out)
    for item, following in zip(items, [*items[1:], None]):
        signal.alarm(LONGEST)
        start = time.monotonic()
        if not passes(item, following):
            # Some wait for what does not come, and others may fail at once.
            if time.monotonic() - start < _SOON:
                with KILLERS.open("a", encoding="utf-8") as file:
                    file.write(f"{function}\t{item.nodeid}\n")
            return 1
    return 0


def passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run one test with its own filters of warnings, and tell whether it passes."""
    with catch_warnings_for_item(config=item.config, ihook=item.ihook, when="runtest", item=item):
        reports = runtestprotocol(item, log=False, nextitem=following)
    return not any(report.failed for report in reports)


def time_out(number: int, frame: FrameType | None) -> None:
    """End the process: mutmut itself would wait as long as all tests may take together."""
    os._exit(TIMED_OUT)


def in_order(names: list[str], function: str) -> list[str]:
    """Sort the names of tests: those first that are likely to kill a mutant of ``function``."""
    lines = KILLERS.read_text(encoding="utf-8").splitlines() if KILLERS.exists() else []
    reaching = set(names)
    pairs = [line.partition("\t") for line in reversed(lines)]
    killers = [(of, name) for of, _, name in pairs if name in reaching]
    own = [name for of, name in killers if of == function]
    most = [name for name, _ in Counter(name for _, name in killers).most_common(_STRONGEST)]
    # The fastest row of each test, then the second one.
    rows = Counter[str]()
    by_row: list[tuple[int, str]] = []
    for name in sorted(names, key=lambda name: durations[name]):
        test = name.partition("[")[0]
        by_row.append((rows[test], name))
        rows[test] += 1
    fast = [name for _, name in sorted(by_row, key=lambda pair: pair[0])]
    return list(dict.fromkeys([*own, *most, *fast]))
