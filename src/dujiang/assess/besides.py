"""Makes the sides of a table, one row per key, each once however many columns lead to it."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from dujiang.assess.tables import Tables
from dujiang.assess.tallies import BESIDE, Side


class Made(NamedTuple):
    """A side as a table of ours: its name, whether each key is there once, and whether there is none."""

    name: str
    single: bool
    empty: bool


class Besides:
    """The sides that conditions may speak of, by alias."""

    def __init__(self, tables: Tables, sides: Mapping[str, Side]) -> None:
        self._tables = tables
        self._sides = sides
        self._made: dict[tuple[object, ...], Made] = {}

    def on(self, alias: str) -> str:
        """The column of `t` by which a side is joined."""
        return self._sides[alias].on

    def spoken_of(self, text: str) -> dict[str, set[str]]:
        """The sides a text speaks of, and what it reads of each."""
        found: dict[str, set[str]] = {}
        for alias, name in BESIDE.findall(text):
            if alias in self._sides:
                found.setdefault(alias, set()).add(name)
        return found

    def gives(self, alias: str, names: Iterable[str]) -> bool:
        """Whether the side's table has the columns that these need."""
        side = self._sides[alias]
        return self._tables.columns(side.table).keys() >= side.reads(*names)

    def joins(self, text: str, every: Iterable[str] = ()) -> str:
        """The JOINs of the sides that a text speaks of; of those in `every`, each row."""
        joined = []
        for alias in dict.fromkeys((*self.spoken_of(text), *every)):
            made = self.made(alias)
            kind, name = ("JOIN", f"{made.name}_every") if alias in every and not made.single else ("LEFT JOIN", made.name)
            joined.append(f" {kind} {name} {alias} ON {alias}.key = t.{self._sides[alias].on}")
        return "".join(joined)

    def knows(self, decide: Callable[[str], bool | None]) -> Callable[[str], bool | None]:
        """What is known of parts of conditions, also by sides that are empty."""

        def also(part: str) -> bool | None:
            lacking = [alias for alias in self.spoken_of(part) if self.made(alias).empty]
            if lacking and part in (f"{lacking[0]}.key IS NULL", f"{lacking[0]}.key IS NOT NULL"):
                return part.endswith(".key IS NULL")
            return False if lacking and " IS " not in part and "(" not in part.replace("CAST(", "") else decide(part)

        return also

    def made(self, alias: str) -> Made:
        """The table of a side, made once for all sides with the same rows; it does not give what its own table lacks columns for."""
        side = self._sides[alias]
        same = (side.table, side.key, *side.gives.items(), side.where, side.per_key, side.pair)
        if same not in self._made:
            self._made[same] = self._make(side, f"x_side_{len(self._made)}")
        return self._made[same]

    def _make(self, side: Side, name: str) -> Made:
        run, rows_of = self._tables.frames.run, self._tables.one
        run(self._tables.sql(f"CREATE OR REPLACE TABLE {name} AS {self._select(side)}"))
        rows = rows_of(f"SELECT count(*) FROM {name}")
        single = bool(side.pair or side.per_key or not side.gives) or rows_of(f"SELECT count(DISTINCT key) FROM {name}") == rows
        if not single:
            given = "".join(f", min({column}) AS {column}" for column in side.gives if self._given(side, column))
            run(f"CREATE OR REPLACE TABLE {name}_every AS FROM {name}")
            run(f"CREATE OR REPLACE TABLE {name} AS SELECT key{given} FROM {name}_every GROUP BY key")
        return Made(name, single, not rows)

    def _select(self, side: Side) -> str:
        source = self._tables.source(side.table)
        if side.pair:
            return f"SELECT DISTINCT t.{side.key} AS key FROM {source} t JOIN {source} u ON u.{side.key} = t.{side.key} WHERE {side.pair}"
        given = "".join(f", {sql} AS {name}" for name, sql in side.gives.items() if self._given(side, name))
        grouped = " GROUP BY ALL" if side.per_key or not side.gives else ""
        return f"SELECT t.{side.key} AS key{given} FROM {source} t WHERE {side.where} AND t.{side.key} IS NOT NULL{grouped}"

    def _given(self, side: Side, name: str) -> bool:
        return self._tables.columns(side.table).keys() >= side.reads(name)
