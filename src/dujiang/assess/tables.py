"""The tables of one assessment: their columns, types and rows, what their footers tell, and how to read them as they ought to be."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from dujiang.assess.footers import Footer, footers
from dujiang.assess.sources import parquet
from dujiang.world import Frames

INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "UBIGINT")


class Tables:
    """Tables given as name -> addresses of their Parquet files, on a day; one without addresses is not there.

    `types` are the SQL types columns ought to have. A column of another type is read as it ought to be, and what does not fit is
    empty; its own value is then `raw_<column>`.
    """

    def __init__(
        self, frames: Frames, tables: Mapping[str, Sequence[str]], as_of: date, *, types: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self.frames = frames
        self.as_of = as_of
        self._urls = {name: urls for name, urls in tables.items() if urls}
        self._types = types or {}
        self._footers = footers(frames, self._urls)
        self._columns: dict[str, dict[str, str]] = {}
        self._rows: dict[str, int] = {}

    def columns(self, table: str) -> dict[str, str]:
        """Columns and the types they have; none when the table is not there."""
        if table not in self._columns:
            found = self.frames.rows(f"DESCRIBE SELECT * FROM {parquet(self._urls[table])}") if table in self._urls else []
            self._columns[table] = {str(name).lower(): str(kind) for name, kind, *_ in found}
        return self._columns[table]

    def rows(self, table: str) -> int:
        """How many rows the table has."""
        if table not in self._rows:
            told = next((f.rows for f in self._footers.get(table, {}).values() if f.rows is not None), None)
            counted = self.one(f"SELECT count(*) FROM {parquet(self._urls[table])}") if told is None and self.columns(table) else 0
            self._rows[table] = told or counted
        return self._rows[table]

    def wrong(self, table: str) -> list[str]:
        """Columns of another type than they ought to have."""
        ought = self._types.get(table, {})
        return [name for name, kind in self.columns(table).items() if not _fits(kind, ought.get(name, kind))]

    def source(self, table: str) -> str:
        """The FROM of a table, its columns of the types they ought to have."""
        ought, wrong = self._types.get(table, {}), self.wrong(table)
        if not wrong:
            return parquet(self._urls[table])
        read = ", ".join(f"TRY_CAST({name} AS {ought[name]}) AS {name}" for name in wrong)
        raw = ", ".join(f"{name} AS raw_{name}" for name in wrong)
        return f"(SELECT * REPLACE ({read}), {raw}, filename FROM {parquet(self._urls[table])})"

    def footer(self, table: str, column: str) -> Footer:
        """What the footers tell of a column that is read as it is."""
        return Footer() if column in self.wrong(table) else self._footers.get(table, {}).get(column, Footer())

    def sql(self, text: str) -> str:
        """SQL with the day put in."""
        return text.replace("{as_of}", f"DATE '{self.as_of.isoformat()}'")

    def one(self, sql: str) -> int:
        """The single number of a statement."""
        return cast(int, self.frames.rows(self.sql(sql))[0][0])


def _fits(kind: str, ought: str) -> bool:
    """Whether a column of one type needs no cast to be read as another."""
    if ought == "BIGINT":
        return kind in INTEGERS or kind == "HUGEINT"
    if ought in ("DATE", "TIMESTAMP"):
        return kind.startswith(ought)
    return not ought.startswith("DECIMAL") or kind in INTEGERS or kind.startswith(_NUMBERS)
