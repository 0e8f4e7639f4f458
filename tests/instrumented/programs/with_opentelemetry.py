"""OpenTelemetry, which replaces `web.Application` by a class that has a middleware."""

from __future__ import annotations

from opentelemetry.instrumentation.aiohttp_server import AioHttpServerInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scenario import Agent, Report, run


class OpenTelemetry(Agent):
    def __init__(self) -> None:
        super().__init__()
        self.exporter = InMemorySpanExporter()

    def start(self) -> None:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        AioHttpServerInstrumentor().instrument(tracer_provider=provider)

    def report(self, kept: ReadableSpan) -> Report:
        attributes = kept.attributes or {}
        return {
            "name": kept.name,
            "route": attributes["http.route"],
            "status": attributes["http.status_code"],
            "outcome": kept.status.status_code.name,
        }

    def take(self) -> list[Report]:
        self.kept += self.exporter.get_finished_spans()
        self.exporter.clear()
        return super().take()


if __name__ == "__main__":
    run(OpenTelemetry)
