"""The standard tables of a shore's zone as plain rows, to see what landed records become."""

from typing import Any

from collect.collect_shore import Shore
from dujiang.collect.arrivals import Arrival
from dujiang.standardise.model import PROVENANCE, TABLES
from dujiang.standardise.standardise import standardise, std_name
from dujiang.store.frames import DuckFrames

Row = dict[str, Any]


def standard_rows(shore: Shore, *arrivals: Arrival) -> dict[str, list[Row]]:
    """Every table's rows without their provenance, in order of content."""
    snapshot = standardise(shore, shore.source.zone, arrivals, lambda done, total: None)  # type: ignore[arg-type]
    tables: dict[str, list[Row]] = {}
    with DuckFrames(shore.zones) as frames:
        for name, table in TABLES.items():
            columns = [column for column in table.names() if column not in PROVENANCE]
            chosen = ", ".join(f'"{column}"' for column in columns)
            url = frames.url(shore.source.zone, std_name(snapshot.id, name))
            found = frames.rows(f"SELECT {chosen} FROM read_parquet('{url}') ORDER BY ALL")
            tables[name] = [dict(zip(columns, row, strict=True)) for row in found]
    for row in tables["x_dangling"]:
        row.update({name: "" for name in ("arrival", "file", "line") if name in row})
    return tables
