"""Monitoring says of an application the same with and without CORS, whichever is set up first."""

from __future__ import annotations

from typing import Any

import pytest

import aiohttp_cors

from .rows import ACTUAL, EARLY, LATE, OPTIONS, ORIGIN, REQUESTS
from .runs import (
    BETWEEN,
    FIRST,
    LAST,
    LATEST,
    NONE,
    PUBLISHED,
    THIS,
    Run,
    Watched,
    run,
)

STYLES = ("handler_name", "method_and_path_pattern")
SENTRY = [
    Watched("sentry", order, (("style", style),))
    for style in STYLES
    for order in (FIRST, BETWEEN, LAST, LATEST)
]
# It reports nothing of an application that was made before it.
OPENTELEMETRY = [Watched("opentelemetry", FIRST)]
OPENTELEMETRY_TOO_LATE = [Watched("opentelemetry", order) for order in (BETWEEN, LAST)]
# These are given the application.
DDTRACE = [Watched("ddtrace", order) for order in (BETWEEN, LAST)]
ELASTICAPM = [Watched("elasticapm", order) for order in (BETWEEN, LAST)]
NEWRELIC = [Watched("newrelic", order) for order in (FIRST, BETWEEN, LAST, LATEST)]

MIDDLEWARES = [*OPENTELEMETRY, *DDTRACE, *ELASTICAPM]
WATCHED = [*SENTRY, *MIDDLEWARES, *NEWRELIC]
ALL = [*WATCHED, *OPENTELEMETRY_TOO_LATE]

#: What each agent calls the requests, without CORS.
NAMES = {
    "sentry-handler_name": {
        "GET of a route": ["shop.hello"],
        "GET of a view": ["shop.view.<locals>.Shown"],
        "GET in an application that was set up": ["shop.item"],
        "404": ["aiohttp.web_urldispatcher.SystemRoute._handle"],
    },
    "sentry-method_and_path_pattern": {
        "GET of a route": ["GET /hello"],
        "GET of a view": ["GET /view"],
        "GET in an application that was set up": ["GET /stock/items/{n}"],
        "404": ["GET None"],
    },
    "opentelemetry": {
        "GET of a route": ["GET /hello"],
        "GET of a view": ["GET /view"],
        # Both applications have its middleware.
        "GET in an application that was set up": ["GET /stock/items/{n}"] * 2,
        "404": ["GET"],
    },
    "ddtrace": {
        "GET of a route": ["GET /hello"],
        "GET of a view": ["GET /view"],
        "GET in an application that was set up": ["GET /stock/items/{n}"],
        "404": ["404"],
    },
    "elasticapm": {
        "GET of a route": ["GET /hello"],
        "GET of a view": ["GET /view"],
        "GET in an application that was set up": ["GET /stock/items/{n}"],
        "404": ["GET unknown route"],
    },
    "newrelic": {
        "GET of a route": ["WebTransaction/Function/shop:hello"],
        "GET of a view": ["WebTransaction/Function/shop:view.<locals>.Shown.get"],
        "GET in an application that was set up": ["WebTransaction/Function/shop:item"],
        # It leaves out what aiohttp's own routes respond.
        "404": [],
    },
}

PREFLIGHT_ROUTES = [
    "/enforced",
    "/hello",
    "/items/{n}",
    "/news/hello",
    "/stock/hello",
    "/stock/items/{n}",
]

VARY_ORIGIN = {"Vary": "Origin"}
ALLOWED = {"Access-Control-Allow-Origin": ORIGIN, **VARY_ORIGIN}
VARY_PREFLIGHT = {
    "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
}
GRANTED = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Origin": ORIGIN,
    **VARY_PREFLIGHT,
}
#: Status and CORS headers of each response, whatever watches.
RESPONSES = {
    "GET of a route": (200, ALLOWED),
    "GET without an origin": (200, VARY_ORIGIN),
    "GET from an unlisted origin": (200, VARY_ORIGIN),
    "GET of a dynamic route": (200, ALLOWED),
    "GET of a view": (200, ALLOWED),
    "GET of a route that was not added": (200, {}),
    "GET in an application that was set up": (200, ALLOWED),
    "GET in an application that was not": (200, ALLOWED),
    "404": (404, {}),
    "404 in a sub-application": (404, {}),
    "405": (405, {}),
    "preflight of a route": (200, GRANTED),
    "the same preflight again": (200, GRANTED),
    "preflight of a dynamic route": (200, GRANTED),
    "preflight of a view": (200, GRANTED),
    "preflight in an application that was set up": (200, GRANTED),
    "preflight in an application that was not": (200, GRANTED),
    "preflight from an unlisted origin": (403, VARY_PREFLIGHT),
    "preflight of a view from an unlisted origin": (403, VARY_PREFLIGHT),
    "preflight for a method without a route": (403, VARY_PREFLIGHT),
    "preflight of a route that was not added": (405, {}),
    "preflight of a path that is not there": (404, {}),
    "OPTIONS that is not a preflight": (403, VARY_PREFLIGHT),
    "enforced GET": (200, ALLOWED),
    "enforced GET from an unlisted origin": (403, VARY_ORIGIN),
}


REFUSED = "enforced GET from an unlisted origin"
#: What must not change when a route gets CORS, or enforcement that lets the request through.
SAME = [*ACTUAL, "enforced GET"]


def on_each(watched: list[Watched]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("watched", watched, ids=str)


def with_cors(watched: Watched) -> Run:
    return run(watched, THIS, enforce=True)


def run_with(library: str, watched: Watched) -> Run:
    return with_cors(watched) if library == THIS else run(watched, library)


def names(reports: list[dict[str, Any]]) -> list[str]:
    # Datadog gives all requests one name, and a resource to each.
    return [report.get("resource", report["name"]) for report in reports]


# What the comparisons below compare with


@on_each([each for each in WATCHED if each.order in (FIRST, BETWEEN)])
def test_agent_names_requests_without_cors(watched: Watched):
    expected = NAMES[watched.name]
    reports = run(watched, NONE).of(expected, "reports")

    assert {each: names(said) for each, said in reports.items()} == expected


@pytest.mark.parametrize(
    ("library", "version"),
    [(NONE, None), (THIS, aiohttp_cors.__version__), (PUBLISHED, "0.8.1")],
)
def test_program_serves_with_the_library_that_it_is_told(library: str, version: str | None):
    assert run_with(library, SENTRY[0]).library == version


@on_each(ALL)
def test_responses_are_the_same_whatever_watches(watched: Watched):
    requests = with_cors(watched).requests
    responses = {each: (row["status"], row["headers"]) for each, row in requests.items()}

    assert responses == RESPONSES


# Actual requests


@on_each(WATCHED)
def test_actual_requests_are_reported_as_without_cors(watched: Watched):
    without = run(watched, NONE).of(SAME, "reports")

    assert with_cors(watched).of(SAME, "reports") == without


@on_each(WATCHED)
def test_actual_requests_to_a_whole_application_are_reported_as_without_cors(watched: Watched):
    without = run(watched, NONE).of(SAME, "reports")

    assert run(watched, THIS, whole=True).of(SAME, "reports") == without


@on_each(WATCHED)
def test_nothing_is_reported_besides_requests(watched: Watched):
    assert (run(watched, NONE).others, with_cors(watched).others) == ([], [])


@on_each(OPENTELEMETRY_TOO_LATE)
@pytest.mark.parametrize("library", [NONE, THIS, PUBLISHED])
def test_opentelemetry_reports_nothing_of_applications_made_before(watched: Watched, library: str):
    reports = run_with(library, watched).of(REQUESTS, "reports")

    assert reports == {key: [] for key in REQUESTS}


# Preflights, and other OPTIONS requests


@on_each(SENTRY)
def test_sentry_reports_preflights_as_with_the_published_library(watched: Watched):
    published = run(watched, PUBLISHED).of(OPTIONS, "reports")

    assert with_cors(watched).of(OPTIONS, "reports") == published


@on_each(SENTRY)
def test_sentry_names_a_preflight_without_an_options_route_as_the_options_request_that_it_is(
    watched: Watched,
):
    whole = run(watched, THIS, whole=True)
    named = {each: names(whole.requests[each]["reports"]) for each in OPTIONS}
    without = {each: names(run(watched, NONE).requests[each]["reports"]) for each in OPTIONS}

    assert (whole.preflight_handlers, named) == (["/enforced"], without)


@pytest.mark.parametrize(
    ("style", "name"),
    [
        ("handler_name", "aiohttp_cors.preflight_handler._PreflightHandler._preflight_handler"),
        ("method_and_path_pattern", "OPTIONS /items/{n}"),
    ],
)
@pytest.mark.parametrize("library", [THIS, PUBLISHED])
def test_sentry_names_a_preflight_by_its_options_route(library: str, style: str, name: str):
    watched = Watched("sentry", FIRST, (("style", style),))
    row = run_with(library, watched).requests["preflight of a dynamic route"]

    assert names(row["reports"]) == [name]


@on_each(NEWRELIC)
def test_newrelic_records_one_transaction_for_each_preflight(watched: Watched):
    requests = with_cors(watched).requests
    recorded = {each: [said["status"] for said in requests[each]["reports"]] for each in EARLY}

    assert recorded == {each: [requests[each]["status"]] for each in EARLY}


@on_each(MIDDLEWARES)
def test_agent_that_is_a_middleware_sees_no_preflight(watched: Watched):
    assert with_cors(watched).of(EARLY, "reports") == {key: [] for key in EARLY}


@on_each([*MIDDLEWARES, *SENTRY])
def test_agent_sees_preflights_that_go_through_middlewares(watched: Watched):
    reports = run(watched, THIS, preflights_first=False).of(OPTIONS, "reports")

    assert [each for each, said in reports.items() if not said] == []
    assert reports == run(watched, PUBLISHED).of(OPTIONS, "reports")


@on_each([*MIDDLEWARES, *NEWRELIC])
def test_options_that_is_not_responded_to_early_is_reported_as_with_the_published_library(
    watched: Watched,
):
    def outcomes(reports: dict[str, Any]) -> dict[str, Any]:
        # New Relic names the class that the handler is bound to.
        return {each: [{**one, "name": ""} for one in said] for each, said in reports.items()}

    published = outcomes(run(watched, PUBLISHED).of(LATE, "reports"))

    assert outcomes(with_cors(watched).of(LATE, "reports")) == published


@on_each(ALL)
@pytest.mark.parametrize("library", [THIS, PUBLISHED])
def test_options_routes_are_found_by_their_handler(watched: Watched, library: str):
    assert run_with(library, watched).preflight_handlers == PREFLIGHT_ROUTES


# Requests that enforcement refuses


@on_each(MIDDLEWARES)
def test_agent_that_is_a_middleware_does_not_see_what_enforcement_refuses(watched: Watched):
    assert with_cors(watched).requests[REFUSED]["reports"] == []


@on_each(SENTRY)
def test_sentry_names_what_enforcement_refuses_by_the_route(watched: Watched):
    without = run(watched, NONE).requests[REFUSED]["reports"]

    assert names(with_cors(watched).requests[REFUSED]["reports"]) == names(without)


@on_each([*SENTRY, *NEWRELIC])
def test_request_that_enforcement_refuses_is_reported_once(watched: Watched):
    reports = with_cors(watched).requests[REFUSED]["reports"]

    assert [said.get("http_status", said["status"]) for said in reports] == [403]


# Access loggers


@on_each(ALL)
def test_access_logger_knows_of_a_request_what_it_knows_without_cors(watched: Watched):
    assert with_cors(watched).of(SAME, "log") == run(watched, NONE).of(SAME, "log")


@on_each(ALL)
def test_access_logger_knows_of_a_preflight_what_it_knows_with_the_published_library(
    watched: Watched,
):
    assert with_cors(watched).of(OPTIONS, "log") == run(watched, PUBLISHED).of(OPTIONS, "log")


@on_each(ALL)
def test_access_logger_knows_the_route_of_what_enforcement_refuses(watched: Watched):
    without = run(watched, NONE).requests[REFUSED]["log"]

    assert with_cors(watched).requests[REFUSED]["log"] == {
        **without,
        "request": "GET /enforced 403",
    }
