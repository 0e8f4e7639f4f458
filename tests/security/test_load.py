"""Many clients at once: each gets its own response, and nothing stays behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import aiohttp_cors

from .endurance import SEED, WHOLE
from .load import State, load, serving, settled, states

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="memory is read from /proc, and ports are shared as on Linux"
)

WARM_UP, COUNT = (60_000, 60_000) if WHOLE else (1_500, 2_000)
#: A process that is warm may grow by so many bytes, and by so many things that Python allocates.
BYTES, BLOCKS = 1_000_000, 500
#: What was freed leaves gaps behind, and it takes a while until there are enough of them. What
#: leaks goes on for ever.
ROUNDS = 8

PROCESSES = {"one process": 1, "two processes": 2, "gunicorn": 2}


class Growth(NamedTuple):
    """By how much the process that grew most is more than before."""

    served: int
    tasks: int
    blocks: int
    memory: int

    @property
    def is_flat(self) -> bool:
        return self.tasks <= 0 and self.blocks < BLOCKS and self.memory < BYTES


def growth(before: dict[int, State], after: dict[int, State]) -> Growth:
    assert before.keys() == after.keys()
    differences = [[b - a for a, b in zip(before[each], after[each])] for each in before]
    least = min(served for served, *_ in differences)
    return Growth(*map(max, zip(*differences)))._replace(served=least)


async def endure(
    kind: str, log: Path, count: int = COUNT, most: int = ROUNDS, **environment: str
) -> tuple[list[str], list[Growth]]:
    """Return what clients complained of, and the growth in each round until there is none."""
    async with serving(kind, log, **environment) as port:
        state = await states(port, PROCESSES[kind])
        wrong = await load(port, WARM_UP, SEED)
        state = await settled(port, state)
        rounds: list[Growth] = []
        while len(rounds) < most and not (rounds and rounds[-1].is_flat):
            wrong += await load(port, count, SEED + len(rounds) + 1)
            before, state = state, await settled(port, state)
            rounds.append(growth(before, state))
    print(f"{kind}: {rounds}")
    return wrong, rounds


@pytest.mark.parametrize("kind", PROCESSES)
async def test_each_client_gets_its_own_response_and_nothing_stays(
    kind: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    wrong, rounds = await endure(kind, log)
    assert wrong == []
    assert rounds[-1].is_flat, rounds
    # Each process had its share of the clients.
    assert rounds[-1].served > 0
    # Handlers fail where clients go away in the middle of their bodies; the package never does.
    assert f"{Path(aiohttp_cors.__file__).parent}{os.sep}" not in log.read_text("utf-8")


async def test_mistakes_under_load_are_found(tmp_path: Path) -> None:
    wrong, rounds = await endure("one process", tmp_path / "log", 2_000, 1, MISTAKES="1")
    assert any("access-control-allow-origin" in each for each in wrong)
    assert rounds[0].tasks > 0
    assert rounds[0].blocks > BLOCKS
    assert rounds[0].memory > BYTES
