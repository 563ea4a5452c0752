"""Policy packs are data: read, extended, validated with the place that is wrong, honest about what was not verified, and obeyed."""

import re
from typing import Any

import pytest

from dujiang.assess.content_marks import marks
from dujiang.assess.deid.lowering import recipe_for, recipes, refuse_risky
from dujiang.assess.deid.risk import Loss, Risk
from dujiang.assess.deid.run import TableReport
from dujiang.assess.pack import Pack, pack, packs, read_pack
from dujiang.errors import Malformed, Refused, Unknown
from dujiang.standardise.model import TABLES
from dujiang.words import Grade

BASE = {"extends": "gbt39725-2020"}


@pytest.mark.parametrize("name", packs())
def test_every_shipped_pack_reads_and_says_in_both_languages_what_was_not_verified(name: str) -> None:
    one = pack(name)
    assert not one.verified and one.unverified and all(said.en and said.zh for said in one.unverified)
    assert {rule.mark for rule in one.content if rule.mark} <= set(marks())


def test_a_pack_whose_standard_was_not_at_hand_says_so_and_adds_nothing_of_its_own() -> None:
    default = pack()
    for name in packs():
        one = pack(name)
        if one is not default:
            own = {"version", "standard", "unverified"}
            assert {f: getattr(one, f) for f in Pack.__struct_fields__ if f not in own} == {f: getattr(default, f) for f in Pack.__struct_fields__ if f not in own}
            assert one.standard != default.standard and "not at hand" in one.unverified[0].en


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"levels": {1: {"en": "a", "zh": "b"}}}, "five grades"),
        ({"rules": [{"id": "a", "match": ["*"], "category": "none", "grade": 3, "says": {"en": "a", "zh": "b"}}]}, "category"),
        ({"rules": [{"id": "a", "match": ["*"], "category": "health", "grade": 9, "says": {"en": "a", "zh": "b"}}]}, r"rules\[0\]\.grade"),
        ({"content": [{"id": "a", "category": "health", "grade": 3, "says": {"en": "a", "zh": "b"}}]}, r"content\[0\]"),
        ({"content": [{"id": "a", "mark": "name", "share": 2, "category": "health", "grade": 3, "says": {"en": "a", "zh": "b"}}]}, r"content\[0\]"),
        ({"minors": {"under": "many"}}, "minors"),
        ({"invented": 1}, "invented"),
        ({"unverified": []}, "was not"),
        ({"version": None}, "version"),
    ],
)
def test_a_pack_that_is_wrong_is_refused_with_the_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(Malformed, match=r"grade\.pack_wrong") as wrong:
        read_pack("ours", {**BASE, **change})
    assert re.search(place, wrong.value.en) and "ours" in wrong.value.zh


def test_a_pack_that_extends_none_that_is_shipped_is_unknown() -> None:
    with pytest.raises(Unknown):
        read_pack("ours", {"extends": "nothing"})


def test_a_higher_grade_demands_no_less() -> None:
    demands = [pack().demands[grade] for grade in sorted(Grade)]
    order = {
        "encryption": ["none", "in_transit", "at_rest_and_in_transit"], "masking": ["nothing", "identifiers", "everything"],
        "export": ["open", "after_release", "aggregates_after_release", "never"], "log": ["act", "act_and_query", "act_query_and_reason"],
    }
    for field, values in order.items():
        ranks = [values.index(getattr(demand, field)) for demand in demands]
        assert ranks == sorted(ranks), field
    risks = [demand.most_risk for demand in demands if demand.risk_measured]
    assert risks == sorted(risks) and all(risks)


@pytest.mark.parametrize("grade", [Grade.OPEN, Grade.REGISTERED, Grade.CONTROLLED])
def test_a_grade_whose_risk_is_measured_has_a_recipe_that_reaches_it(grade: Grade) -> None:
    one = recipe_for(grade)
    (wanted,) = [part.anonymity for part in one.tables.values() if part.anonymity]
    assert 1 / wanted.k <= pack().demands[grade].most_risk + 1e-6


@pytest.mark.parametrize("id", sorted(recipes()))
def test_every_recipe_fits_the_standard_tables(id: str) -> None:
    for table, part in recipes()[id].tables.items():
        assert set(part.columns) <= set(TABLES[table].names())


def test_grades_that_demand_none_have_no_recipe() -> None:
    for grade in (Grade.USABLE_NOT_VISIBLE, Grade.RESTRICTED):
        with pytest.raises(Unknown, match="deid.no_recipe"):
            recipe_for(grade)


def report(prosecutor: float, quasi: tuple[str, ...] = ("a",)) -> TableReport:
    risk = Risk(records=9, people=9, classes=1, smallest=9, prosecutor=prosecutor, journalist=0, marketer=0, unique=0)
    return TableReport(table="person", rows=9, kept=9, quasi=quasi, levels={}, before=risk, after=risk,
                       loss=Loss(suppressed=0, generalised=0, discernibility=0, class_size=0), proved=True, counted=1)


def test_a_grade_goes_down_only_where_the_measured_risk_allows_it() -> None:
    refuse_risky([report(0.2)], Grade.CONTROLLED)
    refuse_risky([report(1 / 11)], Grade.REGISTERED)
    for reports, grade in (([report(0.25)], Grade.CONTROLLED), ([report(0.2)], Grade.REGISTERED), ([report(0.2), report(1)], Grade.CONTROLLED),
                           ([], Grade.CONTROLLED), ([report(0.0, ())], Grade.OPEN), ([report(0.01)], Grade.USABLE_NOT_VISIBLE)):
        with pytest.raises(Refused, match="deid.risk"):
            refuse_risky(reports, grade)
