"""The configs that apply to one method of a route: its layers, the most specific first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from aiohttp import web

from .._core.origin_table import OriginTable
from .._core.policy import MethodRule
from .added import Added, Entries
from .entries import Views
from .views import computes_config, is_cors_view


class Layer(NamedTuple):
    """A config that applies to a method, and where it was written."""

    #: ``"view HelloView.get"``, ``"route GET /hello"``, ``"resource /hello"``, ``"defaults"``…
    source: str
    table: OriginTable

    def allowing(self, rule: MethodRule) -> Layer:
        """Return the part of the layer whose options allow the method of ``rule``."""
        part = {key: each for key, each in self.table.config.items() if rule.allows(each)}
        return Layer(self.source, OriginTable(part))


#: Where a config was written: a kind, what it was written for, and the method.
Source = tuple[str, Any, Optional[str]]


def source_text(source: Source) -> str:
    """Say where a config was written: ``"route GET /hello"``."""
    kind, of, method = source
    if kind == "view":
        return f"view {of.__name__}" + (f".{method.lower()}" if method else "")
    if of is None:
        return kind
    return f"{kind} {method} {of.canonical}" if method else f"{kind} {of.canonical}"


class Layers:
    """Finds the configs that apply to one method of a route."""

    def __init__(self, added: Added, views: Views, defaults: OriginTable) -> None:
        self._added = added
        self._views = views
        self._defaults = defaults

    def of(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher | None
    ) -> list[Layer]:
        """Return the configs that apply to ``method`` on a route, the most specific first."""
        if route.resource is None:
            return self._everything()
        found = self.tables(route, method, self._added.of_route(route, router))
        return [Layer(source_text(source), table) for source, table in found]

    def below_view(
        self, route: web.AbstractRoute | None, resource: web.AbstractResource | None, method: str
    ) -> list[OriginTable]:
        """Return the tables that apply to ``method``, without those of the view itself.

        ``route`` is None if ``resource`` has no route for the method.
        """
        entries = (
            self._added.of_resource(resource)
            if route is None
            else self._added.of_route(route, None)
        )
        found = self.tables(route, method, entries)
        return [table for source, table in found if source[0] != "view"]

    def tables(
        self, route: web.AbstractRoute | None, method: str, entries: Entries
    ) -> Iterator[tuple[Source, OriginTable]]:
        """Yield the configs that apply to ``method`` and their sources, the most specific first."""
        if route is not None and is_cors_view(route.handler):
            # The configs of a view apply only if it was added.
            whole = self._added.stored(route.resource).default_config
            added = entries.own is not None or whole is not None or entries.covered
            if added and not computes_config(route.handler):
                for at, table in enumerate(self._views.tables(route.handler, method)):
                    yield ("view", route.handler, method if at == 0 else None), table
        if entries.own is not None and route is not None:
            yield ("route", entries.resource, route.method), entries.own.table
        if entries.whole is not None and entries.whole_applies:
            yield ("resource", entries.resource, None), entries.whole.table
        for sibling, entry in entries.siblings:
            yield ("route", entries.resource, sibling), entry.table.listing_methods
        if entries.application is not None and entries.application_applies:
            yield ("the application", None, None), entries.application.table
        if entries.defaults_apply:
            yield ("defaults", None, None), self._defaults

    def _everything(self) -> list[Layer]:
        """Return the configs that may apply to requests without a route."""
        found: list[tuple[Source, OriginTable]] = [
            (("resource", resource, None), stored.default_config.table)
            for resource, stored in self._added.resources.items()
            if stored.default_config is not None
        ]
        found += self.tables(None, "", self._added.of_resource(None))
        return [Layer(source_text(source), table) for source, table in found]
