"""Elastic APM, which is a middleware."""

from __future__ import annotations

from typing import Any

import elasticapm
from elasticapm.contrib.aiohttp import ElasticAPM
from scenario import Agent, Report, run


class Elastic(Agent):
    def start(self) -> None:
        self.client = elasticapm.Client(
            service_name="shop",
            disable_send=True,
            skip_server_info=True,
            central_config=False,
            cloud_provider="none",
            metrics_interval="0s",
        )
        self.client.tracer.queue_func = self.keep

    def keep(self, kind: str, data: dict[str, Any], flush: bool = False) -> None:
        self.kept.append((kind, data))

    def instrument(self, app: Any) -> None:
        ElasticAPM(app, client=self.client)

    def report(self, kept: tuple[str, dict[str, Any]]) -> Report:
        kind, data = kept
        return {
            "kind": kind,
            "name": data["name"],
            "result": data["result"],
            "outcome": data["outcome"],
            "status": data["context"]["response"]["status_code"],
            "method": data["context"]["request"]["method"],
        }


if __name__ == "__main__":
    run(Elastic)
