"""Quoting what a client sent, in refusals and logs."""

from __future__ import annotations

#: A refusal, or a record of a log, quotes at most this many characters of what a client sent.
LONGEST_QUOTE = 100


def quoted(text: str) -> str:
    """Return ``text`` as visible ASCII in quotes, cut off where it is too long."""
    return ascii(text[:LONGEST_QUOTE])
