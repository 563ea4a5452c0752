"""Says which rows a check found wrong: table, key, check, and the record it comes from, never a value of the row; or reads a table without them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from dujiang.assess.checks import Check, book
from dujiang.assess.counting import Counting
from dujiang.assess.tallies import Tally
from dujiang.words import Word

_ORIGIN = ("x_source_kind", "x_file", "x_line", "x_arrival")


class Flag(Word, frozen=True):
    """One row that one check found wrong, as the source knows it: kind of record, file and line of an arrival."""

    table: str
    key: int | str | None
    check: str
    kind: str | None = None
    file: str | None = None
    line: int | None = None
    arrival: str | None = None


def flags(counting: Counting, table: str, checks: Iterable[Check], *, keys: Mapping[str, str] | None = None) -> str:
    """SELECT of `table`, `key`, `check`, `kind`, `file`, `line`, `arrival`: a row for each row and check that found it wrong.

    A check that asks about the whole table, or lacks its columns, flags nothing. `keys` names each table's key column.
    """
    have = counting.tables.columns(table)
    conditions, source = _conditions(counting, table, checks)
    cases = ", ".join(f"CASE WHEN {sql} THEN {_word(name)} END" for name, sql in conditions.items())
    wrong = " OR ".join(f"({sql})" for sql in conditions.values())
    return counting.tables.sql(
        f"SELECT * FROM (SELECT {_word(table)} AS \"table\", {_key(have, table, keys)} AS key, unnest([{cases}]) AS \"check\", {_origin(have)} "
        f"FROM {source} WHERE {wrong}) WHERE \"check\" IS NOT NULL"
    )


def sound(counting: Counting, table: str, checks: Iterable[Check]) -> str:
    """SELECT of the table's rows that none of the checks found wrong, all columns and perhaps others.

    Of rows that repeat one another the first stays. A check that asks about the whole table, or lacks its columns, leaves out nothing.
    """
    conditions, source = _conditions(counting, table, checks)
    wrong = " OR ".join(f"({sql})" for sql in conditions.values())
    return counting.tables.sql(f"SELECT t.* FROM {source} WHERE NOT coalesce({wrong}, false)")


def _conditions(counting: Counting, table: str, checks: Iterable[Check]) -> tuple[dict[str, str], str]:
    """By check the condition over a row `t` on which it is wrong, and the FROM that has all they speak of; each row stays one."""
    have = counting.tables.columns(table)
    able = [c for c in checks if c.counted == table and not c.bad.whole and counting.can(table, c.bad)]
    windows: dict[str, str] = {}
    conditions = {check.id: _condition(check.bad, have, windows) for check in able} or {"": "false"}
    text = " ".join((*conditions.values(), *windows.values()))
    numbered = "".join(f", {sql} AS {name}" for name, sql in windows.items())
    source = f"{counting.tables.source(table)} t"
    within = f"(SELECT t.*{numbered} FROM {source}{counting.besides.joins(' '.join(windows.values()))}) t" if windows else source
    return conditions, within + counting.besides.joins(text)


def examples(counting: Counting, checks: Sequence[Check], *, most: int, keys: Mapping[str, str] | None = None) -> tuple[Flag, ...]:
    """At most so many flagged rows of each check, in the order of arrival, file, line and key."""
    found: list[Flag] = []
    for table in dict.fromkeys(check.counted for check in checks):
        if counting.tables.rows(table):
            sql = (
                f"SELECT * FROM ({flags(counting, table, checks, keys=keys)}) "
                f"QUALIFY row_number() OVER (PARTITION BY \"check\" ORDER BY arrival, file, line, key) <= {int(most)} "
                "ORDER BY \"check\", arrival, file, line, key"
            )
            found += [_flag(row) for row in counting.tables.frames.rows(sql)]
    return tuple(found)


def _flag(row: tuple[object, ...]) -> Flag:
    table, key, check, kind, file, line, arrival = cast(
        tuple[str, int | str | None, str, str | None, str | None, int | None, str | None], row
    )
    return Flag(table=table, key=key, check=check, kind=kind, file=file, line=line, arrival=arrival)


def _condition(tally: Tally, have: Mapping[str, str], windows: dict[str, str]) -> str:
    """SQL over a row that is true where the row is among what the tally counts; windows over its group are named in `windows`."""
    where = tally.where
    for column in tally.by:
        if "." in column:  # a column of a side is a column of the group
            where = re.sub(rf"\bt\.{column.split('.')[1]}\b", column, where)
    parts = [tally.among, *([f"t.{tally.by[0]} = {tally.at}"] if tally.at is not None else [])]
    if tally.by:
        group = ", ".join((f"({tally.among})", *(column if "." in column else f"t.{column}" for column in tally.by)))
        if re.search(r"\bt\.n\b", where):
            where = re.sub(r"\bt\.n\b", f"t.{_window(windows, f'count(*) OVER (PARTITION BY {group})')}", where)
        if tally.weigh == "t.n - 1":
            order = ", ".join(f"t.{name}" for name in ("x_arrival", "x_file", "x_line") if name in have) or "1"
            parts.append(f"t.{_window(windows, f'row_number() OVER (PARTITION BY {group} ORDER BY {order})')} > 1")
    return " AND ".join(f"({part})" for part in (*parts, where) if part != "true") or "true"


def _window(windows: dict[str, str], sql: str) -> str:
    """The name under which a window stands beside the row."""
    for name, known in windows.items():
        if known == sql:
            return name
    windows[f"x_window_{len(windows)}"] = sql
    return f"x_window_{len(windows) - 1}"


def _key(have: Mapping[str, str], table: str, keys: Mapping[str, str] | None) -> str:
    """SQL for the row's key, where the table has one."""
    standard = book().tables.get(table, {}).get("key")
    column = (keys or {}).get(table) or (standard if isinstance(standard, str) else f"{table}_id")
    return f"t.{column}" if column in have else "NULL::BIGINT"


def _origin(have: Mapping[str, str]) -> str:
    """SQL for what the source calls the record and where it stands."""
    kinds = {"x_line": "BIGINT"}
    columns = {name: f"t.{name}" if name in have else f"NULL::{kinds.get(name, 'VARCHAR')}" for name in _ORIGIN}
    return ", ".join(f"{sql} AS {name.removeprefix('x_').removeprefix('source_')}" for name, sql in columns.items())


def _word(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
