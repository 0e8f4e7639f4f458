"""Makes an application and a request smaller, as long as they disagree."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from typing import Any, Callable, NamedTuple

from .descriptions import (
    AddDomain,
    AddRoute,
    AddSubapp,
    Allow,
    Application,
    Config,
    Handler,
    Options,
    Request,
    Response,
    Setup,
    Step,
    View,
)


class Case(NamedTuple):
    """An application, and what is sent to it."""

    app: Application
    request: Request


async def shrink(case: Case, disagrees: Callable[[Case], Awaitable[bool]]) -> Case:
    """Return a case from which nothing can be left out."""
    shrunk = True
    while shrunk:
        shrunk = False
        for smaller in smaller_cases(case):
            if await disagrees(smaller):
                case, shrunk = smaller, True
                break
    return case


def smaller_cases(case: Case) -> Iterator[Case]:
    """Yield cases that lack one thing each."""
    for app in _applications(case.app):
        yield case._replace(app=app)
    headers = case.request.headers
    for at in range(len(headers)):
        yield case._replace(request=case.request._replace(headers=headers[:at] + headers[at + 1 :]))


def _applications(app: Application) -> Iterator[Application]:
    for at, step in enumerate(app.steps):
        rest = app.steps[:at] + app.steps[at + 1 :]
        if not isinstance(step, Allow):
            rest = tuple(
                each for each in rest if not isinstance(each, Allow) or each.entity != step.name
            )
        yield app._replace(steps=rest)
    if app.middleware:
        yield app._replace(middleware=False)
    if app.receiver != "no":
        yield app._replace(receiver="no")
    if app.setup is not None:
        for setup in _setups(app.setup):
            yield app._replace(setup=setup)
        if not any(isinstance(step, Allow) for step in app.steps):
            yield app._replace(setup=None)
    for at, step in enumerate(app.steps):
        for smaller in _steps(step):
            yield app._replace(steps=(*app.steps[:at], smaller, *app.steps[at + 1 :]))


def _setups(setup: Setup) -> Iterator[Setup]:
    for name, default in Setup._field_defaults.items():
        if getattr(setup, name) != default:
            yield setup._replace(**{name: default})
    for config in _configs(setup.defaults):
        yield setup._replace(defaults=config)


def _steps(step: Step) -> Iterator[Step]:
    if isinstance(step, (AddSubapp, AddDomain)):
        for child in _applications(step.child):
            yield step._replace(child=child)
    elif isinstance(step, Allow):
        for plainer in (
            Allow(step.entity),
            step._replace(inherit=True),
            step._replace(enforce=False),
        ):
            if plainer != step:
                yield plainer
        for config in _configs(step.config):
            yield step._replace(config=config)
    elif isinstance(step, AddRoute) and isinstance(step.handler, View):
        for view in _views(step.handler):
            yield step._replace(handler=view)
    else:
        handler = getattr(step, "handler", None)
        if isinstance(handler, Handler) and handler.response != Response("text"):
            yield step._replace(handler=handler._replace(response=Response("text")))  # type: ignore[call-arg]


def _views(view: View) -> Iterator[View]:
    for at, (verb, config) in enumerate(view.methods):
        before, after = view.methods[:at], view.methods[at + 1 :]
        yield view._replace(methods=before + after)
        if config is not None:
            yield view._replace(methods=(*before, (verb, None), *after))
        for smaller in _configs(config):
            yield view._replace(methods=(*before, (verb, smaller), *after))
    if view.config is not None:
        yield view._replace(config=None)
    for smaller in _configs(view.config):
        yield view._replace(config=smaller)


def _configs(config: Config | None) -> Iterator[Config]:
    for at, (key, options) in enumerate(config or ()):
        before, after = (config or ())[:at], (config or ())[at + 1 :]
        yield before + after
        for name, default in Options._field_defaults.items():
            if getattr(options, name) != default:
                changed: dict[str, Any] = {name: default}
                yield (*before, (key, options._replace(**changed)), *after)
