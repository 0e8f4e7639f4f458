"""The public import path of ResourcesUrlDispatcherRouterAdapter."""

from ._routing.adapter import ResourcesUrlDispatcherRouterAdapter

__all__ = ("ResourcesUrlDispatcherRouterAdapter",)
