"""What is known of a table from its files' footers changes no count, whatever the data and the condition."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.assess_dashboard import Desk
from dujiang.assess.counting import Counting
from dujiang.assess.footers import Footer, footers
from dujiang.assess.known import parts, simplify
from dujiang.assess.tables import Tables
from dujiang.assess.tallies import Side, Tally
from dujiang.store.frames import DuckFrames

AS_OF = date(2024, 6, 30)
numbers = st.one_of(st.none(), st.integers(-3, 3))
days = st.one_of(st.none(), st.dates(date(2024, 6, 25), date(2024, 7, 5)))
ATOMS = st.sampled_from([
    "t.a IS NULL", "t.a IS NOT NULL", "t.b IS NULL", "t.b IS NOT NULL", "t.a = 0", "t.a < 1", "t.a > -2", "t.a <> t.b", "t.b NOT IN (1, 2)",
    "coalesce(t.a, 0) = 0", "t.d > ({as_of} + INTERVAL 1 DAY)", "CAST(t.d AS DATE) < DATE '2024-06-28'", "t.d IS NULL", "s.key IS NULL",
    "s.key IS NOT NULL", "s.c > t.a", "coalesce(s.c, 1) = 1", "true", "false", "NOT (t.a = 1 OR t.b IS NULL)", "t.w = 'x AND (y'", "t.w <> ' OR '",
])
conjunctions = st.lists(ATOMS, min_size=1, max_size=3).map(" AND ".join)
conditions = st.lists(conjunctions, min_size=1, max_size=3).map(lambda some: " OR ".join(f"({c})" for c in some))
tables = st.lists(st.tuples(numbers, numbers, days, st.sampled_from(["x AND (y", " OR ", None])), max_size=5)


def literal(value: object) -> str:
    return "NULL" if value is None else f"DATE '{value}'" if isinstance(value, date) else f"'{value}'" if isinstance(value, str) else str(value)


def select(rows: list[tuple[object, ...]], names: dict[str, str]) -> str:
    cells = ", ".join("({})".format(", ".join(map(literal, row))) for row in rows) or "({})".format(", ".join(["NULL"] * len(names)))
    typed = ", ".join(f"{name}::{kind} AS {name}" for name, kind in names.items())
    return f"SELECT {typed} FROM (VALUES {cells}) t({', '.join(names)}) {'' if rows else 'WHERE false'}"


@settings(max_examples=60)
@given(tables, st.lists(st.tuples(st.integers(-3, 3), numbers), max_size=3, unique_by=lambda r: r[0]), conditions)
def test_a_count_is_the_same_with_and_without_what_is_known(rows: list[tuple[object, ...]], beside: list[tuple[object, ...]], where: str) -> None:
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        shape = {"a": "BIGINT", "b": "BIGINT", "d": "DATE", "w": "VARCHAR"}
        urls = desk.urls({"t": select(rows, shape), "s": select(beside, {"k": "BIGINT", "c": "BIGINT"})})
        with DuckFrames(desk.zones) as frames:
            counting = Counting(Tables(frames, urls, AS_OF), {"s": Side(on="a", table="s", key="k", gives={"c": "t.c"})})
            tally = Tally(where=where)
            counted = counting.count([("t", tally)])["t", tally]
            sql = (
                f"SELECT count(*) FROM read_parquet('{urls['t'][0]}') t LEFT JOIN (SELECT k AS key, c FROM read_parquet('{urls['s'][0]}')) s "
                f"ON s.key = t.a WHERE {where}"
            )
            assert frames.rows(sql.replace("{as_of}", f"DATE '{AS_OF}'")) == [(counted,)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("a AND b", ["a", "b"]), ("f(a AND b) AND c", ["f(a AND b)", "c"]), ("x = ' AND ' AND y", ["x = ' AND '", "y"]), ("a", ["a"]),
        ("x = 'it''s AND' AND y", ["x = 'it''s AND'", "y"]),
    ],
)
def test_a_condition_is_cut_only_where_neither_brackets_nor_quotes_hold_it(text: str, cut: list[str]) -> None:
    assert parts(text, " AND ") == cut


def test_what_is_known_to_be_false_goes_and_what_is_known_to_be_true_is_not_asked() -> None:
    known = {"yes": True, "no": False}.get
    assert simplify("(yes AND a) OR (no AND b) OR c", known) == "(a) OR (c)"
    assert simplify("no AND a", known) == "false"
    assert simplify("a OR (yes AND yes)", known) == "true"
    assert simplify("a AND b", known) == "a AND b"


def test_footers_tell_of_all_files_of_a_table_or_of_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    urls = desk.urls({"one": "SELECT 1::BIGINT AS a, NULL::BIGINT AS b, DATE '2020-01-01' AS d", "two": "SELECT unnest([3, NULL])::BIGINT AS a, 9::BIGINT AS b"})
    with DuckFrames(desk.zones) as frames:
        told = footers(frames, {"both": [*urls["one"], *urls["two"]], "one": []})
    assert set(told) == {"both"}
    assert (told["both"]["a"].rows, told["both"]["a"].empty) == (3, 1) and told["both"]["b"].empty == 1
    # The second file has no such column: all of its rows are empty there, and no footer says so.
    assert told["both"]["d"] == Footer()


def test_columns_missing_from_one_of_two_files_count_as_empty_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    urls = desk.urls({"one": "SELECT 1::BIGINT AS a, DATE '2020-01-01' AS d", "two": "SELECT unnest([3, NULL])::BIGINT AS a"})
    tally = Tally(where="t.d IS NULL")
    with DuckFrames(desk.zones) as frames:
        counting = Counting(Tables(frames, {"both": [*urls["one"], *urls["two"]]}, AS_OF), {})
        assert counting.count([("both", tally), ("both", Tally())]) == {("both", tally): 2, ("both", Tally()): 3}


@pytest.mark.parametrize("keys", [[1, 2, 3], [1, 1, 5], [31, 32, 63, 64], [-1, -32, -33], [None, None, 4], [2**62, 2**62 - 1, -(2**62)], [7, 39, 7]])
def test_keys_that_repeat_are_found_wherever_they_lie(tmp_path: Path, keys: list[int | None]) -> None:
    desk = Desk(tmp_path)
    urls = desk.urls({"t": select([(key,) for key in keys], {"k": "BIGINT"})})
    every, surplus = Tally(by=("k",), where="t.n > 1 AND t.k IS NOT NULL"), Tally(by=("k",), among="t.k IS NOT NULL", weigh="t.n - 1")
    there = [key for key in keys if key is not None]
    with DuckFrames(desk.zones) as frames:
        counted = Counting(Tables(frames, urls, AS_OF), {}).count([("t", every), ("t", surplus)])
    assert counted["t", every] == sum(there.count(key) > 1 for key in there) and counted["t", surplus] == len(there) - len(set(there))


def test_few_statements_count_many_conditions(tmp_path: Path) -> None:
    desk, asked = Desk(tmp_path), []
    urls = desk.urls({"t": "SELECT i AS a, i % 7 AS b FROM range(100) r(i)"})
    with DuckFrames(desk.zones) as frames:
        rows = frames.rows
        frames.rows = lambda sql, params=(): (asked.append(sql), rows(sql, params))[1]  # type: ignore[assignment]
        counted = Counting(Tables(frames, urls, AS_OF), {}).count(("t", Tally(where=f"t.a % {n} = 0")) for n in range(1, 200))
    assert [counted["t", Tally(where=f"t.a % {n} = 0")] for n in (1, 2, 3, 199)] == [100, 50, 34, 1]
    assert len(asked) <= 4
