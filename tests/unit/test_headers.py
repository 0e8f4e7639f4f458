"""Header texts: tokens, visible text, and lists of names."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable

import pytest

from aiohttp_cors._core.headers import is_token, is_visible, parse_names

# Tokens: methods and header names (RFC 9110 5.6.2).


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("GET", id="method"),
        pytest.param("get", id="lower case"),
        pytest.param("X-Request-Id", id="header name"),
        pytest.param("x", id="one letter"),
        pytest.param("0", id="one digit"),
        pytest.param("-", id="hyphen"),
        pytest.param("_", id="underscore"),
        pytest.param("*", id="star"),
        pytest.param("!#$%&'*+-.^_`|~", id="all marks"),
        pytest.param("0123456789", id="digits"),
        pytest.param("x" * 100_000, id="long"),
    ],
)
def test_token_is_letters_digits_and_some_marks(text: str) -> None:
    assert is_token(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(" ", id="space"),
        pytest.param("X A", id="space inside"),
        pytest.param(" X", id="space before"),
        pytest.param("X ", id="space after"),
        pytest.param("X\t", id="tab"),
        pytest.param("X\n", id="newline"),
        pytest.param("\nX", id="newline before"),
        pytest.param("X\r\nY", id="line break inside"),
        pytest.param("X\x00", id="null character"),
        pytest.param("X\x7f", id="delete"),
        pytest.param("X:", id="colon"),
        pytest.param("X,Y", id="comma"),
        pytest.param("X;Y", id="semicolon"),
        pytest.param("X/Y", id="slash"),
        pytest.param("X\\Y", id="backslash"),
        pytest.param('"X"', id="quotes"),
        pytest.param("(X)", id="parentheses"),
        pytest.param("X@Y", id="at"),
        pytest.param("<Y>", id="angle brackets"),
        pytest.param("X=Y", id="equals"),
        pytest.param("X?", id="question mark"),
        pytest.param("[X]", id="square brackets"),
        pytest.param("{X}", id="curly brackets"),
        pytest.param("(X)@<Y>", id="many of them"),
        pytest.param("\xc4", id="letter beyond ASCII"),
        pytest.param("\u0661", id="digit beyond ASCII"),
        pytest.param("\u212a", id="letter that folds into ASCII"),
        pytest.param("X\udcff", id="byte that is not UTF-8"),
        pytest.param("x" * 100_000 + " ", id="long"),
    ],
)
def test_other_text_is_not_a_token(text: str) -> None:
    assert not is_token(text)


def test_no_other_character_is_a_token() -> None:
    found = "".join(filter(is_token, map(chr, range(sys.maxunicode + 1))))

    assert sorted(found) == sorted(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    )


# Visible text.


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("!", id="first"),
        pytest.param("~", id="last"),
        pytest.param("null", id="word"),
        pytest.param("https://good.example:8443", id="origin"),
        pytest.param("".join(map(chr, range(0x21, 0x7F))), id="all"),
        pytest.param("x" * 100_000, id="long"),
    ],
)
def test_printed_ascii_is_visible(text: str) -> None:
    assert is_visible(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(" ", id="space"),
        pytest.param("a b", id="space inside"),
        pytest.param("a\t", id="tab"),
        pytest.param("a\n", id="newline"),
        pytest.param("\na", id="newline before"),
        pytest.param("a\r", id="carriage return"),
        pytest.param("a\x00", id="null character"),
        pytest.param("a\x1b[31m", id="escape"),
        pytest.param("a\x7f", id="delete"),
        pytest.param("a\x80", id="first beyond ASCII"),
        pytest.param("a\xa0", id="non-breaking space"),
        pytest.param("\xfc", id="letter beyond ASCII"),
        pytest.param("a\u200b", id="zero width space"),
        pytest.param("\uff41", id="full-width letter"),
        pytest.param("a\udcff", id="byte that is not UTF-8"),
        pytest.param("\U0001f600", id="emoji"),
        pytest.param("https://a.example, https://b.example", id="two lines joined"),
    ],
)
def test_other_text_is_not_visible(text: str) -> None:
    assert not is_visible(text)


def test_no_other_character_is_visible() -> None:
    found = [code for code in range(sys.maxunicode + 1) if is_visible(chr(code))]

    assert found == list(range(0x21, 0x7F))


# Lists of header names.


@pytest.mark.parametrize(
    ("value", "names"),
    [
        pytest.param("", set(), id="nothing"),
        pytest.param("X-A", {"X-A"}, id="one"),
        pytest.param("x-a", {"X-A"}, id="lower case"),
        pytest.param("x-A,X-a", {"X-A"}, id="twice in mixed cases"),
        pytest.param("X-A,X-B", {"X-A", "X-B"}, id="two"),
        pytest.param("X-A, X-B", {"X-A", "X-B"}, id="space after the comma"),
        pytest.param("X-A ,X-B", {"X-A", "X-B"}, id="space before the comma"),
        pytest.param("  X-A  ,  X-B  ", {"X-A", "X-B"}, id="spaces around all"),
        pytest.param("X-A,\tX-B\t", {"X-A", "X-B"}, id="tabs"),
        pytest.param(" \t X-A \t ", {"X-A"}, id="spaces and tabs"),
        pytest.param(",X-A", {"X-A"}, id="empty element first"),
        pytest.param("X-A,", {"X-A"}, id="empty element last"),
        pytest.param("X-A,,X-B", {"X-A", "X-B"}, id="empty element inside"),
        pytest.param("X-A, ,\t,X-B", {"X-A", "X-B"}, id="elements of white space"),
        pytest.param(",", set(), id="comma alone"),
        pytest.param(",,,", set(), id="commas alone"),
        pytest.param(" ", set(), id="space alone"),
        pytest.param("\t, ,", set(), id="white space and commas"),
        pytest.param("*", {"*"}, id="star"),
        pytest.param("!#$%&'*+-.^_`|~", {"!#$%&'*+-.^_`|~"}, id="all marks"),
        pytest.param(
            "authorization, content-type", {"AUTHORIZATION", "CONTENT-TYPE"}, id="as browsers send"
        ),
    ],
)
@pytest.mark.parametrize(
    "padded",
    [
        pytest.param(lambda value: value, id="short"),
        # Long lists are read by other means than short ones, which come again and again.
        pytest.param(lambda value: value + "," * 1000, id="long"),
    ],
)
def test_names_are_read_in_upper_case(
    value: str, names: set[str], padded: Callable[[str], str]
) -> None:
    assert parse_names(padded(value)) == names


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("X A", id="space inside"),
        pytest.param("X\tA", id="tab inside"),
        pytest.param("X-A, X B", id="space inside the second"),
        pytest.param("X-A;X-B", id="semicolon"),
        pytest.param("(X)@<Y>", id="marks"),
        pytest.param("X-A\n", id="newline after"),
        pytest.param("\nX-A", id="newline before"),
        pytest.param("X-A,\r\nX-B", id="line break inside"),
        pytest.param("\n", id="newline alone"),
        pytest.param("X-A\x0b", id="vertical tab"),
        pytest.param("X-A\x0c", id="form feed"),
        pytest.param("X-A\x00", id="null character"),
        pytest.param("X-A\x7f", id="delete"),
        pytest.param("X-A\x85", id="next line"),
        pytest.param("X-A\xa0", id="non-breaking space"),
        pytest.param("\u3000X-A", id="wide space"),
        pytest.param("\xdf", id="letter whose upper case is ASCII"),
        pytest.param("\u0131", id="dotless letter whose upper case is ASCII"),
        pytest.param("X-A\udcff", id="byte that is not UTF-8"),
        pytest.param('"X-A"', id="quotes"),
        pytest.param("X-A:", id="colon"),
        pytest.param("x" + " " * 7_500 + "y", id="many spaces between letters"),
        pytest.param("x" + " " * 1_000_000 + "y", id="a million spaces between letters"),
    ],
)
@pytest.mark.parametrize(
    "padded",
    [
        pytest.param(lambda value: value, id="short"),
        pytest.param(lambda value: value + ",X" * 1000, id="long"),
        pytest.param(lambda value: "X," * 1000 + value, id="long, last"),
    ],
)
def test_list_with_an_element_that_is_not_a_token_is_invalid(
    value: str, padded: Callable[[str], str]
) -> None:
    assert parse_names(padded(value)) is None


@pytest.mark.parametrize("length", [pytest.param(n, id=str(n)) for n in (199, 200, 201)])
def test_lists_of_about_the_length_that_is_remembered_are_read_alike(length: int) -> None:
    value = "x-a," + "x" * (length - 4)

    assert len(value) == length
    assert parse_names(value) == {"X-A", "X" * (length - 4)}
    assert parse_names(value[:-1] + " ") == {"X-A", "X" * (length - 5)}
    assert parse_names(value[:-2] + " x") is None


def test_same_list_is_read_the_same_again() -> None:
    assert parse_names("x-a, x-b") == parse_names("x-a, x-b") == {"X-A", "X-B"}
    assert parse_names("x a") is parse_names("x a") is None


def test_many_names_are_all_read() -> None:
    names = {f"X-{n}" for n in range(100_000)}

    assert parse_names(",".join(sorted(names)).lower()) == names


# In more than linear time these would take hours.


@pytest.mark.parametrize(
    ("value", "names"),
    [
        pytest.param("," * 1_000_000, set(), id="commas"),
        pytest.param(", " * 1_000_000, set(), id="commas and spaces"),
        pytest.param(" " * 1_000_000, set(), id="spaces"),
        pytest.param("\t " * 1_000_000 + ",x", {"X"}, id="white space before a name"),
        pytest.param("x" + " " * 1_000_000 + ",y", {"X", "Y"}, id="white space after a name"),
        pytest.param("x," * 1_000_000, {"X"}, id="the same name"),
        pytest.param("x" * 1_000_000, {"X" * 1_000_000}, id="one long name"),
    ],
)
def test_a_million_characters_are_read(value: str, names: set[str]) -> None:
    assert parse_names(value) == names


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("," * 1_000_000, id="commas"),
        pytest.param(" ," * 500_000, id="commas and spaces"),
        pytest.param("x," * 50_000, id="the same name"),
    ],
)
def test_elements_that_add_nothing_take_no_memory(value: str) -> None:
    tracemalloc.start()
    try:
        parse_names(value)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 100_000


def test_lists_that_clients_make_up_do_not_pile_up() -> None:
    def read(numbers: range) -> None:
        for number in numbers:
            parse_names(f"x-{number}")

    tracemalloc.start()
    try:
        read(range(1_000))
        before = tracemalloc.get_traced_memory()[0]
        read(range(1_000, 20_000))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 50_000


def test_long_lists_are_not_cached() -> None:
    def read(numbers: range) -> None:
        for number in numbers:
            parse_names(",".join(f"x-{number}-{name}" for name in range(50)))

    tracemalloc.start()
    try:
        read(range(10))
        before = tracemalloc.get_traced_memory()[0]
        read(range(10, 300))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 50_000
