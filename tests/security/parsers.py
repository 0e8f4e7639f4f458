"""The parsers of the pure core, each held to laws that are written apart from it, for any text."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from aiohttp_cors import ResourceOptions
from aiohttp_cors._browser import safelist
from aiohttp_cors._checks import unusable_origins
from aiohttp_cors._core import headers as grammar
from aiohttp_cors._core import methods, origin_table
from aiohttp_cors._core import origins as wildcards

#: Longer texts say nothing new.
LONGEST = 4096

_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}


class Broken(Exception):
    """A parser broke a law."""


def _law(holds: object, rule: str, *values: object) -> None:
    # assert would do nothing under python -O.
    if not holds:
        raise Broken(f"{rule}: {values!r}")


def _is_token(text: str) -> bool:
    return bool(text) and _TOKEN.issuperset(text)


def tokens(text: str) -> None:
    _law(grammar.is_token(text) == _is_token(text), "a token is of token characters", text)
    usable = _is_token(text) and text.upper() not in ("CONNECT", "TRACE", "TRACK")
    _law(methods.is_usable_method(text) == usable, "usable methods are tokens", text)
    method = methods.normalize_method(text)
    _law(method.upper() == text.upper(), "a method keeps its letters", text)
    _law(methods.normalize_method(method) == method, "normalized once is for good", text)
    visible = all("!" <= character <= "~" for character in text)
    _law(grammar.is_visible(text) == visible, "visible is from ! to ~", text)


def names(text: str) -> None:
    elements = [element.strip(" \t") for element in text.split(",")]
    elements = [element for element in elements if element]
    expected = None
    if all(map(_is_token, elements)):
        expected = frozenset(element.upper() for element in elements)
    found = grammar.parse_names(text)
    _law(found == expected, "a list is of tokens", text, found)
    if found is not None:
        again = grammar.parse_names(", ".join(found))
        _law(again == found, "what was parsed is parsed the same", text)


def serialized_origins(text: str) -> None:
    if wildcards.is_serialized_origin(text):
        scheme, separator, rest = text.partition("://")
        _law(grammar.is_visible(text) and scheme == scheme.lower(), "an origin is visible", text)
        # The hosts of other schemes are opaque, and keep their case.
        _law(scheme not in _PORTS or rest == rest.lower(), "a domain is in lower case", text)
        _law(separator and not set(rest) & set("/?#@\\*"), "an origin is no URL", text)
        parts = urlsplit(f"{text}/") if _is_address_sound(rest) else None
        if parts is not None:
            port = "" if parts.port is None else f":{parts.port}"
            bare = rest[: len(rest) - len(port)] if port else rest
            _law(scheme == parts.scheme and bare + port == parts.netloc, "it is its parts", text)
            _law(parts.port is None or parts.port != _PORTS.get(scheme), "port implied", text)
    problem = unusable_origins.unusable_origin(text)
    if problem is None:
        usable = wildcards.is_serialized_origin(text) or wildcards.is_wildcard(text)
        _law(usable or text == "null", "an origin without findings can match", text)
    else:
        for meant in problem.meant:
            again = unusable_origins.unusable_origin(meant)
            _law(again is None, "what is meant has no findings", text, meant, again)
            _law(repr(meant) in problem.hint, "the hint says it", text, meant)


def _is_address_sound(rest: str) -> bool:
    # urlsplit() reads addresses in brackets, which an origin must only look like.
    return not rest.startswith("[")


_TABLE = origin_table.OriginTable(
    {
        "https://good.example": ResourceOptions(allow_credentials=True),
        "https://*.sub.example": ResourceOptions(),
        "http://localhost:*": ResourceOptions(),
        re.compile(r"https://pr-[0-9]+\.example"): ResourceOptions(),
    }
)
_LABEL = "[a-z0-9_-]+"
_MATCHES = {
    "https://*.sub.example": re.compile(rf"https://(?:{_LABEL}\.)+sub\.example"),
    "http://localhost:*": re.compile(r"http://localhost(?::(?!80$)(?:0|[1-9][0-9]{0,4}))?"),
    "expression": re.compile(r"https://pr-[0-9]+\.example"),
}


def tables(text: str) -> None:
    exact = _TABLE.exact.get(text)
    _law((exact is not None) == (text == "https://good.example"), "a key is its text", text)
    if origin_table.can_match_patterns(text):
        grant = _TABLE.match(text)
        expected = any(each.fullmatch(text) for each in _MATCHES.values())
        _law((grant is not None) == expected, "patterns match what is meant", text, grant)
        _law(
            grant is None or grant.allow_origin == text, "the origin of the request is echoed", text
        )
    for credentials in (True, False):
        star = origin_table.Star(ResourceOptions(allow_credentials=credentials)).get(text, None)
        if star is None:
            _law(not grammar.is_visible(text), "'*' refuses invisible text only", text)
        elif star.allow_origin == "*":
            _law(not star.terms.credentials, "'*' is without credentials", text)
        else:
            echoed = star.allow_origin == text and wildcards.is_serialized_origin(text)
            _law(echoed, "an origin is echoed", text)


def headers(text: str) -> None:
    name, _, value = text.partition(":")
    grammar.is_forbidden_request_header(name, value)
    if safelist.is_safelisted_request_header(name, value):
        known = {"accept", "accept-language", "content-language", "content-type", "range"}
        _law(name.lower() in known, "few headers are safelisted", text)
        _law(len(value.encode("utf-8", "surrogateescape")) <= 128, "their values are short", text)
        _law(not set(value) & set('"():<>?@[\\]{}\x7f\0\n'), "and have safe bytes", text)
    unsafe = safelist.unsafe_request_header_names([(name, value), ("Accept", "a" * 100)])
    _law(unsafe == sorted(set(unsafe)), "names are sorted, each once", text)
    grammar.is_header_value(value)


def options(text: str) -> None:
    for option in ("allow_headers", "expose_headers", "allow_methods"):
        try:
            made = ResourceOptions(**{option: text.split(",")})
        except ValueError as error:
            _law(option in str(error), "an error names the option", text, error)
            control = any(character < " " or character == "\x7f" for character in text)
            _law(control, "only control characters are errors", text, error)
        else:
            _law(ResourceOptions(**made._asdict()) == made, "options survive a round trip", text)
            values = getattr(made, option)
            clean = all(" " <= character != "\x7f" for value in values for character in value)
            _law(clean, "options have no control characters", text)


LAWS = (tokens, names, serialized_origins, tables, headers, options)


def decode(data: bytes) -> str:
    """Read bytes as aiohttp reads headers; with a first byte ``~`` as a config in UTF-8."""
    if data[:1] == b"~":
        return data[1:].decode("utf-8", "replace")
    return data.decode("utf-8", "surrogateescape")


def check(data: bytes) -> None:
    """Hold all parsers to their laws for one text; raise `Broken` if one breaks it."""
    text = decode(data[:LONGEST])
    for law in LAWS:
        law(text)


#: Where the search for texts begins.
SEEDS = [
    *(b"https://good.example", b"https://a.b.sub.example", b"http://localhost:3000", b"null"),
    *(b"https://pr-12.example", b"https://sub.example", b"HTTPS://Good.example:443/", b"//a:b@c"),
    *(b"http://localhost:80", b"http://localhost:65536", b"https://[::1]:8443", b"http://127.1"),
    *(b"safari-web-extension://140BB581-A2C0", b"app://MyApp:80", b"file://", b"htpps://a.example"),
    *(b"blob:https://a.example/1", b"data:text/html,x y", b"http://::1", b"https://*.a.example"),
    *(b"https://*.good.example:*", b"~https://\xc3\xbc.example", b"*", b"x-a, X-B ,,\tx-c"),
    *(b"authorization,content-type", b"GET", b"patch", b"TRACE", b"X-A\r\nX-B: 1", b"a,\x7f"),
    *(b"Content-Type:text/plain; charset=utf-8", b"range:bytes=1-2", b"accept-language:en,*"),
    *(b"x-http-method:GET, track", b"~\xe2\x80\xa8", b"\xff\x80", b"https://good.example\n"),
]


def variations(seed: int, count: int) -> Iterator[bytes]:
    """Yield ``count`` texts that are like the seeds, the same ones for the same ``seed``."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randint(0, 4)):
            at = chance.randint(0, len(data))
            other = chance.choice(SEEDS)
            cut = chance.randint(0, len(other))
            pieces = (bytes([chance.randrange(256)]), other[:cut], other[cut:], b"")
            data[at : at + chance.randint(0, 2)] = chance.choice(pieces)
        yield bytes(data)
