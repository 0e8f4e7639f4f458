"""Sentry, which replaces `UrlDispatcher.resolve` and `Application._handle` on the classes."""

from __future__ import annotations

import sentry_sdk
from scenario import Agent, Report, run
from sentry_sdk.envelope import Envelope, Item
from sentry_sdk.integrations.aiohttp import AioHttpIntegration
from sentry_sdk.transport import Transport

#: Besides these, it counts sessions.
REPORTED = ("transaction", "event")


class Sentry(Agent):
    def __init__(self, style: str) -> None:
        super().__init__()
        self.style = style

    def start(self) -> None:
        kept = self.kept

        class InMemory(Transport):
            def capture_envelope(self, envelope: Envelope) -> None:
                kept.extend(item for item in envelope.items if item.type in REPORTED)

        sentry_sdk.init(
            dsn="https://key@sentry.invalid/1",
            transport=InMemory,
            traces_sample_rate=1.0,
            integrations=[AioHttpIntegration(transaction_style=self.style)],
        )

    def report(self, kept: Item) -> Report:
        event = kept.payload.json
        if kept.type != "transaction":
            return {"error": event["exception"]["values"][-1]["type"]}
        trace = event["contexts"]["trace"]
        return {
            "name": event["transaction"],
            "source": event["transaction_info"]["source"],
            "status": trace["status"],
            "http_status": trace["data"]["http.response.status_code"],
        }


if __name__ == "__main__":
    run(Sentry)
