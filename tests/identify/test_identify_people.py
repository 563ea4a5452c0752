"""The verdict on two records of people: rules first, then the score."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.identify.linkage import Field, Level, Linkage
from dujiang.identify.numbers import check_character
from dujiang.identify.people import PEOPLE
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from identify.identify_pairs import Verdict, guessed, verdicts

ONE, TWO = "11010519491231002X", "110105194912310038"
Compare = Callable[..., Verdict]
BASE: dict[str, Any] = {
    "family": "张", "given": "建国", "full_name": "张建国", "sex": "male", "birth_date": "1958-03-14", "phone": "13812345678",
    "address": "成都市都江堰市幸福路12号",
}  # fmt: skip


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckFrames]:
    with DuckFrames(Zones(tmp_path_factory.mktemp("frames"))) as opened:
        yield opened


def who(**other: Any) -> dict[str, Any]:
    """张建国, born 1958-03-14, with phone and address and without a number; keywords change that."""
    from_parts = {"full_name": (other.get("family", "张") or "") + (other.get("given", "建国") or "")} if {"family", "given"} & set(other) else {}
    return read({**BASE, **from_parts, **other})


def read(row: dict[str, Any]) -> dict[str, Any]:
    born = row.get("birth_date")
    return {**row, "birth_date": date.fromisoformat(born) if born else None}


@pytest.fixture
def decided(frames: DuckFrames) -> Compare:
    def decide(a: dict[str, Any], b: dict[str, Any]) -> tuple[str, str]:
        verdict = verdicts(frames, [(a, b)])[0]
        assert verdicts(frames, [(b, a)])[0] == verdict, "the verdict depends on the order"
        return verdict.decision, verdict.rule

    return decide  # type: ignore[return-value]


def test_each_fields_first_guesses_add_up_to_one() -> None:
    for field in PEOPLE.fields:
        assert sum(level.m for level in field.levels) == pytest.approx(1), field.name
        assert sum(level.u for level in field.levels) == pytest.approx(1, abs=2e-3), field.name


def test_agreement_speaks_for_one_person_and_disagreement_against() -> None:
    for field, weights in zip(PEOPLE.fields, guessed().weights, strict=True):
        names = [level.name for level in field.levels]
        assert weights[names.index("same")] > 0
        assert "differs" not in names or weights[names.index("differs")] < 0


def test_the_same_valid_number_and_birth_date_are_one_person_whatever_the_name(decided: Compare) -> None:
    other = who(id_number=ONE, family="Zhang", given="J G", phone=None, address=None)
    assert decided(who(id_number=ONE), other) == ("link", "same_number")


def test_the_same_valid_number_and_name_are_one_person_whatever_the_birth_date(decided: Compare) -> None:
    assert decided(who(id_number=ONE), who(id_number=ONE, birth_date="1985-03-14")) == ("link", "same_number")
    assert decided(who(id_number=ONE), who(id_number=ONE, birth_date=None, family="zhang", given="jianguo")) == ("link", "same_number")


def test_the_same_number_with_another_name_and_birth_date_waits_for_a_reviewer(decided: Compare) -> None:
    other = who(id_number=ONE, family="王", given="芳", birth_date="1990-01-02")
    assert decided(who(id_number=ONE), other) == ("doubt", "same_number_other_person")


def test_a_birth_date_read_from_the_number_confirms_nothing(decided: Compare) -> None:
    recycled = who(id_number=ONE, family="王", given="芳", birth_date=None)
    assert decided(who(id_number=ONE, birth_date=None), recycled) == ("doubt", "same_number_other_person")


def test_the_same_number_with_nothing_to_confirm_it_waits_for_a_reviewer(decided: Compare) -> None:
    bare = who(id_number=ONE, family=None, given=None, full_name=None, birth_date=None)
    assert decided(who(id_number=ONE), bare) == ("doubt", "same_number_other_person")


def test_the_old_number_of_15_digits_is_the_new_one(decided: Compare) -> None:
    assert decided(who(id_number=ONE), who(id_number="110105491231002", phone=None, address=None)) == ("link", "same_number")


def test_two_valid_numbers_of_one_system_are_never_linked_however_alike_the_rest_is(decided: Compare) -> None:
    assert decided(who(id_number=ONE), who(id_number=TWO)) == ("doubt", "two_numbers")
    assert decided(who(id_number=ONE), who(id_number=TWO, given="卫东")) == ("apart", "two_numbers")


def test_two_valid_numbers_are_a_contradiction_also_where_little_else_agrees(decided: Compare) -> None:
    little = who(id_number=TWO, phone=None, address=None, birth_date=None)
    assert decided(who(id_number=ONE), little) == ("apart", "two_numbers")


def test_numbers_of_two_systems_do_not_contradict_each_other(decided: Compare) -> None:
    assert decided(who(id_number=ONE), who(id_number="E12345678", id_system="PASSPORT")) == ("link", "score")


def test_a_number_that_fails_its_check_never_decides_but_counts(frames: DuckFrames) -> None:
    slipped = ONE[:8] + "5" + ONE[9:]
    bare = {"phone": None, "address": None}
    with_it, without = verdicts(frames, [(who(id_number=ONE, **bare), who(id_number=slipped, **bare)), (who(**bare), who(**bare))])
    assert with_it.levels["number"] == "near" and with_it.score > without.score
    (stranger,) = verdicts(frames, [(who(id_number=ONE), who(id_number=slipped, given="卫东"))])
    assert stranger.decision == "apart"


def test_everything_the_same_without_a_number_is_one_person(decided: Compare) -> None:
    assert decided(who(), who()) == ("link", "score")


def test_name_birth_date_and_sex_alone_wait_for_a_reviewer(decided: Compare) -> None:
    assert decided(who(phone=None, address=None), who()) == ("review", "score")


def test_twins_stay_apart_although_they_share_birth_date_family_address_and_phone(decided: Compare) -> None:
    assert decided(who(given="梓涵"), who(given="梓轩")) == ("apart", "other_given_name")
    assert decided(who(given="梓涵", sex="female"), who(given="浩宇")) == ("apart", "other_given_name")


@pytest.mark.parametrize("name", ["张三之子", "张之女", "张三大双"])
def test_a_newborn_called_after_a_parent_is_not_joined_to_anybody_unasked(decided: Compare, name: str) -> None:
    newborn = who(family=None, given=None, full_name=name, birth_date="2024-05-01")
    assert decided(newborn, who(given="小明", birth_date="2024-05-01")) == ("review", "given_name_unsure")


def test_a_given_name_one_slip_away_is_not_joined_unasked_because_twins_have_such_names(decided: Compare) -> None:
    assert decided(who(given="志明"), who(given="志民"))[0] == "review"
    assert decided(who(given="建"), who(given="建国")) == ("review", "given_name_unsure")


@pytest.mark.parametrize(
    ("a", "b"), [(("张", "伟"), ("张", "玮")), (("张", "伟"), ("張", "偉")), (("张", "伟"), ("zhang", "wei")), (("吕", "娜"), ("LYU", "NA"))]
)
def test_a_name_that_only_sounds_the_same_links_when_the_rest_agrees(decided: Compare, a: tuple[str, str], b: tuple[str, str]) -> None:
    assert decided(who(family=a[0], given=a[1]), who(family=b[0], given=b[1])) == ("link", "score")


def test_family_and_given_name_in_the_wrong_columns_are_the_same_name(decided: Compare) -> None:
    assert decided(who(), who(family="建国", given="张")) == ("link", "score")
    assert decided(who(), who(family="jianguo", given="zhang")) == ("link", "score")


@pytest.mark.parametrize("whole", ["张建国", "Zhang Jianguo", "JIANGUO ZHANG", "zhāng jiàn guó"])
def test_a_name_that_one_source_cuts_and_another_does_not_is_the_same_name(decided: Compare, whole: str) -> None:
    assert decided(who(), who(family=None, given=None, full_name=whole)) == ("link", "score")


def test_a_minority_name_is_the_same_with_and_without_its_dot_and_near_it_without_the_fathers_part(frames: DuckFrames) -> None:
    dotted = who(family=None, given=None, full_name="阿依古丽·买买提")
    plain, short = who(family=None, given=None, full_name="阿依古丽买买提"), who(family=None, given=None, full_name="阿依古丽")
    same, near = verdicts(frames, [(dotted, plain), (dotted, short)])
    assert (same.levels["given"], near.levels["given"]) == ("same", "similar")
    assert (same.decision, near.decision) == ("link", "review")


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("1958-03-04", "1958-03-04", "same"),
        ("1958-03-04", "1958-04-03", "part"),
        ("1958-03-04", "1968-03-04", "part"),
        ("1958-01-25", "1958-03-14", "lunar"),
        ("1958-03-04", "1961-07-19", "differs"),
        ("1958-03-04", None, ""),
        ("1900-01-01", "1900-01-01", ""),
    ],
)
def test_a_birth_date_slipped_or_told_by_the_other_calendar_is_seen(frames: DuckFrames, a: str, b: str | None, level: str) -> None:
    found = verdicts(frames, [(who(birth_date=a), who(birth_date=b)), (who(birth_date=b), who(birth_date=a))])
    assert {v.levels["birth"] for v in found} == {level}


def test_a_birth_date_known_from_one_number_only_is_compared_as_told(frames: DuckFrames) -> None:
    numbered = who(id_number=ONE, birth_date=None)
    (verdict,) = verdicts(frames, [(numbered, who(birth_date="1949-12-31"))])
    assert verdict.levels["birth"] == "told" and verdict.decision == "link"


def test_the_same_record_number_counts_within_one_source_only(frames: DuckFrames) -> None:
    here, there = who(mrn="M1", phone=None, address=None), who(mrn="M1", phone=None, address=None, zone="zone-b")
    same, elsewhere = verdicts(frames, [(here, here), (here, there)])
    assert (same.decision, same.rule) == ("link", "same_chart")
    assert (elsewhere.decision, elsewhere.levels["chart"]) == ("review", "")


def test_a_record_number_given_to_two_people_joins_nobody(decided: Compare) -> None:
    assert decided(who(mrn="M1"), who(mrn="M1", given="卫东"))[0] == "apart"
    assert decided(who(mrn="M1"), who(mrn="M1", birth_date="1990-07-19", phone=None, address=None))[0] != "link"


def test_what_is_missing_adds_nothing(frames: DuckFrames) -> None:
    (verdict,) = verdicts(frames, [({}, {})])
    assert (verdict.decision, verdict.score) == ("weak", guessed().prior)
    assert set(verdict.levels.values()) == {""}


def test_part_of_an_address_counts_less_than_the_whole_and_the_county_least(frames: DuckFrames) -> None:
    base = who(address="成都市都江堰市幸福路12号3栋5室")
    others = ("都江堰市幸福路12号3栋5", "都江堰市解放路12号3栋5室", "都江堰市解放路77号", "武侯区解放路77号")
    found = verdicts(frames, [(base, who(address=address)) for address in others])
    assert [v.levels["address"] for v in found] == ["same", "similar", "area", "differs"]
    assert [v.score for v in found] == sorted((v.score for v in found), reverse=True)


texts = st.sampled_from([None, "张", "建国", "伟", "zhang", "wei", "maria", "marla", "张三之子"])
records = st.fixed_dictionaries(
    {
        "family": texts,
        "given": texts,
        "full_name": texts,
        "sex": st.sampled_from([None, "male", "female"]),
        "birth_date": st.sampled_from([None, "1958-03-14", "1958-03-04", "1958-04-03", "1958-01-25"]),
        "phone": st.sampled_from([None, "13812345678", "13987654321"]),
        "address": st.sampled_from([None, "幸福路12号", "都江堰市幸福路12号"]),
        "id_number": st.sampled_from([None, ONE, TWO, ONE[:-1] + "1", "E12345678", "110105491231002"]),
        "id_system": st.sampled_from([None, "CN-ID", "PASSPORT"]),
        "mrn": st.sampled_from([None, "M1", "M2"]),
    }
).map(read)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(records, records), min_size=20, max_size=20))
def test_whatever_comes_the_verdict_is_symmetric_and_no_link_joins_two_valid_numbers(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    with DuckFrames(Zones(Path("/nonexistent"))) as opened:
        there, back = verdicts(opened, pairs), verdicts(opened, [(b, a) for a, b in pairs])
        assert there == back
        for verdict in there:
            if verdict.decision == "link":
                assert verdict.levels["number"] != "differs"
                assert verdict.score >= guessed().link or verdict.rule in ("same_number", "same_chart")
            if verdict.levels["number"] == "differs":
                assert verdict.decision in ("doubt", "apart")
            if verdict.decision in ("review", "doubt"):
                assert verdict.score >= guessed().review or verdict.rule == "same_number_other_person"


def test_a_number_that_looks_right_is_what_the_tests_above_need() -> None:
    assert all(number[-1] == check_character(number[:17]) for number in (ONE, TWO))


def test_levels_without_an_order_or_too_many_of_them_cannot_be_settings() -> None:
    whole = PEOPLE.fields[0]
    with pytest.raises(ValueError, match="levels"):
        Field(name="x", says=whole.says, missing="false", levels=(Level(name="same", m=1, u=1),))
    with pytest.raises(ValueError, match="levels"):
        Field(name="x", says=whole.says, missing="false", levels=(Level(name="a", m=1, u=1), Level(name="b", when="true", m=1, u=1)))
    with pytest.raises(ValueError, match="fields"):
        Linkage(fields=(whole,) * 21, rules=())


@given(st.lists(st.sampled_from(range(8)), min_size=len(PEOPLE.fields), max_size=len(PEOPLE.fields)))
def test_a_pattern_and_its_levels_are_two_ways_to_say_the_same(numbers: list[int]) -> None:
    pattern = sum(min(n, len(field.levels)) << 3 * i for i, (n, field) in enumerate(zip(numbers, PEOPLE.fields, strict=True)))
    assert PEOPLE.pattern(PEOPLE.levels(pattern)) == pattern
