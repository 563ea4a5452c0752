"""From totals to figures: exact rational arithmetic up to the last step, and totals that no data can have are refused."""

import statistics
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.compute_node import code, event_row, person_row
from dujiang.compute import reference
from dujiang.compute.layout import UNIT, layout
from dujiang.compute.partial import CellResult, finish
from dujiang.compute.query import BySex, Events, Query
from dujiang.errors import Broken

A = (code("A|1"),)
EDGES = (Decimal(0), Decimal(100), Decimal(200))
EVERYTHING = Query(of=Events(codes=A), measures=("persons", "events", "sum", "mean", "variance", "sd", "histogram"), edges=EDGES)
numbers = st.decimals(-(10**6), 10**6, places=9, allow_nan=False) | st.sampled_from([Decimal("0.1"), Decimal("1e-9"), Decimal(120)])


def people(readings: Sequence[Sequence[Decimal]]) -> list[reference.Person]:
    return [
        reference.Person(f"p-{n}", [person_row(n)], {"measurement": [event_row("measurement", n, "A|1", value=v) for v in values]})
        for n, values in enumerate(readings)
    ]


def figures(readings: Sequence[Sequence[Decimal]], query: Query = EVERYTHING) -> CellResult:
    (cell,) = finish(query, reference.run(people(readings), query)[0])
    return cell


@given(st.lists(st.lists(numbers, max_size=5), max_size=6))
def test_figures_are_the_exact_ones_rounded_once(readings: list[list[Decimal]]) -> None:
    cell = figures(readings)
    values = [Fraction(v) for found in readings for v in found]
    assert (cell.persons, cell.contributors, cell.events) == (len(readings), sum(map(bool, readings)), len(values))
    assert cell.sum == float(sum(values)) and cell.mean == (float(statistics.mean(values)) if values else None)
    assert cell.variance == (float(statistics.variance(values)) if len(values) > 1 else None)
    if cell.sd is not None and cell.variance is not None:
        assert cell.sd == pytest.approx(statistics.stdev(values), rel=1e-15, abs=1e-18)


@given(st.lists(st.lists(st.lists(numbers, max_size=4), max_size=4), min_size=1, max_size=4))
def test_the_sum_over_holders_gives_the_figures_of_all_the_data_in_one_place(holders: list[list[list[Decimal]]]) -> None:
    vectors = [reference.run(people(readings), EVERYTHING)[0] for readings in holders]
    totals = [sum(column) for column in zip(*vectors, strict=True)]
    assert finish(EVERYTHING, totals) == (figures([found for readings in holders for found in readings]),)


@given(st.lists(st.lists(numbers, max_size=5), max_size=6))
def test_every_reading_is_in_one_bin_and_a_person_once_in_each_they_have_a_reading_in(readings: list[list[Decimal]]) -> None:
    cell = figures(readings)
    assert cell.histogram is not None and cell.histogram_contributors is not None
    assert sum(cell.histogram) == cell.events and len(cell.histogram) == len(EDGES) + 1
    assert all(people <= events for people, events in zip(cell.histogram_contributors, cell.histogram, strict=True))


def test_equal_values_have_no_spread_at_all() -> None:
    cell = figures([[Decimal("0.1")] * 3] * 7)
    assert (cell.variance, cell.sd, cell.mean) == (0.0, 0.0, 0.1)


def test_a_tiny_spread_of_large_values_is_not_lost() -> None:
    """Floats would give nothing or a negative number here."""
    cell = figures([[Decimal("999999999.999999999"), Decimal("999999999.999999998")]])
    assert cell.variance == 5e-19 and cell.sd == pytest.approx(7.0710678e-10)


@pytest.mark.parametrize("measure", ["events", "sum", "mean", "variance", "sd"])
def test_what_was_not_asked_for_is_not_given(measure: str) -> None:
    cell = figures([[Decimal(1), Decimal(2)]], Query(of=Events(codes=A), measures=(measure,)))
    given_ = {name for name in ("events", "sum", "mean", "variance", "sd", "histogram") if getattr(cell, name) is not None}
    assert given_ == {measure} and (cell.persons, cell.contributors) == (1, 1)


def test_a_count_of_persons_needs_no_value() -> None:
    query = Query(by=(BySex(),))
    assert layout(query).names == ("persons",)
    assert [(c.key, c.persons, c.contributors) for c in finish(query, [4, 5])] == [(("female",), 4, None), (("male",), 5, None)]


IMPOSSIBLE: list[dict[str, int]] = [
    {"persons": -1}, {"contributors": 3}, {"contributors": -1}, {"events": -1}, {"events": 0}, {"events": 1}, {"contributors": 0}, {"squares": -1}, {"squares": 0},
    {"sum": 10**12}, {"bin.1": -1}, {"contributors.1": 3}, {"bin.1": 0}, {"contributors.1": 0}, {"persons": 1},
]


@pytest.mark.parametrize("change", IMPOSSIBLE, ids=str)
def test_totals_that_no_data_can_have_are_refused(change: dict[str, int]) -> None:
    form = layout(EVERYTHING)
    vector = reference.run(people([[Decimal(1), Decimal(2)], [Decimal(3)]]), EVERYTHING)[0]
    for name, number in change.items():
        vector[form.place(0, name)] = number
    with pytest.raises(Broken, match="partial.impossible"):
        finish(EVERYTHING, vector)


@pytest.mark.parametrize("length", [0, 1, 3])
def test_a_vector_of_another_query_is_refused(length: int) -> None:
    with pytest.raises(Broken, match="partial.length"):
        finish(Query(by=(BySex(),)), [0] * length)


@given(st.lists(st.lists(numbers, max_size=3), max_size=4), st.data())
def test_a_layout_finds_every_number_where_it_wrote_it(readings: list[list[Decimal]], data: st.DataObject) -> None:
    query = Query(by=(BySex(),), of=EVERYTHING.of, measures=EVERYTHING.measures, edges=EDGES)
    form = layout(query)
    vector = list(range(form.length))
    cell, name = data.draw(st.integers(0, form.cells - 1)), data.draw(st.sampled_from(form.names))
    assert form.cell(vector, cell)[name] == vector[form.place(cell, name)]
    assert form.length == form.cells * len(form.names) == len(set(vector))


def test_one_unit_of_the_layout_is_the_ninth_decimal() -> None:
    assert reference.fixed(Decimal("0.000000001")) == 1 and reference.fixed(Decimal(1)) == UNIT
    assert [reference.fixed(Decimal(x)) for x in ("0.0000000005", "-0.0000000005", "0.00000000049")] == [1, -1, 0]


def cells_of(query: Query, totals: Sequence[int]) -> list[Any]:
    return [cell.persons for cell in finish(query, totals)]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_cells_come_in_the_order_of_the_declared_values(women: int, men: int) -> None:
    assert cells_of(Query(by=(BySex(),)), [women, men]) == [women, men]
