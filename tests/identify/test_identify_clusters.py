"""From links to persons: every record on one person, no contradiction inside a person, whatever the order."""

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.identify.clusters import Link, cluster
from dujiang.identify.matching import Decision, Traits, compare, contradicts, numbers_differ


def who(n: int, **other: str | None) -> Traits:
    base = {
        "family": "li",
        "given": "wei",
        "birth_date": "1980-05-06",
        "sex": "male",
        "phone": "13812345678",
        "address": "12号院",
    }
    known = {k: v or "" for k, v in (base | other).items() if not k.startswith("id_")}
    sounds = {
        "family_sound": known["family"],
        "given_sound": known["given"],
        "full_name": known["family"] + known["given"],
    }
    number = other.get("id_number")
    return Traits(person_id=n, zone="z", id_number=number, id_system="CN-ID" if number else "", **known, **sounds)


def links_of(people: dict[int, Traits]) -> list[Link]:
    pairs = ((a, b, compare(people[a], people[b])) for a, b in combinations(sorted(people), 2))
    return [Link(a, b, v.score) for a, b, v in pairs if v.decision is Decision.LINK]


def test_linked_records_are_one_person_named_by_the_smallest() -> None:
    people = {n: who(n) for n in (3, 5, 9)}
    found = cluster(links_of(people), people)
    assert {found.person_of(n) for n in people} == {3}
    assert found.refused == ()


def test_a_record_without_links_is_its_own_person() -> None:
    assert cluster([], {}).person_of(17) == 17


def test_a_record_between_two_numbers_joins_one_of_them_and_the_other_link_is_refused() -> None:
    people = {1: who(1, id_number="A"), 2: who(2), 3: who(3, id_number="B")}
    found = cluster(links_of(people), people)
    assert [found.person_of(n) for n in (1, 2, 3)] == [1, 1, 3]
    assert [(link.a, link.b) for link in found.refused] == [(2, 3)]


def test_the_stronger_link_is_followed_first() -> None:
    people = {1: who(1, id_number="A", address=""), 2: who(2), 3: who(3, id_number="B")}
    found = cluster(links_of(people), people)
    assert [found.person_of(n) for n in (1, 2, 3)] == [1, 2, 2]


def test_two_given_names_do_not_meet_through_a_number_they_do_not_share() -> None:
    people = {1: who(1, id_number="A"), 2: who(2, id_number="A", given="fang"), 3: who(3, given="fang")}
    found = cluster(links_of(people), people)
    assert found.person_of(1) == found.person_of(2) and found.person_of(3) == 3
    assert len(found.refused) == 1


def test_a_thousand_copies_of_one_record_are_one_person() -> None:
    people = {n: who(n) for n in range(1000)}
    chain = [Link(n, n + 1, 40.0) for n in range(999)]
    found = cluster(chain, people)
    assert {found.person_of(n) for n in people} == {0}


records = st.builds(
    who,
    st.integers(1, 9),
    given=st.sampled_from(["wei", "wei", "fang", "", "weiwei"]),
    birth_date=st.sampled_from(["1980-05-06", "1980-06-05", ""]),
    phone=st.sampled_from(["13812345678", ""]),
    id_number=st.sampled_from([None, None, "A", "B"]),
)


@settings(max_examples=200)
@given(st.lists(records, max_size=7), st.integers(0, 999))
def test_every_record_is_on_one_person_without_contradiction_and_order_does_not_matter(
    some: list[Traits], seed: int
) -> None:
    people = dict(enumerate(some))
    links = links_of(people)
    found = cluster(links, people)
    persons: dict[int, list[int]] = {}
    for n in people:
        persons.setdefault(found.person_of(n), []).append(n)
    assert sum(len(members) for members in persons.values()) == len(people)
    for first, members in persons.items():
        assert first == min(members)
        for a, b in combinations(members, 2):
            assert not numbers_differ(people[a], people[b])
            assert not contradicts(people[a], people[b])
    shuffled = links.copy()
    random.Random(seed).shuffle(shuffled)
    again = cluster(shuffled, people)
    assert {n: again.person_of(n) for n in people} == {n: found.person_of(n) for n in people}
    assert again.refused == found.refused


def test_a_link_between_records_nobody_described_is_an_error() -> None:
    with pytest.raises(KeyError):
        cluster([Link(1, 2, 40.0)], {})
