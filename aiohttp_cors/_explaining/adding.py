"""The line of code that adds a route."""

from __future__ import annotations

from typing import Any

from aiohttp import hdrs, web

from .._core.options import ResourceOptions
from .._core.policy import ALLOWED, Policy
from .._core.verdict import Grant
from .._routing.routes import served_as
from .._routing.views import APP_CONFIG_KEY, is_cors_view
from .case import Case

_NOTHING = ResourceOptions()


async def add_line(case: Case) -> str:
    """Return the call of ``cors.add`` that allows the request, which has a route."""
    route = case.match.route
    config = await _config(case)
    if is_inside(case):
        call = "add_subapp" if case.prefix.startswith("/") else "add_domain"
        return f"cors.add(app.{call}({case.prefix!r}, sub_app){config})"
    if isinstance(route.handler, type) and not is_cors_view(route.handler):
        # A plain view has no place for the library's own handler of OPTIONS.
        return await add_application_line(case)
    return f"cors.add({_registration(case, route)}{config})"


async def add_application_line(case: Case) -> str:
    """Return the call of ``cors.add`` that allows the request wherever it leads."""
    return f"cors.add(app{await _config(case)})"


def is_inside(case: Case) -> bool:
    """Tell whether the route is of a sub-application that has no CORS of its own."""
    return len(case.match.apps) > 1 and APP_CONFIG_KEY not in case.match.apps[-1]


def _registration(case: Case, route: web.AbstractRoute) -> str:
    resource: Any = route.resource
    path = resource.canonical
    if len(case.match.apps) > 1:
        # In its own application it has no prefix.
        path = path.removeprefix(case.prefix)
    if isinstance(resource, web.StaticResource):
        return f"app.router.add_static({path!r}, directory)"
    handler = getattr(route.handler, "__name__", "handler")
    if isinstance(route.handler, type):
        return f"app.router.add_view({path!r}, {handler})"
    method = hdrs.METH_GET if served_as(route) else route.method
    if method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
        return f"app.router.add_{method.lower()}({path!r}, {handler})"
    return f"app.router.add_route({method!r}, {path!r}, {handler})"


async def _config(case: Case) -> str:
    """Write the config to add something with: nothing where the others allow the request."""
    found = await _found(case)
    options = case.needs(found.terms.options if found else _NOTHING)
    serves_several = case.match.route.method == hdrs.METH_ANY
    if options.allow_methods is not None and serves_several:
        options = case.needs(options, method=True)
    if found is not None and options == found.terms.options:
        return ""
    return f", {{{case.item(options)}}}"


async def _found(case: Case) -> Grant | None:
    """Return what lists the origin once the route is added without a config."""
    # Of routes beside it, nothing counts any more then.
    others = ("route ",) if case.match.route.resource is not None else ("route ", "resource ")
    tables = [each.table for each in case.layers if not each.source.startswith(others)]
    policy = Policy(tuple(tables), ALLOWED)
    if case.server is None or not tables:
        return None
    request, origin = case.step.request, case.origin
    functions = case.server.functions
    return await functions.settle(request, origin, lambda said: policy.lookup(origin, said))
