"""What an explanation assumes, and what may surprise users although a request is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._core.verdict import Grant
from .case import Case
from .near_misses import middlewares_of

_DAY = 86400


def assumptions(
    method: str, headers: Iterable[tuple[str, str]], *, credentials: bool
) -> tuple[str, ...]:
    """Return sentences about what is assumed, because the caller did not say it."""
    pairs = list(headers)
    found = []
    if not pairs and method in ("GET", "HEAD"):
        found.append("The script sets no header of its own.")
    elif not pairs:
        found.append("The script sets no header, not even Content-Type, which JSON needs.")
    for name, value in pairs:
        if name.lower() == "content-type" and not value:
            found.append(f"{name} is one that no form sends, such as application/json.")
    if not credentials:
        found.append("The script sends no cookies.")
    return tuple(found)


def notes_on(case: Case, *, granted: bool, preflight: bool) -> tuple[str, ...]:
    """Return sentences about what may surprise users, each with the line to write."""
    found = list(_middlewares(case)) if preflight else []
    if granted and case.grant is not None:
        found += _grant(case, case.grant)
    if any(each.keep_existing for each in case.servers):
        found.append(
            "A response to which a handler or middleware gives Access-Control-Allow-Origin is left "
            "as it is because of existing_headers='keep'; write "
            "aiohttp_cors.setup(app, existing_headers='replace') to let this configuration decide."
        )
    return tuple(found)


def _middlewares(case: Case) -> Iterator[str]:
    names = middlewares_of(case)
    server = case.server
    if names and server is not None and not server.preflights_first:
        yield (
            f"These middlewares run first because of preflights_first=False: {', '.join(names)}. "
            "One that requires a login, or redirects, fails each preflight; leave "
            "preflights_first=False out of aiohttp_cors.setup(app)."
        )


def _grant(case: Case, grant: Grant) -> Iterator[str]:
    options = grant.terms.options
    if case.route is None:
        yield (
            f"No route serves {case.method} there, so the page reads the 404 or 405 response of "
            "the application."
        )
    if not options.expose_headers:
        item = case.item(options._replace(expose_headers=frozenset({"X-Total"})), grant.key)
        yield (
            "The script reads null for response headers that are not safelisted; to allow one, "
            f"write {item} in {case.place}."
        )
    if options.max_age:
        item = case.item(options._replace(max_age=0), grant.key)
        yield (
            f"A browser caches the response to a preflight for up to {min(options.max_age, _DAY)} "
            f"seconds, whatever you change; while you debug, write {item} in {case.place}."
        )
    wants_private = "Access-Control-Request-Private-Network" in case.step.request.headers
    if wants_private and not options.allow_private_network:
        item = case.item(options._replace(allow_private_network=True), grant.key)
        yield (
            "The preflight requests access to a private network, and the response does not allow "
            f"it; write {item} in {case.place}."
        )
