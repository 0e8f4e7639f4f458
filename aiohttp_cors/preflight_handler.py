"""The public import path of _PreflightHandler."""

from ._http.handler import _PreflightHandler

__all__ = ("_PreflightHandler",)
