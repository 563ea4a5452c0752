"""How far two groups differ, by published measures, and when that is an alarm rather than chance."""

from fractions import Fraction
from math import log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.assess.checks import book
from dujiang.assess.drift import change, chi_squared, critical, gap, stability, volume

LIMITS = book().drift
histograms = st.integers(2, 8).flatmap(lambda k: st.tuples(*[st.lists(st.integers(0, 400), min_size=k, max_size=k)] * 2))


def test_the_stability_index_is_the_published_sum() -> None:
    p, q = (100.5 / 201, 100.5 / 201), (150.5 / 201, 50.5 / 201)
    assert stability([100, 100], [150, 50]) == pytest.approx(sum((a - b) * log(a / b) for a, b in zip(p, q, strict=True)))


def test_the_largest_gap_is_that_of_the_cumulated_shares() -> None:
    assert gap([10, 0, 10], [0, 10, 10]) == Fraction(1, 2)
    assert gap([1, 0], [0, 1]) == 1 and gap([0, 0], [1, 2]) == 0


def test_chi_squared_is_pearsons() -> None:
    # 20 of 100 against 40 of 100: the textbook's 9.5238 with one degree of freedom.
    statistic, freedom = chi_squared([20, 80], [40, 60])
    assert (float(statistic), freedom) == (pytest.approx(9.5238, abs=1e-4), 1)
    assert chi_squared([5, 0, 5], [5, 0, 5]) == (0, 1) and chi_squared([0], [3]) == (0, 0)


@pytest.mark.parametrize(("freedom", "sure", "table"), [(1, 1.6449, 3.841), (5, 1.6449, 11.070), (10, 2.3263, 23.209), (39, 3.0902, 72.055)])
def test_the_critical_value_is_near_the_printed_tables(freedom: int, sure: float, table: float) -> None:
    assert critical(freedom, sure) == pytest.approx(table, rel=0.03)


@given(histograms)
def test_measures_know_no_sides_and_are_nothing_between_equals(pair: tuple[list[int], list[int]]) -> None:
    one, other = pair
    assert stability(one, other) == pytest.approx(stability(other, one)) and stability(one, other) >= 0 == stability(one, one)
    assert gap(one, other) == gap(other, one) and 0 <= gap(one, other) <= 1 and gap(one, one) == 0
    assert chi_squared(one, other) == chi_squared(other, one) and chi_squared(one, one)[0] == 0


@given(st.lists(st.integers(0, 50), min_size=2, max_size=6), st.integers(1, 40))
def test_a_group_does_not_differ_from_the_same_shares_of_more_rows(one: list[int], times: int) -> None:
    found = change("sex.person", "source", "z", (one, [times * n for n in one]), ordered=True, limits=LIMITS)
    assert not found.alarm and found.gap == 0


def sample(dice: Random, size: int, weights: list[int]) -> list[int]:
    drawn = dice.choices(range(len(weights)), weights, k=size)
    return [drawn.count(bin_) for bin_ in range(len(weights))]


def test_samples_of_one_population_raise_no_alarm_however_small_and_however_often() -> None:
    dice, weights = Random(7), [1, 2, 3, 5, 8, 13, 21, 34, 3, 2]
    sizes = [(s, t) for s in (20, 100, 150, 400) for t in (100, 3000)] * 40
    alarms = [change("codes.x", "arrival", "a", (sample(dice, s, weights), sample(dice, t, weights)), ordered=False, limits=LIMITS).alarm for s, t in sizes]
    assert sum(alarms) <= len(alarms) / 100


def test_a_shift_that_matters_raises_an_alarm_and_too_few_rows_raise_none() -> None:
    before, after = [10, 20, 40, 20, 10], [2, 8, 20, 30, 40]
    for times, alarm in ((1, True), (10, True)):
        pair = [n * times for n in after], [n * times for n in before]
        assert change("values.x", "arrival", "a", pair, ordered=True, limits=LIMITS).alarm is alarm
    assert not change("values.x", "arrival", "a", ([0, 0, 0, 0, 60], [60, 0, 0, 0, 0]), ordered=True, limits=LIMITS).alarm


def test_a_difference_too_small_to_matter_is_none_however_many_rows_prove_it() -> None:
    found = change("sex.person", "source", "z", ([500_000, 500_000], [520_000, 480_000]), ordered=False, limits=LIMITS)
    assert not found.alarm and found.psi < 10


def months(*rows: int) -> list[tuple[str, int]]:
    return [(f"2024-{n:02d}", count) for n, count in enumerate(rows, 1)]


@pytest.mark.parametrize(
    ("rows", "alarm"),
    [((100,) * 7, False), ((100,) * 6 + (40,), True), ((100,) * 6 + (0,), True), ((100,) * 6 + (60,), False), ((100,) * 6 + (260,), True),
     ((4,) * 6 + (0,), False), ((0,) * 6 + (500,), False)],
)
def test_a_month_with_less_than_half_or_more_than_double_is_an_alarm_where_there_were_enough(rows: tuple[int, ...], alarm: bool) -> None:
    found = volume("volume.x", months(*rows), limits=LIMITS)
    assert found is not None and (found.alarm, found.one, found.rows) == (alarm, "2024-07", rows[-1])


def test_fewer_than_seven_months_say_nothing() -> None:
    assert volume("volume.x", months(1, 2, 3), limits=LIMITS) is None
