"""Look-alikes: origins that an expression accepts, and that its author did not mean.

Samples of what the expression is meant for are made from its text; each is changed as an
attacker would change it, and tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .._core.origins import is_serialized_origin
from .public_suffixes import is_public_suffix

#: An expression may take exponential time for long texts, so few and short ones are tried.
_MOST_SAMPLES = 16
_LONGEST_SAMPLE = 120

_ANYTHING = "https://look-alike.invalid"
_QUANTIFIER = re.compile(r"[*+?]|\{(\d*),?\d*\}")
#: A colon that is neither of a scheme nor of a group.
_PORT = re.compile(r"(?<!\(\?):(?!//)")
#: Escapes that stand for a place between characters.
_PLACES = "AZzbB"
_CLASSES = {"d": "1", "w": "a", "S": "a", "D": "a", "W": "-", "s": " "}
#: A class of characters is stood for by the first of these that it takes.
_TYPICAL = "a1-.xA0_:/"


class _Sample(NamedTuple):
    """A text that an expression may be meant for."""

    text: str = ""
    #: What each character comes from: "l" literal, "." an unescaped dot, "c" a class.
    kinds: str = ""

    def plus(self, other: _Sample) -> _Sample:
        return _Sample(self.text + other.text, self.kinds + other.kinds)


_DOT = _Sample("a", ".")


class _Unknown(Exception):
    """The expression has syntax that no samples are made for."""


def look_alike(expression: re.Pattern[str]) -> tuple[str, str] | None:
    """Return an origin that ``expression`` accepts unexpectedly, and why it does; or None."""
    if expression.flags & re.VERBOSE:
        return None
    # Flags for the whole come first; the compiled expression has them.
    pattern = re.sub(r"^\(\?[a-z]+\)", "", expression.pattern)
    try:
        samples = _alternatives(_Reader(pattern))
    except _Unknown:
        return None
    if expression.fullmatch(_ANYTHING):
        return _ANYTHING, "and any other"
    for sample in samples:
        meant = _as_meant(sample)
        if not is_serialized_origin(meant.text) or len(meant.text) > _LONGEST_SAMPLE:
            continue
        for origin, why in _changed(meant, expression.pattern):
            if is_serialized_origin(origin) and expression.fullmatch(origin):
                return origin, why
    return None


def _as_meant(sample: _Sample) -> _Sample:
    """Write what browsers would: lower case, dots where the expression has them, a scheme."""
    letters = ("." if kind == "." else letter for letter, kind in zip(sample.text, sample.kinds))
    meant = sample._replace(text="".join(letters).lower())
    return meant if "://" in meant.text else _Sample("https://", "c" * 8).plus(meant)


def _changed(meant: _Sample, pattern: str) -> Iterator[tuple[str, str]]:
    """Yield what attackers could register or serve, each with what lets it pass."""
    for at, kind in enumerate(meant.kinds):
        if kind == ".":
            text = f"{meant.text[:at]}x{meant.text[at + 1 :]}"
            yield text, "for its unescaped '.' stands for any character"
    scheme, rest = meant.text.split("://")
    host, colon, port = rest.partition(":")
    after = colon + port
    end = len(meant.text) - len(after)
    # What ends in a class is longer by its author's wish.
    for suffix in (".evil.example",) if meant.kinds[end - 1] == "c" else (".evil.example", "x"):
        yield f"{scheme}://{host}{suffix}{after}", "for nothing ends the host"
    domain = _registrable(host)
    kinds = meant.kinds[end - len(domain) : end]
    # What a class stands for in front is free to begin with.
    fixed = domain[len(kinds) - len(kinds.lstrip("c.")) :]
    if fixed.startswith(".") and is_public_suffix(fixed[1:])[0]:
        yield f"{scheme}://evil{fixed}{after}", "for anybody can register a name there"
    if fixed.partition(".")[0]:
        for evil in (f"evil{fixed}", f"a.evil{fixed}"):
            yield f"{scheme}://{evil}{after}", "for nothing begins the domain"
    if "http" not in pattern:
        yield f"http://{rest}", "for it leaves the scheme open"
    if not port and _PORT.search(pattern) is None:
        yield f"{scheme}://{host}:8443", "for nothing ends the host before the port"


def _registrable(host: str) -> str:
    """Return the part of a host that somebody has registered: one label before the suffix."""
    labels = host.split(".")
    for count in range(2, len(labels)):
        domain = ".".join(labels[-count:])
        if not is_public_suffix(domain)[0]:
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
    """Tell whether repeating a group may take exponential time: it repeats, and has no mark."""
    repeats = re.search(r"(?<!\\)[*+]", group) is not None
    return group.startswith("(") and repeats and re.search(r"\\[^\w]", group) is None


def _quantified(reader: _Reader, atom: list[_Sample], start: int) -> list[_Sample]:
    match = _QUANTIFIER.match(reader.text, reader.at)
    if match is None:
        return atom
    if match[0] in ("*", "+") and _may_explode(reader.text[start : reader.at]):
        raise _Unknown
    reader.at = match.end()
    # Lazy and possessive ones match the same whole texts.
    if reader.peek() in ("?", "+"):
        reader.take()
    # A dot that is repeated is no dot that somebody forgot to escape.
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
    elif reader.peek() == "?" and not reader.take_if("?:"):
        # Assertions, references and flags.
        raise _Unknown
    samples = _alternatives(reader)
    reader.take()
    return samples


def _of_class(reader: _Reader) -> str:
    """Read ``[a-z]`` and return one character that it takes."""
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
