"""Headers: tokens, lists of names, and the names that no script can set or read."""

from __future__ import annotations

import re

#: Response header names that a script can always read, in lower case (Fetch §2.2.2,
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

#: Response header names that no script can ever read, in lower case (Fetch §2.2.2).
FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})

# "Forbidden request-header" (Fetch §2.2.2), in lower case.
_FORBIDDEN_REQUEST_HEADERS = frozenset(
    {
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "access-control-request-private-network",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)
_METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
_FORBIDDEN_OVERRIDES = frozenset({"CONNECT", "TRACE", "TRACK"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LIST_ELEMENT = re.compile(r"[^,]+")
_NO_VALUE = re.compile(r"[\x00\r\n]|[^\x00-\xff]")


def is_token(text: str) -> bool:
    """Tell whether ``text`` is a token: a method or a header name (RFC 9110 §5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def is_visible(text: str) -> bool:
    """Tell whether ``text`` consists of visible ASCII characters, as every origin does."""
    return text.isascii() and text.isprintable() and " " not in text


def is_header_value(value: str) -> bool:
    """Tell whether scripts can send ``value``: a byte string (Fetch §2.2.2, "header value")."""
    return _NO_VALUE.search(value) is None


def is_forbidden_request_header(name: str, value: str = "") -> bool:
    """Tell whether scripts can never set a header (Fetch §2.2.2, "forbidden request-header").

    ``value`` counts only for headers that override the method.
    """
    name = name.lower()
    if name in _METHOD_OVERRIDES:
        return any(method.strip().upper() in _FORBIDDEN_OVERRIDES for method in value.split(","))
    return name in _FORBIDDEN_REQUEST_HEADERS or name.startswith(("proxy-", "sec-"))


def parse_names(value: str) -> frozenset[str] | None:
    """Read a comma-separated list of header names; ``None`` if an element is not a token.

    Returns names in upper case. Accepts white space around elements, and empty elements (RFC 9110
    §5.6.1). Time is linear in the length of ``value``, and empty elements use no memory.
    """
    names = set()
    for element in _LIST_ELEMENT.finditer(value):
        name = element[0].strip(" \t")
        if name:
            if not is_token(name):
                return None
            names.add(name.upper())
    return frozenset(names)
