"""Decides parts of a condition by what is known of a table without reading it; the condition stays true for the same rows."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from dujiang.assess.tables import INTEGERS, Tables
from dujiang.assess.tallies import COLUMN, RAW

Decide = Callable[[str], bool | None]
_EMPTY = re.compile(r"t\.(?P<column>\w+) IS (?P<filled>NOT )?NULL")
_LIMIT = re.compile(r"(?:CAST\()?t\.(?P<column>\w+)(?: AS DATE\))? (?P<sign>[<>=]) (?P<limit>[^<>=]+)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# What a comparison must not contain for it to be never true of nothing.
_ANSWERS_NOTHING = re.compile(r"\bIS\b|\bCASE\b|coalesce\(|concat|^NOT\b", re.IGNORECASE)


def simplify(where: str, decide: Decide) -> str:
    """The condition without the parts that `decide` knows to be true or never true; `true` or `false` when nothing else is left."""
    kept = []
    for either in parts(where, " OR "):
        each = [(part, decide(part)) for part in parts(_bare(either), " AND ")]
        if any(known is False for _, known in each):
            continue
        left = [part for part, known in each if known is None]
        if not left:
            return "true"
        kept.append(" AND ".join(left))
    return kept[0] if len(kept) == 1 else " OR ".join(f"({part})" for part in kept) or "false"


def parts(text: str, word: str) -> list[str]:
    """The text cut at a word, where neither brackets nor quotes hold it."""
    found, depth, quoted, start = [], 0, False, 0
    for place, letter in enumerate(text):
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if not depth and not quoted and text.startswith(word, place):
            found.append(text[start:place].strip())
            start = place + len(word)
    return [*found, text[start:].strip()]


def _bare(text: str) -> str:
    """The text without brackets around the whole of it."""
    while text.startswith("(") and text.endswith(")") and _closes_last(text):
        text = text[1:-1].strip()
    return text


def _closes_last(text: str) -> bool:
    depth, quoted = 0, False
    for place, letter in enumerate(text):
        quoted ^= letter == "'"
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if not depth:
            return place == len(text) - 1
    return False


def of_table(tables: Tables, table: str) -> Decide:
    """What is known of parts of conditions on a table."""

    def decide(part: str) -> bool | None:
        if part in ("true", "false"):
            return part == "true"
        if any(column not in tables.wrong(table) for column in RAW.findall(part)):
            return False  # a column that is read as it is holds nothing that does not fit
        rows = tables.rows(table)
        if empty := _EMPTY.fullmatch(part):
            held = tables.footer(table, empty["column"]).empty
            return None if held not in (0, rows) else (held == 0) == bool(empty["filled"])
        if any(tables.footer(table, c).empty == rows for c in COLUMN.findall(part)) and not _ANSWERS_NOTHING.search(part):
            return False
        return False if _beyond(tables, table, part) else None

    return decide


def _beyond(tables: Tables, table: str, part: str) -> bool:
    """Whether a comparison with a number or a day lies outside all that the footers know the column to hold."""
    found = _LIMIT.fullmatch(part)
    footer = tables.footer(table, found["column"]) if found else None
    if not found or not footer or not footer.least or not footer.greatest:
        return False
    kind = tables.columns(table)[found["column"]]
    limit = _value(found["limit"], kind, tables.as_of)
    low, high = ([_held(text, kind) for text in texts] for texts in (footer.least, footer.greatest))
    if limit is None or None in low or None in high:
        return False
    least, greatest = min(low), max(high)  # type: ignore[type-var]
    return bool({"<": least >= limit, ">": greatest <= limit, "=": limit < least or limit > greatest}[found["sign"]])  # type: ignore[operator]


def _held(text: str, kind: str) -> Decimal | date | None:
    """A number or day as a footer writes it."""
    if kind in INTEGERS:
        return Decimal(text)
    if kind in ("DATE", "TIMESTAMP") and re.match(r"\d{4}-\d\d-\d\d($| )", text):
        return date.fromisoformat(text[:10])
    return None


def _value(text: str, kind: str, as_of: date) -> Decimal | date | None:
    """A number or day as a condition writes it."""
    if kind not in ("DATE", "TIMESTAMP"):
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    if later := re.fullmatch(r"\(\{as_of\} \+ INTERVAL (-?\d+) DAY\)", text):
        return as_of + timedelta(days=int(later[1]))
    day = re.fullmatch(r"DATE '(\d{4}-\d\d-\d\d)'", text)
    return date.fromisoformat(day[1]) if day else None
