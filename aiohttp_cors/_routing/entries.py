"""What was added, before it is compiled: entries of routes and resources, and configs of views."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from aiohttp import hdrs, web

from .._core.options import ResourceOptions
from .._core.origin_table import OriginTable
from .._core.origins import is_wildcard
from .routes import served_as
from .views import CorsViewMixin, view_configs

logger = logging.getLogger("aiohttp_cors")

ParsedConfig = Mapping[Any, ResourceOptions]

_EMPTY = OriginTable({})


class Entry(NamedTuple):
    """What an entity was added with."""

    table: OriginTable
    #: Less specific layers decide about origins that are not in the table.
    inherit: bool = True
    #: Requests that are not granted are refused before they run.
    enforce: bool = False

    def __str__(self) -> str:
        flags = {"inherit=False": not self.inherit, "enforce=True": self.enforce}
        return ", ".join([repr(self.table.config), *(text for text, on in flags.items() if on)])


#: The entries of routes while no route was added.
_NO_METHODS: Mapping[str, Entry] = MappingProxyType({})


class ResourceConfig:
    """The entries of one resource and of its routes.

    It is immutable, and resources with the same entries share one object, so that their policies
    are compiled once.
    """

    __slots__ = ("_with", "default_config", "method_config")

    def __init__(
        self, default_config: Entry | None = None, method_config: Mapping[str, Entry] = _NO_METHODS
    ) -> None:
        #: What the resource itself was added with.
        self.default_config = default_config
        #: What routes of it were added with, by method; "*" for a route of all methods.
        self.method_config = method_config
        self._with: dict[tuple[str | None, Entry], ResourceConfig] = {}

    def with_entry(self, method: str | None, entry: Entry) -> ResourceConfig:
        """Return it with one more entry: of the route of ``method``, or of the resource (None)."""
        key = method, entry
        found = self._with.get(key)
        if found is None:
            if method is None:
                found = ResourceConfig(entry, self.method_config)
            else:
                found = ResourceConfig(self.default_config, {**self.method_config, method: entry})
            self._with[key] = found
        return found

    def entry_of(self, route: web.AbstractRoute) -> Entry | None:
        """Return the entry of a route, or None if the route itself was not added."""
        methods = self.method_config
        if route.method in methods:
            return methods[route.method]
        for method in served_as(route) if methods else ():
            if method in methods:
                return methods[method]
        return None

    def siblings_in(self, resource: web.AbstractResource) -> Iterator[tuple[str, Entry]]:
        """Yield the methods and entries of the routes that were added, in the resource's order."""
        for route in resource if self.method_config else ():
            if route.method in self.method_config:
                yield route.method, self.method_config[route.method]


#: Stands for resources of which nothing was added.
NOTHING = ResourceConfig()


class Tables:
    """Compiles configs: equal ones share one table."""

    def __init__(self) -> None:
        self._tables: dict[tuple[object, ...], OriginTable] = {}

    def table(self, config: ParsedConfig) -> OriginTable:
        """Return the table of a config."""
        if not config:
            return _EMPTY
        # The order of patterns counts too, because the first one that matches decides.
        kinds: tuple[list[Any], ...] = (
            [key for key in config if isinstance(key, str) and is_wildcard(key)],
            [key for key in config if isinstance(key, re.Pattern)],
            [key for key in config if not isinstance(key, (str, re.Pattern))],
        )
        key = (frozenset(config.items()), *(tuple(kind) for kind in kinds))
        if key not in self._tables:
            self._tables[key] = OriginTable(config)
        return self._tables[key]


class Views:
    """The configs that are written in views, each compiled once."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._read: dict[type[CorsViewMixin], dict[str | None, list[OriginTable]]] = {}

    def read(self, view: type[CorsViewMixin]) -> None:
        """Compile the configs of a view; raise ``ValueError`` if one is invalid."""
        if view not in self._read:
            self._read[view] = {
                method: [self._tables.table(config) for config in view_configs(view, method or "")]
                for method in (*hdrs.METH_ALL, None)
            }

    def tables(self, view: type[CorsViewMixin], method: str) -> list[OriginTable]:
        """Return the tables for a method: that of `custom_cors`, then that of ``cors_config``."""
        if view not in self._read:
            # The route of the view was added to the resource after the resource was added.
            try:
                self.read(view)
            except ValueError:
                logger.exception("%r has an invalid config, so it lists no origin itself", view)
                self._read[view] = {}
            else:
                self._log_findings(view)
        found = self._read[view]
        # A view has no handler for other methods, so only the config of its class applies.
        return found.get(method) or found.get(None) or []

    def _log_findings(self, view: type[CorsViewMixin]) -> None:
        # Imported here, because only such a view needs it, and only once.
        from .._checks.findings import config_findings, log_finding

        tables = {id(each): each for found in self._read[view].values() for each in found}
        for table in tables.values():
            for finding in config_findings(table.config, f"view {view.__name__}"):
                log_finding(finding)


class Paths:
    """The resources of which something was added, by path."""

    def __init__(self) -> None:
        self._by_path: dict[str, list[web.AbstractResource]] = {}
        #: Their paths are read when they are needed, because prefixes may still be added to them.
        self.new: list[web.AbstractResource] = []

    def at(self, path: str) -> list[web.AbstractResource]:
        """Return the resources whose canonical path is ``path``."""
        while self.new:
            resource = self.new.pop()
            self._by_path.setdefault(resource.canonical, []).append(resource)
        return self._by_path.get(path, [])

    def read_anew(self) -> None:
        """Read all paths again, once prefixes no longer change."""
        self.new += [each for found in self._by_path.values() for each in found]
        self._by_path = {}
