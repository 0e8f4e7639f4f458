"""What the figures must be: ratios within one run, most of them of instructions."""

from __future__ import annotations

from typing import NamedTuple

from .registration import Cost

#: Instructions that layers add to a request, by case and layer.
Counted = dict[str, dict[str, float]]


class Aim(NamedTuple):
    """A figure, and its lower or upper limit."""

    name: str
    figure: float
    must: float
    #: Better still; None where there is no second limit.
    aim: float | None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Say whether the figure reaches the aim, the limit, or neither."""
        if self.aim is not None and self._reaches(self.aim):
            return "aim met"
        return "must met" if self._reaches(self.must) else "MISSED"

    @property
    def limits(self) -> str:
        """Return both limits."""
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.must:g}" + ("" if self.aim is None else f" / {self.aim:g}")

    def _reaches(self, limit: float) -> bool:
        return self.figure >= limit if self.at_least else self.figure <= limit


#: What 0.8.1 adds, divided by what this library adds: the lower limit, and the aim.
_OVER_OURS = {
    "a": (4.3, 5.2),
    "b": (4.1, 4.8),
    "c": (4.0, 4.8),
    "d": (6.8, 7.4),
    "e": (3.3, 4.0),
    "f": (2.0, 2.6),
    "g": (2.6, 3.0),
    "h": (2.7, 3.2),
    "i": (8.0, 9.0),
    "j": (3.0, 4.0),
}
#: What this library adds, divided by what the floor adds: the upper limit, and the aim.
_OVER_FLOOR = {
    "a": (0.93, 0.82),
    "b": (1.12, 1.0),
    "c": (1.33, 1.1),
    "d": (0.67, 0.62),
    "e": (1.20, 1.05),
    "i": (1.12, 1.0),
}


def over_ours(counted: Counted, name: str) -> Aim | None:
    """Return how a case compares with 0.8.1, if something is expected of it."""
    if name not in _OVER_OURS:
        return None
    ratio = counted[name]["published"] / counted[name]["ours"]
    return Aim(f"{name}: 0.8.1 / ours", ratio, *_OVER_OURS[name], at_least=True)


def over_floor(counted: Counted, name: str) -> Aim | None:
    """Return how a case compares with the headers written by hand, likewise."""
    if name not in _OVER_FLOOR:
        return None
    ratio = counted[name]["ours"] / counted[name]["floor"]
    return Aim(f"{name}: ours / floor", ratio, *_OVER_FLOOR[name])


def aims_within(counted: Counted) -> list[Aim]:
    """Return how cases compare with each other, and with aiohttp-middlewares."""
    aims = []
    ours = {name: layers["ours"] for name, layers in counted.items()}
    if {"b", "w"} <= ours.keys():
        name = "cors.add(app, enforce=True), 20 patterns / plain: GET"
        aims.append(Aim(name, ours["w"] / ours["b"], 2.0, 1.3))
    if {"b", "s"} <= ours.keys():
        name = "covered sub-application / plain: GET"
        aims.append(Aim(name, ours["s"] / ours["b"], 1.3, 1.1))
    for case, kind in (("b", "GET"), ("f", "preflight")):
        if case in ours:
            theirs = counted[case]["middlewares"]
            aims.append(less_than("aiohttp-middlewares", kind, ours[case], theirs))
    return aims


def less_than(name: str, kind: str, ours: float, theirs: float) -> Aim:
    """Return whether less is added to a request than another layer adds."""
    # A layer that spares its application work adds less than nothing.
    ratio = ours / theirs if theirs > 0 else float("inf")
    return Aim(f"ours / {name}: {kind}", ratio, 1.0, None)


def aims_of_frameworks(rows: list[tuple[str, str, float, float]]) -> list[Aim]:
    """Return how the times that other frameworks' layers add compare."""
    ours = {kind: added for name, kind, _, added in rows if name == rows[0][0]}
    return [
        less_than(name, kind, ours[kind], added)
        for name, kind, _, added in rows
        if name != rows[0][0]
    ]


def aims_of_lookups(ratios: dict[str, float]) -> list[Aim]:
    """Return how long lists of origins compare with short ones."""
    limits = {"exact origins": (1.1, 1.0), "sub-domain patterns": (1.2, 1.1)}
    return [Aim(f"{name}: many / 1, time", ratio, *limits[name]) for name, ratio in ratios.items()]


def aims_of_registration(costs: dict[str, Cost], import_ms: float) -> list[Aim]:
    """Return how adding routes and importing the package compare."""
    ours, by_hand = costs["ours"], costs["by hand"]
    ratio = ours.microseconds / by_hand.microseconds
    return [
        Aim("cors.add / OPTIONS route by hand, time", ratio, 2.2, 1.5),
        Aim("cors.add - OPTIONS route by hand, bytes", ours.size - by_hand.size, 150, None),
        Aim("import aiohttp_cors - import aiohttp, ms", import_ms, 7, 4),
    ]
