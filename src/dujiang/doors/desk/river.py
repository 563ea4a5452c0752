"""The data map as a river: columns of places as tall as they are large, ribbons between them, coloured by grade; numbers only, for an inline SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KINDS = ("source", "zone", "table", "asset", "permit")
COLOURS = {1: "#2f8f5b", 2: "#6f9a35", 3: "#c39a1d", 4: "#cf6b27", 5: "#a3302b"}
UNGRADED = "#4f8f8f"
STEP, BAR, GAP, LEAST, TALL = 215, 14, 14, 16, 360  # pixels: from column to column, a bar's width, between bars, the least height, a column's bars together
TOP = 34


@dataclass(frozen=True)
class Bar:
    """A place: its corner, its height, its colour, what it is called and how much it holds."""

    id: str
    x: float
    y: float
    height: float
    colour: str
    name: str
    size: str


@dataclass(frozen=True)
class Ribbon:
    """A flow, as the path of an SVG, and what it says."""

    path: str
    colour: str
    says: str


@dataclass(frozen=True)
class River:
    """A drawing of `width` by `height` pixels. `heads` are the columns' names and places."""

    width: float
    height: float
    bars: tuple[Bar, ...]
    ribbons: tuple[Ribbon, ...]
    heads: tuple[tuple[float, str], ...]


Named = Mapping[str, str]


def draw(places: Sequence[Mapping[str, Any]], flows: Sequence[Mapping[str, Any]], names: Named, heads: Mapping[str, str]) -> River:
    """A river of places and flows as `map.show` tells them; `names` by place, `heads` by kind. Columns without a place are left out."""
    kinds = [k for k in KINDS if any(p["kind"] == k for p in places)]
    bars: dict[str, Bar] = {}
    for n, kind in enumerate(kinds):
        bars.update({bar.id: bar for bar in _column(n * STEP, [p for p in places if p["kind"] == kind], names)})
    height = max((b.y + b.height for b in bars.values()), default=TOP) + GAP
    ribbons = _ribbons(bars, [f for f in flows if f["frm"] in bars and f["to"] in bars])
    return River(max(len(kinds), 1) * STEP, height, tuple(bars.values()), ribbons, tuple((n * STEP, heads[k]) for n, k in enumerate(kinds)))


def _column(x: float, places: Sequence[Mapping[str, Any]], names: Named) -> list[Bar]:
    whole, y, bars = sum(p["size"] for p in places) or 1, float(TOP), []
    for place in sorted(places, key=lambda p: (-p["size"], str(p["id"]))):
        height = max(LEAST, TALL * place["size"] / whole)
        bars.append(Bar(str(place["id"]), x, y, height, COLOURS.get(place.get("grade") or 0, UNGRADED), names[place["id"]], f"{place['size']:,}"))
        y += height + GAP
    return bars


def _ribbons(bars: Mapping[str, Bar], flows: Sequence[Mapping[str, Any]]) -> tuple[Ribbon, ...]:
    """At each end a ribbon is as thick as its share of what goes out of, or into, the place."""
    out = {id: sum(f["size"] for f in flows if f["frm"] == id) or 1 for id in bars}
    into = {id: sum(f["size"] for f in flows if f["to"] == id) or 1 for id in bars}
    left, right = {id: bar.y for id, bar in bars.items()}, {id: bar.y for id, bar in bars.items()}
    ribbons = []
    for flow in sorted(flows, key=lambda f: (bars[f["frm"]].y, bars[f["to"]].y)):
        one, other = bars[flow["frm"]], bars[flow["to"]]
        a, b = one.height * flow["size"] / out[one.id], other.height * flow["size"] / into[other.id]
        x, y, u, v = one.x + BAR, left[one.id], other.x, right[other.id]
        bend = (x + u) / 2
        path = (f"M{x:.1f} {y:.1f}C{bend:.1f} {y:.1f} {bend:.1f} {v:.1f} {u:.1f} {v:.1f}V{v + b:.1f}"
                f"C{bend:.1f} {v + b:.1f} {bend:.1f} {y + a:.1f} {x:.1f} {y + a:.1f}Z")
        ribbons.append(Ribbon(path, other.colour if other.colour != UNGRADED else one.colour, f"{one.name} → {other.name}: {flow['size']:,}"))
        left[one.id], right[other.id] = y + a, v + b
    return tuple(ribbons)
