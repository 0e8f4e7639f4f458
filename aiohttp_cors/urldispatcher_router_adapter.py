"""The import path of ResourcesUrlDispatcherRouterAdapter."""

from ._routing.registration import ResourcesUrlDispatcherRouterAdapter

__all__ = ("ResourcesUrlDispatcherRouterAdapter",)
