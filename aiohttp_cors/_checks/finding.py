"""Finding: one thing in the configuration that cannot work, or is unsafe.

What looks for findings is in another module, which is imported only when there is a configuration
to check.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, NamedTuple

#: The most severe first: can never work, is unsafe, is worth a look.
SEVERITIES = ("error", "danger", "notice")

#: Where the documentation is. It has an anchor and an example for each id.
DOCS = "https://github.com/aio-libs/aiohttp-cors/blob/main/docs"

#: The severity of findings by id: these are all the ids.
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

_logger = logging.getLogger("aiohttp_cors")


class Finding(NamedTuple):
    """One thing in the configuration that cannot work, or is unsafe."""

    #: Stable, documented: ``"origin-path"``.
    id: str
    #: ``"error"``: can never work; ``"danger"``: unsafe; ``"notice"``: worth a look.
    severity: str
    #: ``"defaults"``, ``"resource /hello"``, ``"route GET /hello"``, ``"view HelloView.post"``…
    where: str
    #: What is written there, as in source code; empty if something is missing.
    value: str
    #: A sentence: what is wrong with it.
    message: str
    #: A sentence: what to write instead.
    hint: str | None = None

    @property
    def url(self) -> str:
        """The documentation of findings with this id."""
        return f"{DOCS}/reference/findings.rst#{self.id}"

    def __str__(self) -> str:
        place = ": ".join(filter(None, (self.where, self.value, self.message)))
        return " ".join(filter(None, (place, self.hint, f"[{self.id}]")))


class CorsConfigError(ValueError):
    """What ``strict=True`` raises: all findings of one call."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        #: The findings, in the order of the configuration.
        self.findings = tuple(findings)
        count = "1 finding" if len(self.findings) == 1 else f"{len(self.findings)} findings"
        lines = "".join(f"\n  {each.severity}: {each}" for each in self.findings)
        super().__init__(f"the CORS configuration has {count}:{lines}")

    def __reduce__(self) -> tuple[Any, ...]:
        return CorsConfigError, (self.findings,)


def finding(id: str, value: str, message: str, hint: str, where: str = "") -> Finding:
    """Make a finding with the severity of its id."""
    return Finding(id, SEVERITY_OF[id], where, value, message, hint)


def log_finding(found: Finding) -> None:
    """Log a finding as a warning; logging filters find it as ``record.finding``."""
    _logger.warning("aiohttp_cors: CORS config: %s %s", found, found.url, extra={"finding": found})


class Reporter:
    """Reports the findings in one configuration: raises them, or logs each of them once."""

    def __init__(self) -> None:
        self._logged: set[tuple[str, str, str]] = set()

    @staticmethod
    def raise_if_strict(findings: list[Finding], strict: bool) -> None:
        """Raise `CorsConfigError` if there are findings and ``strict`` is set."""
        if strict and findings:
            raise CorsConfigError(findings)

    def log(self, findings: Iterable[Finding]) -> None:
        """Log findings that were not logged before, even if many routes have the same config."""
        for each in findings:
            what = (each.id, each.value, each.message)
            if what not in self._logged:
                self._logged.add(what)
                log_finding(each)
