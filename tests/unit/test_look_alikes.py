"""How look-alikes are made: samples of an expression, and what attackers make of each."""

from __future__ import annotations

import re

import pytest

from aiohttp_cors._checks.look_alikes import (
    _ANY,
    _ANYBODY,
    _BEFORE_PORT,
    _BEGIN,
    _DOT_OPEN,
    _END,
    _SCHEME,
    _alternatives,
    _as_meant,
    _changed,
    _Reader,
    _registrable,
    _Sample,
    _Unknown,
    insecure_origin,
    look_alike,
)


def samples(expression: str) -> list[tuple[str, str]]:
    return [(sample.text, sample.kinds) for sample in _alternatives(_Reader(expression))]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # "l" literal, "." an unescaped dot, "c" a class
        (r"a.\.b", [("aa.b", "l.ll")]),
        (r"^a$", [("a", "l")]),
        (r"\Aa\Z\z", [("a", "l")]),
        (r"\ba\B", [("a", "l")]),
        (r"\d\w\S\D\W\s", [("1aaa- ", "cccccc")]),
        (r"\/\-", [("/-", "ll")]),
        (r"a*b", [("ab", "ll"), ("b", "l")]),
        (r"a?b", [("ab", "ll"), ("b", "l")]),
        (r"a+b", [("ab", "ll")]),
        (r"a{2}b", [("aab", "lll")]),
        (r"a{2,5}b", [("aab", "lll")]),
        (r"a{1}b", [("ab", "ll")]),
        (r"a{,5}b", [("ab", "ll"), ("b", "l")]),
        (r"a{0}b", [("ab", "ll"), ("b", "l")]),
        (r"a+?b", [("ab", "ll")]),
        (r"a*+b", [("ab", "ll"), ("b", "l")]),
        (r"a??b", [("ab", "ll"), ("b", "l")]),
        (r"X+X", [("XX", "ll")]),
        (r".*a", [("aa", "cl"), ("a", "l")]),
        (r".{3}", [("aaa", "ccc")]),
        (r"..", [("aa", "..")]),
        (r"[a-z]b", [("ab", "cl")]),
        (r"[^a]b", [("1b", "cl")]),
        (r"[]-]b", [("-b", "cl")]),
        (r"[^]a1]b", [("-b", "cl")]),
        (r"[\]x]b", [("xb", "cl")]),
        (r"[0\\]b", [("0b", "cl")]),
        (r"[.x]b", [(".b", "cl")]),
        (r"[A-Z]b", [("Ab", "cl")]),
        (r"[0_:/]", [("0", "c")]),
        (r"[_:/]", [("_", "c")]),
        (r"[:/]", [(":", "c")]),
        (r"[/]", [("/", "c")]),
        (r"a|b", [("a", "l"), ("b", "l")]),
        (r"a||b", [("a", "l"), ("", ""), ("b", "l")]),
        (r"(a|b)c", [("ac", "ll"), ("bc", "ll")]),
        (r"(a|.)(\d|e)", [("a1", "lc"), ("ae", "ll"), ("a1", ".c"), ("ae", ".l")]),
        (r"(?:a|b)c", [("ac", "ll"), ("bc", "ll")]),
        (r"(?i:a|b)c", [("ac", "ll"), ("bc", "ll")]),
        (r"(?ms:a)b", [("ab", "ll")]),
        (r"(?P<x>a)(?P<y>b)c", [("abc", "lll")]),
        (r"(a(b)?)c", [("abc", "lll"), ("ac", "ll")]),
        (r"(ab){2}c", [("ababc", "lllll")]),
        (r"(a+){2}", [("aa", "ll")]),
        (r"(a)+", [("a", "l")]),
        (r"(\w+\.)+b", [("a.b", "cll")]),
        (r"(a\+)+b", [("a+b", "lll")]),
        (r"a\++b", [("a+b", "lll")]),
        (r"(ab){60}", [("ab" * 60, "ll" * 60)]),
        (r"a{120}", [("a" * 120, "l" * 120)]),
        (r"a{120}" * 4, [("a" * 480, "l" * 480)]),
    ],
)
def test_samples_stand_for_what_an_expression_is_meant_for(
    expression: str, expected: list[tuple[str, str]]
) -> None:
    assert samples(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(r"(?=a)b", id="assertion"),
        pytest.param(r"(?x:a)b", id="flags"),
        pytest.param(r"(?P=x)", id="reference by name"),
        pytest.param(r"\1", id="reference"),
        pytest.param(r"\n", id="other escape"),
        pytest.param(r"[+]+b", id="class of nothing typical"),
        pytest.param(r"(a+)+", id="exponential"),
        pytest.param(r"(\w*)*", id="exponential, may be empty"),
        pytest.param(r"(ab){61}", id="long group"),
        pytest.param("a{120}" * 4 + "a", id="long in all"),
    ],
)
def test_no_samples_are_made_of_what_is_not_understood(expression: str) -> None:
    with pytest.raises(_Unknown):
        samples(expression)


def test_samples_are_bounded() -> None:
    letters = "abcdefghijklmnopqrst"

    assert [text for text, _ in samples("|".join(letters))] == list(letters[:16])
    assert [text for text, _ in samples("(a|b)" * 6)] == [
        f"aa{number:04b}".replace("0", "a").replace("1", "b") for number in range(16)
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            r"https://a\.b\.example",
            [
                ("https://a.b.example.evil.example", _END),
                ("https://a.b.examplex", _END),
                ("https://evilb.example", _BEGIN),
                ("https://a.evilb.example", _BEGIN),
                ("https://a.b.example:8443", _BEFORE_PORT),
            ],
        ),
        (
            r"https://app.example\.com:8443",
            [
                ("https://appxexample.com:8443", _DOT_OPEN),
                ("https://app.example.com.evil.example:8443", _END),
                ("https://app.example.comx:8443", _END),
                ("https://evilexample.com:8443", _BEGIN),
                ("https://a.evilexample.com:8443", _BEGIN),
            ],
        ),
        (
            r"https://localhost(?:/|:1)",
            [
                ("https://localhost/.evil.example", _END),
                ("https://localhost/x", _END),
                ("https://evillocalhost/", _BEGIN),
                ("https://a.evillocalhost/", _BEGIN),
            ],
        ),
        (
            r"\w+://example\.com",
            [
                ("http://example.com", _SCHEME),
            ],
        ),
        (
            r"(?:https)://[a-z]+\.github\.io",
            [
                ("https://a.github.io.evil.example", _END),
                ("https://a.github.iox", _END),
                ("https://evil.github.io", _ANYBODY),
                ("https://a.github.io:8443", _BEFORE_PORT),
            ],
        ),
        (
            r"https://[a-z]+\.example\.com",
            [
                ("https://a.example.com.evil.example", _END),
                ("https://a.example.comx", _END),
                ("https://evilexample.com", _BEGIN),
                ("https://a.evilexample.com", _BEGIN),
                ("https://a.example.com:8443", _BEFORE_PORT),
            ],
        ),
        (
            r"https://.*example\.com",
            [
                ("https://aexample.com.evil.example", _END),
                ("https://aexample.comx", _END),
                ("https://evilexample.com", _BEGIN),
                ("https://a.evilexample.com", _BEGIN),
                ("https://aexample.com:8443", _BEFORE_PORT),
            ],
        ),
        (
            r"localhost",
            [
                ("https://localhost.evil.example", _END),
                ("https://localhostx", _END),
                ("https://evillocalhost", _BEGIN),
                ("https://a.evillocalhost", _BEGIN),
                ("http://localhost", _SCHEME),
                ("https://localhost:8443", _BEFORE_PORT),
            ],
        ),
        (
            r"https://[a-z]+\.localhost",
            [
                ("https://a.localhost.evil.example", _END),
                ("https://a.localhostx", _END),
                ("https://a.localhost:8443", _BEFORE_PORT),
            ],
        ),
        (r"https://.*", [("https://a.evil.example", _END), ("https://a:8443", _BEFORE_PORT)]),
        (
            r"https://a\.example\.com[a-z]",
            [
                ("https://a.example.coma.evil.example", _END),
                ("https://evilexample.coma", _BEGIN),
                ("https://a.evilexample.coma", _BEGIN),
                ("https://a.example.coma:8443", _BEFORE_PORT),
            ],
        ),
    ],
)
def test_attackers_change_a_sample_where_the_expression_may_be_open(
    expression: str, expected: list[tuple[str, tuple[str, str]]]
) -> None:
    meant = _as_meant(_alternatives(_Reader(expression))[0])

    assert list(_changed(meant, expression)) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.b.example.com", "example.com"),
        ("a.b.c.example.co.uk", "example.co.uk"),
        ("example.com", "example.com"),
        ("b.a.github.io", "a.github.io"),
        ("a.github.io", "a.github.io"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_domain_is_one_label_before_the_public_suffix(host: str, expected: str) -> None:
    assert _registrable(host) == expected


@pytest.mark.parametrize(
    ("expression", "flags", "expected"),
    [
        (r"https://a{104}.example", 0, f"https://{'a' * 104}xexample"),
        (r"https://a{105}.example", 0, None),
        (r"HTTPS://A.example", re.IGNORECASE, "https://axexample"),
        (r"(?i)HTTPS://A.example", 0, "https://axexample"),
        (r"https://A\.example|https://b.example", 0, "https://bxexample"),
        (r"https://a/|https://b.example", 0, "https://bxexample"),
        (r"https://b\.example\w?", 0, "https://b.examplex"),
        (r"https://a.example", re.VERBOSE, None),
    ],
)
def test_first_change_that_the_expression_accepts_is_named(
    expression: str, flags: int, expected: str | None
) -> None:
    found = look_alike(re.compile(expression, flags))

    assert (None if found is None else found.origin) == expected


def test_expression_that_accepts_all_is_named_with_no_look_alike_of_something() -> None:
    assert look_alike(re.compile(".*")) == ("https://look-alike.invalid", *_ANY)


@pytest.mark.parametrize(
    ("written", "kinds", "text", "meant_kinds"),
    [
        ("HTTPS://A.Example", "l" * 17, "https://a.example", "l" * 17),
        ("App.Example", "lll.lllllll", "https://app.example", "c" * 8 + "lll.lllllll"),
        ("App://MyAxB", "l" * 9 + ".l", "App://MyA.B", "l" * 9 + ".l"),
        ("file://", "l" * 7, "file://", "l" * 7),
    ],
)
def test_samples_are_written_as_browsers_write_origins(
    written: str, kinds: str, text: str, meant_kinds: str
) -> None:
    assert _as_meant(_Sample(written, kinds)) == (text, meant_kinds)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"https?://a\.example", "http://a.example"),
        (r"https?://(localhost|a\.example)(:\d+)?", "http://a.example:1"),
        (r"https?://localhost", None),
        (r"https://a\.example", None),
        (r"https?://a\.example/", None),
        (r"https?://a{200}", None),
        (r"(?=http)https?://a\.example", None),
        (r"a\.example", None),
    ],
)
def test_insecure_origin_is_one_of_http_beyond_this_machine(
    expression: str, expected: str | None
) -> None:
    def is_loopback(origin: str) -> bool:
        return origin.startswith("http://localhost")

    assert insecure_origin(re.compile(expression), is_loopback) == expected


@pytest.mark.parametrize(
    ("why", "hint"), [_ANY, _ANYBODY, _BEFORE_PORT, _BEGIN, _DOT_OPEN, _END, _SCHEME]
)
def test_reason_ends_a_sentence_and_hint_is_one(why: str, hint: str) -> None:
    assert why.startswith(("because ", "and "))
    assert hint[0].isupper()
    assert hint.endswith(".")
