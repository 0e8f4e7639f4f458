"""The interface between CorsConfig and a router."""

from abc import ABCMeta, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from .resource_options import ResourceOptions

__all__ = ("AbstractRouterAdapter",)

PreflightHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AbstractRouterAdapter(metaclass=ABCMeta):
    """Connects `CorsConfig` to your own router: pass an instance as ``router_adapter``.

    A *routing entity* is what your router lets users configure, such as a route or a resource. A
    *config* maps origins to `ResourceOptions`, already checked. The adapter stores the configs and
    returns the one for a request; `CorsConfig` decides by it and writes the headers.
    """

    @abstractmethod
    def add_preflight_handler(self, routing_entity: Any, handler: PreflightHandler) -> None:
        """Serve OPTIONS requests to ``routing_entity`` with ``handler``.

        Does nothing if ``handler`` serves them already. Raises ``ValueError`` if the application
        has its own OPTIONS handler there.
        """

    @abstractmethod
    def is_preflight_request(self, request: web.Request) -> bool:
        """Tell whether ``request`` is served by the preflight handler."""

    @abstractmethod
    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        """Tell whether ``request`` is served by an entity that was added."""

    @abstractmethod
    def set_config_for_routing_entity(
        self, routing_entity: Any, config: Mapping[Any, ResourceOptions]
    ) -> None:
        """Store the config of ``routing_entity``.

        Raises ``ValueError`` if it already has another config.
        """

    @abstractmethod
    async def get_preflight_request_config(
        self, preflight_request: web.Request, origin: str, requested_method: str
    ) -> Mapping[Any, ResourceOptions]:
        """Return the config for a request with ``requested_method`` to the preflight's path.

        Raises ``KeyError`` if that method is not allowed for ``origin``.
        """

    @abstractmethod
    def get_non_preflight_request_config(
        self, request: web.Request
    ) -> Mapping[Any, ResourceOptions]:
        """Return the config of the entity that serves ``request``."""
