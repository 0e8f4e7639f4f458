"""Policies of routes: what was added, compiled into what requests read."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Union, cast

from aiohttp import hdrs, web

from ._checks.findings import config_findings
from ._core.methods import SAFELISTED_METHODS
from ._core.origin_table import OriginTable
from ._core.origins import is_wildcard
from ._core.policy import SHARED, MethodRule, Policy
from .entries import Entry, ParsedConfig, ResourceConfig, added_as_of, up_to_cut
from .kept_preflights import KeptPreflights
from .mixin import CorsViewMixin, computes_config, is_cors_view, view_configs
from .routes import (
    has_handler,
    is_lasting,
    is_library_method,
    is_library_route,
    methods_of,
    served_as,
)

logger = logging.getLogger("aiohttp_cors")

_EMPTY = OriginTable({})


class Undecided(Enum):
    """The route does not tell what responses are decided by: the request itself has a say."""

    UNDECIDED = 0


UNDECIDED = Undecided.UNDECIDED

#: What responses of a route are decided by; None if they are left alone. By the method of the
#: request, where that plays a part.
Plan = Union[Policy, None, Undecided, "dict[str, Policy | None]"]


#: A method, the route that serves it, and its policy.
Sibling = tuple[str, web.AbstractRoute, Policy]


class RoutePolicies:
    """The entries of one application's CORS, and the policies that they come to.

    Compiled at first use and thrown away by each change, so a request sees either the old or the
    new state. Equal configs share one table, and equal policies are one object.
    """

    def __init__(self, defaults: ParsedConfig) -> None:
        self._entries: dict[Entry, Entry] = {}
        self._tables: dict[tuple[object, ...], OriginTable] = {}
        self._policies: dict[tuple[object, ...], Policy] = {}
        self._views: dict[type[CorsViewMixin], dict[str, list[OriginTable]]] = {}
        self._siblings: dict[web.AbstractResource, tuple[int, tuple[Sibling, ...]]] = {}
        self._defaults = self.table(defaults)
        #: What the application itself was added with.
        self.application: Entry | None = None
        self.resources: dict[web.AbstractResource, ResourceConfig] = {}
        #: What is stored of all other resources.
        self._nothing = ResourceConfig()
        self._by_method: dict[tuple[web.AbstractRoute, str], Policy | None] = {}
        #: What is known about preflights that will come again.
        self.kept = KeptPreflights()
        #: What responses are decided by, of routes that have been asked for.
        self.plans: dict[web.AbstractRoute, Plan] = {}

    # What was added

    def table(self, config: ParsedConfig) -> OriginTable:
        """Return the table for a config, one object for all equal ones."""
        if not config:
            return _EMPTY
        # The order is part of it: of the patterns that match, the first one decides.
        kinds: tuple[list[Any], ...] = (
            [key for key in config if isinstance(key, str) and is_wildcard(key)],
            [key for key in config if isinstance(key, re.Pattern)],
            [key for key in config if not isinstance(key, (str, re.Pattern))],
        )
        key = (frozenset(config.items()), *(tuple(kind) for kind in kinds))
        if key not in self._tables:
            self._tables[key] = OriginTable(config)
        return self._tables[key]

    def entry(self, config: ParsedConfig, inherit: bool = True, enforce: bool = False) -> Entry:
        """Return what is kept of an entity that is added, one object for all equal ones."""
        made = Entry(self.table(config), inherit, enforce)
        return self._entries.setdefault(made, made)

    def replace_defaults(self, config: ParsedConfig) -> None:
        """Put other origins for all entities in force."""
        # Not kept with the others: it may be replaced any number of times.
        self._defaults = OriginTable(config)
        self._forget()

    def existing(
        self, resource: web.AbstractResource, route: web.AbstractRoute | None
    ) -> Entry | None:
        """Return what a resource, or a route of it, was added with."""
        stored = self._stored(resource)
        return stored.default_config if route is None else stored.method_config.get(route.method)

    def store(
        self, resource: web.AbstractResource, route: web.AbstractRoute | None, entry: Entry
    ) -> None:
        """Keep what a resource, or a route of it, was added with."""
        method = None if route is None else route.method
        self.resources[resource] = self._stored(resource).plus(method, entry)
        self._forget()

    def store_application(self, entry: Entry) -> None:
        """Keep what the application itself was added with."""
        self.application = entry
        self._forget()

    def read_view(self, view: type[CorsViewMixin]) -> None:
        """Keep the configs that a view has itself; ``ValueError`` for an invalid one."""
        self._views[view] = {
            method: [self.table(config) for config in view_configs(view, method)]
            for method in hdrs.METH_ALL
        }

    def _forget(self) -> None:
        # While routes are being added there is nothing yet.
        if self.plans or self._by_method or self._siblings or self._policies:
            self.plans.clear()
            self._by_method = {}
            self._siblings = {}
            self._policies = {}
            self.kept = KeptPreflights()

    # What requests read

    def plan(self, route: web.AbstractRoute, *, nested: bool) -> Plan:
        """Return what responses of ``route`` are decided by, compiled once and kept in ``plans``.

        ``nested``: an application inside this one serves the route.
        """
        try:
            return self.plans[route]
        except KeyError:
            plan = self._compile_plan(route, nested=nested)
        if is_lasting(route):
            self.plans[route] = plan
        return plan

    def _compile_plan(self, route: web.AbstractRoute, *, nested: bool) -> Plan:
        if route.resource is None:
            return None if self.application is None else UNDECIDED
        if route.resource not in self.resources and self.application is None:
            return None
        view = route.handler if is_cors_view(route.handler) else None
        if nested or is_library_route(route) or (view and computes_config(view)):
            return UNDECIDED
        if not view and route.method != hdrs.METH_ANY:
            return self.response_policy(route, route.method)
        # OPTIONS requests may be preflights, which are answered already.
        methods = hdrs.METH_ALL - {hdrs.METH_OPTIONS} if view else hdrs.METH_ALL
        return {method: self.response_policy(route, method) for method in methods}

    def response_policy(self, route: web.AbstractRoute, method: str) -> Policy | None:
        """Return the policy for responses to ``method``, or None if they are left alone."""
        try:
            return self._by_method[route, method]
        except KeyError:
            pass
        policy = self.policy(route, method)
        if policy is not None and policy.never_shares:
            # Of a method that has nothing but a sibling added, nothing was said.
            added = self._added(self._stored(route.resource), route, method)
            policy = policy if added else None
        if method in hdrs.METH_ALL and is_lasting(route):
            self._by_method[route, method] = policy
        return policy

    def policy(self, route: web.AbstractRoute, method: str) -> Policy | None:
        """Return the policy for ``method`` on ``route``, or None if nothing was added there."""
        stored = self._stored(route.resource)
        if stored is self._nothing and self.application is None:
            return None
        added = self._added(stored, route, method)
        view = self._view_layers(route, method) if added else []
        everything = self._reaches_application(added)
        rule = _method_rule(stored, route, method, everything=everything)
        routed = everything or has_handler(route, method)
        if not routed:
            # The 405 answer is for those who are listed, whatever the methods are.
            rule = SHARED
        return self._shared_policy(view, added, rule, method, routed=routed)

    def unrouted_policy(
        self,
        application: Entry,
        resources: Iterable[web.AbstractResource | None],
        method: str,
    ) -> Policy:
        """Return the policy for 404 answers, and for 405 ones at the path of ``resources``.

        ``application`` is what the application itself was added with.
        """
        found = [self._stored(resource).default_config for resource in resources]
        own = [entry for entry in found if entry is not None]
        cuts = {entry for entry in own if not entry.inherit}
        if len(cuts) > 1:
            # Several resources at one path, each open to others only: nobody is left.
            return Policy((), SHARED, guard=True)
        added = [*(cuts or own[:1]), application]
        by_default = self._reaches_application(added) or method in SAFELISTED_METHODS
        rule = MethodRule(explicit=False, by_default=by_default, names=(method,))
        return self._shared_policy([], added, rule, method, routed=True)

    def layers_below_view(
        self, route: web.AbstractRoute, resource: web.AbstractResource | None, method: str
    ) -> list[OriginTable]:
        """Return the tables that apply to ``method`` beside those of a view, and the defaults."""
        return self._tables_of(self._added(self._stored(resource), route, method))

    def written_at(self, table: OriginTable, route: web.AbstractRoute, method: str) -> str | None:
        """Say where the config of a layer was written, for people: ``"route GET /hello"``.

        ``route`` and ``method`` are those that the policy of the layer is for; None if the config
        was not written for them.
        """
        places = self._places(route, method)
        return next((where for where, each in places if each is table), None)

    def _places(self, route: web.AbstractRoute, method: str) -> Iterator[tuple[str, OriginTable]]:
        if is_cors_view(route.handler):
            name = route.handler.__name__
            tables = self._views.get(route.handler, {}).get(method, ())
            yield from zip((f"view {name}.{method.lower()}", f"view {name}"), tables)
        stored = self._stored(route.resource)
        added_as = added_as_of(stored, route, method)
        if added_as is not None:
            path = cast(web.AbstractResource, route.resource).canonical
            yield f"route {added_as} {path}", stored.method_config[added_as].table
        # About what is routed nowhere, the resources at its path may decide.
        for resource in self.resources if route.resource is None else (route.resource,):
            entry = self._stored(resource).default_config
            if entry is not None:
                yield f"resource {resource.canonical}", entry.table
        if self.application is not None:
            yield "the application", self.application.table
        yield "defaults", self._defaults

    def _tables_of(self, added: list[Entry]) -> list[OriginTable]:
        tables = [entry.table for entry in up_to_cut(added)]
        return [*tables, self._defaults] if all(entry.inherit for entry in added) else tables

    def _added(self, stored: ResourceConfig, route: web.AbstractRoute, method: str) -> list[Entry]:
        """Return what applies to ``method`` on ``route``, the most specific entry first."""
        added_as = added_as_of(stored, route, method)
        own = None if added_as is None else stored.method_config[added_as]
        return [entry for entry in (own, stored.default_config, self.application) if entry]

    def _stored(self, resource: web.AbstractResource | None) -> ResourceConfig:
        return self._nothing if resource is None else self.resources.get(resource, self._nothing)

    def _reaches_application(self, added: list[Entry]) -> bool:
        return any(entry is self.application for entry in up_to_cut(added))

    def _shared_policy(
        self,
        view: list[OriginTable],
        added: list[Entry],
        rule: MethodRule,
        method: str,
        *,
        routed: bool,
    ) -> Policy:
        layers = tuple(table for table in (*view, *self._tables_of(added)) if table.config)
        # A guard of less specific entries stays, whatever is cut off.
        guard = any(entry.enforce for entry in added)
        if method not in hdrs.METH_ALL:
            # Names that clients make up must not pile up.
            return Policy(layers, rule, routed=routed, guard=guard)
        key = (*map(id, layers), rule, routed, guard)
        if key not in self._policies:
            self._policies[key] = Policy(layers, rule, routed=routed, guard=guard)
        return self._policies[key]

    def _view_layers(self, route: web.AbstractRoute, method: str) -> list[OriginTable]:
        view = route.handler
        if not is_cors_view(view):
            return []
        if view not in self._views:
            # It came with a route that was not there yet when its resource was added.
            try:
                self.read_view(view)
            except ValueError:
                logger.exception("%r has an invalid config, so it lists no origin itself", view)
                self._views[view] = {}
            else:
                self._log_findings(view)
        return list(self._views[view].get(method, ()))

    def _log_findings(self, view: type[CorsViewMixin]) -> None:
        """Log what nobody could find while routes were added."""
        tables = {id(each): each for found in self._views[view].values() for each in found}
        for table in tables.values():
            for finding in config_findings(table.config, f"view {view.__name__}"):
                logger.warning("%s", finding)

    def siblings(self, route: web.AbstractRoute) -> tuple[Sibling, ...]:
        """Return the methods of the resource of ``route``, sorted."""
        resource = route.resource
        if resource is None:
            return ()
        size, siblings = self._siblings.get(resource, (-1, ()))
        # Routes may be added to a resource at any time.
        if size != len(resource):
            siblings = tuple(sorted(self._compile_siblings(resource), key=lambda each: each[0]))
            self._siblings[resource] = (len(resource), siblings)
        return siblings

    def _compile_siblings(self, resource: web.AbstractResource) -> Iterator[Sibling]:
        served = {route.method for route in resource}
        for route in resource:
            for method in methods_of(route):
                policy = self.policy(route, method)
                if policy is not None and (method == route.method or method not in served):
                    yield method, route, policy


def _method_rule(
    stored: ResourceConfig, route: web.AbstractRoute, method: str, *, everything: bool
) -> MethodRule:
    added_as = added_as_of(stored, route, method)
    if added_as not in (None, hdrs.METH_ANY):
        # allow_methods plays no part, so all routes with the same layers are of one policy.
        return SHARED
    whole = stored.default_config is not None
    by_default = everything or (whole and method in SAFELISTED_METHODS)
    if route.method == hdrs.METH_ANY and not is_library_method(route, method):
        by_default |= added_as is not None or (whole and is_cors_view(route.handler))
    return MethodRule(explicit=False, by_default=by_default, names=(method, *served_as(route)))
