"""What entities were added with, before it is compiled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from aiohttp import web

from ._core.options import ResourceOptions
from ._core.origin_table import OriginTable
from .routes import served_as

ParsedConfig = Mapping[Any, ResourceOptions]


class Entry(NamedTuple):
    """What an entity was added with."""

    table: OriginTable
    #: Less specific layers decide where the table does not have an origin.
    inherit: bool = True
    #: The policy is a guard too.
    enforce: bool = False

    def __str__(self) -> str:
        flags = {"inherit=False": not self.inherit, "enforce=True": self.enforce}
        return ", ".join([repr(self.table.config), *(text for text, on in flags.items() if on)])


#: What no route was added with.
_NO_METHODS: Mapping[str, Entry] = MappingProxyType({})


class ResourceConfig:
    """What was added of a resource: one object for all of which the same was added."""

    __slots__ = ("_with", "default_config", "method_config")

    def __init__(
        self, default_config: Entry | None = None, method_config: Mapping[str, Entry] = _NO_METHODS
    ) -> None:
        #: What the resource itself was added with.
        self.default_config = default_config
        #: By the method of the route that was added, "*" among them.
        self.method_config = method_config
        self._with: dict[tuple[str | None, Entry], ResourceConfig] = {}

    def plus(self, method: str | None, entry: Entry) -> ResourceConfig:
        """Return what it is once the route of a method is added, or the resource itself (None)."""
        key = method, entry
        if key not in self._with:
            if method is None:
                made = ResourceConfig(entry, self.method_config)
            else:
                made = ResourceConfig(self.default_config, {**self.method_config, method: entry})
            self._with[key] = made
        return self._with[key]


def up_to_cut(added: Iterable[Entry]) -> Iterator[Entry]:
    """Yield entries, the most specific first, up to one that cuts off those below."""
    for entry in added:
        yield entry
        if not entry.inherit:
            return


def added_as_of(stored: ResourceConfig, route: web.AbstractRoute, method: str) -> str | None:
    """Return the key of the route in ``method_config``, or None if it was not added itself."""
    for name in (route.method, method, *served_as(route)):
        if name in stored.method_config:
            return name
    return None
