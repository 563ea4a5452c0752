"""The verdict on a pair of records: rules first, then the score, each with its reasons."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.identify.matching import (
    CHANCES,
    LINK,
    REVIEW,
    WEIGHTS,
    Decision,
    Traits,
    compare,
    contradicts,
    numbers_differ,
)
from dujiang.identify.pinyin import sound, surname_sound

ONE, TWO = "11010519491231002X", "110105194912310038"


def who(**other: Any) -> Traits:
    """张建国, born 1958-03-14, with phone and address and without a number."""
    known = {
        "family": "张",
        "given": "建国",
        "sex": "male",
        "birth_date": "1958-03-14",
        "phone": "13812345678",
        "address": "幸福路12号",
    }
    known |= other
    family, name = str(known["family"]), str(known["given"])
    sounds = {"family_sound": surname_sound(family), "given_sound": sound(name)}
    return Traits(person_id=1, zone="zone-a", **{"full_name": family + name, **sounds, **known})  # type: ignore[arg-type]


def numbered(value: str | None, **other: Any) -> Traits:
    return who(id_number=value, id_system="CN-ID" if value else "", **other)


def decided(a: Traits, b: Traits) -> tuple[str, str]:
    verdict = compare(a, b)
    return verdict.decision.value, verdict.rule


def test_each_fields_chances_add_up_to_one() -> None:
    for levels in CHANCES.values():
        assert sum(m for m, _ in levels.values()) == pytest.approx(1)
        assert sum(u for _, u in levels.values()) == pytest.approx(1, abs=1e-4)


def test_agreement_speaks_for_one_person_and_disagreement_against() -> None:
    assert all(weight > 0 for (_, level), weight in WEIGHTS.items() if level == "same")
    assert all(weight < 0 for (_, level), weight in WEIGHTS.items() if level == "differs")


def test_the_same_valid_number_and_birth_date_are_one_person_whatever_the_name() -> None:
    assert decided(numbered(ONE), numbered(ONE, family="Zhang", given="J G", phone="", address="")) == (
        "link",
        "same_number",
    )


def test_the_same_valid_number_and_name_are_one_person_whatever_the_birth_date() -> None:
    assert decided(numbered(ONE), numbered(ONE, birth_date="1985-03-14")) == ("link", "same_number")
    assert decided(numbered(ONE), numbered(ONE, birth_date="", family="zhang", given="jianguo")) == (
        "link",
        "same_number",
    )


def test_the_same_number_with_another_name_and_birth_date_waits_for_a_reviewer() -> None:
    other = numbered(ONE, family="王", given="芳", birth_date="1990-01-02")
    assert decided(numbered(ONE), other) == ("review", "same_number_other_person")


def test_the_same_number_with_nothing_to_confirm_it_waits_for_a_reviewer() -> None:
    bare = numbered(ONE, family="", given="", birth_date="")
    assert decided(numbered(ONE), bare) == ("review", "same_number_other_person")


def test_two_valid_numbers_of_one_system_are_never_linked_however_alike_the_rest_is() -> None:
    assert decided(numbered(ONE), numbered(TWO)) == ("review", "two_numbers")
    assert decided(numbered(ONE), numbered(TWO, given="卫东")) == ("apart", "two_numbers")


def test_numbers_of_two_systems_do_not_contradict_each_other() -> None:
    passport = who(id_number="E12345678", id_system="PASSPORT")
    assert decided(numbered(ONE), passport) == ("link", "score")
    assert not numbers_differ(numbered(ONE), passport)


def test_everything_the_same_without_a_number_is_one_person() -> None:
    assert decided(who(), who()) == ("link", "score")


def test_name_birth_date_and_sex_alone_wait_for_a_reviewer() -> None:
    assert decided(who(phone="", address=""), who()) == ("review", "score")


def test_twins_stay_apart_although_they_share_birth_date_family_address_and_phone() -> None:
    assert decided(who(given="梓涵"), who(given="梓轩")) == ("apart", "other_given_name")
    assert decided(who(given="梓涵", sex="female"), who(given="浩宇")) == ("apart", "other_given_name")


def test_a_newborn_without_a_given_name_is_not_joined_to_anybody_unasked() -> None:
    assert decided(who(given=""), who()) == ("review", "given_name_unsure")


def test_a_given_name_one_slip_away_is_not_joined_unasked_because_twins_have_such_names() -> None:
    assert decided(who(given="志明"), who(given="志民")) == ("review", "given_name_unsure")
    assert decided(who(given="建"), who(given="建国")) == ("review", "given_name_unsure")


@pytest.mark.parametrize(
    ("a", "b"), [(("张", "伟"), ("张", "玮")), (("张", "伟"), ("張", "偉")), (("张", "伟"), ("zhang", "wei"))]
)
def test_a_name_that_only_sounds_the_same_links_when_the_rest_agrees(a: tuple[str, str], b: tuple[str, str]) -> None:
    assert decided(who(family=a[0], given=a[1]), who(family=b[0], given=b[1])) == ("link", "score")


def test_family_and_given_name_in_the_wrong_columns_are_the_same_name() -> None:
    assert decided(who(), who(family="建国", given="张", full_name="建国张")) == ("link", "score")
    pinyin = {"family": "jianguo", "given": "zhang", "full_name": "jianguozhang"}
    assert decided(who(), who(**pinyin)) == ("link", "score")


def test_a_name_that_one_source_cuts_and_another_does_not_is_the_same_name() -> None:
    whole = who(family="", given="jianguozhang", full_name="jianguozhang")
    assert decided(who(family="zhang", given="jianguo"), whole)[0] == "apart"
    assert decided(who(family="jianguo", given="zhang"), whole) == ("link", "score")


def test_a_day_and_month_swapped_or_one_part_wrong_weigh_less_than_the_same_date() -> None:
    def level(a: str, b: str) -> str:
        return {r.field: r.level for r in compare(who(birth_date=a), who(birth_date=b)).reasons}.get("birth", "missing")

    assert level("1958-03-04", "1958-03-04") == "same"
    assert level("1958-03-04", "1958-04-03") == "part"
    assert level("1958-03-04", "1968-03-04") == "part"
    assert level("1958-03-04", "1961-07-19") == "differs"
    assert level("1958-03-04", "") == "missing"


def test_what_is_missing_adds_nothing_and_is_no_reason() -> None:
    verdict = compare(who(phone="", address="", sex=""), who())
    assert {r.field for r in verdict.reasons} == {"family", "given", "birth"}
    assert compare(Traits(person_id=1, zone="a"), Traits(person_id=2, zone="a")) == (Decision.APART, "score", 0, ())


def test_part_of_an_address_counts_less_than_the_whole() -> None:
    weights = [
        compare(who(address=a), who(address="都江堰市幸福路12号")).score
        for a in ("都江堰市幸福路12号", "幸福路12号", "解放路3号")
    ]
    assert weights == sorted(weights, reverse=True) and len(set(weights)) == 3


texts = st.sampled_from(["", "张", "建国", "伟", "zhang", "wei", "maria", "marla"])
records = st.builds(
    who,
    family=texts,
    given=texts,
    sex=st.sampled_from(["", "male", "female"]),
    birth_date=st.sampled_from(["", "1958-03-14", "1958-03-04", "1958-04-03", "1990-10-01"]),
    phone=st.sampled_from(["", "13812345678", "13987654321"]),
    address=st.sampled_from(["", "幸福路12号", "都江堰市幸福路12号"]),
    id_number=st.sampled_from([None, ONE, TWO]),
    id_system=st.just("CN-ID"),
)


@given(records, records)
def test_the_verdict_does_not_depend_on_which_record_comes_first(a: Traits, b: Traits) -> None:
    assert compare(a, b) == compare(b, a)
    assert contradicts(a, b) == contradicts(b, a)


@given(records, records)
def test_a_link_never_joins_two_valid_numbers_and_always_has_the_score_or_the_number(a: Traits, b: Traits) -> None:
    verdict = compare(a, b)
    assert verdict.score == pytest.approx(sum(r.weight for r in verdict.reasons), abs=0.01)
    if verdict.decision is Decision.LINK:
        assert not numbers_differ(a, b)
        assert verdict.score >= LINK or a.id_number == b.id_number is not None
    if verdict.decision is Decision.REVIEW:
        assert verdict.score >= REVIEW or a.id_number == b.id_number is not None


@given(records)
def test_nobody_contradicts_themselves(a: Traits) -> None:
    assert not contradicts(a, a)
