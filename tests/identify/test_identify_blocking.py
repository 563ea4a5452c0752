"""Which pairs are compared: predicted first, the crowded groups left out and named, the fresh ones only where nothing else changed."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.identify.blocking import BUDGET, PAIRS_A_RECORD, Plan, choose_fresh_pairs, choose_pairs, keys_sql, plan
from dujiang.identify.linkage import Rule
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from dujiang.words import Saying

RULES = (
    Rule(name="one", key="r.one", says=Saying(en="one", zh="一")),
    Rule(name="other", key="r.other", says=Saying(en="other", zh="二")),
)
Rows = list[tuple[str | None, str | None]]


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckFrames]:
    with DuckFrames(Zones(tmp_path_factory.mktemp("frames"))) as opened:
        yield opened


def put(frames: DuckFrames, rows: Rows, rules: tuple[Rule, ...] = RULES) -> None:
    frames.run("DROP TABLE IF EXISTS x_traits")
    frames.load("x_traits", {"n": "BIGINT", "one": "VARCHAR", "other": "VARCHAR"}, ({"n": n, "one": a, "other": b} for n, (a, b) in enumerate(rows, 1)))
    frames.run(f"CREATE OR REPLACE TABLE x_keys AS {keys_sql(rules, 'x_traits', 'n')}")


def pairs(frames: DuckFrames) -> set[tuple[int, int]]:
    return {(int(str(a)), int(str(b))) for a, b in frames.rows("SELECT a, b FROM x_pairs")}


def test_records_that_share_a_key_are_compared_once_however_many_keys_they_share(frames: DuckFrames) -> None:
    put(frames, [("a", "x"), ("a", "x"), ("b", "x"), (None, None)])
    assert choose_pairs(frames, RULES, plan(frames, 4)) == ()
    assert sorted(frames.rows("SELECT a, b FROM x_pairs")) == [(1, 2), (1, 3), (2, 3)]


def test_the_pairs_are_predicted_before_anything_is_compared(frames: DuckFrames) -> None:
    put(frames, [("a", "x")] * 10 + [("b", None)] * 4)
    assert plan(frames, 14).pairs == 45 + 45 + 6


def test_a_crowded_value_costs_only_itself_and_is_named_without_its_value(frames: DuckFrames) -> None:
    put(frames, [("crowd", None)] * 30 + [("a", None)] * 2)
    chosen = plan(frames, 32, budget=100)
    (finding,) = choose_pairs(frames, RULES, chosen)
    assert pairs(frames) == {(31, 32)}
    assert (finding.rule, finding.blocks, finding.records, finding.pairs) == ("identify.block_one", 1, 30, 435)
    assert "435" in finding.says.en and "435" in finding.says.zh and "crowd" not in finding.says.en


def test_ten_thousand_times_ten_thousand_is_counted_and_not_made(frames: DuckFrames) -> None:
    put(frames, [("1980-01-01", None)] * 10_000)
    (finding,) = choose_pairs(frames, RULES, plan(frames, 10_000))
    assert finding.pairs == 49_995_000 and pairs(frames) == set()


def test_a_larger_table_may_cost_more_and_a_budget_that_was_given_is_kept(frames: DuckFrames) -> None:
    put(frames, [("a", None)] * 3)
    assert plan(frames, 1_000_000).budget == PAIRS_A_RECORD * 1_000_000
    assert plan(frames, 10).budget == BUDGET
    assert plan(frames, 1_000_000, budget=5).budget == 5


def test_a_rule_for_small_tables_is_silent_in_large_ones(frames: DuckFrames) -> None:
    rules = (Rule(name="everybody", key="''", says=Saying(en="x", zh="x"), most=5), RULES[0])
    put(frames, [("a", None)] + [(f"b{i}", None) for i in range(4)], rules)
    assert choose_pairs(frames, rules, plan(frames, 5)) == () and len(pairs(frames)) == 10
    put(frames, [("a", None), ("a", None)] + [(f"b{i}", None) for i in range(4)], rules)
    assert choose_pairs(frames, rules, plan(frames, 6)) == () and pairs(frames) == {(1, 2)}


def fresh(frames: DuckFrames, numbers: list[int]) -> None:
    frames.run("DROP TABLE IF EXISTS x_fresh")
    frames.load("x_fresh", {"n": "BIGINT"}, ({"n": n} for n in numbers))


def test_a_group_that_outgrows_the_plan_calls_for_the_whole(frames: DuckFrames) -> None:
    put(frames, [("a", None)] * 4)
    fresh(frames, [4])
    assert choose_fresh_pairs(frames, RULES, Plan(most=3, budget=9, pairs=3), crowded=False) is None
    assert choose_fresh_pairs(frames, RULES, Plan(most=4, budget=9, pairs=3), crowded=False) == ()
    assert pairs(frames) == {(1, 4), (2, 4), (3, 4)}


def test_a_group_that_was_too_large_already_stays_left_out_and_named(frames: DuckFrames) -> None:
    put(frames, [("a", None)] * 6)
    fresh(frames, [6])
    found = choose_fresh_pairs(frames, RULES, Plan(most=3, budget=9, pairs=3), crowded=True)
    assert found is not None and [f.records for f in found] == [6] and pairs(frames) == set()


values = st.sampled_from(["a", "b", "c", None])
tables = st.lists(st.tuples(values, values), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(tables, st.integers(1, 30))
def test_the_pairs_are_those_that_share_a_key_in_a_group_of_allowed_size(rows: Rows, budget: int) -> None:
    with DuckFrames(Zones(Path("/nonexistent"))) as opened:
        put(opened, rows)
        chosen = plan(opened, len(rows), budget=budget)
        findings = choose_pairs(opened, RULES, chosen)
        made = pairs(opened)
    groups = [[n for n, row in enumerate(rows, 1) if row[i] == value] for i in (0, 1) for value in "abc"]
    allowed = [group for group in groups if len(group) <= chosen.most]
    assert made == {two for group in allowed for two in combinations(group, 2)}
    assert chosen.pairs <= budget and sum(f.blocks for f in findings) == len(groups) - len(allowed)


@settings(max_examples=40, deadline=None)
@given(tables, st.data())
def test_old_pairs_and_fresh_pairs_together_are_all_pairs(rows: Rows, data: st.DataObject) -> None:
    late = data.draw(st.sets(st.integers(1, len(rows))))
    whole = Plan(most=100, budget=10_000, pairs=0)
    with DuckFrames(Zones(Path("/nonexistent"))) as opened:
        put(opened, rows)
        choose_pairs(opened, RULES, whole)
        every = pairs(opened)
        fresh(opened, sorted(late))
        assert choose_fresh_pairs(opened, RULES, whole, crowded=False) == ()
        assert pairs(opened) == {two for two in every if late & set(two)}
