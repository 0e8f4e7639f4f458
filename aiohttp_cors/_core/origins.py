"""Origins: what one looks like, wildcards, and whether a request comes from the same one."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar, Union

from .headers import is_visible

#: A function of the application: whether an origin is allowed for a request.
OriginFunction = Callable[[str, Any], Union[bool, Awaitable[bool]]]
#: What a config may list as an origin.
OriginKey = Union[str, "re.Pattern[str]", OriginFunction]

#: Default ports by scheme; a serialized origin leaves them out (URL §3.6). Hosts of these schemes
#: are domains or IP addresses, in lower case; those of any other scheme are opaque.
DEFAULT_PORTS = {"ftp": 21, "http": 80, "https": 443, "ws": 80, "wss": 443}

#: URLs of these schemes have the origin ``null``, or that of another URL (URL §4.7).
SCHEMES_WITHOUT_ORIGIN = frozenset({"about", "blob", "data", "javascript"})

_Value = TypeVar("_Value")

_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[^:]*)"
    r"(?::(?P<port>0|[1-9][0-9]{0,4}))?"
)
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
# "Opaque-host parser" (URL §3.5): hosts of other schemes keep their case, and may be empty. "*" and
# "," are left out: where they are written, a pattern or a list was meant.
_OPAQUE_HOST = re.compile(r"[!\"$-)+.0-9;=A-Z_`a-z{}~-]*|\[[0-9a-f:.]+\]")

#: Only results for shorter texts are cached. Pages send the same few origins again and again, and
#: what clients make up must not fill the memory.
_SHORT = 200


def is_serialized_origin(text: str) -> bool:
    """Tell whether ``text`` is a tuple origin as a browser serializes it (HTML §7.1.1).

    ``null`` is not, and neither is text that a browser would write differently (with upper case in
    a domain, a default port, or a path). Extensions and web views have origins of other schemes,
    whose hosts are opaque (URL §3.5): ``safari-web-extension://140BB581-…``, ``file://``.
    """
    return _is_short_origin(text) if len(text) <= _SHORT else _is_origin(text)


def _is_origin(text: str) -> bool:
    match = _ORIGIN.fullmatch(text)
    if match is None:
        return False
    scheme, host, port = match.groups()
    pattern = _HOST if scheme in DEFAULT_PORTS else _OPAQUE_HOST
    if pattern.fullmatch(host) is None or scheme in SCHEMES_WITHOUT_ORIGIN:
        return False
    return port is None or (
        host != "" and int(port) < 65536 and int(port) != DEFAULT_PORTS.get(scheme)
    )


_is_short_origin = lru_cache(maxsize=256)(_is_origin)


def origin_text(origin: OriginKey) -> str:
    """Write an origin of a config as in source code: ``'https://app.example.com'``."""
    return getattr(origin, "__qualname__", None) or repr(origin)


def is_same_origin(origin: str, site: str | None, host: str | None) -> bool:
    """Tell whether a request with an Origin header comes from the server's own pages.

    ``site`` is the header Sec-Fetch-Site, which no script can set (Fetch Metadata §2.4), and
    ``host`` the header Host; ``None`` if the request has none. Without Sec-Fetch-Site, Origin and
    Host must name the same host and port. Schemes are not compared, because a server behind a
    proxy that terminates TLS does not know its own.
    """
    if "," in origin:
        # Several Origin lines: no browser sends them.
        return False
    if site is not None:
        return site in ("same-origin", "none")
    scheme, separator, authority = origin.partition("://")
    if not separator or not authority or host is None or not is_visible(origin):
        return False
    port = DEFAULT_PORTS.get(scheme)
    return _without(host.lower(), port) == _without(authority, port)


def _without(authority: str, port: int | None) -> str:
    return authority if port is None else authority.removesuffix(f":{port}")


_WILD_PARTS = re.compile(r"(?P<scheme>[^:]+://)(?P<host>\[[^\]]*\]|[^:]*)(?P<port>(?::[0-9]+)?)")

#: No host name is longer (RFC 1035 §2.3.4), which bounds the look-ups for one origin.
_LONGEST_HOST = 253


def is_wildcard(text: str) -> bool:
    """Tell whether ``text`` is a wildcard origin: a leading ``*.``, a whole port ``*``, or both."""
    scheme, separator, rest = text.partition("://")
    host = rest[2:] if rest.startswith("*.") else rest
    bare = host[:-2] if host.endswith(":*") else host
    if not bare or bare == rest or not is_serialized_origin(scheme + separator + bare):
        return False
    return host == rest or not _is_address(bare.partition(":")[0])


def _is_address(host: str) -> bool:
    # An IP address has no subdomains (URL §3.5: a host that ends in a number is an IPv4 address).
    return host.startswith("[") or host.rpartition(".")[2].isdigit()


class Wildcards(Generic[_Value]):
    """Finds the wildcards that match an origin; the cost does not grow with their number."""

    __slots__ = ("_by_text",)

    def __init__(self) -> None:
        self._by_text: dict[str, tuple[int, _Value]] = {}

    def __len__(self) -> int:
        return len(self._by_text)

    def add(self, wildcard: str, value: _Value) -> None:
        """Add a wildcard, as `is_wildcard` defines it; of those that match, the first decides."""
        self._by_text.setdefault(wildcard, (len(self._by_text), value))

    def find(self, origin: str) -> _Value | None:
        """Return the value of the first wildcard that matches a serialized origin."""
        found = [self._by_text[text] for text in _candidates(origin) if text in self._by_text]
        return min(found, key=lambda pair: pair[0])[1] if found else None


def _candidates(origin: str) -> Iterator[str]:
    """Yield every wildcard that could match ``origin``."""
    parts = _WILD_PARTS.fullmatch(origin)
    if parts is None or len(parts["host"]) > _LONGEST_HOST:
        return
    scheme, host, port = parts.groups()
    yield f"{scheme}{host}:*"
    if _is_address(host) or not all(host.split(".")):
        return
    while "." in host:
        host = host.partition(".")[2]
        yield f"{scheme}*.{host}{port}"
        yield f"{scheme}*.{host}:*"
