"""Printing results: nothing else on standard output, and no control characters."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, TextIO


def printable(text: str) -> str:
    """Return ``text`` with escapes for what a terminal does not show as a character.

    Those are control characters (C0, C1, and line breaks), invisible characters that change the
    direction of text, and surrogates, which stand for bytes that are not UTF-8.
    """
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def described(value: object) -> str:
    """Return the ``repr()`` of an application's object in one line, even if it fails."""
    try:
        return printable(repr(value))
    except BaseException:
        return f"<{type(value).__name__}, whose repr() fails>"


class Printer:
    """Prints the results of a command, or its errors; without a stream, nothing is printed."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def line(self, text: str) -> None:
        """Print one line, escaped by `printable`, and flush it."""
        self._write(f"{printable(text)}\n")

    def lines(self, text: str) -> None:
        """Print each line of ``text``."""
        for line in text.split("\n"):
            self.line(line)

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows in columns, under titles."""
        table = [[printable(cell) for cell in row] for row in (titles, *rows)]
        widths = [max(map(len, column)) for column in zip(*table)]
        for row in table:
            self.line("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())

    def json(self, value: Any) -> None:
        """Print ``value`` as JSON, always in UTF-8."""
        text = f"{json.dumps(_encodable(value), indent=2)}\n"
        buffer = getattr(self._stream, "buffer", None)
        self._write(text if buffer is None else text.encode("utf-8"), buffer)

    def _write(self, text: str | bytes, to: IO[Any] | None = None) -> None:
        stream = self._stream
        if stream is None or stream.closed:
            return
        try:
            if isinstance(text, str):
                encoding = stream.encoding or "utf-8"
                text = text.encode(encoding, "backslashreplace").decode(encoding)
            where: Any = stream if to is None else to
            where.write(text)
            where.flush()
        except BrokenPipeError:
            # As with "| head": nothing reads the rest, but the exit status may matter.
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())


def _encodable(value: Any) -> Any:
    """Return ``value`` without lone surrogates, which UTF-8 does not have (RFC 8259 §8.2)."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(each) for each in value]
    return value


@contextlib.contextmanager
def results_alone() -> Iterator[TextIO | None]:
    """Yield standard output for results; what others print goes to standard error.

    Others are an application's module and the programs that it starts. For programs, that lasts
    until the process ends, because what they print at exit is not a result either.
    """
    results = sys.stdout
    try:
        descriptor, errors = results.fileno(), sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        # Standard output is missing, closed, or not a file.
        with contextlib.redirect_stdout(sys.stderr):
            yield results
        return
    results.flush()
    with open(os.dup(descriptor), "w", encoding=results.encoding) as alone:
        os.dup2(errors, descriptor)
        with contextlib.redirect_stdout(sys.stderr):
            yield alone
