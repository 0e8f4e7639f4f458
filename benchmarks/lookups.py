"""The cost of looking up an origin, where few and where many are listed.

``python -m benchmarks.lookups`` prints all comparisons. It decides about a million requests per
table, prints the time of each table over that of its small one, and writes nothing else.

The tables take turns, in random order, in one process: what slows the machine down slows all of
them down. A ratio is the median of the ratios of the turns. As in a server, every request has its
own text for the origin. The lines ``one`` look up the same origin again and again, as browsers of
one application do; the lines ``all`` look up each listed origin in turn, so that the processor's
caches must hold the table.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from aiohttp_cors import ResourceOptions
from aiohttp_cors._core.config import parse_config
from aiohttp_cors._core.origin_table import OriginTable
from aiohttp_cors._core.policy import MethodRule, Policy, decide
from aiohttp_cors._core.verdict import Grant

REQUESTS = 1_000_000
#: Requests that a table decides about in one turn.
TURN = 5_000

_RULE = MethodRule(explicit=True, by_default=True, names=())


class Case(NamedTuple):
    """Requests to a policy: origins, and whether they are granted."""

    name: str
    policy: Policy
    origins: list[bytes]
    granted: bool


def exact(number: int) -> str:
    """Return the origin of one of many applications."""
    return f"https://app-{number:06}.example.com"


def pattern(number: int) -> str:
    """Return the wildcard of one of many tenants."""
    return f"https://*.tenant-{number:06}.example.com"


def matching(number: int) -> str:
    """Return an origin that `pattern` lists."""
    return f"https://www.tenant-{number:06}.example.com"


def policy(keys: list[str]) -> Policy:
    """List ``keys``, each with the same options."""
    options = ResourceOptions(allow_credentials=True)
    return Policy((OriginTable(parse_config(dict.fromkeys(keys, options))),), _RULE)


def cases(
    kind: str, key: Callable[[int], str], origin: Callable[[int], str], many: int
) -> Iterator[tuple[Case, ...]]:
    """Yield pairs of cases, few and many, for each way of looking origins up."""
    sizes = (1, many)
    tables = [policy([key(number) for number in range(size)]) for size in sizes]
    shuffled = random.Random(0).sample(range(many), min(many, TURN))
    asked = {
        "listed, one": ([0], True),
        "listed, all": (shuffled, True),
        "unlisted": (range(many, many + min(many, TURN)), False),
    }
    for way, (numbers, granted) in asked.items():
        yield tuple(
            Case(
                f"{size:>7} {kind}, {way}",
                table,
                [origin(n if size > 1 or not granted else 0).encode() for n in numbers],
                granted,
            )
            for size, table in zip(sizes, tables)
        )


def turn(case: Case, requests: int) -> float:
    """Return the seconds that deciding about ``requests`` requests takes."""
    origins = case.origins * (requests // len(case.origins) + 1)
    # New strings, so that the look-up computes the hash of each, as in a server.
    texts = [origin.decode() for origin in origins[:requests]]
    the_policy = case.policy
    started = time.perf_counter()
    for text in texts:
        decide(the_policy, text)
    return time.perf_counter() - started


def compare(pair: tuple[Case, ...], requests: int) -> tuple[float, list[float]]:
    """Return the median ratio of many to few, and the seconds that each takes per request."""
    for case in pair:
        for origin in case.origins:
            if isinstance(decide(case.policy, origin.decode()), Grant) is not case.granted:
                raise SystemExit(f"{case.name}: wrong verdict about {origin.decode()}")
    size = min(TURN, requests)
    seconds: list[list[float]] = [[] for _ in pair]
    order = list(range(len(pair)))
    for _ in range(max(1, requests // size)):
        random.shuffle(order)
        for index in order:
            seconds[index].append(turn(pair[index], size))
    ratios = [many / few for few, many in zip(*seconds)]
    return statistics.median(ratios), [statistics.median(each) / size for each in seconds]


def ratios(requests: int = 200_000) -> dict[str, float]:
    """Return what many listed origins cost over one, where the same one is asked repeatedly."""
    gc.collect()
    gc.disable()
    try:
        return {
            name: compare(next(cases(name, key, origin, many)), requests)[0]
            for name, key, origin, many in (
                ("exact origins", exact, exact, 100_000),
                ("sub-domain patterns", pattern, matching, 10_000),
            )
        }
    finally:
        gc.enable()


def main(requests: int = REQUESTS, origins: int = 100_000, patterns: int = 10_000) -> None:
    """Print the table of all comparisons."""
    gc.collect()
    gc.disable()
    try:
        for pair in (
            *cases("exact origins", exact, exact, origins),
            *cases("subdomain patterns", pattern, matching, patterns),
        ):
            ratio, each = compare(pair, requests)
            for case, seconds in zip(pair, each):
                print(f"{case.name:45} {seconds * 1e9:8.0f} ns per request")
            print(f"{'':45} {ratio:8.2f} x")
    finally:
        gc.enable()


if __name__ == "__main__":
    main()
