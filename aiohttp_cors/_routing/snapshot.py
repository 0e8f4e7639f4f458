"""The policies of routes, compiled from what was added: what requests read."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Union

from aiohttp import hdrs, web

from .._core.methods import SAFELISTED_METHODS, is_never_allowed
from .._core.origin_table import OriginTable
from .._core.policy import ALLOWED, NOT_ALLOWED, MethodRule, Policy
from .entries import NOTHING, ResourceConfig
from .layers import Layer, Layers, source_text
from .routes import has_handler, is_library_method, is_library_route, is_registered, served_as
from .views import computes_config, is_cors_view


class Undecided(Enum):
    """The route alone does not tell what decides: the request must be looked at."""

    UNDECIDED = 0


UNDECIDED = Undecided.UNDECIDED

#: What decides about responses of a route; None if they are left alone. By the method of the
#: request where the route serves several.
Plan = Union[Policy, None, Undecided, "dict[str, Policy | None]"]


def _serves_several(route: web.AbstractRoute) -> bool:
    """Tell whether a route may serve several methods: views do, and routes of all methods."""
    return route.method == hdrs.METH_ANY or isinstance(route.handler, type)


class Snapshot:
    """What was added to one `CorsConfig` at one time; each change puts a new one in its place.

    Policies are compiled when they are first needed. A request reads the snapshot in one step,
    without waiting for anything in between, and keeps the policy that it found: what is changed
    while it waits is for the requests after it.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        #: What decides about responses, of routes that have been requested.
        self.plans: dict[web.AbstractRoute, Plan] = {}
        #: The policies of methods of routes that have been requested.
        self.by_method: dict[tuple[web.AbstractRoute, str], Policy | None] = {}
        self._alike: dict[tuple[ResourceConfig, str], Policy | None] = {}
        self._policies: dict[tuple[object, ...], Policy] = {}

    def plan(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> Plan:
        """Return what decides about responses of a route of this application."""
        if route.resource is None:
            return None if self._layers.application is None else UNDECIDED
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
            return self.by_method[route, method]
        except KeyError:
            pass
        stored = self._layers.stored(route.resource)
        if stored is NOTHING and not self.knows(route, router):
            return None
        # Most routes were added like another one; but views have configs of their own.
        alike = (
            method == route.method
            and method in stored.method_config
            and not isinstance(route.handler, type)
        )
        if alike and (stored, method) in self._alike:
            policy = self._alike[stored, method]
        else:
            policy = self._compile(route, method, router)
            if alike:
                self._alike[stored, method] = policy
        # A route with the handler of GET may still come.
        open_end = route.method == hdrs.METH_HEAD and not served_as(route)
        if method in hdrs.METH_ALL and not open_end and is_registered(route):
            self.by_method[route, method] = policy
        return policy

    def _compile(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher | None
    ) -> Policy | None:
        said = self._layers.said(route, router)
        own_whole = self._layers.stored(route.resource).default_config
        added = said.own is not None or said.whole is not None or said.application is not None
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
        if not routed and said.own is None and own_whole is None and not said.covered:
            return None
        layers = [table for _, table in self._layers.tables(route, method, said)]
        if not rule.explicit and not rule.by_default:
            # Only a list can allow it, so options without one say nothing about it.
            layers = [table.listing_methods for table in layers]
        guard = said.enforces or any(
            entry.enforce and any(map(rule.allows, entry.table.listing_methods.options))
            for _, entry in said.siblings
        )
        policy = self._shared(layers, rule, method, routed=routed, guard=guard)
        return None if policy.never_allows and not added else policy

    def unrouted_policy(
        self, resources: Iterable[web.AbstractResource | None], method: str
    ) -> Policy:
        """Return the policy for 404 responses, and for 405 ones at the path of ``resources``.

        It is for applications that were added themselves.
        """
        resources = list(resources)
        guard = any(map(self.guards, [None, *resources]))
        said = self._layers.said_unrouted(resources)
        # A resource that is closed is closed for the methods that it lacks, too.
        allowed = said.covered and not is_never_allowed(method)
        rule = MethodRule(explicit=False, by_default=True, names=(method,))
        layers = [table for _, table in self._layers.tables(None, method, said)] if allowed else []
        return self._shared(
            layers, rule if allowed else NOT_ALLOWED, method, routed=True, guard=guard
        )

    def layers(
        self, route: web.AbstractRoute, method: str, router: web.UrlDispatcher | None
    ) -> list[Layer]:
        """Return the configs that apply to ``method`` on a route, the most specific first."""
        if route.resource is None:
            return self._layers.everything()
        found = self._layers.tables(route, method, self._layers.said(route, router))
        return [Layer(source_text(source), table) for source, table in found]

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
        said = self._layers.said_of(resource) if route is None else self._layers.said(route, None)
        found = self._layers.tables(route, method, said)
        return [table for source, table in found if source[0] != "view"]

    def knows(self, route: web.AbstractRoute, router: web.UrlDispatcher | None) -> bool:
        """Tell whether something of the route's path was added."""
        if self._layers.application is not None:
            return True
        return route.resource is not None and self._layers.added_at(route, router) is not None

    def added_at(
        self, route: web.AbstractRoute, router: web.UrlDispatcher
    ) -> web.AbstractResource | None:
        """Return the resource of a route's path of which something was added, or None."""
        return self._layers.added_at(route, router)

    def guards(self, resource: web.AbstractResource | None) -> bool:
        """Tell whether requests to a resource must not run, whatever their method is."""
        return self._layers.guards(resource)

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
