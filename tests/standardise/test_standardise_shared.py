"""Real exports, landed and standardised: persons, conditions by code, readings and their exact sum are those of a plain count."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collect.collect_shore import Shore
from dujiang.collect.arrivals import Arrival
from dujiang.doors.delivery import folder_delivery
from dujiang.standardise.mapping import FAMILY, maps
from dujiang.standardise.standardise import standardise
from shared_data import shared
from standardise.standardise_count import Counted, count_fhir, count_synthea
from standardise.standardise_node import Made

EXPORTS: dict[str, Callable[[Path], Counted]] = {"fhir/r4_ndjson_110": count_fhir, "fhir/stu3_ndjson_150": count_fhir, "omop/synthea_csv_27": count_synthea}
TENTH = Decimal("1e-9")


@dataclass
class Export:
    made: Made
    counted: Counted
    arrival: Arrival


@pytest.fixture(scope="module", params=EXPORTS)
def export(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Export:
    folder = shared(request.param)
    shore = Shore(tmp_path_factory.mktemp("export"))
    arrival = shore.land(list(folder_delivery(folder)))
    snapshot = standardise(shore, arrival.zone, [arrival], lambda done, of: None)  # type: ignore[arg-type]
    return Export(Made(shore.zones, snapshot), EXPORTS[request.param](folder), arrival)


def codes(rows: list[dict[str, Any]], system: str) -> Counter[str]:
    return Counter(c.partition("|")[2] for row in rows for c in row["x_codes"].split(" ") if c.startswith(system + "|"))


def test_the_persons_are_those_of_a_plain_count(export: Export) -> None:
    people = export.made.rows("person")
    assert export.made.snapshot.persons == len(people) == export.counted.persons
    assert Counter(row["gender_source_value"] for row in people) == export.counted.sexes
    assert all(row["gender_concept_id"] for row in people)
    assert len(export.made.rows("death")) == export.counted.deaths
    assert len(export.made.rows("x_identity")) == export.counted.persons


def test_the_conditions_by_code_are_those_of_a_plain_count(export: Export) -> None:
    assert codes(export.made.rows("condition_occurrence"), "SNOMED") == export.counted.conditions


def test_the_systolic_readings_and_their_sum_are_those_of_a_plain_count(export: Export) -> None:
    readings = [row for row in export.made.rows("measurement") if row["x_codes"] == "LOINC|8480-6"]
    assert len(readings) == export.counted.systolic > 0
    # Each reading may be rounded at its ninth decimal; the texts, which are kept, give the sum itself.
    assert sum(Decimal(row["value_source_value"]) for row in readings) == export.counted.total
    assert abs(sum(row["value_as_number"] for row in readings) - export.counted.total) <= len(readings) * TENTH / 2


def test_every_number_is_a_measurement(export: Export) -> None:
    rows = export.made.rows("measurement")
    assert len(rows) == export.counted.numbers
    assert all("value_as_number" in row for row in rows)


def test_every_record_stands_in_a_table_or_was_set_aside_or_is_kept_raw(export: Export) -> None:
    snapshot = export.made.snapshot
    read = {m.kind for family in set(FAMILY.values()) for m in maps(family)}
    raw = {kind: n for kind, n in export.counted.kinds.items() if kind not in read}
    assert snapshot.kept_raw == raw and snapshot.records == sum(export.counted.kinds.values()) == export.arrival.records
    in_tables = {(row["x_source_kind"], row["x_source_key"]) for t in snapshot.tables for row in export.made.rows(t.name)}
    assert snapshot.records == len(in_tables) + snapshot.dangling + sum(raw.values())


def test_every_event_finds_its_person_and_nearly_every_one_its_visit(export: Export) -> None:
    people = {row["person_id"] for row in export.made.rows("person")}
    visits = {row["visit_occurrence_id"] for row in export.made.rows("visit_occurrence")}
    for table in ("condition_occurrence", "measurement", "procedure_occurrence", "drug_exposure", "observation"):
        rows = export.made.rows(table)
        assert {row["person_id"] for row in rows} <= people
        assert {row["visit_occurrence_id"] for row in rows if "visit_occurrence_id" in row} <= visits
    assert "reference.dangling" not in export.made.snapshot.set_aside


def test_row_keys_are_unique_in_every_table(export: Export) -> None:
    for table in export.made.snapshot.tables:
        rows = export.made.rows(table.name)
        key = "person_id" if table.name in ("person", "death") else f"{table.name}_id"
        assert len({row[key] for row in rows}) == len(rows) == table.rows
