"""Generated rows and queries from a small world, so that codes meet, birthdays fall on edges and values on bounds."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from compute.compute_node import FEMALE, MALE, Row, Rows, code, event_row, person_row
from dujiang.compute.query import (
    EVENT_TABLES,
    MEASURES,
    AllOf,
    AnyOf,
    ByAge,
    ByCode,
    BySex,
    Cohort,
    Events,
    Everyone,
    Grouping,
    Has,
    Labelled,
    Not,
    Query,
)
from dujiang.words import Sex

# One code is the beginning of another, and one stands in two systems: neither may be taken for the other.
CODES = ["A|1", "A|11", "B|1", "LOINC|8480-6", "LOCAL|x'y", "中|高血压", 'LOCAL|"\\%_*?', "LOCAL|😀", "a|1"]
# What no standard table should hold: two spaces, a space at an end, no bar, a bar too many. It matches what it spells and nothing else.
ODD_SETS = ["", " ", " A|1", "A|1 ", "A|1  B|1", "A", "A|", "|1", "A|1|1", "A|1,A|11", "A|1\tB|1", "A|1\nB|1"]
DAYS = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 2, 29), date(2020, 3, 1), date(2021, 2, 28), date(1, 1, 1), date(9999, 12, 31)]
BIRTHS: list[tuple[int | None, int | None, int | None]] = [
    (2000, 2, 29), (1980, 2, 29), (1980, 2, 28), (1980, 3, 1), (1955, 12, 31), (1956, 1, 1), (2021, 2, 28), (2030, 1, 1), (1980, 12, None),
    (1980, None, None), (1980, None, 5), (None, None, None), (None, 2, 3), (2001, 2, 29), (1990, 13, 1), (0, 1, 1), (1, 1, 1), (9999, 12, 31), (10000, 1, 1),
    (-1, 1, 1), (1980, 0, 1), (1980, 2, 0), (1980, 2, -1), (2004, 2, 29), (2020, 12, 31), (1880, 2, 29),
]
AGE_DAYS = [
    date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1), date(2021, 2, 28), date(2021, 3, 1), date(2020, 12, 31), date(1, 1, 1), date(9999, 12, 31),
    date(2100, 2, 28),
]
NUMBERS = [Decimal(x) for x in (
    "0", "1", "-1", "120", "120.5", "-0.000000001", "0.000000001", "0.1", "-7.25", "999999999.999999999", "-999999999.999999999", "39.999999999", "40",
)]
HUGE = [Decimal(x) for x in ("1000000000", "-1000000000", "1000000000.000000001", "-1000000000.000000001", "12345678901234567890123456789.123456789",
    "-99999999999999999999999999999")]
PEOPLE = ["p-a", "p-b", "p-c", "p-d", "p-e"]

periods = st.tuples(st.none() | st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS)).filter(
    lambda p: p[0] is None or p[1] is None or p[0] <= p[1]
)
code_tuples = st.lists(st.sampled_from(CODES), min_size=1, max_size=2, unique=True).map(lambda found: tuple(code(c) for c in found))
code_sets = st.lists(st.sampled_from(CODES), max_size=3, unique=True).map(lambda found: " ".join(sorted(found))) | st.sampled_from(ODD_SETS)
numbers = st.sampled_from(NUMBERS) | st.decimals(-1000, 1000, places=9, allow_nan=False, allow_infinity=False)


@st.composite
def event_rows(draw: st.DrawFn, table: str, ids: list[int]) -> list[Row]:
    rare = st.sampled_from(HUGE) if draw(st.integers(0, 9)) == 0 else numbers
    one = st.builds(
        lambda *a: event_row(table, a[0], a[1], day=a[2], value=a[3]),
        st.sampled_from(ids), st.none() | code_sets, st.none() | st.sampled_from(DAYS), st.none() | numbers | rare,
    )
    rows = draw(st.lists(one, max_size=12 if table == "measurement" else 6))
    return rows + rows[: draw(st.integers(0, 2))]  # the same event twice counts twice


@st.composite
def all_rows(draw: st.DrawFn) -> Rows:
    """Up to eight OMOP rows of up to five persons; some ids of the index have no row, some rows no place in the index."""
    ids = draw(st.lists(st.integers(-5, 9), max_size=8, unique=True))
    sexes = st.sampled_from([FEMALE, MALE, 0, None])
    persons = [person_row(i, draw(sexes), draw(st.sampled_from(BIRTHS))) for i in ids if draw(st.integers(0, 7))]
    persons += persons[: draw(st.integers(0, 2))]  # a row that stands there twice is one person
    index = {i: draw(st.sampled_from(PEOPLE)) for i in ids if draw(st.integers(0, 7))}
    events = {t: draw(event_rows(t, [*ids, 99])) for t in EVENT_TABLES}
    return Rows(persons, index, events)


@st.composite
def having(draw: st.DrawFn) -> Has:
    since, until = draw(periods)
    return Has(table=draw(st.sampled_from(EVENT_TABLES)), codes=draw(code_tuples), since=since, until=until, at_least=draw(st.sampled_from([1, 1, 2, 3])))


def combined(inner: st.SearchStrategy[Cohort]) -> st.SearchStrategy[Cohort]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(AllOf, parts=parts) | st.builds(AnyOf, parts=parts) | st.builds(Not, part=inner)


leaves: st.SearchStrategy[Cohort] = st.just(Everyone()) | having()
cohorts = leaves | combined(leaves) | combined(combined(leaves))
by_sex = st.builds(BySex, values=st.lists(st.sampled_from(list(Sex)), min_size=1, max_size=4, unique=True).map(tuple))
by_age = st.builds(
    ByAge, on=st.sampled_from(AGE_DAYS), edges=st.lists(st.sampled_from([0, 1, 18, 20, 39, 40, 41, 64, 65, 140, 150]), min_size=1, max_size=4, unique=True).map(
        lambda edges: tuple(sorted(edges))
    ),
)
by_code = st.builds(
    ByCode, table=st.sampled_from(EVENT_TABLES), groups=st.lists(code_tuples, min_size=1, max_size=3).map(
        lambda found: tuple(Labelled(label=f"group {n}", codes=codes) for n, codes in enumerate(found))
    ),
)
groupings: st.SearchStrategy[tuple[Grouping, ...]] = st.one_of(
    st.just(()), by_sex.map(lambda g: (g,)), by_age.map(lambda g: (g,)), by_code.map(lambda g: (g,)), st.tuples(by_sex, by_age), st.tuples(by_age, by_sex)
)
edge_tuples = st.lists(st.sampled_from([*NUMBERS, Decimal("1E-7")]), min_size=2, max_size=5, unique=True).map(lambda edges: tuple(sorted(edges)))


@st.composite
def measured(draw: st.DrawFn) -> Events:
    since, until = draw(periods)
    low, high = draw(st.tuples(st.none() | numbers, st.none() | numbers).filter(lambda b: b[0] is None or b[1] is None or b[0] <= b[1]))
    return Events(codes=draw(code_tuples), since=since, until=until, low=low, high=high)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Any query; half of them measure values."""
    asked: dict[str, Any] = {"cohort": draw(cohorts), "by": draw(groupings)}
    if draw(st.booleans()):
        return Query(**asked)
    measures = draw(st.lists(st.sampled_from(MEASURES[1:]), min_size=1, unique=True).map(tuple))
    edges = draw(edge_tuples) if "histogram" in measures else ()
    return Query(**asked, of=draw(measured()), measures=measures, edges=edges)
