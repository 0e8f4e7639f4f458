"""The import path of CorsViewMixin and custom_cors."""

from ._routing.views import APP_CONFIG_KEY, CorsViewMixin, custom_cors

__all__ = ("APP_CONFIG_KEY", "CorsViewMixin", "custom_cors")
