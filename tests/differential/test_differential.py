"""Random applications respond to random requests as the reference says, byte for byte.

A failure prints its seed and a description from which nothing can be left out.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import http_parser, web_protocol

from .applications import without_cors
from .comparison import serving
from .descriptions import Allow, Application, Request, describe
from .generator import Generator
from .reference import Actual, Early
from .shrinking import Case, shrink

WHOLE = "ENDURANCE" in os.environ
SEED = os.environ.get("ENDURANCE_SEED", "7")
#: Applications in one test, and requests to one application.
BLOCK, REQUESTS = 50, 15
BLOCKS = (2_000 if WHOLE else 200) // BLOCK


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return what static resources serve."""
    (tmp_path / "file.txt").write_text("the text of a file")
    return tmp_path


@pytest.mark.parametrize("block", range(BLOCKS))
async def test_a_random_application_responds_as_the_reference_says(
    block: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if block % 4 == 3:
        monkeypatch.setattr(web_protocol, "HttpRequestParser", http_parser.HttpRequestParserPy)
    seen: Counter[str] = Counter()
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        seed = f"{SEED}/{number}"
        generator = Generator(seed)
        app = generator.application()
        try:
            without_cors(app, folder)
        except RuntimeError:
            # aiohttp 3.9 refuses a second route of a method.
            continue
        async with serving(app, folder) as pair:
            for _ in range(REQUESTS):
                request = generator.request(app)
                found = await pair.disagreement(request)
                if found:
                    pytest.fail(f"seed {seed!r}\n{await explanation(Case(app, request), folder)}")
                seen[outcome(await pair.reference.predict(request))] += 1
    # A block in which one of these never happens shows nothing.
    assert set(seen) == {
        "preflight 200",
        "preflight 403",
        "refused by enforcement",
        "allowed",
        "not allowed",
        "left alone",
        "OPTIONS refused",
    }


def outcome(prediction: object) -> str:
    """Name what a reference predicts."""
    if isinstance(prediction, Early):
        if "Access-Control-Request-Method" in dict(prediction.headers).get("Vary", ""):
            return f"preflight {prediction.status}"
        return "refused by enforcement"
    assert isinstance(prediction, Actual)
    if prediction.refuses:
        return "OPTIONS refused"
    if prediction.verdict is None:
        return "left alone"
    return "not allowed" if prediction.verdict.allow_origin is None else "allowed"


async def disagreement(case: Case, folder: Path) -> str:
    """Say where an application that was just started disagrees."""
    async with serving(case.app, folder) as pair:
        return await pair.disagreement(case.request)


async def explanation(case: Case, folder: Path) -> str:
    """Return a case as short as can be, and what differs."""
    if not await disagreement(case, folder):
        return "only after other requests:\n" + describe(*case)

    async def disagrees(smaller: Case) -> bool:
        try:
            return bool(await disagreement(smaller, folder))
        except (ValueError, RuntimeError):
            return False  # it cannot be built

    case = await shrink(case, disagrees)
    found = await disagreement(case, folder)
    return f"predicted != got: {found}\n{describe(*case)}"


@pytest.mark.parametrize("option", ["allow_credentials", "expose_headers", "max_age"])
async def test_a_changed_option_is_noticed(option: str, folder: Path) -> None:
    # The reference is told of another option than the application has.
    changes = {"allow_credentials": True, "expose_headers": ("X-Total",), "max_age": 600}
    for number in range(200):
        generator = Generator(f"{option} {number}")
        app = generator.application()
        other = changed(app, option, changes[option])
        if other == app:
            continue
        async with serving(app, folder, told=other) as pair:
            for _ in range(REQUESTS):
                if await pair.disagreement(generator.request(app)):
                    return
    pytest.fail("nothing was noticed")


def changed(app: Application, option: str, value: object) -> Application:
    """Return an application with another option in what was added first."""
    steps = list(app.steps)
    for at, step in enumerate(steps):
        if isinstance(step, Allow) and step.config:
            (key, options), *rest = step.config
            config = ((key, options._replace(**{option: value})), *rest)  # type: ignore[arg-type]
            steps[at] = step._replace(config=config)
            break
    return app._replace(steps=tuple(steps))


async def test_a_description_is_made_as_small_as_it_can_be(folder: Path) -> None:
    generator = Generator("large")
    app = max((generator.application() for _ in range(50)), key=lambda each: len(describe(each)))
    request = Request("GET", "/nope", (("Origin", b"https://a.example"), ("X-A", b"1")))

    async def has_an_origin(case: Case) -> bool:
        return bool(case.request.all("Origin"))

    case = await shrink(Case(app, request), has_an_origin)

    assert describe(*case).splitlines() == [
        f"  {app.name} = Application()",
        "  GET /nope",
        "      Origin: 'https://a.example'",
    ]
