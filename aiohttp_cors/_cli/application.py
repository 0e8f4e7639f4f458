"""Loading the application that a command is about."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import Any

from aiohttp import web

from .._routing.routes import inner_application
from .._routing.views import APP_CONFIG_KEY
from ..cors_config import CorsConfig
from .output import described

#: The parts of ``name:value``.
Pair = tuple[str, str]


class CommandError(Exception):
    """A command cannot run; the message is one line that says what to do."""


def find(text: str) -> Any:
    """Import the object that ``package.module:name`` names; raises `CommandError`.

    Call it outside of an event loop, because a module may run its own when it is imported.
    """
    name, separator, path = text.partition(":")
    if not separator or not name or not path:
        raise CommandError(f"APP must be package.module:name, got {text!r}")
    found = _module(name)
    for attribute in path.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise CommandError(
                f"{name!r} has no {path!r}; name the application, or a function that makes it"
            ) from None
        except BaseException as error:
            raise CommandError(f"{text!r} can't be read: {described(error)}") from None
    return found


def _module(name: str) -> Any:
    # As with "python -m", modules in the current directory can be imported.
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # The missing module may be one that this module imports.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise CommandError(f"{name!r} can't be imported: {error}") from None
        raise CommandError(
            f"there is no module {name!r}; run the command where it can be imported"
        ) from None
    except BaseException as error:
        # A module may raise anything, for example SystemExit if it is a script.
        raise CommandError(f"{name!r} can't be imported: {described(error)}") from None


async def load(found: Any, text: str) -> web.Application:
    """Return the application that `find` returned, or that it makes; raises `CommandError`.

    A factory may be a coroutine function, and may take one argument: a list of command-line
    arguments, empty here, as for ``python -m aiohttp.web``.
    """
    try:
        made = found
        if callable(found) and not _is_application(found):
            made = _made_by(found)
            if inspect.isawaitable(made):
                made = await made
        is_application = _is_application(made)
    except BaseException as error:
        raise CommandError(f"{text!r} failed to make an application: {described(error)}") from None
    if not is_application:
        raise CommandError(f"{text!r} is not an aiohttp application but {described(made)}")
    application: web.Application = made
    return application


def _is_application(found: Any) -> bool:
    # Instrumentation may have replaced `web.Application` after the application was made.
    return isinstance(found, web.Application) or any(
        (each.__module__, each.__qualname__) == ("aiohttp.web_app", "Application")
        for each in type(found).__mro__
    )


def _made_by(factory: Any) -> Any:
    parameters = inspect.signature(factory).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    takes_one = any(each.default is each.empty and each.kind in positional for each in parameters)
    return factory([]) if takes_one else factory()


def cors_of(app: web.Application, text: str) -> CorsConfig:
    """Return the `CorsConfig` of an application; raises `CommandError` if it has none."""
    cors: CorsConfig | None = app.get(APP_CONFIG_KEY)
    if cors is None:
        raise CommandError(f"{text!r} has no CORS; call aiohttp_cors.setup(app) in it")
    return cors


def all_cors(app: web.Application, text: str) -> list[CorsConfig]:
    """Return the `CorsConfig`s of an application and of those inside it, the outermost first.

    Raises `CommandError` if there is none at all.
    """
    found = [each[APP_CONFIG_KEY] for each in _applications(app) if APP_CONFIG_KEY in each]
    return found or [cors_of(app, text)]


def _applications(app: web.Application) -> list[web.Application]:
    inner = filter(None, map(inner_application, app.router.resources()))
    return [app, *(each for application in inner for each in _applications(application))]


def header_pairs(headers: list[str]) -> list[Pair]:
    """Read ``NAME`` and ``NAME:VALUE`` arguments."""
    pairs = [header.partition(":") for header in headers]
    return [(name.strip(), value.strip()) for name, _, value in pairs]
