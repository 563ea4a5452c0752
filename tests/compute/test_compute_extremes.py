"""Where numbers, dates and codes are at their edges, the fast engine and the slow truth say the same, and it is written here what they say."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from compute.compute_node import FEMALE, MALE, Node, Row, Rows, code, event_row, handle_of, person_row
from dujiang.compute import engine, reference
from dujiang.compute.query import ByAge, ByCode, BySex, Events, Has, Labelled, Query
from dujiang.errors import Refused
from dujiang.words import Sex

A = (code("A|1"),)
LARGEST = "999999999.999999999"


@pytest.fixture
def both(new_folder: Callable[[], Path]) -> Callable[..., list[int] | str]:
    """What both engines say: the vector, or the rule that refuses; the test fails when they differ."""

    def ask(rows: Rows, query: Query, *, value_type: str = "DECIMAL(38, 9)") -> list[int] | str:
        with Node(new_folder(), rows, value_type=value_type) as node:
            found: list[list[int] | str] = []
            for run in (lambda: engine.run(node.frames, query, excluded=set()).vector, lambda: reference.run(rows.people(), query)[0]):
                try:
                    found.append(run())
                except Refused as refusal:
                    found.append(refusal.rule)
        assert found[0] == found[1]
        return found[0]

    return ask


def born(*births: tuple[int | None, int | None, int | None]) -> Rows:
    return Rows([person_row(n, birth=birth) for n, birth in enumerate(births)], {n: f"p-{n}" for n in range(len(births))})


def reading(*values: str | None, codes: str = "A|1") -> Rows:
    """One woman's readings."""
    events = [event_row("measurement", 1, codes, value=value) for value in values]
    return Rows([person_row(1)], {1: "p"}, {"measurement": events})


def ask_of(low: str | None = None, high: str | None = None, *measures: str) -> Query:
    bounds = {name: Decimal(text) for name, text in (("low", low), ("high", high)) if text is not None}
    return Query(of=Events(codes=A, **bounds), measures=("persons", *(measures or ("events", "sum"))))


# Born, on the day, completed years.
BIRTHDAYS = [
    ((2000, 2, 29), date(2021, 2, 28), 20), ((2000, 2, 29), date(2021, 3, 1), 21), ((2000, 2, 29), date(2020, 2, 28), 19), ((2000, 2, 29), date(2020, 2, 29), 20),
    ((2000, 3, 1), date(2020, 2, 29), 19), ((2000, 3, 1), date(2020, 3, 1), 20), ((2000, 12, 31), date(2020, 12, 30), 19), ((2000, 12, 31), date(2020, 12, 31), 20),
    ((2020, 2, 29), date(2020, 2, 29), 0), ((2000, 5, None), date(2020, 4, 30), 19), ((2000, 5, None), date(2020, 5, 1), 20),
    ((2000, None, None), date(2020, 1, 1), 20),
    ((1, 1, 1), date(101, 1, 1), 100), ((9899, 12, 31), date(9999, 12, 31), 100),
]


@pytest.mark.parametrize(("birth", "day", "years"), BIRTHDAYS)
def test_a_person_completes_a_year_on_their_birthday_and_who_has_none_that_year_on_the_next_day(
    both: Callable[..., list[int]], birth: tuple[int, int | None, int | None], day: date, years: int
) -> None:
    edges = (0, years, years + 1) if years else (0, 1)
    vector = both(born(birth), Query(by=(ByAge(on=day, edges=edges),)))
    assert vector == ([0, 1, 0] if years else [1, 0])


@pytest.mark.parametrize("birth", [(None, 1, 1), (2001, 2, 29), (1980, 13, 1), (1980, 0, 1), (0, 1, 1), (-5, 1, 1), (10000, 1, 1), (2021, 1, 1)])
def test_who_is_not_born_yet_or_on_no_day_has_no_age(both: Callable[..., list[int]], birth: tuple[int | None, int, int]) -> None:
    assert both(born(birth), Query(by=(ByAge(on=date(2020, 12, 31), edges=(0, 40)),))) == [0, 0]


def test_a_person_of_several_rows_has_the_first_known_sex_and_birth(both: Callable[..., list[int]]) -> None:
    rows = Rows([person_row(9, MALE, (1900, 1, 1)), person_row(1, 0, (None, None, None)), person_row(2, FEMALE, (1980, None, None))], {1: "p", 2: "p", 9: "p"})
    assert both(rows, Query(by=(BySex(), ByAge(on=date(2020, 1, 1), edges=(0, 41))))) == [1, 0, 0, 0]


def test_a_row_that_stands_there_twice_is_one_person_and_an_event_twice_is_two(both: Callable[..., list[int]]) -> None:
    rows = reading("1", "1")
    assert both(Rows(rows.persons * 2, rows.index, rows.events), ask_of()) == [1, 1, 2, 2 * 10**9]


def test_a_reading_of_any_row_of_a_person_is_the_persons(both: Callable[..., list[int]]) -> None:
    events = [event_row("measurement", i, "A|1", value="1") for i in (1, 2, 3)]
    rows = Rows([person_row(1), person_row(2)], {1: "p", 2: "p"}, {"measurement": events})
    assert both(rows, ask_of()) == [1, 1, 2, 2 * 10**9]


@pytest.mark.parametrize(("many", "expected"), [(100, [1, 1, 100, 100 * (10**18 - 1), 100 * (10**18 - 1) ** 2]), (101, "query.overflow")])
def test_a_hundred_of_the_largest_values_are_summed_and_one_more_is_refused(both: Callable[..., list[int] | str], many: int, expected: list[int] | str) -> None:
    assert both(reading(*[LARGEST] * many), ask_of(None, None, "variance")) == expected


def test_sums_without_squares_go_further(both: Callable[..., list[int]]) -> None:
    assert both(reading(*[LARGEST] * 300), ask_of(None, None, "sum", "events")) == [1, 1, 300, 300 * (10**18 - 1)]
    assert both(reading(*["-" + LARGEST] * 300), ask_of(None, None, "sum", "events")) == [1, 1, 300, -300 * (10**18 - 1)]


HUGE = "1000000000"
BOUNDS = [
    ((HUGE,), None, None, "query.overflow"), ((HUGE,), None, "999999999", [1, 0, 0, 0]), ((HUGE,), "0", None, "query.overflow"),
    (("-" + HUGE,), None, None, "query.overflow"),
    (("-" + HUGE,), "0", None, [1, 0, 0, 0]), (("-" + HUGE,), None, "0", "query.overflow"), ((HUGE, "1"), None, "2", [1, 1, 1, 10**9]),
    (("99999999999999999999999999999.999999999",), None, "1", [1, 0, 0, 0]), (("99999999999999999999999999999.999999999",), None, None, "query.overflow"),
    ((LARGEST, "-" + LARGEST), None, None, [1, 1, 2, 0]), (("0.000000001", "-0.000000001", "0"), "0", None, [1, 1, 2, 1]),
    (("1", "2", "3"), "2", "2", [1, 1, 1, 2 * 10**9]),
    ((None, "5"), None, None, [1, 1, 1, 5 * 10**9]),
]


@pytest.mark.parametrize(("values", "low", "high", "expected"), BOUNDS)
def test_a_value_too_large_is_refused_unless_the_bounds_leave_it_out(
    both: Callable[..., list[int] | str], values: tuple[str | None, ...], low: str | None, high: str | None, expected: list[int] | str
) -> None:
    assert both(reading(*values), ask_of(low, high)) == expected


def test_a_huge_value_of_another_code_or_of_somebody_left_out_is_in_nobodys_way(both: Callable[..., list[int]], new_folder: Callable[[], Path]) -> None:
    other = [event_row("measurement", 1, "B|1", value=HUGE), event_row("measurement", 1, "A|1", value="1"), event_row("measurement", 2, "A|1", value=HUGE)]
    rows = Rows([person_row(1), person_row(2)], {1: "p", 2: "q"}, {"measurement": other})
    with Node(new_folder(), rows) as node:
        assert engine.run(node.frames, ask_of(), excluded={"q"}).vector == reference.run(rows.people(), ask_of(), {"q"})[0] == [1, 1, 1, 10**9]
    assert both(rows, ask_of()) == "query.overflow"


def test_values_stand_in_the_bin_that_begins_with_them_and_the_last_edge_in_the_last_bin(both: Callable[..., list[int]]) -> None:
    edges = tuple(map(Decimal, ("0", "0.1", "10")))
    query = Query(of=Events(codes=A), measures=("persons", "histogram"), edges=edges)
    values = ["-0.000000001", "0", "0.099999999", "0.1", "9.999999999", "10", "10.000000001", LARGEST]
    assert both(reading(*values), query) == [1, 1, 1, 2, 3, 2, 1, 1, 1, 1]


@pytest.mark.parametrize(("day", "since", "until", "counted"), [
    (date(2020, 1, 1), date(2020, 1, 1), date(2020, 1, 1), 1), (date(2020, 1, 2), date(2020, 1, 1), date(2020, 1, 1), 0),
    (date(2019, 12, 31), date(2020, 1, 1), None, 0),
    (None, None, None, 1), (None, date(1, 1, 1), None, 0), (None, None, date(9999, 12, 31), 0), (date(1, 1, 1), date(1, 1, 1), None, 1),
    (date(9999, 12, 31), None, date(9999, 12, 31), 1),
])
def test_a_period_includes_its_days_and_what_has_no_day_is_in_none(
    both: Callable[..., list[int]], day: date | None, since: date | None, until: date | None, counted: int
) -> None:
    rows = Rows([person_row(1)], {1: "p"}, {"observation": [event_row("observation", 1, "A|1", day=day)]})
    assert both(rows, Query(cohort=Has(table="observation", codes=A, since=since, until=until))) == [counted]


CODES = [
    ("A|1", 1), ("A|1 B|2", 1), ("B|2 A|1", 1), ("A|11", 0), ("AA|1", 0), ("a|1", 0), ("A|1|", 0), ("A|1,B|2", 0), ("", 0), (None, 0), ("B|1", 0), (" A|1", 1),
    ("B|2  A|1", 1), ("A|1\tB|2", 0),
]


@pytest.mark.parametrize(("codes", "counted"), CODES)
def test_a_code_is_matched_whole_and_by_its_letters(both: Callable[..., list[int]], codes: str | None, counted: int) -> None:
    rows = Rows([person_row(1)], {1: "p"}, {"observation": [event_row("observation", 1, codes)]})
    assert both(rows, Query(cohort=Has(table="observation", codes=A))) == [counted]


@pytest.mark.parametrize("text", ["LOCAL|'; DROP TABLE w_person; --".replace(" ", ""), 'LOCAL|"', "LOCAL|\\", "LOCAL|%", "LOCAL|{}", "中|高血压", "LOCAL|😀",
    "LOCAL|?", "LOCAL|$1"])
def test_a_code_of_odd_characters_is_found_and_runs_nothing(both: Callable[..., list[int]], text: str) -> None:
    rows = Rows([person_row(1), person_row(2)], {1: "p", 2: "q"}, {"observation": [event_row("observation", 1, text)]})
    labels = ByCode(table="observation", groups=(Labelled(label="it's \"one\" %", codes=(code(text),)), Labelled(label="other", codes=A)))
    assert both(rows, Query(cohort=Has(table="observation", codes=(code(text),)))) == [1]
    assert both(rows, Query(by=(labels,))) == [1, 0]


def test_a_person_may_stand_in_several_cells_of_codes_and_is_counted_once(new_folder: Callable[[], Path]) -> None:
    rows = Rows([person_row(1), person_row(2)], {1: "p", 2: "q"}, {"observation": [event_row("observation", 1, "A|1 B|1"), event_row("observation", 1, "B|1")]})
    query = Query(by=(ByCode(table="observation", groups=(Labelled(label="a", codes=A), Labelled(label="b", codes=(code("B|1"),)))),))
    with Node(new_folder(), rows) as node:
        found = engine.run(node.frames, query, excluded=set())
    assert (found.vector, found.participants, found.included) == ([1, 1], [handle_of("p")], 1)


def test_who_is_in_no_cell_is_no_participant(new_folder: Callable[[], Path]) -> None:
    rows = Rows([person_row(1, 0), person_row(2, FEMALE)], {1: "p", 2: "q"})
    with Node(new_folder(), rows) as node:
        found = engine.run(node.frames, Query(by=(BySex(),)), excluded={"p", "somebody"})
        unknown = engine.run(node.frames, Query(by=(BySex(values=(Sex.UNKNOWN,)),)), excluded={"p"})
    assert (found.vector, found.included, found.excluded) == ([1, 0], 1, 0)
    assert (unknown.vector, unknown.included, unknown.excluded) == ([0], 0, 1)


def test_at_least_counts_events_of_a_person_over_all_of_their_rows(both: Callable[..., list[int]]) -> None:
    events: list[Row] = [event_row("observation", i, "A|1") for i in (1, 2, 2)]
    rows = Rows([person_row(1), person_row(2)], {1: "p", 2: "p"}, {"observation": events})
    assert [both(rows, Query(cohort=Has(table="observation", codes=A, at_least=n))) for n in (3, 4)] == [[1], [0]]


@pytest.mark.parametrize("value_type", ["DECIMAL(18, 9)", "BIGINT", "DECIMAL(9, 2)"])
def test_values_of_a_narrower_type_are_the_same_numbers(both: Callable[..., list[int]], value_type: str) -> None:
    assert both(reading("120", "-7"), ask_of(None, None, "sum", "variance", "events"), value_type=value_type) == [1, 1, 2, 113 * 10**9, (120**2 + 49) * 10**18]


@pytest.mark.parametrize("values", [("999999.999999999",) * 3, ("1000000", "-1000000"), ("0.000000001", "1000000.000000001", None), (None, None), (LARGEST, "-" + LARGEST)])
def test_squares_are_exact_on_both_sides_of_the_size_from_which_they_are_added_up_event_by_event(
    both: Callable[..., list[int] | str], values: tuple[str | None, ...]
) -> None:
    found = both(reading(*values), ask_of(None, None, "events", "variance"))
    assert isinstance(found, list) and found[0] == 1


def test_sums_of_several_sets_of_codes_count_a_person_once(both: Callable[..., list[int] | str]) -> None:
    rows = reading("1", "2", codes="A|1")
    rows.events["measurement"] += [event_row("measurement", 1, "A|1 B|2", value="4"), event_row("measurement", 1, "B|2", value="8")]
    asked = both(rows, ask_of())
    assert isinstance(asked, list) and asked[:3] == [1, 1, 3]
