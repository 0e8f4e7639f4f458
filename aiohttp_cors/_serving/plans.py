"""The plans of routes: what decides about the responses, and mostly about requests, too."""

from __future__ import annotations

from collections.abc import Collection
from types import FunctionType
from typing import Any

from aiohttp import hdrs, web

from .._http.hooks import details_of, way_of
from .._routing.registry import Registry
from .._routing.routes import is_registered, served_as
from .._routing.snapshot import UNDECIDED, ResponsePlan
from .._routing.views import SERVER_KEY
from .resolving import router_of

#: Stands for the plan of a route that was not requested before.
_MISSING: Any = object()


class Plans:
    """Finds the plans of the routes of one application, and of those inside it.

    ``inner`` are the servers of the applications inside it; more may be found later.
    """

    def __init__(self, app: web.Application, registry: Registry, inner: Collection[object]) -> None:
        self._app = app
        self._registry = registry
        self._inner = inner

    def of_request(self, match: web.UrlMappingMatchInfo, method: str) -> ResponsePlan:
        """Return what decides about requests for ``method`` to the route of ``match``.

        It is the plan for the responses if that is a `Policy`, and no other application has a say.
        """
        route, own_method, apps = way_of(match)
        # The resource of another library may serve other methods by the same route.
        if apps or own_method != method:
            return UNDECIDED
        plan = self._registry.plans.get(route, _MISSING)
        return self.of_response(match) if plan is _MISSING else plan

    def of_response(self, match: web.UrlMappingMatchInfo) -> ResponsePlan:
        """Return the plan for the responses of a route, and store it in the snapshot.

        ``match`` may be without applications, if aiohttp has not added this one to it yet.
        """
        route, resource, method, handler, apps = details_of(match)
        registry = self._registry
        snapshot = registry.current or registry.snapshot
        if not apps or apps[-1] is self._app:
            # Many routes were added alike, and what is found is not compiled again.
            alike = snapshot.alike.get((registry.resources.get(resource), method), UNDECIDED)
            # A view that was added with the same entries has configs of its own.
            if alike is not UNDECIDED and (
                type(handler) is FunctionType or not isinstance(handler, type)
            ):
                # Looking for routes that were made for one request costs more than having a few.
                if len(snapshot.plans) < snapshot.most_plans or route in resource:
                    snapshot.plans[route] = alike
                return alike
        if not isinstance(route, web.AbstractRoute):
            # It is a mock in a unit test of a handler.
            return None
        router = router_of(match, self._app.router)
        plan = snapshot.plan(route, router)
        is_inside = apps and apps[-1] is not self._app
        if is_inside and plan is not None and plan is not UNDECIDED:
            plan = self._unless_decided_inside(plan, match, router)
        # A GET route with the same handler may still be added.
        open_end = route.method == hdrs.METH_HEAD and not served_as(route)
        if is_registered(route) and not open_end:
            snapshot.plans[route] = plan
        return plan

    def _unless_decided_inside(
        self, plan: ResponsePlan, match: web.UrlMappingMatchInfo, router: web.UrlDispatcher
    ) -> ResponsePlan:
        """Return a plan without the methods that an inner application decides about."""
        apps = match.apps[match.apps.index(self._app) + 1 :]
        inside = [app[SERVER_KEY] for app in reversed(apps) if SERVER_KEY in app]
        if not all(each.registry is not None and each in self._inner for each in inside):
            return UNDECIDED

        def decided(method: str) -> bool:
            return any(
                each.registry.snapshot.policy(match.route, method, router) is not None
                for each in inside
            )

        if isinstance(plan, dict):
            return {method: None if decided(method) else each for method, each in plan.items()}
        return None if decided(match.route.method) else plan
