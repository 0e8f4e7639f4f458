"""Explanation: what happens to one request of a page, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Union

from .._core.options import ResourceOptions, options_dict
from .._core.origins import OriginKey, origin_text
from .._core.verdict import Reason

#: Names of headers, or names with values.
Headers = Union[Mapping[str, str], Iterable[Union[str, tuple[str, str]]]]


_DEFAULTS = options_dict(ResourceOptions())


def written(options: ResourceOptions, names: Iterable[str] = ()) -> str:
    """Write the options that do not have their default value, in Python.

    Names of request headers, which options have in upper case, are written as in ``names``, or else
    capitalized.
    """
    values = options_dict(options)
    if values["allow_headers"] != "*":
        values["allow_headers"] = [header_name(each, names) for each in values["allow_headers"]]
    return ", ".join(
        f"{name}={value!r}" for name, value in values.items() if value != _DEFAULTS[name]
    )


def header_name(upper: str, names: Iterable[str] = ()) -> str:
    """Write a header name as in ``names``, or else capitalized."""
    return next((each for each in names if each.upper() == upper), upper.title())


class Exchange(NamedTuple):
    """The part of a response that is about CORS."""

    #: None: the status that the application chooses.
    status: int | None
    #: The headers that the library sets.
    headers: dict[str, str]


class Explanation(NamedTuple):
    """What happens to one request of a page, and why: see `CorsConfig.explain`.

    ``str()`` returns it as text, and `as_dict` for programs.
    """

    method: str
    path: str
    origin: str
    credentials: bool
    #: The page can read the response.
    granted: bool
    #: Why it is refused; None if it is granted.
    reason: Reason | None
    #: The reason in whole sentences: which configuration decides, and what it says.
    why: str
    #: What to write so that it is granted, with the exact line; None if it is granted.
    hint: str | None
    #: The method and canonical path of the route; None if there is no route.
    route: str | None
    #: Where the origin that decided was written: ``"defaults"``, ``"route GET /hello"``…
    where: str | None
    #: The origin, wildcard, expression or function that decided, or ``"*"``.
    key: OriginKey | None
    #: The options of that origin.
    options: ResourceOptions | None
    #: The response to the preflight; None if browsers send none.
    preflight: Exchange | None
    #: The response to the request itself; None if its preflight is refused, so it is never sent.
    response: Exchange | None
    #: Sentences: what was assumed about the request.
    assumed: tuple[str, ...] = ()
    #: Sentences: what may surprise you although the configuration allows the request.
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        options = None if self.options is None else options_dict(self.options)
        exchanges = {"preflight": self.preflight, "response": self.response}
        return {
            "method": self.method,
            "path": self.path,
            "origin": self.origin,
            "credentials": self.credentials,
            "granted": self.granted,
            "reason": None if self.reason is None else self.reason.name,
            "why": self.why,
            "hint": self.hint,
            "route": self.route,
            "where": self.where,
            "key": None if self.key is None else origin_text(self.key),
            "options": options,
            **{name: each and each._asdict() for name, each in exchanges.items()},
            "assumed": list(self.assumed),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        verdict = "the page can read the response" if self.granted else "blocked"
        sent = f"{self.method} {ascii(self.path)[1:-1]} from {self.origin!a}"
        lines = [f"{sent}{' with credentials' if self.credentials else ''}: {verdict}"]
        lines.append(_row("route", self.route or "none"))
        if self.key is not None and self.options is not None:
            lines.append(_row("origin", f"{origin_text(self.key)} in {self.where}"))
            lines.append(_row("options", written(self.options) or "none"))
        lines.append(_row("why", self.why))
        if self.hint is not None:
            lines.append(_row("to allow it", self.hint))
        lines += _exchange_rows("preflight", self.preflight, "a browser sends none")
        lines += _exchange_rows("response", self.response, "a browser does not send the request")
        lines += _sentences("assumed", self.assumed)
        lines += _sentences("note", self.notes)
        return "\n".join(lines)


def _row(title: str, text: str) -> str:
    return f"  {title:<12}{text}"


def _sentences(title: str, sentences: Iterable[str]) -> list[str]:
    return [_row(title if at == 0 else "", each) for at, each in enumerate(sentences)]


def _exchange_rows(title: str, exchange: Exchange | None, without: str) -> list[str]:
    if exchange is None:
        return [_row(title, without)]
    status = "the application's own status" if exchange.status is None else str(exchange.status)
    if not exchange.headers:
        status += ", no CORS headers"
    return [
        _row(title, status),
        *(_row("", f"{name}: {value}") for name, value in exchange.headers.items()),
    ]
