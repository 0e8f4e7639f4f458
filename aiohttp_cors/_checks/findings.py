"""What cannot work, or is unsafe, in a config.

Every application imports this module. What checks unusual origins is imported when the first of
them is added, so that an application without any does not pay for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._core.headers import (
    FORBIDDEN_RESPONSE_HEADERS,
    SAFELISTED_RESPONSE_HEADERS,
    is_forbidden_request_header,
    is_token,
)
from .._core.methods import FORBIDDEN_METHODS
from .._core.options import ResourceOptions
from .._core.origins import DEFAULT_PORTS, OriginKey, is_serialized_origin, origin_text
from .finding import SEVERITIES, SEVERITY_OF, CorsConfigError, Finding, finding, log_finding

__all__ = (
    "SEVERITIES",
    "SEVERITY_OF",
    "CorsConfigError",
    "Finding",
    "config_findings",
    "finding",
    "log_finding",
    "lost_config_finding",
    "no_origin_finding",
    "nothing_added_finding",
    "view_config_finding",
)

#: No browser caches a preflight for longer, in seconds: Firefox 86400, Chromium 7200.
_LONGEST_MAX_AGE = 86400

# Compiled when it is first needed, by `re` itself.
_LOOPBACK = r"http://(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::(?:\d+|\*))?"
_INSECURE = "An attacker on the network can read responses with the user's cookies"


def config_findings(config: Mapping[Any, ResourceOptions], where: str) -> list[Finding]:
    """Return the findings in one parsed config; ``where`` says where it was written."""
    found = []
    for origin, options in config.items():
        found += [each._replace(where=where) for each in _origin_findings(origin, options)]
        found += [each._replace(where=where) for each in _option_findings(options)]
    # Several origins may have the same options.
    return list(dict.fromkeys(found))


def nothing_added_finding() -> Finding:
    """Return the finding for an application that has defaults, and to which nothing was added."""
    return finding(
        "nothing-added",
        "",
        "CORS is enabled for no route, because nothing was added.",
        "Call cors.add(route) for each route, or cors.add(app) for the whole application.",
        "defaults",
    )


def no_origin_finding(where: str) -> Finding:
    """Return the finding for an entity for which no layer lists an origin."""
    return finding(
        "no-origin",
        "{}",
        "No origin is listed for it, so no page is allowed to read it.",
        "List one where it is added or in the defaults, as in "
        "{'https://app.example.com': ResourceOptions()}.",
        where,
    )


def view_config_finding(where: str, error: ValueError) -> Finding:
    """Return the finding for a view whose invalid config was found too late to raise an error."""
    return finding(
        "view-config",
        "",
        f"The config of this view is invalid: {error}.",
        "Correct it; until then the view lists no origin itself.",
        where,
    )


def lost_config_finding(where: str, name: str) -> Finding:
    """Return the finding for a view in which no method is the decorated function any more."""
    return finding(
        "custom-cors-lost",
        f"custom_cors of {name}",
        "No method of the view is this function any more, so its config is never used.",
        "Write @custom_cors above the other decorators, or use functools.wraps in them.",
        where,
    )


# Origins.


def _origin_findings(origin: OriginKey, options: ResourceOptions) -> Iterator[Finding]:
    if isinstance(origin, re.Pattern):
        yield from _expression_findings(origin, options)
    elif isinstance(origin, str):
        yield from _text_findings(origin, options)


def _expression_findings(
    expression: re.Pattern[str], options: ResourceOptions
) -> Iterator[Finding]:
    from .look_alikes import insecure_origin, look_alike

    text = origin_text(expression)
    accepted = look_alike(expression)
    if accepted is not None:
        message = f"It also accepts {accepted.origin!r}, {accepted.why}."
        yield finding("expression-look-alike", text, message, accepted.hint)
    if options.allow_credentials:
        insecure = insecure_origin(expression, _is_loopback)
        if insecure is not None:
            message = f"{_INSECURE}, because it accepts {insecure!r}."
            hint = "Let the expression accept https:// only."
            yield finding("insecure-origin-with-credentials", text, message, hint)


def _text_findings(origin: str, options: ResourceOptions) -> Iterator[Finding]:
    text = origin_text(origin)
    if origin == "*":
        if options.allow_credentials:
            message = "Any website can read responses with the user's cookies."
            hint = "List the origins by name, or set allow_credentials=False."
            yield finding("any-origin-with-credentials", text, message, hint)
        return
    if origin == "null":
        message = "Any website can send this origin, from a sandboxed frame."
        hint = "Serve the page over https, and list the origin that it then has."
        yield finding("null-origin", text, message, hint)
        return
    if not _is_usual(origin):
        from .unusable_origins import unusable_origin

        unusable = unusable_origin(origin)
        if unusable is not None:
            yield finding(unusable.id, text, unusable.message, unusable.hint)
            return
    if options.allow_credentials and origin.startswith("http://") and not _is_loopback(origin):
        secure = origin.replace("http://", "https://").removesuffix(":443")
        hint = f"Write {secure!r}."
        yield finding("insecure-origin-with-credentials", text, f"{_INSECURE}.", hint)
    scheme, wild, domain = origin.partition("://*.")
    # Hosts of other schemes are not domains that anybody can register.
    if wild and scheme in DEFAULT_PORTS:
        yield from _suffix_findings(text, domain.partition(":")[0])


def _is_usual(origin: str) -> bool:
    """Tell whether an origin is http or https with a domain name, so that no check can fail."""
    scheme, _, rest = origin.partition("://")
    host = rest.partition(":")[0]
    last_label = host.rpartition(".")[2]
    # A host that ends in a number is an address (URL §3.5), in one of many notations.
    return scheme in ("http", "https") and last_label[:1].isalpha() and is_serialized_origin(origin)


def _is_loopback(origin: str) -> bool:
    return re.fullmatch(_LOOPBACK, origin) is not None


def _suffix_findings(text: str, domain: str) -> Iterator[Finding]:
    from .public_suffixes import has_list, open_suffix

    suffix = open_suffix(domain)
    if suffix is None:
        return
    hint = "Write a name that is yours alone."
    if not has_list():
        hint += " Install aiohttp-cors[strict] to have all public suffixes checked."
    message = f"Anybody can register a name under {suffix!r}."
    yield finding("wildcard-public-suffix", text, message, hint)


# Options.


def _option_findings(options: ResourceOptions) -> Iterator[Finding]:
    for option in ("allow_headers", "expose_headers", "allow_methods"):
        for name in sorted(getattr(options, option) or ()):
            if not is_token(name):
                message = (
                    "It is not a token, so it can never occur in a request or response "
                    "(RFC 9110 §5.6.2)."
                )
                id = "method-no-token" if option == "allow_methods" else "header-no-token"
                yield _option_finding(id, option, name, message, _token_hint(option, name))
    for name in sorted(options.allow_headers):
        if is_forbidden_request_header(name):
            message = "Scripts can never set this header, because browsers set it themselves."
            hint = "Leave it out."
            if name == "COOKIE":
                hint = "Leave it out, and set allow_credentials=True to allow cookies."
            yield _option_finding("request-header-forbidden", "allow_headers", name, message, hint)
    for name in sorted(options.expose_headers):
        if name.lower() in FORBIDDEN_RESPONSE_HEADERS:
            message = "Scripts can never read this header."
            yield _option_finding("response-header-forbidden", "expose_headers", name, message)
        elif name.lower() in SAFELISTED_RESPONSE_HEADERS:
            message = "Scripts can always read this header, so exposing it has no effect."
            yield _option_finding("response-header-safelisted", "expose_headers", name, message)
    for name in sorted(options.allow_methods or ()):
        if name in FORBIDDEN_METHODS:
            message = "Scripts can never use this method."
            yield _option_finding("method-forbidden", "allow_methods", name, message)
    if options.max_age is not None and options.max_age > _LONGEST_MAX_AGE:
        message = "No browser caches a preflight for longer than a day."
        hint = f"Write max_age={_LONGEST_MAX_AGE}."
        yield finding("max-age-capped", f"max_age={options.max_age}", message, hint)


def _token_hint(option: str, name: str) -> str:
    # Users often write a list as one string, or a header name with its colon.
    names = [each.strip(" \t:") for each in name.split(",")]
    if all(map(is_token, names)):
        return f"Write {option}={names!r}."
    return "Write one name per string, of letters, digits and hyphens."


def _option_finding(
    id: str, option: str, name: str, message: str, hint: str = "Leave it out."
) -> Finding:
    return finding(id, f"{option}: {name!r}", message, hint)
