"""The population: an age pyramid, families, twins, several hospitals, and people without an identity number."""

from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest

from dujiang_synth.identity import is_valid_identity_number, sex_of
from dujiang_synth.names import ALIKE, COMPOUND, GIVEN, SURNAMES, Name, draw_name, generation, mistype
from dujiang_synth.people import LAST_DAY, Person, draw_people
from dujiang_synth.regions import FAR, NEAR

HOSPITALS = ("hospital-a", "hospital-b", "hospital-c")


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return draw_people(11, 3000, HOSPITALS)


def test_ages_run_from_newborns_to_ninety_five(people: list[Person]) -> None:
    ages = [person.age_on(LAST_DAY) for person in people]
    assert min(ages) == 0
    assert 88 <= max(ages) <= 95


def test_the_pyramid_is_widest_in_middle_age_and_narrow_at_the_top(people: list[Person]) -> None:
    bands = Counter(person.age_on(LAST_DAY) // 10 for person in people)
    assert bands[5] > bands[0] > bands[8] > bands[9]
    assert 0.12 < sum(p.age_on(LAST_DAY) >= 65 for p in people) / len(people) < 0.28


def test_nobody_is_born_after_the_last_day(people: list[Person]) -> None:
    assert all(person.birth <= LAST_DAY for person in people)


def test_both_sexes_are_about_as_frequent(people: list[Person]) -> None:
    assert 0.46 < sum(person.sex == "male" for person in people) / len(people) < 0.54


def test_every_identity_number_is_valid_and_agrees_with_birth_and_sex(people: list[Person]) -> None:
    for person in people:
        if person.identity:
            assert is_valid_identity_number(person.identity)
            assert person.identity[6:14] == f"{person.birth:%Y%m%d}"
            assert sex_of(person.identity) == person.sex


def test_no_two_people_share_an_identity_number(people: list[Person]) -> None:
    numbers = [person.identity for person in people if person.identity]
    assert len(numbers) == len(set(numbers))


def test_some_identity_numbers_end_in_x(people: list[Person]) -> None:
    share = sum(person.identity.endswith("X") for person in people) / len(people)
    assert 0.05 < share < 0.13


def test_an_identity_number_begins_with_a_listed_region(people: list[Person]) -> None:
    codes = {region.code for region in (*NEAR, *FAR)}
    assert {person.identity[:6] for person in people if person.identity} <= codes


def test_only_foreigners_and_newborns_have_no_identity_number(people: list[Person]) -> None:
    without = [person for person in people if not person.identity]
    assert any(person.passport for person in without)
    assert any(not person.passport for person in without)
    assert all(person.passport or person.age_on(LAST_DAY) < 1 for person in without)


def test_a_foreigner_has_a_passport_and_a_latin_name(people: list[Person]) -> None:
    foreigners = [person for person in people if person.passport]
    assert 5 <= len(foreigners) <= 80
    assert all(person.name.text.isascii() and not person.identity for person in foreigners)


def test_phone_numbers_have_eleven_digits_and_begin_with_one(people: list[Person]) -> None:
    assert all(len(p.phone) == 11 and p.phone.isascii() and p.phone.isdigit() and p.phone[0] == "1" for p in people)


def test_families_share_phones(people: list[Person]) -> None:
    shared = [count for count in Counter(person.phone for person in people).values() if count > 1]
    assert len(shared) > 100


def test_a_child_on_a_parents_phone_bears_the_parents_surname(people: list[Person]) -> None:
    by_phone: dict[str, list[Person]] = {}
    for person in people:
        by_phone.setdefault(person.phone, []).append(person)
    children = [p for p in people if p.age_on(LAST_DAY) < 16 and len(by_phone[p.phone]) > 1 and p.name.family]
    same = [
        c for c in children if any(o.number < c.number and o.name.family == c.name.family for o in by_phone[c.phone])
    ]
    assert len(children) > 50
    assert len(same) / len(children) > 0.85


def test_twins_share_birth_home_phone_and_surname_but_no_identity(people: list[Person]) -> None:
    twins = [(person, people[person.twin_of]) for person in people if person.twin_of >= 0]
    assert 5 <= len(twins) <= 60
    for one, other in twins:
        assert (one.birth, one.phone, one.home, one.street) == (other.birth, other.phone, other.home, other.street)
        assert one.name.family == other.name.family or not other.name.family
        assert not one.identity or one.identity != other.identity


def test_about_fifteen_in_a_hundred_go_to_two_hospitals_and_three_to_all(people: list[Person]) -> None:
    counts = Counter(len(person.hospitals) for person in people)
    assert 0.12 < counts[2] / len(people) < 0.18
    assert 0.02 < counts[3] / len(people) < 0.045
    assert all(len(set(person.hospitals)) == len(person.hospitals) for person in people)


def test_about_seven_in_a_hundred_do_not_permit_general_research(people: list[Person]) -> None:
    counts = Counter(person.consent for person in people)
    assert 0.025 < counts["nothing"] / len(people) < 0.055
    assert 0.018 < counts["public-health"] / len(people) < 0.042
    assert set(counts) == {"research", "nothing", "public-health"}


def test_a_person_does_not_change_when_the_world_grows() -> None:
    assert draw_people(5, 60, HOSPITALS) == draw_people(5, 120, HOSPITALS)[:60]


def test_another_seed_gives_other_people() -> None:
    assert draw_people(5, 60, HOSPITALS) != draw_people(6, 60, HOSPITALS)


def test_the_commonest_surnames_are_the_commonest(people: list[Person]) -> None:
    counts = Counter(person.name.family for person in people)
    assert {name for name, _ in counts.most_common(3)} <= set("王李张刘陈")


def test_there_are_compound_surnames_and_names_with_a_middle_dot(people: list[Person]) -> None:
    assert any(person.name.family in COMPOUND for person in people)
    assert any("·" in person.name.text for person in people)


def test_a_surname_is_one_character_with_a_share() -> None:
    assert len(SURNAMES) > 80
    assert all(len(name) == 1 and share > 0 for name, share in SURNAMES.items())


@pytest.mark.parametrize(("year", "expected"), [(1930, 0), (1964, 0), (1965, 1), (1989, 1), (1990, 2), (2024, 2)])
def test_given_names_follow_the_fashion_of_the_birth_year(year: int, expected: int) -> None:
    assert generation(year) == expected
    for seed in range(20):
        given = draw_name(Random(seed), "female", year, family="李").given
        assert set(given) <= set(GIVEN["female", expected])


def test_a_parents_surname_is_handed_on() -> None:
    assert all(draw_name(Random(seed), "male", 2010, family="欧阳").family == "欧阳" for seed in range(50))


@pytest.mark.parametrize(
    ("name", "possible"),
    [
        (Name("张", "伟"), {"张玮", "张炜"}),
        (Name("", "买买提·库尔班"), {"买买提库尔班"}),
        (Name("周", "国建"), {"周国"}),
        (Name("周", "国"), {"周国国"}),
    ],
)
def test_a_clerk_mistypes_a_name_into_one_that_sounds_or_looks_like_it(name: Name, possible: set[str]) -> None:
    assert {mistype(Random(seed), name).text for seed in range(20)} == possible


@pytest.mark.parametrize("seed", range(30))
def test_a_mistyped_name_is_never_the_same_name(seed: int) -> None:
    dice = Random(seed)
    name = draw_name(dice, "female", 1975)
    assert mistype(dice, name) != name


def test_like_sounding_characters_stand_in_one_group_only() -> None:
    characters = [character for group in ALIKE for character in group]
    assert len(characters) == len(set(characters))


def test_regions_have_distinct_six_digit_codes() -> None:
    codes = [region.code for region in (*NEAR, *FAR)]
    assert len(codes) == len(set(codes))
    assert all(len(code) == 6 and code.isdigit() and code[0] != "0" for code in codes)
    assert all(len(region.postcode) == 6 for region in (*NEAR, *FAR))


def test_one_hospital_is_enough_for_everybody() -> None:
    assert {person.hospitals for person in draw_people(1, 40, ("hospital-a",))} == {("hospital-a",)}


def test_ages_are_counted_in_completed_years(people: list[Person]) -> None:
    person: Any = people[0]
    birthday = date(2020, person.birth.month, min(person.birth.day, 28))
    assert person.age_on(person.birth) == 0
    assert person.age_on(birthday) - person.age_on(birthday.replace(year=2019)) == 1
