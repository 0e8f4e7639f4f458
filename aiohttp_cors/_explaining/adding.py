"""The line of code to write: the call of ``cors.add`` that allows a request."""

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
        # A plain view cannot have the library's OPTIONS handler.
        return await add_application_line(case)
    return f"cors.add({_registration(case, route)}{config})"


async def add_application_line(case: Case) -> str:
    """Return the call of ``cors.add`` that allows the request, whether it has a route or not."""
    return f"cors.add(app{await _config(case)})"


def is_inside(case: Case) -> bool:
    """Tell whether the route belongs to a sub-application without its own `CorsConfig`."""
    return len(case.match.apps) > 1 and APP_CONFIG_KEY not in case.match.apps[-1]


def _registration(case: Case, route: web.AbstractRoute) -> str:
    resource: Any = route.resource
    path = resource.canonical
    if len(case.match.apps) > 1:
        # In its own application, the path has no prefix.
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
    """Return the config argument to write; "" if the other configs allow the request."""
    found = await _found(case)
    options = case.needs(found.terms.options if found else _NOTHING)
    serves_several = case.match.route.method == hdrs.METH_ANY
    if options.allow_methods is not None and serves_several:
        options = case.needs(options, method=True)
    if found is not None and options == found.terms.options:
        return ""
    return f", {{{case.item(options)}}}"


async def _found(case: Case) -> Grant | None:
    """Return the grant for the origin if the route were added without a config."""
    # The configs of sibling routes would no longer count.
    others = ("route ",) if case.match.route.resource is not None else ("route ", "resource ")
    tables = [each.table for each in case.layers if not each.source.startswith(others)]
    policy = Policy(tuple(tables), ALLOWED)
    if case.server is None or not tables:
        return None
    request, origin = case.step.request, case.origin
    functions = case.server.functions
    return await functions.settle(request, origin, lambda answers: policy.lookup(origin, answers))
