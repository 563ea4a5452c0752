"""FHIR encounters, conditions, procedures, vaccinations, prescriptions and allergies become rows of OMOP's events, field by field."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, Made, Node, Row, concept, resource, stable

PERSON, VISIT = stable("Patient", "p1"), stable("Encounter", "e1")
IN_VISIT = {"reference": "Encounter/e1"}
HYPERTENSION = concept(("http://snomed.info/sct", "38341003", "Hypertension"), ("http://hl7.org/fhir/sid/icd-10", "I10", "Essential hypertension"),
    said="high pressure")


def told(kind: str, key: str) -> Row:
    return {"person_id": PERSON, "visit_occurrence_id": VISIT, "x_source_kind": kind, "x_source_key": key}


def test_an_encounter_becomes_a_visit(node: Node) -> None:
    made = node.standard(PATIENT, resource(
        "Encounter", "e1", status="finished", subject=SUBJECT, **{"class": {"code": "IMP"}},
        type=[concept(("http://snomed.info/sct", "185347001", "Encounter for problem"))],
        period={"start": "2020-03-01T09:00:00+08:00", "end": "2020-03-04T10:30:00+08:00"},
        hospitalization={"admitSource": concept(("x", "born", "Born here")), "dischargeDisposition": concept(("x", "home", "Home"), said="to home")},
    ))
    assert made.one("visit_occurrence", "e1") == {
        "visit_occurrence_id": VISIT, "person_id": PERSON, "visit_concept_id": 9201, "visit_start_date": date(2020, 3, 1),
        "visit_start_datetime": datetime(2020, 3, 1, 9),
        "visit_end_date": date(2020, 3, 4), "visit_end_datetime": datetime(2020, 3, 4, 10, 30), "visit_type_concept_id": 32817, "visit_source_value": "IMP",
        "visit_source_concept_id": 0, "admitted_from_source_value": "Born here", "discharged_to_source_value": "to home", "x_source_kind": "Encounter",
        "x_source_key": "e1",
        "x_codes": "SNOMED|185347001",
    }


@pytest.mark.parametrize(("code", "concept_id"), [("AMB", 9202), ("EMER", 9203), ("IMP", 9201), ("ACUTE", 9201), ("VR", 0), (None, 0)])
def test_the_kind_of_visit_comes_from_the_class(node: Node, code: str | None, concept_id: int) -> None:
    made = node.standard(PATIENT, resource("Encounter", "e", subject=SUBJECT, **{"class": {"code": code}}, period={"start": "2020-01-01"}))
    assert made.one("visit_occurrence", "e")["visit_concept_id"] == concept_id


def test_a_visit_without_an_end_ends_on_the_day_it_began(node: Node) -> None:
    row = node.standard(PATIENT, resource("Encounter", "e", subject=SUBJECT, period={"start": "2020-01-01T08:00:00Z"})).one("visit_occurrence", "e")
    assert (row["visit_end_date"], row.get("visit_end_datetime")) == (date(2020, 1, 1), None)


def test_a_visit_of_which_only_the_end_is_known_begins_with_it(node: Node) -> None:
    row = node.standard(PATIENT, resource("Encounter", "e", subject=SUBJECT, period={"end": "2020-01-02"})).one("visit_occurrence", "e")
    assert (row["visit_start_date"], row["visit_end_date"]) == (date(2020, 1, 2), date(2020, 1, 2))


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("fhir-r4", {"encounter": IN_VISIT, "clinicalStatus": concept(("x", "resolved", None)), "recordedDate": "2019-01-01"}),
        ("fhir-stu3", {"context": IN_VISIT, "clinicalStatus": "resolved", "assertedDate": "2019-01-01"}),
    ],
)
def test_a_condition_of_either_release_becomes_the_same_row(node: Node, form: str, fields: dict[str, Any]) -> None:
    made = node.standard(PATIENT, ENCOUNTER, resource(
        "Condition", "c", form, subject=SUBJECT, code=HYPERTENSION, onsetDateTime="2020-03-01T09:15:00+08:00", abatementDateTime="2020-04-01", **fields,
    ))
    assert made.one("condition_occurrence", "c") == {
        "condition_occurrence_id": stable("Condition", "c"), "condition_concept_id": 0, "condition_start_date": date(2020, 3, 1),
        "condition_start_datetime": datetime(2020, 3, 1, 9, 15), "condition_end_date": date(2020, 4, 1), "condition_end_datetime": datetime(2020, 4, 1),
        "condition_type_concept_id": 32817, "condition_source_value": "38341003", "condition_source_concept_id": 0, "condition_status_source_value": "resolved",
        "x_codes": "ICD10|I10 SNOMED|38341003", **told("Condition", "c"),
    }


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"onsetPeriod": {"start": "2020-01-02", "end": "2020-02-03"}}, date(2020, 1, 2)), ({"recordedDate": "2020-01-03"}, date(2020, 1, 3)),
        ({"assertedDate": "2020-01-04"}, date(2020, 1, 4)), ({}, date(2020, 3, 1)),
    ],
)
def test_a_condition_begins_at_its_onset_else_when_it_was_recorded_else_with_its_visit(node: Node, fields: dict[str, Any], day: date) -> None:
    made = node.standard(PATIENT, ENCOUNTER, resource("Condition", "c", subject=SUBJECT, encounter=IN_VISIT, code=HYPERTENSION, **fields))
    assert made.one("condition_occurrence", "c")["condition_start_date"] == day


@pytest.mark.parametrize(
    ("form", "fields"), [("fhir-r4", {"encounter": IN_VISIT, "status": "completed"}), ("fhir-stu3", {"context": IN_VISIT, "status": "completed", "notDone": False})],
)
def test_a_procedure_of_either_release_becomes_the_same_row(node: Node, form: str, fields: dict[str, Any]) -> None:
    made = node.standard(PATIENT, ENCOUNTER, resource(
        "Procedure", "x", form, subject=SUBJECT, code=concept(("http://snomed.info/sct", "29303009", "ECG")),
        performedPeriod={"start": "2020-03-01T09:15:00+08:00", "end": "2020-03-01T09:20:00+08:00"}, **fields,
    ))
    assert made.one("procedure_occurrence", "x") == {
        "procedure_occurrence_id": stable("Procedure", "x"), "procedure_concept_id": 0, "procedure_date": date(2020, 3, 1),
        "procedure_datetime": datetime(2020, 3, 1, 9, 15),
        "procedure_end_date": date(2020, 3, 1), "procedure_end_datetime": datetime(2020, 3, 1, 9, 20), "procedure_type_concept_id": 32817,
        "procedure_source_value": "29303009", "procedure_source_concept_id": 0, "x_codes": "SNOMED|29303009", **told("Procedure", "x"),
    }


@pytest.mark.parametrize(
    ("form", "fields"),
    [("fhir-r4", {"status": "completed", "occurrenceDateTime": "2020-03-01T09:15:00+08:00"}),
        ("fhir-stu3", {"status": "completed", "date": "2020-03-01T09:15:00+08:00", "notGiven": False})],
)
def test_a_vaccination_of_either_release_becomes_a_drug_exposure_of_one_day(node: Node, form: str, fields: dict[str, Any]) -> None:
    made = node.standard(PATIENT, ENCOUNTER, resource(
        "Immunization", "v", form, patient=SUBJECT, encounter=IN_VISIT, vaccineCode=concept(("http://hl7.org/fhir/sid/cvx", "140", "Influenza")),
        lotNumber="L 7", doseQuantity={"value": 0.5, "unit": "mL"}, route=concept(("x", "IM", "intramuscular")), **fields,
    ))
    assert made.one("drug_exposure", "v") == {
        "drug_exposure_id": stable("Immunization", "v"), "drug_concept_id": 0, "drug_exposure_start_date": date(2020, 3, 1),
        "drug_exposure_start_datetime": datetime(2020, 3, 1, 9, 15), "drug_exposure_end_date": date(2020, 3, 1), "drug_type_concept_id": 32818,
        "quantity": Decimal("0.5"),
        "route_concept_id": 0, "lot_number": "L 7", "drug_source_value": "140", "drug_source_concept_id": 0, "route_source_value": "intramuscular",
        "dose_unit_source_value": "mL", "x_codes": "CVX|140", **told("Immunization", "v"),
    }


MEDICINE = concept(("http://www.nlm.nih.gov/research/umls/rxnorm", "314076", "lisinopril 10 MG"))


def prescription(key: str, **fields: Any) -> Any:
    return resource("MedicationRequest", key, **{"status": "active", "subject": SUBJECT, "encounter": IN_VISIT, "authoredOn": "2020-03-01T09:15:00+08:00",
                                                 "medicationCodeableConcept": MEDICINE, **fields})


def test_a_prescription_becomes_a_drug_exposure(node: Node) -> None:
    dispense = {"numberOfRepeatsAllowed": 2, "quantity": {"value": 30, "unit": "TAB"}, "expectedSupplyDuration": {"value": 30, "code": "d"}}
    sig = [{"text": "one a day", "route": concept(("x", "PO", "by mouth"))}]
    made = node.standard(PATIENT, ENCOUNTER, prescription("m", dispenseRequest=dispense, dosageInstruction=sig))
    assert made.one("drug_exposure", "m") == {
        "drug_exposure_id": stable("MedicationRequest", "m"), "drug_concept_id": 0, "drug_exposure_start_date": date(2020, 3, 1),
        "drug_exposure_start_datetime": datetime(2020, 3, 1, 9, 15), "drug_exposure_end_date": date(2020, 3, 30), "drug_type_concept_id": 32838, "refills": 2,
        "quantity": Decimal(30), "days_supply": 30, "sig": "one a day", "route_concept_id": 0, "drug_source_value": "314076", "drug_source_concept_id": 0,
        "route_source_value": "by mouth", "dose_unit_source_value": "TAB", "x_codes": "RXNORM|314076", **told("MedicationRequest", "m"),
    }


@pytest.mark.parametrize(
    ("dispense", "end"),
    [
        ({"validityPeriod": {"end": "2020-05-01"}, "expectedSupplyDuration": {"value": 7, "code": "d"}}, date(2020, 5, 1)),
        ({"expectedSupplyDuration": {"value": 7, "unit": "天"}}, date(2020, 3, 7)), ({"expectedSupplyDuration": {"value": 2, "code": "wk"}}, date(2020, 3, 1)),
        ({"expectedSupplyDuration": {"value": 0, "code": "d"}}, date(2020, 3, 1)), ({"expectedSupplyDuration": {"value": 10**9, "code": "d"}}, date(2020, 3, 1)),
        (None, date(2020, 3, 1)),
    ],
)
def test_a_prescription_ends_when_the_source_says_else_when_its_supply_is_used_up_else_at_once(node: Node, dispense: Any, end: date) -> None:
    assert node.standard(PATIENT, ENCOUNTER, prescription("m", dispenseRequest=dispense)).one("drug_exposure", "m")["drug_exposure_end_date"] == end


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"medicationReference": {"reference": "#in"}, "contained": [{"resourceType": "Medication", "id": "other"},
            {"resourceType": "Medication", "id": "in", "code": MEDICINE}]}, "RXNORM|314076"),
        ({"medicationReference": {"reference": "Medication/apart"}}, "ATC|C09AA03"), ({"medicationReference": {"reference": "Medication/absent"}}, ""), ({}, ""),
    ],
)
def test_the_medicine_may_be_contained_or_stand_apart_or_be_unknown(node: Node, fields: dict[str, Any], codes: str) -> None:
    apart = resource("Medication", "apart", code=concept(("http://www.whocc.no/atc", "C09AA03", "lisinopril")))
    made = node.standard(PATIENT, ENCOUNTER, apart, prescription("m", medicationCodeableConcept=None, **fields))
    assert made.one("drug_exposure", "m")["x_codes"] == codes


@pytest.mark.parametrize(("form", "dated"), [("fhir-r4", "recordedDate"), ("fhir-stu3", "assertedDate")])
def test_an_allergy_of_either_release_becomes_an_observation(node: Node, form: str, dated: str) -> None:
    made = node.standard(PATIENT, resource(
        "AllergyIntolerance", "a", form, patient=SUBJECT, code=concept(("http://snomed.info/sct", "91935009", "Peanut")), criticality="high", **{dated: "2020-03-01"},
    ))
    assert made.one("observation", "a") == {
        "observation_id": stable("AllergyIntolerance", "a"), "person_id": PERSON, "observation_concept_id": 0, "observation_date": date(2020, 3, 1),
        "observation_datetime": datetime(2020, 3, 1), "observation_type_concept_id": 32817, "observation_source_value": "91935009", "observation_source_concept_id": 0,
        "qualifier_source_value": "high", "x_source_kind": "AllergyIntolerance", "x_source_key": "a", "x_codes": "SNOMED|91935009",
    }


ERROR, REFUTED = concept(("x", "entered-in-error", None)), concept(("x", "refuted", None))
NOT_EVENTS: list[tuple[str, dict[str, Any], str]] = [
    ("Encounter", {"status": "entered-in-error"}, "record.entered_in_error"), ("Encounter", {"status": "planned"}, "record.not_done"),
    ("Encounter", {"status": "cancelled"}, "record.not_done"), ("Condition", {"verificationStatus": ERROR}, "record.entered_in_error"),
    ("Condition", {"verificationStatus": "entered-in-error"}, "record.entered_in_error"), ("Condition", {"verificationStatus": REFUTED}, "record.not_done"),
    ("Procedure", {"status": "not-done"}, "record.not_done"), ("Procedure", {"status": "preparation"}, "record.not_done"),
    ("Procedure", {"notDone": True}, "record.not_done"),
    ("Immunization", {"status": "not-done"}, "record.not_done"), ("Immunization", {"notGiven": True}, "record.not_done"),
    ("Immunization", {"status": "entered-in-error"}, "record.entered_in_error"), ("MedicationRequest", {"status": "draft"}, "record.not_done"),
    ("MedicationRequest", {"doNotPerform": True}, "record.not_done"), ("AllergyIntolerance", {"verificationStatus": REFUTED}, "record.not_done"),
    ("AllergyIntolerance", {"verificationStatus": ERROR}, "record.entered_in_error"), ("Observation", {"status": "entered-in-error"}, "record.entered_in_error"),
    ("Observation", {"status": "registered"}, "record.not_done"), ("Observation", {"status": "cancelled", "valueQuantity": {"value": 1}}, "record.not_done"),
]


@pytest.fixture(scope="module")
def without_events(new_node: Callable[[], Node]) -> Made:
    """All of them in one zone, under their number."""
    said = [
        resource(kind, f"x{n}", subject=SUBJECT, patient=SUBJECT, encounter=IN_VISIT, period={"start": "2020-01-01"}, **fields)
        for n, (kind, fields, _) in enumerate(NOT_EVENTS)
    ]
    return new_node().standard(PATIENT, ENCOUNTER, *said)


@pytest.mark.parametrize(("key", "rule"), [(f"x{n}", rule) for n, (_, _, rule) in enumerate(NOT_EVENTS)])
def test_what_was_entered_in_error_or_did_not_happen_is_set_aside(without_events: Made, key: str, rule: str) -> None:
    assert without_events.rule(key) == rule
    assert not any(without_events.of(t.name, key) for t in without_events.snapshot.tables)


def test_a_record_whose_correction_says_it_was_an_error_leaves_the_tables(node: Node) -> None:
    said = {"subject": SUBJECT, "onsetDateTime": "2020-01-01", "code": HYPERTENSION}
    first = node.arrive(PATIENT, resource("Condition", "c", **said))
    assert len(node.make(first).rows("condition_occurrence")) == 1
    made = node.make(first, node.arrive(resource("Condition", "c", verificationStatus=ERROR, **said)))
    assert made.rows("condition_occurrence") == [] and made.rule("c") == "record.entered_in_error"
