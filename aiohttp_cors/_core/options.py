"""ResourceOptions: what an origin may do with a resource."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple, Union

Names = Union[str, frozenset[str]]


class _Fields(NamedTuple):
    allow_credentials: bool
    expose_headers: Names
    allow_headers: Names
    max_age: int | None
    allow_methods: Names | None
    allow_private_network: bool
    allow_timing: bool


class ResourceOptions(_Fields):
    """What scripts of an origin may do with a resource.

    An immutable named tuple with keyword-only arguments:

    ``allow_credentials`` (``bool``)
        Scripts may send cookies and HTTP authentication, and read the response
        (``Access-Control-Allow-Credentials``).
    ``expose_headers`` (``"*"`` or strings)
        Response headers that scripts may read besides the safelisted ones
        (``Access-Control-Expose-Headers``). ``"*"``: every header of the response.
    ``allow_headers`` (``"*"`` or strings)
        Request headers that scripts may set, compared without regard to case
        (``Access-Control-Allow-Headers``). ``"*"``: any, but ``Authorization`` only with
        ``allow_credentials`` or if it is listed too.
    ``max_age`` (``int`` or ``None``)
        Seconds for which a browser may cache the response to a preflight
        (``Access-Control-Max-Age``). ``None``: the browser's default, 5 seconds.
    ``allow_methods`` (``None``, ``"*"`` or strings)
        Methods that are allowed on the whole path of what is added (``"*"``: all), even if their
        routes were not added themselves. ``None``: only the methods of what was added.
    ``allow_private_network`` (``bool``)
        Scripts of public sites may send requests to a server in a private network
        (``Access-Control-Allow-Private-Network``). Legacy: browsers now ask the user instead.
    ``allow_timing`` (``bool``)
        Scripts may read the detailed timing of the response (``Timing-Allow-Origin``; Resource
        Timing §4.5.1).

    "Strings" are any iterable of strings, but not a single string. Raises ``ValueError`` for a
    value of the wrong type. Source: Fetch §3.3.3.
    """

    __slots__ = ()

    def __new__(
        cls,
        *,
        allow_credentials: bool = False,
        expose_headers: Iterable[str] = (),
        allow_headers: Iterable[str] = (),
        max_age: int | None = None,
        allow_methods: Iterable[str] | None = None,
        allow_private_network: bool = False,
        allow_timing: bool = False,
    ) -> ResourceOptions:
        return super().__new__(
            cls,
            allow_credentials=_flag("allow_credentials", allow_credentials),
            expose_headers=_response_headers(expose_headers),
            allow_headers=_request_headers(allow_headers),
            max_age=_seconds("max_age", max_age),
            allow_methods=_methods(allow_methods),
            allow_private_network=_flag("allow_private_network", allow_private_network),
            allow_timing=_flag("allow_timing", allow_timing),
        )

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> ResourceOptions:  # type: ignore[override]
        # _replace() calls this, and copy.replace() of Python 3.13 does, so both validate.
        return cls(**dict(zip(cls._fields, iterable)))

    def __repr__(self) -> str:
        # As users write it: without the options that have their default value.
        return f"ResourceOptions({options_text(self)})"

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]:
        # copy and pickle would otherwise pass the fields by position.
        return (), self._asdict()

    def is_method_allowed(self, method: str) -> bool:
        """Tell whether ``allow_methods`` lists ``method``, case-sensitively (Fetch §2.2.1).

        ``False`` if ``allow_methods`` is ``None``: then what was added decides.
        """
        if self.allow_methods is None:
            return False
        return self.allow_methods == "*" or method in self.allow_methods


def options_dict(options: ResourceOptions) -> dict[str, Any]:
    """Return options as JSON values: names are sorted lists, or ``"*"``."""
    found = options._asdict()
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in found.items()
    }


def options_text(options: ResourceOptions) -> str:
    """Write the options that do not have their default value as keyword arguments."""
    found = options_dict(options).items()
    return ", ".join(f"{name}={value!r}" for name, value in found if value != _DEFAULTS[name])


def _flag(option: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{option!r} must be True or False, got {value!r}")
    return value


def _names(option: str, value: object) -> frozenset[str]:
    if value == "*":
        return frozenset("*")
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ValueError(
            f"{option!r} must be '*' or an iterable of strings, got {value!r}; "
            f"write {_list_meant(option, value)!r}"
        )
    names = list(value)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(f"{option!r} must hold strings only, got {name!r} in {names!r}")
        # Such a name could split the response in two.
        if any(character < " " or character == "\x7f" for character in name):
            raise ValueError(f"{option!r} must hold names without control characters, got {name!r}")
    return frozenset(map(str.__str__, names))


def _list_meant(option: str, value: object) -> Names | list[str]:
    """Return what to write instead of ``value``, which is not a list."""
    if value is True:
        return "*"
    if value is False or value is None:
        return []
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        names = [name.strip() for name in value.split(",")]
        return "*" if names == ["*"] else [name for name in names if name]
    return ["PUT"] if option == "allow_methods" else ["X-Token"]


def _response_headers(value: object) -> Names:
    names = _names("expose_headers", value)
    return "*" if "*" in names else names


def _request_headers(value: object) -> Names:
    names = _upper_names("allow_headers", value)
    # "*" beside other names stays in the set: listing Authorization beside it has a meaning.
    return "*" if names == {"*"} else names


def _methods(value: object) -> Names | None:
    if value is None:
        return None
    names = _upper_names("allow_methods", value)
    return "*" if "*" in names else names


def _upper_names(option: str, value: object) -> frozenset[str]:
    return frozenset(map(str.upper, _names(option, value)))


def _seconds(option: str, value: object) -> int | None:
    if value is None:
        return None
    seconds = None if isinstance(value, bool) else _integer(value)
    if seconds is None or seconds < 0:
        raise ValueError(
            f"{option!r} must be a non-negative integer (seconds) or None, got {value!r}"
            f"{_seconds_hint(value)}"
        )
    return seconds


def _integer(value: object) -> int | None:
    if isinstance(value, int):
        return int(value)
    # Integers of another kind are rare, so importing the package need not import this.
    from numbers import Integral

    return int(value) if isinstance(value, Integral) else None


def _seconds_hint(value: object) -> str:
    if isinstance(value, timedelta):
        return f"; write {max(int(value.total_seconds()), 0)}"
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return f"; write {value.lstrip('0') or '0'}"
    if isinstance(value, float) and value.is_integer() and value >= 0:
        return f"; write {int(value)}"
    number = _integer(value)
    if number is not None and number < 0:
        return "; write 0 to disable caching"
    return ""


_DEFAULTS = options_dict(ResourceOptions())
