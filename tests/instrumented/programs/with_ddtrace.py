"""Datadog, which is a middleware and the last of an application's receivers of its signal."""

from __future__ import annotations

import os
from typing import Any

# Nothing is sent: the filter below drops each trace, and the rest is switched off.
os.environ.update(
    DD_INSTRUMENTATION_TELEMETRY_ENABLED="false",
    DD_REMOTE_CONFIGURATION_ENABLED="false",
    # Nobody listens there.
    DD_TRACE_AGENT_URL="unix:///dev/null",
)

# Registers the options of aiohttp, which the middleware reads.
import ddtrace.contrib.internal.aiohttp.patch  # noqa: F401
from ddtrace.contrib.internal.aiohttp.middlewares import trace_app
from ddtrace.trace import Span, TraceFilter, tracer
from scenario import Agent, Report, run


class Keep(TraceFilter):
    def __init__(self, kept: list[Any]) -> None:
        self.kept = kept

    def process_trace(self, trace: list[Span]) -> None:
        # What it returns would be sent.
        self.kept += trace


class Datadog(Agent):
    def start(self) -> None:
        tracer.configure(trace_processors=[Keep(self.kept)])

    def instrument(self, app: Any) -> None:
        trace_app(app)

    def report(self, kept: Span) -> Report:
        return {
            "name": kept.name,
            "resource": kept.resource,
            "status": kept.get_tag("http.status_code"),
            "route": kept.get_tag("http.route"),
            "method": kept.get_tag("http.method"),
            "error": kept.error,
        }


if __name__ == "__main__":
    run(Datadog)
