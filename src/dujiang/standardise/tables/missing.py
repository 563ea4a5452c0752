"""Tells which columns a map of tables names and a delivery did not bring, by table and column, on the same work-list as unmapped codes."""

from collections.abc import Sequence

import msgspec

from dujiang.standardise.plan import literal
from dujiang.standardise.tables.compiling import Compiled, parts_of
from dujiang.world import Frames


def count_missing(frames: Frames, maps: Sequence[Compiled]) -> None:
    """Rows of `x_unmapped` with the reason `column.missing`; a table that was not delivered at all is not missed."""
    for one in maps:
        for table, columns in one.needs.items():
            if columns:
                frames.run(_lacking(table, columns))


def _lacking(table: str, columns: Sequence[str]) -> str:
    """A record has every column of its table's header, if only as null."""
    kinds = f"regexp_full_match(kind, {literal(parts_of(table))})" if table.endswith("*") else f"kind = {literal(table)}"
    counts = ", ".join(f"count(*) FILTER (NOT contains(body, {literal(msgspec.json.encode(column).decode() + ':')}))" for column in columns)
    names = ", ".join(literal(column) for column in columns)
    return (
        f"INSERT INTO x_unmapped SELECT {literal(table)}, field, '', '', '', n, 'column.missing' FROM "
        f"(SELECT unnest([{names}]) AS field, unnest([{counts}]) AS n FROM x_records WHERE form = 'table' AND {kinds}) WHERE n > 0"
    )
