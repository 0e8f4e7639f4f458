"""New Relic, which wraps handlers as they become routes, and `Application._handle`."""

from __future__ import annotations

import os
from typing import Any

# It reads its environment when it is imported; developer mode sends nothing.
os.environ.update(
    NEW_RELIC_DEVELOPER_MODE="true",
    NEW_RELIC_LICENSE_KEY="0" * 40,
    NEW_RELIC_APP_NAME="shop",
    NEW_RELIC_LOG_LEVEL="error",
)

import newrelic.agent
from newrelic.core.stats_engine import StatsEngine
from scenario import Agent, Report, run

#: It would look in these whether it runs there, with requests to their own addresses.
CLOUDS = ("aws", "azure", "azurefunction", "azureappservice", "gcp", "pcf")


class NewRelic(Agent):
    def start(self) -> None:
        newrelic.agent.initialize()
        settings = newrelic.agent.global_settings()
        for cloud in CLOUDS:
            setattr(settings.utilization, f"detect_{cloud}", False)
        kept, record = self.kept, StatsEngine.record_transaction

        def record_transaction(engine: StatsEngine, transaction: Any) -> None:
            kept.append(transaction)
            record(engine, transaction)

        StatsEngine.record_transaction = record_transaction
        newrelic.agent.register_application(timeout=60)

    def report(self, kept: Any) -> Report:
        attributes = {attribute.name: attribute.value for attribute in kept.agent_attributes}
        return {
            "name": kept.path,
            "status": attributes["http.statusCode"],
            "errors": [error.type for error in kept.errors],
        }


if __name__ == "__main__":
    run(NewRelic)
