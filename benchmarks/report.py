"""Tables for people, JSON for programs, and a picture for the documentation."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from xml.sax.saxutils import escape

import aiohttp
from tabulate import tabulate

from .aims import Aim
from .cases import CASES
from .measuring import Measured
from .registration import Cost

#: Names of layers, and their colours in the picture: readable on white and on black.
NAMES = {
    "floor": ("by hand", "#8c959f"),
    "ours": ("aiohttp_cors", "#2f81f7"),
    "published": ("aiohttp-cors 0.8.1", "#d29922"),
    "middlewares": ("aiohttp-middlewares", "#a371f7"),
}


def print_requests(measured: dict[str, Measured]) -> None:
    """Print what the layers add to each request: nanoseconds, with the quartiles."""
    layers = list(dict.fromkeys(layer for found in measured.values() for layer in found))
    rows = [
        [
            f"{name} {CASES[name].name}",
            *(
                f"{found[layer].median:.0f} ({found[layer].low:.0f}..{found[layer].high:.0f})"
                if layer in found
                else ""
                for layer in layers
            ),
        ]
        for name, found in measured.items()
    ]
    print("Nanoseconds per request (bare), or added to it: median and quartiles")
    print(tabulate(rows, ["case", *layers]))


def print_aims(aims: list[Aim]) -> None:
    """Print whether each ratio reaches its aim."""
    rows = [
        [aim.name, f"{aim.ratio:.2f}", "≥" if aim.at_least else "≤", aim.must, aim.aim, aim.verdict]
        for aim in aims
    ]
    print(tabulate(rows, ["ratio", "", "", "must", "aim", "reached"]))


def print_registration(costs: dict[str, Cost]) -> None:
    """Print what adding a route costs."""
    rows = [[name, f"{cost.microseconds:.2f}", f"{cost.size:.0f}"] for name, cost in costs.items()]
    print(tabulate(rows, ["adding a route", "µs", "bytes"]))


def print_table(headers: list[str], rows: list[tuple[str, str, float, float]]) -> None:
    """Print rows of two names and two figures."""
    print(tabulate(rows, headers, floatfmt=("", "", ".0f", ".4g")))


def write_json(
    path: Path,
    measured: dict[str, Measured],
    costs: dict[str, Cost],
    aims: list[Aim],
    more: dict[str, list[tuple[str, str, float, float]]],
) -> None:
    """Write all figures."""
    figures = {
        "python": platform.python_version(),
        "aiohttp": aiohttp.__version__,
        "added_ns": {
            CASES[name].name: {layer: added._asdict() for layer, added in found.items()}
            for name, found in measured.items()
        },
        "registration": {name: cost._asdict() for name, cost in costs.items()},
        **more,
        "ratios": [dict(aim._asdict(), reached=aim.verdict) for aim in aims],
    }
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def write_svg(path: Path, measured: dict[str, Measured]) -> None:
    """Draw what the layers add to each request, as bars."""
    shown = [name for name in measured if name not in "hpw"]
    longest = max(
        added.median for name in shown for layer, added in measured[name].items() if layer in NAMES
    )
    parts, y = [], 34
    for index, (text, colour) in enumerate(NAMES.values()):
        x = 10 + index * 175
        parts.append(f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="18">{escape(text)}</text>')
    for name in shown:
        parts.append(f'<text x="10" y="{y + 12}">{escape(CASES[name].name)}</text>')
        for layer, (_, colour) in NAMES.items():
            if layer in measured[name]:
                added = max(measured[name][layer].median, 0)
                width = added / longest * 430
                parts.append(
                    f'<rect x="220" y="{y}" width="{width:.1f}" height="10" fill="{colour}"/>'
                    f'<text x="{225 + width:.1f}" y="{y + 9}">{added / 1000:.1f}</text>'
                )
                y += 12
        y += 8
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {y}" width="720" height="{y}" '
        'font-family="sans-serif" font-size="11" fill="#768390" role="img">'
        "<title>Microseconds that CORS adds to a request</title>\n"
        + "\n".join(parts)
        + "\n</svg>\n",
        encoding="utf-8",
    )
