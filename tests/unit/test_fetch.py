"""The browser's side: what it sends, what it lets a page read, and where it stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from aiohttp_cors._browser.cors_protocol import (
    Failure,
    PreflightGrant,
    Step,
    cors_check,
    judge_preflight,
    misses_vary,
    readable_headers,
)
from aiohttp_cors._browser.fetch import (
    HttpRequest,
    HttpResponse,
    Readable,
    Request,
    fetch,
    origin_of,
)
from aiohttp_cors._browser.preflight_cache import PreflightCache

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
            "Access-Control-Allow-Origin is '*', which does not go with credentials",
        ),
        (
            [(ORIGIN, PAGE), (ORIGIN, PAGE)],
            False,
            "Access-Control-Allow-Origin has several values, "
            "'https://app.example, https://app.example', and may have one only",
        ),
        (
            [(ORIGIN, f"{PAGE}, {OTHER}")],
            False,
            "Access-Control-Allow-Origin has several values, "
            "'https://app.example, https://other.example', and may have one only",
        ),
        (
            [(ORIGIN, f"{PAGE}/")],
            False,
            "Access-Control-Allow-Origin is 'https://app.example/', "
            "and an origin has no slash at its end",
        ),
        (
            [(ORIGIN, PAGE.upper())],
            False,
            "Access-Control-Allow-Origin is 'HTTPS://APP.EXAMPLE', and upper and lower case count",
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

    wanted = "the server has to send 'Access-Control-Allow-Origin: https://app.example'"
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

    wanted = "the server has to send 'Access-Control-Allow-Credentials: true'"
    assert failure == Failure(step, f"{problem}; {wanted}")


def test_cors_check_is_not_that_of_a_preflight_unless_said() -> None:
    failure = cors_check([], PAGE, credentials=False)

    assert failure is not None
    assert failure.step is Step.ORIGIN


# Preflights


def judge(headers: Pairs, *, status: int = 200, credentials: bool = False, **asked: Any) -> Any:
    sent = [(ORIGIN, PAGE), *headers]
    if credentials:
        sent.append((CREDENTIALS, "true"))
    asked = {"method": "PUT", "names": ["x-a"], **asked}
    return judge_preflight(status, sent, origin=PAGE, credentials=credentials, **asked)


FULL = [(METHODS, "PUT"), (HEADERS, "x-a")]


@pytest.mark.parametrize(
    ("headers", "asked", "expected"),
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
def test_preflight_passes_and_is_kept(
    headers: Pairs, asked: dict[str, Any], expected: PreflightGrant
) -> None:
    assert judge(headers, **asked) == expected


NO_PUT = "is without PUT; the server has to send 'Access-Control-Allow-Methods: PUT'"
NO_X_A = "is without x-a; the server has to send 'Access-Control-Allow-Headers: x-a'"


@pytest.mark.parametrize(
    ("headers", "asked", "step", "sentence"),
    [
        (
            FULL,
            {"status": 302},
            Step.PREFLIGHT_REDIRECT,
            "its status is 302; the server has to answer OPTIONS with 200 or 204, before it "
            "redirects",
        ),
        (
            FULL,
            {"status": 399},
            Step.PREFLIGHT_REDIRECT,
            "its status is 399; the server has to answer OPTIONS with 200 or 204, before it "
            "redirects",
        ),
        (
            FULL,
            {"status": 401},
            Step.PREFLIGHT_STATUS,
            "it is 401; the server has to answer OPTIONS with 200 or 204, before it asks for a "
            "login",
        ),
        (
            FULL,
            {"status": 407},
            Step.PREFLIGHT_STATUS,
            "it is 407; the server has to answer OPTIONS with 200 or 204, before it asks for a "
            "login",
        ),
        *(
            (
                FULL,
                {"status": status},
                Step.PREFLIGHT_STATUS,
                f"it is {status}; the server has to answer OPTIONS with 200 or 204",
            )
            for status in (199, 400, 404, 500)
        ),
        (
            FULL,
            {"status": 300},
            Step.PREFLIGHT_REDIRECT,
            "its status is 300; the server has to answer OPTIONS with 200 or 204, before it "
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
            "Access-Control-Allow-Methods (put) is without PUT (case matters: 'put' is another "
            "method); the server has to send 'Access-Control-Allow-Methods: PUT'",
        ),
        (
            [(METHODS, "P UT")],
            {},
            Step.PREFLIGHT_METHOD,
            "Access-Control-Allow-Methods is no list of tokens; the server has to send names and "
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
            "Access-Control-Allow-Headers is no list of tokens; the server has to send names and "
            "commas",
        ),
        (
            [(METHODS, "PUT"), (HEADERS, "x-a\x0b")],
            {},
            Step.PREFLIGHT_HEADERS,
            "Access-Control-Allow-Headers is no list of tokens; the server has to send names and "
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
            "Access-Control-Allow-Headers (*) is without authorization; the server has to send "
            "'Access-Control-Allow-Headers: authorization'",
        ),
        (
            [(METHODS, "PUT"), (HEADERS, "X-B, X-C")],
            {"names": ["x-a", "x-b", "x-d"]},
            Step.PREFLIGHT_HEADERS,
            "Access-Control-Allow-Headers (X-B, X-C) is without x-a, x-d; the server has to send "
            "'Access-Control-Allow-Headers: x-a, x-d'",
        ),
    ],
)
def test_preflight_fails_at_its_step(
    headers: Pairs, asked: dict[str, Any], step: Step, sentence: str
) -> None:
    assert judge(headers, **asked) == Failure(step, sentence)


def test_preflight_has_to_be_shared_itself() -> None:
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
def test_preflight_for_credentials_has_to_allow_them(sent: Pairs, step: Step) -> None:
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


KEPT = PreflightGrant(("PUT",), ("x-a",), 60)


@pytest.mark.parametrize(
    ("grant", "kept_with", "asked", "expected"),
    [
        (KEPT, False, {}, True),
        (KEPT, False, {"method": "POST"}, True),
        (KEPT, False, {"names": []}, True),
        (KEPT, False, {"method": "DELETE"}, False),
        (KEPT, False, {"names": ["x-a", "x-b"]}, False),
        (KEPT, False, {"origin": OTHER}, False),
        (KEPT, False, {"url": f"{API}/b"}, False),
        (KEPT, False, {"credentials": True}, False),
        (KEPT, True, {"credentials": True}, True),
        (KEPT, True, {"credentials": False}, True),
        (PreflightGrant(("*",), ("*",), 60), False, {"method": "X", "names": ["y"]}, True),
        (PreflightGrant(("*",), ("*",), 60), False, {"names": ["authorization"]}, False),
        (PreflightGrant(("*",), ("*",), 60), True, {"credentials": False}, False),
        (PreflightGrant(("*",), ("x-a",), 60), True, {"credentials": True}, False),
        (PreflightGrant(("PUT",), ("*",), 60), True, {"credentials": True}, False),
        (PreflightGrant(("PUT",), ("x-a",), 0), False, {}, False),
    ],
)
def test_cache_spares_the_preflights_that_it_covers(
    grant: PreflightGrant, kept_with: bool, asked: dict[str, Any], expected: bool
) -> None:
    cache, _ = cache_with(grant, credentials=kept_with)
    asked = {
        "origin": PAGE,
        "url": f"{API}/a",
        "credentials": False,
        "method": "PUT",
        "names": ["x-a"],
        **asked,
    }

    assert cache.covers(asked.pop("origin"), asked.pop("url"), **asked) is expected


@pytest.mark.parametrize(
    ("longest", "later", "expected"),
    [(7200, 59, True), (7200, 60, False), (10, 9, True), (10, 10, False)],
)
def test_cache_forgets_in_time(longest: float, later: float, expected: bool) -> None:
    cache, clock = cache_with(KEPT, longest=longest)
    clock.now += later

    found = cache.covers(PAGE, f"{API}/a", credentials=False, method="PUT", names=["x-a"])

    assert found is expected


def test_cache_keeps_nothing_for_more_than_two_hours_unless_told_to() -> None:
    clock = Clock()
    cache = PreflightCache(clock)
    cache.store(PAGE, API, credentials=False, grant=KEPT._replace(max_age=10_000))

    clock.now += 7199
    assert cache.covers(PAGE, API, credentials=False, method="PUT", names=[])
    clock.now += 1
    assert not cache.covers(PAGE, API, credentials=False, method="PUT", names=[])


# Whole fetches


def run(
    responses: Sequence[HttpResponse], cache: PreflightCache | None = None, **request: Any
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


def answer(status: int = 200, *headers: tuple[str, str], origin: str = PAGE) -> HttpResponse:
    return HttpResponse(status, [(ORIGIN, origin), *headers], "body")


def redirect(url: str, status: int = 302, origin: str = PAGE) -> HttpResponse:
    return answer(status, ("Location", url), origin=origin)


def test_simple_request_carries_the_origin_and_no_credentials() -> None:
    sent, outcome = run([answer(200, ("X-A", "1"))], headers=(("Accept", "x/y"),))

    headers = (("Accept", "x/y"), ("Origin", PAGE))
    assert sent == [HttpRequest("GET", f"{API}/a", headers, None, credentials=False)]
    assert outcome == Readable("cors", f"{API}/a", 200, [], "body", redirected=False)


def test_preflight_asks_for_method_and_sorted_headers_without_credentials() -> None:
    sent, outcome = run(
        [
            answer(204, (METHODS, "PUT"), (HEADERS, "x-a,x-b"), (CREDENTIALS, "true")),
            answer(201, (CREDENTIALS, "true")),
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
    sent, outcome = run([answer(403)], method="PUT")

    assert len(sent) == 1
    assert isinstance(outcome, Failure)
    assert outcome.step is Step.PREFLIGHT_STATUS


def methods_of(sent: list[HttpRequest]) -> list[str]:
    return [each.method for each in sent]


def test_second_request_takes_no_preflight_until_an_answer_is_not_shared() -> None:
    cache = PreflightCache(Clock())
    granted = answer(200, (METHODS, "PUT"))

    assert methods_of(run([granted, answer()], cache, method="PUT")[0]) == ["OPTIONS", "PUT"]
    assert methods_of(run([answer()], cache, method="PUT")[0]) == ["PUT"]
    assert methods_of(run([answer(origin=OTHER)], cache, method="PUT")[0]) == ["PUT"]
    assert methods_of(run([granted, answer()], cache, method="PUT")[0]) == ["OPTIONS", "PUT"]


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
def test_what_a_preflight_has_not_allowed_takes_another_one(other: dict[str, Any]) -> None:
    cache = PreflightCache(Clock())
    run([answer(200, (METHODS, "PUT")), answer()], cache, method="PUT")

    sent, _ = run([answer(403)], cache, **{"method": "PUT", **other})

    assert methods_of(sent) == ["OPTIONS"]


def test_preflight_for_credentials_is_kept_for_them_and_has_no_wildcards() -> None:
    cache = PreflightCache(Clock())
    shared = (CREDENTIALS, "true")
    granted = answer(200, shared, (METHODS, "PUT"))
    include = {"method": "PUT", "credentials": "include"}

    refused = run([answer(200, shared, (METHODS, "*"))], cache, **include)[1]
    first, _ = run([granted, answer(200, shared)], cache, **include)
    second, _ = run([answer(200, shared)], cache, **include)

    assert isinstance(refused, Failure)
    assert refused.step is Step.PREFLIGHT_METHOD
    assert (methods_of(first), methods_of(second)) == (["OPTIONS", "PUT"], ["PUT"])


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param([answer(origin=OTHER)], id="not shared"),
        pytest.param([answer(302, ("Location", "ftp://api.example/"))], id="redirect"),
    ],
)
def test_what_a_preflight_allowed_is_forgotten_after_any_failure(
    failing: list[HttpResponse],
) -> None:
    cache = PreflightCache(Clock())
    granted = answer(200, (METHODS, "PUT"))
    run([granted, answer()], cache, method="PUT")

    run(failing, cache, method="PUT")

    assert methods_of(run([granted, answer()], cache, method="PUT")[0]) == ["OPTIONS", "PUT"]


def test_failure_without_a_preflight_leaves_the_cache_alone() -> None:
    cache = PreflightCache(Clock())
    run([answer(200, (METHODS, "PUT")), answer()], cache, method="PUT")

    run([answer(origin=OTHER)], cache, method="GET")

    assert methods_of(run([answer()], cache, method="PUT")[0]) == ["PUT"]


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
        ("HTTPS://app.example/a", "PUT", (("Origin", PAGE),)),
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


def test_no_cors_gives_an_opaque_answer() -> None:
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
    response = answer(200, ("X-A", "1"), (EXPOSE, "*"), (CREDENTIALS, "true"))

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
        answer(origin=origins[-1])
    ]

    sent, outcome = run(responses)

    assert [dict(each.headers)["Origin"] for each in sent] == origins
    assert isinstance(outcome, Readable)
    assert (outcome.type, outcome.url, outcome.redirected) == ("cors", chain[-1], True)


def test_redirect_from_the_own_origin_keeps_the_origin() -> None:
    sent, _ = run([redirect(f"{API}/b"), answer()], url=f"{PAGE}/a")

    assert dict(sent[1].headers) == {"Origin": PAGE}


def test_null_after_a_redirect_is_said_so() -> None:
    _, outcome = run([redirect(f"{OTHER}/b"), answer()])

    assert isinstance(outcome, Failure)
    assert outcome.sentence.endswith("for a redirect from one origin to another has made it null")


def test_null_at_a_preflight_after_a_redirect_is_said_so() -> None:
    granted = answer(200, (HEADERS, "x-a"))

    _, outcome = run([granted, redirect(f"{OTHER}/b"), granted], headers=(("X-A", "1"),))

    assert isinstance(outcome, Failure)
    assert outcome.step is Step.PREFLIGHT_ORIGIN
    assert outcome.sentence.endswith("for a redirect from one origin to another has made it null")


@pytest.mark.parametrize(
    ("origin", "chain", "request_"),
    [
        pytest.param("null", [redirect(f"{OTHER}/b", origin="null"), answer()], {}, id="opaque"),
        pytest.param(
            PAGE,
            [
                answer(302, ("Location", f"{OTHER}/b"), (CREDENTIALS, "true")),
                answer(origin="null"),
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


def test_opaque_answer_hides_that_it_was_redirected() -> None:
    _, outcome = run([HttpResponse(302, [("Location", "/b")]), answer()], mode="no-cors")

    assert outcome == Readable("opaque", "", 0, (), None, redirected=False)


def test_redirect_itself_has_to_be_shared() -> None:
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

    sent, _ = run([redirect("/b", status), answer()], method=method, headers=typed, body=body)

    assert (sent[1].method, sent[1].url) == (then, f"{API}/b")
    assert sent[1].body == (body if then == "POST" else None)
    dropped = method == "POST" and then == "GET"
    assert ("Content-Type" in dict(sent[1].headers)) is not dropped


def test_authorization_does_not_follow_to_another_origin() -> None:
    granted = answer(200, (HEADERS, "authorization, x-a"))
    headers = (("Authorization", "secret"), ("X-A", "1"))

    sent, _ = run(
        [
            granted,
            redirect(f"{OTHER}/b"),
            answer(200, (HEADERS, "x-a"), origin="null"),
            answer(origin="null"),
        ],
        headers=headers,
    )

    assert dict(sent[3].headers) == {"X-A": "1", "Origin": "null"}


NO_URL = "is no URL of http or https; the server has to send one"
USER_NAME = "Location has a user name in it; the server has to send one without"


@pytest.mark.parametrize(
    ("url", "location", "sentence"),
    [
        (API, "ftp://api.example/b", f"Location 'ftp://api.example/b' {NO_URL}"),
        (API, "data:text/plain,x", f"Location 'data:text/plain,x' {NO_URL}"),
        (API, "https://[x/", f"Location 'https://[x/' {NO_URL}"),
        (API, "https://api.example:x/", f"Location 'https://api.example:x/' {NO_URL}"),
        (API, "https://user@api.example/b", USER_NAME),
        (API, "https://user@other.example/b", USER_NAME),
        (API, "https://user@app.example/b", USER_NAME),
        (PAGE, "https://user@api.example/b", USER_NAME),
    ],
)
def test_redirect_to_what_no_browser_follows_fails(url: str, location: str, sentence: str) -> None:
    _, outcome = run([redirect(location)], url=f"{url}/a")

    assert outcome == Failure(Step.REDIRECT, sentence)


def test_redirect_within_the_own_origin_may_have_a_user_name() -> None:
    sent, _ = run([redirect("https://user@app.example/b"), answer()], url=f"{PAGE}/a")

    assert sent[1].url == "https://user@app.example/b"


def test_redirects_come_to_an_end() -> None:
    sentence = "there are more than 20 of them; the last is to 'https://api.example/b'"

    assert run([redirect("/b")] * 21)[1] == Failure(Step.REDIRECT, sentence)
    assert isinstance(run([*[redirect("/b")] * 20, answer()])[1], Readable)


def test_fragment_of_a_location_is_not_sent() -> None:
    sent, _ = run([redirect("/b?x#y"), answer()])

    assert sent[1].url == f"{API}/b?x"


def test_redirects_can_be_an_error_or_left_to_the_script() -> None:
    _, error = run([redirect("/b")], redirect="error")
    _, nowhere = run([answer(302)], redirect="error")
    _, manual = run([redirect("/b")], redirect="manual")

    sentence = "status 302, and the page asks for redirect='error'"
    assert error == Failure(Step.REDIRECT, sentence)
    assert nowhere == error
    assert manual == Readable("opaqueredirect", f"{API}/a", 0, (), None, redirected=False)


def test_redirect_without_location_is_an_answer() -> None:
    _, outcome = run([answer(302)])

    assert isinstance(outcome, Readable)
    assert outcome.status == 302


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://A.example:443/x?y", "https://a.example"),
        ("http://a.example:80", "http://a.example"),
        ("http://a.example:8080/", "http://a.example:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_origin_of_a_url(url: str, expected: str) -> None:
    assert origin_of(url) == expected


@pytest.mark.parametrize("url", ["/x", "ftp://a.example", "https://", ""])
def test_url_without_an_origin_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="must be an absolute URL of http or https"):
        origin_of(url)
