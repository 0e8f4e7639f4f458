"""The browser's side: what it sends, what it lets a page read, and where it stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from aiohttp_cors._browser import resource_policy
from aiohttp_cors._browser.cors_protocol import (
    Failure,
    PreflightGrant,
    Step,
    cors_check,
    judge_preflight,
    misses_vary,
    readable_headers,
)
from aiohttp_cors._browser.fetch import fetch
from aiohttp_cors._browser.messages import HttpRequest, HttpResponse, Readable, Request
from aiohttp_cors._browser.preflight_cache import PreflightCache
from aiohttp_cors._browser.resource_policy import registrable_domain, resource_policy_check

PAGE = "https://app.example"
API = "https://api.example"
OTHER = "https://other.example"

ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"
METHODS = "Access-Control-Allow-Methods"
HEADERS = "Access-Control-Allow-Headers"
EXPOSE = "Access-Control-Expose-Headers"
MAX_AGE = "Access-Control-Max-Age"

Pairs = list[tuple[str, str]]


# The CORS check


@pytest.mark.parametrize(
    ("headers", "credentials"),
    [
        ([(ORIGIN, "*")], False),
        ([(ORIGIN, PAGE)], False),
        ([(ORIGIN.lower(), PAGE)], False),
        ([(ORIGIN, PAGE), (CREDENTIALS, "true")], True),
    ],
)
def test_cors_check_passes(headers: Pairs, credentials: bool) -> None:
    assert cors_check(headers, PAGE, credentials=credentials) is None


@pytest.mark.parametrize(
    ("headers", "credentials", "problem"),
    [
        ([], False, "there is no Access-Control-Allow-Origin"),
        (
            [(ORIGIN, "*"), (CREDENTIALS, "true")],
            True,
            "Access-Control-Allow-Origin is '*', which never works with credentials",
        ),
        (
            [(ORIGIN, PAGE), (ORIGIN, PAGE)],
            False,
            "Access-Control-Allow-Origin has several values, "
            "'https://app.example, https://app.example', and only one is allowed",
        ),
        (
            [(ORIGIN, f"{PAGE}, {OTHER}")],
            False,
            "Access-Control-Allow-Origin has several values, "
            "'https://app.example, https://other.example', and only one is allowed",
        ),
        (
            [(ORIGIN, f"{PAGE}/")],
            False,
            "Access-Control-Allow-Origin is 'https://app.example/', "
            "and an origin has no slash at the end",
        ),
        (
            [(ORIGIN, PAGE.upper())],
            False,
            "Access-Control-Allow-Origin is 'HTTPS://APP.EXAMPLE', and the case must be the same",
        ),
        (
            [(ORIGIN, OTHER)],
            False,
            "Access-Control-Allow-Origin is 'https://other.example', which is another origin",
        ),
        (
            [(ORIGIN, f"{PAGE}X")],
            False,
            "Access-Control-Allow-Origin is 'https://app.exampleX', which is another origin",
        ),
        (
            [(ORIGIN, "null")],
            False,
            "Access-Control-Allow-Origin is 'null', which is another origin",
        ),
    ],
)
@pytest.mark.parametrize(
    ("preflight", "step"), [(True, Step.PREFLIGHT_ORIGIN), (False, Step.ORIGIN)]
)
def test_cors_check_of_the_origin_says_why_it_fails(
    headers: Pairs, credentials: bool, problem: str, preflight: bool, step: Step
) -> None:
    failure = cors_check(headers, PAGE, credentials=credentials, preflight=preflight)

    wanted = "the server must send 'Access-Control-Allow-Origin: https://app.example'"
    assert failure == Failure(step, f"{problem}; {wanted}")


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ([], "there is no Access-Control-Allow-Credentials"),
        (
            [(CREDENTIALS, "True")],
            "Access-Control-Allow-Credentials is 'True', and only 'true' counts, in lower case",
        ),
    ],
)
@pytest.mark.parametrize(
    ("preflight", "step"), [(True, Step.PREFLIGHT_CREDENTIALS), (False, Step.CREDENTIALS)]
)
def test_cors_check_of_credentials_says_why_it_fails(
    headers: Pairs, problem: str, preflight: bool, step: Step
) -> None:
    failure = cors_check([(ORIGIN, PAGE), *headers], PAGE, credentials=True, preflight=preflight)

    wanted = "the server must send 'Access-Control-Allow-Credentials: true'"
    assert failure == Failure(step, f"{problem}; {wanted}")


def test_cors_check_is_not_that_of_a_preflight_unless_said() -> None:
    failure = cors_check([], PAGE, credentials=False)

    assert failure is not None
    assert failure.step is Step.ORIGIN


# Preflights


def judge(headers: Pairs, *, status: int = 200, credentials: bool = False, **announced: Any) -> Any:
    sent = [(ORIGIN, PAGE), *headers]
    if credentials:
        sent.append((CREDENTIALS, "true"))
    announced = {"method": "PUT", "names": ["x-a"], **announced}
    return judge_preflight(status, sent, origin=PAGE, credentials=credentials, **announced)


FULL = [(METHODS, "PUT"), (HEADERS, "x-a")]


@pytest.mark.parametrize(
    ("headers", "announced", "expected"),
    [
        (FULL, {}, PreflightGrant(("PUT",), ("x-a",), 5)),
        (FULL, {"status": 204}, PreflightGrant(("PUT",), ("x-a",), 5)),
        (FULL, {"status": 299}, PreflightGrant(("PUT",), ("x-a",), 5)),
        ([*FULL, (MAX_AGE, "60")], {}, PreflightGrant(("PUT",), ("x-a",), 60)),
        ([*FULL, (MAX_AGE, "9" * 30)], {}, PreflightGrant(("PUT",), ("x-a",), 10**18 - 1)),
        ([*FULL, (MAX_AGE, "-1")], {}, PreflightGrant(("PUT",), ("x-a",), 5)),
        ([*FULL, (MAX_AGE, "1, 2")], {}, PreflightGrant(("PUT",), ("x-a",), 5)),
        (
            [(METHODS, "GET, PUT"), (METHODS, "DELETE"), (HEADERS, " ,X-B,, X-A")],
            {},
            PreflightGrant(("GET", "PUT", "DELETE"), ("x-a", "x-b"), 5),
        ),
        ([(METHODS, "*"), (HEADERS, "*")], {}, PreflightGrant(("*",), ("*",), 5)),
        ([(HEADERS, "X-A")], {"method": "POST"}, PreflightGrant((), ("x-a",), 5)),
        ([(METHODS, "PUT")], {"names": []}, PreflightGrant(("PUT",), (), 5)),
        (
            [(METHODS, "PUT"), (HEADERS, "*, Authorization")],
            {"names": ["authorization", "x-b"]},
            PreflightGrant(("PUT",), ("*", "authorization"), 5),
        ),
    ],
)
def test_preflight_passes_and_is_cached(
    headers: Pairs, announced: dict[str, Any], expected: PreflightGrant
) -> None:
    assert judge(headers, **announced) == expected


NO_PUT = "does not list PUT; the server must send 'Access-Control-Allow-Methods: PUT'"
NO_X_A = "does not list x-a; the server must send 'Access-Control-Allow-Headers: x-a'"


@pytest.mark.parametrize(
    ("headers", "announced", "step", "sentence"),
    [
        (
            FULL,
            {"status": 302},
            Step.PREFLIGHT_REDIRECT,
            "its status is 302; the server must respond to OPTIONS with 200 or 204, before it "
            "redirects",
        ),
        (
            FULL,
            {"status": 399},
            Step.PREFLIGHT_REDIRECT,
            "its status is 399; the server must respond to OPTIONS with 200 or 204, before it "
            "redirects",
        ),
        (
            FULL,
            {"status": 401},
            Step.PREFLIGHT_STATUS,
            "it is 401; the server must respond to OPTIONS with 200 or 204, before it requires "
            "a login",
        ),
        (
            FULL,
            {"status": 407},
            Step.PREFLIGHT_STATUS,
            "it is 407; the server must respond to OPTIONS with 200 or 204, before it requires "
            "a login",
        ),
        *(
            (
                FULL,
                {"status": status},
                Step.PREFLIGHT_STATUS,
                f"it is {status}; the server must respond to OPTIONS with 200 or 204",
            )
            for status in (199, 400, 404, 500)
        ),
        (
            FULL,
            {"status": 300},
            Step.PREFLIGHT_REDIRECT,
            "its status is 300; the server must respond to OPTIONS with 200 or 204, before it "
            "redirects",
        ),
        (
            [(HEADERS, "x-a")],
            {},
            Step.PREFLIGHT_METHOD,
            f"Access-Control-Allow-Methods (none) {NO_PUT}",
        ),
        (
            [(METHODS, "GET,DELETE"), *FULL[1:]],
            {},
            Step.PREFLIGHT_METHOD,
            f"Access-Control-Allow-Methods (GET, DELETE) {NO_PUT}",
        ),
        (
            [(METHODS, "put"), *FULL[1:]],
            {},
            Step.PREFLIGHT_METHOD,
            "Access-Control-Allow-Methods (put) does not list PUT (case matters: 'put' is another "
            "method); the server must send 'Access-Control-Allow-Methods: PUT'",
        ),
        (
            [(METHODS, "P UT")],
            {},
            Step.PREFLIGHT_METHOD,
            "Access-Control-Allow-Methods is not a list of tokens; the server must send names and "
            "commas",
        ),
        (
            [(METHODS, "*"), *FULL[1:]],
            {"credentials": True},
            Step.PREFLIGHT_METHOD,
            f"Access-Control-Allow-Methods (*) {NO_PUT}",
        ),
        (
            [(METHODS, "PUT")],
            {},
            Step.PREFLIGHT_HEADERS,
            f"Access-Control-Allow-Headers (none) {NO_X_A}",
        ),
        (
            [(METHODS, "PUT"), (HEADERS, "x a")],
            {},
            Step.PREFLIGHT_HEADERS,
            "Access-Control-Allow-Headers is not a list of tokens; the server must send names and "
            "commas",
        ),
        (
            [(METHODS, "PUT"), (HEADERS, "x-a\x0b")],
            {},
            Step.PREFLIGHT_HEADERS,
            "Access-Control-Allow-Headers is not a list of tokens; the server must send names and "
            "commas",
        ),
        (
            [(METHODS, "PUT"), (HEADERS, "*")],
            {"credentials": True},
            Step.PREFLIGHT_HEADERS,
            f"Access-Control-Allow-Headers (*) {NO_X_A}",
        ),
        (
            [(METHODS, "PUT"), (HEADERS, "*")],
            {"names": ["authorization", "x-a"]},
            Step.PREFLIGHT_HEADERS,
            "Access-Control-Allow-Headers (*) does not list authorization; the server must send "
            "'Access-Control-Allow-Headers: authorization'",
        ),
        (
            [(METHODS, "PUT"), (HEADERS, "X-B, X-C")],
            {"names": ["x-a", "x-b", "x-d"]},
            Step.PREFLIGHT_HEADERS,
            "Access-Control-Allow-Headers (X-B, X-C) does not list x-a, x-d; the server must send "
            "'Access-Control-Allow-Headers: x-a, x-d'",
        ),
    ],
)
def test_preflight_fails_at_its_step(
    headers: Pairs, announced: dict[str, Any], step: Step, sentence: str
) -> None:
    assert judge(headers, **announced) == Failure(step, sentence)


def test_preflight_must_be_allowed_for_the_origin_itself() -> None:
    verdict = judge_preflight(
        200, FULL, origin=PAGE, method="PUT", names=["x-a"], credentials=False
    )

    assert isinstance(verdict, Failure)
    assert verdict.step is Step.PREFLIGHT_ORIGIN


@pytest.mark.parametrize(
    ("sent", "step"),
    [
        ([(ORIGIN, "*"), (CREDENTIALS, "true")], Step.PREFLIGHT_ORIGIN),
        ([(ORIGIN, PAGE)], Step.PREFLIGHT_CREDENTIALS),
    ],
)
def test_preflight_for_credentials_must_allow_them(sent: Pairs, step: Step) -> None:
    verdict = judge_preflight(
        200, [*sent, *FULL], origin=PAGE, method="PUT", names=["x-a"], credentials=True
    )

    assert isinstance(verdict, Failure)
    assert verdict.step is step


# What can be read


@pytest.mark.parametrize(
    ("exposed", "credentials", "expected"),
    [
        ([], False, ["content-type"]),
        ([(EXPOSE, "X-A")], False, ["content-type", "X-a"]),
        ([(EXPOSE, "x-a, Set-Cookie"), (EXPOSE, "x-b")], True, ["content-type", "X-a", "X-B"]),
        ([(EXPOSE, "*")], False, ["content-type", "X-a", "X-B", EXPOSE]),
        ([(EXPOSE, "*")], True, ["content-type"]),
        ([(EXPOSE, "x a")], False, ["content-type"]),
    ],
)
def test_script_reads_the_exposed_headers_alone(
    exposed: Pairs, credentials: bool, expected: list[str]
) -> None:
    sent = [("content-type", "text/plain"), ("X-a", "1"), ("X-B", "2"), ("Set-Cookie", "c=1")]

    found = readable_headers([*sent, *exposed], credentials=credentials)

    assert [name for name, _ in found] == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(ORIGIN, PAGE)], True),
        ([(ORIGIN, PAGE), ("Vary", "Accept")], True),
        ([(ORIGIN, PAGE), ("Vary", "Accept, origin")], False),
        ([(ORIGIN, PAGE), ("Vary", "Origin,Accept")], False),
        ([(ORIGIN, PAGE), ("vary", "Accept-Encoding"), ("VARY", "Origin")], False),
        ([(ORIGIN, PAGE), ("Vary", "Accept-Origin, XOrigin")], True),
        ([(ORIGIN, PAGE), ("Vary", "*")], False),
        ([(ORIGIN, "*")], False),
        ([], False),
    ],
)
def test_missing_vary_is_noticed(headers: Pairs, expected: bool) -> None:
    assert misses_vary(headers) is expected


# The preflight cache


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def cache_with(
    grant: PreflightGrant, *, credentials: bool = False, longest: float = 7200
) -> tuple[PreflightCache, Clock]:
    clock = Clock()
    cache = PreflightCache(clock, longest)
    cache.store(PAGE, f"{API}/a", credentials=credentials, grant=grant)
    return cache, clock


CACHED = PreflightGrant(("PUT",), ("x-a",), 60)


@pytest.mark.parametrize(
    ("grant", "cached_with", "announced", "expected"),
    [
        (CACHED, False, {}, True),
        (CACHED, False, {"method": "POST"}, True),
        (CACHED, False, {"names": []}, True),
        (CACHED, False, {"method": "DELETE"}, False),
        (CACHED, False, {"names": ["x-a", "x-b"]}, False),
        (CACHED, False, {"origin": OTHER}, False),
        (CACHED, False, {"url": f"{API}/b"}, False),
        (CACHED, False, {"credentials": True}, False),
        (CACHED, True, {"credentials": True}, True),
        (CACHED, True, {"credentials": False}, True),
        (PreflightGrant(("*",), ("*",), 60), False, {"method": "X", "names": ["y"]}, True),
        (PreflightGrant(("*",), ("*",), 60), False, {"names": ["authorization"]}, False),
        (PreflightGrant(("*",), ("*",), 60), True, {"credentials": False}, False),
        (PreflightGrant(("*",), ("x-a",), 60), True, {"credentials": True}, False),
        (PreflightGrant(("PUT",), ("*",), 60), True, {"credentials": True}, False),
        (PreflightGrant(("PUT",), ("x-a",), 0), False, {}, False),
    ],
)
def test_cache_spares_the_preflights_that_it_covers(
    grant: PreflightGrant, cached_with: bool, announced: dict[str, Any], expected: bool
) -> None:
    cache, _ = cache_with(grant, credentials=cached_with)
    announced = {
        "origin": PAGE,
        "url": f"{API}/a",
        "credentials": False,
        "method": "PUT",
        "names": ["x-a"],
        **announced,
    }

    assert cache.covers(announced.pop("origin"), announced.pop("url"), **announced) is expected


@pytest.mark.parametrize(
    ("longest", "later", "expected"),
    [(7200, 59, True), (7200, 60, False), (10, 9, True), (10, 10, False)],
)
def test_cache_forgets_in_time(longest: float, later: float, expected: bool) -> None:
    cache, clock = cache_with(CACHED, longest=longest)
    clock.now += later

    found = cache.covers(PAGE, f"{API}/a", credentials=False, method="PUT", names=["x-a"])

    assert found is expected


def test_cache_holds_nothing_for_more_than_two_hours_by_default() -> None:
    clock = Clock()
    cache = PreflightCache(clock)
    cache.store(PAGE, API, credentials=False, grant=CACHED._replace(max_age=10_000))

    clock.now += 7199
    assert cache.covers(PAGE, API, credentials=False, method="PUT", names=[])
    clock.now += 1
    assert not cache.covers(PAGE, API, credentials=False, method="PUT", names=[])


# Whole fetches


def run(
    responses: Sequence[HttpResponse | Failure], cache: PreflightCache | None = None, **request: Any
) -> tuple[list[HttpRequest], Readable | Failure]:
    """Hand the responses to a fetch; return what it sent, and its outcome."""
    steps = fetch(
        Request(**{"url": f"{API}/a", "origin": PAGE, **request}),
        cache or PreflightCache(Clock()),
    )
    sent = [next(steps)]
    left = list(responses)
    while True:
        try:
            sent.append(steps.send(left.pop(0)))
        except StopIteration as stop:
            assert not left
            return sent, stop.value


def respond(status: int = 200, *headers: tuple[str, str], origin: str = PAGE) -> HttpResponse:
    return HttpResponse(status, [(ORIGIN, origin), *headers], "body")


def redirect(url: str, status: int = 302, origin: str = PAGE) -> HttpResponse:
    return respond(status, ("Location", url), origin=origin)


def test_simple_request_carries_the_origin_and_no_credentials() -> None:
    sent, outcome = run([respond(200, ("X-A", "1"))], headers=(("Accept", "x/y"),))

    headers = (("Accept", "x/y"), ("Origin", PAGE))
    assert sent == [HttpRequest("GET", f"{API}/a", headers, None, credentials=False)]
    assert outcome == Readable("cors", f"{API}/a", 200, [], "body", redirected=False)


def test_preflight_announces_method_and_sorted_headers_without_credentials() -> None:
    sent, outcome = run(
        [
            respond(204, (METHODS, "PUT"), (HEADERS, "x-a,x-b"), (CREDENTIALS, "true")),
            respond(201, (CREDENTIALS, "true")),
        ],
        method="PUT",
        headers=(("X-B", "1"), ("x-a", "2")),
        body="data",
        credentials="include",
    )

    preflight = (
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "x-a,x-b"),
        ("Origin", PAGE),
    )
    actual = (("X-B", "1"), ("x-a", "2"), ("Origin", PAGE))
    assert sent == [
        HttpRequest("OPTIONS", f"{API}/a", preflight, None, credentials=False, preflight=True),
        HttpRequest("PUT", f"{API}/a", actual, "data", credentials=True),
    ]
    assert isinstance(outcome, Readable)
    assert outcome.status == 201


def test_refused_preflight_keeps_the_request_from_being_sent() -> None:
    sent, outcome = run([respond(403)], method="PUT")

    assert len(sent) == 1
    assert isinstance(outcome, Failure)
    assert outcome.step is Step.PREFLIGHT_STATUS


def methods_of(sent: list[HttpRequest]) -> list[str]:
    return [each.method for each in sent]


def test_second_request_needs_no_preflight_until_a_cors_check_fails() -> None:
    cache = PreflightCache(Clock())
    granted = respond(200, (METHODS, "PUT"))

    assert methods_of(run([granted, respond()], cache, method="PUT")[0]) == ["OPTIONS", "PUT"]
    assert methods_of(run([respond()], cache, method="PUT")[0]) == ["PUT"]
    assert methods_of(run([respond(origin=OTHER)], cache, method="PUT")[0]) == ["PUT"]
    assert methods_of(run([granted, respond()], cache, method="PUT")[0]) == ["OPTIONS", "PUT"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"url": f"{API}/b"}, id="url"),
        pytest.param({"method": "DELETE"}, id="method"),
        pytest.param({"credentials": "include"}, id="credentials"),
        pytest.param({"headers": (("X-A", "1"),)}, id="headers"),
        pytest.param({"origin": OTHER}, id="origin"),
    ],
)
def test_what_a_preflight_has_not_allowed_needs_another_one(other: dict[str, Any]) -> None:
    cache = PreflightCache(Clock())
    run([respond(200, (METHODS, "PUT")), respond()], cache, method="PUT")

    sent, _ = run([respond(403)], cache, **{"method": "PUT", **other})

    assert methods_of(sent) == ["OPTIONS"]


def test_preflight_for_credentials_is_cached_for_them_and_has_no_wildcards() -> None:
    cache = PreflightCache(Clock())
    allowed = (CREDENTIALS, "true")
    granted = respond(200, allowed, (METHODS, "PUT"))
    include = {"method": "PUT", "credentials": "include"}

    refused = run([respond(200, allowed, (METHODS, "*"))], cache, **include)[1]
    first, _ = run([granted, respond(200, allowed)], cache, **include)
    second, _ = run([respond(200, allowed)], cache, **include)

    assert isinstance(refused, Failure)
    assert refused.step is Step.PREFLIGHT_METHOD
    assert (methods_of(first), methods_of(second)) == (["OPTIONS", "PUT"], ["PUT"])


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param([respond(origin=OTHER)], id="CORS check"),
        pytest.param([respond(302, ("Location", "ftp://api.example/"))], id="redirect"),
    ],
)
def test_what_a_preflight_allowed_is_forgotten_after_any_failure(
    failing: list[HttpResponse],
) -> None:
    cache = PreflightCache(Clock())
    granted = respond(200, (METHODS, "PUT"))
    run([granted, respond()], cache, method="PUT")

    run(failing, cache, method="PUT")

    assert methods_of(run([granted, respond()], cache, method="PUT")[0]) == ["OPTIONS", "PUT"]


def test_failure_without_a_preflight_leaves_the_cache_alone() -> None:
    cache = PreflightCache(Clock())
    run([respond(200, (METHODS, "PUT")), respond()], cache, method="PUT")

    run([respond(origin=OTHER)], cache, method="GET")

    assert methods_of(run([respond()], cache, method="PUT")[0]) == ["PUT"]


@pytest.mark.parametrize(
    ("origin", "url", "mode", "expected"),
    [
        (PAGE, f"{API}/a", "no-cors", PAGE),
        (PAGE, "http://api.example/a", "no-cors", "null"),
        (PAGE, "http://api.example/a", "cors", PAGE),
        ("http://app.example", "http://api.example/a", "no-cors", "http://app.example"),
    ],
)
def test_origin_of_a_secure_page_is_not_told_over_http_without_cors(
    origin: str, url: str, mode: str, expected: str
) -> None:
    sent = next(fetch(Request(url, origin, method="POST", mode=mode), PreflightCache(Clock())))

    assert sent.headers == (("Origin", expected),)


@pytest.mark.parametrize(
    ("url", "method", "expected"),
    [
        (f"{PAGE}/a", "GET", ()),
        (f"{PAGE}/a", "HEAD", ()),
        (f"{PAGE}/a", "PUT", (("Origin", PAGE),)),
        (f"{API}/a", "GET", (("Origin", PAGE),)),
    ],
)
def test_origin_is_sent_to_others_and_with_what_changes_something(
    url: str, method: str, expected: tuple[tuple[str, str], ...]
) -> None:
    steps = fetch(Request(url, PAGE, method=method), PreflightCache(Clock()))

    assert next(steps).headers == expected


def test_own_origin_is_readable_without_cors_but_for_cookies() -> None:
    response = HttpResponse(200, [("X-A", "1"), ("Set-Cookie", "a=1")], "body")

    sent, outcome = run([response], url=f"{PAGE}/a")

    assert sent[0].credentials
    assert outcome == Readable("basic", f"{PAGE}/a", 200, [("X-A", "1")], "body", redirected=False)


@pytest.mark.parametrize(
    ("url", "credentials", "expected"),
    [
        (f"{PAGE}/", "omit", False),
        (f"{PAGE}/", "same-origin", True),
        (f"{PAGE}/", "include", True),
        (f"{API}/", "omit", False),
        (f"{API}/", "same-origin", False),
        (f"{API}/", "include", True),
    ],
)
def test_credentials_go_by_their_mode(url: str, credentials: str, expected: bool) -> None:
    sent = next(fetch(Request(url, PAGE, credentials=credentials), PreflightCache(Clock())))

    assert sent.credentials is expected


def test_no_cors_gives_an_opaque_response() -> None:
    sent, outcome = run([HttpResponse(200, [], "secret")], mode="no-cors", method="POST")

    assert sent[0].headers == (("Origin", PAGE),)
    assert outcome == Readable("opaque", "", 0, (), None, redirected=False)


def test_same_origin_mode_fails_for_others() -> None:
    steps = fetch(Request(f"{API}/", PAGE, mode="same-origin"), PreflightCache(Clock()))

    with pytest.raises(StopIteration) as stop:
        next(steps)

    assert stop.value.value == Failure(
        Step.MODE, "https://api.example is another origin, and the mode is 'same-origin'"
    )


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [("same-origin", [("X-A", "1"), (EXPOSE, "*"), (CREDENTIALS, "true")]), ("include", [])],
)
def test_exposing_all_is_for_requests_without_credentials(
    credentials: str, expected: Pairs
) -> None:
    response = respond(200, ("X-A", "1"), (EXPOSE, "*"), (CREDENTIALS, "true"))

    _, outcome = run([response], credentials=credentials)

    assert isinstance(outcome, Readable)
    assert [pair for pair in outcome.headers if pair[0] != ORIGIN] == expected


# Redirects


@pytest.mark.parametrize(
    ("chain", "origins"),
    [
        # from a page of PAGE; the Origin that each request carries
        ([f"{API}/b"], [PAGE, PAGE]),
        ([f"{OTHER}/b"], [PAGE, "null"]),
        ([f"{PAGE}/b"], [PAGE, "null"]),
        ([f"{OTHER}/b", f"{OTHER}/c"], [PAGE, "null", "null"]),
    ],
)
def test_origin_is_null_once_one_origin_has_redirected_to_another(
    chain: list[str], origins: list[str]
) -> None:
    responses = [redirect(url, origin=origin) for url, origin in zip(chain, origins)] + [
        respond(origin=origins[-1])
    ]

    sent, outcome = run(responses)

    assert [dict(each.headers)["Origin"] for each in sent] == origins
    assert isinstance(outcome, Readable)
    assert (outcome.type, outcome.url, outcome.redirected) == ("cors", chain[-1], True)


def test_redirect_from_the_own_origin_keeps_the_origin() -> None:
    sent, _ = run([redirect(f"{API}/b"), respond()], url=f"{PAGE}/a")

    assert dict(sent[1].headers) == {"Origin": PAGE}


def test_null_after_a_redirect_is_said_so() -> None:
    _, outcome = run([redirect(f"{OTHER}/b"), respond()])

    assert isinstance(outcome, Failure)
    assert outcome.sentence.endswith("because a redirect from one origin to another made it null")


def test_null_at_a_preflight_after_a_redirect_is_said_so() -> None:
    granted = respond(200, (HEADERS, "x-a"))

    _, outcome = run([granted, redirect(f"{OTHER}/b"), granted], headers=(("X-A", "1"),))

    assert isinstance(outcome, Failure)
    assert outcome.step is Step.PREFLIGHT_ORIGIN
    assert outcome.sentence.endswith("because a redirect from one origin to another made it null")


@pytest.mark.parametrize(
    ("origin", "chain", "request_"),
    [
        pytest.param("null", [redirect(f"{OTHER}/b", origin="null"), respond()], {}, id="opaque"),
        pytest.param(
            PAGE,
            [
                respond(302, ("Location", f"{OTHER}/b"), (CREDENTIALS, "true")),
                respond(origin="null"),
            ],
            {"credentials": "include"},
            id="credentials",
        ),
    ],
)
def test_redirect_is_not_blamed_for_other_failures(
    origin: str, chain: list[HttpResponse], request_: dict[str, Any]
) -> None:
    _, outcome = run(chain, origin=origin, **request_)

    assert isinstance(outcome, Failure)
    assert "redirect" not in outcome.sentence


def test_opaque_response_hides_that_it_was_redirected() -> None:
    _, outcome = run([HttpResponse(302, [("Location", "/b")]), respond()], mode="no-cors")

    assert outcome == Readable("opaque", "", 0, (), None, redirected=False)


def test_redirect_itself_must_pass_the_cors_check() -> None:
    _, outcome = run([HttpResponse(302, [("Location", f"{API}/b")])])

    assert isinstance(outcome, Failure)
    assert outcome.step is Step.ORIGIN


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (302, "GET", "GET"),
        (303, "GET", "GET"),
        (303, "HEAD", "HEAD"),
    ],
)
def test_method_and_body_go_by_the_status(status: int, method: str, then: str) -> None:
    body = "data" if method == "POST" else None
    typed = (("Content-Type", "text/plain"),)

    sent, _ = run([redirect("/b", status), respond()], method=method, headers=typed, body=body)

    assert (sent[1].method, sent[1].url) == (then, f"{API}/b")
    assert sent[1].body == (body if then == "POST" else None)
    dropped = method == "POST" and then == "GET"
    assert ("Content-Type" in dict(sent[1].headers)) is not dropped


def test_authorization_does_not_follow_to_another_origin() -> None:
    granted = respond(200, (HEADERS, "authorization, x-a"))
    headers = (("Authorization", "secret"), ("X-A", "1"))

    sent, _ = run(
        [
            granted,
            redirect(f"{OTHER}/b"),
            respond(200, (HEADERS, "x-a"), origin="null"),
            respond(origin="null"),
        ],
        headers=headers,
    )

    assert dict(sent[3].headers) == {"X-A": "1", "Origin": "null"}


NO_URL = "is not a URL of http or https; the server must send one"
USER_NAME = "Location has a user name in it; the server must send one without"


@pytest.mark.parametrize(
    ("url", "location", "sentence"),
    [
        (API, "ftp://api.example/b", f"Location 'ftp://api.example/b' {NO_URL}"),
        (API, "data:text/plain,x", f"Location 'data:text/plain,x' {NO_URL}"),
        (API, "https://[x/", f"Location 'https://[x/' {NO_URL}"),
        (API, "https://api.example:x/", f"Location 'https://api.example:x/' {NO_URL}"),
        (API, "https://api example/", f"Location 'https://api example/' {NO_URL}"),
        (API, "//", f"Location '//' {NO_URL}"),
        (API, "https://user@api.example/b", USER_NAME),
        (API, "https://:password@api.example/b", USER_NAME),
        (API, "https://user@other.example/b", USER_NAME),
        (API, "https://user@app.example/b", USER_NAME),
        (PAGE, "https://user@api.example/b", USER_NAME),
    ],
)
def test_redirect_to_what_no_browser_follows_fails(url: str, location: str, sentence: str) -> None:
    _, outcome = run([redirect(location)], url=f"{url}/a")

    assert outcome == Failure(Step.REDIRECT, sentence)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https:\\\\api.example\\b", f"{API}/b"),
        ("\\b", f"{API}/b"),
        ("https:///api.example/b", f"{API}/b"),
        ("https://@api.example/b", f"{API}/b"),
        ("https://:@api.example/b", f"{API}/b"),
        ("/x/../b", f"{API}/b"),
        ("?x", f"{API}/a?x"),
        ("", f"{API}/a"),
        ("/\u00e4\udcff", f"{API}/%C3%A4%FF"),
        ("#x", f"{API}/a"),
    ],
)
def test_location_is_read_as_browsers_read_it(location: str, expected: str) -> None:
    sent, outcome = run([redirect(location), respond()])

    assert [each.url for each in sent] == [f"{API}/a", expected]
    assert isinstance(outcome, Readable)


def test_two_locations_fail_unless_they_are_the_same() -> None:
    same = [("Location", "/b"), ("location", "/b")]

    _, followed = run([respond(302, *same), respond()])
    _, failed = run([respond(302, *same, ("Location", "/c"))])

    assert isinstance(followed, Readable)
    assert failed == Failure(
        Step.REDIRECT,
        "there are 3 Location lines, '/b', '/b', '/c'; the server must send one",
    )


@pytest.mark.parametrize("port", [1, 22, 6000, 10080])
def test_port_that_is_not_for_browsers_blocks(port: int) -> None:
    sent, outcome = run([redirect(f"{API}:{port}/")])

    assert len(sent) == 1
    assert outcome == Failure(Step.PORT, f"no browser fetches from port {port}; use another one")


def test_redirect_within_the_own_origin_may_have_a_user_name() -> None:
    sent, _ = run([redirect("https://user@app.example/b"), respond()], url=f"{PAGE}/a")

    assert sent[1].url == "https://user@app.example/b"


def test_redirects_come_to_an_end() -> None:
    sentence = "there are more than 20 of them; the last is to 'https://api.example/b'"

    assert run([redirect("/b")] * 21)[1] == Failure(Step.REDIRECT, sentence)
    assert isinstance(run([*[redirect("/b")] * 20, respond()])[1], Readable)


def test_fragment_of_a_location_is_not_sent() -> None:
    sent, _ = run([redirect("/b?x#y"), respond()])

    assert sent[1].url == f"{API}/b?x"


def test_redirects_can_be_an_error_or_left_to_the_script() -> None:
    _, error = run([redirect("/b")], redirect="error")
    _, nowhere = run([respond(302)], redirect="error")
    _, manual = run([redirect("/b")], redirect="manual")

    sentence = "status 302, and the script has set redirect='error'"
    assert error == Failure(Step.REDIRECT, sentence)
    assert nowhere == error
    assert manual == Readable("opaqueredirect", f"{API}/a", 0, (), None, redirected=False)


def test_redirect_without_location_is_a_response() -> None:
    _, outcome = run([respond(302)])

    assert isinstance(outcome, Readable)
    assert outcome.status == 302


# Without a response


BROKEN = Failure(Step.NETWORK, "broken")


@pytest.mark.parametrize(
    ("method", "before", "expected"),
    [("GET", [], ["GET"]), ("PUT", [], ["OPTIONS"]), ("PUT", ["preflight"], ["OPTIONS", "PUT"])],
)
def test_request_without_a_response_fails(
    method: str, before: list[str], expected: list[str]
) -> None:
    responses = [respond(200, (METHODS, "PUT")) for _ in before]

    sent, outcome = run([*responses, BROKEN], method=method)

    assert methods_of(sent) == expected
    assert outcome == BROKEN


def test_request_without_a_response_clears_the_preflight_cache() -> None:
    cache = PreflightCache(Clock())
    granted = respond(200, (METHODS, "PUT"))
    run([granted, respond()], cache, method="PUT")

    run([BROKEN], cache, method="PUT")

    assert methods_of(run([granted, respond()], cache, method="PUT")[0]) == ["OPTIONS", "PUT"]


# Cross-Origin-Resource-Policy

POLICY = "Cross-Origin-Resource-Policy"


def sent_policy(*values: str) -> Pairs:
    return [(POLICY, value) for value in values]


@pytest.mark.parametrize(
    ("values", "origin", "url", "problem"),
    [
        ([], "null", API, None),
        (["cross-origin"], "null", API, None),
        (["Same-Origin"], PAGE, API, None),
        (["same-origin, same-origin"], PAGE, API, None),
        (["same-origin", "same-origin"], PAGE, API, None),
        ([""], PAGE, API, None),
        (["same-origin"], API, API, None),
        (["same-origin"], PAGE, API, f"{PAGE} is another origin than {API}"),
        (["same-origin"], f"{API}:444", API, f"{API}:444 is another origin than {API}"),
        (["same-origin"], "null", API, f"null is another origin than {API}"),
        (["same-site"], API, API, None),
        (["same-site"], f"{API}:444", API, None),
        (["same-site"], "https://app.shop.example", "https://api.shop.example", None),
        (["same-site"], "https://shop.example", "https://api.shop.example", None),
        (["same-site"], "http://app.shop.example", "http://api.shop.example", None),
        (["same-site"], "https://app.shop.example", "http://api.shop.example", None),
        (
            ["same-site"],
            "http://app.shop.example",
            "https://api.shop.example",
            "http://app.shop.example is not secure",
        ),
        (["same-site"], PAGE, API, f"{PAGE} is another site than {API}"),
        (
            ["same-site"],
            "https://a.github.io",
            "https://b.github.io",
            "https://a.github.io is another site than https://b.github.io",
        ),
        (
            ["same-site"],
            "https://a.co.uk",
            "https://b.co.uk",
            "https://a.co.uk is another site than https://b.co.uk",
        ),
        (["same-site"], "https://a.b.co.uk", "https://c.b.co.uk", None),
        (
            ["same-site"],
            "http://127.0.0.1:1234",
            "http://127.0.0.2:1234",
            "http://127.0.0.1:1234 is another site than http://127.0.0.2:1234",
        ),
        (["same-site"], "http://127.0.0.1:1234", "http://127.0.0.1:4321", None),
        (
            ["same-site"],
            "http://localhost",
            "http://app.localhost",
            "http://localhost is another site than http://app.localhost",
        ),
        (["same-site"], "null", API, f"null is another site than {API}"),
        (["same-site"], "app://localhost", API, f"app://localhost is another site than {API}"),
    ],
)
def test_resource_policy_is_for_origins_and_sites(
    values: list[str], origin: str, url: str, problem: str | None
) -> None:
    failure = resource_policy_check(sent_policy(*values), origin, f"{url}/x")

    wanted = "the server must send 'Cross-Origin-Resource-Policy: cross-origin'"
    assert failure == (
        problem and Failure(Step.RESOURCE_POLICY, f"it is {values[0]!r}, and {problem}; {wanted}")
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.b.example.com", "example.com"),
        ("example.com", "example.com"),
        ("example.com.", "example.com."),
        ("com", None),
        ("com.", None),
        ("a.unlisted", "a.unlisted"),
        ("b.a.unlisted", "a.unlisted"),
        ("unlisted", None),
        ("localhost", None),
        ("b.a.localhost", "a.localhost"),
        ("127.0.0.1", None),
        ("[::1]", None),
    ],
)
def test_registrable_domain_is_a_name_under_a_public_suffix(
    host: str, expected: str | None
) -> None:
    assert registrable_domain(host) == expected


def test_registrable_domain_is_guessed_without_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource_policy, "is_public_suffix", lambda domain: "." not in domain)

    assert registrable_domain("a.b.co.uk") == "co.uk"
    assert registrable_domain("uk") is None


@pytest.mark.parametrize(
    ("mode", "url", "expected"),
    [
        ("no-cors", API, Step.RESOURCE_POLICY),
        ("cors", API, None),
        ("no-cors", PAGE, None),
    ],
)
def test_resource_policy_is_for_requests_to_others_without_cors(
    mode: str, url: str, expected: Step | None
) -> None:
    _, outcome = run([respond(200, *sent_policy("same-origin"))], mode=mode, url=f"{url}/a")

    assert (outcome.step if isinstance(outcome, Failure) else None) is expected


def test_redirect_has_a_resource_policy_of_its_own() -> None:
    away = respond(302, *sent_policy("same-origin"), ("Location", f"{PAGE}/b"))

    sent, outcome = run([away], mode="no-cors")

    assert len(sent) == 1
    assert isinstance(outcome, Failure)
    assert outcome.step is Step.RESOURCE_POLICY


def test_resource_policy_holds_after_a_redirect_back_to_the_page() -> None:
    back = respond(302, ("Location", f"{PAGE}/b"))

    _, outcome = run([back, respond(200, *sent_policy("same-origin"))], mode="no-cors")

    assert outcome == Readable("opaque", "", 0, (), None, redirected=False)


# Extensions and web views


@pytest.mark.parametrize(
    "origin",
    [
        "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://140bb581-a2c0-422a-9dd3-6982a5abee5e",
        "app://App",
        "capacitor://localhost",
        "file://",
    ],
)
def test_origin_of_an_extension_is_compared_exactly(origin: str) -> None:
    sent, outcome = run([respond(origin=origin)], origin=origin)

    assert sent[0].headers == (("Origin", origin),)
    assert isinstance(outcome, Readable)
    _, failed = run([respond(origin=origin.swapcase())], origin=origin)
    assert isinstance(failed, Failure)
    assert failed.step is Step.ORIGIN
