"""Counts many tallies at once: one statement per table and grouping, none for what is known already; judges nothing."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

from dujiang.assess.besides import Besides
from dujiang.assess.known import Decide, of_table, simplify
from dujiang.assess.tables import INTEGERS, Tables
from dujiang.assess.tallies import COLUMN, RAW, Side, Tally

Counts = dict[tuple[str, Tally], int]


class Plan(NamedTuple):
    """What tallies share that are counted by one statement."""

    table: str
    by: tuple[str, ...]
    among: str
    every: tuple[str, ...]
    at: bool


class Counting:
    """Counts over tables, beside sides by their alias; what cannot be read is left uncounted.

    `lenient`: so is what the engine refuses, alone; for conditions that somebody else wrote.
    """

    def __init__(self, tables: Tables, sides: Mapping[str, Side], *, lenient: bool = False) -> None:
        self.tables = tables
        self.besides = Besides(tables, sides)
        self._lenient = lenient
        self._kept: dict[tuple[object, ...], str] = {}
        self._unique: dict[tuple[str, str], bool] = {}

    def can(self, table: str, tally: Tally) -> bool:
        """Whether the table has all the columns, and the sides' tables theirs, that the tally reads."""
        have, text = self.tables.columns(table), RAW.sub(r"t.\1", tally.texts())
        own = {"n", *(_last(c) for c in tally.by if "." in c)} if tally.by else set()
        beside = self.besides.spoken_of(f"{text} {' '.join(f'{alias}.key' for alias in tally.every)}")
        reads = ({name.lower() for name in COLUMN.findall(text)} - own) | {self.besides.on(alias) for alias in beside}
        return bool(have) and reads <= have.keys() and all(self.besides.gives(alias, names) for alias, names in beside.items())

    def decide(self, table: str) -> Decide:
        """What is known of parts of conditions on a table and its sides."""
        return self.besides.knows(of_table(self.tables, table))

    def count(self, wanted: Iterable[tuple[str, Tally]]) -> Counts:
        """How many of each; a tally that cannot be counted is left out."""
        plans: dict[Plan, dict[Tally, str]] = {}
        counted: Counts = {}
        for table, tally in dict.fromkeys(wanted):
            if not self.can(table, tally):
                continue
            where = simplify(tally.where, self.decide(table))
            known = self._known(table, tally, where)
            if known is None:
                plans.setdefault(self._plan(table, tally), {})[tally] = where
            else:
                counted[table, tally] = known
        for plan, tallies in plans.items():
            keep = sum(other[:4] == plan[:4] for other in plans) > 1
            counted.update(((plan.table, tally), n) for tally, n in self._tried(plan, tallies, keep=keep).items())
        return counted

    def _tried(self, plan: Plan, tallies: Mapping[Tally, str], *, keep: bool) -> dict[Tally, int]:
        """The numbers of one plan; where the engine refuses them together, of each half, down to the one that it refuses."""
        try:
            return self._run(plan, tallies, keep=keep)
        except Exception:
            if not self._lenient:
                raise
        if len(tallies) == 1:
            return {}
        pairs = list(tallies.items())
        half = len(pairs) // 2
        return self._tried(plan, dict(pairs[:half]), keep=keep) | self._tried(plan, dict(pairs[half:]), keep=keep)

    def _known(self, table: str, tally: Tally, where: str) -> int | None:
        """The number, where nothing need be read for it."""
        rows, plain = self.tables.rows(table), not tally.by and not tally.whole
        if not rows or (not tally.whole and where == "false") or (tally.repeats and self._is_unique(table, tally.by[0])):
            return 0
        if plain and where == "true":
            return rows
        column = where.removeprefix("t.").removesuffix(" IS NULL").removesuffix(" IS NOT NULL")
        empty = self.tables.footer(table, column).empty if plain and where in (f"t.{column} IS NULL", f"t.{column} IS NOT NULL") else None
        return None if empty is None else empty if where.endswith(" IS NULL") else rows - empty

    def _plan(self, table: str, tally: Tally) -> Plan:
        several = tuple(sorted(alias for alias in tally.every if not self.besides.made(alias).single))
        return Plan(table, tally.by, tally.among, several, tally.at is not None)

    def _run(self, plan: Plan, tallies: Mapping[Tally, str], *, keep: bool) -> dict[Tally, int]:
        """The numbers of one plan's tallies, each distinct one counted once."""
        asked = {tally: tally.number(where) for tally, where in tallies.items()}
        places = {sql: n for n, sql in enumerate(dict.fromkeys(asked.values()))}
        group, by = (f"t.{_last(plan.by[0])}", " GROUP BY 1") if plan.at else ("NULL", "")
        sql = f"SELECT {group}, {', '.join(places)} FROM {self._from(plan, ' '.join(places), keep=keep)}{by}"
        found = {row[0]: cast(tuple[int, ...], row[1:]) for row in self.tables.frames.rows(self.tables.sql(sql))}
        zeros = (0,) * len(places)
        # An aggregate over nothing but NULL is NULL.
        return {tally: found.get(tally.at, zeros)[places[one]] or 0 for tally, one in asked.items()}

    def _from(self, plan: Plan, text: str, *, keep: bool) -> str:
        if not plan.by:
            return f"{self.tables.source(plan.table)} t{self.besides.joins(text, plan.every)}"
        inside = f"{plan.among} {' '.join(plan.by)}"
        within = [alias for alias in plan.every if alias in self.besides.spoken_of(inside)]
        beyond = [alias for alias in plan.every if alias not in within]
        return f"{self._groups(plan, self.besides.joins(inside, within), keep=keep)} t{self.besides.joins(text, beyond)}"

    def _groups(self, plan: Plan, joins: str, *, keep: bool) -> str:
        """The FROM of a table's groups; those that are asked for again are kept."""
        if (only := self._only(plan)) is not None:
            return only
        columns = ", ".join(c if "." in c else f"t.{c}" for c in plan.by)
        sql = f"(SELECT {columns}, count(*) AS n FROM {self.tables.source(plan.table)} t{joins} WHERE {plan.among} GROUP BY ALL)"
        if keep and plan[:4] not in self._kept:
            self._kept[plan[:4]] = f"x_groups_{len(self._kept)}"
            self.tables.frames.run(self.tables.sql(f"CREATE OR REPLACE TABLE {self._kept[plan[:4]]} AS FROM {sql}"))
        return self._kept.get(plan[:4], sql)

    def _only(self, plan: Plan) -> str | None:
        """The single group of a column whose values are all empty or all the same integer."""
        name, rows = plan.by[0], self.tables.rows(plan.table)
        footer, kind = self.tables.footer(plan.table, name), self.tables.columns(plan.table).get(name, "")
        if len(plan.by) > 1 or plan.among != "true":
            return None
        if footer.empty == rows:
            return f"(SELECT NULL::{kind} AS {name}, {rows} AS n)"
        values = {*(footer.least or ()), *(footer.greatest or ())}
        if footer.empty == 0 and len(values) == 1 and kind in INTEGERS:
            return f"(SELECT {int(values.pop())}::{kind} AS {name}, {rows} AS n)"
        return None

    def _is_unique(self, table: str, column: str) -> bool:
        """Whether no two rows have the same integer there: of 32 neighbouring numbers, as many are seen as there are rows."""
        if self.tables.columns(table).get(column) not in INTEGERS or column in self.tables.wrong(table):
            return False
        if (table, column) not in self._unique:
            number = f"t.{column}::BIGINT"
            blocks = (
                f"SELECT count(*) AS n, bit_or(1::BIGINT << ({number} & 31)) AS seen FROM {self.tables.source(table)} t "
                f"WHERE t.{column} IS NOT NULL GROUP BY {number} >> 5"
            )
            self._unique[table, column] = self.tables.one(f"SELECT count(*) FROM ({blocks}) WHERE bit_count(seen) <> n") == 0
        return self._unique[table, column]


def _last(column: str) -> str:
    return column.split(".")[-1]
