"""A refusal names the nearest variant that would pass."""

import pytest

from dujiang.errors import Refused
from dujiang.release.disclosure import Cell, Dimension, Policy, Table, check
from dujiang.release.tables import merged
from dujiang.release.variants import WIDER, disclose, nearest_variant
from release.release_attack import released, table_of

TEN = Policy()
AGES = "age:0-39 40-64 65+"
SEX = "sex:female male"


def test_two_neighbouring_bands_are_proposed_when_their_merge_heals_the_table() -> None:
    #  female  10   9  30          19  30
    #  male     9  12  40   ->     21  40     without sex (19 21 70) heals it too, but leaves fewer cells
    saying = nearest_variant(table_of([10, 9, 30, 9, 12, 40], SEX, AGES), TEN)
    assert saying is not None
    assert saying.en == "Merge 0-39 and 40-64 of age. Then nothing is withheld."
    assert saying.zh == "将 age 的 0-39 与 40-64 合并。此后无须隐去任何内容。"


def test_a_grouping_of_two_values_is_proposed_to_be_left_out() -> None:
    table = table_of([10, 9, 19, 9, 12, 13], SEX, AGES, contributors=[10, 8, 11, 9, 11, 9], figures={"events": 60, "mean": 2})
    saying = nearest_variant(table, TEN)
    assert saying is not None
    assert saying.en == "Leave out the grouping by sex. Then nothing is withheld."
    assert saying.zh == "取消按 sex 分组。此后无须隐去任何内容。"


def test_the_number_of_cells_that_still_lose_something_is_told() -> None:
    saying = nearest_variant(table_of([2, 3, 4, 50, 60, 70], "x:a b c d e f"), TEN)
    assert saying is not None and "still lose something: " in saying.en


def test_nothing_is_proposed_where_nothing_is_withheld() -> None:
    assert nearest_variant(table_of([20, 30, 40], AGES), TEN) is None


def test_overlapping_values_are_never_merged() -> None:
    codes = Dimension(name="code", values=("I10", "E11"), overlapping=True)
    table = Table(dimensions=(codes,), cells=(Cell(key=("I10",), persons=3), Cell(key=("E11",), persons=30)))
    assert nearest_variant(table, TEN) is None


def test_a_large_table_is_not_tried_in_every_variant() -> None:
    values = "x:" + " ".join(f"v{i}" for i in range(70))
    assert nearest_variant(table_of([5] * 70, values), TEN) is None


def test_a_table_with_something_left_is_disclosed() -> None:
    assert list(released(disclose(table_of([5, 40, 50], AGES), TEN)).values()) == [None, None, 50]


def test_a_table_with_nothing_left_is_refused_with_the_variant_that_would_pass() -> None:
    with pytest.raises(Refused) as caught:
        disclose(table_of([6, 7, 8, 9], "age:0-39 40-64 65-79 80+"), TEN)
    assert caught.value.rule == "disclosure.nothing_left"
    assert "Merge 0-39 and 40-64 of age" in caught.value.en
    assert "将 age 的 0-39 与 40-64 合并" in caught.value.zh


def test_a_table_that_no_single_merge_helps_is_refused_with_plain_advice() -> None:
    with pytest.raises(Refused) as caught:
        disclose(table_of([1, 2, 3], AGES), TEN)
    assert WIDER.en in caught.value.en and WIDER.zh in caught.value.zh


def test_braces_in_a_label_do_not_break_the_refusal() -> None:
    with pytest.raises(Refused) as caught:
        disclose(table_of([6, 7, 8, 9], "x:{a} {b} {c} {d}"), TEN)
    assert "Merge {a} and {b} of x" in caught.value.en


def test_a_merge_adds_persons_contributors_and_bins_and_keeps_the_other_cells() -> None:
    cells = tuple(
        Cell(key=(v,), persons=n, contributors=n - 1, figures={"mean": 1}, histogram=(n - 2, 1))
        for v, n in zip(("a", "b", "c"), (20, 30, 40), strict=True)
    )
    table = merged(Table(dimensions=(Dimension(name="x", values=("a", "b", "c")),), cells=cells), 0, 1)
    assert table.dimensions[0].values == ("a", "b + c")
    assert [(c.key, c.persons, c.contributors, c.histogram) for c in table.cells] == [
        (("a",), 20, 19, (18, 1)), (("b + c",), 70, 68, (66, 2)),
    ]


def test_a_merge_leaves_the_other_dimension_alone() -> None:
    table = merged(table_of([1, 2, 3, 4, 5, 6], SEX, AGES), 1, 0)
    assert {c.key: c.persons for c in table.cells} == {
        ("female", "0-39 + 40-64"): 3, ("female", "65+"): 3, ("male", "0-39 + 40-64"): 9, ("male", "65+"): 6,
    }
    assert check(table, Policy(threshold=3)).withheld == ()
