"""Faults strewn over many rows are counted by SQL exactly as a slow reading of the same rows in Python counts them."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.assess_tables import AS_OF, STARTS, Bench, Row, faultless, found
from dujiang.assess.sources import parquet
from dujiang.errors import Malformed

BORN, DIED = date(1960, 5, 6), date(2020, 4, 1)
# The days on which an event of visit 1 is at most a week off it.
VISIT = date(2019, 12, 26), date(2020, 6, 7)
days = st.one_of(st.none(), st.dates(date(1959, 1, 1), date(2026, 1, 1)))
codes = st.sampled_from(["LOINC|8480-6", "LOINC|8302-2", "LOCAL|x", "LOCAL|x LOINC|8480-6", "", None])


def day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value is not None else None


def reference(rows: list[Row]) -> dict[str, int]:
    """What is wrong with measurements of person 1, read row by row; only checks on one row."""
    slow: dict[str, Callable[[Row], bool]] = {
        "person_missing": lambda r: r["person_id"] is None,
        "person_unknown": lambda r: r["person_id"] not in (None, 1),
        "start_missing": lambda r: r["measurement_date"] is None,
        "code_missing": lambda r: not r["x_codes"],
        "code_system_unknown": lambda r: bool(r["x_codes"]) and "LOINC|" not in r["x_codes"],
        "value_missing": lambda r: r["value_as_number"] is None and not r["value_source_value"],
        "unit_missing": lambda r: r["value_as_number"] is not None and not (r["unit_source_value"] or "").strip(),
        "before_birth": lambda r: dated(r) and known(r) and day(r["measurement_date"]) < BORN,  # type: ignore[operator]
        "after_death": lambda r: dated(r) and known(r) and day(r["measurement_date"]) > DIED + timedelta(days=60),  # type: ignore[operator]
        "in_future": lambda r: dated(r) and day(r["measurement_date"]) > AS_OF + timedelta(days=1),  # type: ignore[operator]
        "outside_visit": lambda r: dated(r) and not VISIT[0] <= day(r["measurement_date"]) <= VISIT[1],  # type: ignore[operator]
        "unit_systolic": lambda r: is_a("8480-6", r) and united(r) not in ("", "mm[hg]"),
        "unit_height": lambda r: is_a("8302-2", r) and united(r) not in ("", "cm", "m", "[in_i]"),
        "range_systolic": lambda r: is_a("8480-6", r) and not 40 <= float(r["value_as_number"]) <= 300,
        "range_height": lambda r: is_a("8302-2", r) and not between(r),
    }
    counted = {f"{name}.measurement": sum(map(bool, map(wrong, rows))) for name, wrong in slow.items()}
    days_ = [one for one in (day(r["measurement_date"]) for r in rows) if one]
    counted["stale.measurement"] = bool(days_) and not any(AS_OF - timedelta(366) <= one <= AS_OF + timedelta(1) for one in days_)
    return {name: n for name, n in counted.items() if n}


def united(row: Row) -> str:
    return (row["unit_source_value"] or "").strip().lower()


def dated(row: Row) -> bool:
    return row["measurement_date"] is not None


def known(row: Row) -> bool:
    return bool(row["person_id"] == 1)


def is_a(code: str, row: Row) -> bool:
    return f"LOINC|{code}" in (row["x_codes"] or "") and row["value_as_number"] is not None


def between(row: Row) -> bool:
    low, high = {"m": (0.2, 2.6), "[in_i]": (8, 102)}.get((row["unit_source_value"] or "").lower(), (20, 260))
    return bool(low <= float(row["value_as_number"]) <= high)


measurements = st.fixed_dictionaries(
    {
        "person_id": st.sampled_from([1, 1, 1, 2, None]),
        "measurement_date": days.map(lambda d: d and d.isoformat()),
        "x_codes": codes,
        "value_as_number": st.sampled_from([None, "0.5", "1.72", "39.99", "40", "120", "172", "300", "300.01", "-1"]),
        "value_source_value": st.sampled_from([None, "", "x"]),
        "unit_source_value": st.sampled_from([None, " ", "mm[Hg]", "cm", "M", "[in_i]"]),
    }
)


@settings(max_examples=10, deadline=None)
@given(st.lists(measurements, min_size=1, max_size=30))
def test_sql_counts_what_a_slow_reading_counts(rows: list[Row]) -> None:
    # Its own text on each row keeps the check on repeated facts out of it.
    base = [{**faultless("measurement", n), **r, "measurement_source_value": str(n)} for n, r in enumerate(rows)]
    with TemporaryDirectory() as folder:
        report = Bench(Path(folder)).check(
            {
                "person": [faultless("person")],
                "death": [faultless("death")],
                "visit_occurrence": [faultless("visit_occurrence")],
                "measurement": base,
            }
        )
    assert found(report) == reference(base)


STREWN: dict[str, Row] = {
    "person_missing": {"person_id": None},
    "person_unknown": {"person_id": 77},
    "visit_unknown": {"visit_occurrence_id": 77},
    "concept_missing": {"observation_concept_id": None},
    "code_missing": {"x_codes": ""},
    "code_system_unknown": {"x_codes": "LOCAL|1 LOCAL|2"},
    # Named in no visit: a day outside its visit would be a second fault.
    "before_birth": {"observation_date": "1950-01-01", "visit_occurrence_id": None},
    "in_future": {"observation_date": "2099-03-01", "person_id": 2, "visit_occurrence_id": None},
    "source_missing": {"x_arrival": None},
    "start_missing": {"observation_date": None},
}


@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_faults_among_two_thousand_rows_are_all_found_and_no_other(bench: Bench, seed: int) -> None:
    dice = Random(seed)
    rows = [
        {**faultless("observation", n % 100), "observation_id": n, "observation_source_value": str(n)}
        for n in range(2000)
    ]
    expected: dict[str, int] = {}
    for place in dice.sample(range(len(rows)), 200):
        name = dice.choice(list(STREWN))
        rows[place] |= STREWN[name]
        expected[f"{name}.observation"] = expected.get(f"{name}.observation", 0) + 1
    people = [faultless("person"), faultless("person", 2)]
    visits = [faultless("visit_occurrence"), {**faultless("visit_occurrence", 2), "person_id": 2}]
    report = bench.check({"person": people, "visit_occurrence": visits, "observation": rows})
    assert found(report) == expected and sum(expected.values()) == 200


@pytest.mark.parametrize("table", STARTS)
def test_a_fault_in_one_table_is_not_found_in_another(bench: Bench, table: str) -> None:
    tables = {t: [faultless(t)] for t in ("person", "visit_occurrence", table)}
    tables[table] = [{**faultless(table), STARTS[table]: "2099-01-01"}]
    assert {name.split(".")[1] for name in found(bench.check(tables))} == {table}


@pytest.mark.parametrize("urls", [[], ["sealed://zone/a'b.parquet"]])
def test_an_address_that_could_end_its_quotes_is_refused(urls: list[str]) -> None:
    with pytest.raises(Malformed, match="address"):
        parquet(urls)
