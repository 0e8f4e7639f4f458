"""An access logger that reads everything that a request says of its applications and its route."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from shop import CITY, NAME

logger = logging.getLogger("access")
logger.setLevel(logging.INFO)


class AccessLogger(AbstractAccessLogger):
    entries: ClassVar[list[dict[str, Any]]] = []

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        entry: dict[str, Any] = {"request": f"{request.method} {request.path} {response.status}"}
        self.entries.append(entry)
        try:
            entry.update(what_is_known(request))
        except Exception as error:
            # Raised, it would close the connection, and hide what comes next.
            entry["error"] = repr(error)


def what_is_known(request: Any) -> dict[str, Any]:
    match = request.match_info
    resource = match.route.resource
    return {
        "config_dict": [request.config_dict[NAME], request.config_dict[CITY]],
        "app": request.app[NAME],
        "apps": [app[NAME] for app in match.apps],
        "match_info": dict(match),
        "resource": None if resource is None else resource.canonical,
    }
