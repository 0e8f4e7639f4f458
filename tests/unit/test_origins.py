"""Which origins the entries of a policy match, and which entry decides: tables over `decide`."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from aiohttp_cors._core.config import parse_config
from aiohttp_cors._core.origin_table import OriginTable
from aiohttp_cors._core.origins import origin_text
from aiohttp_cors._core.policy import ALLOWED, MethodRule, Policy, decide
from aiohttp_cors._core.verdict import Denial, Grant, Question, Reason
from aiohttp_cors.resource_options import ResourceOptions

APP = "https://app.good.example"

#: As an actual request and as a preflight: nothing here may tell them apart.
KINDS = [
    pytest.param(None, id="actual"),
    pytest.param(frozenset(), id="preflight"),
]


def named(name: str, allows: Callable[[str], bool]) -> Callable[[str, Any], bool]:
    """Make an origin function that shows in a test's id."""

    def function(origin: str, request: Any) -> bool:
        return allows(origin)

    function.__name__ = name
    return function


def layered(*configs: dict[Any, Any]) -> Policy:
    """Make the policy of layers, the most specific first."""
    return Policy(tuple(OriginTable(parse_config(config)) for config in configs), ALLOWED)


def settle(
    policy: Policy, origin: str | None, requested: frozenset[str] | None = None
) -> tuple[Grant | Denial, list[Any]]:
    """Decide, calling functions as they are needed; return them in the order of the calls."""
    answers: dict[Any, bool] = {}
    verdict = decide(policy, origin, requested, answers)
    while isinstance(verdict, Question):
        answers[verdict.function] = verdict.function(origin, None)
        verdict = decide(policy, origin, requested, answers)
    return verdict, list(answers)


# Precedence: the entry that decides is told by its options.


def keyed(*entries: Any) -> dict[Any, ResourceOptions]:
    """Make a config whose options tell the place of the entry: its max_age."""
    return {entry: ResourceOptions(max_age=place) for place, entry in enumerate(entries)}


def yes(origin: str, request: Any) -> bool:
    return True


def no(origin: str, request: Any) -> bool:
    return False


SUBDOMAIN = "https://*.good.example"
NEARER_SUBDOMAIN = "https://*.eu.good.example"
ANY_PORT = "https://app.good.example:*"
BOTH = "https://*.good.example:*"
EXPRESSION = re.compile(r"https://[a-z]+\.good\.example")
SAME_EXPRESSION = re.compile(r"https://(app|api)\.good\.example")
EU = "https://shop.eu.good.example"

# layers as lists of entries, the origin, and the (layer, entry) that decides
PRECEDENCE = [
    # within one layer
    pytest.param([[APP]], APP, (0, 0), id="exact"),
    pytest.param([[SUBDOMAIN, APP]], APP, (0, 1), id="exact before sub-domain"),
    pytest.param([[ANY_PORT, APP]], APP, (0, 1), id="exact before port"),
    pytest.param([[EXPRESSION, APP]], APP, (0, 1), id="exact before expression"),
    pytest.param([[yes, APP]], APP, (0, 1), id="exact before function"),
    pytest.param([["*", APP]], APP, (0, 1), id="exact before any"),
    pytest.param([["*", yes, EXPRESSION, SUBDOMAIN, APP]], APP, (0, 4), id="exact before all"),
    pytest.param([[EXPRESSION, SUBDOMAIN]], APP, (0, 1), id="wildcard before expression"),
    pytest.param([[yes, SUBDOMAIN]], APP, (0, 1), id="wildcard before function"),
    pytest.param([["*", SUBDOMAIN]], APP, (0, 1), id="wildcard before any"),
    pytest.param([[yes, EXPRESSION]], APP, (0, 1), id="expression before function"),
    pytest.param([["*", EXPRESSION]], APP, (0, 1), id="expression before any"),
    pytest.param([["*", yes]], APP, (0, 1), id="function before any"),
    pytest.param([["*", yes, EXPRESSION, BOTH]], APP, (0, 3), id="wildcard before all patterns"),
    pytest.param([[SUBDOMAIN, ANY_PORT]], APP, (0, 0), id="sub-domain written first"),
    pytest.param([[ANY_PORT, SUBDOMAIN]], APP, (0, 0), id="port written first"),
    pytest.param([[BOTH, SUBDOMAIN, ANY_PORT]], APP, (0, 0), id="both written first"),
    pytest.param([[SUBDOMAIN, NEARER_SUBDOMAIN]], EU, (0, 0), id="wider sub-domain written first"),
    pytest.param([[NEARER_SUBDOMAIN, SUBDOMAIN]], EU, (0, 0), id="nearer sub-domain written first"),
    pytest.param([[EXPRESSION, SAME_EXPRESSION]], APP, (0, 0), id="expression written first"),
    pytest.param([[SAME_EXPRESSION, EXPRESSION]], APP, (0, 0), id="other expression first"),
    pytest.param([[yes, no]], APP, (0, 0), id="function written first"),
    pytest.param([[no, yes]], APP, (0, 1), id="function that says yes"),
    pytest.param([[no, "*"]], APP, (0, 1), id="any after a function that says no"),
    pytest.param([["null", "*"]], "null", (0, 0), id="null by its name before any"),
    pytest.param([["null"]], "null", (0, 0), id="null by its name"),
    # between layers
    pytest.param([[APP], [APP]], APP, (0, 0), id="exact in both layers"),
    pytest.param([["*"], [APP]], APP, (1, 0), id="exact below before any above"),
    pytest.param([[SUBDOMAIN], [APP]], APP, (1, 0), id="exact below before wildcard above"),
    pytest.param([[yes], [APP]], APP, (1, 0), id="exact below before function above"),
    pytest.param(
        [["*", yes], [SUBDOMAIN], [APP]], APP, (2, 0), id="exact of the last of three layers"
    ),
    pytest.param([[SUBDOMAIN], [SUBDOMAIN]], APP, (0, 0), id="wildcard in both layers"),
    pytest.param([[EXPRESSION], [SUBDOMAIN]], APP, (0, 0), id="expression above a wildcard"),
    pytest.param([[yes], [SUBDOMAIN]], APP, (0, 0), id="function above a wildcard"),
    pytest.param([[yes], [EXPRESSION]], APP, (0, 0), id="function above an expression"),
    pytest.param([[no], [EXPRESSION]], APP, (1, 0), id="expression below a function that says no"),
    pytest.param([["*"], [SUBDOMAIN]], APP, (1, 0), id="wildcard below before any above"),
    pytest.param([["*"], [EXPRESSION]], APP, (1, 0), id="expression below before any above"),
    pytest.param([["*"], [yes]], APP, (1, 0), id="function below before any above"),
    pytest.param([["*"], [no]], APP, (0, 0), id="any above a function that says no"),
    pytest.param([["*"], ["*"]], APP, (0, 0), id="any in both layers"),
    pytest.param([[EU], ["*"]], APP, (1, 0), id="any of the last layer"),
    pytest.param([["*"], ["null"]], "null", (1, 0), id="null below before any above"),
    pytest.param([["null"], ["null"]], "null", (0, 0), id="null in both layers"),
]


@pytest.mark.parametrize("requested", KINDS)
@pytest.mark.parametrize(("layers", "origin", "winner"), PRECEDENCE)
def test_most_exact_kind_then_most_specific_layer_then_first_written_decides(
    layers: list[list[Any]],
    origin: str,
    winner: tuple[int, int],
    requested: frozenset[str] | None,
) -> None:
    configs = [keyed(*entries) for entries in layers]
    # max_age tells the entry, allow_timing and allow_private_network the layer.
    marks = [{}, {"allow_timing": True}, {"allow_private_network": True}]
    marked = [
        {entry: options._replace(**mark) for entry, options in config.items()}
        for config, mark in zip(configs, marks)
    ]

    verdict, _ = settle(layered(*marked), origin, requested)

    layer, place = winner
    expected = ResourceOptions(max_age=place)._replace(**marks[layer])
    assert isinstance(verdict, Grant)
    assert verdict.terms.options == expected


def test_no_function_is_called_where_a_more_exact_entry_decides() -> None:
    policy = layered({APP: ResourceOptions(), SUBDOMAIN: ResourceOptions(), yes: ResourceOptions()})

    assert settle(policy, APP)[1] == []
    assert settle(policy, "https://api.good.example")[1] == []


def test_functions_are_called_in_the_order_written_until_one_says_yes() -> None:
    first = named("first", lambda origin: False)
    second = named("second", lambda origin: True)
    third = named("third", lambda origin: True)
    policy = layered(keyed(first, second, third))

    assert settle(policy, APP)[1] == [first, second]


def test_functions_of_the_more_specific_layer_are_called_first() -> None:
    upper = named("upper", lambda origin: False)
    lower = named("lower", lambda origin: True)

    assert settle(layered(keyed(upper), keyed(lower)), APP)[1] == [upper, lower]


def test_a_function_in_two_layers_is_called_once() -> None:
    verdict, called = settle(layered(keyed(no), keyed(no)), APP)

    assert called == [no]
    assert verdict == Denial(Reason.ORIGIN_NOT_LISTED)


# What each kind of entry matches.

#: An entry, origins that it lists, and others near to it.
MATCHES: list[tuple[str, Any, list[str], list[str]]] = [
    (
        "sub-domain",
        "https://*.good.example",
        ["https://a.good.example", "https://a.b.good.example", "https://a-1.good.example"],
        ["https://good.example", "http://a.good.example", "https://a.good.example:8443"],
    ),
    (
        "sub-domain with a port",
        "https://*.good.example:8443",
        ["https://a.good.example:8443", "https://a.b.good.example:8443"],
        ["https://a.good.example", "https://a.good.example:8444", "https://good.example:8443"],
    ),
    (
        "any port",
        "http://localhost:*",
        ["http://localhost", "http://localhost:1", "http://localhost:65535"],
        ["https://localhost:8080", "http://a.localhost:8080", "http://localhost:65536"],
    ),
    (
        "any port of an IPv4 address",
        "http://127.0.0.1:*",
        ["http://127.0.0.1", "http://127.0.0.1:3000"],
        ["http://127.0.0.2:3000", "http://127.0.0.1.evil.example:3000", "http://127.1:3000"],
    ),
    (
        "any port of an IPv6 address",
        "http://[::1]:*",
        ["http://[::1]", "http://[::1]:3000"],
        ["http://[::2]:3000", "http://[::1].evil.example:3000", "https://[::1]:3000"],
    ),
    (
        "sub-domain and any port",
        "https://*.good.example:*",
        ["https://a.good.example", "https://a.b.good.example:3000"],
        ["https://good.example:3000", "http://a.good.example:3000"],
    ),
    (
        "sub-domain of one label",
        "http://*.localhost:*",
        ["http://a.localhost", "http://a.b.localhost:3000"],
        ["http://localhost:3000", "http://alocalhost:3000"],
    ),
    (
        "another scheme",
        "app+v1://*.good.example",
        ["app+v1://a.good.example"],
        ["https://a.good.example", "app://a.good.example"],
    ),
    (
        "expression",
        re.compile(r"https://[a-z]+\.good\.example"),
        ["https://a.good.example"],
        ["https://a.good.example.evil.example", "https://evil.example.https://a.good.example"],
    ),
    (
        "expression with alternatives",
        re.compile(r"https://a\.good\.example|https://b\.good\.example"),
        ["https://a.good.example", "https://b.good.example"],
        ["https://a.good.example.evil.example", "xhttps://b.good.example"],
    ),
    (
        "function",
        named("ends", lambda origin: origin.endswith(".good.example")),
        ["https://a.good.example"],
        ["https://good.example"],
    ),
    ("null", "null", ["null"], ["https://null", "nul", "NULL"]),
    ("text that is no origin", "localhost:3000", ["localhost:3000"], ["http://localhost:3000"]),
    ("empty text", "", [""], ["null", "http://"]),
    (
        "star inside a label",
        "https://a*.good.example",
        ["https://a*.good.example"],
        ["https://ab.good.example", "https://a.good.example"],
    ),
    (
        "star as a middle label",
        "https://a.*.example",
        ["https://a.*.example"],
        ["https://a.good.example"],
    ),
    (
        "star as part of a port",
        "http://localhost:80*",
        ["http://localhost:80*"],
        ["http://localhost:8080", "http://localhost"],
    ),
    (
        "star before an IPv4 address",
        "http://*.0.0.1",
        ["http://*.0.0.1"],
        ["http://127.0.0.1", "http://10.0.0.1"],
    ),
    (
        "wildcard and the longest host name",
        "https://*.a.example",
        [f"https://{'a' * 243}.a.example"],
        [f"https://{'a' * 244}.a.example"],
    ),
    (
        "expression and the longest origin",
        re.compile("https://a+"),
        [f"https://{'a' * 504}"],
        [f"https://{'a' * 505}"],
    ),
    ("star as a scheme", "*://good.example", ["*://good.example"], ["https://good.example"]),
    ("star as a host", "https://*", ["https://*"], ["https://good.example"]),
]


@pytest.mark.parametrize("requested", KINDS)
@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        pytest.param(entry, origin, id=f"{name}: {origin}")
        for name, entry, origins, _ in MATCHES
        for origin in origins
    ],
)
def test_entry_lists_origin_and_the_grant_names_it(
    entry: Any, origin: str, requested: frozenset[str] | None
) -> None:
    verdict, _ = settle(
        layered({entry: ResourceOptions(allow_credentials=True)}), origin, requested
    )

    assert isinstance(verdict, Grant)
    assert (verdict.allow_origin, verdict.key) == (origin, entry)
    assert verdict.terms.credentials


@pytest.mark.parametrize("requested", KINDS)
@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        pytest.param(entry, origin, id=f"{name}: {origin}")
        for name, entry, _, origins in MATCHES
        for origin in origins
    ],
)
def test_entry_does_not_list_what_is_only_near_to_it(
    entry: Any, origin: str, requested: frozenset[str] | None
) -> None:
    verdict, _ = settle(
        layered({entry: ResourceOptions(allow_credentials=True)}), origin, requested
    )

    assert verdict == Denial(Reason.ORIGIN_NOT_LISTED)


def test_no_function_is_called_without_an_origin() -> None:
    assert settle(layered(keyed(yes, EXPRESSION, SUBDOMAIN)), None) == (
        Denial(Reason.NO_ORIGIN),
        [],
    )


# Attacks: no entry of any kind lists these.

LISTED = ["https://app.good.example", "http://localhost:3000", "http://[::1]:3000"]

#: Each kind of entry, as users list their own origins.
ENTRIES = [
    pytest.param(LISTED, id="exact"),
    pytest.param(["null"], id="null by its name"),
    pytest.param(["https://*.good.example"], id="sub-domain"),
    pytest.param(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"], id="any port"),
    pytest.param(["https://*.good.example:*"], id="sub-domain and any port"),
    pytest.param(
        [re.compile(r"https://app\.good\.example|http://(localhost|\[::1\]):[0-9]+")],
        id="expression",
    ),
    pytest.param([re.compile(r"https://\w+\.good\.example", re.IGNORECASE)], id="any case"),
    pytest.param([re.compile(r"https://[^.]+\.good\.example", re.DOTALL)], id="greedy expression"),
    pytest.param([re.compile(r"^https://app\.good\.example$", re.MULTILINE)], id="lines"),
    pytest.param([named("listed", LISTED.__contains__)], id="function"),
    pytest.param(
        [
            named(
                "naive",
                lambda origin: origin[:8] == "https://" and origin.endswith("app.good.example"),
            )
        ],
        id="naive function",
    ),
    pytest.param([named("null", lambda origin: origin == "null")], id="function for null"),
    pytest.param(
        [
            *LISTED,
            "null",
            "https://*.good.example",
            "http://localhost:*",
            "https://*.good.example:*",
            re.compile(r"https://app\.good\.example"),
            named("listed", LISTED.__contains__),
        ],
        id="all together",
    ),
]

LONG_LABELS = "a." * 130

#: By what is tried: texts that nobody listed. None may be granted, by any entry.
ATTACKS: dict[str, list[str]] = {
    "look-alike": [
        "https://evil.example",
        "https://app-good.example",
        "https://evilgood.example",
        "https://app.goodXexample",
        "https://app.good-example",
        "https://app.g00d.example",
        "https://appXgood.example",
        "https://app.good.exampl",
        "https://app.good.examples",
        "https://xn--pp-7kc.xn--god-5cd.example",
    ],
    "suffix": [
        "https://app.good.example.evil.example",
        "https://app.good.example-evil.example",
        "https://app.good.exampleevil.example",
        "https://app.good.example.evil",
        "http://localhost.evil.example:3000",
        "http://localhost:3000.evil.example",
        "http://127.0.0.1.nip.io:3000",
        "http://[::1].evil.example:3000",
        "http://[::1]evil:3000",
    ],
    "prefix": [
        "https://evil.example/https://app.good.example",
        "https://evil.example https://app.good.example",
        "evil://https://app.good.example",
        "https://https://app.good.example",
        "xhttps://app.good.example",
        "http://evillocalhost:3000",
        "http://evil-localhost:3000",
    ],
    "path, query, fragment": [
        "https://app.good.example/",
        "https://app.good.example/path",
        "https://app.good.example?",
        "https://app.good.example#",
        "https://evil.example/.good.example",
        "https://evil.example?.good.example",
        "https://evil.example#.good.example",
        "https://evil.example\\.good.example",
        "https://evil.example;.good.example",
        "https://evil.example&.good.example",
    ],
    "user info": [
        "https://app.good.example@evil.example",
        "https://evil.example@app.good.example",
        "https://user:secret@app.good.example",
        "https://app.good.example:443@evil.example",
        "http://localhost:3000@evil.example",
        "https://@app.good.example",
    ],
    "trailing dot": [
        "https://app.good.example.",
        "https://good.example.",
        "http://localhost.:3000",
        "https://app.good.example.:8443",
    ],
    "empty labels": [
        "https://.good.example",
        "https://..good.example",
        "https://a..good.example",
        "https://.a.good.example",
        "https://.good.example:8443",
        "https://app..good.example",
        "https://",
        "https://:3000",
    ],
    "apex": ["https://good.example", "https://good.example:8443"],
    "port": [
        "https://app.good.example:443",
        "https://app.good.example:",
        "https://app.good.example:0443",
        "https://app.good.example:65536",
        "https://app.good.example:99999",
        "https://app.good.example:+1",
        "https://app.good.example:-1",
        "https://app.good.example:3e3",
        "https://app.good.example:3000:3000",
        "http://localhost:80",
        "http://localhost:",
        "http://localhost:03000",
        "http://localhost:3000x",
        "http://localhost:٣٠٠٠",
    ],
    "scheme": [
        "http://app.good.example",
        "http://app.good.example:3000",
        "ftp://app.good.example",
        "ws://localhost:3000",
        "https:app.good.example",
        "https:/app.good.example",
        "https:///app.good.example",
        "//app.good.example",
        "app.good.example",
        "://app.good.example",
        "file://",
        "javascript://app.good.example",
        "https://localhost:3000",
    ],
    "extension or web view": [
        "app://app.good.example",
        "app://APP.good.example",
        "app://app.good.example:443",
        "chrome-extension://app.good.example",
        "file://app.good.example",
        "app://localhost:3000",
        "app://[::1]:3000",
        'app://"app.good.example"',
        "https+app://app.good.example",
    ],
    "upper case": [
        "HTTPS://app.good.example",
        "https://APP.good.example",
        "https://app.good.EXAMPLE",
        "Https://App.Good.Example",
        "http://LOCALHOST:3000",
    ],
    "encoded": [
        "https://app%2egood.example",
        "https://app.good.example%2eevil.example",
        "https://app%2Egood%2Eexample",
        "https://evil.example%2f.good.example",
        "https://evil.example%00.good.example",
        "https://%61pp.good.example",
        "https%3a%2f%2fapp.good.example",
    ],
    "IDN homoglyph": [
        "https://аpp.good.example",  # noqa: RUF001 - the first letter is Cyrillic
        "https://app.gооd.example",  # noqa: RUF001 - the vowels are Cyrillic
        "https://app。good。example",
        "https://app.good．example",  # noqa: RUF001 - a fullwidth full stop
        "https://ａpp.good.example",  # noqa: RUF001 - a fullwidth letter
        "https://evil.example\u2024.good.example",
        "https://\u212a.good.example",
        "https://\u017f.good.example",
        "https://app\u00ad.good.example",
        "https://app\u200b.good.example",
        "https://\udcff.good.example",
    ],
    "white space and control characters": [
        "https://app.good.example\n",
        "https://app.good.example\r\n",
        "https://app.good.example\nhttps://evil.example",
        "https://evil.example\nhttps://app.good.example",
        "https://evil.example\n.good.example",
        "https://app.good.example\t",
        "https://app.good.example ",
        " https://app.good.example",
        "https://app.good.example\x00",
        "https://app.good.example\x00.evil.example",
        "https://evil.example\x00.good.example",
        "https://app.good.example\x7f",
        "https://app.good.example\x85",
        "https://app.good.example\u2028",
        "https://app.good.example\xa0",
        "http://localhost:3000\n",
        "",
        " ",
    ],
    "two origins in one value": [
        "https://app.good.example, https://evil.example",
        "https://evil.example, https://app.good.example",
        "https://app.good.example,https://evil.example",
        "https://evil.example,https://app.good.example",
        "https://app.good.example, https://app.good.example",
        "https://app.good.example https://evil.example",
        "https://evil.example,.good.example",
        "http://localhost:3000, http://localhost:3000",
        "null, https://app.good.example",
        "null, null",
    ],
    "address": [
        "http://[::1%25lo]:3000",
        "http://[::1%lo]:3000",
        "http://[0:0:0:0:0:0:0:1]:3000",
        "http://[0000::1]:3000",
        "http://[::ffff:127.0.0.1]:3000",
        "http://[::ffff:7f00:1]:3000",
        "http://::1:3000",
        "http://[::1:3000",
        "http://::1]:3000",
        "http://[[::1]]:3000",
        "http://[]:3000",
        "http://[localhost]:3000",
        "https://[app.good.example]",
        "https://[::1].good.example",
        "http://[::2]:3000",
        "http://127.1:3000",
        "http://2130706433:3000",
        "http://0x7f000001:3000",
        "http://0177.0.0.1:3000",
        "http://127.0.0.1.:3000",
        "http://0.0.0.0:3000",
    ],
    "the entry itself": [
        "https://*.good.example",
        "http://localhost:*",
        "https://*.good.example:*",
        "https://app\\.good\\.example",
        "*",
        "https://*",
    ],
    "null by another name": [
        "NULL",
        "Null",
        "null ",
        "nullnull",
        "null/",
        "null:80",
        "null.good.example",
        "undefined",
        "about:blank",
        "about:srcdoc",
        "data:",
        "blob:https://app.good.example",
    ],
    "length": [
        f"https://{LONG_LABELS}good.example",
        f"https://{LONG_LABELS}good.example:8443",
        f"http://{'a' * 600}:3000",
        "https://" + "a" * 100_000 + ".good.example",
        "https://app.good.example" + "." * 5_000,
        "https://" + "." * 5_000 + ".good.example",
        "http://localhost:" + "3" * 5_000,
        "n" + "u" * 5_000 + "ll",
    ],
}


def test_there_are_more_than_sixty_attacks_and_none_is_written_twice() -> None:
    texts = [text for group in ATTACKS.values() for text in group]

    assert len(texts) >= 60
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("requested", KINDS)
@pytest.mark.parametrize("entries", ENTRIES)
@pytest.mark.parametrize("group", list(ATTACKS))
def test_no_entry_of_any_kind_lists_an_attacking_origin(
    group: str, entries: list[Any], requested: frozenset[str] | None
) -> None:
    policy = layered({entry: ResourceOptions(allow_credentials=True) for entry in entries})

    granted = [
        origin
        for origin in ATTACKS[group]
        if not isinstance(settle(policy, origin, requested)[0], Denial)
    ]

    assert granted == []


@pytest.mark.parametrize("entries", ENTRIES)
def test_the_entries_that_withstand_attacks_list_their_own_origins(entries: list[Any]) -> None:
    policy = layered({entry: ResourceOptions(allow_credentials=True) for entry in entries})
    candidates = [*LISTED, "null", "https://api.good.example"]
    granted = [each for each in candidates if isinstance(settle(policy, each)[0], Grant)]

    # A function is never called with null, which its entry does not name.
    asked_about_null = getattr(entries[0], "__name__", None) == "null"
    assert bool(granted) is not asked_about_null


# Extensions and web views: the hosts of their origins keep their case (URL §3.5).

SAFARI = "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E"
OF_EXTENSIONS = [
    SAFARI,
    "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
    "chrome-extension://gighmmpiobklfepjocnamgkkbiglidom",
    "app://MyApp",
    "capacitor://localhost",
    "file://",
]
SAFARI_EXPRESSION = re.compile(r"safari-web-extension://[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
CREDENTIALS = ResourceOptions(allow_credentials=True)


@pytest.mark.parametrize("requested", KINDS)
@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(None, id="exact"),
        pytest.param(re.compile(r"(?s:.*)"), id="expression"),
        pytest.param(yes, id="function"),
        pytest.param("*", id="any"),
    ],
)
@pytest.mark.parametrize("origin", OF_EXTENSIONS)
def test_every_kind_of_entry_grants_extensions_and_web_views_credentials(
    origin: str, entry: Any, requested: frozenset[str] | None
) -> None:
    entry = origin if entry is None else entry

    verdict, _ = settle(layered({entry: CREDENTIALS}), origin, requested)

    assert isinstance(verdict, Grant)
    assert (verdict.allow_origin, verdict.terms.credentials, verdict.key) == (origin, True, entry)


@pytest.mark.parametrize("origin", OF_EXTENSIONS)
def test_anonymous_any_gives_extensions_and_web_views_the_star(origin: str) -> None:
    verdict, _ = settle(layered({"*": ResourceOptions()}), origin)

    assert isinstance(verdict, Grant)
    assert (verdict.allow_origin, verdict.terms.credentials) == ("*", False)


@pytest.mark.parametrize(
    ("entry", "origin", "granted"),
    [
        pytest.param(SAFARI_EXPRESSION, SAFARI, True, id="UUID by expression"),
        pytest.param(SAFARI_EXPRESSION, SAFARI.lower(), False, id="UUID in lower case"),
        pytest.param(SAFARI_EXPRESSION, f"{SAFARI}0", False, id="UUID with one more"),
        pytest.param(SAFARI_EXPRESSION, f"{SAFARI}:80", False, id="UUID with a port"),
        pytest.param(SAFARI_EXPRESSION, f"{SAFARI}\n", False, id="UUID with a newline"),
        pytest.param(SAFARI_EXPRESSION, f"{SAFARI}/", False, id="UUID with a slash"),
        pytest.param(SAFARI, SAFARI, True, id="exact"),
        pytest.param(SAFARI, SAFARI.lower(), False, id="exact in other case"),
        pytest.param(SAFARI.lower(), SAFARI, False, id="listed in other case"),
        pytest.param("app://MyApp:*", "app://MyApp:8080", True, id="any port"),
        pytest.param("app://MyApp:*", "app://myapp:8080", False, id="any port, other case"),
        pytest.param("app://*.MyApp", "app://Sub.MyApp", True, id="sub-domain"),
        pytest.param("app://*.MyApp", "app://MyApp", False, id="apex"),
        pytest.param("app://*.MyApp", "app://evilMyApp", False, id="not a label"),
        pytest.param("app://*.MyApp", "https://Sub.MyApp", False, id="another scheme"),
        pytest.param("file://", "file://", True, id="file"),
        pytest.param("file://", "file:///index.html", False, id="file with its path"),
        pytest.param(yes, "about://blank", False, id="about"),
        pytest.param(yes, "data://x", False, id="data"),
        pytest.param(yes, "blob://x", False, id="blob"),
        pytest.param(yes, "javascript://x", False, id="javascript"),
        pytest.param(yes, "app://a/b", False, id="path"),
        pytest.param(yes, "app://a, app://b", False, id="two origins"),
        pytest.param(yes, "App://a", False, id="scheme in upper case"),
        pytest.param(yes, "https://A.example", False, id="domain in upper case"),
    ],
)
def test_origin_of_an_extension_matches_in_the_case_that_it_has(
    entry: Any, origin: str, granted: bool
) -> None:
    verdict, _ = settle(layered({entry: CREDENTIALS}), origin)

    assert isinstance(verdict, Grant) is granted


# What a function is never called with: it need not be written for hostile text.


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("null", id="null"),
        pytest.param("", id="empty"),
        pytest.param("https://app.good.example/", id="path"),
        pytest.param("https://app.good.example\n", id="newline"),
        pytest.param("https://a.example, https://b.example", id="two origins"),
        pytest.param("https://а.example", id="not ASCII"),  # noqa: RUF001
        pytest.param("https://A.example", id="upper case"),
        pytest.param("https://a.example:443", id="default port"),
        pytest.param("https://" + "a" * 600, id="longer than any origin"),
    ],
)
def test_expressions_and_functions_are_not_tried_on_what_is_not_a_serialized_origin(
    origin: str,
) -> None:
    policy = layered({yes: ResourceOptions(), re.compile("(?s:.*)"): ResourceOptions()})

    assert settle(policy, origin) == (Denial(Reason.ORIGIN_NOT_LISTED), [])


# "*": any origin.


@pytest.mark.parametrize("requested", KINDS)
@pytest.mark.parametrize(
    ("origin", "allow_origin", "credentials"),
    [
        pytest.param(APP, APP, True, id="origin"),
        pytest.param("http://[::1]:3000", "http://[::1]:3000", True, id="address"),
        pytest.param("null", "*", False, id="opaque"),
        pytest.param("https://app.good.example/", "*", False, id="path"),
        pytest.param("https://APP.good.example", "*", False, id="upper case"),
        pytest.param("https://app.good.example:443", "*", False, id="default port"),
        pytest.param("localhost:3000", "*", False, id="no scheme"),
        pytest.param("*", "*", False, id="star"),
    ],
)
def test_any_with_credentials_names_origins_and_gives_all_else_the_anonymous_star(
    origin: str, allow_origin: str, credentials: bool, requested: frozenset[str] | None
) -> None:
    policy = layered({"*": ResourceOptions(allow_credentials=True)})

    verdict, _ = settle(policy, origin, requested)

    assert isinstance(verdict, Grant)
    assert (verdict.allow_origin, verdict.terms.credentials) == (allow_origin, credentials)
    assert verdict.key == "*"


@pytest.mark.parametrize("group", list(ATTACKS))
def test_any_with_credentials_gives_them_to_serialized_origins_alone(group: str) -> None:
    policy = layered({"*": ResourceOptions(allow_credentials=True)})
    serialized = re.compile(
        r"(https?|wss?|ftp)://([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?"
        # The hosts of other schemes are opaque, and some have no origin.
        r"|(?!(https?|wss?|ftp|about|blob|data|javascript):)[a-z][a-z0-9+.-]*://[^/?#@\\]*"
    )

    for origin in ATTACKS[group]:
        verdict, _ = settle(policy, origin)
        if isinstance(verdict, Grant) and verdict.terms.credentials:
            assert serialized.fullmatch(origin)
            assert verdict.allow_origin == origin


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://app.good.example\n", id="newline"),
        pytest.param("https://a.example, https://b.example", id="two lines"),
        pytest.param("https://аpp.good.example", id="not ASCII"),  # noqa: RUF001
        pytest.param("https://app.good.example\x00", id="null byte"),
    ],
)
def test_any_with_credentials_gives_nothing_to_what_is_not_visible_ascii(origin: str) -> None:
    policy = layered({"*": ResourceOptions(allow_credentials=True)})

    assert settle(policy, origin)[0] == Denial(Reason.ORIGIN_NOT_LISTED)


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(None, id="none"),
        pytest.param(APP, id="origin"),
        pytest.param("null", id="opaque"),
        pytest.param("https://аpp.good.example", id="not ASCII"),  # noqa: RUF001
    ],
)
def test_anonymous_any_alone_is_one_verdict_for_all(origin: str | None) -> None:
    verdict, _ = settle(layered({"*": ResourceOptions()}), origin)

    assert isinstance(verdict, Grant)
    assert (verdict.allow_origin, verdict.terms.credentials, verdict.key) == ("*", False, "*")


def test_table_keeps_the_config_that_it_was_made_of() -> None:
    config = keyed(APP, "https://*.good.example", "*")

    assert OriginTable(config).config is config


@pytest.mark.parametrize(
    ("entry", "length"),
    [
        pytest.param("*", 1, id="any"),
        pytest.param("*", 2_000, id="any, long"),
        pytest.param("https://*.good.example", 1, id="wildcard"),
        pytest.param(re.compile(r"https://.*\.good\.example"), 1, id="expression"),
    ],
)
def test_origins_that_clients_make_up_do_not_pile_up(entry: Any, length: int) -> None:
    policy = layered({entry: ResourceOptions(allow_credentials=True)})

    def decide_all(numbers: range) -> None:
        for number in numbers:
            assert isinstance(decide(policy, f"https://{'x' * length}{number}.good.example"), Grant)

    tracemalloc.start()
    try:
        decide_all(range(10))
        before = tracemalloc.get_traced_memory()[0]
        decide_all(range(10, 3_000))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    # The cached ones are few, and short.
    assert grown < 150_000


# What may be an entry.


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        pytest.param(yes, "yes", id="function"),
        pytest.param(APP, "'https://app.good.example'", id="origin"),
        pytest.param(re.compile("a"), "re.compile('a')", id="expression"),
    ],
)
def test_entry_is_written_as_in_source_code(entry: Any, text: str) -> None:
    assert origin_text(entry) == text


class Listed:
    """A callable object of the shape of an origin function."""

    def __call__(self, origin: str, request: Any) -> bool:
        return origin == APP


async def coroutine_function(origin: str, request: Any) -> bool:
    return origin == APP


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(yes, id="function"),
        pytest.param(coroutine_function, id="coroutine function"),
        pytest.param(lambda origin, request: True, id="lambda"),
        pytest.param(Listed(), id="object"),
        pytest.param(Listed().__call__, id="method"),
        pytest.param(lambda *args: True, id="any arguments"),
        pytest.param(re.compile("https://a"), id="expression"),
        pytest.param("https://*.good.example", id="wildcard"),
    ],
)
def test_entry_is_accepted(entry: Any) -> None:
    assert list(parse_config({entry: {}})) == [entry]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        pytest.param(re.compile(b"https://a"), "must match str, not bytes", id="bytes expression"),
        pytest.param(None, "must be a string", id="None"),
        pytest.param(b"https://a.example", "must be a string", id="bytes"),
        pytest.param(1, "must be a string", id="number"),
        pytest.param(ResourceOptions, "must be a string", id="class"),
        pytest.param(lambda origin: True, "must take", id="one argument"),
        pytest.param(lambda: True, "must take", id="no argument"),
        pytest.param(lambda a, b, c: True, "must take", id="three arguments"),
        pytest.param(lambda a, b, *, c: True, "must take", id="keyword needed"),
    ],
)
def test_entry_of_another_type_is_an_error_that_says_what_one_is(entry: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_config({entry: {}})


@pytest.mark.parametrize(
    ("config", "granted"), [({"*": {}}, "*"), ({"*": {}, APP: {}}, None), ({APP: {}}, None)]
)
def test_request_without_an_origin_is_granted_what_everyone_is(
    config: dict[Any, Any], granted: str | None
) -> None:
    verdict = layered(config).without_origin

    if granted is None:
        assert verdict == Denial(Reason.NO_ORIGIN)
    else:
        assert isinstance(verdict, Grant)
        assert verdict.allow_origin == granted


def test_function_whose_options_do_not_list_the_method_is_asked_and_allows_nothing() -> None:
    table = OriginTable(parse_config({yes: ResourceOptions(allow_methods=["PUT"])}))
    policy = Policy((table,), MethodRule(explicit=False, by_default=True, names=("GET",)))

    assert settle(policy, "https://a.example") == (Denial(Reason.METHOD_NOT_SHARED), [yes])


def test_listing_methods_are_the_origins_whose_options_list_methods() -> None:
    listing = ResourceOptions(allow_methods=["GET"])
    table = OriginTable(parse_config({APP: listing, "https://b.example": ResourceOptions()}))

    assert dict(table.listing_methods.config) == {APP: listing}
    assert table.listing_methods is table.listing_methods
