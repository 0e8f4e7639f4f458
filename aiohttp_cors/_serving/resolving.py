"""Resolving requests as the router of an application would without the library's hooks."""

from __future__ import annotations

from collections.abc import Awaitable, Collection
from functools import partial

from aiohttp import web

from .._http.hooks import OWN_RESOLVE, announced, plainly, resolve_last, resolver_of


class Resolving:
    """Resolves requests with the router of one application.

    ``inner`` are the servers of the applications inside it; more may be found later.
    """

    def __init__(self, router: web.UrlDispatcher, inner: Collection[object]) -> None:
        self._router = router
        self._inner = inner
        self.resolver = resolver_of(router)

    def resolve_as(self, request: web.Request, method: str) -> Awaitable[web.UrlMappingMatchInfo]:
        """Resolve a request as if it had another method."""
        resolve = self.resolver.resolve
        if resolve is OWN_RESOLVE and not self._inner:
            return resolve(self._router, announced(request, method))
        # Other code may clone the request.
        return self.resolve(announced(request, method, to_clone=True))

    def resolve_through_hooks(self, request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
        """Resolve a request while the hooks of inner applications look at it, too."""
        return self.resolver.resolve(self._router, request)

    def resolve(self, request: web.Request) -> Awaitable[web.UrlMappingMatchInfo]:
        """Resolve a request while the hooks of inner applications do nothing."""
        if self._inner:
            return plainly(partial(self.resolver.resolve, self._router), request)
        return self.resolver.resolve(self._router, request)

    async def resolve_last(self, request: web.Request) -> None:
        """Resolve a request with its own method once more: see `hooks.resolve_last`."""
        await resolve_last(self._router, request)


def router_of(match: web.UrlMappingMatchInfo, outermost: web.UrlDispatcher) -> web.UrlDispatcher:
    """Return the router with the route of ``match``, which ``outermost`` has returned."""
    return match.apps[-1].router if match.apps else outermost
