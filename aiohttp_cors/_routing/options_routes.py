"""The OPTIONS routes that the library registers for preflights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from aiohttp import hdrs, web

from ..abc import PreflightHandler
from .routes import is_library_route
from .views import is_cors_view

#: The resources that take any route, and those that take one for OPTIONS. The usual classes come
#: first: a look at an abstract class takes longer.
_TAKE_ROUTES = (web.PlainResource, web.DynamicResource, web.Resource)
_TAKE_OPTIONS_ROUTES = (*_TAKE_ROUTES, web.StaticResource)


class OptionsRoutes:
    """The OPTIONS routes of what was added."""

    def __init__(self) -> None:
        #: Preflights get early responses. Routes whose "*" handler takes OPTIONS need that.
        self.preflights_first = False
        #: The resources whose OPTIONS requests the library serves, with the routes that serve them.
        #: There may be no route where preflights get early responses.
        self.by_resource: dict[web.AbstractResource, web.AbstractRoute | None] = {}

    def lacking(
        self, resources: Iterable[web.AbstractResource], handler: PreflightHandler
    ) -> set[web.AbstractResource]:
        """Return the resources that need an OPTIONS route.

        Raises ``ValueError`` if one of them cannot have it.
        """
        have, first = self.by_resource, self.preflights_first
        return {
            resource
            for resource in resources
            if resource not in have and needs_options_route(resource, handler, first)
        }

    def serve(
        self, resource: web.AbstractResource, handler: PreflightHandler, needed: bool
    ) -> None:
        """Serve OPTIONS requests to a resource with ``handler``, by a new route if needed."""
        if resource in self.by_resource:
            return
        route: web.AbstractRoute | None
        if needed:
            if isinstance(resource, _TAKE_ROUTES):
                route = resource.add_route(hdrs.METH_OPTIONS, handler)
            else:
                route = _add_to_static(cast(web.StaticResource, resource), handler)
        elif any(each.handler == handler for each in resource):
            return
        else:
            any_routes = (each for each in resource if each.method == hdrs.METH_ANY)
            route = next((each for each in any_routes if is_cors_view(each.handler)), None)
        self.by_resource[resource] = route


def needs_options_route(
    resource: web.AbstractResource, handler: PreflightHandler, preflights_first: bool
) -> bool:
    """Tell whether a resource needs an OPTIONS route; raise ``ValueError`` if it cannot have it."""
    for route in resource:
        method = route.method
        if method == hdrs.METH_OPTIONS:
            if route.handler == handler or is_library_route(route):
                return False
            raise ValueError(
                f"{resource!r} already has OPTIONS handler {route.handler!r}; remove it, or "
                "call cors.add(app), which takes any route"
            )
        if method == hdrs.METH_ANY:
            _check_any_route(resource, route, preflights_first)
            return False
    if isinstance(resource, _TAKE_OPTIONS_ROUTES):
        return True
    if not preflights_first:
        raise ValueError(f"{resource!r} takes no OPTIONS route; leave out preflights_first=False")
    return False


def _check_any_route(
    resource: web.AbstractResource, route: web.AbstractRoute, preflights_first: bool
) -> None:
    if is_cors_view(route.handler):
        return
    if isinstance(route.handler, type):
        raise ValueError(
            f"{resource!r} already has a '*' handler for all methods, and this web view "
            f"should be derived from aiohttp_cors.CorsViewMixin: {route.handler!r}; derive "
            "it, or call cors.add(app), which takes any route"
        )
    if not preflights_first:
        raise ValueError(
            f"{resource!r} already has a '*' handler for all methods, which takes its "
            "preflights too; leave out preflights_first=False, or name the methods"
        )


def _add_to_static(resource: web.StaticResource, handler: PreflightHandler) -> web.AbstractRoute:
    resource.set_options_route(handler)
    return next(route for route in resource if route.method == hdrs.METH_OPTIONS)
