"""The three forms of export: FHIR R4, FHIR STU3 and Synthea's CSV, each in its own shape with the same codes."""

import gzip
import json
from collections import Counter
from typing import Any

import pytest

R4_FILES = {
    f"{kind}.ndjson.gz"
    for kind in (
        *("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Procedure", "Immunization"),
        "AllergyIntolerance",
    )
}
HEADERS = {
    "patients": "Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,LAST,SUFFIX,MAIDEN,MARITAL,RACE,"
    "ETHNICITY,GENDER,BIRTHPLACE,ADDRESS,CITY,STATE,COUNTY,ZIP,LAT,LON,HEALTHCARE_EXPENSES,HEALTHCARE_COVERAGE",
    "conditions": "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION",
    "encounters": "Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,PAYER,ENCOUNTERCLASS,CODE,DESCRIPTION,"
    "BASE_ENCOUNTER_COST,TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONCODE,REASONDESCRIPTION",
    "medications": "START,STOP,PATIENT,PAYER,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,PAYER_COVERAGE,DISPENSES,TOTALCOST,"
    "REASONCODE,REASONDESCRIPTION",
    "observations": "DATE,PATIENT,ENCOUNTER,CATEGORY,CODE,DESCRIPTION,VALUE,UNITS,TYPE",
    "procedures": "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,REASONCODE,REASONDESCRIPTION",
    "immunizations": "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,BASE_COST",
    "allergies": "START,STOP,PATIENT,ENCOUNTER,CODE,SYSTEM,DESCRIPTION,TYPE,CATEGORY,REACTION1,DESCRIPTION1,SEVERITY1,"
    "REACTION2,DESCRIPTION2,SEVERITY2",
}
CHRONIC = {
    *("38341003", "59621000", "44054006", "55822004", "53741008", "13645005", "709044004", "195967001", "35489007"),
}
UNITS = {
    "8480-6": "mm[Hg]",
    "8462-4": "mm[Hg]",
    "8867-4": "/min",
    "8302-2": "cm",
    "29463-7": "kg",
    "39156-5": "kg/m2",
    "14771-0": "mmol/L",
    "4548-4": "%",
    "22748-8": "mmol/L",
    "14682-9": "umol/L",
    "19926-5": "%",
    "44261-6": "{score}",
    "2064-4": "mg/dL",
}


def references(value: Any) -> list[str]:
    """Every reference inside a resource."""
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [each for inner in value.values() for each in references(inner)]
    return [each for inner in value for each in references(inner)] if isinstance(value, list) else []


def all_records(world: Any, hospital: str) -> list[Any]:
    """Every readable record of a hospital."""
    return [record for file in world.files(hospital) for record in world.records(hospital, file.split(".")[0])]


def test_each_hospital_exports_in_its_own_form(world: Any) -> None:
    assert world.hospitals == {"hospital-a": "fhir-r4", "hospital-b": "fhir-stu3", "hospital-c": "synthea-csv"}
    assert set(world.files("hospital-a")) == R4_FILES
    assert set(world.files("hospital-b")) == {f.removesuffix(".gz") for f in R4_FILES} | {"Medication.ndjson"}
    assert set(world.files("hospital-c")) == {f"{table}.csv" for table in HEADERS}


def test_compressed_files_carry_no_time_stamp(world: Any) -> None:
    for file in world.files("hospital-a"):
        content = (world.folder / "hospital-a" / file).read_bytes()
        assert content[4:8] == b"\0\0\0\0"
        assert gzip.decompress(content)


@pytest.mark.parametrize("hospital", ["hospital-a", "hospital-b"])
def test_every_line_of_a_clean_export_is_a_resource_of_its_files_type(clean: Any, hospital: str) -> None:
    for file in clean.files(hospital):
        for line in clean.text(hospital, file).splitlines():
            assert json.loads(line)["resourceType"] == file.split(".")[0]


@pytest.mark.parametrize("hospital", ["hospital-a", "hospital-b"])
def test_every_reference_of_a_clean_export_resolves(clean: Any, hospital: str) -> None:
    records = all_records(clean, hospital)
    r4 = hospital == "hospital-a"
    known = {f"{r.body['resourceType']}/{r.body['id']}" if r4 else f"urn:uuid:{r.body.get('id')}" for r in records}
    wanted = {reference for record in records for reference in references(record.body)}
    assert wanted
    assert wanted <= known


@pytest.mark.parametrize("hospital", ["hospital-a", "hospital-b"])
def test_ids_are_unique_in_a_clean_export(clean: Any, hospital: str) -> None:
    ids = [(r.body["resourceType"], r.body["id"]) for r in all_records(clean, hospital) if "id" in r.body]
    assert len(ids) == len(set(ids))


def test_r4_pressure_is_a_panel_of_two_components(clean: Any) -> None:
    codes = Counter()
    for record in clean.records("hospital-a", "Observation"):
        body = record.body
        code = body["code"]["coding"][0]["code"]
        codes[code] += 1
        if code == "85354-9":
            assert "valueQuantity" not in body
            assert [c["code"]["coding"][0]["code"] for c in body["component"]] == ["8480-6", "8462-4"]
            assert all(isinstance(c["valueQuantity"]["value"], int) for c in body["component"])
    assert codes["85354-9"] > 1000
    assert codes["8480-6"] == codes["8462-4"] == 0


def test_stu3_pressure_is_single_before_2019_and_the_old_panel_afterwards(clean: Any) -> None:
    found = Counter()
    for record in clean.records("hospital-b", "Observation"):
        code = record.body["code"]["coding"][0]["code"]
        if code in ("8480-6", "55284-4"):
            found[code, record.body["effectiveDateTime"] >= "2019"] += 1
    assert set(found) == {("8480-6", False), ("55284-4", True)}


@pytest.mark.parametrize(
    ("hospital", "system"),
    [("hospital-a", "http://terminology.hl7.org/CodeSystem/v2-0203"), ("hospital-b", "http://hl7.org/fhir/v2/0203")],
)
def test_identifiers_are_typed_as_mrn_and_national_identity_number(clean: Any, hospital: str, system: str) -> None:
    national = 0
    for record in clean.records(hospital, "Patient"):
        typed = {each["type"]["coding"][0]["code"]: each for each in record.body["identifier"]}
        assert {each["type"]["coding"][0]["system"] for each in record.body["identifier"]} == {system}
        assert "MR" in typed
        assert set(typed) <= {"MR", "NI", "PPN"}
        if "NI" in typed:
            national += 1
            assert typed["NI"]["system"] == "urn:oid:2.16.156.10011.1.3"
    assert national > 300


@pytest.mark.parametrize("hospital", ["hospital-a", "hospital-b"])
def test_diagnoses_are_snomed_with_icd_10_beside_and_chinese_text(clean: Any, hospital: str) -> None:
    codes = set()
    for record in clean.records(hospital, "Condition"):
        first, second = record.body["code"]["coding"]
        assert first["system"] == "http://snomed.info/sct"
        assert second["system"] == "http://hl7.org/fhir/sid/icd-10"
        assert not record.body["code"]["text"].isascii()
        codes.add(first["code"])
    assert codes >= CHRONIC


@pytest.mark.parametrize("hospital", ["hospital-a", "hospital-b"])
def test_a_problem_is_written_down_on_or_after_the_day_it_began(clean: Any, hospital: str) -> None:
    for record in clean.records(hospital, "Condition"):
        body = record.body
        written = body.get("recordedDate") or body["assertedDate"]
        assert body["onsetDateTime"] <= written[:10]
        assert body["onsetDateTime"] <= body.get("abatementDateTime", "9999")


def test_r4_names_encounters_and_medicines_the_new_way(clean: Any) -> None:
    for record in clean.records("hospital-a", "MedicationRequest"):
        assert record.body["subject"]["reference"].startswith("Patient/")
        assert record.body["encounter"]["reference"].startswith("Encounter/")
        assert record.body["medicationCodeableConcept"]["coding"][0]["system"] == "http://www.whocc.no/atc"
    for record in clean.records("hospital-a", "Condition"):
        assert record.body["clinicalStatus"]["coding"][0]["code"] in ("active", "resolved")


def test_stu3_names_encounters_and_medicines_the_old_way(clean: Any) -> None:
    medicines = {record.body["id"] for record in clean.records("hospital-b", "Medication")}
    assert len(medicines) > 10
    for record in clean.records("hospital-b", "MedicationRequest"):
        body = record.body
        assert body["medicationReference"]["reference"].removeprefix("urn:uuid:") in medicines
        assert "context" in body
        assert "encounter" not in body
    assert {r.body["clinicalStatus"] for r in clean.records("hospital-b", "Condition")} == {"active", "resolved"}


@pytest.mark.parametrize("kind", ["Procedure", "Immunization"])
def test_some_stu3_resources_have_no_id(clean: Any, kind: str) -> None:
    records = clean.records("hospital-b", kind)
    assert records
    assert all("id" not in record.body for record in records)


@pytest.mark.parametrize("table", HEADERS)
def test_a_clean_table_has_exactly_syntheas_header(clean: Any, table: str) -> None:
    assert clean.text("hospital-c", f"{table}.csv").splitlines()[0] == HEADERS[table]


def test_every_row_of_a_clean_export_belongs_to_a_known_patient_and_encounter(clean: Any) -> None:
    patients = set(clean.patients("hospital-c"))
    encounters = {record.body["Id"]: record.body["PATIENT"] for record in clean.records("hospital-c", "encounters")}
    for table in HEADERS:
        for record in clean.records("hospital-c", table) if table != "patients" else ():
            assert record.body["PATIENT"] in patients
            if table != "encounters":
                assert encounters[record.body["ENCOUNTER"]] == record.body["PATIENT"]


def test_csv_rows_carry_name_sex_and_identity_number_in_syntheas_columns(clean: Any) -> None:
    for record in clean.records("hospital-c", "patients"):
        row = record.body
        assert row["GENDER"] in ("M", "F")
        assert len(row["SSN"]) in (0, 18)
        assert row["FIRST"]
        assert not (row["SSN"] and row["PASSPORT"])


def test_csv_times_are_in_utc_and_days_do_not_shift(clean: Any) -> None:
    for record in clean.records("hospital-c", "encounters"):
        assert record.body["START"].endswith("Z")
        assert "00" <= record.body["START"][11:13] <= "09"


def test_the_same_codes_and_units_are_used_everywhere(clean: Any) -> None:
    by_hospital: dict[str, set[tuple[str, str]]] = {hospital: set() for hospital in clean.hospitals}
    for reading in clean.readings():
        by_hospital[reading.hospital].add((reading.code, reading.unit))
        assert UNITS[reading.code] == reading.unit
    common = set.intersection(*by_hospital.values())
    assert len(common) >= 12


def test_numbers_have_at_most_two_decimals_as_written(clean: Any) -> None:
    for hospital in ("hospital-a", "hospital-b"):
        kinds = clean.files(hospital)
        text = clean.text(hospital, next(f for f in kinds if f.startswith("Observation")))
        values = [line.split('"value":')[1].split(",")[0] for line in text.splitlines()[:3000]]
        assert all(len(value.partition(".")[2]) <= 2 and "e" not in value for value in values)
    for record in clean.records("hospital-c", "observations"):
        assert len(record.body["VALUE"].partition(".")[2]) <= 2


def test_hypertensive_pressure_is_higher_than_that_of_others(clean: Any) -> None:
    ill = {number["number"] for number in clean.people if "hypertension" in number["diseases"]}
    values: dict[bool, list[float]] = {True: [], False: []}
    for reading in clean.readings():
        if reading.code == "8480-6" and reading.day >= "2020":
            values[clean.who[reading.hospital, reading.patient] in ill].append(reading.value)
    means = {key: sum(each) / len(each) for key, each in values.items()}
    assert means[True] > means[False] + 8
