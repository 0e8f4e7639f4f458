"""No verdict depends on what happened before: neither on what was requested nor on what came later.

An application that keeps its router from freezing gets routes, policies and requests in any order;
after each of them it responds as one does that has just been made with all of it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import aiohttp_cors

from .applications import Builder, config_of
from .descriptions import (
    AddResource,
    AddRoute,
    Allow,
    Application,
    Config,
    Handler,
    Key,
    Options,
    Request,
    Response,
    Setup,
    Step,
    View,
    describe,
)
from .wire import Connection, Reply

WHOLE = "ENDURANCE" in os.environ

A, B, ANY = (Key("text", text) for text in ("https://a.example", "https://b.example", "*"))
CONFIGS: list[Config] = [
    (),
    ((A, Options()),),
    ((A, Options(allow_credentials=True, max_age=600)),),
    ((A, Options(allow_methods="*")), (B, Options())),
    ((B, Options(allow_methods=("PUT",), allow_headers="*")),),
    ((ANY, Options()),),
    ((ANY, Options(allow_methods=("GET", "DELETE"))),),
    ((Key("function", "is_a"), Options(allow_methods="*")), (ANY, Options(max_age=0))),
]
PATHS = ["/a", "/b", "/{x}", "/{x:[a-z]}"]
METHODS = ["GET", "GET", "PUT", "DELETE", "OPTIONS", "*"]
TARGETS = ["/a", "/b", "/cd", "/nope/nope"]
PROBES = [
    Request(*what, (("Origin", origin.encode()), *headers))
    for target in TARGETS
    for what, headers in [
        (("GET", target), ()),
        (("DELETE", target), ()),
        (("OPTIONS", target), (("Access-Control-Request-Method", b"GET"),)),
        (("OPTIONS", target), (("Access-Control-Request-Method", b"PUT"),)),
    ]
    for origin in ("https://a.example", "https://b.example")
]
HANDLER = Response("text")

configs = st.sampled_from(CONFIGS)


class History(RuleBasedStateMachine):
    """An application that changes while it serves."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.gettempdir())
        self.defaults: Config | None = None
        self.steps: list[Step] = []
        self.enforce = False
        self.count = 0
        self.server: TestServer | None = None

    @initialize(defaults=st.none() | configs, enforce=st.booleans())
    def starts(self, defaults: Config | None, enforce: bool) -> None:
        self.defaults, self.enforce = defaults, enforce
        self.builder = Builder(self.folder, cors=True, freezes=False)
        self.app = self.builder.build(self.description()).app
        self.cors = self.app[aiohttp_cors.APP_CONFIG_KEY]
        self.server = TestServer(self.app, host="127.0.0.1")
        self.loop.run_until_complete(self.server.start_server())
        assert self.server.port is not None
        self.connection = Connection(self.server.port)

    @rule(
        method=st.sampled_from(METHODS),
        path=st.sampled_from(PATHS),
        view=st.booleans(),
        allows=st.booleans(),
        config=st.none() | configs,
    )
    def adds_a_route(
        self, method: str, path: str, view: bool, allows: bool, config: Config | None
    ) -> None:
        name = self.name("route")
        handler: Any = Handler(name, HANDLER)
        if view:
            handler = View(name, True, (("get", None), ("put", CONFIGS[1])), CONFIGS[4])
        if self.does(AddRoute(name, method, path, handler)) and allows:
            self.does(Allow(name, config))

    @rule(path=st.sampled_from(PATHS))
    def adds_a_resource(self, path: str) -> None:
        self.does(AddResource(self.name("resource"), path))

    @rule(data=st.data(), config=st.none() | configs, inherit=st.booleans(), enforce=st.booleans())
    def allows(
        self, data: st.DataObject, config: Config | None, inherit: bool, enforce: bool
    ) -> None:
        names = [step.name for step in self.steps if not isinstance(step, Allow)]
        entity = data.draw(st.sampled_from(["app", *names]))
        self.does(Allow(entity, config, inherit, enforce))

    @rule(config=configs)
    def replaces_the_defaults(self, config: Config) -> None:
        self.defaults = config
        self.cors.defaults = config_of(config)

    @rule(probes=st.lists(st.sampled_from(PROBES), min_size=1, max_size=4))
    def is_sent_requests(self, probes: list[Request]) -> None:
        for probe in probes:
            self.loop.run_until_complete(self.connection.send(probe))

    @invariant()
    def responds_as_a_new_one(self) -> None:
        if self.server is None:
            return
        now, new = self.loop.run_until_complete(self.compared())
        for probe, one, other in zip(PROBES, now, new):
            if verdict(one) != verdict(other):
                note(describe(self.description(), probe))
            assert verdict(one) == verdict(other)

    def teardown(self) -> None:
        if self.server is not None:
            self.connection.close()
            self.loop.run_until_complete(self.server.close())
        self.loop.close()

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def description(self) -> Application:
        """Return everything that was done and not refused."""
        setup = Setup(self.defaults, self.enforce)
        return Application("app", setup, False, "no", tuple(self.steps))

    def does(self, step: Step) -> bool:
        """Do it; where it is refused, as a second handler is, nothing may be left of it."""
        try:
            self.builder.step(self.app, self.cors, step)
        except (ValueError, RuntimeError) as error:
            note(f"refused: {error}")
            if isinstance(step, (AddRoute, AddResource)):
                # aiohttp keeps the resource.
                self.builder.entities.pop(step.name, None)
            return False
        self.steps.append(step)
        return True

    async def compared(self) -> tuple[list[Reply], list[Reply]]:
        """Return the responses to all probes, of this application and of one just made."""
        app = Builder(self.folder, cors=True, freezes=False).build(self.description()).app
        async with TestServer(app, host="127.0.0.1") as server:
            assert server.port is not None
            connection = Connection(server.port)
            # In another order, which may not matter either.
            new = [await connection.send(probe) for probe in reversed(PROBES)]
            connection.close()
        return [await self.connection.send(probe) for probe in PROBES], new[::-1]


def verdict(reply: Reply) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return what two responses must have in common."""
    headers = sorted((name, value) for name, value in reply.headers if name != "Date")
    return reply.status, headers, reply.body


History.TestCase.settings = settings(
    max_examples=300 if WHOLE else 25, stateful_step_count=14, deadline=None
)
TestNoVerdictDependsOnHistory = History.TestCase


async def test_a_view_keeps_its_config_after_another_route_was_requested(tmp_path: Path) -> None:
    # Both are added with nothing of their own, and for one method.
    view = View("view", True, (("get", None),), ((A, Options()),))
    steps = (
        AddRoute("route1", "GET", "/a", Handler("handler", HANDLER)),
        AddRoute("route2", "GET", "/b", view),
        Allow("route1"),
        Allow("route2"),
    )
    setup = Setup(((ANY, Options()),))
    app = Builder(tmp_path, cors=True).build(Application("app", setup, False, "no", steps)).app
    lines = (("Origin", b"https://a.example"),)
    async with TestServer(app, host="127.0.0.1") as server:
        assert server.port is not None
        connection = Connection(server.port)
        replies = [
            await connection.send(Request("GET", target, lines)) for target in ("/a", "/b", "/a")
        ]
        connection.close()

    origins = [reply.first("Access-Control-Allow-Origin") for reply in replies]
    assert origins == ["*", "https://a.example", "*"]
