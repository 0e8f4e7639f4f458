"""ResourceOptions: what each option takes, how it is stored, and what is refused."""

from __future__ import annotations

import copy
import enum
import inspect
import numbers
import pickle
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from aiohttp_cors import ResourceOptions

FIELDS = (
    "allow_credentials",
    "expose_headers",
    "allow_headers",
    "max_age",
    "allow_methods",
    "allow_private_network",
    "allow_timing",
)

#: Each option with a value that is not its default.
ALL: dict[str, Any] = {
    "allow_credentials": True,
    "expose_headers": ["X-B", "X-A"],
    "allow_headers": ["X-C", "Authorization"],
    "max_age": 600,
    "allow_methods": ["PUT", "PATCH"],
    "allow_private_network": True,
    "allow_timing": True,
}

SAMPLES = [
    pytest.param(ResourceOptions(), id="defaults"),
    pytest.param(ResourceOptions(**ALL), id="all"),
    pytest.param(
        ResourceOptions(expose_headers="*", allow_headers="*", allow_methods="*"), id="all stars"
    ),
    pytest.param(ResourceOptions(allow_headers=["*", "Authorization"]), id="star beside a name"),
    pytest.param(ResourceOptions(allow_methods=[], max_age=0), id="nothing"),
    *(pytest.param(ResourceOptions(**{option: value}), id=option) for option, value in ALL.items()),
]

LISTS = ("expose_headers", "allow_headers", "allow_methods")
FLAGS = ("allow_credentials", "allow_private_network", "allow_timing")


# What it is.


def test_fields_are_those_of_0_8_1_and_two_more() -> None:
    assert ResourceOptions._fields == FIELDS


def test_fields_come_in_their_order() -> None:
    assert tuple(ResourceOptions(**ALL)) == (
        True,
        {"X-A", "X-B"},
        {"X-C", "AUTHORIZATION"},
        600,
        {"PUT", "PATCH"},
        True,
        True,
    )


def test_all_is_off_by_default() -> None:
    assert ResourceOptions()._asdict() == {
        "allow_credentials": False,
        "expose_headers": frozenset(),
        "allow_headers": frozenset(),
        "max_age": None,
        "allow_methods": None,
        "allow_private_network": False,
        "allow_timing": False,
    }


def test_options_are_a_tuple() -> None:
    assert isinstance(ResourceOptions(), tuple)


def test_arguments_are_keywords_in_the_order_of_the_fields() -> None:
    parameters = inspect.signature(ResourceOptions).parameters.values()

    assert tuple(each.name for each in parameters) == FIELDS
    assert {each.kind for each in parameters} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize(
    "arguments", [pytest.param((True,), id="one"), pytest.param(tuple(ALL.values()), id="all")]
)
def test_options_are_not_given_by_position(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="positional"):
        ResourceOptions(*arguments)


def test_unknown_option_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match="allow_cookies"):
        ResourceOptions(allow_cookies=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("option", FIELDS)
def test_option_is_not_assigned(option: str) -> None:
    options = ResourceOptions()

    with pytest.raises(AttributeError):
        setattr(options, option, ALL[option])

    assert options == ResourceOptions()


def test_nothing_is_attached() -> None:
    with pytest.raises(AttributeError):
        ResourceOptions().allow_cookies = True  # type: ignore[attr-defined]


def test_lists_are_not_changed_from_outside() -> None:
    names = ["X-A"]
    options = ResourceOptions(expose_headers=names, allow_headers=names, allow_methods=names)
    names.append("X-B")

    assert options == ResourceOptions(
        expose_headers=["X-A"], allow_headers=["X-A"], allow_methods=["X-A"]
    )


@pytest.mark.parametrize("options", SAMPLES)
def test_options_are_hashable_and_equal_ones_hash_alike(options: ResourceOptions) -> None:
    same = ResourceOptions(**options._asdict())

    assert {options: "found"}[same] == "found"


@pytest.mark.parametrize("option", FIELDS)
def test_options_that_differ_in_one_are_not_equal(option: str) -> None:
    assert ResourceOptions(**{option: ALL[option]}) != ResourceOptions()


@pytest.mark.parametrize("options", SAMPLES)
def test_repr_reads_back(options: ResourceOptions) -> None:
    assert eval(repr(options), {"ResourceOptions": ResourceOptions}) == options


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        pytest.param({}, "", id="defaults"),
        pytest.param({"allow_credentials": True}, "allow_credentials=True", id="flag"),
        pytest.param(
            {"expose_headers": {"X-B", "X-A"}}, "expose_headers=['X-A', 'X-B']", id="list"
        ),
        pytest.param({"allow_methods": [], "max_age": 0}, "max_age=0, allow_methods=[]", id="none"),
        pytest.param({"allow_headers": "*"}, "allow_headers='*'", id="star"),
        pytest.param({"allow_methods": None, "max_age": None}, "", id="defaults that are given"),
    ],
)
def test_repr_has_what_is_not_as_by_default_as_users_write_it(
    options: dict[str, Any], arguments: str
) -> None:
    assert repr(ResourceOptions(**options)) == f"ResourceOptions({arguments})"


# How values are stored.


def generate(*names: str) -> Iterator[str]:
    yield from names


@pytest.mark.parametrize("option", LISTS)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(list, id="list"),
        pytest.param(tuple, id="tuple"),
        pytest.param(set, id="set"),
        pytest.param(frozenset, id="frozenset"),
        pytest.param(iter, id="iterator"),
        pytest.param(lambda names: generate(*names), id="generator"),
        pytest.param(dict.fromkeys, id="mapping"),
        pytest.param(lambda names: dict.fromkeys(names).keys(), id="keys"),
        pytest.param(lambda names: [*names, *names], id="list with names twice"),
    ],
)
def test_any_iterable_of_strings_is_a_list(make: Callable[[Any], Any], option: str) -> None:
    options = ResourceOptions(**{option: make(["X-A", "X-B"])})

    assert getattr(options, option) == {"X-A", "X-B"}
    assert isinstance(getattr(options, option), frozenset)


@pytest.mark.parametrize(
    ("option", "given", "stored"),
    [
        pytest.param("expose_headers", (), frozenset(), id="exposed nothing"),
        pytest.param("expose_headers", ["x-a", "X-B"], {"x-a", "X-B"}, id="exposed as written"),
        pytest.param("expose_headers", "*", "*", id="exposed star"),
        pytest.param("expose_headers", ["*"], "*", id="exposed list of a star"),
        pytest.param("expose_headers", ["X-A", "*"], "*", id="exposed star beside a name"),
        pytest.param("allow_headers", (), frozenset(), id="headers nothing"),
        pytest.param("allow_headers", ["x-a", "X-b"], {"X-A", "X-B"}, id="headers in upper case"),
        pytest.param("allow_headers", ["x-a", "X-A"], {"X-A"}, id="headers once"),
        pytest.param("allow_headers", "*", "*", id="headers star"),
        pytest.param("allow_headers", ["*"], "*", id="headers list of a star"),
        pytest.param("allow_headers", {"*"}, "*", id="headers set of a star"),
        # It has a meaning: the wildcard does not cover Authorization.
        pytest.param(
            "allow_headers",
            ["*", "authorization"],
            {"*", "AUTHORIZATION"},
            id="headers star beside Authorization",
        ),
        pytest.param("allow_methods", None, None, id="methods not said"),
        pytest.param("allow_methods", (), frozenset(), id="methods none"),
        pytest.param("allow_methods", ["get", "Put"], {"GET", "PUT"}, id="methods in upper case"),
        pytest.param("allow_methods", ["get", "GET"], {"GET"}, id="methods once"),
        pytest.param("allow_methods", "*", "*", id="methods star"),
        pytest.param("allow_methods", ["*"], "*", id="methods list of a star"),
        pytest.param("allow_methods", ["GET", "*"], "*", id="methods star beside one"),
        pytest.param("max_age", None, None, id="seconds not said"),
        pytest.param("max_age", 0, 0, id="seconds zero"),
        pytest.param("max_age", 86400, 86400, id="seconds"),
        pytest.param("max_age", 10**12, 10**12, id="seconds above any cap"),
        *(
            pytest.param(option, value, value, id=f"{option} {value}")
            for option in FLAGS
            for value in (True, False)
        ),
    ],
)
def test_value_is_stored_in_one_form(option: str, given: Any, stored: Any) -> None:
    assert getattr(ResourceOptions(**{option: given}), option) == stored


def test_seconds_of_another_integral_type_are_stored_as_int() -> None:
    class Seconds(enum.IntEnum):
        HOUR = 3600

    stored = ResourceOptions(max_age=Seconds.HOUR).max_age

    assert stored == 3600
    assert type(stored) is int


def test_seconds_of_a_type_that_is_registered_as_integral_are_stored_as_int() -> None:
    class Seconds:
        def __int__(self) -> int:
            return 60

    numbers.Integral.register(Seconds)
    given: Any = Seconds()

    assert ResourceOptions(max_age=given).max_age == 60


@pytest.mark.parametrize("option", LISTS)
def test_list_is_equal_to_a_set(option: str) -> None:
    options = ResourceOptions(**{option: ["X-A", "X-B"]})

    assert getattr(options, option) == {"X-B", "X-A"}
    assert getattr(options, option) == frozenset({"X-B", "X-A"})
    assert getattr(options, option) != {"X-A"}


# What is refused: the error names option, rule and value.

BAD_LISTS = [
    pytest.param("X-A", "got 'X-A'; write ['X-A']", id="bare string"),
    pytest.param("", "got ''; write []", id="empty string"),
    pytest.param("X-A, X-B", "got 'X-A, X-B'; write ['X-A', 'X-B']", id="list in one string"),
    pytest.param("X-A,", "got 'X-A,'; write ['X-A']", id="comma last"),
    pytest.param("**", "got '**'; write ['**']", id="two stars"),
    pytest.param(" *", "got ' *'; write '*'", id="star and a space"),
    pytest.param(b"X-A", "got b'X-A'; write ['X-A']", id="bytes"),
    pytest.param(b"*", "got b'*'; write '*'", id="star in bytes"),
    pytest.param(5, "got 5; write ['", id="number"),
    pytest.param(1.5, "got 1.5; write ['", id="float"),
    pytest.param(True, "got True; write '*'", id="true"),
    pytest.param(False, "got False; write []", id="false"),
    pytest.param(list, "got <class 'list'>", id="class"),
    pytest.param(Ellipsis, "got Ellipsis", id="ellipsis"),
]

BAD_NAMES = [
    pytest.param(["X-A", 5], "must hold strings only, got 5 in ['X-A', 5]", id="number"),
    pytest.param([None], "must hold strings only, got None in [None]", id="none"),
    pytest.param([b"X-A"], "must hold strings only, got b'X-A' in [b'X-A']", id="bytes"),
    pytest.param([["X-A"]], "must hold strings only, got ['X-A'] in [['X-A']]", id="list"),
    pytest.param([True], "must hold strings only, got True in [True]", id="true"),
    pytest.param(bytearray(b"A"), "must hold strings only, got 65 in [65]", id="bytearray"),
    pytest.param(["X-A\r\nSet-Cookie: a"], "got 'X-A\\r\\nSet-Cookie: a'", id="line break"),
    pytest.param(["X-A\n"], "got 'X-A\\n'", id="newline"),
    pytest.param(["X-A", "X\rB"], "got 'X\\rB'", id="carriage return in the second"),
    pytest.param(["*", "X\nB"], "got 'X\\nB'", id="newline beside a star"),
    pytest.param(["X\x00"], "got 'X\\x00'", id="null character"),
    pytest.param(["X\tA"], "got 'X\\tA'", id="tab"),
    pytest.param(["X\x1b"], "got 'X\\x1b'", id="escape"),
    pytest.param(["X\x1f"], "got 'X\\x1f'", id="last control character"),
    pytest.param(["X\x7f"], "got 'X\\x7f'", id="delete"),
]


def refusal_of(option: str, value: Any) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the caller looks at the words
        ResourceOptions(**{option: value})
    return str(caught.value)


@pytest.mark.parametrize("option", LISTS)
@pytest.mark.parametrize(("value", "words"), BAD_LISTS)
def test_what_is_not_a_list_is_refused(value: Any, words: str, option: str) -> None:
    message = refusal_of(option, value)

    assert f"'{option}' must be '*' or an iterable of strings, " in message
    assert words in message


@pytest.mark.parametrize("option", ["expose_headers", "allow_headers"])
def test_none_is_not_a_list_of_headers(option: str) -> None:
    assert refusal_of(option, None) == (
        f"'{option}' must be '*' or an iterable of strings, got None; write []"
    )


@pytest.mark.parametrize(
    ("option", "example"),
    [
        ("expose_headers", ["X-Token"]),
        ("allow_headers", ["X-Token"]),
        ("allow_methods", ["PUT"]),
    ],
)
def test_what_is_nothing_like_a_list_is_refused_with_an_example(
    option: str, example: list[str]
) -> None:
    assert refusal_of(option, 5).endswith(f"got 5; write {example}")


@pytest.mark.parametrize("option", LISTS)
@pytest.mark.parametrize(("value", "words"), BAD_NAMES)
def test_list_with_something_that_is_not_a_name_is_refused(
    value: Any, words: str, option: str
) -> None:
    message = refusal_of(option, value)

    assert message.startswith(f"'{option}' must hold ")
    assert words in message


@pytest.mark.parametrize("option", LISTS)
def test_refused_name_is_shown_without_raw_control_characters(option: str) -> None:
    message = refusal_of(option, ["X\r\n\x00\x1b[31mA"])

    assert message.isprintable()


def test_first_letter_of_a_bare_string_is_not_the_advice() -> None:
    assert refusal_of("allow_methods", "GET").endswith("; write ['GET']")


@pytest.mark.parametrize("option", FLAGS)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="none"),
        pytest.param(0, id="zero"),
        pytest.param(1, id="one"),
        pytest.param("true", id="string"),
        pytest.param("", id="empty string"),
        pytest.param("*", id="star"),
        pytest.param([], id="list"),
        pytest.param([True], id="list of true"),
        pytest.param(bool, id="class"),
    ],
)
def test_flag_is_true_or_false(option: str, value: Any) -> None:
    assert refusal_of(option, value) == f"'{option}' must be True or False, got {value!r}"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        pytest.param(True, "", id="true"),
        pytest.param(False, "", id="false"),
        pytest.param(-1, "; write 0 to disable caching", id="minus one"),
        pytest.param(-(10**30), "; write 0 to disable caching", id="far below"),
        pytest.param(1.0, "; write 1", id="whole float"),
        pytest.param(0.0, "; write 0", id="zero as a float"),
        pytest.param(-1.0, "", id="negative whole float"),
        pytest.param(0.5, "", id="float"),
        pytest.param(float("nan"), "", id="not a number"),
        pytest.param(float("inf"), "", id="infinite"),
        pytest.param("600", "; write 600", id="string"),
        pytest.param("00", "; write 0", id="string of zeros"),
        pytest.param("\u0661", "", id="string of another digit"),
        pytest.param("", "", id="empty string"),
        pytest.param("*", "", id="star"),
        pytest.param([600], "", id="list"),
        pytest.param(b"600", "", id="bytes"),
        pytest.param(600j, "", id="complex"),
        pytest.param(int, "", id="class"),
        pytest.param(timedelta(hours=1), "; write 3600", id="hour"),
        pytest.param(timedelta(hours=-1), "; write 0", id="hour ago"),
    ],
)
def test_seconds_are_a_non_negative_integer_or_none(value: Any, hint: str) -> None:
    assert refusal_of("max_age", value) == (
        f"'max_age' must be a non-negative integer (seconds) or None, got {value!r}{hint}"
    )


# Copies.


@pytest.mark.parametrize("options", SAMPLES)
@pytest.mark.parametrize(
    "duplicate",
    [
        pytest.param(copy.copy, id="copy"),
        pytest.param(copy.deepcopy, id="deepcopy"),
        *(
            pytest.param(
                lambda options, protocol=protocol: pickle.loads(pickle.dumps(options, protocol)),
                id=f"pickle protocol {protocol}",
            )
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
        pytest.param(lambda options: ResourceOptions(**options._asdict()), id="_asdict"),
        pytest.param(lambda options: ResourceOptions._make(options), id="_make"),
        pytest.param(lambda options: ResourceOptions._make(iter(options)), id="_make of iterator"),
        pytest.param(lambda options: options._replace(), id="_replace"),
        pytest.param(lambda options: options._replace(**options._asdict()), id="_replace of all"),
    ],
)
def test_copy_is_equal_and_of_the_same_types(
    duplicate: Callable[[ResourceOptions], ResourceOptions], options: ResourceOptions
) -> None:
    copied = duplicate(options)

    assert type(copied) is ResourceOptions
    assert copied == options
    assert list(map(type, copied)) == list(map(type, options))


def test_options_are_copied_inside_of_other_things() -> None:
    config = {"https://app.example.com": ResourceOptions(**ALL)}

    assert copy.deepcopy(config) == config
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize("option", FIELDS)
def test_replace_changes_one_option(option: str) -> None:
    options = ResourceOptions()._replace(**{option: ALL[option]})

    assert options == ResourceOptions(**{option: ALL[option]})


def test_replace_leaves_the_other_options_and_the_original() -> None:
    options = ResourceOptions(**ALL)

    assert options._replace(max_age=1) == ResourceOptions(**{**ALL, "max_age": 1})
    assert options == ResourceOptions(**ALL)


def test_replace_normalises() -> None:
    options = ResourceOptions()._replace(
        allow_headers=["x-a"], allow_methods=["put"], expose_headers=["*", "X-A"]
    )

    assert options.allow_headers == {"X-A"}
    assert options.allow_methods == {"PUT"}
    assert options.expose_headers == "*"


WRONG = [
    *(pytest.param(option, 1, id=option) for option in FLAGS),
    *(pytest.param(option, "X-A", id=option) for option in LISTS),
    pytest.param("max_age", -1, id="max_age"),
    pytest.param("max_age", True, id="max_age of bool"),
    pytest.param("allow_headers", ["X\r\nA"], id="line break"),
]


@pytest.mark.parametrize(("option", "value"), WRONG)
def test_replace_refuses_what_the_constructor_refuses(option: str, value: Any) -> None:
    message = refusal_of(option, value)

    with pytest.raises(ValueError, match=f"'{option}' must ") as caught:
        ResourceOptions()._replace(**{option: value})

    assert str(caught.value) == message


@pytest.mark.parametrize(("option", "value"), WRONG)
def test_make_refuses_what_the_constructor_refuses(option: str, value: Any) -> None:
    values = [value if field == option else ALL[field] for field in FIELDS]

    with pytest.raises(ValueError, match=f"'{option}' must "):
        ResourceOptions._make(values)


def test_replace_refuses_an_unknown_option_by_its_name() -> None:
    # ValueError before Python 3.13, TypeError since.
    with pytest.raises((TypeError, ValueError), match="allow_cookies"):
        ResourceOptions()._replace(allow_cookies=True)  # type: ignore[call-arg]


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is new in Python 3.13")
def test_copy_replace_changes_one_option() -> None:
    options = copy.replace(ResourceOptions(), allow_methods=["put"])  # type: ignore[attr-defined,unused-ignore]

    assert type(options) is ResourceOptions
    assert options == ResourceOptions(allow_methods=["PUT"])


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is new in Python 3.13")
@pytest.mark.parametrize(("option", "value"), WRONG)
def test_copy_replace_refuses_what_the_constructor_refuses(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"'{option}' must "):
        copy.replace(ResourceOptions(), **{option: value})  # type: ignore[attr-defined,unused-ignore]


# Methods.


@pytest.mark.parametrize(
    ("allow_methods", "method", "allowed"),
    [
        pytest.param(["GET"], "GET", True, id="listed"),
        pytest.param(["get"], "GET", True, id="listed in lower case"),
        pytest.param(["GET"], "get", False, id="requested in lower case"),
        pytest.param(["get"], "get", False, id="both in lower case"),
        pytest.param(["GET"], "Get", False, id="requested in mixed case"),
        pytest.param(["GET", "PUT"], "PUT", True, id="listed second"),
        pytest.param(["GET"], "PUT", False, id="not listed"),
        pytest.param(["GET"], "GE", False, id="part of a listed one"),
        pytest.param(["GET"], "HEAD", False, id="HEAD where GET is listed"),
        pytest.param(["GET"], "", False, id="empty"),
        pytest.param([], "GET", False, id="none listed"),
        pytest.param(None, "GET", False, id="not said, safelisted"),
        pytest.param(None, "PUT", False, id="not said"),
        pytest.param("*", "GET", True, id="all"),
        pytest.param("*", "FROB", True, id="all, own method"),
        pytest.param("*", "get", True, id="all, lower case"),
        pytest.param("*", "*", True, id="all, star"),
        pytest.param(["PUT", "*"], "PATCH", True, id="all beside one"),
        pytest.param(["PUT"], "*", False, id="star requested"),
    ],
)
def test_method_is_allowed_by_its_exact_name(
    allow_methods: Any, method: str, allowed: bool
) -> None:
    assert ResourceOptions(allow_methods=allow_methods).is_method_allowed(method) is allowed
