"""What the mutants change, and which of them README.rst lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from difflib import unified_diff
from pathlib import Path

#: A function, what was taken out of it, and what was put in.
Mutant = tuple[str, str, str]

_README = Path(__file__).with_name("README.rst")


def mutants_in(folder: Path) -> Iterator[tuple[str, Mutant]]:
    """Yield the names of all mutants in the code that mutmut has written, and what they change.

    ``aiohttp_cors._core.policy.xǁPolicyǁlookup__mutmut_1`` changes ``policy.Policy.lookup``.
    """
    for path in sorted((folder / "aiohttp_cors").rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        if "__mutmut_orig" not in code:
            continue
        module = ".".join(path.relative_to(folder).with_suffix("").parts)
        lines = code.splitlines()
        original: list[str] = []
        for node in ast.walk(ast.parse(code)):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            mangled, separator, number = node.name.rpartition("__mutmut_")
            if not separator:
                continue
            function = re.sub(r"^x(ǁ|_)", "", mangled).replace("ǁ", ".")
            body = lines[node.lineno - 1 : node.end_lineno]
            body[0] = body[0].replace(node.name, function.rpartition(".")[2])
            if number == "orig":
                # It comes before its mutants.
                original = body
            else:
                removed, added = _change(original, body)
                name = f"{module.rpartition('.')[2]}.{function}"
                yield f"{module}.{node.name}", (name, removed, added)


def _change(original: list[str], mutated: list[str]) -> tuple[str, str]:
    changed = list(unified_diff(original, mutated, n=0, lineterm=""))[2:]
    return _text(changed, "-"), _text(changed, "+")


def _text(lines: Iterable[str], sign: str) -> str:
    return " ".join(line[1:].strip() for line in lines if line[0] == sign)


def listed() -> Iterator[Mutant]:
    """Yield the mutants in blocks of README.rst: a function, ``-`` lines, ``+`` lines.

    Several ``+`` lines after one ``-`` line are as many mutants.
    """
    for block in re.split(r"\n\s*\n", _README.read_text(encoding="utf-8")):
        function, *changed = [line.strip() for line in block.strip().splitlines()] or [""]
        if len(changed) < 2 or changed[0][0] != "-" or changed[-1][0] != "+":
            continue
        if changed[1][0] == "-":
            yield function, _text(changed, "-"), _text(changed, "+")
        else:
            yield from (
                (function, changed[0][1:].strip(), each[1:].strip()) for each in changed[1:]
            )
