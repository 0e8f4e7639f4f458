"""URLs as browsers parse them: by the URL standard, with the parser of the extra ``testing``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from .._core.origins import DEFAULT_PORTS

#: The schemes that can be fetched.
_HTTP = ("http", "https")

#: A URL of http or https as the URL standard serializes it (URL §4.5).
_SERIALIZED = re.compile(
    r"(?P<scheme>https?)://(?:(?P<user>[^/?@]*)@)?(?P<host>\[[0-9a-f:]+\]|[^/?#@:\[\]]+)"
    r"(?::(?P<port>[0-9]+))?(?P<target>/[^#]*)(?:#.*)?",
    re.DOTALL,
)

# The patterns below match URLs that every parser reads in the same way. IPv4 addresses are written
# as browsers write them. A name whose last label starts with a letter is not an address (URL §3.5,
# "ends in a number checker"), and a name without "xn--" needs no mapping of Unicode.
_PLAIN_HOST = (
    r"(?:(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}"
    r"|(?!(?:[a-z0-9_-]+\.)*xn--)(?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*)"
)
# It has no dot segments, and no characters that browsers percent-encode.
_PLAIN_TARGET = (
    r"(?!/)(?!(?:[^?#]*/)?(?:\.|%2[Ee]){1,2}(?:[/?#]|$))"
    r"[!$%&'()*+,./0-9:;=@A-Z_a-z~-]*(?:\?[!$%&()*+,./0-9:;=?@A-Z\[\]_a-z~-]*)?"
)
_PLAIN_PATH = re.compile(rf"(?P<target>/{_PLAIN_TARGET})(?:#[!-~]*)?")
_PLAIN_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_PLAIN_HOST})(?::(?P<port>0|[1-9][0-9]{{0,4}}))?"
    rf"(?P<target>(?:/{_PLAIN_TARGET})?)(?:#[!-~]*)?"
)
_LARGEST_PORT = 65535

# fmt: off
#: "Bad port" (Fetch §2.9): no browser fetches from them.
_BAD_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95,
    101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179,
    389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601,
    636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566,
    6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})
# fmt: on


class Url(NamedTuple):
    """The parts of a URL of http or https."""

    scheme: str
    #: ``user`` or ``user:password``; "" if the URL has none.
    user: str
    #: In lower case; an IPv6 address is in brackets.
    host: str
    #: None for the default port of the scheme.
    port: int | None
    #: Path and query.
    target: str

    @property
    def origin(self) -> str:
        """The serialized origin (HTML §7.1.1)."""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def has_bad_port(self) -> bool:
        """Whether browsers refuse to fetch from the port (Fetch §2.9, "port blocking")."""
        return self.port in _BAD_PORTS


def split(url: str) -> Url:
    """Return the parts of a URL that `read` has returned.

    Raises ``ValueError`` for anything but a serialized URL of http or https.
    """
    match = _SERIALIZED.fullmatch(url)
    if match is None:
        raise ValueError(f"must be an absolute URL of http or https, got {url!r}")
    port = match["port"]
    return Url(
        match["scheme"],
        match["user"] or "",
        match["host"],
        None if port is None else int(port),
        match["target"],
    )


def origin_of(url: str) -> str:
    """Return the origin of a URL that `read` has returned; raise ``ValueError`` as `split` does."""
    return split(url).origin


def read(text: str, base: str | None = None) -> str:
    """Return ``text`` as browsers parse it, without a fragment (URL §4.4).

    ``base`` is the URL that it may be relative to, as returned by this function. Raises
    ``ValueError`` if ``text`` is not an http or https URL, and ``ModuleNotFoundError`` if it needs
    the parser of the extra ``testing``, which is not installed.
    """
    url = _plain(text, base)
    if url is None:
        # Browsers replace lone surrogates (Web IDL §3.2.12, "USVString").
        scalar = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        try:
            url = _join(text)(base or "about:blank", scalar).partition("#")[0]
        except ValueError:
            raise ValueError(f"must be a URL, got {text!r}") from None
    split(url)
    return url


def read_location(value: str, base: str) -> str:
    """Return a ``Location`` header as browsers parse it: see `read`.

    Bytes outside ASCII are percent-encoded first, so that they stay the same in a path.
    """
    encoded = "".join(
        character if character.isascii() else _percent_encoded(character) for character in value
    )
    return read(encoded, base)


def _percent_encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _plain(text: str, base: str | None) -> str | None:
    """Parse a URL that every parser reads in the same way; None for anything else."""
    match = _PLAIN_PATH.fullmatch(text)
    if match is not None and base is not None:
        return f"{base.removesuffix(split(base).target)}{match['target']}"
    match = _PLAIN_URL.fullmatch(text)
    if match is None:
        return None
    scheme, host, port, target = match.groups()
    if host[0].isdigit() and host.replace(".", "").isdigit() and not _is_ipv4(host):
        return None
    if port is not None and int(port) > _LARGEST_PORT:
        return None
    shown = "" if port is None or int(port) == DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{host}{shown}{target or '/'}"


def _is_ipv4(host: str) -> bool:
    return all(int(part) < 256 for part in host.split("."))


def _join(text: str) -> Callable[[str, str], str]:
    """Return the function that joins a base and a URL, importing its package only if needed."""
    try:
        from ada_url import join_url
    except ImportError:
        raise ModuleNotFoundError(
            f"{text!a} takes a URL parser to be read as browsers do; "
            "install it with: pip install 'aiohttp-cors[testing]'",
            name="ada_url",
        ) from None
    return join_url
