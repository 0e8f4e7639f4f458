"""What is found in a config: what cannot work, and what is unsafe."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aiohttp_cors import CorsConfigError, ResourceOptions
from aiohttp_cors._checks import public_suffixes
from aiohttp_cors._checks.finding import SEVERITIES, SEVERITY_OF, Finding, finding, log_finding
from aiohttp_cors._checks.findings import (
    _is_usual,
    config_findings,
    lost_config_finding,
    no_origin_finding,
    nothing_added_finding,
    view_config_finding,
)
from aiohttp_cors._checks.unusable_origins import unusable_origin

CREDENTIALS = ResourceOptions(allow_credentials=True)

#: Origins of extensions and web views.
OF_EXTENSIONS = [
    "safari-web-extension://140BB581-A2C0-422A-9DD3-6982A5ABEE5E",
    "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
    "chrome-extension://gighmmpiobklfepjocnamgkkbiglidom",
    "app://MyApp",
    "capacitor://localhost",
    "tauri://localhost",
    "file://",
]


@pytest.mark.parametrize(
    ("key", "options", "expected"),
    [
        ("*", ResourceOptions(), []),
        ("*", CREDENTIALS, [("any-origin-with-credentials", "danger")]),
        ("null", ResourceOptions(), [("null-origin", "danger")]),
        ("http://example.com", ResourceOptions(), []),
        ("http://example.com", CREDENTIALS, [("insecure-origin-with-credentials", "danger")]),
        ("http://*.example.com", CREDENTIALS, [("insecure-origin-with-credentials", "danger")]),
        ("http://localhost:3000", CREDENTIALS, []),
        ("http://app.localhost", CREDENTIALS, []),
        ("http://127.0.0.1:8080", CREDENTIALS, []),
        ("http://[::1]:8080", CREDENTIALS, []),
        ("http://localhost:*", CREDENTIALS, []),
        ("https://*.com", ResourceOptions(), [("wildcard-public-suffix", "danger")]),
        ("https://*.co.uk", ResourceOptions(), [("wildcard-public-suffix", "danger")]),
        ("https://*.github.io:*", ResourceOptions(), [("wildcard-public-suffix", "danger")]),
        ("https://*.com.", ResourceOptions(), [("wildcard-public-suffix", "danger")]),
        ("https://*.amazonaws.com", ResourceOptions(), [("wildcard-public-suffix", "danger")]),
        ("https://*.core.windows.net", ResourceOptions(), [("wildcard-public-suffix", "danger")]),
        (
            "http://*.com",
            CREDENTIALS,
            [
                ("insecure-origin-with-credentials", "danger"),
                ("wildcard-public-suffix", "danger"),
            ],
        ),
        ("https://*.my-bucket.s3.amazonaws.com", ResourceOptions(), []),
        ("https://*.example.com", ResourceOptions(), []),
        ("https://*.internal", CREDENTIALS, []),
        ("http://*.localhost", ResourceOptions(), []),
        ("app://*.com", CREDENTIALS, []),
        ("https://*", ResourceOptions(), [("origin-pattern", "error")]),
        ("https://*:*", ResourceOptions(), [("origin-pattern", "error")]),
        ("http://0xa", CREDENTIALS, [("origin-address", "error")]),
        ("http://10.1.2.3", CREDENTIALS, [("insecure-origin-with-credentials", "danger")]),
        ("https://example.com/", ResourceOptions(), [("origin-path", "error")]),
        *((origin, CREDENTIALS, []) for origin in OF_EXTENSIONS),
        ("htpps://a.example", CREDENTIALS, [("origin-scheme", "error")]),
        (lambda origin, request: True, CREDENTIALS, []),
        (re.compile(r"https://a\.example"), ResourceOptions(), []),
        (
            re.compile(r"https://a.example"),
            ResourceOptions(),
            [("expression-look-alike", "danger")],
        ),
        (
            re.compile(r"https?://a.example"),
            CREDENTIALS,
            [
                ("expression-look-alike", "danger"),
                ("insecure-origin-with-credentials", "danger"),
            ],
        ),
    ],
)
def test_origin_has_its_findings(
    key: Any, options: ResourceOptions, expected: list[tuple[str, str]]
) -> None:
    found = config_findings({key: options}, "defaults")

    assert [(finding.id, finding.severity) for finding in found] == expected
    assert {finding.where for finding in found} <= {"defaults"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"allow_headers": ["X-A", "Authorization"], "expose_headers": ["X-B"]}, []),
        ({"allow_headers": "*", "expose_headers": "*", "allow_methods": "*"}, []),
        ({"allow_methods": ["PUT"]}, []),
        ({"allow_headers": ["X A"]}, [("header-no-token", "error", "allow_headers: 'X A'")]),
        ({"expose_headers": ["X(A)"]}, [("header-no-token", "error", "expose_headers: 'X(A)'")]),
        ({"allow_methods": ["A B"]}, [("method-no-token", "error", "allow_methods: 'A B'")]),
        ({"allow_methods": [""]}, [("method-no-token", "error", "allow_methods: ''")]),
        (
            {"allow_headers": ["Cookie", "Sec-X"]},
            [
                ("request-header-forbidden", "error", "allow_headers: 'COOKIE'"),
                ("request-header-forbidden", "error", "allow_headers: 'SEC-X'"),
            ],
        ),
        (
            {"expose_headers": ["Set-Cookie"]},
            [("response-header-forbidden", "error", "expose_headers: 'Set-Cookie'")],
        ),
        (
            {"expose_headers": ["content-type"]},
            [("response-header-safelisted", "notice", "expose_headers: 'content-type'")],
        ),
        (
            {"allow_methods": ["trace", "GET"]},
            [("method-forbidden", "error", "allow_methods: 'TRACE'")],
        ),
        ({"max_age": 86400}, []),
        ({"max_age": 86401}, [("max-age-capped", "notice", "max_age=86401")]),
    ],
)
def test_options_have_their_findings(
    options: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    config = {"https://app.example.com": ResourceOptions(**options)}

    found = config_findings(config, "route GET /hello")

    assert [(each.id, each.severity, each.value) for each in found] == expected


def test_options_of_several_origins_are_reported_once() -> None:
    options = ResourceOptions(max_age=100_000)

    found = config_findings({"https://a.example": options, "https://b.example": options}, "x")

    assert len(found) == 1


@pytest.fixture
def _without_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the extra ``strict`` away."""
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)
    public_suffixes._list.cache_clear()
    yield
    public_suffixes._list.cache_clear()


@pytest.mark.usefixtures("_without_list")
def test_without_the_list_of_suffixes_single_labels_are_found_and_the_extra_is_named() -> None:
    config = {"https://*.com": ResourceOptions(), "https://*.co.uk": ResourceOptions()}

    (found,) = config_findings(config, "defaults")

    assert found.value == "'https://*.com'"
    assert found.hint == (
        "Write a name that is yours alone. "
        "Install aiohttp-cors[strict] to have all public suffixes checked."
    )


SANE = [
    r"https?://localhost(:\d+)?",
    r"http://localhost:\d+",
    r"https://(www\.)?example\.com",
    r"https://[a-z0-9-]+\.example\.com",
    r"^https://([a-z0-9-]+\.)*example\.com$",
    r"https://my-app-[a-z0-9]+-team\.vercel\.app",
    r"https://deploy-preview-\d+--site\.netlify\.app",
    r"chrome-extension://[a-p]{32}",
    r"http://(localhost|127\.0\.0\.1)(:[0-9]+)?",
    r"^https://.*\.example\.com$",
    r"https://(app|admin|api)\.example\.(com|org)",
    r"moz-extension://[0-9a-f-]+",
    r"^https?://([^.]+\.)?example\.com(:[0-9]{1,5})?$",
    r"http://192\.168\.\d{1,3}\.\d{1,3}(:\d+)?",
    r"capacitor://localhost|ionic://localhost",
    r"https://[\w-]+\.example\.io",
    r"\Ahttps://pr-[0-9]+\.preview\.example\.dev\Z",
    r"https://(?:[\w-]+\.)+example\.co\.uk",
    r"https://example\.com(:8080|:8443)?",
    r"(?:https://)(?:staging|prod)\.example\.net",
    r"https://[^./]+\.example\.com",
    r"https://[a-f0-9]{8}\.app\.pages\.dev",
    r"^https://example\.com",
    r"(?P<scheme>https)://[]a]{0,3}\.example\.com",
    r"https://[\]\w]+?\.example\.com",
    r"chrome-extension://[a-z]+",
    r"http://[a-z]+:3000",
    r"safari-web-extension://[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}",
    r"safari-web-extension://.*",
    r"app://[A-Z][a-z]+",
    r"(?i:https://[a-z]+\.example\.com)",
]
BAD = [
    (r"https://app.example.com", "https://appxexample.com"),
    (r"https://(www.)?example\.com", "https://wwwxexample.com"),
    (r"https://[a-z]+.example\.com", "https://axexample.com"),
    (r"https://api.example\.com|https://b\.example", "https://apixexample.com"),
    (r"https://b\.example|https://api.example\.com", "https://apixexample.com"),
    (r"(https://)?.*example.com", "https://aexamplexcom"),
    (r"https://.*example\.com", "https://evilexample.com"),
    (r"https://[^/]*example\.com", "https://evilexample.com"),
    (r"https://\S*example\.com", "https://evilexample.com"),
    (r"https://\w*example\.com", "https://evilexample.com"),
    (r".+example\.com", "https://evilexample.com"),
    (r"https://[a-z0-9-]*app\.github\.io", "https://evilapp.github.io"),
    (r"https://example\.com.*", "https://example.coma.evil.example"),
    (r"https://example\.com(.*)", "https://example.coma.evil.example"),
    (r"https://example\.com[^/]*", "https://example.coma.evil.example"),
    (r"https://localhost.*", "https://localhosta.evil.example"),
    (r"https://example\.com\S{0,9}", "https://example.coma:8443"),
    (r"(?i)https://App.example\.com", "https://appxexample.com"),
    (r"https://.*\.vercel\.app", "https://evil.vercel.app"),
    (r"https://[a-z-]+\.github\.io", "https://evil.github.io"),
    (r"https://.*\.com", "https://evil.com"),
    (r"https://app\.example\.(com|org).*", "https://app.example.coma.evil.example"),
    (r"https?://.*", "https://look-alike.invalid"),
    (r".*", "https://look-alike.invalid"),
    (r".*\.example\.com", "http://a.example.com"),
    (r"\w+://example\.com", "http://example.com"),
    (r"https://example\.com[^a-z/]*", "https://example.com1:8443"),
    (r"(?s:.*)", "https://look-alike.invalid"),
    (r"(?i:https://app.example\.com)", "https://appxexample.com"),
    (r"(?i:https://[a-z]+\.example\.com[^a-z/]*)", "https://a.example.com1:8443"),
    (r"https://[a-z0-9.-]+\.amazonaws\.com", "https://evil.s3.amazonaws.com"),
    (r"https://.*\.core\.windows\.net", "https://evil.web.core.windows.net"),
    (r"[a-z]+://[a-z]+\.example\.com", "http://a.example.com"),
]

#: Expressions, and the insecure origin that each accepts; all of them with credentials.
INSECURE = [
    (r"https?://app\.example\.com", "http://app.example.com"),
    (r"http://app\.example\.com:8080", "http://app.example.com:8080"),
    (r"http://192\.168\.\d{1,3}\.\d{1,3}(:\d+)?", "http://192.168.1.1:1"),
    (r"(http|https|app)://app\.example\.com", "http://app.example.com"),
    (r"https?://(localhost|app\.example\.com)", "http://app.example.com"),
    (r"[a-z]+://app\.example\.com", "http://app.example.com"),
    (r".*\.example\.com", "http://a.example.com"),
]
SECURE = [
    r"https://app\.example\.com",
    r"https?://localhost(:\d+)?",
    r"http://(127\.0\.0\.1|\[::1\]|app\.localhost):\d+",
    r"safari-web-extension://[0-9A-F-]+",
    r"(?=http)https?://app\.example\.com",
    r"https?://app\.example\.com/",
]


@pytest.mark.parametrize("expression", SANE)
def test_sane_expression_has_no_finding(expression: str) -> None:
    assert config_findings({re.compile(expression): ResourceOptions()}, "defaults") == []


@pytest.mark.parametrize(("expression", "accepted"), BAD)
def test_look_alike_that_an_expression_accepts_is_named(expression: str, accepted: str) -> None:
    (found,) = config_findings({re.compile(expression): ResourceOptions()}, "defaults")

    assert f"It also accepts {accepted!r}, " in found.message
    assert re.fullmatch(expression, accepted)


@pytest.mark.parametrize(("expression", "accepted"), INSECURE)
def test_insecure_origin_that_an_expression_with_credentials_accepts_is_named(
    expression: str, accepted: str
) -> None:
    found = config_findings({re.compile(expression): CREDENTIALS}, "defaults")

    (insecure,) = (each for each in found if each.id == "insecure-origin-with-credentials")
    assert insecure.message == (
        "An attacker on the network can read responses with the user's cookies, "
        f"because it accepts {accepted!r}."
    )
    assert re.fullmatch(expression, accepted)


@pytest.mark.parametrize("expression", [expression for expression, _ in INSECURE])
def test_insecure_origin_without_credentials_has_no_such_finding(expression: str) -> None:
    found = config_findings({re.compile(expression): ResourceOptions()}, "defaults")

    assert {each.id for each in found} <= {"expression-look-alike"}


@pytest.mark.parametrize("expression", SECURE)
def test_expression_that_accepts_no_insecure_origin_may_have_credentials(expression: str) -> None:
    assert config_findings({re.compile(expression): CREDENTIALS}, "defaults") == []


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(r"https://(?!evil)[a-z]+\.example\.com", id="assertion"),
        pytest.param(r"(?x:https)://a.example", id="flags of a group"),
        pytest.param(r"(a)\1", id="reference"),
        pytest.param(r"https://[^\x00-\x7f]+\.example", id="class of nothing typical"),
        pytest.param(r"https://a{300}\.example", id="long"),
        pytest.param(r"(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", id="many alternatives"),
        pytest.param(r"\bhttps://a\.example\Z", id="boundaries"),
        pytest.param("", id="empty"),
        pytest.param(r"((((a{100}){100}){100}){100})", id="far too long"),
        pytest.param(f"({'a' * 60}){{2}}" * 9, id="long groups"),
        pytest.param(r"https://([\w-]+)+my-company-internal-platform-of-all", id="exponential"),
    ],
)
def test_expression_of_which_nothing_is_known_has_no_finding(expression: str) -> None:
    assert config_findings({re.compile(expression): ResourceOptions()}, "defaults") == []


@pytest.mark.parametrize("text", [r"https://a\.example # [comment", "https://a # (?P<x"])
def test_verbose_expression_is_left_alone(text: str) -> None:
    assert config_findings({re.compile(text, re.VERBOSE): ResourceOptions()}, "defaults") == []


# What users read.

ANY_ORIGIN = "https://app.example.com"
NO_TOKEN = (
    "It is not a token, so it can never occur in a request or response (RFC 9110 \u00a75.6.2)."
)


@pytest.mark.parametrize(
    ("key", "options", "text"),
    [
        (
            "https://example.com/",
            {},
            "'https://example.com/': Browsers send an origin without path, slash, query or "
            "fragment. Write 'https://example.com'. [origin-path]",
        ),
        (
            "",
            {},
            "'': An origin cannot be empty. Write an origin such as 'https://app.example.com'. "
            "[origin-scheme]",
        ),
        (
            "*",
            {"allow_credentials": True},
            "'*': Any website can read responses with the user's cookies. List the origins by "
            "name, or set allow_credentials=False. [any-origin-with-credentials]",
        ),
        (
            "null",
            {},
            "'null': Any website can send this origin, from a sandboxed frame. Serve the page "
            "over https, and list the origin that it then has. [null-origin]",
        ),
        (
            "http://http.example",
            {"allow_credentials": True},
            "'http://http.example': An attacker on the network can read responses with the "
            "user's cookies. Write 'https://http.example'. [insecure-origin-with-credentials]",
        ),
        (
            "http://a.example:443",
            {"allow_credentials": True},
            "'http://a.example:443': An attacker on the network can read responses with the "
            "user's cookies. Write 'https://a.example'. [insecure-origin-with-credentials]",
        ),
        (
            re.compile(r"https?://a\.example"),
            {"allow_credentials": True},
            "re.compile('https?://a\\\\.example'): An attacker on the network can read responses "
            "with the user's cookies, because it accepts 'http://a.example'. Let the expression "
            "accept https:// only. [insecure-origin-with-credentials]",
        ),
        (
            "https://*.co.uk:8443",
            {},
            "'https://*.co.uk:8443': Anybody can register a name under 'co.uk'. Write a name that "
            "is yours alone. [wildcard-public-suffix]",
        ),
        (
            "https://*.amazonaws.com",
            {},
            "'https://*.amazonaws.com': Anybody can register a name under 's3.amazonaws.com'. "
            "Write a name that is yours alone. [wildcard-public-suffix]",
        ),
        (
            re.compile("https://a.example"),
            {},
            "re.compile('https://a.example'): It also accepts 'https://axexample', because its "
            "unescaped '.' stands for any character. Write \\. for a dot. "
            "[expression-look-alike]",
        ),
        (
            ANY_ORIGIN,
            {"allow_headers": ["X A"]},
            f"allow_headers: 'X A': {NO_TOKEN} Write one name per string, of letters, digits and "
            "hyphens. [header-no-token]",
        ),
        (
            ANY_ORIGIN,
            {"expose_headers": ["X-A, X-B:"]},
            f"expose_headers: 'X-A, X-B:': {NO_TOKEN} Write expose_headers=['X-A', 'X-B']. "
            "[header-no-token]",
        ),
        (
            ANY_ORIGIN,
            {"allow_methods": ["get,put"]},
            f"allow_methods: 'GET,PUT': {NO_TOKEN} Write allow_methods=['GET', 'PUT']. "
            "[method-no-token]",
        ),
        (
            ANY_ORIGIN,
            {"allow_headers": ["Host"]},
            "allow_headers: 'HOST': Scripts can never set this header, because browsers set it "
            "themselves. Leave it out. [request-header-forbidden]",
        ),
        (
            ANY_ORIGIN,
            {"allow_headers": ["Cookie"]},
            "allow_headers: 'COOKIE': Scripts can never set this header, because browsers set it "
            "themselves. Leave it out, and set allow_credentials=True to allow cookies. "
            "[request-header-forbidden]",
        ),
        (
            ANY_ORIGIN,
            {"expose_headers": ["Set-Cookie"]},
            "expose_headers: 'Set-Cookie': Scripts can never read this header. Leave it out. "
            "[response-header-forbidden]",
        ),
        (
            ANY_ORIGIN,
            {"expose_headers": ["Content-Type"]},
            "expose_headers: 'Content-Type': Scripts can always read this header, so exposing it "
            "has no effect. Leave it out. [response-header-safelisted]",
        ),
        (
            ANY_ORIGIN,
            {"allow_methods": ["TRACE"]},
            "allow_methods: 'TRACE': Scripts can never use this method. Leave it out. "
            "[method-forbidden]",
        ),
        (
            ANY_ORIGIN,
            {"max_age": 86401},
            "max_age=86401: No browser caches a preflight for longer than a day. "
            "Write max_age=86400. [max-age-capped]",
        ),
    ],
)
def test_finding_says_where_what_why_and_what_to_write(
    key: Any, options: dict[str, Any], text: str
) -> None:
    (found,) = config_findings({key: ResourceOptions(**options)}, "defaults")

    assert str(found) == f"defaults: {text}"


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            nothing_added_finding,
            "defaults: CORS is enabled for no route, because nothing was added. Call "
            "cors.add(route) for each route, or cors.add(app) for the whole application. "
            "[nothing-added]",
        ),
        (
            lambda: no_origin_finding("route GET /hello"),
            "route GET /hello: {}: No origin is listed for it, so no page is allowed to read it. "
            "List one where it is added or in the defaults, as in "
            "{'https://app.example.com': ResourceOptions()}. [no-origin]",
        ),
        (
            lambda: view_config_finding("view Hello", ValueError("'max_age' must be 1")),
            "view Hello: The config of this view is invalid: 'max_age' must be 1. Correct it; "
            "until then the view lists no origin itself. [view-config]",
        ),
        (
            lambda: lost_config_finding("view Hello", "app.Hello.get"),
            "view Hello: custom_cors of app.Hello.get: No method of the view is this function any "
            "more, so its config is never used. Write @custom_cors above the other decorators, or "
            "use functools.wraps in them. [custom-cors-lost]",
        ),
    ],
)
def test_finding_about_a_place_says_what_is_missing_there(
    make: Callable[[], Finding], text: str
) -> None:
    found = make()

    assert str(found) == text
    assert found.severity == "error"


def test_finding_without_a_hint_ends_with_its_message() -> None:
    found = Finding("null-origin", "danger", "defaults", "'null'", "Anybody can send it.")

    assert str(found) == "defaults: 'null': Anybody can send it. [null-origin]"


def test_finding_is_logged_as_a_warning_that_filters_know(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = nothing_added_finding()

    log_finding(found)

    (record,) = caplog.records
    assert (record.name, record.levelname) == ("aiohttp_cors", "WARNING")
    assert record.getMessage() == f"aiohttp_cors: CORS config: {found} {found.url}"
    assert record.finding is found  # type: ignore[attr-defined]


def test_finding_has_the_severity_of_its_id() -> None:
    made = finding("max-age-capped", "max_age=99999", "It is long.", "Write less.", "defaults")

    assert made == Finding(
        "max-age-capped", "notice", "defaults", "max_age=99999", "It is long.", "Write less."
    )


def test_severities_are_known() -> None:
    assert set(SEVERITY_OF.values()) == set(SEVERITIES)


@pytest.mark.parametrize(
    ("findings", "text"),
    [
        ([], "the CORS configuration has 0 findings:"),
        (
            [Finding("origin-path", "error", "defaults", "'a/'", "It ends.", "Write 'a'.")],
            "the CORS configuration has 1 finding:\n"
            "  error: defaults: 'a/': It ends. Write 'a'. [origin-path]",
        ),
        (
            [
                Finding("origin-path", "error", "defaults", "'a/'", "It ends.", "Write 'a'."),
                Finding("null-origin", "danger", "resource /x", "'null'", "Anybody can."),
            ],
            "the CORS configuration has 2 findings:\n"
            "  error: defaults: 'a/': It ends. Write 'a'. [origin-path]\n"
            "  danger: resource /x: 'null': Anybody can. [null-origin]",
        ),
    ],
)
def test_error_lists_all_findings_and_has_them_as_data(findings: list[Finding], text: str) -> None:
    error = CorsConfigError(findings)

    assert isinstance(error, ValueError)
    assert error.findings == tuple(findings)
    assert str(error) == text


def test_error_can_be_pickled() -> None:
    error = CorsConfigError([Finding("origin-path", "error", "defaults", "'a/'", "no slash")])

    copy = pickle.loads(pickle.dumps(error))

    assert (copy.findings, str(copy)) == (error.findings, str(error))


# What is imported.


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param("{}", set(), id="nothing"),
        pytest.param(
            "{'https://app.example.com': O, 'http://localhost:3000': O}", set(), id="usual"
        ),
        pytest.param("{'*': O, 'null': O, print: O}", set(), id="any, null and a function"),
        pytest.param("{'https://a.example/': O}", {"unusable_origins"}, id="unusable"),
        pytest.param("{'app://MyApp': O}", {"unusable_origins"}, id="another scheme"),
        pytest.param("{'http://127.0.0.1': O}", {"unusable_origins"}, id="address"),
        pytest.param(
            "{'http://[::1]': O}", {"unusable_origins", "ipaddress"}, id="address in brackets"
        ),
        pytest.param(
            "{'https://*.example.com': O}",
            {"unusable_origins", "public_suffixes", "publicsuffixlist"},
            id="wildcard",
        ),
        pytest.param(
            r"{re.compile(r'https://a\.example\.com'): O}",
            {"look_alikes", "public_suffixes", "publicsuffixlist"},
            id="expression",
        ),
    ],
)
def test_what_reads_unusual_origins_is_imported_when_the_first_is_added(
    config: str, expected: set[str]
) -> None:
    program = f"""
import re, sys
before = set(sys.modules)
from aiohttp_cors._core.options import ResourceOptions
from aiohttp_cors._checks.findings import config_findings
sys.modules.pop("ipaddress", None)
O = ResourceOptions()
config_findings({config}, "defaults")
names = ("unusable_origins", "look_alikes", "public_suffixes")
found = [each for each in names if f"aiohttp_cors._checks.{{each}}" in sys.modules]
print(*found, *({{"ipaddress", "publicsuffixlist"}} & set(sys.modules)))
"""
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout

    assert set(printed.split()) == expected


@pytest.mark.parametrize(
    "key",
    [
        "https://app.example.com",
        "http://localhost:3000",
        "https://a_b.example",
        "https://example.com:65535",
        "https://1.2.3.example",
        "http://x",
        "http://0xa",
        "http://127.1",
        "http://[::1]",
        "http://a.08",
        "https://example.com.",
        "https://example.com:443",
        "https://Example.com",
        "https://example.com/",
        "https://example.com\n",
        "https://*.example.com",
        "https://example.com:*",
        "ftp://example.com",
        "htpps://example.com",
        "app://example.com",
        "null",
        "*",
        "",
        "://",
        "https://",
    ],
)
def test_what_is_usual_has_no_finding(key: str) -> None:
    assert not _is_usual(key) or unusable_origin(key) is None
