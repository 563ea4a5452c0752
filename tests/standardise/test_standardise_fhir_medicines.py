"""FHIR medication that was said to be taken, given or handed out becomes OMOP drug exposures, each of its own type."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, Node, Row, concept, resource, stable

VISIT = stable("Encounter", "e1")
ATENOLOL = concept(("http://www.nlm.nih.gov/research/umls/rxnorm", "197380", "Atenolol 25 mg"))
ORAL = concept(("x", "PO", "Oral"))
KINDS = ("MedicationStatement", "MedicationAdministration", "MedicationDispense")
WHEN = {
    "MedicationStatement": {"effectiveDateTime": "2020-03-01"}, "MedicationAdministration": {"effectiveDateTime": "2020-03-01"},
    "MedicationDispense": {"whenHandedOver": "2020-03-01"},
}


def exposure(node: Node, kind: str, **fields: Any) -> Row:
    said = {"status": "completed", "subject": SUBJECT, "context": {"reference": "Encounter/e1"}, "medicationCodeableConcept": ATENOLOL} | WHEN[kind] | fields
    return node.standard(PATIENT, ENCOUNTER, resource(kind, "m1", **said)).one("drug_exposure", "m1")


def aside(node: Node, kind: str, **fields: Any) -> str | None:
    said = {"status": "completed", "subject": SUBJECT, "medicationCodeableConcept": ATENOLOL} | WHEN[kind] | fields
    return node.standard(PATIENT, resource(kind, "m1", **said)).rule("m1")


@pytest.mark.parametrize(("kind", "type"), list(zip(KINDS, (32817, 32818, 32825), strict=True)))
def test_each_says_by_its_type_how_it_is_known(node: Node, kind: str, type: int) -> None:
    row = exposure(node, kind)
    assert row["drug_exposure_id"] == stable(kind, "m1") and row["visit_occurrence_id"] == VISIT
    assert (row["drug_type_concept_id"], row["drug_source_value"], row["x_codes"]) == (type, "197380", "RXNORM|197380")
    assert (row["drug_exposure_start_date"], row["drug_exposure_end_date"]) == (date(2020, 3, 1), date(2020, 3, 1))


def test_what_is_said_to_be_taken_has_its_course_and_its_directions(node: Node) -> None:
    row = exposure(
        node, "MedicationStatement", effectiveDateTime=None, effectivePeriod={"start": "2020-03-01T08:00:00", "end": "2020-04-01"},
        dosage=[{"text": "one daily", "route": ORAL}],
    )
    assert (row["drug_exposure_start_datetime"], row["drug_exposure_end_date"], row["verbatim_end_date"]) == (
        datetime(2020, 3, 1, 8), date(2020, 4, 1), date(2020, 4, 1),
    )
    assert (row["sig"], row["route_source_value"]) == ("one daily", "Oral")


def test_what_is_said_without_a_time_was_taken_when_it_was_said(node: Node) -> None:
    assert exposure(node, "MedicationStatement", effectiveDateTime=None, dateAsserted="2020-05-01")["drug_exposure_start_date"] == date(2020, 5, 1)


def test_what_was_given_has_its_dose_and_its_way(node: Node) -> None:
    row = exposure(node, "MedicationAdministration", dosage={"dose": {"value": 2.50, "unit": "mg"}, "route": ORAL})
    assert (row["quantity"], row["dose_unit_source_value"], row["route_source_value"]) == (Decimal("2.5"), "mg", "Oral")


def test_what_was_handed_out_lasts_for_its_days(node: Node) -> None:
    row = exposure(node, "MedicationDispense", quantity={"value": 30, "unit": "tab"}, daysSupply={"value": 30, "unit": "days"})
    assert (row["quantity"], row["days_supply"], row["drug_exposure_end_date"]) == (Decimal(30), 30, date(2020, 3, 30))


@pytest.mark.parametrize(
    ("kind", "fields", "rule"),
    [
        ("MedicationStatement", {"status": "not-taken"}, "record.not_done"), ("MedicationStatement", {"status": "intended"}, "record.not_done"),
        ("MedicationStatement", {"taken": "n"}, "record.not_done"), ("MedicationStatement", {"status": "entered-in-error"}, "record.entered_in_error"),
        ("MedicationAdministration", {"status": "not-done"}, "record.not_done"), ("MedicationAdministration", {"notGiven": True}, "record.not_done"),
        ("MedicationDispense", {"status": "cancelled"}, "record.not_done"), ("MedicationDispense", {"status": "declined"}, "record.not_done"),
        ("MedicationDispense", {"status": "entered-in-error"}, "record.entered_in_error"), ("MedicationDispense", {"whenHandedOver": None}, "date.none"),
    ],
)
def test_what_did_not_happen_makes_no_row(node: Node, kind: str, fields: dict[str, Any], rule: str) -> None:
    assert aside(node, kind, **fields) == rule


@pytest.mark.parametrize("kind", KINDS)
def test_the_medicine_may_be_a_resource_of_its_own_or_a_contained_one(node: Node, kind: str) -> None:
    referred = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/d1"}}
    said = {"status": "completed", "subject": SUBJECT} | WHEN[kind] | referred
    made = node.standard(PATIENT, resource("Medication", "d1", code=ATENOLOL), resource(kind, "m1", **{k: v for k, v in said.items() if v}))
    assert made.one("drug_exposure", "m1")["drug_source_value"] == "197380"
    inside = {"medicationCodeableConcept": None, "medicationReference": {"reference": "#d"}, "contained": [{"resourceType": "Medication", "id": "d", "code": ATENOLOL}]}
    assert exposure(node, kind, **inside)["drug_source_value"] == "197380"
