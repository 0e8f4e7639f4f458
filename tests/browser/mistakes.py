"""A server without our CORS, whose responses are as bad as real ones: browsers must notice."""

from __future__ import annotations

from typing import Any, NamedTuple

from aiohttp import web

from .rows import BASIC, BLOCKED, ONE_PREFLIGHT, PLAIN, TOKEN, TWICE, Fetch, Row

Fields = tuple[tuple[str, str], ...]

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
#: What is right: PAGE stands for the page's origin, and ORIGIN for that of the request.
PAGE = (ALLOW_ORIGIN, "PAGE")
PUT = ("Access-Control-Allow-Methods", "PUT")
CACHE = ("Cache-Control", "max-age=600")


def methods(value: str) -> tuple[str, str]:
    return ("Access-Control-Allow-Methods", value)


def headers(value: str) -> tuple[str, str]:
    return ("Access-Control-Allow-Headers", value)


def exposed(value: str) -> tuple[str, str]:
    return ("Access-Control-Expose-Headers", value)


def max_age(value: str) -> tuple[str, str]:
    return ("Access-Control-Max-Age", value)


class Mistake(NamedTuple):
    """Headers of the response, headers of the preflight's response, and its status."""

    response: Fields = (PAGE,)
    preflight: Fields = (PAGE, PUT)
    status: int = 200


MISTAKES = {
    # The response.
    "nothing": Mistake(()),
    "star-and-credentials": Mistake(((ALLOW_ORIGIN, "*"), CREDENTIALS)),
    "no-credentials": Mistake((PAGE,)),
    "true-in-capitals": Mistake((PAGE, ("Access-Control-Allow-Credentials", "True"))),
    "slash": Mistake(((ALLOW_ORIGIN, "PAGE/"),)),
    "capitals": Mistake(((ALLOW_ORIGIN, "HTTP://127.0.0.1"),)),
    "no-scheme": Mistake(((ALLOW_ORIGIN, "127.0.0.1"),)),
    "twice": Mistake((PAGE, PAGE)),
    "star-twice": Mistake(((ALLOW_ORIGIN, "*"), (ALLOW_ORIGIN, "*"))),
    "list": Mistake(((ALLOW_ORIGIN, "PAGE, https://another.example.com"),)),
    "spaces": Mistake(((ALLOW_ORIGIN, " PAGE "),)),
    "null": Mistake(((ALLOW_ORIGIN, "null"),)),
    "empty": Mistake(((ALLOW_ORIGIN, ""),)),
    "wildcard": Mistake(((ALLOW_ORIGIN, "http://127.0.0.1:*"),)),
    "exposed-star": Mistake((PAGE, CREDENTIALS, exposed("*"))),
    "exposed-on-two-lines": Mistake((PAGE, exposed("X-Total"), exposed("X-Secret"))),
    "exposed-without-commas": Mistake((PAGE, exposed("X-Total X-Secret"))),
    "response-without": Mistake(response=()),
    # The preflight's response.
    "preflight-without": Mistake(preflight=()),
    "preflight-204": Mistake(status=204),
    "preflight-299": Mistake(status=299),
    "preflight-302": Mistake(preflight=(PAGE, PUT, ("Location", "/preflight-204")), status=302),
    "preflight-307": Mistake(preflight=(PAGE, PUT, ("Location", "/preflight-204")), status=307),
    "preflight-401": Mistake(status=401),
    "preflight-404": Mistake(status=404),
    "preflight-500": Mistake(status=500),
    "preflight-no-credentials": Mistake((PAGE, CREDENTIALS), (PAGE, PUT)),
    "preflight-star-and-credentials": Mistake(
        (PAGE, CREDENTIALS), ((ALLOW_ORIGIN, "*"), CREDENTIALS, PUT)
    ),
    "no-methods": Mistake(preflight=(PAGE, headers("X-Token"))),
    "other-methods": Mistake(preflight=(PAGE, methods("PATCH, DELETE"))),
    "methods-in-lower-case": Mistake(preflight=(PAGE, methods("put"))),
    "methods-without-commas": Mistake(preflight=(PAGE, methods("PUT DELETE"))),
    "methods-on-two-lines": Mistake(preflight=(PAGE, methods("PATCH"), PUT)),
    "any-method": Mistake(preflight=(PAGE, methods("*"))),
    "any-method-credentials": Mistake((PAGE, CREDENTIALS), (PAGE, CREDENTIALS, methods("*"))),
    "no-headers": Mistake(preflight=(PAGE, PUT)),
    "other-headers": Mistake(preflight=(PAGE, headers("X-Other"))),
    "headers-in-capitals": Mistake(preflight=(PAGE, headers("X-TOKEN"))),
    "headers-without-commas": Mistake(preflight=(PAGE, headers("X-Token X-Other"))),
    "any-header": Mistake(preflight=(PAGE, headers("*"))),
    "any-header-credentials": Mistake((PAGE, CREDENTIALS), (PAGE, CREDENTIALS, headers("*"))),
    "max-age-word": Mistake(preflight=(PAGE, PUT, max_age("ten"))),
    "max-age-negative": Mistake(preflight=(PAGE, PUT, max_age("-1"))),
    # Caches.
    "cached-without-vary": Mistake(((ALLOW_ORIGIN, "ORIGIN"), CACHE)),
    "cached-with-vary": Mistake(((ALLOW_ORIGIN, "ORIGIN"), CACHE, ("Vary", "Origin"))),
}


def mistaken(page: str) -> web.Application:
    """Make the server "mistaken": `MISTAKES`, each at its name."""
    app = web.Application()

    async def handler(request: web.Request) -> web.StreamResponse:
        mistake = MISTAKES[request.match_info["name"]]
        if "Access-Control-Request-Method" not in request.headers:
            return respond(200, mistake.response, request, text=request.method)
        # No preflight carries cookies (Fetch §4.8, CORS-preflight fetch).
        status = 500 if "Cookie" in request.headers else mistake.status
        return respond(status, mistake.preflight, request)

    def respond(status: int, fields: Fields, request: web.Request, **body: Any) -> web.Response:
        response = web.Response(status=status, **body)
        response.headers.update({"X-Total": "3", "X-Secret": "s"})
        origin = request.headers.get("Origin", "none")
        for name, value in fields:
            response.headers.add(name, value.replace("PAGE", page).replace("ORIGIN", origin))
        return response

    app.router.add_route("*", "/{name}", handler)
    return app


def row(name: str, got: str, seen: str, reads: str | None = None, **fetch: Any) -> Row:
    """Return the row of a mistake; the name may say more after a comma."""
    url = f"mistaken/{name.partition(',')[0]}"
    return Row(f"mistaken: {name}", Fetch(url, **fetch), got, seen, reads)


READ = ("200 GET", "GET 200")
UNREADABLE = (BLOCKED, "GET 200")
GRANTED = ("200 PUT", "OPTIONS 200, PUT 200")
GRANTED_GET = ("200 GET", "OPTIONS 200, GET 200")
REFUSED = (BLOCKED, "OPTIONS 200")

#: What pages get of these.
ROWS = [
    row("nothing", *UNREADABLE),
    row("star-and-credentials", *UNREADABLE, credentials="include"),
    row("no-credentials", *UNREADABLE, credentials="include"),
    row("true-in-capitals", *UNREADABLE, credentials="include"),
    row("slash", *UNREADABLE),
    row("capitals", *UNREADABLE),
    row("no-scheme", *UNREADABLE),
    row("twice", *UNREADABLE),
    row("star-twice", *UNREADABLE),
    row("list", *UNREADABLE),
    row("spaces", *READ),
    row("null", *UNREADABLE),
    row("empty", *UNREADABLE),
    row("wildcard", *UNREADABLE),
    row("exposed-star", *READ, credentials="include"),
    row("exposed-on-two-lines", *READ, f"{PLAIN} x-secret x-total"),
    row("exposed-without-commas", *READ),
    row("response-without", BLOCKED, "OPTIONS 200, PUT 200", method="PUT"),
    row("preflight-without", *REFUSED, method="PUT"),
    row("preflight-204", "200 PUT", "OPTIONS 204, PUT 200", method="PUT"),
    row("preflight-299", "200 PUT", "OPTIONS 299, PUT 200", method="PUT"),
    row("preflight-302", BLOCKED, "OPTIONS 302", method="PUT"),
    row("preflight-307", BLOCKED, "OPTIONS 307", method="PUT"),
    row("preflight-401", BLOCKED, "OPTIONS 401", method="PUT"),
    row("preflight-404", BLOCKED, "OPTIONS 404", method="PUT"),
    row("preflight-500", BLOCKED, "OPTIONS 500", method="PUT"),
    row("preflight-no-credentials", *REFUSED, method="PUT", credentials="include"),
    row("preflight-star-and-credentials", *REFUSED, method="PUT", credentials="include"),
    row("no-methods", *REFUSED, method="PUT"),
    row("no-methods, POST", "200 POST", "OPTIONS 200, POST 200", method="POST", headers=TOKEN),
    row("other-methods", *REFUSED, method="PUT"),
    row("methods-in-lower-case", *REFUSED, method="PUT"),
    row("methods-without-commas", *REFUSED, method="PUT"),
    row("methods-on-two-lines", *GRANTED, method="PUT"),
    row("any-method", *GRANTED, method="PUT"),
    row("any-method-credentials", *REFUSED, method="PUT", credentials="include"),
    row("no-headers", *REFUSED, headers=TOKEN),
    row("other-headers", *REFUSED, headers=TOKEN),
    row("headers-in-capitals", *GRANTED_GET, headers=TOKEN),
    row("headers-without-commas", *REFUSED, headers=TOKEN),
    row("any-header", *GRANTED_GET, headers=TOKEN),
    row("any-header, Authorization", *REFUSED, headers=BASIC),
    row("any-header-credentials", *REFUSED, headers=TOKEN, credentials="include"),
]

for name in ("max-age-word", "max-age-negative"):
    put = Fetch(f"mistaken/{name}", "PUT")
    ROWS.append(Row(f"mistaken: {name}", (put, put), TWICE, ONE_PREFLIGHT))
