"""Finds the header of a table among its first rows: titles above it are passed over, and a table of nothing but values gets numbered names."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from dujiang.collect.readers.table import columns_of

LOOKED_AT = 30  # rows at the beginning among which the header must be
# A number, a date or a time, in any of the ways they are written; no header's name looks so.
_VALUE = re.compile(r"[-+]?[\d.,]*\d[\d.,]*%?|\d{2,4}[-/.年]\d{1,2}([-/.月]\d{1,4}日?)?([ T]\d{1,2}:\d\d(:\d\d)?.*)?|nan|null|\?", re.ASCII | re.IGNORECASE)


class Head(NamedTuple):
    """Which of the rows is the header (-1: none of them) and the columns' names; no names when there is no table."""

    place: int
    names: list[str]


def find_head(rows: Sequence[Sequence[str]]) -> Head:
    """The header of a table that begins with these rows."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    width = _usual(filled)
    if not width:
        return Head(-1, [])
    place = next(n for n, many in enumerate(filled) if 2 * many > width and (many > 1 or width == 1))
    names = trimmed(rows[place])
    if _is_values(names):
        return Head(place - 1 if place else -1, columns_of([""] * max(len(row) for row in rows[place:])))
    return Head(place, columns_of(names))


def trimmed(row: Sequence[str]) -> list[str]:
    """Header cells on one line each, without stray blanks, and without empty cells at the end."""
    cells = [" ".join(cell.replace("\u3000", " ").split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _usual(filled: Sequence[int]) -> int:
    """How many filled cells most rows have, the wider of two equally frequent; 0 without any."""
    counted = Counter(many for many in filled if many)
    return max(counted, key=lambda many: (counted[many], many)) if counted else 0


def _is_values(names: Sequence[str]) -> bool:
    filled = [name for name in names if name]
    return 2 * sum(bool(_VALUE.fullmatch(name)) for name in filled) > len(filled)
