"""What tests of this folder share."""

from __future__ import annotations

import pytest
from aiohttp import http_parser, http_writer, web_protocol


@pytest.fixture(params=["C", "Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Serve with one of aiohttp's two parsers, and the writer that goes with it."""
    if request.param == "Python":
        serialize = http_writer._py_serialize_headers
        monkeypatch.setattr(web_protocol, "HttpRequestParser", http_parser.HttpRequestParserPy)
        monkeypatch.setattr(http_writer, "_serialize_headers", serialize)
    elif not hasattr(http_parser, "HttpRequestParserC"):
        pytest.skip("aiohttp runs without its extensions")
    return str(request.param)
