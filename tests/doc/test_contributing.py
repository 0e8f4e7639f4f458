"""What CONTRIBUTING.rst describes is done, in a copy, as it says: the first change, the recipes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from docutils import nodes

import aiohttp_cors

from .conftest import ROOT, check, read_rst

DOCUMENT = read_rst((ROOT / "CONTRIBUTING.rst").read_text(encoding="utf-8"))
LITERALS = [each.astext() for each in DOCUMENT.findall(nodes.literal_block)]


@pytest.fixture
def clone(tmp_path):
    """A copy of what changes are about, without what takes long."""
    ignored = shutil.ignore_patterns("__pycache__")
    package = aiohttp_cors.__path__[0]
    shutil.copytree(package, tmp_path / "aiohttp_cors", ignore=ignored)
    for folder in ("docs", "examples", "tests/unit", "tests/doc"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for path in (*ROOT.glob("*.rst"), ROOT / "pyproject.toml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def write_after(path, place, text):
    """Write ``text`` below the first line that begins with ``place``."""
    source = path.read_text(encoding="utf-8")
    written = re.sub(
        rf"^( *){re.escape(place)}.*\n",
        lambda line: line[0] + "".join(f"{line[1]}{each}\n" for each in text.split("\n")),
        source,
        count=1,
        flags=re.M,
    )
    check(written != source, True)
    path.write_text(written, encoding="utf-8")


def run_tests(clone, *arguments):
    line = [sys.executable, "-m", "pytest", *arguments]
    line += ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header"]
    done = subprocess.run(line, cwd=clone, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_first_change_is_one_row_and_one_line(clone):
    row, line = (text for text in LITERALS if text.endswith('",') or text.endswith("),"))
    (command,) = (text for text in LITERALS if text.startswith(".venv/bin/python -m pytest"))
    _, _, _, *tests = command.split()

    write_after(clone / "tests" / "unit" / "test_safelist.py", '("Cookie"', row)
    status, output = run_tests(clone, *tests)
    check((status, "1 failed" in output, "X-Only-Browsers" in output), (1, True, True))
    write_after(clone / "aiohttp_cors" / "_core" / "headers.py", '"cookie2"', line)
    check(run_tests(clone, *tests)[0], 0)


def test_file_that_is_named_is_there():
    named = [
        each.astext()
        for each in DOCUMENT.findall(nodes.literal)
        if re.fullmatch(r"(tests|docs|aiohttp_cors)/[\w/.-]+|[A-Z]+\.rst", each.astext())
    ]
    package = aiohttp_cors.__path__[0]
    places = [re.sub(r"^aiohttp_cors", package, each) for each in named]

    check(len(named) > 20, True)
    check([each for each in places if not ROOT.joinpath(each).exists()], [])


def test_every_room_is_explained():
    terms = [each.astext() for each in DOCUMENT.findall(nodes.term)]
    rooms = [f"aiohttp_cors/{each}" for each in ROOMS]
    check([each for each in terms if each.startswith("aiohttp_cors/")], rooms)


ROOMS = ["_core", "_checks", "_browser", "_http", "_routing", "_serving", "_explaining", "_cli"]

# The recipes. Each is walked with an example: of each file, what is replaced, and by what.

REASON = {
    "aiohttp_cors/_core/verdict.py": [
        (
            "    NO_ORIGIN_LISTED =",
            '    LONG_ORIGIN = "the origin is too long"\n    NO_ORIGIN_LISTED =',
        )
    ],
    "aiohttp_cors/_core/policy.py": [
        (
            "    if not policy.routed:\n",
            "    if len(origin) > 1000:\n"
            "        return Denial(Reason.LONG_ORIGIN)\n"
            "    if not policy.routed:\n",
        )
    ],
    "aiohttp_cors/_http/preflights.py": [
        ("_TEXTS = {\n", '_TEXTS = {\n    Reason.LONG_ORIGIN: "the Origin header is too long",\n')
    ],
    "aiohttp_cors/_explaining/reasons.py": [
        (
            "    Reason.NO_ORIGIN: _broken(",
            '    Reason.LONG_ORIGIN: _broken("The origin is too long.", "Send a shorter one."),\n'
            "    Reason.NO_ORIGIN: _broken(",
        )
    ],
    "tests/unit/test_decide.py": [
        (
            "# What decides.\n",
            "def test_long_origin_is_refused() -> None:\n"
            "    verdict = decide(make_policy([{}]), GOOD * 100, frozenset())\n"
            "    assert verdict == Denial(Reason.LONG_ORIGIN)\n",
        )
    ],
    "tests/unit/test_reasons.py": [
        (
            "    Reason.MALFORMED_ORIGIN: (",
            '    Reason.LONG_ORIGIN: ("PUT", "/hello", PAGE * 100, {}),\n'
            "    Reason.MALFORMED_ORIGIN: (",
        )
    ],
    "tests/doc/test_pages.py": [
        (
            "REFUSED = {\n",
            'REFUSED = {\n    "LONG_ORIGIN": (LISTED, {"Origin": ORIGIN * 100, ASK: "GET"}),\n',
        )
    ],
    "docs/reference/reasons.rst": [
        (
            "Two more are not about preflights:\n",
            ".. _reason-long-origin:\n\n"
            "``LONG_ORIGIN``\n    ``the Origin header is too long``\n\n"
            "    No browser sends this.\n\n"
            "Two more are not about preflights:\n",
        )
    ],
    "CHANGES.rst": [("New\n---\n\n", "New\n---\n\n- Long origins have a reason.\n")],
}

OPTION = {
    "aiohttp_cors/_core/options.py": [
        ("    allow_timing: bool\n", "    allow_timing: bool\n    allow_embedding: bool\n"),
        (
            "        Timing §4.5.1).\n",
            "        Timing §4.5.1).\n"
            "    ``allow_embedding`` (``bool``)\n"
            "        Other pages may embed it (``Cross-Origin-Resource-Policy``; Fetch §3.7).\n",
        ),
        (
            "        allow_timing: bool = False,\n",
            "        allow_timing: bool = False,\n        allow_embedding: bool = False,\n",
        ),
        (
            '            allow_timing=_flag("allow_timing", allow_timing),\n',
            '            allow_timing=_flag("allow_timing", allow_timing),\n'
            '            allow_embedding=_flag("allow_embedding", allow_embedding),\n',
        ),
    ],
    "aiohttp_cors/_core/verdict.py": [
        ('        "credentials",\n', '        "credentials",\n        "embedding",\n'),
        (
            "        self.timing = options.allow_timing\n",
            "        self.timing = options.allow_timing\n"
            "        self.embedding = options.allow_embedding\n",
        ),
        ("(credentials or self.timing or", "(credentials or self.embedding or self.timing or"),
    ],
    "aiohttp_cors/_http/response_headers.py": [
        (
            "            if terms.timing:\n",
            "            if terms.embedding:\n"
            '                headers["Cross-Origin-Resource-Policy"] = "cross-origin"\n'
            "            if terms.timing:\n",
        )
    ],
    "tests/unit/test_options.py": [
        ('    "allow_timing",\n', '    "allow_timing",\n    "allow_embedding",\n'),
        (
            '    "allow_timing": True,\n',
            '    "allow_timing": True,\n    "allow_embedding": True,\n',
        ),
        ('        {"PUT", "PATCH"},\n', '        {"PUT", "PATCH"},\n        True,\n'),
        (
            '        "allow_timing": False,\n',
            '        "allow_timing": False,\n        "allow_embedding": False,\n',
        ),
    ],
    "tests/unit/test_public_api.py": [
        ("allow_timing=False)", 'allow_timing=False, "\n        "allow_embedding=False)')
    ],
    "tests/unit/test_parse_config.py": [
        (
            '    "allow_timing": True,\n',
            '    "allow_timing": True,\n    "allow_embedding": True,\n',
        ),
        (
            'allow_private_network, allow_timing"',
            'allow_private_network, allow_timing, allow_embedding"',
        ),
    ],
    "docs/reference/options.rst": [
        (
            '"Strings" are',
            "   * - ``allow_embedding``\n"
            "     - ``True`` or ``False``\n"
            "     - ``False``\n"
            "     - ``True``\n"
            "     - ``Cross-Origin-Resource-Policy``. Other pages may embed it.\n\n"
            '"Strings" are',
        )
    ],
    "CHANGES.rst": [("New\n---\n\n", "New\n---\n\n- ``allow_embedding``.\n")],
}

FINDING = {
    "aiohttp_cors/_checks/finding.py": [
        (
            '    "max-age-capped": "notice",\n',
            '    "max-age-capped": "notice",\n    "private-network": "notice",\n',
        )
    ],
    "aiohttp_cors/_checks/findings.py": [
        (
            "    if options.max_age is not None",
            "    if options.allow_private_network:\n"
            '        message = "Browsers ask their user instead."\n'
            '        yield finding("private-network", "", message, "Leave it out.")\n'
            "    if options.max_age is not None",
        )
    ],
    "tests/unit/test_findings.py": [
        (
            '        ({"max_age": 86400}, []),\n',
            '        ({"max_age": 86400}, []),\n'
            '        ({"allow_private_network": True}, [("private-network", "notice", "")]),\n',
        )
    ],
    "docs/reference/findings.rst": [
        (
            ".. _max-age-capped:\n",
            ".. _private-network:\n\n"
            "``private-network``\n"
            '    ``{"https://a.example": ResourceOptions(allow_private_network=True)}``\n\n'
            "    Leave it out.\n\n"
            ".. _max-age-capped:\n",
        )
    ],
    "CHANGES.rst": [("New\n---\n\n", "New\n---\n\n- The finding ``private-network``.\n")],
}

RECIPES = {
    "A new reason for a refusal": REASON,
    "A new option that becomes a response header": OPTION,
    "A new finding": FINDING,
}


#: The tests that a recipe is about, of those files.
SELECTED = {
    "A new reason for a refusal": "long_origin or reason or refusal",
    "A new option that becomes a response header": "test_options or signature or option",
    "A new finding": "options_have_their or finding_is_found or every_finding",
}


def steps_of(title):
    (section,) = (
        each for each in DOCUMENT.findall(nodes.section) if each.children[0].astext() == title
    )
    return list(section.findall(nodes.list_item))


@pytest.mark.parametrize("title", RECIPES)
def test_recipe_names_every_file_in_ten_lines(title):
    named = [next(each.findall(nodes.literal)).astext() for each in steps_of(title)]

    check(named, list(RECIPES[title]))
    check(len(named) <= 10, True)


@pytest.mark.parametrize("title", RECIPES)
def test_recipe_works(clone, title):
    tests = []
    for name, changes in RECIPES[title].items():
        path = clone / name
        source = path.read_text(encoding="utf-8")
        for old, new in changes:
            check(old in source, True)
            source = source.replace(old, new, 1)
        path.write_text(source, encoding="utf-8")
        if name.startswith("tests/unit"):
            tests.append(name)

    status, output = run_tests(clone, *tests, "tests/doc/test_pages.py", "-k", SELECTED[title])

    check((status, output if status else ""), (0, ""))
