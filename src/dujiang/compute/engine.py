"""The fast engine: a query as a few SQL statements over tables kept warm in memory; equal to the reference on every query and all data.

`prepare` opens an asset version once: persons become dense integers, each distinct set of codes one integer, so that matching codes costs a
look at the distinct sets and joining costs an array access. Most questions name neither days nor bounds: for them each person's sums by set of
codes are kept warm, too. One run at a time: runs share the tables whose names begin with `q_`.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import NamedTuple, cast

import msgspec

from dujiang.compute import conditions
from dujiang.compute.layout import (
    BIN,
    BIN_CONTRIBUTORS,
    CONTRIBUTORS,
    EVENTS,
    MOST,
    PERSONS,
    SQUARES,
    SUM,
    UNIT,
    Layout,
    layout,
    too_large,
)
from dujiang.compute.query import DATES, EVENT_TABLES, ByCode, Events, Query
from dujiang.errors import Refused
from dujiang.words import Code, one_of
from dujiang.world import Frames

VALUED_TABLES = frozenset({"measurement"})
# Of each person first, then of each cell, so that counting contributors is counting rows.
PER_PERSON = {EVENTS: "count(*) AS k", SUM: "sum(value) AS s", SQUARES: "sum(value * value) AS q"}
PER_CELL = {CONTRIBUTORS: "count(*)", EVENTS: "sum(k)", SUM: "sum(s)", SQUARES: "sum(q)"}
UNITS = {SUM: UNIT, SQUARES: UNIT * UNIT}
# The same from the warm sums; a person all of whose values are NULL is no contributor.
FROM_SUMS = {EVENTS: "sum(k) AS k", SUM: "sum(s) AS s", SQUARES: "sum(q) AS q"}
SQUARABLE = 1_000_000  # values below it can be squared and added up in DECIMAL(38, 18) for any number of events that fits in memory


class Found(NamedTuple):
    """A query's vector over the persons not excluded, the handles of those counted, how many they are, and how many the mask left out."""

    vector: list[int]
    participants: list[str]
    included: int
    excluded: int


def prepare(frames: Frames, tables: Mapping[str, Sequence[str]], index: str) -> None:
    """Open an asset version: `tables` are the addresses of its Parquet files by table, `index` that of the person index.

    One row per person of the index: sex and birth come from the smallest person_id that has one. A birth known in part counts from the
    first day of what is known, and a day that does not exist is not known.
    """
    frames.run(f"CREATE TABLE w_index AS SELECT DISTINCT person_id, person, handle FROM {_files([index])}")
    frames.run(
        "CREATE TABLE w_person AS SELECT (row_number() OVER (ORDER BY id) - 1)::INTEGER AS n, * FROM (SELECT person AS id, min(handle) AS handle, "
        "coalesce(arg_min(sex, person_id) FILTER (WHERE sex IS NOT NULL), 'unknown') AS sex, "
        "arg_min(birth, person_id) FILTER (WHERE birth IS NOT NULL) AS birth FROM (SELECT i.person, i.handle, p.person_id, "
        "CASE p.gender_concept_id WHEN 8532 THEN 'female' WHEN 8507 THEN 'male' END AS sex, CASE WHEN p.year_of_birth BETWEEN 1 AND 9999 "
        "THEN TRY(make_date(p.year_of_birth, coalesce(p.month_of_birth, 1), coalesce(p.day_of_birth, 1))) END AS birth "
        f"FROM w_index i JOIN {_files(tables['person'])} p USING (person_id)) GROUP BY person)"
    )
    frames.run("CREATE TABLE w_row AS SELECT i.person_id, w.n FROM w_index i JOIN w_person w ON w.id = i.person")
    for table in EVENT_TABLES:
        if table in tables:
            _prepare_events(frames, table, tables[table])


def _files(urls: Sequence[str]) -> str:
    return "read_parquet([" + ", ".join("'" + u.replace("'", "''") + "'" for u in urls) + "], union_by_name = true)"


def _prepare_events(frames: Frames, table: str, urls: Sequence[str]) -> None:
    source = _files(urls)
    value = ""
    if table in VALUED_TABLES:
        # Values of a thousand million and more are marked by their sign instead; a query that selects one is refused.
        value = (
            ", TRY_CAST(e.value_as_number AS DECIMAL(18, 9)) AS value, CASE WHEN e.value_as_number IS NOT NULL "
            "AND TRY_CAST(e.value_as_number AS DECIMAL(18, 9)) IS NULL THEN sign(e.value_as_number) ELSE 0 END::TINYINT AS beyond"
        )
    frames.run(f"CREATE TABLE w_{table}_codes AS SELECT (row_number() OVER (ORDER BY x_codes) - 1)::INTEGER AS c, x_codes "
               f"FROM (SELECT DISTINCT coalesce(x_codes, '') AS x_codes FROM {source})")
    # Ordered, so that a query reads only the row groups of its codes.
    frames.run(
        f"CREATE TABLE w_{table} AS SELECT r.n, k.c, e.{DATES[table]} AS day{value} FROM {source} e JOIN w_row r USING (person_id) "
        f"JOIN w_{table}_codes k ON k.x_codes = coalesce(e.x_codes, '') ORDER BY k.c, r.n"
    )
    if table in VALUED_TABLES:
        frames.run(
            f"CREATE TABLE w_{table}_sums AS SELECT c, n, count(value) AS k, sum(value) AS s, "
            f"sum(value * value) FILTER (abs(value) < {SQUARABLE}) AS q, coalesce(bool_or(abs(value) >= {SQUARABLE}), false) AS large, "
            f"bool_or(beyond <> 0) AS beyond FROM w_{table} GROUP BY c, n ORDER BY c, n"
        )


def people(frames: Frames) -> dict[str, str]:
    """Handle by person id, of everybody in the asset version."""
    return dict(cast(list[tuple[str, str]], frames.rows("SELECT id, handle FROM w_person")))


def run(frames: Frames, query: Query, *, excluded: Collection[str]) -> Found:
    """The query over prepared frames, without the persons of `excluded` (ids). A person outside every cell is not counted at all.

    Refused when a selected value, or a sum, is too large to be exact, and when the asset version has no table that the query asks about.
    """
    _refuse_absent(frames, query)
    hidden = msgspec.json.encode(list(excluded)).decode()
    frames.run("CREATE OR REPLACE TABLE q_excluded AS SELECT unnest(from_json(?, '[\"VARCHAR\"]')) AS id", [hidden])
    frames.run(f"CREATE OR REPLACE TABLE q_placed AS {_placed(frames, query)}")
    # One long text instead of a row each: Python would make as many tuples.
    handles = frames.rows("SELECT string_agg(handle, ' ') FROM (SELECT DISTINCT n, handle FROM q_placed WHERE NOT hidden)")[0][0]
    counted = str(handles).split(" ") if handles else []
    left_out = cast(int, frames.rows("SELECT count(DISTINCT n) FROM q_placed WHERE hidden")[0][0])
    return Found(_vector(frames, query), counted, len(counted), left_out)


def _refuse_absent(frames: Frames, query: Query) -> None:
    asked = {column.partition(".")[0] for column in query.columns()}
    absent = asked - {str(name).removeprefix("w_") for (name,) in frames.rows("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'w_')")}
    if absent:
        raise Refused(
            "query.table_absent", "The asset version has no table {names}. Ask about others.", "该资产版本不含数据表 {names}，请查询其他表。",
            names=one_of(absent),
        )


def _placed(frames: Frames, query: Query) -> str:
    """SELECT of the cohort with the number of each person's cell, those hidden by consent marked; several rows for one person by code."""
    find = partial(_sets, frames)
    cohort = (
        "SELECT w.*, x.id IS NOT NULL AS hidden FROM w_person w LEFT JOIN (SELECT DISTINCT id FROM q_excluded) x USING (id) "
        f"WHERE {conditions.in_cohort(query.cohort, find)}"
    )
    first = query.by[0] if query.by else None
    if isinstance(first, ByCode):
        pairs = ", ".join(f"({c}, {n})" for n, g in enumerate(first.groups) for c in find(first.table, g.codes))
        having = f"SELECT DISTINCT n, cell FROM w_{first.table} JOIN (VALUES {pairs or '(NULL, NULL)'}) v(c, cell) USING (c)"
        return f"SELECT n, handle, hidden, cell FROM ({cohort}) JOIN ({having}) USING (n)"
    cell = "0"
    for group in query.by:
        cell = f"({cell}) * {len(group.labels())} + ({conditions.place(group)})"
    return f"SELECT n, handle, hidden, cell FROM (SELECT *, {cell} AS cell FROM ({cohort})) WHERE cell IS NOT NULL"


def _sets(frames: Frames, table: str, codes: Sequence[Code]) -> list[int]:
    """The numbers of the table's distinct sets of codes that hold any of these."""
    wanted = [f"{c.system}|{c.code}" for c in codes]
    rows = frames.rows(f"SELECT c FROM w_{table}_codes WHERE list_has_any(string_split(x_codes, ' '), ?) ORDER BY c", [wanted])
    return [cast(int, c) for (c,) in rows]


def _vector(frames: Frames, query: Query) -> list[int]:
    form = layout(query)
    vector = [0] * form.length
    for cell, persons in _ints(frames, "SELECT cell, count(*) FROM q_placed WHERE NOT hidden GROUP BY cell"):
        vector[form.place(cell, PERSONS)] = persons
    if query.of is not None and (sums := _warm_sums(frames, query, form)):
        _fill_figures(frames, form, sums, vector)
    elif query.of is not None:
        source = _events(frames, query.of)
        _fill_figures(frames, form, _per_person(form, PER_PERSON, source), vector)
        if query.edges:
            _fill_bins(frames, form, f"{conditions.bin_of(query.edges)} AS b FROM {source}", vector)
    if any(abs(x) >= MOST for x in vector):
        raise too_large()
    return vector


def _events(frames: Frames, of: Events) -> str:
    """What follows FROM: the query's events of the persons counted, beside each person's cell; refused when one has too large a value."""
    where = conditions.selected(_sets(frames, of.table, of.codes), of.since, of.until)
    source = f"w_{of.table} JOIN (SELECT n, cell FROM q_placed WHERE NOT hidden) USING (n) WHERE {where}"
    # Bounds are under a thousand million, so one bound leaves out every value beyond on its side.
    signs = [*(["beyond > 0"] if of.high is None else []), *(["beyond < 0"] if of.low is None else [])]
    if signs and frames.rows(f"SELECT 1 FROM {source} AND ({' OR '.join(signs)}) LIMIT 1"):
        raise too_large()
    return f"{source} AND {conditions.valued(of)}"


def _warm_sums(frames: Frames, query: Query, form: Layout) -> str:
    """SELECT of each person's figures from the warm sums; empty when the question needs the single events."""
    of = query.of
    if of is None or query.edges or of.table not in VALUED_TABLES or any(x is not None for x in (of.since, of.until, of.low, of.high)):
        return ""
    where = conditions.selected(_sets(frames, of.table, of.codes), None, None)
    source = f"w_{of.table}_sums JOIN (SELECT n, cell FROM q_placed WHERE NOT hidden) USING (n) WHERE {where}"
    ((beyond, large),) = frames.rows(f"SELECT bool_or(beyond), bool_or(large) FROM {source}")
    if beyond:
        raise too_large()
    if large and SQUARES in form.names:
        return ""
    return f"{_per_person(form, FROM_SUMS, source)} HAVING sum(k) > 0"


def _per_person(form: Layout, figures: Mapping[str, str], source: str) -> str:
    """SELECT of the figures asked for, of each person in each cell."""
    return f"SELECT {', '.join(['cell', 'n', *(sql for name, sql in figures.items() if name in form.names)])} FROM {source} GROUP BY cell, n"


def _fill_figures(frames: Frames, form: Layout, persons: str, vector: list[int]) -> None:
    names = [name for name in PER_CELL if name in form.names]
    outer = ", ".join(["cell", *(PER_CELL[name] for name in names)])
    for cell, *figures in frames.rows(f"SELECT {outer} FROM ({persons}) GROUP BY cell"):
        for name, figure in zip(names, figures, strict=True):
            # By way of a fraction: Python's decimals would round at 28 digits.
            vector[form.place(cast(int, cell), name)] = int(Fraction(cast(Decimal, figure)) * UNITS.get(name, 1))


def _fill_bins(frames: Frames, form: Layout, binned: str, vector: list[int]) -> None:
    per_person = f"SELECT cell, n, count(*) AS k, {binned} GROUP BY cell, n, b"
    for cell, b, events, contributors in _ints(frames, f"SELECT cell, b, sum(k), count(*) FROM ({per_person}) GROUP BY cell, b"):
        vector[form.place(cell, f"{BIN}{b}")] = events
        vector[form.place(cell, f"{BIN_CONTRIBUTORS}{b}")] = contributors


def _ints(frames: Frames, sql: str) -> list[tuple[int, ...]]:
    return cast(list[tuple[int, ...]], frames.rows(sql))
