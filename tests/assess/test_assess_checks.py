"""The checks as data, their spread over tables, and the score as a pure function of counts."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.assess.checks import (
    CATEGORIES,
    QUARANTINE,
    SCORE,
    SIGN_OFF,
    TIERS,
    Range,
    Rule,
    book,
    catalogue,
    range_check,
    spread,
    unit_check,
)
from dujiang.assess.quality import FAILED, NOT_APPLICABLE, PASSED, SIDES, category_scores, judge, rejudge, score
from dujiang.assess.tallies import BESIDE, COLUMN, Tally
from dujiang.standardise.model import TABLES
from dujiang.words import Saying

SAYS = Saying(en="Wrong.", zh="有误。")
counts = st.dictionaries(
    st.sampled_from(sorted(catalogue())),
    st.integers(0, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    max_size=12,
)


def rule(**other: object) -> Rule:
    known = {"id": "r", "category": "plausibility", "severity": "fatal", "threshold": 0, "field": "{a}", "says": SAYS, "todo": SAYS}
    return Rule(**{**known, "violated": "t.{a} > 1", **other})  # type: ignore[arg-type]


def test_there_are_checks_of_every_category_and_each_says_what_in_both_languages() -> None:
    assert len(book().checks) + len(book().ranges) >= 30
    assert {c.category for c in catalogue().values()} == set(CATEGORIES)
    for c in catalogue().values():
        assert c.says.en.endswith(".") and c.says.zh.endswith("。") and c.field and 0 <= c.threshold < 100
        assert c.todo.en.endswith(".") and c.todo.zh.endswith("。") and c.tier in TIERS


def sql(*tallies: Tally) -> str:
    return " ".join(tally.texts() for tally in tallies)


def test_a_checks_sql_has_nothing_left_open_but_the_day() -> None:
    for c in catalogue().values():
        assert not re.search(r"[a-z]\.\{|\{[a-z_]+\}(?!/min)", sql(c.of, c.bad).replace("{as_of}", ""))


def test_no_condition_says_BETWEEN_for_conditions_are_cut_at_their_ANDs() -> None:
    assert not [c.id for c in catalogue().values() if "between" in sql(c.of, c.bad).lower()]


def test_a_rule_meets_every_table_that_has_its_parts_and_no_other() -> None:
    tables = {"one": {"a": "x"}, "two": {"b": "y"}, "three": {"a": "z", "b": "y"}}
    assert [(c.id, c.bad.where, c.field) for c in spread(rule(), tables)] == [
        ("r.one", "t.x > 1", "x"),
        ("r.three", "t.z > 1", "z"),
    ]
    assert [c.id for c in spread(rule(needs="b"), tables)] == ["r.three"]
    assert [c.id for c in spread(rule(but=("one",)), tables)] == ["r.three"]
    assert [c.id for c in spread(rule(field="f", violated="t.f > 1", only=("two",)), tables)] == ["r.two"]


def test_what_is_wrong_is_a_part_of_what_is_counted() -> None:
    (one,) = spread(rule(applies="t.{a} IS NOT NULL OR t.b = 1"), {"one": {"a": "x"}})
    assert (one.of.where, one.bad.where) == ("t.x IS NOT NULL OR t.b = 1", "(t.x IS NOT NULL OR t.b = 1) AND (t.x > 1)")


def test_every_check_reads_columns_that_the_standard_tables_and_the_sides_have() -> None:
    for c in catalogue().values():
        text = sql(c.of, c.bad)
        own = set(COLUMN.findall(text)) - ({"n"} if c.bad.by else set())
        assert own | {c.field} <= set(TABLES[c.table].names()), c.id
        for alias, name in BESIDE.findall(text):
            assert alias == "t" or name in ("key", *SIDES[alias].gives), c.id


def test_distinct_columns_may_be_a_list_of_the_table() -> None:
    (one,) = spread(rule(violated="", field="f", distinct="{fact}"), {"one": {"fact": ("x", "y")}})
    assert one.bad == Tally(by=("x", "y"), weigh="t.n - 1")


@pytest.mark.parametrize(
    ("category", "severity", "tier"),
    [
        ("conformance", "fatal", QUARANTINE), ("completeness", "fatal", QUARANTINE), ("conformance", "convention", SIGN_OFF),
        ("completeness", "convention", SIGN_OFF), ("plausibility", "convention", SCORE), ("completeness", "characterisation", SCORE),
    ],
)
def test_what_is_fatal_is_set_aside_a_convention_is_signed_for_and_the_implausible_costs_score(
    category: str, severity: str, tier: str
) -> None:
    (one,) = spread(rule(category=category, severity=severity), {"one": {"a": "x"}})
    assert one.tier == tier
    assert next(spread(rule(tier=SCORE), {"one": {"a": "x"}})).tier == SCORE


@pytest.mark.parametrize(
    "wrong", [{"category": "beauty"}, {"severity": "mild"}, {"violated": ""}, {"distinct": ("x",)}, {"tier": "shrug"}, {"fixer": "nobody"}]
)
def test_a_rule_that_makes_no_sense_cannot_be_built(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="r: "):
        rule(**wrong)


HEIGHT = Range(id="h", codes=("8302-2",), units={"cm": (20, 260), "m": (0.2, 2.6)}, says=Saying(en="height", zh="身高"))


def test_a_range_speaks_in_the_rows_own_unit_however_it_is_written() -> None:
    one = range_check(HEIGHT)
    assert "IN ('m', '米') THEN 0.2 ELSE 20" in one.bad.where and "IN ('m', '米') THEN 2.6 ELSE 260" in one.bad.where
    assert one.says.en == "An implausible height." and one.says.zh == "身高数值超出合理范围。"


def test_a_unit_is_checked_against_those_of_its_kind() -> None:
    assert "NOT IN ('cm', '厘米', 'm', '米')" in unit_check(HEIGHT).bad.where


def test_a_check_fails_above_its_threshold_passes_on_it_and_is_silent_without_rows() -> None:
    name = "unit_missing.measurement"
    assert catalogue()[name].threshold == 5
    statuses = [judge({name: c})[0].status for c in ((5, 100), (6, 100), (0, 0), (1, 20), (2, 20))]
    assert statuses == [PASSED, FAILED, NOT_APPLICABLE, PASSED, FAILED]


def test_other_thresholds_change_the_status_and_never_the_counts() -> None:
    name = "unit_missing.measurement"
    before = judge({name: (6, 100)})
    after = rejudge(before, {name: 10})
    assert (before[0].status, after[0].status) == (FAILED, PASSED)
    assert (after[0].violated, after[0].denominator) == (6, 100)
    assert rejudge(after, {}) == before and score(after) == score(before)


def test_the_score_is_the_published_formula() -> None:
    # conformance: one fatal check 1 of 10 and one convention check 0 of 5 -> loss 3/5 * 1/10; completeness: none wrong.
    results = judge(
        {
            "person_unknown.measurement": (1, 10),
            "visit_unknown.measurement": (0, 5),
            "start_missing.measurement": (0, 10),
        }
    )
    assert category_scores(results) == {"conformance": Fraction(94), "completeness": Fraction(100)}
    assert score(results) == (35 * 94 + 30 * 100) // 65


def test_a_hundred_means_nothing_was_found() -> None:
    assert score(judge({"start_missing.measurement": (1, 10**9)})) == 99
    assert score(judge({"start_missing.measurement": (0, 10**9)})) == 100


@given(counts)
def test_the_score_lies_between_0_and_100_and_is_100_only_without_violations(seen: dict[str, tuple[int, int]]) -> None:
    results = judge(seen)
    assert 0 <= score(results) <= 100
    if any(of for _, of in seen.values()):
        assert (score(results) == 100) == (not any(bad for bad, _ in seen.values()))


@given(counts, st.data())
def test_one_more_violation_never_raises_the_score(seen: dict[str, tuple[int, int]], data: st.DataObject) -> None:
    if open_ := sorted(name for name, (bad, of) in seen.items() if bad < of):
        name = data.draw(st.sampled_from(open_))
        worse = {**seen, name: (seen[name][0] + 1, seen[name][1])}
        assert score(judge(worse)) <= score(judge(seen))
