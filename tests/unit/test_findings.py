"""What is found in a config: texts that can never match, and what is unsafe."""

from __future__ import annotations

import pickle
import re
import sys
from typing import Any

import pytest

from aiohttp_cors import CorsConfigError, ResourceOptions
from aiohttp_cors._checks import public_suffixes
from aiohttp_cors._checks.findings import SEVERITIES, SEVERITY_OF, Finding, config_findings, finding
from aiohttp_cors._checks.unusable_origins import unusable_origin
from aiohttp_cors._core.origins import is_serialized_origin, is_wildcard

USABLE = [
    "https://example.com",
    "http://localhost:3000",
    "https://xn--bcher-kva.example",
    "https://example.com.",
    "https://a_b.example",
    "https://*.example.com",
    "http://localhost:*",
    "https://*.example.com:8443",
    "http://127.0.0.1:8080",
    "http://1.2.3.example",
    "http://1.2.3.0xg",
    "http://[::1]:8080",
    "http://[fe80::1:0:0:1]",
    "http://[1:2:3:4:5:6:7:8]",
    "chrome-extension://abcdefghijklmnop",
    "capacitor://localhost",
]

UNUSABLE = [
    # text, id, what to write
    ("", "origin-scheme", None),
    ("localhost:3000", "origin-scheme", "'http://localhost:3000'"),
    ("example.com", "origin-scheme", "'https://example.com'"),
    ("*.example.com", "origin-scheme", "'https://*.example.com'"),
    ("//example.com", "origin-scheme", "'https://example.com'"),
    ("http:example.com", "origin-scheme", "'http://example.com'"),
    ("https//app.example.com", "origin-scheme", "'https://app.example.com'"),
    ("HTTPS:/app.example.com", "origin-scheme", "'https://app.example.com'"),
    ("::1", "origin-scheme", "'http://[::1]'"),
    ("[::1]", "origin-scheme", "'http://[::1]'"),
    ("[::1]:3000", "origin-scheme", "'http://[::1]:3000'"),
    ("http//app.example.com", "origin-scheme", "'http://app.example.com'"),
    ("X.example", "origin-scheme", "'https://x.example'"),
    ("://app.example.com", "origin-scheme", "'https://app.example.com'"),
    ("NULL", "origin-case", "'null'"),
    ("https://straße.example", "origin-non-ascii", None),
    ("ws://example.com", "origin-scheme", "'http://example.com'"),
    ("wss://example.com", "origin-scheme", "'https://example.com'"),
    ("file:///index.html", "origin-scheme", None),
    ("file://host/index.html", "origin-scheme", None),
    (" https://example.com", "origin-space", "'https://example.com'"),
    ("https://example.com\n", "origin-space", "'https://example.com'"),
    (
        "https://a.example, https://b.example",
        "origin-list",
        "'https://a.example', 'https://b.example'",
    ),
    ("https://a.example,", "origin-list", "'https://a.example'"),
    ("https://a.example b", "origin-list", None),
    ("https://example.com/", "origin-path", "'https://example.com'"),
    ("https://*.example.com/", "origin-path", "'https://*.example.com'"),
    ("https://example.com/app?x#y", "origin-path", "'https://example.com'"),
    ("https://example.com?x", "origin-path", "'https://example.com'"),
    ("https://user:word@example.com", "origin-user-info", "'https://example.com'"),
    ("HTTPS://Example.COM", "origin-case", "'https://example.com'"),
    ("https://example.com:443", "origin-default-port", "'https://example.com'"),
    ("http://Example.com:80/", "origin-path", "'http://example.com'"),
    ("https://bücher.example", "origin-non-ascii", "'https://xn--bcher-kva.example'"),
    ("https://Xücher.example", "origin-non-ascii", "'https://xn--xcher-kva.example'"),
    ("https://a..bücher.example", "origin-non-ascii", None),
    ("https://foo.*.example.com", "origin-pattern", None),
    ("https://*", "origin-pattern", None),
    ("https://*example.com", "origin-pattern", None),
    ("https://*.[::1]", "origin-pattern", None),
    ("https://example.com:8*", "origin-pattern", None),
    ("https://*.Example.com", "origin-case", "'https://*.example.com'"),
    ("https://Example.com:*", "origin-case", "'https://example.com:*'"),
    ("https://*.example.com:443", "origin-default-port", "'https://*.example.com'"),
    ("http://*.1.2.3.4", "origin-address", None),
    ("http://*.1.2.3.4:8080", "origin-address", None),
    ("http://127.1", "origin-address", "'http://127.0.0.1'"),
    ("http://0x7f.0.0.01:8080", "origin-address", "'http://127.0.0.1:8080'"),
    ("http://2130706433", "origin-address", "'http://127.0.0.1'"),
    ("http://0.0.0.00", "origin-address", "'http://0.0.0.0'"),
    ("http://255.16777215", "origin-address", "'http://255.255.255.255'"),
    ("http://1.2.65535", "origin-address", "'http://1.2.255.255'"),
    ("http://4294967295", "origin-address", "'http://255.255.255.255'"),
    ("http://1.2.3.0x", "origin-address", "'http://1.2.3.0'"),
    ("http://010.017.0x10.0xff", "origin-address", "'http://8.15.16.255'"),
    ("http://127.0.0.1.", "origin-address", "'http://127.0.0.1'"),
    ("http://0xa.", "origin-address", "'http://0.0.0.10'"),
    ("http://256.1.1.1", "origin-address", None),
    ("http://1.256.1", "origin-address", None),
    ("http://1.2.256.1", "origin-address", None),
    ("http://1.2.3.256", "origin-address", None),
    ("http://1.2.65536", "origin-address", None),
    ("http://1.16777216", "origin-address", None),
    ("http://4294967296", "origin-address", None),
    ("http://1.2.3.4.0", "origin-address", None),
    ("http://1.2.3.09", "origin-address", None),
    ("http://1.2.3.4.5", "origin-address", None),
    ("http://0x.example.08", "origin-address", None),
    ("http://[::0001]", "origin-address", "'http://[::1]'"),
    ("http://[0:0:0:1:0:0:0:0]", "origin-address", "'http://[0:0:0:1::]'"),
    ("http://[::1:0:0:0:0]", "origin-address", "'http://[0:0:0:1::]'"),
    ("http://[2001:db8:0:0:1:0:0:1]", "origin-address", "'http://[2001:db8::1:0:0:1]'"),
    ("http://[2001:0:0:1:0:0:0:1]", "origin-address", "'http://[2001:0:0:1::1]'"),
    ("http://[1:0:2:3:4:5:6:07]", "origin-address", "'http://[1:0:2:3:4:5:6:7]'"),
    ("http://[::ffff:1.2.3.4]", "origin-address", "'http://[::ffff:102:304]'"),
    ("http://[nonsense]", "origin-address", None),
    ("http://::1", "origin-port", None),
    ("https://example.com:", "origin-port", "'https://example.com'"),
    ("https://example.com:080", "origin-port", "'https://example.com:80'"),
    ("https://example.com:99999", "origin-port", None),
    ("https://example.com:http", "origin-port", None),
    ("https://", "origin-malformed", None),
    ("https://exam^ple.com", "origin-malformed", None),
]


@pytest.mark.parametrize("text", USABLE)
def test_origin_that_browsers_send_has_no_finding(text: str) -> None:
    assert unusable_origin(text) is None


@pytest.mark.parametrize(("text", "id", "hint"), UNUSABLE)
def test_origin_that_no_browser_sends_is_found_and_mended(
    text: str, id: str, hint: str | None
) -> None:
    unusable = unusable_origin(text)

    assert unusable is not None
    assert (unusable.id, unusable.hint) == (id, hint)


@pytest.mark.parametrize(("text", "id", "hint"), UNUSABLE)
def test_what_to_write_instead_is_usable(text: str, id: str, hint: str | None) -> None:
    for written in (hint or "").replace("'", "").split(", "):
        assert not written or unusable_origin(written) is None
        assert written in ("", "null") or is_serialized_origin(written) or is_wildcard(written)


CREDENTIALS = ResourceOptions(allow_credentials=True)


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
        ("https://*.example.com", ResourceOptions(), []),
        ("http://*.localhost", ResourceOptions(), []),
        ("https://example.com/", ResourceOptions(), [("origin-path", "error")]),
        (lambda origin, request: True, CREDENTIALS, []),
        (re.compile(r"https://a\.example"), ResourceOptions(), []),
        (
            re.compile(r"https://a.example"),
            ResourceOptions(),
            [("expression-look-alike", "danger")],
        ),
    ],
)
def test_key_has_its_findings(
    key: Any, options: ResourceOptions, expected: list[tuple[str, str]]
) -> None:
    found = config_findings({key: options}, "defaults")

    assert [(finding.id, finding.severity) for finding in found] == expected
    assert {finding.where for finding in found} <= {"defaults"}


@pytest.mark.parametrize(
    ("options", "of_route", "expected"),
    [
        ({"allow_headers": ["X-A", "Authorization"], "expose_headers": ["X-B"]}, True, []),
        ({"allow_headers": "*", "expose_headers": "*", "allow_methods": "*"}, False, []),
        ({"allow_headers": ["X A"]}, False, [("header-no-token", "error", "allow_headers: 'X A'")]),
        (
            {"expose_headers": ["X(A)"]},
            False,
            [("header-no-token", "error", "expose_headers: 'X(A)'")],
        ),
        ({"allow_methods": ["A B"]}, False, [("method-no-token", "error", "allow_methods: 'A B'")]),
        (
            {"allow_headers": ["Cookie", "Sec-X"]},
            False,
            [
                ("request-header-forbidden", "error", "allow_headers: 'COOKIE'"),
                ("request-header-forbidden", "error", "allow_headers: 'SEC-X'"),
            ],
        ),
        (
            {"expose_headers": ["Set-Cookie"]},
            False,
            [("response-header-forbidden", "error", "expose_headers: 'Set-Cookie'")],
        ),
        (
            {"expose_headers": ["content-type"]},
            False,
            [("response-header-safelisted", "notice", "expose_headers: 'content-type'")],
        ),
        (
            {"allow_methods": ["TRACE", "GET"]},
            False,
            [("method-forbidden", "error", "allow_methods: 'TRACE'")],
        ),
        (
            {"allow_methods": ["PUT", "GET"]},
            True,
            [("allow-methods-on-route", "notice", "allow_methods=['GET', 'PUT']")],
        ),
        (
            {"allow_methods": "*"},
            True,
            [("allow-methods-on-route", "notice", "allow_methods='*'")],
        ),
        ({"max_age": 86400}, False, []),
        ({"max_age": 86401}, False, [("max-age-capped", "notice", "max_age=86401")]),
    ],
)
def test_options_have_their_findings(
    options: dict[str, Any], of_route: bool, expected: list[tuple[str, str, str]]
) -> None:
    config = {"https://app.example.com": ResourceOptions(**options)}

    found = config_findings(config, "route GET /hello", of_route=of_route)

    assert [(each.id, each.severity, each.value) for each in found] == expected


def test_options_of_several_keys_are_reported_once() -> None:
    options = ResourceOptions(max_age=100_000)

    found = config_findings({"https://a.example": options, "https://b.example": options}, "x")

    assert len(found) == 1


def test_without_the_list_of_suffixes_single_labels_are_found_and_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "publicsuffixlist", None)
    public_suffixes._list.cache_clear()
    try:
        config = {"https://*.com": ResourceOptions(), "https://*.co.uk": ResourceOptions()}
        found = config_findings(config, "defaults")
    finally:
        public_suffixes._list.cache_clear()

    assert [each.value for each in found] == ["'https://*.com'"]
    assert found[0].message == (
        "anybody can register a name under 'com'; "
        "install aiohttp-cors[strict] to have all public suffixes checked"
    )


@pytest.mark.parametrize(
    ("domain", "with_list", "without_list"),
    [
        ("com", (True, True), (True, False)),
        ("co.uk", (True, True), (False, False)),
        ("example.com", (False, True), (False, False)),
        ("localhost", (False, True), (False, True)),
    ],
)
def test_public_suffix_is_known_for_certain_with_the_list(
    domain: str,
    with_list: tuple[bool, bool],
    without_list: tuple[bool, bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert public_suffixes.is_public_suffix(domain) == with_list
    monkeypatch.setattr(public_suffixes, "_list", lambda: None)
    assert public_suffixes.is_public_suffix(domain) == without_list


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
]


@pytest.mark.parametrize("expression", SANE)
def test_sane_expression_has_no_finding(expression: str) -> None:
    assert config_findings({re.compile(expression): ResourceOptions()}, "defaults") == []


@pytest.mark.parametrize(("expression", "accepted"), BAD)
def test_look_alike_that_an_expression_accepts_is_named(expression: str, accepted: str) -> None:
    (found,) = config_findings({re.compile(expression): ResourceOptions()}, "defaults")

    assert f"it accepts {accepted!r}" in found.message
    assert re.fullmatch(expression, accepted)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(r"https://(?!evil)[a-z]+\.example\.com", id="assertion"),
        pytest.param(r"(?i:https)://a\.example", id="flags of a group"),
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


# What people read.

ANY_KEY = "https://app.example.com"


@pytest.mark.parametrize(
    ("key", "options", "text"),
    [
        ("", {}, "'': an origin is not empty [origin-scheme]"),
        (
            "localhost:3000",
            {},
            "'localhost:3000': browsers send an origin with its scheme; "
            "write 'http://localhost:3000' [origin-scheme]",
        ),
        ("NULL", {}, "'NULL': browsers write it in lower case; write 'null' [origin-case]"),
        (
            "ws://example.com",
            {},
            "'ws://example.com': no page has an origin of ws: its is 'http'; "
            "write 'http://example.com' [origin-scheme]",
        ),
        (
            "file:///index.html",
            {},
            "'file:///index.html': no page has an origin of file: its is 'null' [origin-scheme]",
        ),
        (
            " https://example.com",
            {},
            "' https://example.com': an origin has no white space; "
            "write 'https://example.com' [origin-space]",
        ),
        (
            "https://a.example,https://b.example",
            {},
            "'https://a.example,https://b.example': one key is one origin: write a key for each; "
            "write 'https://a.example', 'https://b.example' [origin-list]",
        ),
        (
            "https://example.com/",
            {},
            "'https://example.com/': browsers send an origin without path, slash, query or "
            "fragment; write 'https://example.com' [origin-path]",
        ),
        (
            "https://user@example.com",
            {},
            "'https://user@example.com': browsers send an origin without user name and password; "
            "write 'https://example.com' [origin-user-info]",
        ),
        (
            "https://b\u00fccher.example",
            {},
            "'https://b\u00fccher.example': browsers send a host in ASCII, as punycode; "
            "write 'https://xn--bcher-kva.example' [origin-non-ascii]",
        ),
        (
            "https://Example.com",
            {},
            "'https://Example.com': browsers send an origin in lower case; "
            "write 'https://example.com' [origin-case]",
        ),
        (
            "http://127.1",
            {},
            "'http://127.1': this is not how browsers write an IP address; "
            "write 'http://127.0.0.1' [origin-address]",
        ),
        (
            "https://example.com:443",
            {},
            "'https://example.com:443': browsers leave out the port of https; "
            "write 'https://example.com' [origin-default-port]",
        ),
        (
            "https://*",
            {},
            "'https://*': only a first label '*.' and a whole port ':*' can be wild "
            "[origin-pattern]",
        ),
        (
            "https://example.com:080",
            {},
            "'https://example.com:080': a port is a number from 0 to 65535, without zeros in "
            "front; write 'https://example.com:80' [origin-port]",
        ),
        ("https://", {}, "'https://': no browser sends such an origin [origin-malformed]"),
        (
            "*",
            {"allow_credentials": True},
            "'*': any website can read answers that are made for the user's cookies; write the "
            "origins by name, or allow_credentials=False [any-origin-with-credentials]",
        ),
        (
            "null",
            {},
            "'null': any website can make a page of this origin, with a sandboxed frame "
            "[null-origin]",
        ),
        (
            "http://http.example",
            {"allow_credentials": True},
            "'http://http.example': whoever can change what the network carries reads with the "
            "user's cookies; write 'https://http.example' [insecure-origin-with-credentials]",
        ),
        (
            "https://*.co.uk:8443",
            {},
            "'https://*.co.uk:8443': anybody can register a name under 'co.uk' "
            "[wildcard-public-suffix]",
        ),
        (
            re.compile("https://a.example"),
            {},
            "re.compile('https://a.example'): it accepts 'https://axexample', for its unescaped "
            "'.' stands for any character [expression-look-alike]",
        ),
        (
            ANY_KEY,
            {"allow_headers": ["X A"]},
            "allow_headers: 'X A': this is no token, so no request or response has it "
            "(RFC 9110 \u00a75.6.2) [header-no-token]",
        ),
        (
            ANY_KEY,
            {"allow_headers": ["Cookie"]},
            "allow_headers: 'COOKIE': no script can set this header: browsers set it themselves "
            "[request-header-forbidden]",
        ),
        (
            ANY_KEY,
            {"expose_headers": ["Set-Cookie"]},
            "expose_headers: 'Set-Cookie': no script can read this header "
            "[response-header-forbidden]",
        ),
        (
            ANY_KEY,
            {"expose_headers": ["Content-Type"]},
            "expose_headers: 'Content-Type': scripts can read this header anyway, so exposing it "
            "does nothing [response-header-safelisted]",
        ),
        (
            ANY_KEY,
            {"max_age": 86401},
            "max_age=86401: no browser keeps the answer to a preflight for longer than a day; "
            "write max_age=86400 [max-age-capped]",
        ),
    ],
)
def test_finding_says_where_what_why_and_what_to_write(
    key: Any, options: dict[str, Any], text: str
) -> None:
    (found,) = config_findings({key: ResourceOptions(**options)}, "defaults")

    assert str(found) == f"defaults: {text}"


def test_finding_about_methods_says_where_to_write_them() -> None:
    config = {ANY_KEY: ResourceOptions(allow_methods=["PUT", "TRACE"])}

    assert [str(each) for each in config_findings(config, "route GET /", of_route=True)] == [
        "route GET /: allow_methods: 'TRACE': no script can use this method [method-forbidden]",
        "route GET /: allow_methods=['PUT', 'TRACE']: a route that is added shares its own method "
        "and no other; write it in the config of the resource, or leave it out "
        "[allow-methods-on-route]",
    ]


def test_error_can_be_pickled() -> None:
    error = CorsConfigError([Finding("origin-path", "error", "defaults", "'a/'", "no slash")])

    copy = pickle.loads(pickle.dumps(error))

    assert (copy.findings, str(copy)) == (error.findings, str(error))


def test_methods_of_a_resource_have_no_finding() -> None:
    assert config_findings({ANY_KEY: ResourceOptions(allow_methods=["PUT"])}, "defaults") == []


def test_finding_has_the_severity_of_its_id() -> None:
    made = finding("max-age-capped", "max_age=99999", "too long")

    assert made == Finding("max-age-capped", "notice", "", "max_age=99999", "too long", None)


def test_severities_are_known() -> None:
    assert set(SEVERITY_OF.values()) == set(SEVERITIES)


def test_error_lists_all_findings_and_has_them_as_data() -> None:
    findings = [
        Finding("origin-path", "error", "defaults", "'a/'", "no slash", "'a'"),
        Finding("null-origin", "danger", "resource /x", "'null'", "anybody"),
    ]

    error = CorsConfigError(findings)

    assert isinstance(error, ValueError)
    assert error.findings == tuple(findings)
    assert str(error) == (
        "the CORS configuration has 2 findings:\n"
        "  error: defaults: 'a/': no slash; write 'a' [origin-path]\n"
        "  danger: resource /x: 'null': anybody [null-origin]"
    )
