"""Synthea's tables become the same standard tables; a code's own shape says of which system it is, for most tables do not."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from standardise.standardise_node import LINE_ENCOUNTER, LINE_PATIENT, Node, Row, line, stable

PERSON, VISIT = stable("patients", "p1"), stable("encounters", "e1")
WHERE = {"PATIENT": "p1", "ENCOUNTER": "e1"}


def told(kind: str, key: str) -> Row:
    return {"person_id": PERSON, "visit_occurrence_id": VISIT, "x_source_kind": kind, "x_source_key": key}


def test_a_patient_becomes_a_person_and_an_identity(node: Node) -> None:
    made = node.standard(line(
        "patients", "p", Id="p", BIRTHDATE="1980-06-15", DEATHDATE="2019-02-03", SSN="999-11-2222", PASSPORT="X1", FIRST="Ann", LAST="Rath", RACE="asian",
        ETHNICITY="nonhispanic",
        GENDER="F", ADDRESS="1 Long Road", CITY="Boston", STATE="MA", COUNTY="Suffolk", ZIP="02101",
    ))
    assert made.one("person", "p") == {
        "person_id": stable("patients", "p"), "gender_concept_id": 8532, "year_of_birth": 1980, "month_of_birth": 6, "day_of_birth": 15,
        "birth_datetime": datetime(1980, 6, 15),
        "race_concept_id": 8515, "ethnicity_concept_id": 38003564, "person_source_value": "p", "gender_source_value": "F", "gender_source_concept_id": 0,
        "race_source_value": "asian", "race_source_concept_id": 0, "ethnicity_source_value": "nonhispanic", "ethnicity_source_concept_id": 0,
        "x_source_kind": "patients",
        "x_source_key": "p",
    }
    assert made.rows("x_identity") == [{
        "person_id": stable("patients", "p"), "family": "Rath", "given": "Ann", "full_name": "Ann Rath", "sex": "female", "birth_date": date(1980, 6, 15),
        "id_number": "999-11-2222", "id_system": "US-SSN", "address": "1 Long Road, Boston, MA, 02101", "mrn": "p",
    }]
    assert made.one("death", "p")["death_date"] == date(2019, 2, 3)


@pytest.mark.parametrize(
    ("cells", "number", "system"),
    [
        ({"SSN": "51010019580314123x"}, "51010019580314123X", "CN-ID"), ({"SSN": "１２３"}, "123", "OTHER"), ({"SSN": None, "PASSPORT": "e 9"}, "E 9", "PASSPORT"),
        ({"SSN": " ", "PASSPORT": "E9"}, "E9", "PASSPORT"), ({}, None, None),
    ],
)
def test_the_number_of_a_patient_is_what_its_shape_says(node: Node, cells: dict[str, str | None], number: str | None, system: str | None) -> None:
    (row,) = node.standard(line("patients", "p", Id="p", BIRTHDATE="1980", **cells)).rows("x_identity")
    assert (row.get("id_number"), row.get("id_system")) == (number, system)


def test_a_chinese_patient_is_named_and_addressed_as_in_china(node: Node) -> None:
    (row,) = node.standard(line("patients", "p", Id="p", BIRTHDATE="1980", FIRST="建 国", LAST="张", STATE="北京市", CITY="北京市", COUNTY="海淀区",
        ADDRESS="１号")).rows("x_identity")
    assert (row["full_name"], row["address"]) == ("张建国", "北京市海淀区１号")


def test_a_patient_without_a_year_of_birth_is_set_aside_and_a_death_without_a_day_is_counted(node: Node) -> None:
    made = node.standard(line("patients", "a", Id="a", BIRTHDATE=None), line("patients", "b", Id="b", BIRTHDATE="1930-01-01", DEATHDATE="in winter"))
    assert made.rule("a") == "person.no_birth_date" and made.gaps("death", "death_date") == {("", "", "date.none"): 1}


@pytest.mark.parametrize(
    ("name", "concept"), [("ambulatory", 9202), ("wellness", 9202), ("outpatient", 9202), ("Inpatient", 9201), ("emergency", 9203), ("urgentcare", 9203),
        ("home", 0), (None, 0)],
)
def test_an_encounter_becomes_a_visit_of_the_kind_its_class_says(node: Node, name: str | None, concept: int) -> None:
    cells = {"START": "2020-03-01T09:00:00Z", "STOP": "2020-03-02T10:30:00Z", "ENCOUNTERCLASS": name, "CODE": "185345009", "DESCRIPTION": "Encounter for symptom"}
    row = node.standard(LINE_PATIENT, line("encounters", "e", Id="e", PATIENT="p1", **cells)).one("visit_occurrence", "e")
    assert row == {
        "visit_occurrence_id": stable("encounters", "e"), "person_id": PERSON, "visit_concept_id": concept, "visit_start_date": date(2020, 3, 1),
        "visit_start_datetime": datetime(2020, 3, 1, 9), "visit_end_date": date(2020, 3, 2), "visit_end_datetime": datetime(2020, 3, 2, 10, 30),
        "visit_type_concept_id": 32817, **({} if name is None else {"visit_source_value": name}), "visit_source_concept_id": 0, "x_source_kind": "encounters",
        "x_source_key": "e", "x_codes": "SNOMED|185345009",
    }


def test_conditions_procedures_medications_vaccinations_and_allergies_become_events(node: Node) -> None:
    made = node.standard(
        LINE_PATIENT, LINE_ENCOUNTER, line("conditions", "c", START="2020-03-01", STOP="2020-04-01", CODE="38341003", DESCRIPTION="Hypertension", **WHERE),
        line("procedures", "x", START="2020-03-01T09:10:00Z", STOP="2020-03-01T09:20:00Z", CODE="29303009", DESCRIPTION="ECG", **WHERE),
        line("medications", "m", START="2020-03-01T09:10:00Z", STOP="2020-03-31T09:10:00Z", CODE="314076", DESCRIPTION="lisinopril", **WHERE),
        line("immunizations", "v", DATE="2020-03-01T09:10:00Z", CODE="140", DESCRIPTION="Influenza", **WHERE),
        line("allergies", "a", START="2020-03-01", CODE="91935009", SYSTEM="SNOMED-CT", DESCRIPTION="Peanut", SEVERITY1="MILD", **WHERE),
    )
    day, moment = date(2020, 3, 1), datetime(2020, 3, 1, 9, 10)
    assert made.one("condition_occurrence", "c") == {
        "condition_occurrence_id": stable("conditions", "c"), "condition_concept_id": 0, "condition_start_date": day, "condition_start_datetime": datetime(2020, 3, 1),
        "condition_end_date": date(2020, 4, 1), "condition_end_datetime": datetime(2020, 4, 1), "condition_type_concept_id": 32817,
        "condition_source_value": "38341003",
        "condition_source_concept_id": 0, "x_codes": "SNOMED|38341003", **told("conditions", "c"),
    }
    assert made.one("procedure_occurrence", "x") == {
        "procedure_occurrence_id": stable("procedures", "x"), "procedure_concept_id": 0, "procedure_date": day, "procedure_datetime": moment, "procedure_end_date": day,
        "procedure_end_datetime": datetime(2020, 3, 1, 9, 20), "procedure_type_concept_id": 32817, "procedure_source_value": "29303009",
        "procedure_source_concept_id": 0,
        "x_codes": "SNOMED|29303009", **told("procedures", "x"),
    }
    assert made.one("drug_exposure", "m") == {
        "drug_exposure_id": stable("medications", "m"), "drug_concept_id": 0, "drug_exposure_start_date": day, "drug_exposure_start_datetime": moment,
        "drug_exposure_end_date": date(2020, 3, 31), "drug_exposure_end_datetime": datetime(2020, 3, 31, 9, 10), "verbatim_end_date": date(2020, 3, 31),
        "drug_type_concept_id": 32838, "drug_source_value": "314076", "drug_source_concept_id": 0, "x_codes": "RXNORM|314076", **told("medications", "m"),
    }
    assert made.one("drug_exposure", "v") == {
        "drug_exposure_id": stable("immunizations", "v"), "drug_concept_id": 0, "drug_exposure_start_date": day, "drug_exposure_start_datetime": moment,
        "drug_exposure_end_date": day, "drug_type_concept_id": 32818, "drug_source_value": "140", "drug_source_concept_id": 0, "x_codes": "CVX|140",
        **told("immunizations", "v"),
    }
    assert made.one("observation", "a") == {
        "observation_id": stable("allergies", "a"), "observation_concept_id": 0, "observation_date": day, "observation_datetime": datetime(2020, 3, 1),
        "observation_type_concept_id": 32817, "observation_source_value": "91935009", "observation_source_concept_id": 0, "qualifier_source_value": "MILD",
        "x_codes": "SNOMED|91935009", **told("allergies", "a"),
    }


def test_an_older_form_dates_procedures_by_one_column(node: Node) -> None:
    made = node.standard(LINE_PATIENT, line("procedures", "x", DATE="2018-03-01", CODE="29303009", PATIENT="p1"))
    assert made.one("procedure_occurrence", "x")["procedure_date"] == date(2018, 3, 1)


def test_a_numeric_observation_is_a_measurement_and_any_other_an_observation(node: Node) -> None:
    seen = {"DATE": "2020-03-01T09:10:00Z", "DESCRIPTION": "Systolic", **WHERE}
    made = node.standard(
        LINE_PATIENT, LINE_ENCOUNTER, line("observations", "n", CODE="8480-6", VALUE="120.0", UNITS="mm[Hg]", TYPE="Numeric", **seen),
        line("observations", "t", CODE="72166-2", VALUE="Never smoker", TYPE="text", **seen), line("observations", "u", CODE="QALY", VALUE="1.5", UNITS="a", **seen),
    )
    assert made.one("measurement", "n") == {
        "measurement_id": stable("observations", "n"), "measurement_concept_id": 0, "measurement_date": date(2020, 3, 1),
        "measurement_datetime": datetime(2020, 3, 1, 9, 10),
        "measurement_type_concept_id": 32817, "value_as_number": Decimal(120), "unit_concept_id": 0, "measurement_source_value": "8480-6",
        "measurement_source_concept_id": 0,
        "unit_source_value": "mm[Hg]", "unit_source_concept_id": 0, "value_source_value": "120.0", "x_codes": "LOINC|8480-6", **told("observations", "n"),
    }
    assert made.one("observation", "t") == {
        "observation_id": stable("observations", "t"), "observation_concept_id": 0, "observation_date": date(2020, 3, 1),
        "observation_datetime": datetime(2020, 3, 1, 9, 10),
        "observation_type_concept_id": 32817, "value_as_string": "Never smoker", "observation_source_value": "72166-2", "observation_source_concept_id": 0,
        "value_source_value": "Never smoker", "x_codes": "LOINC|72166-2", **told("observations", "t"),
    }
    assert (made.one("observation", "u")["value_as_string"], made.one("observation", "u")["x_codes"]) == ("1.5", "LOCAL|QALY")


SHAPES = [
    ("conditions", "38341003", "SNOMED|38341003"), ("conditions", "I10", "ICD10|I10"), ("conditions", "E11.900x001", "LOCAL|E11.900x001"),
    ("conditions", "E11.9", "ICD10|E11.9"),
    ("conditions", "U07.1", "LOCAL|U07.1"), ("conditions", "12345", "LOCAL|12345"), ("conditions", "012345678", "LOCAL|012345678"),
    ("procedures", "29303009", "SNOMED|29303009"),
    ("medications", "C08CA01", "ATC|C08CA01"), ("medications", "314076", "RXNORM|314076"), ("medications", "X 9", "LOCAL|X_9"), ("immunizations", "08", "CVX|08"),
    ("immunizations", "1234", "LOCAL|1234"), ("observations", "8480-6", "LOINC|8480-6"), ("observations", "DALY", "LOCAL|DALY"),
    ("observations", "8480-66", "LOCAL|8480-66"),
    ("conditions", " I10 ", "ICD10|I10"), ("conditions", "", ""), ("conditions", None, ""),
]
INTO = {"conditions": "condition_occurrence", "procedures": "procedure_occurrence", "medications": "drug_exposure", "immunizations": "drug_exposure",
    "observations": "observation"}


def test_the_shape_of_a_code_says_of_which_system_it_is(node: Node) -> None:
    made = node.standard(LINE_PATIENT, *(line(kind, f"r{n}", START="2020-01-01", DATE="2020-01-01", PATIENT="p1", CODE=code) for n,
        (kind, code, _) in enumerate(SHAPES)))
    found = [(kind, code, made.one(INTO[kind], f"r{n}")["x_codes"]) for n, (kind, code, _) in enumerate(SHAPES)]
    assert found == SHAPES


def test_an_allergy_names_its_own_system(node: Node) -> None:
    systems = {"SNOMED-CT": "SNOMED", "RxNorm": "RXNORM", "ours": "LOCAL", None: "LOCAL"}
    made = node.standard(LINE_PATIENT, *(line("allergies", f"a{n}", START="2020-01-01", PATIENT="p1", CODE="7", SYSTEM=s) for n, s in enumerate(systems)))
    assert [made.one("observation", f"a{n}")["x_codes"] for n in range(len(systems))] == [f"{name}|7" for name in systems.values()]
