"""The policies of routes, compiled from what was added: what requests read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple, Optional, Union

from aiohttp import hdrs, web

from .._core.methods import SAFELISTED_METHODS, is_never_allowed
from .._core.origin_table import OriginTable
from .._core.policy import ALLOWED, NOT_ALLOWED, MethodRule, Policy
from .entries import NOTHING, Entry, Paths, ResourceConfig, Views
from .routes import has_handler, is_library_method, is_library_route, is_registered, served_as
from .views import computes_config, is_cors_view


class Undecided(Enum):
    """The route alone does not tell what decides: the request must be looked at."""

    UNDECIDED = 0


UNDECIDED = Undecided.UNDECIDED

#: What decides about responses of a route; None if they are left alone. By the method of the
#: request where the route serves several.
Plan = Union[Policy, None, Undecided, "dict[str, Policy | None]"]


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
_Source = tuple[str, Any, Optional[str]]


def _source_text(source: _Source) -> str:
    kind, of, method = source
    if kind == "view":
        return f"view {of.__name__}" + (f".{method.lower()}" if method else "")
    if of is None:
        return kind
    return f"{kind} {method} {of.canonical}" if method else f"{kind} {of.canonical}"


class _Said(NamedTuple):
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
        # Whatever is cut off, a guard of less specific entries stays.
        return any(each and each.enforce for each in (self.own, self.whole, self.application))


def _serves_several(route: web.AbstractRoute) -> bool:
    """Tell whether a route may serve several methods: views do, and routes of all methods."""
    return route.method == hdrs.METH_ANY or isinstance(route.handler, type)


class Snapshot:
    """What was added to one `CorsConfig` at one time; each change puts a new one in its place.

    Policies are compiled when they are first needed. A request reads the snapshot in one step,
    without waiting for anything in between, and keeps the policy that it found: what is changed
    while it waits is for the requests after it.
    """

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
        #: What decides about responses, of routes that have been requested.
        self.plans: dict[web.AbstractRoute, Plan] = {}
        self._by_method: dict[tuple[web.AbstractRoute, str], Policy | None] = {}
        self._alike: dict[tuple[ResourceConfig, str], Policy | None] = {}
        self._policies: dict[tuple[object, ...], Policy] = {}

    def plan(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> Plan:
        """Return what decides about responses of a route of this application."""
        if route.resource is None:
            return None if self.application is None else UNDECIDED
        if is_library_route(route):
            return UNDECIDED
        view = route.handler if is_cors_view(route.handler) else None
        if view and computes_config(view):
            return UNDECIDED
        if not view and route.method != hdrs.METH_ANY:
            return self.policy(route, route.method, router)
        # An OPTIONS request may be a preflight, which has its response already.
        methods = hdrs.METH_ALL - {hdrs.METH_OPTIONS} if view else hdrs.METH_ALL
        return {method: self.policy(route, method, router) for method in methods}

    def policy(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher | None
    ) -> Policy | None:
        """Return the policy for ``method`` on a route, or None if nothing was said about it.

        ``router`` is the one that the route is of: another resource of it may have the same path.
        """
        try:
            return self._by_method[route, method]
        except KeyError:
            pass
        stored = self._resources.get(route.resource, NOTHING)  # type: ignore[arg-type]
        if stored is NOTHING and self.application is None and not self.added_at(route, router):
            return None
        # Most routes were added like another one.
        alike = method == route.method and method in stored.method_config
        if alike and (stored, method) in self._alike:
            policy = self._alike[stored, method]
        else:
            policy = self._compile(route, method, router)
            if alike and not isinstance(route.handler, type):
                self._alike[stored, method] = policy
        # A route with the handler of GET may still come.
        open_end = route.method == hdrs.METH_HEAD and not served_as(route)
        if method in hdrs.METH_ALL and not open_end and is_registered(route):
            self._by_method[route, method] = policy
        return policy

    def _compile(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher | None
    ) -> Policy | None:
        said = self._said(route, router)
        own_whole = self._stored(route.resource).default_config
        added = said.own is not None or own_whole is not None
        names = (method, *served_as(route))
        if is_never_allowed(method):
            rule = NOT_ALLOWED
        elif said.own is not None and not _serves_several(route):
            # allow_methods plays no part, so all routes with the same layers have one policy.
            rule = ALLOWED
        else:
            by_default = said.covered or (own_whole is not None and method in SAFELISTED_METHODS)
            if _serves_several(route) and not is_library_method(route, method):
                by_default |= said.own is not None
                by_default |= own_whole is not None and is_cors_view(route.handler)
            rule = MethodRule(explicit=False, by_default=by_default, names=names)
        routed = said.covered or has_handler(route, method)
        if not routed and not added:
            return None
        layers = [table for _, table in self._layers(route, method, said)]
        if not rule.explicit and not rule.by_default:
            # Only a list can allow it, so options without one say nothing about it.
            layers = [table.listing_methods for table in layers]
        guard = said.enforces or any(
            entry.enforce and any(map(rule.allows, entry.table.listing_methods.options))
            for _, entry in said.siblings
        )
        policy = self._shared(layers, rule, method, routed=routed, guard=guard)
        return None if policy.never_allows and not (added or said.covered) else policy

    def unrouted_policy(
        self, resources: Iterable[web.AbstractResource | None], method: str
    ) -> Policy:
        """Return the policy for 404 responses, and for 405 ones at the path of ``resources``.

        It is for applications that were added themselves.
        """
        said = self._said_unrouted(resources)
        # A resource that is closed is closed for the methods that it lacks, too.
        allowed = said.covered and not is_never_allowed(method)
        rule = MethodRule(explicit=False, by_default=True, names=(method,))
        layers = [table for _, table in self._layers(None, method, said)] if allowed else []
        return self._shared(
            layers, rule if allowed else NOT_ALLOWED, method, routed=True, guard=said.enforces
        )

    def layers(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher | None
    ) -> list[Layer]:
        """Return the configs that apply to ``method`` on a route, the most specific first."""
        if route.resource is None:
            said = self._said_unrouted(list(self._resources))
        else:
            said = self._said(route, router)
        found = self._layers(route, method, said)
        return [Layer(_source_text(source), table) for source, table in found]

    def allowed_layers(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher
    ) -> list[Layer] | None:
        """Return the parts of the `layers` that allow ``method``; None if nothing was said."""
        policy = self.policy(route, method, router)
        if policy is None:
            return None
        layers = self.layers(route, method, router) if policy.routed else []
        return [layer.allowing(policy.rule) for layer in layers]

    def layers_below_view(
        self, route: web.AbstractRoute | None, resource: web.AbstractResource | None, method: str
    ) -> list[OriginTable]:
        """Return the tables that apply to ``method`` beside those of the view itself.

        ``route`` is None where ``resource`` has none for the method.
        """
        said = self._said_of(resource) if route is None else self._said(route, None)
        found = self._layers(route, method, said)
        return [table for source, table in found if source[0] != "view"]

    def knows(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> bool:
        """Tell whether something of the route's path was added."""
        if self.application is not None:
            return True
        return route.resource is not None and self.added_at(route, router) is not None

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
        entries = (self.application, self._stored(resource).default_config)
        return any(entry is not None and entry.enforce for entry in entries)

    def _said(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> _Said:
        stored = self._stored(route.resource)
        own = stored.entry_of(route)
        if own is not None:
            return _Said(own, stored.default_config, self.application, [], route.resource)
        resource = self.added_at(route, router)
        return self._said_of(resource)

    def _said_unrouted(self, resources: Iterable[web.AbstractResource | None]) -> _Said:
        added = [each for each in resources if each in self._resources]
        closed = [each for each in added if not self._inherits(each)]
        return self._said_of(next(iter(closed or added), None))

    def _said_of(self, resource: web.AbstractResource | None) -> _Said:
        stored = self._stored(resource)
        siblings: list[tuple[str, Entry]] = []
        if resource is not None and self._inherits(resource):
            siblings = list(stored.siblings_in(resource))
        return _Said(None, stored.default_config, self.application, siblings, resource)

    def _inherits(self, resource: web.AbstractResource | None) -> bool:
        whole = self._stored(resource).default_config
        return whole is None or whole.inherit

    def _stored(self, resource: web.AbstractResource | None) -> ResourceConfig:
        return self._resources.get(resource, NOTHING)  # type: ignore[arg-type]

    def _layers(
        self, route: web.AbstractRoute | None, method: str, said: _Said
    ) -> Iterator[tuple[_Source, OriginTable]]:
        if route is not None and is_cors_view(route.handler):
            # A view that was not added is like any other route that was not.
            whole = self._stored(route.resource).default_config
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

    def _shared(
        self,
        tables: Iterable[OriginTable],
        rule: MethodRule,
        method: str,
        *,
        routed: bool,
        guard: bool,
    ) -> Policy:
        layers = tuple(table for table in tables if table.config)
        if method not in hdrs.METH_ALL:
            # Names that clients make up must not pile up.
            return Policy(layers, rule, routed=routed, guard=guard)
        key = (*map(id, layers), rule, routed, guard)
        if key not in self._policies:
            self._policies[key] = Policy(layers, rule, routed=routed, guard=guard)
        return self._policies[key]
