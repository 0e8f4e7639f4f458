"""Why a text that is meant as an origin can never match, and what was probably meant."""

from __future__ import annotations

import re
from typing import NamedTuple

from .._core.origins import (
    DEFAULT_PORTS,
    SCHEMES_WITHOUT_ORIGIN,
    is_serialized_origin,
    is_wildcard,
)

_PARTS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>[^/?#@]*)@)?"
    r"(?P<host>\[[^\]/?#]*\]|[^/?#:]*)(?P<port>:[^/?#]*)?(?P<rest>.*)",
    re.DOTALL,
)
#: It does not match "data:3000", which is meant as a host and a port.
_WITHOUT_ORIGIN = re.compile(
    rf"(?P<scheme>{'|'.join(sorted(SCHEMES_WITHOUT_ORIGIN))}):(?![0-9]+$)", re.IGNORECASE
)
_INNER_URL = re.compile(r"blob:(?://)?(?P<url>https?://.*)", re.IGNORECASE | re.DOTALL)
#: A scheme where a part of "://" is missing, written twice, or in another place.
_BROKEN_SCHEME = re.compile(r"(?P<letters>[A-Za-z]+(?::s(?=/))?)[:;/\\]+")
_TWO_SCHEMES = re.compile(r"[A-Za-z]+:?//(?=[A-Za-z]+:?//)")
_LOCAL = re.compile(r"(localhost|127\.|\[|0\.0\.0\.0|192\.168\.|10\.)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_SOCKETS = {"ws": "http", "wss": "https"}


class Unusable(NamedTuple):
    """A text that no browser sends as an origin."""

    id: str
    #: A sentence: what is wrong with it.
    message: str
    #: A sentence: what to write instead.
    hint: str
    #: The origins that were probably meant; empty if that is unclear.
    meant: tuple[str, ...] = ()


def unusable_origin(text: str) -> Unusable | None:
    """Say why ``text`` can never match an origin; None if it can."""
    if not text:
        hint = "Write an origin such as 'https://app.example.com'."
        return Unusable("origin-scheme", "An origin cannot be empty.", hint)
    if text == "null":
        return None
    if text.lower() == "null":
        message = "Browsers send null in lower case."
        return Unusable("origin-case", message, "Write 'null'.", ("null",))
    # This comes before lists, because such URLs may have commas and spaces.
    without = _WITHOUT_ORIGIN.match(text)
    if without is not None:
        return _without_origin(text, without["scheme"].lower())
    pieces = text.replace(",", " ").split()
    if pieces != [text]:
        return _not_one(text, pieces)
    scheme = _TWO_SCHEMES.match(text)
    if scheme is not None:
        guess = _with_scheme(text[scheme.end() :])
        return _unusable("origin-scheme", "An origin has one scheme only.", guess)
    parts = _PARTS.fullmatch(text)
    if parts is None:
        message = "Browsers always send an origin with its scheme."
        return _unusable("origin-scheme", message, _with_scheme(text))
    return _wrong_parts(parts)


def _unusable(id: str, message: str, guess: str) -> Unusable:
    """Suggest the origin that ``guess`` means, or say where to find it if that is unclear."""
    meant = _usable(guess)
    if meant is None:
        return Unusable(id, message, "Write what location.origin shows in the page's console.")
    return Unusable(id, message, f"Write {meant!r}.", (meant,))


def _without_origin(text: str, scheme: str) -> Unusable:
    inner = _INNER_URL.fullmatch(text)
    if inner is not None:
        message = "The origin of a blob: URL is that of the page that made it."
        return _unusable("origin-scheme", message, inner["url"])
    message = f"Pages of {scheme}: URLs send null as their origin."
    hint = "Serve the page over https, and list the origin that it then has."
    return Unusable("origin-scheme", message, hint)


def _not_one(text: str, pieces: list[str]) -> Unusable:
    """Check a text that contains commas or white space."""
    joined = "".join(pieces)
    usable = [_usable(piece) for piece in pieces]
    meant = tuple(each for each in usable if each is not None)
    is_cut_scheme = not meant and joined.count("://") == 1
    if "," not in text and (len(pieces) <= 1 or is_cut_scheme):
        return _unusable("origin-space", "An origin cannot contain white space.", joined)
    message = "Each origin must be an entry of its own."
    if not pieces or len(meant) < len(pieces):
        return Unusable("origin-list", message, "Write one entry for each origin.")
    options = ", each with its options" if len(meant) > 1 else ""
    hint = f"Write {' and '.join(map(repr, meant))}{options}."
    return Unusable("origin-list", message, hint, meant)


def _with_scheme(text: str) -> str:
    """Add a missing scheme, or correct a broken "://"."""
    broken = _BROKEN_SCHEME.match(text)
    if broken is not None:
        scheme = _meant_scheme(broken["letters"].lower())
        if scheme in ("http", "https"):
            return f"{scheme}://{text[broken.end() :]}"
    if text.count(":") > 1 and not text.startswith("["):
        return f"http://[{text}]"
    return f"{'http' if _LOCAL.match(text) else 'https'}://{text.lstrip(':/')}"


def _meant_scheme(scheme: str) -> str:
    """Return the scheme, in lower case, that was meant where ``scheme`` was written."""
    if scheme in _SOCKETS:
        return _SOCKETS[scheme]
    # The letters of "https" in any order and number, or one typing mistake.
    is_shuffled = set("htp") <= set(scheme) <= set("htps")
    is_mistyped = is_shuffled or any(_is_one_typo(scheme, each) for each in ("http", "https"))
    if scheme in ("http", "https") or not is_mistyped:
        return scheme
    return "https" if "s" in scheme else "http"


def _is_one_typo(written: str, meant: str) -> bool:
    """Tell whether one letter is missing, extra or wrong, or two are swapped."""
    while written[:1] == meant[:1] != "":
        written, meant = written[1:], meant[1:]
    while written[-1:] == meant[-1:] != "":
        written, meant = written[:-1], meant[:-1]
    return max(len(written), len(meant)) <= 1 or (len(meant) == 2 and written == meant[::-1])


def _wrong_parts(parts: re.Match[str]) -> Unusable | None:
    """Check a text that has a scheme and "://"."""
    text = parts[0]
    problem = _wrong_scheme(parts) or _too_many_parts(parts)
    if problem is not None:
        return _unusable(*problem, text)
    if is_wildcard(text):
        return None
    bracketed = f"{parts['scheme']}://[{parts['host']}{parts['port']}]"
    if ":" in (parts["port"] or "")[1:] and _usable(bracketed) is not None:
        return _unusable("origin-address", "An IPv6 address must be in brackets.", bracketed)
    problem = _wrong_writing(parts)
    if problem is not None:
        return _unusable(*problem, text)
    if "*" in text:
        message = "Only a whole first label '*.' and a whole port ':*' can be wild."
        hint = "Write a compiled regular expression."
        if parts["host"] == "*":
            hint = 'Write a compiled regular expression, or "*" to allow any origin.'
        return Unusable("origin-pattern", message, hint)
    problem = _wrong_characters(parts)
    return None if problem is None else _unusable(*problem, text)


def _wrong_scheme(parts: re.Match[str]) -> tuple[str, str] | None:
    scheme = parts["scheme"].lower()
    meant = _meant_scheme(scheme)
    if scheme in _SOCKETS:
        return "origin-scheme", f"Pages never have a {scheme} origin; theirs starts with {meant}."
    if meant != scheme:
        return "origin-scheme", f"Browsers do not know the scheme {scheme}."
    if scheme == "ftp":
        return "origin-scheme", "Pages never have an ftp origin, because browsers do not open it."
    return None


def _too_many_parts(parts: re.Match[str]) -> tuple[str, str] | None:
    if parts["scheme"].lower() == "file" and parts[0] != "file://":
        return "origin-path", "Web views send file:// for every file, and browsers send null."
    if parts["user"] is not None:
        return "origin-user-info", "Browsers send an origin without user name and password."
    if parts["rest"]:
        return "origin-path", "Browsers send an origin without path, slash, query or fragment."
    return None


def _wrong_writing(parts: re.Match[str]) -> tuple[str, str] | None:
    """Find what browsers would write differently."""
    text, scheme, host = parts[0], parts["scheme"].lower(), parts["host"]
    is_domain = scheme in DEFAULT_PORTS
    if not text.isascii():
        form = "as punycode" if is_domain else "percent-encoded"
        return "origin-non-ascii", f"Browsers send a host in ASCII, {form}."
    if is_domain and text != text.lower():
        return "origin-case", "Browsers send an origin in lower case."
    if parts["scheme"] != scheme:
        return "origin-case", "Browsers send a scheme in lower case."
    try:
        as_browsers_write = _address(host, is_domain=is_domain)
    except ValueError:
        return "origin-address", "This is not a valid IP address."
    if host != as_browsers_write:
        return "origin-address", "Browsers write this IP address in another way."
    port = (parts["port"] or "")[1:]
    if port and port == str(DEFAULT_PORTS.get(scheme)):
        return "origin-default-port", f"Browsers leave out port {port} of {scheme}."
    return None


def _wrong_characters(parts: re.Match[str]) -> tuple[str, str] | None:
    if is_serialized_origin(parts[0]):
        return None
    if parts["port"] is not None and not is_serialized_origin(f"x://h{parts['port']}"):
        return "origin-port", "A port is a number from 0 to 65535, without leading zeros."
    scheme, host = parts["scheme"], parts["host"]
    wrong = [each for each in host if not is_serialized_origin(f"{scheme}://{each}")]
    if not wrong:
        return "origin-malformed", "An origin must have a host."
    return "origin-malformed", f"A host cannot contain {wrong[0]!r}."


def _usable(text: str) -> str | None:
    """Write ``text`` as browsers would; None if it does not make a usable origin."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    scheme = _meant_scheme(parts["scheme"].lower())
    if scheme == "file":
        return "file://"
    is_domain = scheme in DEFAULT_PORTS
    try:
        host = _ascii(parts["host"]) if is_domain else _percent_encoded(parts["host"])
        host = _address(host, is_domain=is_domain)
    except ValueError:
        return None
    port = (parts["port"] or "")[1:]
    if port.isascii() and port.isdigit():
        port = port.lstrip("0") or "0"
    implied = ("", str(DEFAULT_PORTS.get(scheme)))
    fixed = f"{scheme}://{host}" + ("" if port in implied else f":{port}")
    is_usable = is_serialized_origin(fixed) or is_wildcard(fixed)
    return fixed if is_usable and scheme != "ftp" else None


def _ascii(host: str) -> str:
    # Raises UnicodeError, a ValueError.
    if any(character in "\u00df\u1e9e\u03c2\u200c\u200d" for character in host):
        # Python's codec turns these characters into another domain than browsers do (UTS 46).
        raise UnicodeError
    return host.lower() if host.isascii() else host.encode("idna").decode("ascii")


def _percent_encoded(host: str) -> str:
    # "Opaque-host parser" (URL §3.5): hosts keep their case, and bytes above "~" are encoded.
    encoded = (f"%{byte:02X}" if byte > 126 else chr(byte) for byte in host.encode("utf-8"))
    return "".join(encoded)


def _address(host: str, *, is_domain: bool) -> str:
    """Write an IP address as browsers do (URL §3.5); return other hosts as they are.

    ``is_domain``: the scheme is in ``DEFAULT_PORTS``, so ``host`` may also be an IPv4 address.
    Raises ``ValueError`` for an invalid address.
    """
    if host.startswith("["):
        return f"[{_compressed(host[1:-1])}]"
    pieces = host.removesuffix(".").split(".")
    is_ipv4 = is_domain and _NUMBER.fullmatch(pieces[-1]) is not None
    return _dotted(pieces) if is_ipv4 else host


def _dotted(pieces: list[str]) -> str:
    # The last number fills the remaining ones of four bytes; "0x" means base 16, "0" base 8.
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
    return ".".join(map(str, address.to_bytes(4, "big")))


def _number(piece: str) -> int:
    if _NUMBER.fullmatch(piece) is None:
        raise ValueError
    if piece.startswith("0x"):
        return int(piece[2:] or "0", 16)
    return int(piece, 8 if piece.startswith("0") else 10)


def _compressed(text: str) -> str:
    # Few applications list IPv6 addresses, and only those import the module.
    import ipaddress

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
