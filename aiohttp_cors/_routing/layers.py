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
        """Return the part of the layer that allows a method."""
        part = {key: each for key, each in self.table.config.items() if rule.allows(each)}
        return Layer(self.source, OriginTable(part))


#: Where a config was written: what it is about, and the method of it.
Source = tuple[str, Any, Optional[str]]


def source_text(source: Source) -> str:
    """Say where a config was written: ``"route GET /hello"``."""
    kind, of, method = source
    if kind == "view":
        return f"view {of.__name__}" + (f".{method.lower()}" if method else "")
    if of is None:
        return kind
    return f"{kind} {method} {of.canonical}" if method else f"{kind} {of.canonical}"


class Said(NamedTuple):
    """What was said about one method of a route."""

    #: With the route, its resource, and the application.
    own: Entry | None
    whole: Entry | None
    application: Entry | None
    #: With routes beside it, by method; they can allow what they list.
    siblings: list[tuple[str, Entry]]
    #: The resource that the siblings are of.
    resource: web.AbstractResource | None

    @property
    def whole_applies(self) -> bool:
        """The resource is not cut off."""
        return self.own is None or self.own.inherit

    @property
    def application_applies(self) -> bool:
        """The application is not cut off, nor the siblings beside it."""
        return self.whole_applies and (self.whole is None or self.whole.inherit)

    @property
    def defaults_apply(self) -> bool:
        """The defaults are not cut off."""
        return self.application_applies and (self.application is None or self.application.inherit)

    @property
    def covered(self) -> bool:
        """The application was added, and is not cut off."""
        return self.application is not None and self.application_applies

    @property
    def enforces(self) -> bool:
        """Requests that are not granted must not run."""
        # Whatever is cut off, a guard of less specific entries stays.
        entries = (self.own, self.whole, self.application)
        return True in [each.enforce for each in entries if each is not None]


class Layers:
    """What was added to one `CorsConfig`, found for a method of a route."""

    def __init__(
        self,
        resources: Mapping[web.AbstractResource, ResourceConfig],
        paths: Paths,
        views: Views,
        application: Entry | None,
        defaults: OriginTable,
    ) -> None:
        self._resources = resources
        self._paths = paths
        self._views = views
        self.application = application
        self._defaults = defaults

    def stored(self, resource: web.AbstractResource | None) -> ResourceConfig:
        """Return what was added of a resource."""
        return self._resources.get(resource, NOTHING)  # type: ignore[arg-type]

    def added_at(
        self, route: web.AbstractRoute, router: web.UrlDispatcher | None
    ) -> web.AbstractResource | None:
        """Return the resource of a route if something of it was added, or the one at its path.

        aiohttp makes two resources of one path if they are not added one after the other.
        """
        resource = route.resource
        if resource is None or resource in self._resources:
            return resource
        # What serves files, or an application, has the paths below its own.
        if router is None or not isinstance(resource, web.Resource):
            return None
        found = [
            each for each in self._paths.at(resource.canonical) if isinstance(each, web.Resource)
        ]
        return next((each for each in router.resources() if each in found), None) if found else None

    def guards(self, resource: web.AbstractResource | None) -> bool:
        """Tell whether requests to a resource must not run, whatever their method is."""
        entries = (self.application, self.stored(resource).default_config)
        return any(entry is not None and entry.enforce for entry in entries)

    def said(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> Said:
        """Return what was said about a route."""
        stored = self.stored(route.resource)
        own = stored.entry_of(route)
        if own is not None:
            return Said(own, stored.default_config, self.application, [], route.resource)
        return self.said_of(self.added_at(route, router))

    def said_unrouted(self, resources: Iterable[web.AbstractResource | None]) -> Said:
        """Return what was said about a path, by ``resources``, where nothing is routed."""
        added = [each for each in resources if each in self._resources]
        closed = [each for each in added if not self._inherits(each)]
        return self.said_of(next(iter(closed or added), None))

    def said_of(self, resource: web.AbstractResource | None) -> Said:
        """Return what was said about routes of a resource that were not added."""
        stored = self.stored(resource)
        siblings: list[tuple[str, Entry]] = []
        if resource is not None and self._inherits(resource):
            siblings = list(stored.siblings_in(resource))
        return Said(None, stored.default_config, self.application, siblings, resource)

    def _inherits(self, resource: web.AbstractResource | None) -> bool:
        whole = self.stored(resource).default_config
        return whole is None or whole.inherit

    def tables(
        self, route: web.AbstractRoute | None, method: str, said: Said
    ) -> Iterator[tuple[Source, OriginTable]]:
        """Yield the configs that apply to ``method`` with sources, the most specific first."""
        if route is not None and is_cors_view(route.handler):
            # A view that was not added is like any other route that was not.
            whole = self.stored(route.resource).default_config
            added = said.own is not None or whole is not None or said.covered
            if added and not computes_config(route.handler):
                for at, table in enumerate(self._views.tables(route.handler, method)):
                    yield ("view", route.handler, method if at == 0 else None), table
        if said.own is not None and route is not None:
            yield ("route", said.resource, route.method), said.own.table
        if said.whole is not None and said.whole_applies:
            yield ("resource", said.resource, None), said.whole.table
        for sibling, entry in said.siblings:
            yield ("route", said.resource, sibling), entry.table.listing_methods
        if said.application is not None and said.application_applies:
            yield ("the application", None, None), said.application.table
        if said.defaults_apply:
            yield ("defaults", None, None), self._defaults

    def everything(self) -> list[Layer]:
        """Return what was added for requests without a route."""
        found: list[tuple[Source, OriginTable]] = [
            (("resource", resource, None), stored.default_config.table)
            for resource, stored in self._resources.items()
            if stored.default_config is not None
        ]
        found += self.tables(None, "", self.said_of(None))
        return [Layer(source_text(source), table) for source, table in found]
