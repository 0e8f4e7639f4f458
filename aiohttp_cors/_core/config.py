"""Configs: what users write, checked and parsed."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, Union, cast

from .options import ResourceOptions
from .origins import OriginFunction, OriginKey

#: What users write: origins and options are checked by `parse_config`.
Config = Mapping[Any, Union[ResourceOptions, Mapping[str, Any]]]

_EXAMPLE = "{'https://app.example.com': ResourceOptions()}"


def parse_config(config: Config | None, name: str = "config") -> dict[Any, ResourceOptions]:
    """Check a mapping of origins to options and return it with every value parsed.

    Errors call the mapping ``name``. Raises ``ValueError`` if it is not a valid config.
    """
    if config is None:
        return {}
    if not isinstance(config, Mapping):
        raise ValueError(
            f"{name!r} must map origins to ResourceOptions, got {config!r}; write {_EXAMPLE}"
        )
    return {
        _origin(name, origin): _options(name, origin, value) for origin, value in config.items()
    }


def _origin(name: str, origin: object) -> OriginKey:
    if isinstance(origin, str):
        # For a member of a str Enum, str() would return its name instead of its value.
        return str.__str__(origin)
    if isinstance(origin, re.Pattern):
        if isinstance(origin.pattern, str):
            return origin
        text = origin.pattern.decode("latin-1")
        raise ValueError(
            f"an expression in {name!r} must match str, not bytes, got {origin!r}; "
            f"write re.compile({text!r})"
        )
    if not callable(origin) or isinstance(origin, type):
        raise ValueError(
            f"an origin in {name!r} must be a string, a compiled regular expression or a function "
            f"of (origin, request), got {origin!r}; write {_EXAMPLE}"
        )
    try:
        inspect.signature(origin).bind("https://app.example.com", None)
    except TypeError:
        raise ValueError(
            f"a function in {name!r} must take (origin, request), got {origin!r}; "
            "write def is_allowed(origin, request)"
        ) from None
    except ValueError:
        # Some functions written in C have no signature to inspect.
        pass
    return cast(OriginFunction, origin)


def _options(name: str, origin: object, value: object) -> ResourceOptions:
    if isinstance(value, ResourceOptions):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(
            f"the options of {origin!r} in {name!r} must be ResourceOptions or a mapping of "
            f"their fields, got {value!r}; write ResourceOptions()"
        )
    unknown = sorted(map(repr, set(value) - set(ResourceOptions._fields)))
    if unknown:
        raise ValueError(
            f"the options of {origin!r} in {name!r} have no field {', '.join(unknown)}; "
            f"the fields are {', '.join(ResourceOptions._fields)}"
        )
    try:
        return ResourceOptions(**value)
    except ValueError as error:
        raise ValueError(f"the options of {origin!r} in {name!r}: {error}") from None
