"""Why a request is refused, and what to write: sentences for each `Reason`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, cast

from aiohttp import hdrs

from .._checks.unusable_origins import unusable_origin
from .._core.options import ResourceOptions
from .._core.origins import OriginKey, is_serialized_origin, origin_text
from .._core.verdict import Denial, Grant, Reason
from .._routing.views import computes_config, is_cors_view
from .adding import add_application_line, add_line, is_inside
from .case import Case
from .near_misses import methods_at, middlewares_of, near_origin, near_path


class Words(NamedTuple):
    """Why a request is refused and what to write, in whole sentences."""

    why: str
    #: What to write, with the exact line.
    hint: str


async def words_for(case: Case, reason: Reason) -> Words:
    """Say why a request is refused, and what to write."""
    words = await WORDS[reason](case)
    if case.step.enforced:
        return words._replace(why=f"{words.why} enforce=True refuses the request itself.")
    return words


def listed(case: Case) -> str:
    """Say what lists the origin: ``"'https://app.example.com' is listed in the defaults"``."""
    key: OriginKey = "*" if case.grant is None else case.grant.key
    matches = "" if key == case.origin else ", which matches the page's origin"
    return f"{origin_text(key)} is listed in {case.place}{matches}"


# Routes


async def _not_added(case: Case) -> Words:
    route = case.step.route
    if case.step.request.method == hdrs.METH_OPTIONS and route.resource is not None:
        return Words(
            f"OPTIONS {route.resource.canonical} is a handler of the application, which responds "
            "to the preflight itself.",
            f"Write {await add_application_line(case)}, which takes any route.",
        )
    if case.route is None:
        return await _unrouted(case, " The application's response has no CORS headers.")
    return await _unadded(case)


async def _method(case: Case) -> Words:
    if case.is_forbidden_method:
        return Words(
            f"No page can use the method {case.method}: browsers and this library refuse it.",
            "Use another method in the page, for example fetch(url, {method: 'POST'}).",
        )
    if case.route is None:
        return await _unrouted(case, "")
    if not case.is_added:
        return await _unadded(case)
    return _narrowed(case)


async def _unadded(case: Case) -> Words:
    """Say that the route exists and was not added."""
    line = await add_line(case)
    if is_inside(case):
        why = f"{case.subject} is in the sub-application at {case.prefix}, which was not added."
        return Words(why, f"Add it: write {line}.")
    inner = ""
    if len(case.match.apps) > 1:
        inner = f" to the CorsConfig of the sub-application at {case.prefix}, which has its own"
    if line.startswith("cors.add(app,") or line == "cors.add(app)":
        return Words(
            f"{case.subject} exists and was not added; it is a plain web.View.",
            f"Write {line}, or derive the view from CorsViewMixin and add it: cors.add(route).",
        )
    return Words(
        f"{case.subject} exists and was not added{inner}.",
        f"Add it: cors.add(route), or in the line that registers it, {line}.",
    )


async def _unrouted(case: Case, end: str) -> Words:
    at = await methods_at(case)
    if at is None:
        return await _no_route(case, end)
    path, methods = at
    if case.method not in methods and case.method.upper() in methods:
        upper = case.method.upper()
        return Words(
            f"Methods are case-sensitive: {path} has {upper}, and browsers send {case.method!r} as "
            "it is written.",
            f"Write method: '{upper}' in the page.",
        )
    names = " and ".join(filter(None, (", ".join(methods[:-1]), *methods[-1:]))) or "no method"
    handler = f"cors.add(app.router.add_route({case.method.upper()!r}, {path!r}, handler))"
    route = case.match.route
    if isinstance(route.handler, type):
        handler = f"async def {case.method.lower()}(self) in {route.handler.__name__}"
    return Words(
        f"{path} has {names} only, so nothing handles {case.method} there.{end}",
        f"Write a handler for it, {handler}, or use one of these methods in the page.",
    )


async def _no_route(case: Case, end: str) -> Words:
    near = await near_path(case)
    path = case.path.partition("?")[0]
    why = f"There is no route at {path!r}."
    if near is None:
        return Words(
            f"{why}{end}",
            f"Write the path of a route in the page, or {await add_application_line(case)} so that "
            "pages can read 404 responses too.",
        )
    why = f"{why[:-1]}; there is one at {near!r}."
    if near.rstrip("/") == path.rstrip("/") and "normalize_path_middleware" in middlewares_of(case):
        why = (
            f"{why[:-1]}, and normalize_path_middleware redirects there with a response that has "
            "no CORS headers."
        )
    hint = f"Write {near!r} as the path in the page."
    return Words(why if "no CORS headers" in why else f"{why}{end}", hint)


def _narrowed(case: Case) -> Words:
    """Say that the route was added, and that ``allow_methods`` does not list the method."""
    if case.grant is None:
        near = near_origin(case.origin, case.layers)
        options = case.needs(near.options if near else ResourceOptions(), method=True)
        where = case.layers[0].source if case.layers else "defaults"
        return Words(
            f"No config that applies to {case.subject} allows {case.method} for any origin.",
            f"Write {case.item(options)} in {case.place_of(where)}.",
        )
    options = case.grant.terms.options
    methods = sorted(options.allow_methods or ())
    return Words(
        f"{listed(case)}, but its allow_methods is {methods}, which does not list {case.method}.",
        f"Write {case.item(case.needs(options, method=True), case.grant.key)} in {case.place}.",
    )


# Origins


async def _origin(case: Case) -> Words:
    unusable = unusable_origin(case.origin)
    if unusable is not None:
        return Words(
            f"No config that applies to {case.subject} lists {case.origin!a}, which no browser "
            f"sends. {unusable.message}",
            f"Explain the origin of a page. {unusable.hint}",
        )
    if case.route is not None and not case.is_added:
        return await _unadded(case)
    near = near_origin(case.origin, case.layers)
    if near is not None:
        item = case.item(case.needs(near.options, method=_is_narrowed(case, near.options)))
        return Words(
            f"{near.key!r} is listed in {case.place_of(near.source)}, and not {case.origin!a}: "
            f"{near.difference}.",
            f"Write {item} in {case.place_of(near.source)}.",
        )
    words = _unlisted(case)
    if case.origin == "null":
        return Words(
            f"{words.why} A page without an origin sends null: a sandboxed frame, or a file that "
            "was opened from disk.",
            'Write sandbox="allow-scripts allow-same-origin" in the frame, or serve the page over '
            "https, and list its origin. List 'null' only where you would list '*', because any "
            f"website can send it: {words.hint[0].lower()}{words.hint[1:]}",
        )
    return words


def _unlisted(case: Case) -> Words:
    if case.server is None:
        return Words(
            f"{case.adapter[0].upper()}{case.adapter[1:]} does not list {case.origin!a} for "
            f"{case.subject}.",
            f"Write {case.item(case.needs(ResourceOptions()))} in the config that it returns.",
        )
    entry = case.entry
    layers = case.layers
    view = case.route and case.route.handler
    if is_cors_view(view) and computes_config(view):
        item = case.item(case.needs(ResourceOptions()))
        return Words(
            f"No config that applies to {case.subject} lists {case.origin!a}.",
            f"Write {item} in {case.place_of(f'{view.__name__}.get_request_config')}.",
        )
    if layers:
        where = layers[0].source
        base = set(layers[0].table.config.values())
        options = base.pop() if len(base) == 1 else ResourceOptions()
        item = case.item(case.needs(options, method=_is_narrowed(case, options)))
        origins = ", ".join(origin_text(key) for key in list(layers[0].table.config)[:3])
        return Words(
            f"No config that applies to {case.subject} lists {case.origin!a}; "
            f"{case.place_of(where)} has {origins}.",
            f"Write {item} in {case.place_of(where)}.",
        )
    item = f"{{{case.item(case.needs(ResourceOptions()))}}}"
    if entry is not None and not entry.inherit:
        return Words(
            f"{case.subject} was added with inherit=False, which cuts off the other configs, and "
            "with no origin.",
            f"Write {item} as the config that it is added with.",
        )
    return Words(
        f"No config that applies to {case.subject} lists any origin.",
        f"Write aiohttp_cors.setup(app, defaults={item}), or give the config to cors.add().",
    )


def _is_narrowed(case: Case, options: ResourceOptions) -> bool:
    """Tell whether ``allow_methods`` must list the method."""
    policy = case.step.policy
    return policy is not None and not policy.rule.allows(options)


# Headers and credentials


async def _headers(case: Case) -> Words:
    grant, verdict = case.grant, cast(Denial, case.step.verdict)
    if grant is None:
        # A function that allowed the origin when the request was decided does not any more.
        return _unlisted(case)
    options = grant.terms.options
    names = [case.name(each) for each in verdict.names]
    end = f"its allow_headers does not list {', '.join(names)}"
    if "*" in options.allow_headers and verdict.names == ("AUTHORIZATION",):
        end = f"the '*' in its allow_headers never covers {names[0]}"
    elif "*" in verdict.names:
        return Words(
            "A header is named '*', which browsers would read as a wildcard in the response.",
            "Leave the header '*' out of the page.",
        )
    # With credentials, '*' is written as the origin that it stands for.
    key = case.origin if case.credentials and grant.key == "*" else grant.key
    item = case.item(case.needs(options), key)
    return Words(f"{listed(case)}, but {end}.", f"Write {item} in {case.place}.")


async def _credentials(case: Case) -> Words:
    # Everything but the credentials is granted.
    grant = cast(Grant, case.grant)
    if grant.key == "*" and not is_serialized_origin(case.origin):
        return Words(
            f"{listed(case)}, but never allows credentials for {case.origin!a}, which is not the "
            "origin of a site.",
            "Serve the page over https, list its origin, and write allow_credentials=True for it; "
            "or leave credentials: 'include' out of the page.",
        )
    options = case.needs(grant.terms.options)
    if grant.key == "*":
        why = f"{listed(case)}, and browsers never accept '*' with credentials"
        hint = f"List the origin by name: write {case.item(options)} in {case.place}."
        return Words(f"{why}.", hint)
    return Words(
        f"{listed(case)}, but without allow_credentials=True.",
        f"Write {case.item(options, grant.key)} in {case.place}.",
    )


# Requests that no browser sends


def _broken(why: str, hint: str) -> Callable[[Case], Awaitable[Words]]:
    async def words(case: Case) -> Words:
        return Words(why, hint)

    return words


WORDS: Mapping[Reason, Callable[[Case], Awaitable[Words]]] = {
    Reason.NO_ORIGIN: _broken(
        "The request has no Origin header, so it is not a cross-origin request of a page.",
        "Send the header as browsers do: curl -H 'Origin: https://app.example.com'.",
    ),
    Reason.NO_REQUEST_METHOD: _broken(
        "The request has no Access-Control-Request-Method header, so it is not a preflight.",
        "Send the header as browsers do: curl -H 'Access-Control-Request-Method: PUT'.",
    ),
    Reason.MALFORMED_ORIGIN: _broken(
        "The Origin header is not one value of visible ASCII characters, as browsers send it.",
        "Send one origin: curl -H 'Origin: https://app.example.com'.",
    ),
    Reason.MALFORMED_METHOD: _broken(
        "The method that the preflight requests is not a token.",
        "Send one method: curl -H 'Access-Control-Request-Method: PUT'.",
    ),
    Reason.MALFORMED_HEADERS: _broken(
        "The header names that the preflight requests are not a list of tokens.",
        "Send names and commas: curl -H 'Access-Control-Request-Headers: content-type,x-token'.",
    ),
    Reason.NO_ORIGIN_LISTED: _origin,
    Reason.ORIGIN_NOT_LISTED: _origin,
    Reason.METHOD_NOT_SHARED: _method,
    Reason.HEADERS_NOT_ALLOWED: _headers,
    Reason.CREDENTIALS_NOT_ALLOWED: _credentials,
    Reason.NOT_ADDED: _not_added,
}
