"""Quoting what a client sent, in refusals and logs."""

from __future__ import annotations

#: Refusals and log records quote at most this many characters of what a client sent.
LONGEST_QUOTE = 100


def quoted(text: str) -> str:
    """Return the first `LONGEST_QUOTE` characters of ``text`` as visible ASCII in quotes."""
    return ascii(text[:LONGEST_QUOTE])
