"""What was added for a route or a path: the entries that apply to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiohttp import web

from .entries import NOTHING, Entry, Paths, ResourceConfig


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


class Added:
    """Finds the entries that apply to a route or a path."""

    def __init__(
        self,
        resources: Mapping[web.AbstractResource, ResourceConfig],
        paths: Paths,
        application: Entry | None,
    ) -> None:
        self.resources = resources
        self._paths = paths
        #: The entry of the application itself.
        self.application = application

    def stored(self, resource: web.AbstractResource | None) -> ResourceConfig:
        """Return the entries of a resource and its routes."""
        return self.resources.get(resource, NOTHING)  # type: ignore[arg-type]

    def at(
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

    def knows(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> bool:
        """Tell whether anything at the path of the route was added."""
        if self.application is not None:
            return True
        return route.resource is not None and self.at(route, router) is not None

    def enforces_at(self, resource: web.AbstractResource | None) -> bool:
        """Tell whether requests to a resource are refused unless granted, for all methods."""
        entries = (self.application, self.stored(resource).default_config)
        return any(entry is not None and entry.enforce for entry in entries)

    def of_route(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> Entries:
        """Return the entries that apply to a route."""
        stored = self.stored(route.resource)
        own = stored.entry_of(route)
        if own is not None:
            return Entries(own, stored.default_config, self.application, [], route.resource)
        return self.of_resource(self.at(route, router))

    def unrouted(self, resources: Iterable[web.AbstractResource | None]) -> Entries:
        """Return the entries that apply to a path with ``resources``, but without a route."""
        added = [each for each in resources if each in self.resources]
        closed = [each for each in added if not self._inherits(each)]
        return self.of_resource(next(iter(closed or added), None))

    def of_resource(self, resource: web.AbstractResource | None) -> Entries:
        """Return the entries that apply to routes of a resource that were not added."""
        stored = self.stored(resource)
        siblings: list[tuple[str, Entry]] = []
        if resource is not None and self._inherits(resource):
            siblings = list(stored.siblings_in(resource))
        return Entries(None, stored.default_config, self.application, siblings, resource)

    def _inherits(self, resource: web.AbstractResource | None) -> bool:
        whole = self.stored(resource).default_config
        return whole is None or whole.inherit
