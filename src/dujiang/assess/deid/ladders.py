"""Ladders of generalisation as data: a ladder gives, for a column, SQL for each of its levels, from the value itself to nothing."""

from functools import cache
from importlib.resources import files

import msgspec

from dujiang.errors import Malformed
from dujiang.words import Saying, Word


class Ladder(Word, frozen=True):
    """What a column is said as, level by level; `levels` are SQL over `{c}` for level 1 and up."""

    says: Saying
    levels: tuple[str, ...]


@cache
def ladders() -> dict[str, Ladder]:
    """The shipped ladders by name."""
    return msgspec.yaml.decode(files("dujiang.assess.deid").joinpath("ladders.yaml").read_bytes(), type=dict[str, Ladder])


def rungs(ladder: str, column: str, *, groups: tuple[dict[str, str], ...] = (), kind: str = "") -> tuple[str, ...]:
    """SQL for levels 0, 1, …; the last is always absent (NULL, cast to `kind`, the column's type).

    `groups` is a ladder of one's own instead: for each level, value of the level below -> name of its group; what is not in it is
    absent. Malformed (`deid.ladder`) for a ladder that there is none of.
    """
    nothing = f"CAST(NULL AS {kind})" if kind else "NULL"
    if groups:
        found, below = [column], column
        for level in groups:
            cases = " ".join(f"WHEN {_text(value)} THEN {_text(name)}" for value, name in level.items())
            below = f"CASE CAST({below} AS VARCHAR) {cases} END"
            found.append(below)
        return (*found, nothing)
    if ladder not in ladders():
        raise Malformed("deid.ladder", "There is no ladder of generalisation of that name.", "没有该名称的泛化层级。")
    return (column, *(level.replace("{c}", column) for level in ladders()[ladder].levels), nothing)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
