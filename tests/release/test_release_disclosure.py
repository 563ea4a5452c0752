"""The output check as the applicant meets it: what is let out, what is not, what is said of it, and what an attacker can do."""

from itertools import product

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.release.disclosure import Cell, Checked, Dimension, Policy, Table, Withheld, check
from release.release_attack import Attacker, Names, released, solved_by_sums, table_of

AGES = "age:0-39 40-64 65+"
SEX = "sex:female male"
TEN = Policy()


def because(checked: Checked) -> dict[Names, tuple[str, str]]:
    return {w.key: (w.what, w.rule) for w in checked.withheld}


def figures(checked: Checked, name: str) -> dict[Names, object]:
    return {c.key: c.figures[name] for c in checked.cells}


# What is let out.


def test_a_table_without_small_numbers_is_let_out_as_it_is() -> None:
    table = table_of([10, 11, 12, 20, 30, 40], SEX, AGES, contributors=[10, 10, 10, 15, 15, 15], figures={"events": 77, "mean": 1.5})
    checked = check(table, TEN)
    assert list(released(checked).values()) == [10, 11, 12, 20, 30, 40]
    assert set(figures(checked, "events").values()) == {77}
    assert set(figures(checked, "mean").values()) == {1.5}
    assert checked.withheld == ()


def test_two_small_cells_of_six_take_their_rectangle_and_leave_the_oldest() -> None:
    # persons        0-39  40-64  65+        contributors
    #   female        10     9    19          10   8   11
    #   male           9    12    13           9  11    9
    table = table_of([10, 9, 19, 9, 12, 13], SEX, AGES, contributors=[10, 8, 11, 9, 11, 9], figures={"events": 60, "mean": 2})
    checked = check(table, TEN)
    assert released(checked) == {
        ("female", "0-39"): None, ("female", "40-64"): None, ("female", "65+"): 19,
        ("male", "0-39"): None, ("male", "40-64"): None, ("male", "65+"): 13,
    }
    assert because(checked) == {
        ("female", "0-39"): ("cell", "complementary"), ("female", "40-64"): ("cell", "threshold"),
        ("male", "0-39"): ("cell", "threshold"), ("male", "40-64"): ("cell", "complementary"),
        ("male", "65+"): ("figures", "contributors"),
        # with the events of all women and men over 65 known, hers would tell his
        ("female", "65+"): ("figures", "complementary"),
    }
    assert set(figures(checked, "events").values()) == {None}


def test_a_withheld_cell_loses_every_figure() -> None:
    table = table_of([5, 40, 50], "arm:a b c", contributors=[5, 30, 30], figures={"events": 9, "sum": 3, "sd": 1})
    first, second, third = check(table, TEN).cells
    assert first.persons is None and set(first.figures.values()) == {None}
    assert second.persons is None and set(second.figures.values()) == {None}
    assert third.persons == 50 and third.figures == {"events": 9, "sum": 3, "sd": 1}


def test_few_contributors_cost_the_figures_and_not_the_persons() -> None:
    table = table_of([40, 50, 60], "arm:a b c", contributors=[9, 20, 30], figures={"events": 12, "mean": 3})
    checked = check(table, TEN)
    assert list(released(checked).values()) == [40, 50, 60]
    assert because(checked) == {("a",): ("figures", "contributors"), ("b",): ("figures", "complementary")}
    assert list(figures(checked, "mean").values()) == [None, None, 3]


def test_a_spread_needs_degrees_of_freedom_and_the_mean_does_not() -> None:
    table = table_of([40, 50, 60], "arm:a b c", contributors=[10, 20, 30], figures={"mean": 3, "sd": 1, "variance": 1})
    checked = check(table, TEN)
    assert list(figures(checked, "mean").values()) == [3, 3, 3]
    assert list(figures(checked, "sd").values()) == [None, None, 1]
    assert list(figures(checked, "variance").values()) == [None, None, 1]
    assert {(w.key, w.what, w.rule) for w in checked.withheld} == {
        (("a",), "sd", "dof"), (("a",), "variance", "dof"),
        (("b",), "sd", "complementary"), (("b",), "variance", "complementary"),
    }


def test_without_sums_a_contributors_gap_stays_alone() -> None:
    table = table_of([40, 50, 60], "arm:a b c", contributors=[9, 20, 30], figures={"events": 12})
    assert because(check(table, Policy(complementary="none"))) == {("a",): ("figures", "contributors")}


def test_overlapping_codes_are_checked_cell_by_cell() -> None:
    codes = Dimension(name="code", values=("I10", "E11", "J45"), overlapping=True)
    table = Table(dimensions=(codes,), cells=tuple(Cell(key=(v,), persons=n) for v, n in zip(codes.values, (9, 10, 500), strict=True)))
    checked = check(table, TEN)
    assert list(released(checked).values()) == [None, 10, 500]
    assert not next(run for run in checked.checks if run.rule == "complementary").applied


def test_one_number_is_let_out_or_not_by_the_threshold_alone() -> None:
    def alone(persons: int) -> Table:
        return Table(dimensions=(), cells=(Cell(key=(), persons=persons),))

    assert check(alone(10), TEN).cells[0].persons == 10
    assert check(alone(9), TEN).nothing_left()


def test_a_zero_is_withheld_unless_the_policy_lets_it_out() -> None:
    table = table_of([0, 40, 50], "arm:a b c")
    assert list(released(check(table, TEN)).values()) == [None, None, 50]
    assert list(released(check(table, Policy(zeros="release"))).values()) == [0, 40, 50]


def test_a_withheld_zero_is_called_small_and_not_zero() -> None:
    (zero, _) = check(table_of([0, 40, 50], "arm:a b c"), TEN).withheld
    (small, _) = check(table_of([7, 40, 50], "arm:a b c"), TEN).withheld
    assert zero == small


# Histograms.


def _with_bins(*bins: tuple[int, ...]) -> Table:
    values = tuple("abcdef"[: len(bins)])
    cells = tuple(Cell(key=(v,), persons=90, contributors=sum(b), histogram=b) for v, b in zip(values, bins, strict=True))
    return Table(dimensions=(Dimension(name="arm", values=values, overlapping=True),), cells=cells)


def test_a_small_bin_is_withheld_with_the_next_smallest_of_its_histogram() -> None:
    (cell,) = check(_with_bins((30, 4, 20, 12)), TEN).cells
    assert cell.histogram == (30, None, 20, None)
    assert cell.persons == 90


def test_a_histogram_of_fewer_than_k_contributors_is_withheld_whole() -> None:
    (cell,) = check(_with_bins((3, 4)), TEN).cells
    assert cell.histogram == (None, None)


def test_a_bin_is_protected_from_the_histogram_of_all_cells_together() -> None:
    arms = Dimension(name="arm", values=("a", "b"))
    cells = (
        Cell(key=("a",), persons=90, contributors=62, histogram=(30, 4, 28)),
        Cell(key=("b",), persons=90, contributors=70, histogram=(20, 25, 25)),
    )
    first, second = check(Table(dimensions=(arms,), cells=cells), TEN).cells
    assert first.histogram is not None and second.histogram is not None
    assert first.histogram[1] is None and second.histogram[1] is None
    assert [b is None for b in first.histogram] == [b is None for b in second.histogram]
    assert first.histogram.count(None) == 2


def test_the_histogram_of_a_withheld_cell_is_withheld() -> None:
    cells = (
        Cell(key=("a",), persons=9, contributors=9, histogram=(9, 0)),
        Cell(key=("b",), persons=40, contributors=40, histogram=(20, 20)),
        Cell(key=("c",), persons=50, contributors=50, histogram=(25, 25)),
    )
    checked = check(Table(dimensions=(Dimension(name="arm", values=("a", "b", "c")),), cells=cells), TEN)
    assert [c.histogram for c in checked.cells] == [(None, None), (None, None), (25, 25)]


def test_withheld_bins_are_named_once_per_cell() -> None:
    assert [(w.what, w.rule) for w in check(_with_bins((30, 4, 20, 12)), TEN).withheld] == [("histogram", "threshold")]


# What is said.


def test_every_reason_speaks_both_languages_and_tells_no_withheld_number() -> None:
    table = table_of([10, 9, 19, 9, 12, 13], SEX, AGES, contributors=[10, 8, 11, 9, 11, 9], figures={"events": 60})
    for gap in check(table, Policy(threshold=14)).withheld:
        assert gap.en and gap.zh and gap.en != gap.zh
        assert not {"8", "9", "10", "11", "12", "13"} & set(gap.en.replace(".", "").split())


def test_the_check_names_every_rule_with_its_parameters_in_the_order_of_acro() -> None:
    checked = check(table_of([5, 40, 50], "arm:a b c"), Policy(threshold=12, rounding=5))
    assert [r.rule for r in checked.checks] == [
        "threshold", "zeros", "contributors", "dof", "complementary", "rounding", "nk-rule", "p-ratio",
    ]
    ran = {r.rule: r for r in checked.checks}
    assert ran["threshold"].parameters == {"k": 12} and ran["threshold"].withheld == 1
    assert ran["complementary"].parameters == {"known": "margins"} and ran["complementary"].withheld == 1
    assert ran["rounding"].applied and ran["rounding"].parameters == {"base": 5}
    assert not ran["contributors"].applied and not ran["dof"].applied
    assert not ran["nk-rule"].applied and "never leave" in ran["nk-rule"].note.en


def test_what_was_checked_can_be_kept_and_read_again() -> None:
    checked = check(table_of([5, 40, 50], "arm:a b c", contributors=[4, 30, 30], figures={"events": 6, "mean": "1.25"}), TEN)
    assert msgspec.json.decode(msgspec.json.encode(checked), type=Checked) == checked
    assert isinstance(checked.withheld[0], Withheld)


# Rounding.


def test_counts_are_rounded_and_means_are_not() -> None:
    table = table_of([12, 43, 58], "arm:a b c", contributors=[12, 30, 30], figures={"events": 68, "mean": 3.3})
    checked = check(table, Policy(rounding=5))
    assert list(released(checked).values()) == [10, 45, 60]
    assert checked.cells[0].figures == {"events": 70, "mean": 3.3}


# What is refused.


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param([("a", 1)], id="a missing cell"),
        pytest.param([("a", 1), ("a", 2)], id="a cell twice"),
        pytest.param([("a", 1), ("b", 2), ("c", 3)], id="a cell of no value"),
    ],
)
def test_a_table_with_other_cells_than_its_values_make_is_malformed(cells: list[tuple[str, int]]) -> None:
    with pytest.raises(Malformed) as caught:
        Table(dimensions=(Dimension(name="x", values=("a", "b")),), cells=tuple(Cell(key=(v,), persons=n) for v, n in cells))
    assert caught.value.rule == "disclosure.cells"


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(Cell(key=("a",), persons=-1), id="negative persons"),
        pytest.param(Cell(key=("a",), persons=3, contributors=4), id="more contributors than persons"),
        pytest.param(Cell(key=("a",), persons=3, figures={"events": 4}), id="figures of an unknown number of contributors"),
        pytest.param(Cell(key=("a",), persons=3, contributors=3, histogram=(5,)), id="a bin of more than all"),
        pytest.param(Cell(key=("a",), persons=3, histogram=(2,)), id="a histogram of an unknown number of contributors"),
    ],
)
def test_impossible_counts_are_malformed(cell: Cell) -> None:
    with pytest.raises(Malformed) as caught:
        Table(dimensions=(Dimension(name="x", values=("a",)),), cells=(cell,))
    assert caught.value.rule == "disclosure.counts"


def test_cells_with_different_figures_are_malformed() -> None:
    cells = (Cell(key=("a",), persons=30, contributors=20, figures={"mean": 1}), Cell(key=("b",), persons=30, contributors=20))
    with pytest.raises(Malformed):
        Table(dimensions=(Dimension(name="x", values=("a", "b")),), cells=cells)


# What an attacker can do.


SHAPES: dict[str, list[str]] = {
    "one": ["x:a b c d e"], "two": ["x:a b", "y:c d e"], "square": ["x:a b c", "y:d e f"], "three": ["x:a b", "y:c d", "z:e f g"],
}


@st.composite
def _tables(draw: st.DrawFn, highest: int) -> Table:
    values = SHAPES[draw(st.sampled_from(sorted(SHAPES)))]
    size = len(list(product(*(v.partition(":")[2].split() for v in values))))
    return table_of(draw(st.lists(st.integers(0, highest), min_size=size, max_size=size)), *values)


@settings(max_examples=120, deadline=None)
@given(table=_tables(9), zeros=st.sampled_from(["withhold", "release"]))
def test_nobody_who_tries_every_table_finds_a_withheld_number(table: Table, zeros: str) -> None:
    policy = Policy(threshold=4, zeros="withhold" if zeros == "withhold" else "release")
    checked = check(table, policy)
    assume(checked.withheld and not checked.nothing_left())
    attacker = Attacker(table, policy)
    assert set(attacker.unknown) == {w.key for w in checked.withheld}
    assert attacker.undecided() == set(attacker.unknown)


def test_counts_are_whole_so_that_a_number_that_could_move_by_a_half_only_counts_as_known() -> None:
    """In three dimensions a step of ones may not exist where a fraction of it does: then more is withheld."""
    table = table_of([1, 0, 4, 4, 0, 1, 0, 0, 0, 1, 0, 4], *SHAPES["three"])
    policy = Policy(threshold=4)
    checked = check(table, policy)
    attacker = Attacker(table, policy)
    assert checked.nothing_left() or attacker.undecided() == {w.key for w in checked.withheld}


@settings(max_examples=60, deadline=None)
@given(
    persons=st.lists(st.integers(0, 60), min_size=30, max_size=30),
    contributing=st.lists(st.integers(0, 100), min_size=30, max_size=30),
)
def test_nobody_who_adds_and_subtracts_finds_a_withheld_number_or_figure(persons: list[int], contributing: list[int]) -> None:
    behind = [p * share // 100 for p, share in zip(persons, contributing, strict=True)]
    table = table_of(persons, "x:1 2 3 4 5", "y:a b c d e f", contributors=behind, figures={"events": 1})
    checked = check(table, TEN)
    assume(not checked.nothing_left())
    for counts, gone in (
        (dict(zip([c.key for c in table.cells], persons, strict=True)), {c.key for c in checked.cells if c.persons is None}),
        (dict(zip([c.key for c in table.cells], behind, strict=True)), {c.key for c in checked.cells if c.figures["events"] is None}),
    ):
        lines = [{k for k in counts if k[axis] == value} for axis, d in enumerate(table.dimensions) for value in d.values]
        known = [line for line in lines if sum(counts[k] for k in line) >= 10]
        # A margin below ten is never told; a companion margin may be withheld too, so that the attack uses the rest only.
        asked = [line for line in known if line & gone and not _companion(counts, line, lines)]
        assert not solved_by_sums(asked, sorted(gone))
        assert all(sum(counts[k] for k in line & gone) >= 10 for line in asked)


def _companion(counts: dict[Names, int], line: set[Names], lines: list[set[Names]]) -> bool:
    """Whether some margin of the same direction is below ten, so that others may be withheld to protect it."""
    parallel = [other for other in lines if len(other) == len(line) and (other == line or not other & line)]
    return any(sum(counts[k] for k in other) < 10 for other in parallel)


@settings(max_examples=80, deadline=None)
@given(table=_tables(30), k=st.integers(3, 20))
def test_no_cell_below_the_threshold_is_ever_let_out(table: Table, k: int) -> None:
    out = released(check(table, Policy(threshold=k)))
    assert all(persons is None or persons >= k for persons in out.values())
    assert all(out[c.key] in (None, c.persons) for c in table.cells)


@settings(max_examples=60, deadline=None)
@given(table=_tables(30), k=st.integers(3, 20), more=st.integers(1, 10))
def test_a_higher_threshold_never_lets_out_a_cell_that_a_lower_one_withheld(table: Table, k: int, more: int) -> None:
    low, high = (released(check(table, Policy(threshold=n, complementary="none"))) for n in (k, k + more))
    assert all(high[key] is None for key, persons in low.items() if persons is None)


@settings(max_examples=40, deadline=None)
@given(table=_tables(30))
def test_the_same_table_with_its_cells_in_another_order_is_checked_alike(table: Table) -> None:
    turned = Table(dimensions=table.dimensions, cells=table.cells[::-1])
    assert check(turned, TEN) == check(table, TEN)
