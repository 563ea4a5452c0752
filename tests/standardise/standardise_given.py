"""Generated records: fields that the maps read, with values of the right and of every wrong shape, and text made to do harm."""

import json
from typing import Any

from hypothesis import strategies as st

from standardise.standardise_node import ENCOUNTER, LINE_ENCOUNTER, LINE_PATIENT, PATIENT, Record

HOSTILE = [
    "", " ", "'", "''; DROP TABLE person; --", '"', "\\", "{", "[", "{oops", '{"coding": 7}', "\x1f", "\x1e", "a\x1fb\x1ec", "\x00", "\u2028", "😀", "👩‍⚕️张",
    "高血压\n\t ", "%s{0}${x}", "NULL", "null", "nan", "inf", "infinity", "-infinity", "epoch", "0000", "0001-01-01", "9999-12-31", "2020-02-30", "2020", "2020-05",
    "2020-05-06T07:08:09.123+08:00", "2020-05-06T07:08:60Z", "2020-05-06 (BC)", "1e5", "1_000", "0x10", "-0", "9" * 40, "1." + "0" * 40 + "1", "true", "x" * 300,
    "entered-in-error", "not-done", "refuted", "#1", "Patient/p1", "Encounter/e1", "urn:uuid:p1", "//", "Patient/", "|", "a|b c",
]
texts = st.sampled_from(HOSTILE) | st.text(max_size=12)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), texts)
NAMES = ["reference", "system", "code", "display", "text", "coding", "value", "unit", "comparator", "start", "end", "url", "extension", "type", "id", "use", "period"]
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3), max_leaves=8
)

CONCEPTS = st.fixed_dictionaries({}, optional={
    "text": texts, "coding": st.lists(st.fixed_dictionaries({}, optional={
        "system": st.sampled_from(["http://loinc.org", "http://snomed.info/sct", "urn:x", ""]) | texts, "code": st.sampled_from(["8480-6", "a b"]) | texts,
        "display": texts,
    }), max_size=3),
})
QUANTITIES = st.fixed_dictionaries({}, optional={"value": st.integers(-9, 9) | scalars, "unit": texts, "system": texts, "code": texts,
    "comparator": st.sampled_from(["<", ">=", "x"])})
PERIODS = st.fixed_dictionaries({}, optional={"start": texts, "end": texts})
DATES = st.sampled_from(["2020-05-06", "2020-05-06T07:08:09Z", "2020-05", "2020"]) | texts
STATUS = st.sampled_from(["final", "finished", "completed", "active", "entered-in-error", "not-done", "cancelled"]) | texts

# What each kind's map reads. A field is drawn in its own shape or in any other.
FHIR: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "Patient": {"birthDate": DATES, "gender": texts, "deceasedDateTime": DATES, "deceasedBoolean": st.booleans(), "name": values, "telecom": values, "address": values,
                "identifier": values, "extension": values},
    "Encounter": {"status": STATUS, "class": values, "period": PERIODS, "type": st.lists(CONCEPTS, max_size=2), "hospitalization": values},
    "Condition": {"onsetDateTime": DATES, "onsetPeriod": PERIODS, "abatementDateTime": DATES, "abatementPeriod": PERIODS, "recordedDate": DATES, "code": CONCEPTS,
                  "clinicalStatus": CONCEPTS | texts, "verificationStatus": CONCEPTS | STATUS},
    "Procedure": {"status": STATUS, "notDone": st.booleans(), "performedDateTime": DATES, "performedPeriod": PERIODS, "code": CONCEPTS},
    "Immunization": {"status": STATUS, "notGiven": st.booleans(), "occurrenceDateTime": DATES, "date": DATES, "lotNumber": texts, "vaccineCode": CONCEPTS,
                     "doseQuantity": QUANTITIES, "route": CONCEPTS},
    "MedicationRequest": {"status": STATUS, "authoredOn": DATES, "doNotPerform": st.booleans(), "medicationCodeableConcept": CONCEPTS, "medicationReference": values,
                          "contained": values, "dosageInstruction": values, "dispenseRequest": st.fixed_dictionaries({}, optional={
                              "validityPeriod": PERIODS, "numberOfRepeatsAllowed": scalars, "quantity": QUANTITIES, "expectedSupplyDuration": QUANTITIES})},
    "AllergyIntolerance": {"onsetDateTime": DATES, "recordedDate": DATES, "assertedDate": DATES, "code": CONCEPTS, "criticality": texts,
        "verificationStatus": CONCEPTS | STATUS},
    "Observation": {"status": STATUS, "effectiveDateTime": DATES, "effectivePeriod": PERIODS, "issued": DATES, "code": CONCEPTS, "valueQuantity": QUANTITIES,
                    "valueInteger": scalars, "valueString": texts, "valueBoolean": st.booleans(), "valueCodeableConcept": CONCEPTS, "valuePeriod": PERIODS,
                    "referenceRange": values, "component": st.lists(st.fixed_dictionaries({"code": CONCEPTS}, optional={
                        "valueQuantity": QUANTITIES, "valueString": texts, "valueCodeableConcept": CONCEPTS}), max_size=3)},
    "Claim": {"status": STATUS}, "Medication": {"code": CONCEPTS},
}
SUBJECTS = st.sampled_from([{"reference": "Patient/p1"}] * 5 + [{"reference": "Patient/nobody"}, {"reference": ""}, {}, None, "Patient/p1",
    {"reference": ["Patient/p1"]}])
VISITS = st.sampled_from([None, {"reference": "Encounter/e1"}, {"reference": "Encounter/lost"}])
PATIENT_FIELD = {"Immunization": "patient", "AllergyIntolerance": "patient"}


@st.composite
def resources(draw: st.DrawFn, number: int) -> Record:
    """One resource of some kind: most fields in their own shape, a few in any."""
    kind = draw(st.sampled_from(sorted(FHIR)))
    body: dict[str, Any] = {"resourceType": kind, "id": f"r{number}"}
    if kind != "Patient":
        body |= {PATIENT_FIELD.get(kind, "subject"): draw(SUBJECTS), "encounter": draw(VISITS)}
    for name, shape in FHIR[kind].items():
        if draw(st.integers(0, 9)) < 6:
            body[name] = draw(shape if draw(st.integers(0, 9)) < 8 else values)
    return Record(kind, f"r{number}", json.dumps(body, ensure_ascii=draw(st.booleans())), draw(st.sampled_from(["fhir-r4", "fhir-stu3"])))


COLUMNS = {
    "patients": "BIRTHDATE DEATHDATE SSN PASSPORT FIRST LAST RACE ETHNICITY GENDER ADDRESS CITY STATE COUNTY ZIP",
    "encounters": "START STOP ENCOUNTERCLASS CODE DESCRIPTION", "conditions": "START STOP CODE DESCRIPTION", "procedures": "START STOP DATE CODE DESCRIPTION",
    "medications": "START STOP CODE DESCRIPTION", "immunizations": "DATE CODE DESCRIPTION", "allergies": "START CODE SYSTEM DESCRIPTION SEVERITY1",
    "observations": "DATE CODE DESCRIPTION VALUE UNITS TYPE", "claims": "DATE",
}
PLAUSIBLE = {
    "START": DATES, "STOP": DATES, "DATE": DATES, "BIRTHDATE": DATES, "VALUE": st.sampled_from(["1.10", "120", "-3e2"]) | texts,
    "TYPE": st.sampled_from(["numeric", "text", "NUMERIC"]),
    "CODE": st.sampled_from(["8480-6", "38341003", "I10", "C08CA01"]) | texts,
}


@st.composite
def lines(draw: st.DrawFn, number: int) -> Record:
    """One row of some table; a cell is text or empty."""
    kind = draw(st.sampled_from(sorted(COLUMNS)))
    cells: dict[str, str | None] = {"Id": f"r{number}"} if kind in ("patients", "encounters") else {}
    if kind != "patients":
        cells["PATIENT"] = draw(st.sampled_from(["p1", "p1", "p1", "nobody", None, ""]))
        cells["ENCOUNTER"] = draw(st.sampled_from(["e1", "lost", None]))
    cells |= {name: draw(st.none() | PLAUSIBLE.get(name, texts)) for name in COLUMNS[kind].split()}
    return Record(kind, f"r{number}", json.dumps(cells, ensure_ascii=False), "synthea-csv")


@st.composite
def deliveries(draw: st.DrawFn, most: int = 25) -> list[Record]:
    """Records of both families beside a patient and a visit of each; every key once."""
    many = draw(st.integers(0, most))
    found = [draw(resources(n) if draw(st.integers(0, 3)) else lines(n)) for n in range(many)]
    return [PATIENT, ENCOUNTER, LINE_PATIENT, LINE_ENCOUNTER, *found]
