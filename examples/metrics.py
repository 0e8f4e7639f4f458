r"""Count allowed and refused requests with Prometheus.

Start it with ``python -m examples.metrics``, after ``pip install prometheus-client``. Send one
request as a page that is listed, and one as a page that is not::

    $ curl -i -H 'Origin: https://app.example.com' http://127.0.0.1:8080/users/ann
    HTTP/1.1 200 OK
    Access-Control-Allow-Origin: https://app.example.com
    Vary: Origin

    hello
    $ curl -i -H 'Origin: https://other.example.com' http://127.0.0.1:8080/users/ann
    HTTP/1.1 200 OK
    Vary: Origin

    hello

Then ``curl http://127.0.0.1:8080/metrics`` shows a line for each of them. No label contains text
that a client chose: method and path are those of the route, and the reasons are a closed list.
"""

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, generate_latest

import aiohttp_cors
from aiohttp_cors import Decision, ResourceOptions

REGISTRY = web.AppKey("registry", CollectorRegistry)


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def metrics(request: web.Request) -> web.Response:
    return web.Response(body=generate_latest(request.app[REGISTRY]))


def make_app() -> web.Application:
    app = web.Application()
    app[REGISTRY] = registry = CollectorRegistry()
    labels = ("kind", "reason", "method", "path")
    decisions = Counter("cors_decisions", "CORS decisions", labels, registry=registry)

    def count(decision: Decision) -> None:
        reason = "granted" if decision.reason is None else decision.reason.name
        decisions.labels(decision.kind, reason, decision.method, decision.path or "").inc()

    defaults = {"https://app.example.com": ResourceOptions()}
    cors = aiohttp_cors.setup(app, defaults=defaults, on_decision=count)
    cors.add(app.router.add_get("/users/{name}", hello))
    app.router.add_get("/metrics", metrics)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host="127.0.0.1", port=8080)
