"""What the figures must be: ratios within one run."""

from __future__ import annotations

from typing import NamedTuple

from .measuring import Measured
from .registration import Cost


class Aim(NamedTuple):
    """A ratio, and its lower or upper limit."""

    name: str
    ratio: float
    must: float
    aim: float
    at_least: bool = True

    @property
    def verdict(self) -> str:
        """Say whether the ratio reaches the aim, the limit, or neither."""
        if self._reaches(self.aim):
            return "aim"
        return "must" if self._reaches(self.must) else "MISSED"

    def _reaches(self, limit: float) -> bool:
        return self.ratio >= limit if self.at_least else self.ratio <= limit


#: What 0.8.1 adds, divided by what this library adds: the lower limit, and the aim.
_OVER_OURS = {
    **dict.fromkeys("abcdk", (4.5, 7.0)),
    "e": (3.0, 4.0),
    "h": (1.5, 3.5),
    "i": (8.0, 12.0),
    "j": (5.0, 6.0),
    **dict.fromkeys("fg", (4.0, 8.0)),
}
#: What this library adds, divided by what the floor adds: the upper limit, and the aim.
_OVER_FLOOR = dict.fromkeys("abcdeik", (1.5, 1.0))


def aims_of_requests(measured: dict[str, Measured]) -> list[Aim]:
    """Return how the cases that were measured compare."""
    aims = []
    for name, layers in measured.items():
        ours = layers["ours"].median
        if name in _OVER_OURS:
            ratio = layers["published"].median / ours
            aims.append(Aim(f"{name}: 0.8.1 / ours", ratio, *_OVER_OURS[name]))
        if name in _OVER_FLOOR:
            ratio = ours / layers["floor"].median
            aims.append(Aim(f"{name}: ours / floor", ratio, *_OVER_FLOOR[name], at_least=False))
    if {"b", "w"} <= measured.keys():
        ratio = measured["w"]["ours"].median / measured["b"]["ours"].median
        aims.append(Aim("w / b: whole application, enforced", ratio, 2.0, 1.3, at_least=False))
    return aims


def aims_of_registration(costs: dict[str, Cost], import_ms: float) -> list[Aim]:
    """Return how adding routes and importing the package compare."""
    ours, by_hand = costs["ours"], costs["by hand"]
    ratio = ours.microseconds / by_hand.microseconds
    return [
        Aim("cors.add / OPTIONS route by hand", ratio, 2.2, 1.5, at_least=False),
        Aim(
            "cors.add, bytes more than by hand", ours.size - by_hand.size, 150, 120, at_least=False
        ),
        Aim("import over aiohttp's, ms", import_ms, 7, 4, at_least=False),
    ]
