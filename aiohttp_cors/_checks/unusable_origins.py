"""Why a text that is meant as an origin can never match, and what was probably meant."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from .._core.origins import DEFAULT_PORTS, is_serialized_origin, is_wildcard

_PARTS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>[^/?#@]*)@)?"
    r"(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?P<port>:[^/?#]*)?(?P<rest>.*)",
    re.DOTALL,
)
#: Schemes of URLs that no page has for its origin, and what their pages have.
_NO_PAGE = {"ws": "http", "wss": "https", "file": "null", "data": "null", "blob": "null"}
_LOCAL = re.compile(r"(localhost|127\.|\[|0\.0\.0\.0|192\.168\.|10\.)")
_ENDS_IN_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Unusable(NamedTuple):
    """A text that no browser sends for an origin."""

    id: str
    #: Why not.
    message: str
    #: What to write instead, as in source code.
    hint: str | None


def unusable_origin(text: str) -> Unusable | None:
    """Say why ``text`` can match no origin, or return None if it can."""
    if not text:
        return Unusable("origin-scheme", "an origin is not empty", None)
    pieces = text.replace(",", " ").split()
    if len(pieces) > 1 or "," in text:
        usable = [_usable(piece) for piece in pieces]
        hint = ", ".join(repr(each) for each in usable if each) if all(usable) else None
        return Unusable("origin-list", "one key is one origin: write a key for each", hint)
    if pieces != [text]:
        return _with_hint("origin-space", "an origin has no white space", text.strip())
    if text == "null":
        return None
    if text.lower() == "null":
        return Unusable("origin-case", "browsers write it in lower case", "'null'")
    parts = _PARTS.fullmatch(text)
    if parts is None:
        scheme, rest = _split_scheme(text)
        guess = f"{scheme}://{rest}"
        return _with_hint("origin-scheme", "browsers send an origin with its scheme", guess)
    problem = _problem(parts)
    return None if problem is None else _with_hint(*problem, text)


def _split_scheme(text: str) -> tuple[str, str]:
    """Guess the scheme of an origin that is without, or without all of "://"."""
    written = re.match(r"(https?)[:/]+", text, re.IGNORECASE)
    if written is not None:
        return written[1], text[written.end() :]
    if text.count(":") > 1 and not text.startswith("["):
        return "http", f"[{text}]"
    return "http" if _LOCAL.match(text) else "https", text.lstrip(":/")


def _with_hint(id: str, message: str, text: str) -> Unusable:
    usable = _usable(text)
    return Unusable(id, message, None if usable is None else repr(usable))


def _problem(parts: re.Match[str]) -> tuple[str, str] | None:
    scheme, host, port = parts["scheme"].lower(), parts["host"], parts["port"]
    if scheme in _NO_PAGE:
        return "origin-scheme", f"no page has an origin of {scheme}: its is {_NO_PAGE[scheme]!r}"
    if parts["user"] is not None:
        return "origin-user-info", "browsers send an origin without user name and password"
    if parts["rest"]:
        return "origin-path", "browsers send an origin without path, slash, query or fragment"
    if is_wildcard(parts[0]):
        return None
    if not parts[0].isascii():
        return "origin-non-ascii", "browsers send a host in ASCII, as punycode"
    if parts[0] != parts[0].lower():
        return "origin-case", "browsers send an origin in lower case"
    if not _is_as_browsers_write(host):
        return "origin-address", "this is not how browsers write an IP address"
    if port is not None and port[1:] == str(DEFAULT_PORTS.get(scheme)):
        return "origin-default-port", f"browsers leave out the port of {scheme}"
    if "*" in parts[0]:
        return "origin-pattern", "only a first label '*.' and a whole port ':*' can be wild"
    if port is not None and not is_serialized_origin(f"x://h{port}"):
        return "origin-port", "a port is a number from 0 to 65535, without zeros in front"
    if is_serialized_origin(parts[0]):
        return None
    return "origin-malformed", "no browser sends such an origin"


def _usable(text: str) -> str | None:
    """Write ``text`` as browsers would, or return None if it can't be made usable."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    scheme = parts["scheme"].lower()
    scheme = _NO_PAGE.get(scheme, scheme)
    if scheme == "null":
        return None
    try:
        host = _address(_ascii(parts["host"]))
    except (UnicodeError, ValueError):
        return None
    port = (parts["port"] or "")[1:]
    if port not in ("", "*"):
        if not (port.isascii() and port.isdigit()):
            return None
        port = str(int(port))
    implied = ("", str(DEFAULT_PORTS.get(scheme)))
    fixed = f"{scheme}://{host}" + ("" if port in implied else f":{port}")
    return fixed if is_serialized_origin(fixed) or is_wildcard(fixed) else None


def _ascii(host: str) -> str:
    if any(character in "\u00df\u1e9e\u03c2\u200c\u200d" for character in host):
        # Python's codec makes another domain of them than browsers do (UTS 46).
        raise UnicodeError
    return host.lower() if host.isascii() else host.encode("idna").decode("ascii")


def _is_as_browsers_write(host: str) -> bool:
    try:
        return _address(host) == host
    except ValueError:
        return False


def _address(host: str) -> str:
    """Write an IP address as browsers do (URL §3.5); return other hosts as they are.

    Raises ``ValueError`` for what is meant as one and is none.
    """
    if host.startswith("["):
        return f"[{_compressed(host[1:-1])}]"
    pieces = host.removesuffix(".").split(".")
    return _dotted(pieces) if _ENDS_IN_NUMBER.fullmatch(pieces[-1]) else host


def _dotted(pieces: list[str]) -> str:
    # The last piece fills what is left of four bytes; "0x" is for base 16, "0" for base 8.
    numbers = [_number(piece) for piece in pieces]
    address = numbers[-1]
    if (
        len(numbers) > 4
        or any(number > 255 for number in numbers[:-1])
        or address >= 256 ** (5 - len(numbers))
    ):
        raise ValueError
    for at, number in enumerate(numbers[:-1]):
        address += number * 256 ** (3 - at)
    return str(ipaddress.IPv4Address(address))


def _number(piece: str) -> int:
    if piece.startswith("0x"):
        return int(piece[2:] or "0", 16)
    return int(piece, 8 if piece.startswith("0") else 10)


def _compressed(text: str) -> str:
    # Not str(): it writes the last two pieces of some addresses in dots (URL §3.5 never does).
    packed = ipaddress.IPv6Address(text).packed
    pieces = [f"{high << 8 | low:x}" for high, low in zip(packed[::2], packed[1::2])]
    runs = re.finditer(r"(?:\b0\b:?){2,}", ":".join(pieces))
    longest = max(runs, key=lambda run: len(run[0].split(":")) - run[0].endswith(":"), default=None)
    if longest is None:
        return ":".join(pieces)
    joined = ":".join(pieces)
    before = joined[: longest.start()].removesuffix(":")
    return f"{before}::{joined[longest.end() :]}"
