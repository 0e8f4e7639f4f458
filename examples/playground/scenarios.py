"""The requests that the page sends, and what the policies let it read.

The expectations are derived by hand from the policies in ``servers.py``; nothing computes them.
"""

from __future__ import annotations

from typing import NamedTuple


class Scenario(NamedTuple):
    """One row: a request, the policy in words, and what a script should be able to read."""

    title: str
    policy: str
    #: The server (a key of ``servers.SERVERS``) and the path on it.
    server: str
    path: str
    expected: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    cookies: bool = False
    #: Response headers that the script reads.
    reads: tuple[str, ...] = ()
    #: Whose script it is: the "page", a "sandbox" (Origin: null), or the page on a "subdomain".
    script: str = "page"


BLOCKED = "blocked"
TOKEN = (("X-Token", "t"),)

SCENARIOS = [
    Scenario("GET, open to all", '"*"', "open", "/data", "200 open"),
    Scenario("… with cookies", '"*" without credentials', "open", "/data", BLOCKED, cookies=True),
    Scenario("… from a sandbox", '"*" is for opaque origins too', "open", "/data", "200 open", script="sandbox"),
    Scenario("POST, sets a cookie", "this page, with credentials", "listed", "/login", "200 welcome", "POST", cookies=True),
    Scenario("GET with the cookie", "this page, with credentials", "listed", "/me", "200 hello ada", cookies=True),
    Scenario("… from a sandbox", '"null" is not listed', "listed", "/me", BLOCKED, script="sandbox"),
    Scenario("PUT with X-Token", "X-Token is allowed", "listed", "/item", "200 saved", "PUT", TOKEN),
    Scenario("PUT with X-Other", "X-Other is not allowed", "listed", "/item", BLOCKED, "PUT", (("X-Other", "o"),)),
    Scenario("DELETE", "its route was added", "listed", "/item", "200 deleted", "DELETE"),
    Scenario("PATCH", "its route was not added", "listed", "/item", BLOCKED, "PATCH"),
    Scenario("GET, response headers", "X-Total is exposed, X-Secret is not", "listed", "/list",
             "200 list, X-Total: 3, X-Secret: hidden", reads=("X-Total", "X-Secret")),
    Scenario("GET, other origin allowed", "another origin only", "other", "/data", BLOCKED),
    Scenario("PUT, other origin allowed", "another origin only", "other", "/data", BLOCKED, "PUT"),
    Scenario("GET without CORS", "nothing", "none", "/data", BLOCKED),
    Scenario("class-based view, GET", "cors_config lists this page", "kinds", "/view", "200 view"),
    Scenario("class-based view, PUT", "custom_cors lists another origin too", "kinds", "/view", "200 view put", "PUT"),
    Scenario("class-based view, POST", "the view has no post", "kinds", "/view", "405 405: Method Not Allowed", "POST"),
    Scenario("static file", "this page", "kinds", "/files/hello.txt", "200 hello from a file"),
    Scenario("sub-application", "this page", "kinds", "/sub/data", "200 sub"),
    Scenario("handler that fails", "this page may read errors too", "kinds", "/fails", "500 failed"),
    Scenario("whole application", "cors.add(app)", "whole", "/data", "200 whole"),
    Scenario("… an unknown path", "cors.add(app), 404 too", "whole", "/nowhere", "404 404: Not Found", "PUT"),
    Scenario("… a stricter route", "inherit=False, no origin", "whole", "/closed", BLOCKED),
    Scenario("any port", "http://127.0.0.1:*", "origins", "/port", "200 port"),
    Scenario("subdomain, from it", "http://*.localhost:*", "origins", "/subdomain", "200 subdomain", script="subdomain"),
    Scenario("subdomain, from elsewhere", "http://*.localhost:*", "origins", "/subdomain", BLOCKED),
    Scenario("regular expression", r"re.compile(r'http://127\.0\.0\.1:\d+')", "origins", "/expression", "200 expression"),
    Scenario("function", "async def is_tenant(origin, request)", "origins", "/function", "200 function"),
    Scenario("function, from elsewhere", "async def is_tenant(origin, request)", "origins", "/function", BLOCKED, script="subdomain"),
    Scenario("enforced WebSocket", "enforce=True, this page", "origins", "/socket", "opens", "WEBSOCKET"),
    Scenario("enforced WebSocket, elsewhere", "enforce=True, this page", "origins", "/socket", BLOCKED, "WEBSOCKET", script="subdomain"),
]  # fmt: skip
