"""Request headers that need no preflight."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Longest value of one safelisted header, and of all together, in bytes (Fetch §2.2.2).
_LONGEST_VALUE = 128
_LONGEST_VALUES = 1024

# "CORS-unsafe request-header byte" (Fetch §2.2.2).
_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGES = re.compile(r"[0-9A-Za-z *,\-.;=]*")
# A range with a start, and only one (Fetch §2.2.2, "parse a single range header value").
_RANGE = re.compile(r"bytes=(?P<start>[0-9]+)-(?P<end>[0-9]*)")
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


def is_safelisted_request_header(name: str, value: str) -> bool:
    """Tell whether a header needs no preflight (Fetch §2.2.2, "CORS-safelisted request-header")."""
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
    """Return the header names that a preflight must announce, in lower case and sorted.

    Safelisted headers that are too long together need a preflight too (Fetch §2.2.2, "CORS-unsafe
    request-header names").
    """
    pairs = list(headers)
    safelisted = [pair for pair in pairs if is_safelisted_request_header(*pair)]
    unsafe = [pair for pair in pairs if not is_safelisted_request_header(*pair)]
    length = sum(len(value.encode("utf-8", "surrogateescape")) for _, value in safelisted)
    if length > _LONGEST_VALUES:
        unsafe = pairs
    return sorted({name.lower() for name, _ in unsafe})
