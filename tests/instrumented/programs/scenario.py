"""Serves an application beside an agent, and prints what the agent says of each request, as JSON.

A program for each agent is beside this one. Agents change classes of aiohttp for good, and some of
them before aiohttp is imported, so nothing of it is imported here until it is its turn.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

Report = dict[str, Any]


class Agent:
    """Keeps what an agent reports, as it is: many agents swallow the errors of their callbacks."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def start(self) -> None:
        """Start the agent, for the whole process."""
        raise NotImplementedError

    def instrument(self, app: Any) -> None:
        """Have the agent watch this application, where that is how it works."""

    def report(self, kept: Any) -> Report:
        """Return what the agent says of one request: names, the status, the route."""
        raise NotImplementedError

    def take(self) -> list[Report]:
        """Return what has been reported since the last time."""
        taken = [self.report(kept) for kept in self.kept]
        self.kept.clear()
        return taken


class Scenario:
    """One line of JSON on the standard input says what happens, and in which order."""

    def __init__(self, agent: Agent, wanted: dict[str, Any]) -> None:
        self.agent = agent
        self.library: str = wanted["library"]
        self.setup_options: dict[str, Any] = wanted["setup"]
        self.requests: dict[str, Any] = wanted["requests"]
        self.order: list[str] = wanted["order"]
        self.shop: Any = None

    def prepare(self) -> None:
        for step in self.order:
            getattr(self, step)()

    def start_agent(self) -> None:
        self.agent.start()
        if self.shop is not None:
            self.agent.instrument(self.shop.app)

    def start_agent_on_startup(self) -> None:
        async def start(app: Any) -> None:
            self.agent.start()

        self.shop.app.on_startup.append(start)

    def make_application(self) -> None:
        from shop import Shop

        self.shop = Shop()

    def set_up(self) -> None:
        if self.library == "none":
            self.shop.add_routes()
        else:
            self.shop.add_routes_with_cors(**self.setup_options)

    async def serve(self) -> dict[str, Any]:
        from access_log import AccessLogger, logger
        from aiohttp import ClientSession, web

        runner = web.AppRunner(
            self.shop.app, access_log=logger, access_log_class=AccessLogger, handle_signals=False
        )
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        before, rows = self.agent.take(), {}
        async with ClientSession(f"http://{host}:{port}") as session:
            for description, (method, path, headers) in self.requests.items():
                async with session.request(method, path, headers=headers) as response:
                    await response.read()
                rows[description] = {
                    "status": response.status,
                    "headers": cors_headers(response.headers),
                    "reports": self.agent.take(),
                }
        await runner.cleanup()
        with_library = self.library != "none"
        return {
            "library": version(),
            "requests": rows,
            "log": AccessLogger.entries,
            "others": before + self.agent.take(),
            "preflight handlers": self.shop.preflight_handlers() if with_library else [],
        }


def cors_headers(headers: Any) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if name == "Vary" or name.startswith("Access-Control-")
    }


def version() -> str | None:
    """Return which version of the library has been used, if any was."""
    library = sys.modules.get("aiohttp_cors")
    return None if library is None else library.__version__


def run(make_agent: Callable[..., Agent]) -> None:
    wanted = json.loads(sys.stdin.readline())
    scenario = Scenario(make_agent(**wanted["agent"]), wanted)
    scenario.prepare()
    print(json.dumps(asyncio.run(scenario.serve())))
