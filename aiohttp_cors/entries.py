"""What entities were added with, before it is compiled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from aiohttp import web

from ._core.options import ResourceOptions
from ._core.origins import OriginTable
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


class ResourceConfig:
    """What was added of one resource."""

    __slots__ = ("default_config", "method_config")

    def __init__(self) -> None:
        #: What the resource itself was added with.
        self.default_config: Entry | None = None
        #: By the method of the route that was added, "*" among them.
        self.method_config: dict[str, Entry] = {}


#: Nothing was added of the resource.
NOTHING = ResourceConfig()


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
