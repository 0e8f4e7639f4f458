"""What adding an entity adds: resources as a whole, or routes of them."""

from __future__ import annotations

from typing import Any, Optional

from aiohttp import web

from .routes import is_library_route

# The usual classes come first: a look at an abstract class takes longer.
_ROUTES = (web.ResourceRoute, web.AbstractRoute)
_RESOURCES = (web.PlainResource, web.DynamicResource, web.AbstractResource)

#: What is added: a resource as a whole, or a route of it.
Target = tuple[web.AbstractResource, Optional[web.AbstractRoute]]


def routes_of(targets: list[Target]) -> list[web.AbstractRoute]:
    """Return the routes of ``targets``."""
    routes: list[web.AbstractRoute] = []
    for resource, route in targets:
        if route is None:
            routes += resource
        else:
            routes.append(route)
    return routes


def targets_of(entity: Any) -> list[Target]:
    """Return what adding ``entity`` adds: resources as a whole, or routes of them.

    The library's own OPTIONS routes are skipped, so that a loop over all routes of an application
    can add each one.
    """
    if isinstance(entity, _ROUTES):
        resource = entity.resource
        if resource is not None:
            return [] if is_library_route(entity) else [(resource, entity)]
    if isinstance(entity, _RESOURCES):
        routes = list(entity)
        # The resource of a sub-application contains routes of other resources.
        if any(route.resource is not entity for route in routes):
            return [target for route in routes for target in targets_of(route)]
        return [(entity, None)]
    raise ValueError(
        f"Resource or ResourceRoute expected, got {entity!r}; pass the application itself, or "
        "what app.router.add_route(), add_resource(), add_static() or app.add_subapp() returned"
    )
