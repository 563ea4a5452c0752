"""FHIR Observation: what has a number becomes a measurement, everything else an observation, each component a row of its own."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, Node, Record, concept, resource, stable

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
PRESSURE = concept((LOINC, "85354-9", "Blood pressure panel"))
SYSTOLIC, DIASTOLIC = concept((LOINC, "8480-6", "Systolic")), concept((LOINC, "8462-4", "Diastolic"))


def seen(key: str, form: str = "fhir-r4", **fields: Any) -> Record:
    return resource("Observation", key, form, **{"status": "final", "subject": SUBJECT, "effectiveDateTime": "2020-03-01T09:15:00+08:00", "code": SYSTOLIC, **fields})


def quantity(value: Any, unit: str = "mm[Hg]", **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


@pytest.mark.parametrize(("form", "visit"), [("fhir-r4", "encounter"), ("fhir-stu3", "context")])
def test_a_number_of_either_release_becomes_a_measurement(node: Node, form: str, visit: str) -> None:
    ranges = [{"low": {"value": 90}, "high": {"value": 139.5}}]
    made = node.standard(PATIENT, ENCOUNTER, seen("o", form, valueQuantity=quantity(120, comparator="<"), referenceRange=ranges,
        **{visit: {"reference": "Encounter/e1"}}))
    assert made.one("measurement", "o") == {
        "measurement_id": stable("Observation", "o"), "person_id": stable("Patient", "p1"), "measurement_concept_id": 0, "measurement_date": date(2020, 3, 1),
        "measurement_datetime": datetime(2020, 3, 1, 9, 15), "measurement_type_concept_id": 32817, "operator_concept_id": 4171756, "value_as_number": Decimal(120),
        "unit_concept_id": 0, "range_low": Decimal(90), "range_high": Decimal("139.5"), "visit_occurrence_id": stable("Encounter", "e1"),
        "measurement_source_value": "8480-6", "measurement_source_concept_id": 0, "unit_source_value": "mm[Hg]", "unit_source_concept_id": 0,
        "value_source_value": "120",
        "x_source_kind": "Observation", "x_source_key": "o", "x_codes": "LOINC|8480-6",
    }
    assert made.rows("observation") == []


def test_each_component_is_a_row_of_its_own_under_the_panels_key(node: Node) -> None:
    parts = [{"code": DIASTOLIC, "valueQuantity": quantity(80)}, {"code": SYSTOLIC, "valueQuantity": quantity(120)}]
    made = node.standard(PATIENT, seen("o", code=PRESSURE, component=parts))
    found = {row["measurement_id"]: (row["x_codes"], row["value_as_number"]) for row in made.of("measurement", "o")}
    assert found == {stable("Observation", "o", 1): ("LOINC|8462-4", Decimal(80)), stable("Observation", "o", 2): ("LOINC|8480-6", Decimal(120))}
    assert made.rows("observation") == [] and made.snapshot.records == 2


def test_a_panel_with_a_value_of_its_own_is_a_row_beside_its_components(node: Node) -> None:
    made = node.standard(PATIENT, seen("o", code=PRESSURE, valueString="taken lying", component=[{"code": SYSTOLIC, "valueQuantity": quantity(120)}]))
    assert [row["value_as_string"] for row in made.of("observation", "o")] == ["taken lying"]
    assert [row["measurement_id"] for row in made.of("measurement", "o")] == [stable("Observation", "o", 1)]


@pytest.mark.parametrize("component", [None, [], "none", [None], [{}], {"code": SYSTOLIC}])
def test_an_observation_without_any_value_is_still_a_row(node: Node, component: Any) -> None:
    made = node.standard(PATIENT, seen("o", component=component, dataAbsentReason=concept(("x", "unknown", None))))
    assert len(made.of("observation", "o")) == 1 and made.rows("measurement") == []


def test_a_component_without_a_value_is_a_row_too(node: Node) -> None:
    made = node.standard(PATIENT, seen("o", code=PRESSURE, component=[{"code": SYSTOLIC}, {"code": DIASTOLIC, "valueQuantity": quantity(80)}]))
    assert [row["x_codes"] for row in made.of("observation", "o")] == ["LOINC|8480-6"]
    assert [row["x_codes"] for row in made.of("measurement", "o")] == ["LOINC|8462-4"]


VALUES: list[tuple[dict[str, Any], str | None]] = [
    ({"valueString": "positive"}, "positive"), ({"valueBoolean": True}, "true"), ({"valueBoolean": False}, "false"), ({"valueDateTime": "2020-01-01"}, "2020-01-01"),
    ({"valueTime": "08:30:00"}, "08:30:00"), ({"valueCodeableConcept": concept(("http://snomed.info/sct", "266919005", "Never smoked"))}, "Never smoked"),
    ({"valueCodeableConcept": concept(("http://snomed.info/sct", "266919005", "Never smoked"), said="never")}, "never"),
    ({"valueCodeableConcept": concept(said="no idea")}, "no idea"), ({"valuePeriod": {"start": "2020"}}, '{"start":"2020"}'),
    ({"valueQuantity": {"unit": "mm[Hg]"}}, None), ({}, None),
]


def test_a_value_that_is_no_number_is_kept_as_text(node: Node) -> None:
    made = node.standard(PATIENT, *(seen(f"o{n}", **fields) for n, (fields, _) in enumerate(VALUES)))
    assert [made.one("observation", f"o{n}").get("value_as_string") for n in range(len(VALUES))] == [words for _, words in VALUES]
    assert made.rows("measurement") == []


def test_a_coded_value_stands_among_the_codes_for_it_may_be_sensitive_too(node: Node) -> None:
    made = node.standard(PATIENT, seen("o", code=concept((LOINC, "72166-2", "Smoking")),
        valueCodeableConcept=concept(("http://snomed.info/sct", "266919005", "Never smoked"))))
    row = made.one("observation", "o")
    assert (row["x_codes"], row["value_as_concept_id"], row["value_source_value"]) == ("LOINC|72166-2 SNOMED|266919005", 0, "266919005")
    assert made.gaps("observation", "value_as_concept_id") == {("SNOMED", "266919005", "no_vocabulary"): 1}


def test_a_whole_number_without_a_unit_is_a_measurement(node: Node) -> None:
    row = node.standard(PATIENT, seen("o", valueInteger=7)).one("measurement", "o")
    assert (row["value_as_number"], row["value_source_value"], row.get("unit_source_value"), row.get("unit_concept_id")) == (Decimal(7), "7", None, None)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"effectiveDateTime": None, "effectivePeriod": {"start": "2020-02-02"}}, date(2020, 2, 2)),
        ({"effectiveDateTime": None, "effectiveInstant": "2020-02-03T00:00:00Z"}, date(2020, 2, 3)),
        ({"effectiveDateTime": None, "issued": "2020-02-04T01:00:00Z"}, date(2020, 2, 4)), ({"issued": "2020-02-05"}, date(2020, 3, 1)),
    ],
)
def test_an_observation_is_of_the_day_it_was_made_else_of_the_day_it_was_issued(node: Node, fields: dict[str, Any], day: date) -> None:
    assert node.standard(PATIENT, seen("o", valueInteger=1, **fields)).one("measurement", "o")["measurement_date"] == day


def test_every_comparator_of_the_standard_is_mapped_and_another_is_none(node: Node) -> None:
    concepts = {"<": 4171756, "<=": 4171754, ">=": 4171755, ">": 4172704, "ad": None}
    made = node.standard(PATIENT, *(seen(f"o{n}", valueQuantity=quantity(1, comparator=sign)) for n, sign in enumerate(concepts)))
    assert [made.one("measurement", f"o{n}").get("operator_concept_id") for n in range(len(concepts))] == list(concepts.values())
