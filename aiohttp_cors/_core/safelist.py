"""What a page may send at all, and what without a preflight."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .grammar import FORBIDDEN_METHODS, SAFELISTED_METHODS, is_token

#: Longest value of one safelisted header, and of all together, in bytes (Fetch §2.2.2).
_LONGEST_VALUE = 128
_LONGEST_VALUES = 1024

# "CORS-unsafe request-header byte" (Fetch §2.2.2).
_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_NO_VALUE = re.compile(r"[\x00\r\n]|[^\x00-\xff]")
_LANGUAGES = re.compile(r"[0-9A-Za-z *,\-.;=]*")
# A range with a start, and only one (Fetch §2.2.2, "parse a single range header value").
_RANGE = re.compile(r"bytes=(?P<start>[0-9]+)-(?P<end>[0-9]*)")
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})

# "Forbidden request-header" (Fetch §2.2.2), in lower case.
_FORBIDDEN = frozenset(
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
_NORMALIZED = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_METHOD_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})


def is_forbidden_request_header(name: str, value: str = "") -> bool:
    """Tell whether no script can set a header (Fetch §2.2.2, "forbidden request-header")."""
    name = name.lower()
    if name in _METHOD_OVERRIDES:
        return any(method.strip().upper() in FORBIDDEN_METHODS for method in value.split(","))
    return name in _FORBIDDEN or name.startswith(("proxy-", "sec-"))


def is_usable_method(method: str) -> bool:
    """Tell whether scripts may use ``method`` at all (Fetch §2.2.1, "forbidden method")."""
    return is_token(method) and method.upper() not in FORBIDDEN_METHODS


def normalize_method(method: str) -> str:
    """Write a method as browsers send it (Fetch §2.2.1, "normalize"): ``patch`` stays as it is."""
    return method.upper() if method.upper() in _NORMALIZED else method


def is_header_value(value: str) -> bool:
    """Tell whether scripts can send ``value``: a byte string (Fetch §2.2.2, "header value")."""
    return _NO_VALUE.search(value) is None


def is_safelisted_method(method: str) -> bool:
    """Tell whether ``method`` takes no preflight (Fetch §2.2.1, "CORS-safelisted method")."""
    return method in SAFELISTED_METHODS


def is_safelisted_request_header(name: str, value: str) -> bool:
    """Tell whether a header takes no preflight (Fetch §2.2.2, "CORS-safelisted request-header")."""
    if len(value.encode("utf-8", "surrogateescape")) > _LONGEST_VALUE:
        return False
    name = name.lower()
    if name == "accept":
        return _UNSAFE_BYTE.search(value) is None
    if name in ("accept-language", "content-language"):
        return _LANGUAGES.fullmatch(value) is not None
    if name == "content-type":
        essence = value.partition(";")[0].strip(" \t\r\n").lower()
        return _UNSAFE_BYTE.search(value) is None and essence in _FORM_TYPES
    if name == "range":
        found = _RANGE.fullmatch(value)
        return found is not None and not (found["end"] and int(found["end"]) < int(found["start"]))
    return False


def unsafe_request_header_names(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names that a preflight has to ask for: in lower case, sorted, each once.

    Many safelisted headers together take a preflight, too (Fetch §2.2.2, "CORS-unsafe
    request-header names").
    """
    pairs = list(headers)
    safelisted = [pair for pair in pairs if is_safelisted_request_header(*pair)]
    unsafe = [pair for pair in pairs if not is_safelisted_request_header(*pair)]
    length = sum(len(value.encode("utf-8", "surrogateescape")) for _, value in safelisted)
    if length > _LONGEST_VALUES:
        unsafe = pairs
    return sorted({name.lower() for name, _ in unsafe})
