"""What the documentation says of other CORS layers is what they do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from docutils import nodes

from tests.doc.conftest import PAGES, read_rst

from .layers import LAYERS, ORIGIN, Headers, Reply, Send

#: What each needs; ours needs nothing.
PACKAGES = {
    "aiohttp-cors": (),
    "aiohttp-middlewares": ("aiohttp_middlewares",),
    "Starlette": ("starlette", "httpx"),
    "flask-cors": ("flask_cors",),
    "django-cors-headers": ("corsheaders",),
}
FROM_PAGE = {"Origin": ORIGIN}
OTHER = {"Origin": "https://other.example.com"}
Make = Callable[[str, bool], Send]


def preflight(send: Send, method: str, origin: Headers = FROM_PAGE) -> Reply:
    return send("OPTIONS", "/hello", {**origin, "Access-Control-Request-Method": method})


def allowed(reply: Reply) -> str | None:
    return reply.headers.get("access-control-allow-origin")


def varies_where_it_depends(make: Make) -> bool:
    send = make(ORIGIN, True)
    replies = [send("GET", "/hello", origin) for origin in ({}, FROM_PAGE, OTHER)]
    return all("origin" in reply.headers.get("vary", "").lower() for reply in replies)


def one_answer_for_all(make: Make) -> bool:
    send = make("*", False)
    replies = [send("GET", "/hello", origin) for origin in ({}, FROM_PAGE, OTHER)]
    return {allowed(reply) for reply in replies} == {"*"} and not any(
        "origin" in reply.headers.get("vary", "").lower() for reply in replies
    )


def refuses_preflights_of_other_methods(make: Make) -> bool:
    return preflight(make(ORIGIN, True), "PUT").status >= 400


def says_why(make: Make) -> bool:
    return "method" in preflight(make(ORIGIN, True), "PUT").text.lower()


def refuses_the_request_too(make: Make) -> bool:
    return allowed(make(ORIGIN, True)("PUT", "/hello", FROM_PAGE)) is None


def answers_other_origins_with_nothing(make: Make) -> bool:
    reply = make(ORIGIN, True)("GET", "/hello", OTHER)
    return not any(name.startswith("access-control-") for name in reply.headers)


def shares_404(make: Make) -> bool:
    reply = make(ORIGIN, True)("GET", "/nowhere", FROM_PAGE)
    return (reply.status, allowed(reply)) == (404, ORIGIN)


def shares_500(make: Make) -> bool:
    reply = make(ORIGIN, True)("GET", "/fails", FROM_PAGE)
    return (reply.status, allowed(reply)) == (500, ORIGIN)


def gives_null_no_credentials(make: Make) -> bool:
    reply = make("*", True)("GET", "/hello", {"Origin": "null"})
    return "access-control-allow-credentials" not in reply.headers


#: In the order of the rows in the documentation.
QUESTIONS = [
    varies_where_it_depends,
    one_answer_for_all,
    answers_other_origins_with_nothing,
    refuses_preflights_of_other_methods,
    says_why,
    refuses_the_request_too,
    shares_404,
    shares_500,
    gives_null_no_credentials,
]


def read_table() -> list[list[str]]:
    (table,) = read_rst(PAGES["docs/compared.rst"]).findall(nodes.table)
    return [[cell.astext() for cell in row.children] for row in table.findall(nodes.row)]


HEAD, *ROWS = read_table()


def test_table_has_a_column_for_each_layer_and_a_row_for_each_question() -> None:
    assert HEAD[1:] == list(LAYERS)
    assert len(ROWS) == len(QUESTIONS)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("row", "question"), [pytest.param(*pair, id=pair[1].__name__) for pair in zip(ROWS, QUESTIONS)]
)
def test_layer_does_what_the_table_says(
    layer: str, row: list[str], question: Callable[[Make], bool]
) -> None:
    for package in PACKAGES[layer]:
        pytest.importorskip(package, reason=f"{layer} is not installed: tox run -e comparison")

    assert row[HEAD.index(layer)] == ("yes" if question(LAYERS[layer]) else "no")
