"""Applications and requests as plain values, and how to read them.

A description says what a user's code does, in the order of its lines. The application under test,
the same one without CORS, and the reference are all made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Union

#: "*" or names.
Names = Union[str, tuple[str, ...]]


class Options(NamedTuple):
    """What an origin is allowed: the fields of ``ResourceOptions``."""

    allow_credentials: bool = False
    expose_headers: Names = ()
    allow_headers: Names = ()
    max_age: int | None = None
    allow_methods: Names | None = None
    allow_timing: bool = False
    allow_private_network: bool = False


class Key(NamedTuple):
    """An origin as it is written in a config."""

    #: "text", "expression" (compiled by the builder) or "function" (a name in FUNCTIONS).
    kind: str
    text: str


class Function(NamedTuple):
    """What a function that is written as an origin does."""

    asynchronous: bool
    #: The origins that it accepts.
    accepts: frozenset[str]
    #: It raises for every other origin.
    raises: bool = False


Config = tuple[tuple[Key, Options], ...]

#: Functions that are written as origins, by their names.
FUNCTIONS = {
    "is_a": Function(False, frozenset({"https://a.example"})),
    "is_a_or_b": Function(True, frozenset({"https://a.example", "https://b.example"})),
    "is_extension": Function(True, frozenset({"chrome-extension://abcdefgh"})),
    "is_b_or_raises": Function(False, frozenset({"https://b.example"}), raises=True),
    "is_a_or_raises": Function(True, frozenset({"https://a.example"}), raises=True),
}


class Response(NamedTuple):
    """How a handler responds."""

    #: "text", "error" (raises an HTTP exception), "redirect", "crash", "stream" or "socket".
    kind: str
    headers: tuple[tuple[str, str], ...] = ()


class Handler(NamedTuple):
    """A coroutine function."""

    name: str
    response: Response


class View(NamedTuple):
    """A class-based view: each method responds with a text."""

    name: str
    is_cors: bool
    #: The name of a method, and what ``custom_cors`` was given for it.
    methods: tuple[tuple[str, Config | None], ...]
    config: Config | None


class AddResource(NamedTuple):
    """``name = app.router.add_resource(path)``."""

    name: str
    path: str


class AddRoute(NamedTuple):
    """``name = app.router.add_route(method, path, handler)``."""

    name: str
    method: str
    path: str
    handler: Handler | View


class AddGet(NamedTuple):
    """``name = app.router.add_get(path, handler)``: a HEAD and a GET route."""

    name: str
    path: str
    handler: Handler


class AddStatic(NamedTuple):
    """``name = app.router.add_static(prefix, folder)``; there is a file ``file.txt``."""

    name: str
    prefix: str


class AddSubapp(NamedTuple):
    """``name = app.add_subapp(prefix, child)``."""

    name: str
    prefix: str
    child: Application


class AddDomain(NamedTuple):
    """``name = app.add_domain(host, child)``."""

    name: str
    host: str
    child: Application


class Allow(NamedTuple):
    """``cors.add(entity, config, inherit=..., enforce=...)``."""

    #: The name of an entity, or of the application.
    entity: str
    config: Config | None = None
    inherit: bool = True
    enforce: bool = False


Step = Union[AddResource, AddRoute, AddGet, AddStatic, AddSubapp, AddDomain, Allow]


class Setup(NamedTuple):
    """``cors = aiohttp_cors.setup(app, ...)``."""

    defaults: Config | None = None
    enforce: bool = False
    existing_headers: str = "replace"


class Application(NamedTuple):
    """An application; without ``setup`` it has no ``cors``."""

    name: str
    setup: Setup | None
    #: It has a middleware.
    middleware: bool
    #: It has a receiver of ``on_response_prepare``: "no", or appended "before" or "after" setup().
    receiver: str
    steps: tuple[Step, ...]


class Request(NamedTuple):
    """What is sent."""

    method: str
    target: str
    #: As they are on the wire, without ``Host`` and ``Connection`` if they are not here.
    headers: tuple[tuple[str, bytes], ...]

    def all(self, name: str) -> list[bytes]:
        """Return the values of all lines of this name."""
        return [value for each, value in self.headers if each.lower() == name.lower()]


# Reading them


def _value(config: Config | None) -> str:
    if config is None:
        return "None"
    entries = []
    for key, options in config:
        written = {"expression": "re.compile({!r})", "function": "{}"}.get(key.kind, "{!r}")
        given = [
            f"{name}={value!r}"
            for name, value in options._asdict().items()
            if value != Options._field_defaults[name]
        ]
        entries.append(f"{written.format(key.text)}: Options({', '.join(given)})")
    return "{" + ", ".join(entries) + "}"


def _handler(handler: Handler | View) -> str:
    if isinstance(handler, Handler):
        headers = f" {dict(handler.response.headers)}" if handler.response.headers else ""
        return f"{handler.name}<{handler.response.kind}{headers}>"
    methods = [
        name if config is None else f"@custom_cors({_value(config)}) {name}"
        for name, config in handler.methods
    ]
    bases = "View, CorsViewMixin" if handler.is_cors else "View"
    return f"{handler.name}({bases}; cors_config={_value(handler.config)}; {'; '.join(methods)})"


def _lines(app: Application) -> Iterator[str]:
    name, cors = app.name, f"cors_{app.name}"
    notes = [] if app.receiver == "no" else [f"a receiver {app.receiver} setup"]
    notes += ["a middleware"] if app.middleware else []
    yield f"{name} = Application()" + (f"  # with {' and '.join(notes)}" if notes else "")
    if app.setup is not None:
        yield (
            f"{cors} = setup({name}"
            + "".join(
                f", {field}={_value(value) if field == 'defaults' else repr(value)}"
                for field, value in app.setup._asdict().items()
                if value != Setup._field_defaults[field]
            )
            + ")"
        )
    for step in app.steps:
        if isinstance(step, Allow):
            rest = f", {_value(step.config)}" if step.config is not None else ""
            rest += "" if step.inherit else ", inherit=False"
            rest += ", enforce=True" if step.enforce else ""
            yield f"{cors}.add({step.entity}{rest})"
        elif isinstance(step, (AddSubapp, AddDomain)):
            yield from _lines(step.child)
            method = "add_subapp" if isinstance(step, AddSubapp) else "add_domain"
            yield f"{step.name} = {name}.{method}({step[1]!r}, {step.child.name})"
        elif isinstance(step, AddRoute):
            yield (
                f"{step.name} = {name}.router.add_route("
                f"{step.method!r}, {step.path!r}, {_handler(step.handler)})"
            )
        elif isinstance(step, AddGet):
            yield f"{step.name} = {name}.router.add_get({step.path!r}, {_handler(step.handler)})"
        elif isinstance(step, AddStatic):
            yield f"{step.name} = {name}.router.add_static({step.prefix!r}, folder)"
        else:
            yield f"{step.name} = {name}.router.add_resource({step.path!r})"


def describe(app: Application, request: Request | None = None) -> str:
    """Return an application, and what it was sent, in lines that read like code."""
    lines = list(_lines(app))
    if request is not None:
        lines.append(f"{request.method} {request.target}")
        lines += [f"    {name}: {value.decode('latin-1')!r}" for name, value in request.headers]
    return "\n".join(f"  {line}" for line in lines)
