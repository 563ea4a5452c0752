"""The Chinese calendar: well-known days, and a year that is whole."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.identify.lunar import common_date


@pytest.mark.parametrize(
    ("told", "common"),
    [
        ((1900, 1, 1), date(1900, 1, 31)),
        ((1949, 8, 10), date(1949, 10, 1)),
        ((1958, 1, 25), date(1958, 3, 14)),
        ((1984, 1, 1), date(1984, 2, 2)),
        ((2000, 1, 1), date(2000, 2, 5)),
        ((2020, 5, 5), date(2020, 6, 25)),  # after a leap fourth month
        ((2023, 8, 15), date(2023, 9, 29)),
        ((2024, 12, 30), None),
        ((2025, 1, 1), date(2025, 1, 29)),
        ((2050, 1, 1), date(2050, 1, 23)),
    ],
)
def test_feasts_fall_on_the_days_that_everybody_remembers(told: tuple[int, int, int], common: date | None) -> None:
    assert common_date(*told) == common


@pytest.mark.parametrize("told", [(1899, 1, 1), (2051, 1, 1), (2000, 13, 1), (2000, 0, 1), (2000, 1, 0), (2000, 1, 31)])
def test_a_day_that_does_not_exist_or_lies_outside_the_table_is_none(told: tuple[int, int, int]) -> None:
    assert common_date(*told) is None


@given(st.integers(1900, 2049), st.integers(1, 12))
def test_a_month_has_29_or_30_days_one_after_the_other(year: int, month: int) -> None:
    days = [day for d in range(1, 31) if (day := common_date(year, month, d))]
    assert len(days) in (29, 30)
    assert days == [days[0] + timedelta(days=i) for i in range(len(days))]


@given(st.integers(1900, 2049))
def test_a_years_last_month_ends_before_the_next_new_year_and_no_leap_month_is_longer_than_30_days(year: int) -> None:
    last, new_year = common_date(year, 12, 29), common_date(year + 1, 1, 1)
    assert last and new_year and 1 <= (new_year - last).days <= 32


@given(st.integers(1900, 2049))
def test_months_follow_one_another_with_at_most_one_leap_month_between_in_a_year(year: int) -> None:
    first = [common_date(year, month, 1) for month in range(1, 13)]
    gaps = [(b - a).days for a, b in pairwise(first) if a and b]
    assert len(gaps) == 11 and sum(gap > 30 for gap in gaps) <= 1 and all(29 <= gap <= 60 for gap in gaps)
