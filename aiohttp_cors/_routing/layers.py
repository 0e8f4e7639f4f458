"""The configs that apply to one method of a route: its layers, the most specific first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Optional

from aiohttp import web

from .._core.origin_table import OriginTable
from .._core.policy import MethodRule
from .entries import NOTHING, Entry, Paths, ResourceConfig, Views
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


class Entries(NamedTuple):
    """The entries that apply to one method of a route."""

    #: Those of the route, of its resource, and of the application.
    own: Entry | None
    whole: Entry | None
    application: Entry | None
    #: Those of sibling routes, with their methods: they allow only what ``allow_methods`` lists.
    siblings: list[tuple[str, Entry]]
    #: The resource that the entries belong to.
    resource: web.AbstractResource | None

    @property
    def whole_applies(self) -> bool:
        """Whether the entry of the resource applies, and is not cut off by ``inherit=False``."""
        return self.own is None or self.own.inherit

    @property
    def application_applies(self) -> bool:
        """Whether the entry of the application, if any, is not cut off by ``inherit=False``."""
        return self.whole_applies and (self.whole is None or self.whole.inherit)

    @property
    def defaults_apply(self) -> bool:
        """Whether the defaults are not cut off by ``inherit=False``."""
        return self.application_applies and (self.application is None or self.application.inherit)

    @property
    def covered(self) -> bool:
        """Whether the application was added, and is not cut off by ``inherit=False``."""
        return self.application is not None and self.application_applies

    @property
    def enforces(self) -> bool:
        """Whether requests that are not granted are refused before they run."""
        # ``inherit=False`` cuts off configs, and not the enforcement of less specific entries.
        entries = (self.own, self.whole, self.application)
        return True in [each.enforce for each in entries if each is not None]


class Layers:
    """Finds what was added to one `CorsConfig` for a method of a route."""

    def __init__(
        self,
        resources: Mapping[web.AbstractResource, ResourceConfig],
        paths: Paths,
        views: Views,
        application: Entry | None,
        defaults: OriginTable,
    ) -> None:
        self.resources = resources
        self._paths = paths
        self._views = views
        self.application = application
        self._defaults = defaults

    def stored(self, resource: web.AbstractResource | None) -> ResourceConfig:
        """Return the entries of a resource and its routes."""
        return self.resources.get(resource, NOTHING)  # type: ignore[arg-type]

    def added_at(
        self, route: web.AbstractRoute, router: web.UrlDispatcher | None
    ) -> web.AbstractResource | None:
        """Return the resource of a route if anything of it was added, or one with the same path.

        None if nothing at the path was added. aiohttp makes two resources for one path if their
        routes are not added one after the other.
        """
        resource = route.resource
        if resource is None or resource in self.resources:
            return resource
        # Static files and sub-applications have the paths below their own, not one path.
        if router is None or not isinstance(resource, web.Resource):
            return None
        found = [
            each for each in self._paths.at(resource.canonical) if isinstance(each, web.Resource)
        ]
        return next((each for each in router.resources() if each in found), None) if found else None

    def enforces_at(self, resource: web.AbstractResource | None) -> bool:
        """Tell whether requests to a resource are refused unless granted, for all methods."""
        entries = (self.application, self.stored(resource).default_config)
        return any(entry is not None and entry.enforce for entry in entries)

    def entries_of_route(
        self, route: web.AbstractRoute, router: web.UrlDispatcher | None
    ) -> Entries:
        """Return the entries that apply to a route."""
        stored = self.stored(route.resource)
        own = stored.entry_of(route)
        if own is not None:
            return Entries(own, stored.default_config, self.application, [], route.resource)
        return self.entries_of_resource(self.added_at(route, router))

    def unrouted_entries(self, resources: Iterable[web.AbstractResource | None]) -> Entries:
        """Return the entries that apply to a path with ``resources``, but without a route."""
        added = [each for each in resources if each in self.resources]
        closed = [each for each in added if not self._inherits(each)]
        return self.entries_of_resource(next(iter(closed or added), None))

    def entries_of_resource(self, resource: web.AbstractResource | None) -> Entries:
        """Return the entries that apply to routes of a resource that were not added."""
        stored = self.stored(resource)
        siblings: list[tuple[str, Entry]] = []
        if resource is not None and self._inherits(resource):
            siblings = list(stored.siblings_in(resource))
        return Entries(None, stored.default_config, self.application, siblings, resource)

    def _inherits(self, resource: web.AbstractResource | None) -> bool:
        whole = self.stored(resource).default_config
        return whole is None or whole.inherit

    def tables(
        self, route: web.AbstractRoute | None, method: str, entries: Entries
    ) -> Iterator[tuple[Source, OriginTable]]:
        """Yield the configs that apply to ``method`` and their sources, the most specific first."""
        if route is not None and is_cors_view(route.handler):
            # The configs of a view apply only if it was added.
            whole = self.stored(route.resource).default_config
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

    def everything(self) -> list[Layer]:
        """Return the configs that may apply to requests without a route."""
        found: list[tuple[Source, OriginTable]] = [
            (("resource", resource, None), stored.default_config.table)
            for resource, stored in self.resources.items()
            if stored.default_config is not None
        ]
        found += self.tables(None, "", self.entries_of_resource(None))
        return [Layer(source_text(source), table) for source, table in found]
