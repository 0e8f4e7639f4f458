"""Which names anybody can register others under, with and without the list."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from aiohttp_cors._checks import public_suffixes
from aiohttp_cors._checks.public_suffixes import has_list, is_public_suffix, open_suffix


@pytest.fixture
def _without_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the extra ``strict`` away."""
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)
    public_suffixes._list.cache_clear()
    yield
    public_suffixes._list.cache_clear()


#: A domain; whether it is a public suffix; the open suffix at or below it.
WITH_LIST = [
    ("com", True, "com"),
    ("com.", True, "com"),
    ("co.uk", True, "co.uk"),
    ("uk", True, "uk"),
    ("github.io", True, "github.io"),
    ("xn--p1ai", True, "xn--p1ai"),
    # By the rules "*.kobe.jp" and "!city.kobe.jp".
    ("a.kobe.jp", True, "a.kobe.jp"),
    ("city.kobe.jp", False, None),
    ("example.com", False, None),
    ("a.github.io", False, None),
    ("amazonaws.com", False, "s3.amazonaws.com"),
    ("amazonaws.com.", False, "s3.amazonaws.com"),
    ("my-amazonaws.com", False, None),
    ("windows.net", False, "web.core.windows.net"),
    ("localhost", False, None),
    ("home.arpa", False, None),
    ("internal", False, None),
    ("my-lan", False, None),
]

WITHOUT_LIST = [
    ("com", True, "com"),
    ("com.", True, "com"),
    ("my-lan", True, "my-lan"),
    ("co.uk", False, None),
    ("amazonaws.com", False, None),
    ("localhost", False, None),
    ("internal", False, None),
]


@pytest.mark.parametrize(("domain", "public", "suffix"), WITH_LIST)
def test_suffix_is_known_with_the_list(domain: str, public: bool, suffix: str | None) -> None:
    assert has_list()
    assert (is_public_suffix(domain), open_suffix(domain)) == (public, suffix)


@pytest.mark.usefixtures("_without_list")
@pytest.mark.parametrize(("domain", "public", "suffix"), WITHOUT_LIST)
def test_single_labels_are_taken_for_suffixes_without_the_list(
    domain: str, public: bool, suffix: str | None
) -> None:
    assert not has_list()
    assert (is_public_suffix(domain), open_suffix(domain)) == (public, suffix)
