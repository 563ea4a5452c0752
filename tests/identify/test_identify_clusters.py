"""Persons from scored pairs: the strongest first, no contradiction inside, reviewers' rulings above all."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.identify.clusters import AGREED, LARGEST, NO_BOUNDS, bounds, cluster, components, ordered
from dujiang.identify.scoring import APART, DOUBT, LINK, REVIEW, WEAK, WORTH, Pair


def link(a: int, b: int, score: int = 1500) -> Pair:
    return Pair(a, b, score, LINK, "score")


def apart(a: int, b: int) -> Pair:
    return Pair(a, b, -3000, APART, "other_given_name")


def weak(a: int, b: int, score: int) -> Pair:
    return Pair(a, b, score, WEAK, "score")


def persons(pairs: list[Pair], *rulings: tuple[tuple[int, ...], ...], cohesive: bool = False) -> set[frozenset[int]]:
    found = cluster(pairs, bounds(rulings), cohesive=cohesive)
    groups: dict[int, set[int]] = {}
    for record in {n for pair in pairs for n in (pair.a, pair.b)} | {n for r in rulings for s in r for n in s}:
        groups.setdefault(found.person_of(record), set()).add(record)
    return {frozenset(group) for group in groups.values()}


def sets(*groups: tuple[int, ...]) -> set[frozenset[int]]:
    return {frozenset(group) for group in groups}


def test_links_join_and_a_person_is_called_after_its_smallest_record() -> None:
    found = cluster([link(5, 7), link(2, 5)], cohesive=False)
    assert found.first == {2: 2, 5: 2, 7: 2} and found.refused == ()
    assert found.person_of(99) == 99


def test_only_links_join() -> None:
    assert persons([Pair(1, 2, 900, REVIEW, "score"), weak(3, 4, -100)]) == sets((1,), (2,), (3,), (4,))


def test_a_link_that_would_bring_a_contradiction_along_is_refused_and_the_stronger_one_stands() -> None:
    found = cluster([link(1, 2, 3000), link(2, 3, 1200), apart(1, 3)], cohesive=False)
    assert found.first == {1: 1, 2: 1, 3: 3}
    assert [(p.a, p.b) for p in found.refused] == [(2, 3)]


def test_two_records_of_which_only_a_reviewer_can_say_who_they_are_do_not_meet_through_a_third() -> None:
    assert persons([link(1, 2), link(2, 3), Pair(1, 3, 4000, DOUBT, "two_numbers")]) in (sets((1, 2), (3,)), sets((1,), (2, 3)))


def test_two_groups_are_refused_once_however_many_links_there_are_between_them() -> None:
    pairs = [link(1, 2, 3000), link(3, 4, 3000), apart(1, 3), link(1, 4, 1300), link(2, 3, 1200), link(2, 4, 1100)]
    found = cluster(pairs, cohesive=False)
    assert [(p.a, p.b) for p in found.refused] == [(1, 4)]


def test_one_weak_link_does_not_join_two_groups_whose_other_pairs_speak_against_it() -> None:
    groups = [link(a, b, 2000) for a, b in (*combinations((1, 2, 3), 2), *combinations((4, 5, 6), 2))]
    against = [weak(a, b, -900) for a in (1, 2, 3) for b in (4, 5, 6) if (a, b) != (3, 4)]
    assert persons([*groups, *against, link(3, 4, 1000)], cohesive=True) == sets((1, 2, 3), (4, 5, 6))
    assert persons([*groups, *against, link(3, 4, 1000)]) == sets((1, 2, 3, 4, 5, 6))


def test_pairs_that_nobody_compared_count_as_strangers_when_groups_must_agree() -> None:
    chain = [link(n, n + 1, 100) for n in range(1, 6)]
    assert len(persons(chain, cohesive=True)) > 1
    assert sum([1000, WORTH]) / 2 > AGREED, "two records speak for a third, although only one of them knows it"
    assert persons([link(1, 2), link(2, 3)], cohesive=True) == sets((1, 2, 3))


def test_in_a_tangle_too_large_to_look_through_only_what_was_compared_is_joined() -> None:
    chain = [link(1, 2, 3000), link(2, 3, 2000)]
    found = cluster(chain, cohesive=False, sizes=dict.fromkeys((1, 2, 3), LARGEST + 1))
    assert found.first == {1: 1, 2: 1, 3: 3}


def test_what_a_reviewer_joined_is_one_person_without_any_link() -> None:
    assert persons([link(1, 2)], ((2, 9),)) == sets((1, 2, 9))


def test_what_a_reviewer_parted_never_meets_whatever_links_there_are() -> None:
    assert persons([link(1, 2), link(2, 3), link(1, 3)], ((1,), (3,))) in (sets((1, 2), (3,)), sets((1,), (2, 3)))


def test_a_person_parted_is_two_persons_although_they_hung_together_by_one_record() -> None:
    star = [link(1, n) for n in (2, 3, 4)]
    assert persons(star, ((1, 2), (3, 4))) == sets((1, 2), (3, 4))


def test_a_newer_ruling_stands_where_two_contradict_each_other() -> None:
    join, part = ((1, 2),), ((1,), (2,))
    assert persons([], join, part) == sets((1, 2))
    assert persons([], part, join) == sets((1,), (2,))


def test_a_record_that_fits_one_of_the_records_a_reviewer_joined_joins_their_person() -> None:
    """A reviewer said that two valid numbers are one person's: the next visit under either number is theirs too."""
    pairs = [apart(1, 2), link(1, 3), apart(2, 3)]
    assert persons(pairs, ((1, 2),)) == sets((1, 2, 3))
    assert persons(pairs) == sets((1, 3), (2,))


def test_a_tangle_holds_everything_that_hangs_together() -> None:
    assert components([(1, 2), (2, 3), (7, 8)], NO_BOUNDS) == {1: 1, 2: 1, 3: 1, 7: 7, 8: 7}
    assert components([(1, 2)], bounds([((2, 5),)])) == {1: 1, 2: 1, 5: 1}


numbers = st.integers(1, 8)
couples = st.tuples(numbers, numbers).filter(lambda two: two[0] != two[1]).map(lambda two: ordered(*two))
scored = st.dictionaries(couples, st.tuples(st.sampled_from([LINK, LINK, REVIEW, DOUBT, APART, WEAK]), st.integers(-1000, 3000)), max_size=20)
rulings = st.lists(
    st.lists(numbers, min_size=2, max_size=5, unique=True).flatmap(
        lambda ns: st.integers(1, len(ns)).map(lambda cut: tuple(s for s in (tuple(ns[:cut]), tuple(ns[cut:])) if s))
    ),
    max_size=4,
)


def made(pairs: dict[tuple[int, int], tuple[str, int]]) -> list[Pair]:
    return [Pair(a, b, score, decision, "x") for (a, b), (decision, score) in pairs.items()]


@given(scored, rulings, st.booleans(), st.randoms())
def test_the_persons_do_not_depend_on_the_order_of_the_pairs(
    pairs: dict[tuple[int, int], tuple[str, int]], ruled: list[tuple[tuple[int, ...], ...]], cohesive: bool, dice: object
) -> None:
    one = made(pairs)
    other = list(one)
    dice.shuffle(other)  # type: ignore[attr-defined]
    assert persons(one, *ruled, cohesive=cohesive) == persons(other, *ruled, cohesive=cohesive)


@given(scored, st.booleans())
def test_no_person_holds_a_contradiction(pairs: dict[tuple[int, int], tuple[str, int]], cohesive: bool) -> None:
    for group in persons(made(pairs), cohesive=cohesive):
        assert all(pairs.get(two, ("", 0))[0] not in (APART, DOUBT) for two in combinations(sorted(group), 2))


@given(scored, rulings)
def test_the_newest_ruling_always_holds_and_every_record_is_on_one_person(
    pairs: dict[tuple[int, int], tuple[str, int]], ruled: list[tuple[tuple[int, ...], ...]]
) -> None:
    found = persons(made(pairs), *ruled)
    everybody = [record for group in found for record in group]
    assert len(everybody) == len(set(everybody))
    if ruled:
        home = {record: group for group in found for record in group}
        newest = ruled[0]
        assert all(len({home[n] for n in group}) == 1 for group in newest)
        assert len({home[group[0]] for group in newest}) == len(newest)


@pytest.mark.parametrize("size", [2, 40])
def test_many_copies_of_one_record_are_one_person(size: int) -> None:
    assert len(persons([link(a, b) for a, b in combinations(range(size), 2)], cohesive=True)) == 1
