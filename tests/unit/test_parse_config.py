"""Reading a config: every form that is taken, and each wrong one with what is said about it."""

from __future__ import annotations

import re
from collections import ChainMap, OrderedDict, UserDict
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions
from aiohttp_cors._core.config import parse_config

APP = "https://app.example.com"
OPTIONS = ResourceOptions(allow_credentials=True, max_age=600)

#: Every option, in the mapping form.
MAPPING: dict[str, Any] = {
    "allow_credentials": True,
    "expose_headers": ["X-A"],
    "allow_headers": ["X-B"],
    "max_age": 600,
    "allow_methods": ["PUT"],
    "allow_private_network": True,
    "allow_timing": True,
}


def listed(origin: str, request: object) -> bool:
    return True


# What is taken.


def test_no_config_is_an_empty_one() -> None:
    assert parse_config(None) == {}


def test_empty_config_is_an_empty_one() -> None:
    assert parse_config({}) == {}


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({APP: OPTIONS}, id="dict"),
        pytest.param(OrderedDict({APP: OPTIONS}), id="OrderedDict"),
        pytest.param(MappingProxyType({APP: OPTIONS}), id="read-only"),
        pytest.param(ChainMap({APP: OPTIONS}, {APP: ResourceOptions()}), id="ChainMap"),
        pytest.param(UserDict({APP: OPTIONS}), id="mapping of another class"),
    ],
)
def test_any_mapping_is_a_config(config: Mapping[str, Any]) -> None:
    parsed = parse_config(config)

    assert parsed == {APP: OPTIONS}
    assert type(parsed) is dict


def test_options_are_taken_as_they_are() -> None:
    assert parse_config({APP: OPTIONS})[APP] is OPTIONS


def test_config_may_change_once_it_is_parsed() -> None:
    methods = ["PUT"]
    options: dict[str, Any] = {"allow_methods": methods}
    config: dict[str, Any] = {APP: options}
    parsed = parse_config(config)

    methods.append("PATCH")
    options["allow_credentials"] = True
    config["*"] = {}

    assert parsed == {APP: ResourceOptions(allow_methods=["PUT"])}


def test_parsed_config_parses_to_itself() -> None:
    parsed = parse_config({APP: MAPPING, "*": {}, listed: {}})

    assert parse_config(parsed) == parsed


def test_keys_stay_in_the_order_written() -> None:
    keys = ["*", "https://b.example", listed, "https://a.example", re.compile("a"), "null"]

    assert list(parse_config({key: {} for key in keys})) == keys


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(APP, id="origin"),
        pytest.param("*", id="any"),
        pytest.param("null", id="opaque"),
        # What 0.8.1 took is refused in strict mode alone.
        pytest.param("", id="empty"),
        pytest.param("localhost:3000", id="no scheme"),
        pytest.param("https://app.example.com/", id="trailing slash"),
        pytest.param("HTTPS://APP.EXAMPLE.COM", id="upper case"),
        pytest.param("https://b\xfccher.example", id="not ASCII"),
        pytest.param("https://a.example, https://b.example", id="two origins"),
        pytest.param("https://app.example.com\n", id="newline"),
        pytest.param(re.compile(r"https://[a-z]+\.example\.com"), id="expression"),
        pytest.param(listed, id="function"),
        pytest.param(lambda origin, request: True, id="lambda"),
        pytest.param(lambda origin, request=None, *more: True, id="function of more"),
    ],
)
def test_key_is_taken_as_it_is(key: Any) -> None:
    assert list(parse_config({key: {}})) == [key]


def test_mapping_of_no_fields_is_options_by_default() -> None:
    assert parse_config({APP: {}}) == {APP: ResourceOptions()}


def test_mapping_takes_every_option() -> None:
    assert set(MAPPING) == set(ResourceOptions._fields)
    assert parse_config({APP: MAPPING}) == {APP: ResourceOptions(**MAPPING)}


@pytest.mark.parametrize("option", list(MAPPING))
def test_mapping_takes_each_option_alone(option: str) -> None:
    parsed = parse_config({APP: {option: MAPPING[option]}})

    assert parsed == {APP: ResourceOptions(**{option: MAPPING[option]})}
    assert parsed != {APP: ResourceOptions()}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(MappingProxyType(MAPPING), id="read-only"),
        pytest.param(ChainMap({}, MAPPING), id="ChainMap"),
        pytest.param(UserDict(MAPPING), id="mapping of another class"),
        pytest.param(ResourceOptions(**MAPPING)._asdict(), id="_asdict"),
    ],
)
def test_any_mapping_is_options(value: Mapping[str, Any]) -> None:
    assert parse_config({APP: value}) == {APP: ResourceOptions(**MAPPING)}


# What is refused: all by ValueError, naming what is read, where, the rule and the value.


def refusal_of(config: Any, name: str = "config") -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the caller looks at the words
        parse_config(config, name)
    return str(caught.value)


@pytest.mark.parametrize("name", ["config", "defaults", "custom_cors of View.get"])
@pytest.mark.parametrize(
    "config",
    [
        pytest.param("*", id="any origin"),
        pytest.param(APP, id="origin"),
        pytest.param("", id="empty string"),
        pytest.param([], id="empty list"),
        pytest.param([APP], id="list of origins"),
        pytest.param({APP}, id="set of origins"),
        pytest.param([(APP, OPTIONS)], id="list of pairs"),
        pytest.param(OPTIONS, id="options"),
        pytest.param(True, id="true"),
        pytest.param(False, id="false"),
        pytest.param(0, id="zero"),
        pytest.param(b"", id="bytes"),
        pytest.param(dict, id="class"),
        pytest.param(listed, id="function"),
    ],
)
def test_config_is_a_mapping(config: Any, name: str) -> None:
    assert refusal_of(config, name) == (
        f"{name!r} must map origins to ResourceOptions, got {config!r}; "
        "write {'https://app.example.com': ResourceOptions()}"
    )


def test_what_is_read_is_called_config_unless_it_is_said() -> None:
    with pytest.raises(ValueError, match=r"^'config' must map"):
        parse_config([])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(None, id="none"),
        pytest.param(True, id="true"),
        pytest.param(1, id="number"),
        pytest.param(1.5, id="float"),
        pytest.param(b"https://app.example.com", id="bytes"),
        pytest.param((APP, "https://api.example.com"), id="tuple of origins"),
        pytest.param(frozenset({APP}), id="set of origins"),
        pytest.param(OPTIONS, id="options"),
        pytest.param(str, id="class"),
    ],
)
def test_key_is_text_expression_or_function(key: Any) -> None:
    assert refusal_of({key: {}}, "defaults") == (
        "an origin in 'defaults' must be a string, a compiled regular expression or a function of "
        f"(origin, request), got {key!r}; write {{'https://app.example.com': ResourceOptions()}}"
    )


def test_expression_is_one_of_text() -> None:
    expression = re.compile(b"https://app")

    assert refusal_of({expression: {}}, "defaults") == (
        f"an expression in 'defaults' must match str, not bytes, got {expression!r}; "
        "write re.compile('https://app')"
    )


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda: True, id="of nothing"),
        pytest.param(lambda origin: True, id="of the origin alone"),
        pytest.param(lambda origin, request, more: True, id="of more"),
        pytest.param(lambda *, origin, request: True, id="of keywords"),
        pytest.param(listed.__get__(APP), id="bound method of the request alone"),
    ],
)
def test_function_takes_origin_and_request(function: Any) -> None:
    assert refusal_of({function: {}}, "defaults") == (
        f"a function in 'defaults' must take (origin, request), got {function!r}; "
        "write def is_allowed(origin, request)"
    )


def test_function_that_does_not_say_what_it_takes_is_taken() -> None:
    class Listed:
        @property
        def __signature__(self) -> None:
            raise ValueError("no signature found")

        def __call__(self, origin: str, request: object) -> bool:
            return True

    function = Listed()

    assert list(parse_config({function: {}})) == [function]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="none"),
        pytest.param(True, id="true"),
        pytest.param(False, id="false"),
        pytest.param(0, id="zero"),
        pytest.param(1, id="number"),
        pytest.param("", id="empty string"),
        pytest.param("*", id="star"),
        pytest.param("allow_credentials", id="name of an option"),
        pytest.param([], id="list"),
        pytest.param([("max_age", 1)], id="list of pairs"),
        pytest.param((), id="tuple"),
        pytest.param(tuple(OPTIONS), id="tuple of the fields"),
        pytest.param(set(), id="set"),
        pytest.param({"allow_credentials"}, id="set of names"),
        pytest.param(ResourceOptions, id="class of options"),
        pytest.param(listed, id="function"),
    ],
)
@pytest.mark.parametrize("key", [APP, "*", "null", ""])
def test_value_is_options_or_a_mapping(key: str, value: Any) -> None:
    assert refusal_of({key: value}, "defaults") == (
        f"the options of {key!r} in 'defaults' must be ResourceOptions or a mapping of their "
        f"fields, got {value!r}; write ResourceOptions()"
    )


FIELDS = (
    "allow_credentials, expose_headers, allow_headers, max_age, allow_methods, "
    "allow_private_network, allow_timing"
)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        pytest.param({"allow_cookies": True}, "'allow_cookies'", id="one"),
        pytest.param({"b": 1, "a": 2}, "'a', 'b'", id="two, sorted"),
        pytest.param({"max_age": 1, "maxage": 1}, "'maxage'", id="beside a known one"),
        pytest.param({"max_age": -1, "maxage": 1}, "'maxage'", id="beside a wrong value"),
        pytest.param({"Allow_Credentials": True}, "'Allow_Credentials'", id="other case"),
        pytest.param({"allow-credentials": True}, "'allow-credentials'", id="hyphen"),
        pytest.param({"": True}, "''", id="empty"),
        pytest.param({1: True}, "1", id="number"),
        pytest.param({None: True, "x": 1}, "'x', None", id="none and text"),
        pytest.param({b"max_age": 1}, "b'max_age'", id="bytes"),
        pytest.param({"self": 1}, "'self'", id="self"),
        pytest.param({"cls": 1}, "'cls'", id="cls"),
        pytest.param({APP: ResourceOptions()}, f"{APP!r}", id="config in a config"),
    ],
)
def test_unknown_field_is_named_beside_the_known_ones(value: Any, named: str) -> None:
    assert refusal_of({APP: value}, "defaults") == (
        f"the options of {APP!r} in 'defaults' have no field {named}; the fields are {FIELDS}"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(
            {"allow_credentials": "yes"},
            "'allow_credentials' must be True or False, got 'yes'",
            id="allow_credentials",
        ),
        pytest.param(
            {"allow_private_network": 1},
            "'allow_private_network' must be True or False, got 1",
            id="allow_private_network",
        ),
        pytest.param(
            {"allow_timing": None},
            "'allow_timing' must be True or False, got None",
            id="allow_timing",
        ),
        pytest.param(
            {"expose_headers": "X-A"},
            "'expose_headers' must be '*' or an iterable of strings, got 'X-A'; write ['X-A']",
            id="expose_headers",
        ),
        pytest.param(
            {"allow_headers": 5},
            "'allow_headers' must be '*' or an iterable of strings, got 5; write ['X-Token']",
            id="allow_headers",
        ),
        pytest.param(
            {"allow_headers": ["X\nA"]},
            "'allow_headers' must hold names without control characters, got 'X\\nA'",
            id="newline in a name",
        ),
        pytest.param(
            {"allow_methods": [1]},
            "'allow_methods' must hold strings only, got 1 in [1]",
            id="allow_methods",
        ),
        pytest.param(
            {"max_age": True},
            "'max_age' must be a non-negative integer (seconds) or None, got True",
            id="max_age",
        ),
    ],
)
def test_wrong_value_of_a_field_is_named_with_its_origin(value: Any, words: str) -> None:
    assert refusal_of({APP: value}, "defaults") == f"the options of {APP!r} in 'defaults': {words}"


def test_one_wrong_entry_among_many_is_found() -> None:
    config: dict[Any, Any] = {f"https://{n}.example": OPTIONS for n in range(100)}
    config["https://50.example"] = None

    assert "'https://50.example'" in refusal_of(config)


@pytest.mark.parametrize("value", [pytest.param({}, id="fine"), pytest.param(None, id="wrong")])
def test_wrong_key_is_found_whatever_its_value(value: Any) -> None:
    assert "got 5" in refusal_of({5: value})


def test_error_shows_control_characters_escaped() -> None:
    assert refusal_of({"https://a\r\n.example": {"x\x1b": 1}}).isprintable()


# What other code raises is its own.


class Failing(Mapping[str, Any]):
    """A mapping that can't be read, of a database that is away."""

    def __getitem__(self, key: str) -> Any:
        raise ConnectionError("no database")

    def __iter__(self) -> Iterator[str]:
        return iter([APP])

    def __len__(self) -> int:
        return 1


def test_error_of_the_mapping_itself_is_not_swallowed() -> None:
    with pytest.raises(ConnectionError, match="no database"):
        parse_config(Failing())


def test_error_of_a_generator_of_names_is_not_swallowed() -> None:
    def names() -> Iterator[str]:
        yield "X-A"
        raise ConnectionError("no database")

    with pytest.raises(ConnectionError, match="no database"):
        parse_config({APP: {"allow_headers": names()}})
