"""A list of things as rows for a page: the columns that tell most, the others under them, and links to what is about a thing."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dujiang.doors.desk import labels
from dujiang.doors.desk.cells import EMPTY, FOLDED, Cell, Reader
from dujiang.doors.desk.offering import Offered

MOST_MAIN = 7  # columns of a kind that labels does not know
PAGE = 100  # rows on a page

# Lists about one thing: the kind and column that lead there, the list, and the argument that names the thing.
ABOUT: dict[tuple[str, str], tuple[str, str]] = {
    ("arrival", "quarantined"): ("quarantine", "arrival"),
    ("snapshot", "unmapped"): ("unmapped", "snapshot"), ("snapshot", "state"): ("term", "snapshot"), ("mapping", "name"): ("mapping/show", "id"),
    ("quality", "score"): ("quality/show", "assessment"),
}


@dataclass(frozen=True)
class Row:
    """One thing: its cells in the order of the page's columns, what else there is to it, and what may be done with it."""

    anchor: str
    cells: tuple[Cell, ...]
    more: tuple[tuple[str, Cell], ...]
    steps: tuple[Offered, ...] = ()


@dataclass(frozen=True)
class Listing:
    """A page of a list. `numeric` tells of each column whether it holds numbers."""

    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[Row, ...]
    count: int
    page: int
    pages: int

    @property
    def acting(self) -> bool:
        """Whether anything may be done with any of the things."""
        return any(r.steps for r in self.rows)


Steps = Callable[[dict[str, Any]], Sequence[Offered]]


def listing(kind: str, things: list[dict[str, Any]], reader: Reader, *, page: int = 1, count: int = 0, steps: Steps = lambda one: ()) -> Listing:
    """A page of the things of one kind; with a `count`, `things` are that page already. `steps` tells what may be done with a thing."""
    flats = [flat(t) for t in (reversed(things) if kind in labels.NEWEST_FIRST else things)]
    total = count or len(flats)
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    shown = flats if count else flats[(page - 1) * PAGE: page * PAGE]
    names = main_columns(kind, flats)
    rows = tuple(replace(row(kind, one, names, reader), steps=tuple(steps(one))) for one in shown)
    numeric = tuple(any(r.cells[n].kind == "number" for r in rows) for n in range(len(names)))
    return Listing(tuple(labels.column(n, reader.lang) for n in names), numeric, rows, total, page, pages)


def main_columns(kind: str, flats: list[dict[str, Any]]) -> tuple[str, ...]:
    """The columns of the table."""
    there = list(dict.fromkeys(name for one in flats for name in one))
    chosen = [n for n in labels.MAIN.get(kind, ()) if n in there]
    return tuple(chosen or there[:MOST_MAIN])


def row(kind: str, one: dict[str, Any], names: tuple[str, ...], reader: Reader) -> Row:
    cells = tuple(linked(kind, n, one, reader) for n in names)
    rest = ((labels.column(n, reader.lang), reader.cell(n, v)) for n, v in one.items() if n not in names)
    return Row(str(one.get("id", "")), cells, tuple((n, c) for n, c in rest if c is not EMPTY))


def linked(kind: str, name: str, one: dict[str, Any], reader: Reader) -> Cell:
    """The cell of a column, leading to the list about this thing where there is one."""
    if name == "waiting":
        return waiting(one.get("waiting"), reader)
    if name == "checks" and "checks_needed" in one:
        return Cell("text", f"{one.get('checks', 0)} / {one['checks_needed']}")
    if kind == "log" and name == "by":
        return by_whom(one["by"], reader)
    cell = folded(name, reader.cell(name, one.get(name)), reader)
    about, argument = ABOUT.get((kind, name), ("", ""))
    which = one.get("id") or one.get(argument)
    if about in reader.lists and one.get(name) and which:
        return Cell(cell.kind, cell.text, cell.full, f"/desk/{about}?{argument}={which}")
    return cell


def folded(name: str, cell: Cell, reader: Reader) -> Cell:
    """In a column of the table, what has many lines shows how many."""
    if cell.kind != "pairs" or (len(cell.pairs) <= FOLDED and name != "facts"):
        return cell
    return Cell("lines", reader.t(f"{len(cell.pairs)} {labels.column(name, 'en')}", f"{len(cell.pairs)} 项"), lines=(cell,), folded=True)


def by_whom(by: dict[str, str], reader: Reader) -> Cell:
    """Who did what an entry tells: the party, and the account or that it was a person."""
    party = reader.cell("party", by.get("party") or reader.t("nobody known", "未登录者"))
    more = [reader.cell(name, by[name]) for name in ("account", "role") if by.get(name, "public") != "public"]
    return Cell("lines", lines=(party, *more))


def waiting(value: Any, reader: Reader) -> Cell:
    """On whom a thing waits, since when and until when."""
    if not isinstance(value, dict) or not {"on", "since"} <= set(value):
        return reader.cell("x", value)
    lines = [reader.cell("waiting_on", value["on"]), reader.cell("since", value["since"])]
    lines += [Cell("text", reader.t(f"within {value['due_days']} days", f"{value['due_days']} 天内"))] if value.get("due_days") else []
    return Cell("lines", lines=tuple(lines))


def flat(thing: dict[str, Any]) -> dict[str, Any]:
    """A thing as one row: a thing inside a thing is opened, and what is nobody's to read is left out."""
    opened: dict[str, Any] = {}
    for name, value in thing.items():
        if name in labels.OPENED and isinstance(value, dict):
            opened.update({k: v for k, v in value.items() if k not in opened})
        else:
            opened[name] = value
    return {name: value for name, value in opened.items() if name not in labels.HIDDEN}


def entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Log entries, newest first, with their index."""
    found = [{"index": answer["start"] + n, **json.loads(e)} for n, e in enumerate(answer["entries"])]
    return [{"index": e["index"], "at": e["at"], "act": e["act"], "on": e.get("on", ""), "to": "refused" if "refused" in e else e.get("to", ""),
             "by": e["by"], "facts": {"rule": e["refused"]} if "refused" in e else e.get("facts", {})} for e in reversed(found)]

