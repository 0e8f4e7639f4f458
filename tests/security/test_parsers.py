"""The parsers of the core keep to their laws for any text, and who doesn't is found."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aiohttp_cors._browser import safelist
from aiohttp_cors._checks import unusable_origins
from aiohttp_cors._core import headers as grammar
from aiohttp_cors._core import methods
from aiohttp_cors._core import origins as wildcards

from .endurance import SEED
from .parsers import Broken, check, variations


def check_all() -> None:
    for data in variations(SEED, 3_000):
        check(data)


def test_parsers_keep_to_their_laws() -> None:
    check_all()


def _with(pattern: str) -> Any:
    return re.compile(pattern).fullmatch


MISTAKES = {
    "a token may have a slash": (grammar, "is_token", _with(r"[\w/-]+")),
    "a newline may end a token": (grammar, "is_token", re.compile(r"[\w-]+$").match),
    "elements are not stripped": (grammar, "parse_names", lambda text: frozenset(text.split(","))),
    "an origin may have a path": (wildcards, "is_serialized_origin", _with("https?://[^@ ]+")),
    "all text is visible": (grammar, "is_visible", lambda text: True),
    "upper case is no problem": (
        unusable_origins,
        "unusable_origin",
        lambda text: (
            None if text.lower().startswith("https://") else unusable_origins.Unusable("", "", "")
        ),
    ),
    "wildcards without wild cards": (wildcards, "is_wildcard", lambda text: text.endswith("*")),
    "TRACE is usable": (methods, "is_usable_method", grammar.is_token),
    "all of a name is safelisted": (safelist, "is_safelisted_request_header", lambda *pair: True),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_of_a_parser_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MISTAKES[name])
    with pytest.raises(Broken):
        check_all()
