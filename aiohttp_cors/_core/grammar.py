"""What the texts in CORS headers may look like: tokens, lists of names, serialized origins."""

from __future__ import annotations

import re
from functools import lru_cache

#: Names that a script may read whether exposed or not, in lower case (Fetch §2.2.2,
#: "CORS-safelisted response-header name").
SAFELISTED_RESPONSE_HEADERS = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    }
)

#: Names that no script may ever read, in lower case (Fetch §2.2.2).
FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})

#: Methods that a page may use without a preflight (Fetch §2.2.1).
SAFELISTED_METHODS = frozenset({"GET", "HEAD", "POST"})

#: Methods that a page can never use (Fetch §2.2.1), compared without regard to case.
FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LIST_ELEMENT = re.compile(r"[^,]+")
_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>0|[1-9][0-9]{0,4}))?"
)
# A serialized origin leaves out the port that its scheme implies (URL §3.6).
_DEFAULT_PORTS = {"ftp": "21", "http": "80", "https": "443", "ws": "80", "wss": "443"}


def is_token(text: str) -> bool:
    """Tell whether ``text`` is a token: a method or a header name (RFC 9110 §5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def is_visible(text: str) -> bool:
    """Tell whether ``text`` has visible ASCII characters only, as every origin has."""
    return text.isascii() and text.isprintable() and " " not in text


def is_serialized_origin(text: str) -> bool:
    """Tell whether ``text`` is a tuple origin as a browser serializes it (HTML §7.1.1).

    ``null`` and everything that a browser would write in another way (upper case, a default
    port, a path) is none.
    """
    return _is_short_origin(text) if len(text) <= _SHORT else _is_origin(text)


def _is_origin(text: str) -> bool:
    match = _ORIGIN.fullmatch(text)
    if match is None:
        return False
    port = match["port"]
    return port is None or (int(port) < 65536 and port != _DEFAULT_PORTS.get(match["scheme"]))


def parse_names(value: str) -> frozenset[str] | None:
    """Read a comma-separated list of header names; ``None`` if an element is no token.

    Names come back in upper case. White space around an element and empty elements are
    accepted (RFC 9110 §5.6.1). Time is linear in the length of ``value``, and nothing is kept of
    empty elements.
    """
    return _parse_short_names(value) if len(value) <= _SHORT else _parse_names(value)


def _parse_names(value: str) -> frozenset[str] | None:
    names = set()
    for element in _LIST_ELEMENT.finditer(value):
        name = element[0].strip(" \t")
        if name:
            if not is_token(name):
                return None
            names.add(name.upper())
    return frozenset(names)


#: Pages send the same few texts over and over; clients that don't must not fill the memory.
_SHORT = 200
_parse_short_names = lru_cache(maxsize=256)(_parse_names)
_is_short_origin = lru_cache(maxsize=256)(_is_origin)
