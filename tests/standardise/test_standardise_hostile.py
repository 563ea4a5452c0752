"""Text made to do harm is text like any other, in every field of every kind: kept as it is, run by nobody, in nobody's way."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from standardise.standardise_given import COLUMNS, HOSTILE
from standardise.standardise_node import (
    ENCOUNTER,
    LINE_ENCOUNTER,
    LINE_PATIENT,
    PATIENT,
    SUBJECT,
    Made,
    Node,
    Record,
    concept,
    counted_once,
    line,
    resource,
)

LONG = "'\x1f😀 " + "x" * (1 << 20)
# A resource of each kind in which every text is the same one.
KINDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "Patient": lambda t: {"birthDate": "1980", "gender": t, "name": [{"family": t, "given": [t, t], "text": t, "use": t}], "telecom": [{"system": "phone", "value": t}],
                          "address": [{"text": t, "line": [t], "city": t, "state": t}], "identifier": [{"system": t, "value": t, "type": {"coding": [{"code": t}]}}],
                          "extension": [{"url": "x/us-core-race", "extension": [{"url": "ombCategory", "valueCoding": {"code": t, "display": t}}]}]},
    "Encounter": lambda t: {"class": {"code": t}, "period": {"start": "2020", "end": t}, "type": [concept((t, t, t), said=t)],
        "hospitalization": {"admitSource": {"text": t}}},
    "Condition": lambda t: {"onsetDateTime": "2020", "abatementDateTime": t, "code": concept((t, t, t), said=t), "clinicalStatus": t},
    "Procedure": lambda t: {"performedDateTime": "2020", "performedPeriod": {"end": t}, "code": concept((t, t, t), said=t)},
    "Immunization": lambda t: {"occurrenceDateTime": "2020", "vaccineCode": concept((t, t, t)), "lotNumber": t, "doseQuantity": {"value": t, "unit": t},
        "route": concept(said=t)},
    "MedicationRequest": lambda t: {"authoredOn": "2020", "medicationCodeableConcept": concept((t, t, t)), "dosageInstruction": [{"text": t, "route": {"text": t}}],
                                    "dispenseRequest": {"quantity": {"value": t, "unit": t}, "numberOfRepeatsAllowed": t,
                                        "expectedSupplyDuration": {"value": t, "code": t}}},
    "AllergyIntolerance": lambda t: {"recordedDate": "2020", "code": concept((t, t, t)), "criticality": t},
    "Observation": lambda t: {"effectiveDateTime": "2020", "code": concept((t, t, t), said=t), "valueString": t, "component": [
        {"code": concept((t, t, t)), "valueQuantity": {"value": t, "unit": t, "comparator": t, "system": t}},
        {"code": concept((t, t, t)), "valueCodeableConcept": concept((t, t, t))}]},
}
NAMES_PATIENT = {"Immunization": "patient", "AllergyIntolerance": "patient"}


def harmful(text: str, number: int) -> list[Record]:
    """A record of every kind and every table with the text in every field that may hold one."""
    fhir = [
        resource(kind, f"{kind}-{number}", **{"subject" if kind != "Patient" else "link": SUBJECT, NAMES_PATIENT.get(kind, "note"): SUBJECT, **fields(text)})
        for kind, fields in KINDS.items()
    ]
    needed = {"PATIENT": "p1", "START": "2020", "DATE": "2020", "BIRTHDATE": "1980"}
    tables = [line(kind, f"{kind}-{number}", **{c: needed.get(c, text or None) for c in ["PATIENT", *columns.split()]}) for kind, columns in COLUMNS.items()]
    return fhir + tables


@pytest.fixture(scope="module")
def harmed(new_node: Callable[[], Node]) -> tuple[Made, list[Record]]:
    records = [PATIENT, ENCOUNTER, LINE_PATIENT, LINE_ENCOUNTER, *(r for n, text in enumerate(HOSTILE) for r in harmful(text, n))]
    return new_node().standard(*records), records


def test_harmful_text_costs_no_record(harmed: tuple[Made, list[Record]]) -> None:
    made, records = harmed
    counted_once(made, records)
    assert len(made.rows("person")) == 2 + 2 * len(HOSTILE)


@pytest.mark.parametrize(
    ("table", "kind", "column"),
    [
        ("person", "Patient", "gender_source_value"), ("visit_occurrence", "Encounter", "visit_source_value"),
        ("condition_occurrence", "Condition", "condition_source_value"),
        ("procedure_occurrence", "Procedure", "procedure_source_value"), ("drug_exposure", "Immunization", "lot_number"), ("drug_exposure", "MedicationRequest", "sig"),
        ("observation", "AllergyIntolerance", "qualifier_source_value"), ("measurement", "observations", "value_source_value"),
        ("person", "patients", "race_source_value"),
    ],
)
def test_harmful_text_is_kept_letter_by_letter(harmed: tuple[Made, list[Record]], table: str, kind: str, column: str) -> None:
    made, _ = harmed
    found = {row["x_source_key"]: row.get(column) for row in made.rows(table) if row["x_source_kind"] == kind}
    for n, text in enumerate(HOSTILE):
        if f"{kind}-{n}" in found and text:
            assert found[f"{kind}-{n}"] == text


def test_codes_of_harmful_text_stay_one_word_each(harmed: tuple[Made, list[Record]]) -> None:
    made, _ = harmed
    words = [word for row in made.rows("condition_occurrence") if row["x_codes"] for word in row["x_codes"].split(" ")]
    assert len(words) > len(HOSTILE) and all("|" in word[1:] and not {"\t", "\n", "\r"} & set(word) for word in words)


@pytest.mark.parametrize(
    ("kind", "table", "column"),
    [
        ("Patient", "person", "gender_source_value"), ("Condition", "condition_occurrence", "condition_source_value"), ("MedicationRequest", "drug_exposure", "sig"),
        ("Observation", "observation", "value_as_string"), ("observations", "measurement", "value_source_value"),
    ],
)
def test_a_text_of_a_megabyte_in_every_field_is_kept_whole(node: Node, kind: str, table: str, column: str) -> None:
    records = [PATIENT, LINE_PATIENT, *(r for r in harmful(LONG, 0) if r.kind == kind)]
    if kind == "observations":
        records[-1] = line(kind, f"{kind}-0", PATIENT="p1", DATE="2020", VALUE=LONG, TYPE="numeric", CODE=LONG, DESCRIPTION=LONG, UNITS=LONG)
    made = node.standard(*records)
    counted_once(made, records)
    assert LONG in [row.get(column) for row in made.of(table, f"{kind}-0")]


def test_a_key_may_be_any_text_that_landing_lets_through(node: Node) -> None:
    keys = ["'", "''); --", '"', "\\", "张", "a|b", "{}", "x" * 255, "a#2", "%"]
    made = node.standard(PATIENT, *(resource("Condition", key, subject=SUBJECT, onsetDateTime="2020") for key in keys))
    assert {row["x_source_key"] for row in made.rows("condition_occurrence")} == set(keys)
    assert len({row["condition_occurrence_id"] for row in made.rows("condition_occurrence")}) == len(keys)


def test_a_record_nested_beyond_reason_is_set_aside_or_kept_and_stops_nothing(node: Node) -> None:
    deep = "[" * 900 + "]" * 900
    body = f'{{"resourceType": "Condition", "id": "d", "subject": {{"reference": "Patient/p1"}}, "onsetDateTime": "2020", "code": {deep}, "extension": {deep}}}'
    records = [PATIENT, Record("Condition", "d", body), resource("Condition", "c", subject=SUBJECT, onsetDateTime="2020")]
    made = node.standard(*records)
    counted_once(made, records)
    assert made.one("condition_occurrence", "c")


@pytest.mark.parametrize("body", ["", "{", "null", "[]", "7", '"text"', '{"subject": ', "{}" * 2, '{"a": 1}\x00'])
def test_a_body_that_cannot_be_taken_apart_is_set_aside(node: Node, body: str) -> None:
    records = [PATIENT, Record("Condition", "x", body), Record("Observation", "y", body), Record("Patient", "z", body), Record("conditions", "w", body, "synthea-csv")]
    made = node.standard(*records)
    counted_once(made, records)
    assert made.snapshot.dangling == 4 and made.snapshot.persons == 1


def test_two_fields_of_one_name_cost_no_record(node: Node) -> None:
    twice = Record("Condition", "c", '{"resourceType": "Condition", "subject": {"reference": "Patient/p1"}, "onsetDateTime": "2020", "onsetDateTime": "2021", "id": "c"}')
    assert len(node.standard(PATIENT, twice).rows("condition_occurrence")) == 1


def test_a_number_in_a_text_stays_text(node: Node) -> None:
    said = 'he wrote "value": 1.10 and {"value": 2}'
    record = resource("Observation", "o", subject=SUBJECT, effectiveDateTime="2020", valueString=said, code=concept(said=said))
    assert json.loads(record.body)["valueString"] == said
    row = node.standard(PATIENT, record).one("observation", "o")
    assert row["value_as_string"] == said and row["observation_source_value"] == said
