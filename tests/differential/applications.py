"""aiohttp applications, made from their descriptions: with this package, or without CORS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable

from aiohttp import web

import aiohttp_cors
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors

from .built import Built, preflights
from .descriptions import (
    FUNCTIONS,
    AddDomain,
    AddGet,
    AddResource,
    AddRoute,
    AddStatic,
    AddSubapp,
    Allow,
    Application,
    Config,
    Handler,
    Key,
    Response,
    Step,
    View,
)

TEXT = "a text of some length"


def without_cors(description: Application, folder: Path) -> Built:
    """Build the application as it would be without CORS.

    Where the package registers an OPTIONS route there is a route all the same, of ``preflights``,
    so that a request leads to the same place in both.
    """
    return Builder(folder, cors=False).build(description)


def with_cors(description: Application, folder: Path) -> Built:
    """Build the application with the package under test."""
    return Builder(folder, cors=True).build(description)


def _register_options(resource: Any) -> None:
    methods = {route.method for route in resource}
    if methods & {"OPTIONS", "*"}:
        return
    if hasattr(resource, "set_options_route"):
        resource.set_options_route(preflights)
    else:
        resource.add_route("OPTIONS", preflights)


class Builder:
    """Does what a description says, one line after the other."""

    def __init__(self, folder: Path, *, cors: bool, freezes: bool = True) -> None:
        self.folder = folder
        self.cors = cors
        #: The router of the application freezes, as all do where nobody keeps it from that.
        self.freezes = freezes
        self.entities: dict[str, Any] = {}
        self.ran: list[str] = []
        self.handlers: dict[str, Any] = {}

    def build(self, description: Application) -> Built:
        """Build an application with everything inside it."""
        ran, name = self.ran, description.name

        @web.middleware
        async def middleware(request: web.Request, handler: Any) -> Any:
            ran.append(f"middleware of {name}")
            return await handler(request)

        async def receiver(request: web.Request, response: web.StreamResponse) -> None:
            response.headers["X-Receiver"] = "1"
            response.headers.setdefault("Vary", "Accept-Language")

        app = web.Application(middlewares=[middleware] if description.middleware else [])
        if not self.freezes:
            app.router.freeze = lambda: None  # type: ignore[method-assign]
        self.entities[name] = app
        if description.receiver == "before":
            app.on_response_prepare.append(receiver)
        setup, cors = description.setup, None
        if setup is not None and self.cors:
            cors = aiohttp_cors.setup(
                app,
                defaults=None if setup.defaults is None else config_of(setup.defaults),
                enforce=setup.enforce,
                existing_headers=setup.existing_headers,
            )
        if description.receiver == "after":
            app.on_response_prepare.append(receiver)
        for step in description.steps:
            self.step(app, cors, step)
        return Built(app, self.entities, self.ran)

    def step(self, app: web.Application, cors: Any, step: Step) -> None:
        """Do one thing; ``cors`` is the application's, or None."""
        if isinstance(step, Allow):
            entity = self.entities[step.entity]
            if cors is not None:
                config = None if step.config is None else config_of(step.config)
                cors.add(entity, config, inherit=step.inherit, enforce=step.enforce)
            elif entity is not app:
                if isinstance(entity, web.AbstractRoute):
                    resources = [entity.resource]
                elif isinstance(entity, web.Resource):
                    resources = [entity]
                else:
                    # Static files, or what a sub-application has.
                    resources = [route.resource for route in entity]
                for resource in dict.fromkeys(resources):
                    _register_options(resource)
        elif isinstance(step, AddResource):
            self.entities[step.name] = app.router.add_resource(step.path)
        elif isinstance(step, AddRoute):
            self.entities[step.name] = app.router.add_route(
                step.method, step.path, self.handler(step.handler)
            )
        elif isinstance(step, AddGet):
            self.entities[step.name] = app.router.add_get(step.path, self.handler(step.handler))
        elif isinstance(step, AddStatic):
            self.entities[step.name] = app.router.add_static(step.prefix, self.folder)
        elif isinstance(step, AddSubapp):
            self.entities[step.name] = app.add_subapp(step.prefix, self.build(step.child).app)
        else:
            assert isinstance(step, AddDomain)
            self.entities[step.name] = app.add_domain(step.host, self.build(step.child).app)

    def handler(self, description: Any) -> Any:
        if description.name not in self.handlers:
            make = self.function if isinstance(description, Handler) else self.view
            self.handlers[description.name] = make(description)
        return self.handlers[description.name]

    def function(self, description: Handler) -> Any:
        async def handler(request: web.Request) -> web.StreamResponse:
            self.ran.append(description.name)
            return await _respond(request, description.response)

        return handler

    def view(self, description: View) -> Any:
        def method_of(verb: str, config: Config | None) -> Any:
            async def method(view: web.View) -> web.Response:
                self.ran.append(f"{description.name}.{verb}")
                return web.Response(text=TEXT)

            method.__name__ = verb
            return (
                method
                if config is None or not self.cors
                else custom_cors(config_of(config))(method)
            )

        body = {verb: method_of(verb, config) for verb, config in description.methods}
        if description.is_cors and self.cors:
            if description.config is not None:
                body["cors_config"] = config_of(description.config)
            return type(description.name, (web.View, CorsViewMixin), body)
        if description.is_cors:
            body.setdefault("options", lambda view: preflights(view.request))
        return type(description.name, (web.View,), body)


async def _respond(request: web.Request, description: Response) -> web.StreamResponse:
    headers = dict(description.headers)
    if description.kind == "error":
        raise web.HTTPConflict(text=TEXT, headers=headers)
    if description.kind == "redirect":
        raise web.HTTPFound("/elsewhere")
    if description.kind == "crash":
        raise KeyError("a fault of the handler")
    if description.kind == "stream":
        stream = web.StreamResponse(headers=headers)
        await stream.prepare(request)
        if request.method != "HEAD":  # aiohttp would send it all the same
            await stream.write(TEXT.encode())
        await stream.write_eof()
        return stream
    if description.kind == "socket" and "Upgrade" in request.headers:
        socket = web.WebSocketResponse(timeout=0.01)
        await socket.prepare(request)
        await socket.close()
        return socket
    return web.Response(text=TEXT, headers=headers)


# Configs


def config_of(config: Config) -> dict[Any, ResourceOptions]:
    """Return a config as a user of the package writes it."""
    return {key_of(key): ResourceOptions(**options._asdict()) for key, options in config}


def key_of(key: Key) -> Any:
    """Return an origin as a user of the package writes it."""
    if key.kind == "text":
        return key.text
    return re.compile(key.text) if key.kind == "expression" else _FUNCTIONS[key.text]


def _function(name: str) -> Callable[[str, web.Request], Any]:
    function = FUNCTIONS[name]

    def accepts(origin: str, request: web.Request) -> bool:
        if origin in function.accepts:
            return True
        if function.raises:
            raise LookupError(origin)
        return False

    async def accepts_later(origin: str, request: web.Request) -> bool:
        return accepts(origin, request)

    return accepts_later if function.asynchronous else accepts


_FUNCTIONS = {name: _function(name) for name in FUNCTIONS}
