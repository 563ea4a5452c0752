"""FHIR Patient becomes a person, an identity kept apart, and a death when its day is known."""

from datetime import date, datetime

import pytest

from standardise.standardise_node import Node, resource, stable

R4_DESCENT = [
    {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
     "extension": [{"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2028-9", "display": "Asian"}},
         {"url": "text", "valueString": "Asian"}]},
    {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity",
     "extension": [{"url": "ombCategory", "valueCoding": {"code": "2186-5", "display": "Not Hispanic or Latino"}}]},
]
STU3_DESCENT = [
    {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
        "valueCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/v3/Race", "code": "2028-9", "display": "Asian"}]}},
    {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity",
        "valueCodeableConcept": {"coding": [{"code": "2186-5", "display": "Not Hispanic or Latino"}]}},
]


@pytest.mark.parametrize(("form", "descent"), [("fhir-r4", R4_DESCENT), ("fhir-stu3", STU3_DESCENT)])
def test_a_patient_of_either_release_becomes_one_person(node: Node, form: str, descent: list[object]) -> None:
    made = node.standard(resource("Patient", "p9", form, birthDate="1980-06-15", gender="female", extension=descent))
    assert made.one("person", "p9") == {
        "person_id": stable("Patient", "p9"), "gender_concept_id": 8532, "year_of_birth": 1980, "month_of_birth": 6, "day_of_birth": 15,
        "birth_datetime": datetime(1980, 6, 15), "race_concept_id": 8515, "ethnicity_concept_id": 38003564, "person_source_value": "p9",
        "gender_source_value": "female",
        "gender_source_concept_id": 0, "race_source_value": "Asian", "race_source_concept_id": 0, "ethnicity_source_value": "Not Hispanic or Latino",
        "ethnicity_source_concept_id": 0, "x_source_kind": "Patient", "x_source_key": "p9",
    }
    assert made.rows("death") == [] and made.snapshot.persons == 1


def test_a_person_says_in_which_arrival_file_and_line_they_came(node: Node) -> None:
    made = node.make(node.arrive(resource("Claim", "c"), resource("Patient", "p", birthDate="1980"), file="people/one.ndjson"))
    (row,) = made.rows("person")
    assert (row["x_arrival"], row["x_file"], row["x_line"]) == ("a-1", "people/one.ndjson", 2)


def test_sex_is_mapped_where_it_is_known_and_kept_as_written(node: Node) -> None:
    concepts = {"female": 8532, "male": 8507, "男": 8507, "F": 8532, "other": 0, "unknown": 0, "": 0, None: 0}
    made = node.standard(*(resource("Patient", f"p{n}", birthDate="1980", gender=gender) for n, gender in enumerate(concepts)))
    found = {row.get("gender_source_value"): row["gender_concept_id"] for row in made.rows("person")}
    assert found == concepts


@pytest.mark.parametrize(
    ("born", "year", "month", "day"), [("1980-06-15", 1980, 6, 15), ("1980-06", 1980, 6, None), ("1980", 1980, None, None)],
)
def test_of_a_birth_known_in_part_only_what_is_known_stands(node: Node, born: str, year: int, month: int | None, day: int | None) -> None:
    made = node.standard(resource("Patient", "p", birthDate=born))
    row = made.one("person", "p")
    assert (row["year_of_birth"], row.get("month_of_birth"), row.get("day_of_birth")) == (year, month, day)
    assert ("birth_datetime" in row) is (day is not None)
    assert made.rows("x_identity")[0].get("birth_date") == (date(year, month, day) if month and day else None)


def test_a_patient_without_a_year_of_birth_is_set_aside_and_so_are_their_records(node: Node) -> None:
    births: list[object] = [None, "", "unknown", "80-06-15", "198", "１９８０-06-15", "19800615", {"year": 1980}, ["1980"]]
    patients = [resource("Patient", f"p{n}", birthDate=born) for n, born in enumerate(births)]
    records = [resource("Condition", f"c{n}", subject={"reference": f"Patient/p{n}"}, onsetDateTime="2020-01-01") for n in range(len(births))]
    made = node.standard(*patients, *records)
    assert made.snapshot.set_aside == {"person.no_birth_date": len(births), "reference.dangling": len(births)}
    assert {made.rule(p.key) for p in patients} == {"person.no_birth_date"} and {made.rule(c.key) for c in records} == {"reference.dangling"}
    assert made.snapshot.persons == 0


def test_a_birth_on_a_day_that_does_not_exist_stays_as_written_and_has_no_date(node: Node) -> None:
    row = node.standard(resource("Patient", "p", birthDate="1981-02-29")).one("person", "p")
    assert (row["year_of_birth"], row["month_of_birth"], row["day_of_birth"], row.get("birth_datetime")) == (1981, 2, 29, None)


def test_a_death_with_its_day_becomes_a_row(node: Node) -> None:
    made = node.standard(resource("Patient", "p", birthDate="1930", deceasedDateTime="2019-12-31T23:30:00-05:00"))
    assert made.one("death", "p") == {
        "person_id": stable("Patient", "p"), "death_date": date(2019, 12, 31), "death_datetime": datetime(2019, 12, 31, 23, 30),
        "death_type_concept_id": 32817, "x_source_kind": "Patient", "x_source_key": "p",
    }


def test_a_death_without_a_day_has_no_row_and_is_counted(node: Node) -> None:
    made = node.standard(
        resource("Patient", "a", birthDate="1930", deceasedBoolean=True), resource("Patient", "b", birthDate="1930", deceasedBoolean=True),
        resource("Patient", "c", birthDate="1930", deceasedBoolean=False),
    )
    assert made.rows("death") == [] and made.gaps("death", "death_date") == {("", "", "date.none"): 2}


def test_identity_is_kept_apart_from_the_person(node: Node) -> None:
    made = node.standard(resource(
        "Patient", "p", birthDate="1958-03-14", gender="male", name=[{"use": "maiden", "text": "王氏"}, {"use": "official", "family": "张", "given": ["建国"]}],
        telecom=[{"system": "email", "value": "x@example.org"}, {"system": "phone", "value": "１３８-1234 5678 转 9"}],
        address=[{"line": ["幸福路12号"], "city": "都江堰市", "state": "四川省"}],
        identifier=[{"type": {"coding": [{"code": "MR"}]}, "value": "M-77"}, {"system": "urn:oid:2.16.156.10011.1.3", "value": "51010019580314123x"}],
    ))
    (row,) = made.rows("x_identity")
    assert row == {
        "person_id": stable("Patient", "p"), "family": "张", "given": "建国", "full_name": "张建国", "sex": "male", "birth_date": date(1958, 3, 14),
        "id_number": "51010019580314123X", "id_system": "CN-ID", "phone": "13812345678", "address": "四川省都江堰市幸福路12号", "mrn": "M-77",
    }
    assert not {"张建国", "51010019580314123X", "13812345678"} & {str(v) for v in made.one("person", "p").values()}


def test_a_name_in_letters_is_written_given_name_first(node: Node) -> None:
    made = node.standard(resource("Patient", "p", birthDate="1980", name=[{"family": "Rath", "given": ["Ann", "B"]}]))
    assert made.rows("x_identity")[0]["full_name"] == "Ann B Rath"


@pytest.mark.parametrize(
    ("identifier", "number", "system"),
    [
        ({"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-11-2222"}, "999-11-2222", "US-SSN"),
        ({"type": {"coding": [{"code": "SB"}]}, "value": "999-11-2222"}, "999-11-2222", "US-SSN"),
        ({"type": {"coding": [{"code": "NI"}]}, "value": "510100195803141234"}, "510100195803141234", "CN-ID"),
        ({"type": {"coding": [{"code": "NI"}]}, "value": "ab 1"}, "AB 1", "OTHER"),
        ({"type": {"coding": [{"code": "PPN"}]}, "value": "e12345678"}, "E12345678", "PASSPORT"),
        ({"system": "urn:elsewhere", "value": "7"}, None, None),
        ({"type": {"coding": [{"code": "PPN"}]}, "value": ""}, None, None),
    ],
)
def test_the_kind_of_an_identity_number_comes_from_its_system_else_from_its_type(node: Node, identifier: object, number: str | None, system: str | None) -> None:
    (row,) = node.standard(resource("Patient", "p", birthDate="1980", identifier=[identifier])).rows("x_identity")
    assert (row.get("id_number"), row.get("id_system")) == (number, system)


def test_the_resident_number_speaks_before_a_passport(node: Node) -> None:
    numbers = [{"type": {"coding": [{"code": "PPN"}]}, "value": "E1"}, {"system": "urn:oid:2.16.156.10011.1.3", "value": "510100195803141234"}]
    (row,) = node.standard(resource("Patient", "p", birthDate="1980", identifier=numbers)).rows("x_identity")
    assert row["id_system"] == "CN-ID"


def test_descent_that_is_not_listed_is_counted_by_what_the_source_says(node: Node) -> None:
    strange = [{"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
        "extension": [{"url": "ombCategory", "valueCoding": {"code": "9999-9", "display": "Martian"}}]}]
    made = node.standard(resource("Patient", "a", birthDate="1980", extension=strange), resource("Patient", "b", birthDate="1980"))
    assert made.gaps("person", "race_concept_id") == {("", "Martian", "unknown_code"): 1, ("", "", "no_code"): 1}
