"""Look-alikes: origins that a regular expression accepts although its author did not mean them.

Sample origins are made from the text of the expression. Each is changed as an attacker would
change it, and matched with the expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .._core.origins import DEFAULT_PORTS, is_serialized_origin
from .public_suffixes import is_public_suffix, open_suffix

#: An expression may take exponential time for long texts, so few and short ones are tried.
_MOST_SAMPLES = 16
_LONGEST_SAMPLE = 120

_ANYTHING = "https://look-alike.invalid"
_QUANTIFIER = re.compile(r"[*+?]|\{(\d*),?\d*\}")
#: A colon that is neither of a scheme nor of a group.
_PORT = re.compile(r"(?<!\(\?)(?<!\(\?[aims]):(?!//)")
#: Groups that change nothing about samples: without a name, or with flags like "any case".
_PLAIN_GROUP = re.compile(r"\?[aims]*:")
#: Escapes that match a position, not a character.
_PLACES = "AZzbB"
_CLASSES = {"d": "1", "w": "a", "S": "a", "D": "a", "W": "-", "s": " "}
#: In a sample, the first of these that a class of characters matches stands for the class.
_TYPICAL = "a1-.xA0_:/"


# Why an expression accepts what it should not, and what to write instead.
_ANY = ("and any other origin", 'List the origins by name, or write "*" to allow any origin.')
_DOT_OPEN = ("because its unescaped '.' stands for any character", r"Write \. for a dot.")
_END = (
    "because nothing anchors the end of the host",
    r"End the expression where the host ends; (:\d+)? allows any port.",
)
_BEGIN = (
    "because nothing anchors the start of the domain",
    r"Write // or \. in front of the domain.",
)
_ANYBODY = (
    "because anybody can register a name there",
    "Write a name that is yours alone.",
)
_SCHEME = ("because it leaves the scheme open", "Begin the expression with https://.")
_BEFORE_PORT = (
    "because nothing ends the host before the port",
    "Write a class without the colon, such as [^:/]*.",
)


class LookAlike(NamedTuple):
    """An origin that an expression accepts although its author did not mean it."""

    origin: str
    #: The rest of a sentence that begins with "It also accepts …".
    why: str
    #: A sentence: what to write instead.
    hint: str


class _Sample(NamedTuple):
    """A text that an expression may be meant to match."""

    text: str = ""
    #: What each character comes from: "l" literal, "." an unescaped dot, "c" a class.
    kinds: str = ""

    def plus(self, other: _Sample) -> _Sample:
        return _Sample(self.text + other.text, self.kinds + other.kinds)


_DOT = _Sample("a", ".")


class _Unknown(Exception):
    """The expression has syntax that is not supported here."""


def look_alike(expression: re.Pattern[str]) -> LookAlike | None:
    """Return an origin that ``expression`` accepts unexpectedly, if one is found."""
    samples = _samples(expression)
    if samples and expression.fullmatch(_ANYTHING):
        return LookAlike(_ANYTHING, *_ANY)
    for meant in samples:
        for origin, (why, hint) in _changed(meant, expression.pattern):
            if is_serialized_origin(origin) and expression.fullmatch(origin):
                return LookAlike(origin, why, hint)
    return None


def insecure_origin(expression: re.Pattern[str], is_loopback: Callable[[str], bool]) -> str | None:
    """Return an ``http`` origin that ``expression`` accepts and that is not loopback, or None."""
    for meant in _samples(expression):
        origin = f"http://{meant.text.split('://')[1]}"
        is_remote = is_serialized_origin(origin) and not is_loopback(origin)
        if is_remote and expression.fullmatch(origin):
            return origin
    return None


def _samples(expression: re.Pattern[str]) -> list[_Sample]:
    """Return origins that ``expression`` may be meant to match; ``[]`` if that is unclear."""
    if expression.flags & re.VERBOSE:
        return []
    # Flags for the whole come first; the compiled expression has them.
    pattern = re.sub(r"^\(\?[a-z]+\)", "", expression.pattern)
    try:
        samples = [_as_meant(each) for each in _alternatives(_Reader(pattern))]
    except _Unknown:
        return []
    return [
        meant
        for meant in samples
        if len(meant.text) <= _LONGEST_SAMPLE and is_serialized_origin(meant.text)
    ]


def _as_meant(sample: _Sample) -> _Sample:
    """Write what browsers would: lower case, dots where the expression has them, a scheme."""
    letters = ("." if kind == "." else letter for letter, kind in zip(sample.text, sample.kinds))
    text = "".join(letters)
    if "://" not in text:
        return _Sample("https://", "c" * 8).plus(sample._replace(text=text.lower()))
    scheme = text.partition("://")[0].lower()
    # Hosts of other schemes keep their case.
    return sample._replace(text=text.lower() if scheme in DEFAULT_PORTS else text)


def _changed(meant: _Sample, pattern: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield origins that attackers can get, each with why it passes, and the remedy."""
    scheme, rest = meant.text.split("://")
    if scheme in DEFAULT_PORTS:
        yield from _changed_host(meant, pattern)
    if "http" not in pattern:
        yield f"http://{rest}", _SCHEME
    host, _, port = rest.partition(":")
    if scheme in DEFAULT_PORTS and not port and _PORT.search(pattern) is None:
        yield f"{scheme}://{host}:8443", _BEFORE_PORT


def _changed_host(meant: _Sample, pattern: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for at, kind in enumerate(meant.kinds):
        if kind == ".":
            yield f"{meant.text[:at]}x{meant.text[at + 1 :]}", _DOT_OPEN
    scheme, rest = meant.text.split("://")
    host, colon, port = rest.partition(":")
    after = colon + port
    end = len(meant.text) - len(after)
    # A host that ends in a class of characters may be longer on purpose.
    for suffix in (".evil.example",) if meant.kinds[end - 1] == "c" else (".evil.example", "x"):
        yield f"{scheme}://{host}{suffix}{after}", _END
    fixed = _fixed(host, meant.kinds[:end])
    public = open_suffix(fixed[1:]) if fixed.startswith(".") else None
    if public is not None:
        yield f"{scheme}://evil.{public}{after}", _ANYBODY
    fixed = _fixed(_registrable(host), meant.kinds[:end])
    if fixed.partition(".")[0]:
        for evil in (f"evil{fixed}", f"a.evil{fixed}"):
            yield f"{scheme}://{evil}{after}", _BEGIN


def _fixed(domain: str, kinds: str) -> str:
    """Remove what stands for a class from the start of ``domain``.

    ``kinds`` are those of a longer text, which ends with ``domain``.
    """
    kinds = kinds[len(kinds) - len(domain) :]
    return domain[len(kinds) - len(kinds.lstrip("c.")) :]


def _registrable(host: str) -> str:
    """Return the registered part of a host: the public suffix and one label before it."""
    labels = host.split(".")
    for count in range(2, len(labels)):
        domain = ".".join(labels[-count:])
        if not is_public_suffix(domain):
            return domain
    return host


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, length: int = 1) -> str:
        taken = self.text[self.at : self.at + length]
        self.at += length
        return taken

    def take_if(self, text: str) -> bool:
        found = self.text.startswith(text, self.at)
        if found:
            self.at += len(text)
        return found


def _alternatives(reader: _Reader) -> list[_Sample]:
    """Read ``a|b|c`` up to its end or a closing parenthesis."""
    found = list(_sequence(reader))
    while reader.take_if("|"):
        found += _sequence(reader)
    return found[:_MOST_SAMPLES]


def _sequence(reader: _Reader) -> list[_Sample]:
    samples = [_Sample()]
    while reader.peek() not in ("", "|", ")"):
        start = reader.at
        parts = _quantified(reader, _atom(reader), start)
        samples = [head.plus(tail) for head in samples for tail in parts][:_MOST_SAMPLES]
        if len(samples[0].text) > 4 * _LONGEST_SAMPLE:
            raise _Unknown
    return samples


def _may_explode(group: str) -> bool:
    """Tell whether repeating a group may take exponential time.

    It does where the group repeats something, without an escaped character as a separator.
    """
    repeats = re.search(r"(?<!\\)[*+]", group) is not None
    return group.startswith("(") and repeats and re.search(r"\\[^\w]", group) is None


def _quantified(reader: _Reader, atom: list[_Sample], start: int) -> list[_Sample]:
    match = _QUANTIFIER.match(reader.text, reader.at)
    if match is None:
        return atom
    if match[0] in ("*", "+") and _may_explode(reader.text[start : reader.at]):
        raise _Unknown
    reader.at = match.end()
    # Lazy and possessive quantifiers match the same whole texts.
    if reader.peek() in ("?", "+"):
        reader.take()
    # A repeated dot is not one that its author forgot to escape: it is meant as a class.
    if atom == [_DOT]:
        atom = [_Sample("a", "c")]
    least = 1 if match[0] == "+" else int(match[1] or 0)
    if least == 0:
        return [*atom, _Sample()]
    times = min(least, _LONGEST_SAMPLE)
    if any(len(sample.text) * times > _LONGEST_SAMPLE for sample in atom):
        raise _Unknown
    return [_Sample(sample.text * times, sample.kinds * times) for sample in atom]


def _atom(reader: _Reader) -> list[_Sample]:
    character = reader.take()
    if character == "(":
        return _group(reader)
    if character == "[":
        return [_Sample(_of_class(reader), "c")]
    if character == ".":
        return [_DOT]
    if character in "^$":
        return [_Sample()]
    if character == "\\":
        return [_escaped(reader.take())]
    return [_Sample(character, "l")]


def _escaped(character: str) -> _Sample:
    if character in _PLACES:
        return _Sample()
    if character in _CLASSES:
        return _Sample(_CLASSES[character], "c")
    if character.isalnum():
        raise _Unknown
    return _Sample(character, "l")


def _group(reader: _Reader) -> list[_Sample]:
    if reader.take_if("?P<"):
        reader.at = reader.text.index(">", reader.at) + 1
    elif reader.peek() == "?":
        flags = _PLAIN_GROUP.match(reader.text, reader.at)
        if flags is None:
            # Assertions, references and other flags.
            raise _Unknown
        reader.at = flags.end()
    samples = _alternatives(reader)
    reader.take()
    return samples


def _of_class(reader: _Reader) -> str:
    """Read a class such as ``[a-z]`` and return one character that it matches."""
    start = reader.at - 1
    reader.take_if("^")
    reader.take_if("]")
    while reader.peek() not in ("", "]"):
        reader.take(2 if reader.peek() == "\\" else 1)
    reader.take()
    one = re.compile(reader.text[start : reader.at])
    for character in _TYPICAL:
        if one.fullmatch(character):
            return character
    raise _Unknown
