"""Routes: whose they are, and which methods they serve."""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType

from aiohttp import hdrs, web

from .._core.methods import is_never_allowed
from .._http.handler import _PreflightHandler
from .views import CorsViewMixin, is_cors_view, view_methods


def is_registered(route: web.AbstractRoute) -> bool:
    """Tell whether its resource has a route: one made for a single request must not be cached."""
    return route.resource is not None and route in list(route.resource)


def inner_application(resource: web.AbstractResource) -> web.Application | None:
    """Return the sub-application of a resource, or None."""
    app: web.Application | None = resource.get_info().get("app")
    # Resources of other libraries may have another "app".
    return app if hasattr(app, "router") else None


def views_of(routes: Iterable[web.AbstractRoute]) -> list[type[CorsViewMixin]]:
    """Return the views with CORS among the handlers of ``routes``, each once."""
    views: dict[type[CorsViewMixin], None] = {}
    for route in routes:
        handler = route.handler
        if is_cors_view(handler):
            views[handler] = None
    return list(views)


def is_library_route(route: web.AbstractRoute) -> bool:
    """Tell whether ``route`` is an OPTIONS route that some `CorsConfig` has registered."""
    handler = route.handler
    # Most handlers are functions. Monitoring wraps methods in objects that have their attributes.
    if type(handler) is FunctionType:
        return False
    return getattr(handler, "__func__", None) is _PreflightHandler._preflight_handler


def is_library_method(route: web.AbstractRoute, method: str) -> bool:
    """Tell whether only the library's OPTIONS handler serves ``method`` in a view."""
    if method != hdrs.METH_OPTIONS or not is_cors_view(route.handler):
        return False
    return route.handler.options is CorsViewMixin.options


def responds_to_preflights(route: web.AbstractRoute) -> bool:
    """Tell whether OPTIONS requests to ``route`` reach the library's handler."""
    return is_library_route(route) or is_library_method(route, hdrs.METH_OPTIONS)


def served_as(route: web.AbstractRoute) -> tuple[str, ...]:
    """Return ("GET",) for a HEAD route with the handler of GET, as add_get() adds it, else ()."""
    if route.method == hdrs.METH_HEAD and route.resource is not None:
        for other in route.resource:
            if other.method == hdrs.METH_GET and other.handler == route.handler:
                return (hdrs.METH_GET,)
    return ()


def has_handler(route: web.AbstractRoute, method: str) -> bool:
    """Tell whether ``route`` has a handler for ``method``; a view may have none."""
    return not isinstance(route.handler, type) or method in view_methods(route.handler)


def methods_of(route: web.AbstractRoute) -> list[str]:
    """Return the methods of the application that ``route`` serves, sorted."""
    if is_library_route(route):
        return []
    if route.method != hdrs.METH_ANY:
        return [route.method]
    if isinstance(route.handler, type):
        return [m for m in view_methods(route.handler) if not is_library_method(route, m)]
    return sorted(m for m in hdrs.METH_ALL if not is_never_allowed(m))
