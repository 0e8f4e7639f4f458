"""What a route is: whose, for which methods, and for how long."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import hdrs, web

from ._core.methods import FORBIDDEN_METHODS
from .mixin import CorsViewMixin, is_cors_view, view_methods
from .preflight_handler import _PreflightHandler


def is_lasting(route: web.AbstractRoute) -> bool:
    """Tell whether a route may be kept: those made up for one request must not pile up."""
    resource = route.resource
    return resource is not None and any(route is each for each in resource)


def views_of(routes: Iterable[web.AbstractRoute]) -> list[type[CorsViewMixin]]:
    """Return the views with CORS among the handlers of ``routes``."""
    return [route.handler for route in routes if is_cors_view(route.handler)]


def is_library_route(route: web.AbstractRoute) -> bool:
    """Tell whether ``route`` is an OPTIONS route that some CorsConfig has registered."""
    function = getattr(route.handler, "__func__", None)
    return function is _PreflightHandler._preflight_handler


def is_library_method(route: web.AbstractRoute, method: str) -> bool:
    """Tell whether a view has nothing but the library's own handler of OPTIONS for ``method``."""
    if method != hdrs.METH_OPTIONS or not is_cors_view(route.handler):
        return False
    return route.handler.options is CorsViewMixin.options


def has_fixed_routes(app: web.Application) -> bool:
    """Tell whether nothing but method and path says where requests to a frozen application lead."""
    router = app.router
    return type(router) is web.UrlDispatcher and all(
        type(resource) in _FIXED for resource in router.resources()
    )


#: Resources of aiohttp that look at nothing else. Others may look at the host, or at the time.
_FIXED = (web.PlainResource, web.DynamicResource, web.StaticResource)


def served_as(route: web.AbstractRoute) -> tuple[str, ...]:
    """Return ("GET",) for a HEAD route that the handler of GET serves too, as add_get() makes."""
    if route.method == hdrs.METH_HEAD and route.resource is not None:
        for other in route.resource:
            if other.method == hdrs.METH_GET and other.handler == route.handler:
                return (hdrs.METH_GET,)
    return ()


def has_handler(route: web.AbstractRoute, method: str) -> bool:
    """Tell whether ``route`` has something to run for ``method``: views may lack it."""
    if isinstance(route.handler, type):
        return method in view_methods(route.handler)
    return True


def methods_of(route: web.AbstractRoute) -> list[str]:
    """Return the methods of the application that ``route`` serves, sorted."""
    if is_library_route(route):
        return []
    if route.method != hdrs.METH_ANY:
        return [route.method]
    if isinstance(route.handler, type):
        return [m for m in view_methods(route.handler) if not is_library_method(route, m)]
    return sorted(hdrs.METH_ALL - FORBIDDEN_METHODS)
