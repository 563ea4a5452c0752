"""A small faultless hospital, and a function that spoils it with known faults; pure, the same seed gives the same faults."""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import NamedTuple

from assess.assess_tables import CODES, ENDS, STARTS, Row, faultless, key_of

EVENTS = tuple(CODES)
Tables = dict[str, list[Row]]
Spoil = Callable[[Row], Row]


class Fault(NamedTuple):
    """A fault that was put in: which check must find it, in which row."""

    check: str
    table: str
    line: int


def hospital(persons: int = 60, visits: int = 2, events: int = 2) -> Tables:
    """Persons with visits of one day each and events on them; every row has a line of its own in its table."""
    tables: Tables = {"person": [], "death": [], "visit_occurrence": [], **{table: [] for table in EVENTS}}
    for person in range(1, persons + 1):
        tables["person"].append({**faultless("person", person), "month_of_birth": 1 + person % 12, "day_of_birth": 2 + person % 26})
        for _ in range(visits):
            visit = len(tables["visit_occurrence"]) + 1
            day = f"2020-{1 + visit % 4:02d}-{1 + visit % 28:02d}"
            of_visit = {"person_id": person, "visit_start_date": day, "visit_end_date": day}
            tables["visit_occurrence"].append({**faultless("visit_occurrence", visit), **of_visit})
            for table in EVENTS:
                for n in range(events):
                    event = len(tables[table]) + 1
                    of_event = {"person_id": person, "visit_occurrence_id": visit, STARTS[table]: day, f"{stem(table)}_source_value": f"{n}"}
                    tables[table].append({**faultless(table, event), **of_event, "x_line": event})
    tables["death"].append({**faultless("death"), "person_id": persons, "death_date": "2020-06-01", "x_line": 1})
    return tables


def stem(table: str) -> str:
    return table.split("_")[0]


def spoil(tables: Tables, count: int, seed: int) -> tuple[Tables, list[Fault]]:
    """Copies of the tables with `count` faults, each in a row of its own, and what and where they are."""
    dice, spoiled, faults = Random(seed), deepcopy(tables), []
    free = {table: dice.sample(range(len(rows)), len(rows)) for table, rows in spoiled.items()}
    kinds = [(rule, table, change) for rule, names, change in _kinds() for table in names]
    while len(faults) < count:
        rule, table, change = kinds[len(faults) % len(kinds)] if len(faults) < len(kinds) else dice.choice(kinds)
        if not free[table]:
            continue
        row = spoiled[table][free[table].pop()]
        if rule in ADDED:
            row = {**row, "x_line": len(spoiled[table]) + 1, key_of(table): row[key_of(table)] + (0 if rule == "key_repeated" else 100_000)}
            spoiled[table].append(row)
        row |= change(table)
        faults.append(Fault(f"{rule}.{table}", table, row["x_line"]))
    return spoiled, faults


ADDED = ("key_repeated", "fact_repeated")


def _kinds() -> list[tuple[str, tuple[str, ...], Callable[[str], Row]]]:
    """Rule, tables, and how a row is changed."""
    measured = ("measurement",)
    return [
        ("key_missing", EVENTS, lambda t: {key_of(t): None}),
        ("key_repeated", EVENTS, lambda t: {STARTS[t]: "2020-05-30", "visit_occurrence_id": None}),
        ("fact_repeated", EVENTS, lambda t: {}),
        ("person_missing", EVENTS, lambda t: {"person_id": None}),
        ("person_unknown", EVENTS, lambda t: {"person_id": 999_999}),
        ("visit_unknown", EVENTS, lambda t: {"visit_occurrence_id": 999_999}),
        ("visit_of_another", EVENTS, lambda t: {"person_id": 60, "visit_occurrence_id": 1, STARTS[t]: "2020-02-02"}),
        ("outside_visit", EVENTS, lambda t: {STARTS[t]: "2019-11-11"}),
        ("start_missing", EVENTS, lambda t: {STARTS[t]: None}),
        ("before_birth", EVENTS, lambda t: {STARTS[t]: "1959-12-31"}),
        ("in_future", EVENTS, lambda t: {STARTS[t]: "2020-08-01"}),
        ("end_before_start", tuple(t for t in ENDS if t in EVENTS), lambda t: {ENDS[t]: "2019-01-01"}),
        ("concept_missing", EVENTS, lambda t: {f"{stem(t)}_concept_id": None}),
        ("source_missing", EVENTS, lambda t: {"x_source_key": None}),
        ("code_missing", EVENTS, lambda t: {"x_codes": ""}),
        ("code_system_unknown", EVENTS, lambda t: {"x_codes": "LOCAL|1"}),
        ("supply_implausible", ("drug_exposure",), lambda t: {"days_supply": 9999}),
        ("amount_negative", ("drug_exposure",), lambda t: {"quantity": "-3"}),
        ("value_missing", measured, lambda t: {"value_as_number": None, "value_source_value": None}),
        ("unit_missing", measured, lambda t: {"unit_source_value": ""}),
        ("unit_systolic", measured, lambda t: {"unit_source_value": "kg"}),
        ("range_systolic", measured, lambda t: {"value_as_number": "1300"}),
        ("range_height", measured, lambda t: {"x_codes": "LOINC|8302-2", "value_as_number": "1.7", "unit_source_value": "cm"}),
        ("female_only", ("condition_occurrence",), lambda t: {"x_codes": "ICD10|O80.0"}),
        ("visit_too_long", ("visit_occurrence",), lambda t: {"visit_start_date": "2019-01-01", "visit_end_date": "2020-06-01"}),
        ("sex_unknown", ("person",), lambda t: {"gender_concept_id": 0}),
    ]
