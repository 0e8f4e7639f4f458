"""Findings: configuration that cannot work, or is unsafe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .._core.headers import (
    FORBIDDEN_RESPONSE_HEADERS,
    SAFELISTED_RESPONSE_HEADERS,
    is_forbidden_request_header,
    is_token,
)
from .._core.methods import FORBIDDEN_METHODS
from .._core.options import ResourceOptions
from .._core.origins import OriginKey, origin_text
from .public_suffixes import is_public_suffix
from .unusable_origins import unusable_origin

#: From the worst on: can never work, is unsafe, is worth a look.
SEVERITIES = ("error", "danger", "notice")

#: Every id that a finding may have. The README has an example of each.
SEVERITY_OF = {
    "origin-scheme": "error",
    "origin-space": "error",
    "origin-list": "error",
    "origin-path": "error",
    "origin-user-info": "error",
    "origin-case": "error",
    "origin-default-port": "error",
    "origin-port": "error",
    "origin-non-ascii": "error",
    "origin-address": "error",
    "origin-pattern": "error",
    "origin-malformed": "error",
    "header-no-token": "error",
    "method-no-token": "error",
    "request-header-forbidden": "error",
    "response-header-forbidden": "error",
    "method-forbidden": "error",
    "view-config": "error",
    "custom-cors-lost": "error",
    "no-origin": "error",
    "nothing-added": "error",
    "null-origin": "danger",
    "any-origin-with-credentials": "danger",
    "insecure-origin-with-credentials": "danger",
    "wildcard-public-suffix": "danger",
    "expression-look-alike": "danger",
    "response-header-safelisted": "notice",
    "max-age-capped": "notice",
}

#: No browser keeps a preflight's answer longer, in seconds: Firefox 86400, Chromium 7200.
_LONGEST_MAX_AGE = 86400
_LOOPBACK = re.compile(r"http://(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::(?:\d+|\*))?")


class Finding(NamedTuple):
    """One thing in the configuration that cannot work, or is unsafe."""

    #: Stable, documented in the README: ``"origin-path"``.
    id: str
    #: ``"error"``: can never work; ``"danger"``: unsafe; ``"notice"``: worth a look.
    severity: str
    #: ``"defaults"``, ``"resource /hello"``, ``"route GET /hello"``, ``"view HelloView.post"``…
    where: str
    #: What was written there.
    value: str
    #: Why that is one.
    message: str
    #: What to write instead, if there is something.
    hint: str | None = None

    def __str__(self) -> str:
        text = f"{self.where}: {self.value}: {self.message}"
        return f"{text}; write {self.hint} [{self.id}]" if self.hint else f"{text} [{self.id}]"


def finding(id: str, value: str, message: str, hint: str | None = None, where: str = "") -> Finding:
    """Make a finding of the severity that goes with its id."""
    return Finding(id, SEVERITY_OF[id], where, value, message, hint)


class CorsConfigError(ValueError):
    """What ``strict=True`` raises: all findings of one call."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        #: As data, in the order of the configuration.
        self.findings = tuple(findings)
        lines = "".join(f"\n  {each.severity}: {each}" for each in self.findings)
        super().__init__(f"the CORS configuration has {len(self.findings)} findings:{lines}")

    def __reduce__(self) -> tuple[Any, ...]:
        return CorsConfigError, (self.findings,)


def config_findings(config: Mapping[Any, ResourceOptions], where: str) -> list[Finding]:
    """Return the findings of one parsed config, which was written ``where``."""
    found = []
    for key, options in config.items():
        found += [each._replace(where=where) for each in _key_findings(key, options)]
        found += [each._replace(where=where) for each in _option_findings(options)]
    # Keys may share options.
    return list(dict.fromkeys(found))


def _key_findings(key: OriginKey, options: ResourceOptions) -> Iterator[Finding]:
    text = origin_text(key)
    if isinstance(key, re.Pattern):
        # Few have expressions, and reading them needs a parser.
        from .look_alikes import look_alike

        accepted = look_alike(key)
        if accepted is not None:
            message = f"it accepts {accepted[0]!r}, {accepted[1]}"
            yield finding("expression-look-alike", text, message)
        return
    if not isinstance(key, str):
        return
    if key == "*":
        if options.allow_credentials:
            message = "any website can read answers that are made for the user's cookies"
            hint = "the origins by name, or allow_credentials=False"
            yield finding("any-origin-with-credentials", text, message, hint)
        return
    if key == "null":
        message = "any website can make a page of this origin, with a sandboxed frame"
        yield finding("null-origin", text, message)
        return
    unusable = unusable_origin(key)
    if unusable is not None:
        yield finding(unusable.id, text, unusable.message, unusable.hint)
        return
    if options.allow_credentials and key.startswith("http://") and not _LOOPBACK.fullmatch(key):
        message = "whoever can change what the network carries reads with the user's cookies"
        hint = repr(key.replace("http://", "https://"))
        yield finding("insecure-origin-with-credentials", text, message, hint)
    if "://*." in key:
        yield from _suffix_findings(key, text)


def _suffix_findings(key: str, text: str) -> Iterator[Finding]:
    domain = key.split("://*.")[1].split(":")[0]
    public, certain = is_public_suffix(domain)
    if not public:
        return
    message = f"anybody can register a name under {domain!r}"
    if not certain:
        message += "; install aiohttp-cors[strict] to have all public suffixes checked"
    yield finding("wildcard-public-suffix", text, message)


def _option_findings(options: ResourceOptions) -> Iterator[Finding]:
    for option in ("allow_headers", "expose_headers", "allow_methods"):
        for name in sorted(getattr(options, option) or ()):
            if not is_token(name):
                message = "this is no token, so no request or response has it (RFC 9110 §5.6.2)"
                yield _option(f"{_THING[option]}-no-token", option, name, message)
    for name in sorted(options.allow_headers):
        if is_forbidden_request_header(name):
            message = "no script can set this header: browsers set it themselves"
            yield _option("request-header-forbidden", "allow_headers", name, message)
    for name in sorted(options.expose_headers):
        if name.lower() in FORBIDDEN_RESPONSE_HEADERS:
            message = "no script can read this header"
            yield _option("response-header-forbidden", "expose_headers", name, message)
        elif name.lower() in SAFELISTED_RESPONSE_HEADERS:
            message = "scripts can read this header anyway, so exposing it does nothing"
            yield _option("response-header-safelisted", "expose_headers", name, message)
    for name in sorted(options.allow_methods or ()):
        if name in FORBIDDEN_METHODS:
            message = "no script can use this method"
            yield _option("method-forbidden", "allow_methods", name, message)
    if options.max_age is not None and options.max_age > _LONGEST_MAX_AGE:
        message = "no browser keeps the answer to a preflight for longer than a day"
        hint = f"max_age={_LONGEST_MAX_AGE}"
        yield finding("max-age-capped", f"max_age={options.max_age}", message, hint)


_THING = {"allow_headers": "header", "expose_headers": "header", "allow_methods": "method"}


def _option(id: str, option: str, name: str, message: str) -> Finding:
    return finding(id, f"{option}: {name!r}", message)
