"""Tables for people, JSON for programs, and a picture for the documentation."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from xml.sax.saxutils import escape

import aiohttp
from tabulate import tabulate

from .aims import Aim, Counted, over_floor, over_ours
from .cases import CASES
from .measuring import Measured
from .registration import Cost
from .sockets import Rates

#: Names of layers, and their colours in the picture: readable on white and on black.
NAMES = {
    "floor": ("by hand", "#8c959f"),
    "ours": ("aiohttp_cors", "#2f81f7"),
    "published": ("aiohttp-cors 0.8.1", "#d29922"),
    "middlewares": ("aiohttp-middlewares", "#a371f7"),
}
#: The same in tables of many columns.
SHORT = {"floor": "floor", "ours": "ours", "published": "0.8.1", "middlewares": "aiohttp-\nm'wares"}
_RIGHT = ["left", *["right"] * 9, *["right", "left", "left"] * 2]


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


def print_instructions(counted: Counted, measured: dict[str, Measured]) -> None:
    """Print the instructions that the layers add to each request, beside the times."""
    layers = ["empty", *NAMES]
    rows = []
    for name, found in counted.items():
        row = [f"{name} {CASES[name].name}"]
        row += [f"{found[layer]:,.0f}" if layer in found else "" for layer in layers]
        row += [
            f"{measured[name][layer].median:,.0f}" if layer in measured[name] else ""
            for layer in NAMES
        ]
        for aim in (over_ours(counted, name), over_floor(counted, name)):
            row += ["", "", ""] if aim is None else [f"{aim.figure:.2f}", aim.limits, aim.verdict]
        rows.append(row)
    headers = ["case"]
    headers += [f"{SHORT.get(layer, layer)}\ninstr." for layer in layers]
    headers += [f"{SHORT[layer]}\nns" for layer in NAMES]
    for ratio in ("0.8.1 / ours", "ours / floor"):
        headers += [f"{ratio}\ninstr.", "must / aim", "reached"]
    print(
        "Added to a request. (j: instructions of the first request to each route, times of later)"
    )
    print(tabulate(rows, headers, disable_numparse=True, colalign=_RIGHT))


def print_aims(aims: list[Aim]) -> None:
    """Print whether each figure reaches its aim."""
    rows = [[aim.name, f"{aim.figure:.2f}", aim.limits, aim.verdict] for aim in aims]
    print(tabulate(rows, ["other", "", "must / aim", "reached"]))


def print_rates(rates: list[Rates]) -> None:
    """Print requests per second without CORS, and those with it over those."""
    layers = list(rates[0].ratios) if rates else []
    rows = [
        [
            each.case,
            each.loop,
            f"{each.bare:.0f}",
            *(
                f"{each.ratios[layer].median:.2f}"
                f" ({each.ratios[layer].low:.2f}..{each.ratios[layer].high:.2f})"
                for layer in layers
            ),
        ]
        for each in rates
    ]
    if rows:
        print("Requests per second without CORS, and with it over without: median and quartiles")
        print(tabulate(rows, ["case", "loop", "without", *(NAMES[layer][0] for layer in layers)]))


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
    counted: Counted,
    costs: dict[str, Cost],
    aims: list[Aim],
    others: list[tuple[str, str, float, float]],
    rates: list[Rates],
) -> None:
    """Write all figures."""
    figures = {
        "python": platform.python_version(),
        "aiohttp": aiohttp.__version__,
        "added_instructions": {CASES[name].name: found for name, found in counted.items()},
        "added_ns": {
            CASES[name].name: {layer: added._asdict() for layer, added in found.items()}
            for name, found in measured.items()
        },
        "registration": {name: cost._asdict() for name, cost in costs.items()},
        "frameworks": others,
        "sockets": [each._asdict() for each in rates],
        "aims": [dict(aim._asdict(), reached=aim.verdict) for aim in aims],
    }
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def write_svg(path: Path, measured: dict[str, Measured]) -> None:
    """Draw what the layers add to each request, as bars: readable on a phone, light and dark."""
    shown = [name for name in measured if name not in "hpstw"]
    longest = max(
        added.median for name in shown for layer, added in measured[name].items() if layer in NAMES
    )
    parts, y = [], 48
    for index, (text, colour) in enumerate(NAMES.values()):
        x, top = index % 2 * 160, 4 + index // 2 * 18
        parts.append(f'<rect x="{x}" y="{top}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="{top + 10}">{escape(text)}</text>')
    for name in shown:
        parts.append(f'<text x="0" y="{y + 9}">{escape(CASES[name].name)}</text>')
        for layer, (_, colour) in NAMES.items():
            if layer in measured[name]:
                added = max(measured[name][layer].median, 0)
                width = added / longest * 170
                parts.append(
                    f'<rect x="160" y="{y}" width="{width:.1f}" height="10" fill="{colour}"/>'
                    f'<text x="{165 + width:.1f}" y="{y + 9}">{added / 1000:.1f}</text>'
                )
                y += 12
        y += 8
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 {y}" width="540" '
        f'height="{y * 1.5:.0f}" font-family="sans-serif" font-size="11" role="img">'
        "<title>Microseconds that CORS adds to a request</title>\n"
        "<style>text { fill: #59636e } "
        "@media (prefers-color-scheme: dark) { text { fill: #9198a1 } }</style>\n"
        + "\n".join(parts)
        + "\n</svg>\n",
        encoding="utf-8",
    )
