"""The matrix: what pages try, and what the standard and the written policies let them have.

The expectations are written by hand, from the policies in ``policies.py`` and ``mistakes.py`` and
from the Fetch standard; nothing computes them.
"""

from __future__ import annotations

from .mistakes import ROWS as MISTAKES
from .rows import (
    ALL,
    BASIC,
    BLOCKED,
    EXPOSED,
    ONE_PREFLIGHT,
    PLAIN,
    TOKEN,
    TWICE,
    TWO_PREFLIGHTS,
    Fetch,
    Row,
    with_cookies,
)

JSON = {"Content-Type": "application/json"}
LONG = "a" * 129


def typed(value: str) -> dict[str, str]:
    return {"Content-Type": value}


def ranged(value: str) -> dict[str, str]:
    return {"Range": value}


METHODS = [
    Row("GET", Fetch("api/listed"), "200 GET", "GET 200"),
    Row("HEAD", Fetch("api/enforced", "HEAD"), "200", "HEAD 200"),
    Row("POST", Fetch("api/listed", "POST"), "200 POST", "POST 200"),
    Row("POST with text", Fetch("api/listed", "POST", body="text"), "200 POST", "POST 200"),
    Row("PUT", Fetch("api/listed", "PUT"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("PUT with text", Fetch("api/listed", "PUT", body="text"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("PATCH", Fetch("api/listed", "PATCH"), "200 PATCH", "OPTIONS 200, PATCH 200"),
    Row("DELETE", Fetch("api/listed", "DELETE"), "200 DELETE", "OPTIONS 200, DELETE 200"),
    Row("method of one's own", Fetch("api/listed", "REPORT"), "200 REPORT", "OPTIONS 200, REPORT 200"),
    Row("get, which browsers write GET", Fetch("api/listed", "get"), "200 GET", "GET 200"),
    Row("delete, which browsers write DELETE", Fetch("api/listed", "delete"), "200 DELETE", "OPTIONS 200, DELETE 200"),
    Row("patch, which no browser writes PATCH", Fetch("api/listed", "patch"), BLOCKED, "OPTIONS 403"),
    Row("TRACE", Fetch("api/listed", "TRACE"), BLOCKED, "", model=False),
    Row("resource, listed method", Fetch("api/item", "PATCH"), "200 PATCH", "OPTIONS 200, PATCH 200"),
    Row("resource, method that is not listed", Fetch("api/item", "DELETE"), BLOCKED, "OPTIONS 403"),
    Row("resource, safelisted method that is not listed", Fetch("api/item"), BLOCKED, "GET 200"),
    Row("route for any method", Fetch("api/any-method", "REPORT"), "200 REPORT", "OPTIONS 200, REPORT 200"),
    Row("method without a route", Fetch("api/raises", "DELETE"), BLOCKED, "OPTIONS 403"),
    Row("safelisted method without a route", Fetch("api/raises", "POST"), BLOCKED, "POST 405"),
    Row("OPTIONS where it is ours", Fetch("api/listed", "OPTIONS"), BLOCKED, "OPTIONS 403"),
    Row("OPTIONS where it is the application's", Fetch("whole/options", "OPTIONS"), "200 OPTIONS", "OPTIONS 200, OPTIONS 200"),
]  # fmt: skip

ORIGINS = [
    Row("anyone", Fetch("api/anyone"), "200 GET", "GET 200"),
    Row("anyone, PUT", Fetch("api/anyone", "PUT"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("anyone, of another site", Fetch("api/anyone", script="localhost"), "200 GET", "GET 200"),
    Row("another origin is listed", Fetch("api/elsewhere"), BLOCKED, "GET 200"),
    Row("another origin is listed, PUT", Fetch("api/elsewhere", "PUT"), BLOCKED, "OPTIONS 403"),
    Row("nobody is listed", Fetch("api/nobody"), BLOCKED, "GET 200"),
    Row("nobody is listed, PUT", Fetch("api/nobody", "PUT"), BLOCKED, "OPTIONS 403"),
    Row("no CORS", Fetch("api/none"), BLOCKED, "GET 200"),
    Row("no CORS, PUT", Fetch("api/none", "PUT"), BLOCKED, "OPTIONS 405"),
    Row("same host, another port", Fetch("api/listed", script="neighbour"), BLOCKED, "GET 200"),
    Row("same port, another host", Fetch("api/listed", script="localhost"), BLOCKED, "GET 200"),
    Row("same port, another host, PUT", Fetch("api/listed", "PUT", script="localhost"), BLOCKED, "OPTIONS 403"),
    Row("sub-domain", Fetch("api/subdomain", script="subdomain"), "200 GET", "GET 200"),
    Row("apex where the sub-domain is listed", Fetch("api/subdomain", script="localhost"), BLOCKED, "GET 200"),
    Row("own origin", Fetch("api/none", script="own"), "200 GET", "GET 200", ALL),
    Row("own origin, PUT", Fetch("api/none", "PUT", TOKEN, script="own"), "200 PUT", "PUT 200", ALL),
    Row("own origin sends Origin with PUT only", (Fetch("api/none?tell=origin", script="own"), Fetch("api/none?tell=origin", "PUT", script="own")), "200 GET none | 200 PUT own", "GET 200, PUT 200", f"{ALL} | {ALL}"),
    Row("any port", Fetch("api/any-port", script="neighbour"), "200 GET", "GET 200"),
    Row("any port, another host", Fetch("api/any-port", script="localhost"), BLOCKED, "GET 200"),
    Row("any sub-domain", Fetch("api/any-subdomain", "PUT", script="subdomain"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("any sub-domain, apex", Fetch("api/any-subdomain", "PUT", script="localhost"), BLOCKED, "OPTIONS 403"),
    Row("expression", Fetch("api/expression", "PUT"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("expression, another host", Fetch("api/expression", "PUT", script="localhost"), BLOCKED, "OPTIONS 403"),
    Row("expression that is a prefix", Fetch("api/prefix"), BLOCKED, "GET 200"),
    Row("function", with_cookies("api/function?tell=cookie", "PUT"), "200 PUT user=ada", "OPTIONS 200, PUT 200"),
    Row("function, another port", Fetch("api/function", "PUT", script="neighbour"), BLOCKED, "OPTIONS 403"),
]  # fmt: skip

OPAQUE = [
    Row("opaque origin, anyone", Fetch("api/anyone?tell=origin", script="sandbox"), "200 GET null", "GET 200"),
    Row("opaque origin, anyone, PUT", Fetch("api/anyone", "PUT", script="sandbox"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("opaque origin, anyone with credentials", Fetch("api/anyone-cookies", script="sandbox"), "200 GET", "GET 200"),
    Row("opaque origin with cookies, anyone with credentials", with_cookies("api/anyone-cookies", script="sandbox"), BLOCKED, "GET 200"),
    Row("opaque origin, listed", Fetch("api/null", "PUT", script="sandbox"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("opaque origin with credentials, listed", with_cookies("api/null-cookies?tell=cookie", script="sandbox"), "200 GET none", "GET 200"),
    Row("opaque origin where its host is listed", Fetch("api/listed", script="sandbox"), BLOCKED, "GET 200"),
    Row("opaque origin where its host is listed, PUT", Fetch("api/listed", "PUT", script="sandbox"), BLOCKED, "OPTIONS 403"),
    Row("opaque origin, any port", Fetch("api/any-port", script="sandbox"), BLOCKED, "GET 200"),
    Row("page where null is listed", Fetch("api/null"), BLOCKED, "GET 200"),
    Row("opaque origin at its own server", Fetch("pages/", script="sandbox"), BLOCKED, "GET 200"),
]  # fmt: skip

REQUEST_HEADERS = [
    Row("Accept", Fetch("api/listed", headers={"Accept": "text/html"}), "200 GET", "GET 200"),
    Row("Accept with an unsafe byte", Fetch("api/listed", headers={"Accept": "a/b;c=(d)"}), BLOCKED, "OPTIONS 403"),
    Row("Accept of 129 bytes", Fetch("api/listed", headers={"Accept": LONG}), BLOCKED, "OPTIONS 403"),
    Row("Accept-Language", Fetch("api/listed", headers={"Accept-Language": "de-CH, en;q=0.5"}), "200 GET", "GET 200"),
    Row("Accept-Language with an unsafe byte", Fetch("api/listed", headers={"Accept-Language": "de_CH"}), BLOCKED, "OPTIONS 403"),
    Row("Content-Language", Fetch("api/listed", "POST", {"Content-Language": "de"}), "200 POST", "POST 200"),
    Row("Content-Language with an unsafe byte", Fetch("api/listed", "POST", {"Content-Language": "de/"}), BLOCKED, "OPTIONS 403"),
    Row("Content-Type of text", Fetch("api/listed", "POST", typed("text/plain")), "200 POST", "POST 200"),
    Row("Content-Type of text in capitals", Fetch("api/listed", "POST", typed("TEXT/PLAIN; charset=utf-8")), "200 POST", "POST 200"),
    Row("Content-Type of a form", Fetch("api/listed", "POST", typed("application/x-www-form-urlencoded")), "200 POST", "POST 200"),
    Row("Content-Type of a form with files", Fetch("api/listed", "POST", typed("multipart/form-data; boundary=x")), "200 POST", "POST 200"),
    Row("Content-Type of text with an unsafe byte", Fetch("api/listed", "POST", typed('text/plain; charset="x"')), BLOCKED, "OPTIONS 403"),
    Row("Content-Type of text, 129 bytes", Fetch("api/listed", "POST", typed(f"text/plain;x={LONG}")), BLOCKED, "OPTIONS 403"),
    Row("JSON", Fetch("api/json", "POST", JSON, "{}"), "200 POST", "OPTIONS 200, POST 200"),
    Row("JSON that is not allowed", Fetch("api/listed", "POST", JSON, "{}"), BLOCKED, "OPTIONS 403"),
    Row("no Content-Type that can be read", Fetch("api/listed", "POST", typed("text")), BLOCKED, "OPTIONS 403"),
    Row("Range", Fetch("api/listed", headers=ranged("bytes=0-4")), "200 GET", "GET 200"),
    Row("Range to the end", Fetch("api/listed", headers=ranged("bytes=2-")), "200 GET", "GET 200"),
    Row("Range of a suffix", Fetch("api/listed", headers=ranged("bytes=-2")), BLOCKED, "OPTIONS 403"),
    Row("Range of two parts", Fetch("api/listed", headers=ranged("bytes=0-1,3-4")), BLOCKED, "OPTIONS 403"),
    Row("Range of a suffix, allowed", Fetch("api/range", headers=ranged("bytes=-2")), "200 GET", "OPTIONS 200, GET 200"),
    Row("header of one's own", Fetch("api/token?tell=x-token", headers=TOKEN), "200 GET t", "OPTIONS 200, GET 200"),
    Row("header in other letters", Fetch("api/token", headers={"x-tOKEN": "t"}), "200 GET", "OPTIONS 200, GET 200"),
    Row("header that is not allowed", Fetch("api/token", headers={"X-Other": "o"}), BLOCKED, "OPTIONS 403"),
    Row("one header allowed, one not", Fetch("api/token", headers={**TOKEN, "X-Other": "o"}), BLOCKED, "OPTIONS 403"),
    Row("three headers", Fetch("api/tokens", "PUT", {"X-Other": "o", **JSON, **TOKEN}, "{}"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("header that another origin may set", Fetch("api/token", headers=TOKEN, script="localhost"), BLOCKED, "OPTIONS 403"),
    Row("Authorization", Fetch("api/authorization?tell=authorization", headers=BASIC), "200 GET Bearer secret", "OPTIONS 200, GET 200"),
    Row("any header", Fetch("api/any-header", headers={**TOKEN, **JSON}), "200 GET", "OPTIONS 200, GET 200"),
    Row("any header, Authorization", Fetch("api/any-header", headers=BASIC), BLOCKED, "OPTIONS 403"),
    Row("any header and Authorization", Fetch("api/any-header-authorization", headers={**BASIC, **TOKEN}), "200 GET", "OPTIONS 200, GET 200"),
    Row("any header, Authorization, with credentials", with_cookies("api/any-header-cookies", headers=BASIC), "200 GET", "OPTIONS 200, GET 200"),
    Row("any header, with credentials", with_cookies("api/any-header-cookies", headers=TOKEN), "200 GET", "OPTIONS 200, GET 200"),
    Row("any header for anyone", Fetch("api/anyone-any-header", headers=TOKEN, script="localhost"), "200 GET", "OPTIONS 200, GET 200"),
    Row("any header for anyone, Authorization", Fetch("api/anyone-any-header", headers=BASIC), BLOCKED, "OPTIONS 403"),
    Row("forbidden headers are not sent", Fetch("api/listed?tell=cookie", headers={"Cookie": "a=b", "Sec-X": "x"}), "200 GET none", "GET 200", model=False),
]  # fmt: skip

CREDENTIALS = [
    Row("cookies", with_cookies("api/cookies?tell=cookie"), "200 GET user=ada", "GET 200"),
    Row("cookies, PUT", with_cookies("api/cookies?tell=cookie", "PUT"), "200 PUT user=ada", "OPTIONS 200, PUT 200"),
    Row("cookies, none sent", Fetch("api/cookies?tell=cookie"), "200 GET none", "GET 200"),
    Row("cookies, omitted", Fetch("api/cookies?tell=cookie", credentials="omit"), "200 GET none", "GET 200"),
    Row("cookies where credentials are not allowed", with_cookies("api/listed"), BLOCKED, "GET 200"),
    Row("cookies where credentials are not allowed, PUT", with_cookies("api/listed", "PUT"), BLOCKED, "OPTIONS 200"),
    Row("cookies, anyone", with_cookies("api/anyone"), BLOCKED, "GET 200"),
    Row("cookies, anyone, PUT", with_cookies("api/anyone", "PUT"), BLOCKED, "OPTIONS 200"),
    Row("cookies, anyone with credentials", with_cookies("api/anyone-cookies?tell=cookie", "PUT"), "200 PUT user=ada", "OPTIONS 200, PUT 200"),
    Row("cookies, another site, anyone with credentials", with_cookies("api/anyone-cookies?tell=cookie", script="localhost"), "200 GET none", "GET 200"),
    Row("cookies at the own origin", (Fetch("api/none?tell=cookie", script="own"), Fetch("api/none?tell=cookie", credentials="omit", script="own")), "200 GET user=ada | 200 GET none", "GET 200, GET 200", f"{ALL} | {ALL}"),
    Row("cookie that is set", (with_cookies("api/cookies-set?set=new"), with_cookies("api/cookies-set?tell=cookie")), "200 GET | 200 GET new=x; user=ada", "GET 200, GET 200"),
    Row("cookie that is set without credentials", (Fetch("api/cookies-omitted?set=new"), with_cookies("api/cookies-omitted?tell=cookie")), "200 GET | 200 GET user=ada", "GET 200, GET 200"),
    Row("cookie that is set by a response that is blocked", (with_cookies("api/nobody?set=new"), with_cookies("api/nobody")), f"{BLOCKED} | {BLOCKED}", "GET 200, GET 200"),
]  # fmt: skip

RESPONSE_HEADERS = [
    Row("no header is exposed", Fetch("api/listed"), "200 GET", "GET 200"),
    Row("safelisted headers", Fetch("api/listed?cache=0"), "200 GET", "GET 200", f"cache-control {PLAIN}"),
    Row("exposed header", Fetch("api/exposed"), "200 GET", "GET 200", f"{PLAIN} x-total"),
    Row("exposed header, PUT", Fetch("api/exposed", "PUT"), "200 PUT", "OPTIONS 200, PUT 200", f"{PLAIN} x-total"),
    Row("all are exposed", Fetch("api/exposed-all"), "200 GET", "GET 200", f"{EXPOSED} vary x-secret x-total"),
    Row("all are exposed to anyone", Fetch("api/anyone-exposed-all"), "200 GET", "GET 200", f"{EXPOSED} x-secret x-total"),
    Row("all are exposed with credentials", with_cookies("api/exposed-all-cookies"), "200 GET", "GET 200", ALL),
    Row("all are exposed, Set-Cookie is not", with_cookies("api/exposed-all-cookies?set=a"), "200 GET", "GET 200", ALL),
    Row("Set-Cookie is never exposed", Fetch("api/exposed-set-cookie?set=a"), "200 GET", "GET 200", f"{PLAIN} x-total"),
]  # fmt: skip

ANSWERS = [
    Row("201", Fetch("api/status/201", "POST"), "201 status 201", "POST 201"),
    Row("204", Fetch("api/status/204", "DELETE"), "204", "OPTIONS 200, DELETE 204", ""),
    Row("400", Fetch("api/status/400"), "400 status 400", "GET 400"),
    Row("401", Fetch("api/status/401"), "401 status 401", "GET 401"),
    Row("404 of a handler", Fetch("api/status/404"), "404 status 404", "GET 404"),
    Row("500", Fetch("api/status/500", "PUT"), "500 status 500", "OPTIONS 200, PUT 500"),
    Row("503", Fetch("api/status/503"), "503 status 503", "GET 503"),
    Row("raised", Fetch("api/raises"), "403 raised", "GET 403"),
    Row("raised, PUT", Fetch("api/raises", "PUT"), "403 raised", "OPTIONS 200, PUT 403"),
    Row("unhandled error", Fetch("api/fails"), "500 500 Internal Server Error\n\nServer got itself in trouble", "GET 500"),
    Row("404 of aiohttp", Fetch("api/nowhere"), BLOCKED, "GET 404"),
    Row("404 of aiohttp, PUT", Fetch("api/nowhere", "PUT"), BLOCKED, "OPTIONS 404"),
    Row("404 of aiohttp, whole application", Fetch("whole/nowhere"), "404 404: Not Found", "GET 404"),
    Row("404 of aiohttp, whole application, PUT", Fetch("whole/nowhere", "PUT"), "404 404: Not Found", "OPTIONS 200, PUT 404"),
    Row("405 of aiohttp, whole application", Fetch("whole/options", "DELETE"), "405 405: Method Not Allowed", "OPTIONS 200, DELETE 405"),
    Row("404 of aiohttp, whole application, not listed", Fetch("whole/nowhere", script="localhost"), BLOCKED, "GET 404"),
    Row("stream", Fetch("api/stream"), "200 one two three", "GET 200", "content-type"),
    Row("server-sent events by fetch", Fetch("api/events"), "200 data: event for None", "GET 200", "content-type"),
    Row("server-sent events", Fetch("api/events", kind="eventsource"), "event for None", "GET 200", "", False),
    Row("server-sent events with cookies", Fetch("api/events", credentials="include", kind="eventsource"), "event for ada", "GET 200", "", False),
    Row("server-sent events, not listed", Fetch("api/events", kind="eventsource", script="localhost"), BLOCKED, "GET 200", model=False),
    Row("static file", Fetch("api/files/hello.txt"), "200 hello from a file", "GET 200", f"{PLAIN} last-modified"),
    Row("static file, HEAD", Fetch("api/files/hello.txt", "HEAD"), "200", "HEAD 200", f"{PLAIN} last-modified"),
    Row("static file, not listed", Fetch("api/files/hello.txt", script="localhost"), BLOCKED, "GET 200"),
    Row("static file, range", Fetch("api/files/hello.txt", headers=ranged("bytes=0-4")), "206 hello", "GET 206", f"{PLAIN} last-modified"),
    Row("static file, range that it does not have", Fetch("api/files/hello.txt", headers=ranged("bytes=99-")), "416", "GET 416", "content-type"),
    Row("static file, not modified", Fetch("api/files/hello.txt", headers={"If-None-Match": "*"}), "304", "OPTIONS 200, GET 304", "last-modified"),
    Row("static file, DELETE", Fetch("api/files/hello.txt", "DELETE"), BLOCKED, "OPTIONS 403"),
    Row("view", Fetch("api/view"), "200 GET", "GET 200"),
    Row("view, config of a method", Fetch("api/view", "PUT"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("view, config of a method, not listed", Fetch("api/view", "PUT", script="localhost"), BLOCKED, "OPTIONS 403"),
    Row("view, method that it has not", Fetch("api/view", "POST"), "405 405: Method Not Allowed", "POST 405"),
    Row("sub-application", Fetch("api/sub/item"), "200 GET", "GET 200"),
    Row("sub-application, PUT", Fetch("api/sub/item", "PUT"), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("sub-application with CORS of its own", Fetch("api/own/item"), BLOCKED, "GET 200"),
    Row("sub-application with CORS of its own, PUT", Fetch("api/own/item", "PUT"), BLOCKED, "OPTIONS 403"),
    Row("whole application", Fetch("whole/item", "PATCH"), "200 PATCH", "OPTIONS 200, PATCH 200"),
    Row("whole application, route that is closed", Fetch("whole/closed"), BLOCKED, "GET 200"),
    Row("preflight before authentication", Fetch("whole/secret", "PUT", BASIC), "200 PUT", "OPTIONS 200, PUT 200"),
    Row("401 of a middleware", Fetch("whole/secret"), "401 who are you?", "GET 401"),
    Row("preflight behind authentication", Fetch("late/secret", "PUT", BASIC), BLOCKED, "OPTIONS 401"),
]  # fmt: skip

REDIRECTS = [
    Row("redirect at one server", Fetch("api/redirect?to=api/listed?tell=origin"), "200 GET page", "GET 307, GET 200"),
    Row("redirect at one server, PUT", Fetch("api/redirect?to=api/listed?tell=origin", "PUT"), "200 PUT page", "OPTIONS 200, PUT 307, OPTIONS 200, PUT 200"),
    Row("redirect at one server to what is not listed", Fetch("api/redirect?to=api/elsewhere"), BLOCKED, "GET 307, GET 200"),
    Row("redirect without CORS", Fetch("api/redirect-none?to=api/listed"), BLOCKED, "GET 307"),
    Row("redirect of one who is not listed", Fetch("api/redirect?to=api/anyone", script="localhost"), BLOCKED, "GET 307"),
    Row("redirect of one who is not listed, PUT", Fetch("api/redirect?to=api/anyone", "PUT", script="localhost"), BLOCKED, "OPTIONS 403"),
    Row("redirect to another origin, anyone", Fetch("api/redirect?to=other/anyone?tell=origin"), "200 GET null", "GET 307, GET 200"),
    Row("redirect to another origin, listed", Fetch("api/redirect?to=other/listed"), BLOCKED, "GET 307, GET 200"),
    Row("redirect to another origin, null is listed", Fetch("api/redirect?to=other/null?tell=origin"), "200 GET null", "GET 307, GET 200"),
    Row("redirect to another origin, PUT", Fetch("api/redirect?to=other/anyone", "PUT"), "200 PUT", "OPTIONS 200, PUT 307, OPTIONS 200, PUT 200"),
    Row("redirect to another origin, PUT, null is listed", Fetch("api/redirect?to=other/null?tell=origin", "PUT"), "200 PUT null", "OPTIONS 200, PUT 307, OPTIONS 200, PUT 200"),
    Row("redirect to another origin, PUT, listed", Fetch("api/redirect?to=other/listed", "PUT"), BLOCKED, "OPTIONS 200, PUT 307, OPTIONS 403"),
    Row("redirect to another origin, POST stays POST", Fetch("api/redirect?to=other/anyone", "POST"), "200 POST", "POST 307, POST 200"),
    Row("301 makes GET of POST", Fetch("api/redirect?status=301&to=api/listed", "POST"), "200 GET", "POST 301, GET 200"),
    Row("302 makes GET of POST", Fetch("api/redirect?status=302&to=other/anyone", "POST", body="text"), "200 GET", "POST 302, GET 200"),
    Row("302 keeps PUT", Fetch("api/redirect?status=302&to=api/listed", "PUT"), "200 PUT", "OPTIONS 200, PUT 302, OPTIONS 200, PUT 200"),
    Row("303 makes GET of PUT", Fetch("api/redirect?status=303&to=api/listed", "PUT"), "200 GET", "OPTIONS 200, PUT 303, GET 200"),
    Row("308 keeps POST", Fetch("api/redirect?status=308&to=api/listed", "POST"), "200 POST", "POST 308, POST 200"),
    Row("redirect to the page's own server", Fetch("api/redirect?to=pages/"), BLOCKED, "GET 307, GET 200"),
    Row("redirect from the own server", Fetch("api/redirect?to=other/null", script="own"), BLOCKED, "GET 307, GET 200"),
    Row("redirect from the own server, anyone", Fetch("api/redirect?to=other/anyone?tell=origin", script="own"), "200 GET own", "GET 307, GET 200"),
    Row("redirect to another origin with cookies", with_cookies("api/redirect-cookies?to=other/null-cookies?tell=cookie"), "200 GET user=ada", "GET 307, GET 200"),
    Row("redirect to another origin with cookies, listed", with_cookies("api/redirect-cookies?to=other/cookies"), BLOCKED, "GET 307, GET 200"),
    Row("redirect with a password", Fetch("api/redirect?to=user:password@api/listed"), BLOCKED, "GET 307"),
    Row("redirect at one server with a header of one's own", Fetch("api/redirect-headers?to=api/token?tell=x-token", headers=TOKEN), "200 GET t", "OPTIONS 200, GET 307, OPTIONS 200, GET 200"),
    Row("redirect to another origin with a header of one's own", Fetch("api/redirect-headers?to=other/anyone?tell=x-token", headers=TOKEN), "200 GET t", "OPTIONS 200, GET 307, OPTIONS 200, GET 200"),
    Row("redirect to another origin takes Authorization away", Fetch("api/redirect-headers?to=other/anyone?tell=authorization", headers=BASIC), "200 GET none", "OPTIONS 200, GET 307, GET 200"),
    Row("redirect of an opaque origin", Fetch("api/redirect-anyone?to=other/null?tell=origin", script="sandbox"), "200 GET null", "GET 307, GET 200"),
    Row("redirect of a middleware", Fetch("whole/slash"), "200 GET", "GET 308, GET 200"),
    Row("redirect of a middleware, PUT", Fetch("whole/slash", "PUT"), "200 PUT", "OPTIONS 200, PUT 308, OPTIONS 200, PUT 200"),
    Row("redirect of the preflight by a middleware", Fetch("late/slash", "PUT"), BLOCKED, "OPTIONS 308"),
    Row("too many redirects", Fetch("api/redirect-loop"), BLOCKED, ", ".join(["GET 307"] * 21)),
]  # fmt: skip

MODES = [
    Row("no-cors", Fetch("api/nobody", mode="no-cors"), "0 opaque", "GET 200", ""),
    Row("no-cors, POST", Fetch("api/nobody", "POST", mode="no-cors"), "0 opaque", "POST 200", ""),
    Row("no-cors, PUT", Fetch("api/nobody", "PUT", mode="no-cors"), BLOCKED, "", model=False),
    Row("no-cors at the own origin", Fetch("api/none", mode="no-cors", script="own"), "200 GET", "GET 200", ALL),
    Row("no-cors sends no Origin with GET", with_cookies("api/cookies?tell=origin", mode="no-cors"), "0 opaque", "GET 200", ""),
    Row("same-origin to another origin", Fetch("api/listed", mode="same-origin"), BLOCKED, ""),
    Row("same-origin", Fetch("api/none", "PUT", mode="same-origin", script="own"), "200 PUT", "PUT 200", ALL),
    Row("same-origin that is led away", Fetch("api/redirect?to=other/anyone", mode="same-origin", script="own"), BLOCKED, "GET 307"),
]  # fmt: skip

AGE = Fetch("api/age", "PUT")
AGE_0 = Fetch("api/age-0", "PUT")
AGE_1 = Fetch("api/age-1", "PUT")
AGE_COOKIES = Fetch("api/age-cookies", "PUT")
AGE_ANYONE = Fetch("api/age-anyone", "PUT")

PREFLIGHT_CACHE = [
    Row("cached preflight", (AGE, AGE), TWICE, ONE_PREFLIGHT),
    Row("cached preflight, another method", (AGE, AGE._replace(method="DELETE")), "200 PUT | 200 DELETE", "OPTIONS 200, PUT 200, OPTIONS 200, DELETE 200"),
    Row("cached preflight, another path", (AGE, AGE._replace(url="api/age?")), TWICE, TWO_PREFLIGHTS),
    Row("cached preflight, another header", (Fetch("api/age-tokens", headers=TOKEN), Fetch("api/age-tokens", headers={"X-Other": "o"})), "200 GET | 200 GET", "OPTIONS 200, GET 200, OPTIONS 200, GET 200"),
    Row("cached preflight, the same header", (Fetch("api/age-tokens", headers=TOKEN), Fetch("api/age-tokens", headers={"x-token": "u"})), "200 GET | 200 GET", "OPTIONS 200, GET 200, GET 200"),
    Row("cached preflight, fewer headers", (Fetch("api/age-tokens", "PUT", TOKEN), Fetch("api/age-tokens", "PUT")), TWICE, ONE_PREFLIGHT),
    Row("cached preflight, more headers", (Fetch("api/age-tokens", "PUT"), Fetch("api/age-tokens", "PUT", TOKEN)), TWICE, TWO_PREFLIGHTS),
    Row("cached preflight with credentials, then without", (AGE_COOKIES._replace(credentials="include"), AGE_COOKIES), TWICE, ONE_PREFLIGHT),
    Row("cached preflight without credentials, then with", (AGE_COOKIES, AGE_COOKIES._replace(credentials="include")), TWICE, TWO_PREFLIGHTS),
    Row("cached preflight, another origin", (AGE_ANYONE, AGE_ANYONE._replace(script="neighbour")), TWICE, TWO_PREFLIGHTS),
    Row("cached preflight, cache no-store", (AGE, AGE._replace(cache="no-store")), TWICE, ONE_PREFLIGHT),
    Row("cached preflight, cache reload", (AGE, AGE._replace(cache="reload")), TWICE, ONE_PREFLIGHT),
    Row("refused preflight is not cached", (Fetch("api/elsewhere", "PUT"), Fetch("api/elsewhere", "PUT")), f"{BLOCKED} | {BLOCKED}", "OPTIONS 403, OPTIONS 403"),
    Row("preflight of max_age 0", (AGE_0, AGE_0), TWICE, TWO_PREFLIGHTS),
    Row("preflight without max_age", (Fetch("api/listed", "PUT"), Fetch("api/listed", "PUT")), TWICE, ONE_PREFLIGHT),
    Row("preflight of max_age 1, expired", (AGE_1, AGE_1._replace(wait=1.1)), TWICE, TWO_PREFLIGHTS),
]  # fmt: skip

CACHED = Fetch("mistaken/cached-without-vary")
CACHED_VARY = Fetch("mistaken/cached-with-vary")

CACHES = [
    Row("cached response, with Vary", (Fetch("api/listed?cache=600", mode="no-cors"), Fetch("api/listed?cache=600")), "0 opaque | 200 GET", "GET 200, GET 200", f" | cache-control {PLAIN}", False),
    Row("cached response, without Vary", (CACHED._replace(mode="no-cors"), CACHED), f"0 opaque | {BLOCKED}", "GET 200", " | ", False),
    Row("cached response of another origin, with Vary", (CACHED_VARY._replace(script="neighbour"), CACHED_VARY), "200 GET | 200 GET", "GET 200, GET 200", f"cache-control {PLAIN} | cache-control {PLAIN}", False),
    Row("cached response of another origin, without Vary", (CACHED._replace(script="neighbour"), CACHED), f"200 GET | {BLOCKED}", "GET 200", f"cache-control {PLAIN} | ", False),
    Row("cached response for anyone", (Fetch("api/anyone?cache=600", script="neighbour"), Fetch("api/anyone?cache=600")), "200 GET | 200 GET", "GET 200", f"cache-control {PLAIN} | cache-control {PLAIN}", False),
]  # fmt: skip

GUARD = [
    Row("enforced, listed", Fetch("api/enforced", "POST"), "200 POST", "POST 200"),
    Row("enforced, not listed", Fetch("api/enforced", "POST", script="localhost"), BLOCKED, "POST 403"),
    Row("enforced, not listed, no-cors", Fetch("api/enforced", "POST", mode="no-cors", script="localhost"), "0 opaque", "POST 403", ""),
    Row("enforced, opaque origin", Fetch("api/enforced", "POST", script="sandbox"), BLOCKED, "POST 403"),
    Row("enforced, own origin", Fetch("api/enforced", "POST", script="own"), "200 POST", "POST 200", f"{PLAIN} date server vary x-secret x-total"),
    Row("WebSocket", Fetch("api/socket", kind="websocket", script="localhost"), "message", "GET 101", "", False),
    Row("enforced WebSocket, listed", Fetch("api/enforced/socket", kind="websocket"), "message", "GET 101", "", False),
    Row("enforced WebSocket, own origin", Fetch("api/enforced/socket", kind="websocket", script="own"), "message", "GET 101", "", False),
    Row("enforced WebSocket, not listed", Fetch("api/enforced/socket", kind="websocket", script="localhost"), BLOCKED, "GET 403", model=False),
    Row("enforced WebSocket, another port", Fetch("api/enforced/socket", kind="websocket", script="neighbour"), BLOCKED, "GET 403", model=False),
    Row("enforced WebSocket, opaque origin", Fetch("api/enforced/socket", kind="websocket", script="sandbox"), BLOCKED, "GET 403", model=False),
]  # fmt: skip


ROWS = [
    *METHODS, *ORIGINS, *OPAQUE, *REQUEST_HEADERS, *CREDENTIALS, *RESPONSE_HEADERS, *ANSWERS,
    *REDIRECTS, *MODES, *PREFLIGHT_CACHE, *CACHES, *GUARD, *MISTAKES,
]  # fmt: skip
