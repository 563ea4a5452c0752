"""The query model: an invalid query is refused at birth with its rule, equal questions have one digest, and none touches what it does not name."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.compute_given import BIRTHS, CODES, all_rows, queries
from compute.compute_node import FEMALE, MALE, Node, Row, Rows
from dujiang.compute import engine
from dujiang.compute.layout import layout
from dujiang.compute.query import (
    DATES,
    EVENT_TABLES,
    MEASURES,
    METHOD_OF,
    AllOf,
    AnyOf,
    ByAge,
    ByCode,
    BySex,
    Cohort,
    Events,
    Everyone,
    Has,
    Labelled,
    Not,
    Query,
)
from dujiang.errors import Malformed, Refused
from dujiang.words import Code, Sex

A = (Code(system="A", code="1"),)
HAS = Has(table="observation", codes=A)
OF = Events(codes=A)
DAY, BEFORE = date(2020, 1, 1), date(2019, 12, 31)


def deep(layers: int) -> Cohort:
    found: Cohort = HAS
    for _ in range(layers - 1):
        found = Not(part=found)
    return found


# What cannot be asked, and the rule that says so.
INVALID: list[tuple[Callable[[], object], str]] = [
    (lambda: Has(table="person", codes=A), "query.table"), (lambda: Has(table="death", codes=A), "query.table"),
    (lambda: Has(table="observation; --", codes=A), "query.table"),
    (lambda: Has(table="", codes=A), "query.table"), (lambda: Has(table="observation", codes=()), "query.codes"),
    (lambda: Has(table="observation", codes=A * 2001), "query.codes"),
    *((lambda text=text: Has(table="observation", codes=(Code(system="A", code=text),)), "query.code") for text in ("", " ", "a b", "a|b", "a\tb", "a\x1fb",
        "\u3000", "x" * 101)),
    *((lambda text=text: Has(table="observation", codes=(Code(system=text, code="1"),)), "query.code") for text in ("", "a b", "a|b", "x" * 101)),
    (lambda: Has(table="observation", codes=A, since=DAY, until=BEFORE), "query.period"),
    *((lambda n=n: Has(table="observation", codes=A, at_least=n), "query.at_least") for n in (0, -1, 1_000_001)),
    (lambda: AllOf(parts=()), "query.parts"), (lambda: AnyOf(parts=()), "query.parts"), (lambda: AnyOf(parts=(HAS,) * 50), "query.parts"),
    (lambda: deep(6), "query.size"), (lambda: Query(cohort=AllOf(parts=(AnyOf(parts=(HAS,) * 25), AnyOf(parts=(HAS,) * 25)))), "query.size"),
    (lambda: BySex(values=()), "query.sex"), (lambda: BySex(values=(Sex.MALE, Sex.MALE)), "query.sex"),
    *((lambda edges=edges: ByAge(on=DAY, edges=edges), "query.edges") for edges in ((), (1, 1), (2, 1), (-1, 5), (0, 151), (151,))),
    *((lambda label=label: Labelled(label=label, codes=A), "query.label") for label in ("", "x" * 101, "a\nb", "a\u2028b", "\x00")),
    (lambda: ByCode(table="observation", groups=()), "query.labels"),
    (lambda: ByCode(table="observation", groups=(Labelled(label="a", codes=A),) * 2), "query.labels"),
    (lambda: ByCode(table="observation", groups=tuple(Labelled(label=str(n), codes=A) for n in range(201))), "query.labels"),
    (lambda: ByCode(table="observation", groups=(Labelled(label="a", codes=()),)), "query.codes"),
    (lambda: ByCode(table="person", groups=(Labelled(label="a", codes=A),)), "query.table"),
    (lambda: Events(codes=A, table="observation"), "query.table"),  # type: ignore[arg-type]
    (lambda: Events(codes=()), "query.codes"), (lambda: Events(codes=A, since=DAY, until=BEFORE), "query.period"),
    (lambda: Events(codes=A, low=Decimal(2), high=Decimal(1)), "query.bounds"),
    *((lambda text=text: Events(codes=A, low=Decimal(text)), "query.number") for text in (
        "NaN", "sNaN", "Infinity", "-Infinity", "1000000000", "-1000000000", "1e9", "0.0000000001", "1.0000000001", "1e999999999", "1e-999999999",
    )),
    (lambda: Query(measures=()), "query.measures"), (lambda: Query(measures=("persons", "persons")), "query.measures"),
    (lambda: Query(measures=("median",)), "query.measures"),
    (lambda: Query(measures=("mean",)), "query.events"), (lambda: Query(measures=("events",)), "query.events"), (lambda: Query(of=OF), "query.events"),
    (lambda: Query(by=(BySex(), BySex())), "query.groups"), (lambda: Query(by=(BySex(), ByAge(on=DAY, edges=(0,)), BySex(), BySex())), "query.groups"),
    (lambda: Query(by=(BySex(), ByCode(table="observation", groups=(Labelled(label="a", codes=A),)))), "query.by_code"),
    (lambda: Query(of=OF, measures=("histogram",)), "query.histogram"), (lambda: Query(of=OF, measures=("mean",), edges=(Decimal(1), Decimal(2))), "query.histogram"),
    *((lambda edges=edges: Query(of=OF, measures=("histogram",), edges=tuple(map(Decimal, edges))), "query.histogram") for edges in ((1,), (1, 1), (2, 1), range(101))),
    (lambda: Query(of=OF, measures=("histogram",), edges=(Decimal(1), Decimal("Infinity"))), "query.number"),
]


@pytest.mark.parametrize(("ask", "rule"), INVALID)
def test_an_invalid_query_is_refused_at_birth(ask: Callable[[], object], rule: str) -> None:
    with pytest.raises(Malformed) as refusal:
        ask()
    assert refusal.value.rule == rule and refusal.value.en and refusal.value.zh


LIMITS: list[Callable[[], object]] = [
    lambda: deep(5), lambda: AnyOf(parts=(HAS,) * 49), lambda: Has(table="observation", codes=A * 2000, at_least=1_000_000, since=DAY, until=DAY),
    lambda: ByAge(on=DAY, edges=(0, 150)), lambda: ByCode(table="observation", groups=tuple(Labelled(label=str(n), codes=A) for n in range(200))),
    lambda: Query(of=OF, measures=("histogram",), edges=tuple(map(Decimal, range(100)))),
    lambda: Events(codes=A, low=Decimal("-999999999.999999999"), high=Decimal("999999999.999999999")),
    lambda: Query(of=OF, measures=MEASURES, edges=(Decimal(0), Decimal(1))), lambda: Has(table="observation", codes=(Code(system="中", code="x" * 100),)),
]


@pytest.mark.parametrize("ask", LIMITS)
def test_what_lies_on_a_limit_can_be_asked(ask: Callable[[], object]) -> None:
    assert ask()


HOSTILE = [
    b"", b"{", b"null", b"[]", b'"x"', b'{"cohort": 7}', b'{"cohort": {"type": "sql", "text": "DROP"}}', b'{"cohort": {"type": "has"}}', b'{"by": {"type": "by_sex"}}',
    b'{"measures": "persons"}', b'{"measures": [1]}', b'{"unknown": 1}', b'{"of": {"table": "person", "codes": []}}', b'{"measures": ["' + b"x" * 10_000 + b'"]}',
    b'{"cohort": {"type": "everyone", "extra": 1}}', b'{"by": [{"type": "by_age", "on": "2021-02-29", "edges": [0]}]}',
    b'{"by": [{"type": "by_age", "on": "2020-01-01", "edges": [0.5]}]}',
    b'{"by": [{"type": "by_sex", "values": ["robot"]}]}', b'{"edges": ["one"]}',
]


@pytest.mark.parametrize("data", HOSTILE)
def test_what_is_no_query_is_none(data: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, Malformed)):
        msgspec.json.decode(data, type=Query)


@given(queries())
def test_a_query_goes_through_json_and_stays_itself(query: Query) -> None:
    again = msgspec.json.decode(query.canonical(), type=Query)
    assert again == query and again.digest() == query.digest()
    assert msgspec.convert(msgspec.to_builtins(query), Query) == query


def reordered(value: Any) -> Any:
    """The same JSON with every object's keys the other way round."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(v) for v in value] if isinstance(value, list) else value


@given(queries())
def test_the_order_of_keys_does_not_change_the_digest(query: Query) -> None:
    text = json.dumps(reordered(json.loads(query.canonical())))
    assert msgspec.json.decode(text, type=Query).digest() == query.digest()


SPELLINGS = [["1.5", "1.50", "15e-1", "0.15e1", "+1.5", "1.500000000000"], ["0", "-0", "0.0", "0e5", "-0.000"], ["100", "1e2", "1E+2", "100.0"],
    ["-0.000000001", "-1e-9", "-1E-9"]]


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_the_spelling_of_a_number_does_not_change_the_digest(spellings: list[str]) -> None:
    bounds = {Query(of=Events(codes=A, low=Decimal(text)), measures=("mean",)).digest() for text in spellings}
    edges = {Query(of=OF, measures=("histogram",), edges=(Decimal(text), Decimal(500))).digest() for text in spellings}
    as_json = {msgspec.json.decode(f'{{"of": {{"codes": [{{"system": "A", "code": "1"}}], "low": "{text}"}}, "measures": ["mean"]}}',
        type=Query).digest() for text in spellings}
    assert len(bounds) == len(edges) == len(bounds | as_json) == 1


def test_a_number_may_stand_in_json_as_a_number() -> None:
    plain = msgspec.json.decode(b'{"of": {"codes": [{"system": "A", "code": "1"}], "low": 1.50, "high": 2}, "measures": ["mean"]}', type=Query)
    assert plain.of == Events(codes=A, low=Decimal("1.5"), high=Decimal(2))


@given(queries(), queries())
def test_different_questions_have_different_digests(one: Query, other: Query) -> None:
    assert (one == other) is (one.digest() == other.digest())


@given(queries())
def test_a_query_has_at_most_604_cells_and_each_of_them_once(query: Query) -> None:
    cells = query.cells()
    assert 1 <= len(cells) == len(set(cells)) <= 604
    assert layout(query).length == len(cells) * len(layout(query).names)


def test_the_largest_query_has_604_cells() -> None:
    assert len(Query(by=(BySex(values=tuple(Sex)), ByAge(on=DAY, edges=tuple(range(151))))).cells()) == 604


@given(queries())
def test_the_methods_are_those_of_the_measures_and_always_count(query: Query) -> None:
    assert query.methods() == {"count"} | {METHOD_OF[m] for m in query.measures}


def test_every_measure_and_every_table_is_known() -> None:
    assert set(METHOD_OF) == set(MEASURES) and set(DATES) == set(EVENT_TABLES)


COLUMNS: list[tuple[Query, set[str]]] = [
    (Query(), {"person.person_id"}), (Query(by=(BySex(),)), {"person.person_id", "person.gender_concept_id"}),
    (Query(by=(ByAge(on=DAY, edges=(0,)),)), {"person.person_id", "person.year_of_birth", "person.month_of_birth", "person.day_of_birth"}),
    (Query(cohort=Not(part=HAS)), {"person.person_id", "observation.person_id", "observation.x_codes"}),
    (Query(cohort=Has(table="drug_exposure", codes=A, until=DAY)),
        {"person.person_id", "drug_exposure.person_id", "drug_exposure.x_codes", "drug_exposure.drug_exposure_start_date"}),
    (Query(of=OF, measures=("sum",)), {"person.person_id", "measurement.person_id", "measurement.x_codes", "measurement.value_as_number"}),
    (Query(of=Events(codes=A, since=DAY), measures=("events",)),
     {"person.person_id", "measurement.person_id", "measurement.x_codes", "measurement.value_as_number", "measurement.measurement_date"}),
    (Query(by=(ByCode(table="visit_occurrence", groups=(Labelled(label="a", codes=A),)),)),
        {"person.person_id", "visit_occurrence.person_id", "visit_occurrence.x_codes"}),
]


@pytest.mark.parametrize(("query", "columns"), COLUMNS)
def test_a_query_names_the_columns_it_touches(query: Query, columns: set[str]) -> None:
    assert query.columns() == columns


def outside(query: Query, rows: Rows, fill: Callable[[str], Any]) -> tuple[Rows, list[str]]:
    """The rows with everything filled otherwise that the query does not name, and the tables it does not name at all."""
    named = query.columns()

    def without(table: str, row: Row) -> Row:
        return {c: v if f"{table}.{c}" in named else fill(c) for c, v in row.items()}

    events = {t: [without(t, row) for row in found] for t, found in rows.events.items()}
    absent = [t for t in EVENT_TABLES if f"{t}.person_id" not in named]
    return Rows([without("person", row) for row in rows.persons], rows.index, events), absent


def nothing(column: str) -> Any:
    return None


def rubbish(column: str) -> Any:
    """Other values than were there: what a query does not name, it must not see."""
    year, month, day = BIRTHS[0]
    return {
        "gender_concept_id": MALE, "year_of_birth": year, "month_of_birth": month, "day_of_birth": day, "x_codes": " ".join(CODES), "value_as_number": Decimal(7),
        "person_id": 0,
    }.get(column, date(2020, 1, 1))


def said(node: Node, query: Query) -> object:
    try:
        found = engine.run(node.frames, query, excluded=set())
    except Refused as refusal:
        return refusal.rule
    return found.vector, set(found.participants), found.included


@settings(max_examples=20)
@given(rows=all_rows(), query=queries(), fill=st.sampled_from([nothing, rubbish]))
def test_a_query_touches_no_column_that_it_does_not_name(new_folder: Callable[[], Path], rows: Rows, query: Query, fill: Callable[[str], Any]) -> None:
    other, absent = outside(query, rows, fill)
    with Node(new_folder(), rows) as one, Node(new_folder(), other, without=absent) as two:
        assert said(one, query) == said(two, query)


def test_a_query_about_a_table_that_the_version_lacks_is_refused(new_folder: Callable[[], Path]) -> None:
    with Node(new_folder(), Rows([], {}), without=["observation"]) as node:
        with pytest.raises(Refused, match="query.table_absent.*observation"):
            engine.run(node.frames, Query(cohort=HAS), excluded=set())
        assert engine.run(node.frames, Query(), excluded=set()).included == 0


def test_sexes_other_than_two_are_unknown_to_the_tables() -> None:
    assert {FEMALE, MALE} == {8532, 8507} and Query(cohort=Everyone(), by=(BySex(values=(Sex.OTHER, Sex.UNKNOWN)),)).cells() == (("other",), ("unknown",))
