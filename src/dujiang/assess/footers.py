"""What the footers of Parquet files state of their columns, so that it need not be counted again; believes only what every row group states."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from dujiang.assess.sources import quoted
from dujiang.world import Frames

Row = tuple[str, str, int, int | None, str | None, str | None]


class Footer(NamedTuple):
    """Of one column: rows, how many values are empty, and the least and the greatest of the others as each row group writes them."""

    rows: int | None = None
    empty: int | None = None
    least: tuple[str, ...] | None = None
    greatest: tuple[str, ...] | None = None


def footers(frames: Frames, tables: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Footer]]:
    """By table and column in lower case, for tables given as name -> addresses; nothing of a table without rows."""
    owner = {url: table for table, urls in tables.items() for url in urls}
    if not owner:
        return {}
    found = frames.rows(
        "SELECT file_name, lower(path_in_schema), row_group_num_rows, stats_null_count, stats_min_value, stats_max_value "
        f"FROM parquet_metadata([{quoted(list(owner))}])"
    )
    parts: dict[str, dict[str, list[Row]]] = {}
    groups: Counter[tuple[str, str]] = Counter()
    for row in cast(list[Row], found):
        if row[0] in owner and row[2]:
            parts.setdefault(owner[row[0]], {}).setdefault(row[1], []).append(row)
            groups[owner[row[0]], row[1]] += 1
    # A file that lacks a column states nothing of it, though all of its rows are empty there.
    most = {table: max(groups[table, column] for column in columns) for table, columns in parts.items()}
    return {
        table: {column: _together(rows) if len(rows) == most[table] else Footer() for column, rows in columns.items()}
        for table, columns in parts.items()
    }


def _together(rows: Sequence[Row]) -> Footer:
    """What all row groups state of one column; those that are all empty have no least and greatest."""
    total = sum(row[2] for row in rows)
    empty = None if any(row[3] is None for row in rows) else sum(cast(int, row[3]) for row in rows)
    filled = [row for row in rows if row[3] != row[2]]
    if any(row[4] is None or row[5] is None for row in filled):
        return Footer(total, empty)
    return Footer(total, empty, tuple(cast(str, row[4]) for row in filled), tuple(cast(str, row[5]) for row in filled))
