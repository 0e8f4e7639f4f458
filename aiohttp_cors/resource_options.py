"""The public import path of ResourceOptions."""

from ._core.options import ResourceOptions

__all__ = ("ResourceOptions",)
