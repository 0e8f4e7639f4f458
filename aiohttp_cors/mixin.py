"""The public import path of CorsViewMixin and custom_cors."""

from ._routing.views import APP_CONFIG_KEY as APP_CONFIG_KEY
from ._routing.views import CorsViewMixin, custom_cors

__all__ = ("CorsViewMixin", "custom_cors")
