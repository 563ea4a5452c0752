"""A reference finds its record however it is written; one that finds none sets the record aside, or leaves its visit out, and is counted."""

from collections.abc import Callable

import pytest

from standardise.standardise_node import ENCOUNTER, LINE_ENCOUNTER, LINE_PATIENT, PATIENT, SUBJECT, Made, Node, line, resource, stable

FOUND = ["Patient/p1", "urn:uuid:p1", "p1", "https://fhir.example/r4/Patient/p1", "Patient/p1/_history/3", "https://fhir.example/Patient/p1/_history/2"]
LOST = ["Patient/p2", "urn:uuid:p2", "Practitioner/p1", "#p1", "Patient?identifier=p1", "Patient/", "//", " ", "Patient/p1'; --", "urn:oid:p1", "Patient/P1"]
NONE = [None, {}, {"reference": ""}, {"reference": None}, {"identifier": {"value": "p1"}}, "Patient/p1", ["Patient/p1"], {"display": "Ann"}]


@pytest.fixture(scope="module")
def referred(new_node: Callable[[], Node]) -> Made:
    subjects = [{"reference": r} for r in [*FOUND, *LOST]]
    return new_node().standard(PATIENT, *(resource("Condition", f"c{n}", subject=s, onsetDateTime="2020") for n, s in enumerate([*subjects, *NONE])))


@pytest.mark.parametrize(("key", "reference"), [(f"c{n}", r) for n, r in enumerate(FOUND)])
def test_a_reference_finds_its_patient_however_it_is_written(referred: Made, key: str, reference: str) -> None:
    assert referred.one("condition_occurrence", key)["person_id"] == stable("Patient", "p1")


@pytest.mark.parametrize(("key", "reference"), [(f"c{n}", r) for n, r in enumerate(LOST, len(FOUND))])
def test_a_record_whose_patient_is_not_here_is_set_aside(referred: Made, key: str, reference: str) -> None:
    assert referred.rule(key) == "reference.dangling"


@pytest.mark.parametrize("key", [f"c{n}" for n in range(len(FOUND) + len(LOST), len(FOUND) + len(LOST) + len(NONE))])
def test_a_record_that_names_no_patient_is_set_aside(referred: Made, key: str) -> None:
    assert referred.rule(key) == "reference.none"


def test_what_is_set_aside_says_where_it_lies(node: Node) -> None:
    made = node.make(node.arrive(PATIENT, resource("Condition", "c", subject={"reference": "Patient/x"}), file="here.ndjson"))
    assert made.rows("x_dangling") == [{"arrival": "a-1", "file": "here.ndjson", "line": 2, "rule": "reference.dangling", "kind": "Condition", "key": "c"}]


def test_a_visit_that_is_not_here_is_left_out_and_counted_by_table(node: Node) -> None:
    lost = {"subject": SUBJECT, "encounter": {"reference": "Encounter/e9"}}
    made = node.standard(
        PATIENT, ENCOUNTER, resource("Condition", "a", onsetDateTime="2020", **lost), resource("Condition", "b", onsetDateTime="2020", **lost),
        resource("Procedure", "c", performedDateTime="2020", **lost), resource("Condition", "d", subject=SUBJECT, onsetDateTime="2020"),
        resource("Condition", "e", subject=SUBJECT, encounter={"reference": "Encounter/e1"}, onsetDateTime="2020"),
    )
    assert {r["x_source_key"]: r.get("visit_occurrence_id") for r in made.rows("condition_occurrence")} == {"a": None, "b": None, "d": None,
        "e": stable("Encounter", "e1")}
    assert made.gaps("condition_occurrence", "visit_occurrence_id") == {("", "", "reference.dangling"): 2}
    assert made.gaps("procedure_occurrence", "visit_occurrence_id") == {("", "", "reference.dangling"): 1}


def test_a_record_may_come_before_its_patient_and_in_an_arrival_of_its_own(node: Node) -> None:
    first = node.arrive(resource("Condition", "c", subject=SUBJECT, encounter={"reference": "Encounter/e1"}, onsetDateTime="2020"))
    assert node.make(first).snapshot.set_aside == {"reference.dangling": 1}
    row = node.make(first, node.arrive(ENCOUNTER), node.arrive(PATIENT)).one("condition_occurrence", "c")
    assert (row["person_id"], row["visit_occurrence_id"]) == (stable("Patient", "p1"), stable("Encounter", "e1"))


def test_the_two_families_of_a_zone_do_not_refer_to_each_other(node: Node) -> None:
    made = node.standard(LINE_PATIENT, resource("Condition", "c", subject=SUBJECT, onsetDateTime="2020"),
        line("conditions", "d", PATIENT="p1", START="2020-01-01", CODE="I10"))
    assert made.rule("c") == "reference.dangling" and made.one("condition_occurrence", "d")["person_id"] == stable("patients", "p1")


def test_a_table_names_its_patient_and_visit_by_their_ids(node: Node) -> None:
    cells = {"START": "2020-01-01", "CODE": "I10"}
    made = node.standard(
        LINE_PATIENT, LINE_ENCOUNTER, line("conditions", "a", PATIENT="p1", ENCOUNTER="e1", **cells), line("conditions", "b", PATIENT="nobody", **cells),
        line("conditions", "c", PATIENT=None, **cells), line("conditions", "d", PATIENT="p1", ENCOUNTER="lost", **cells),
    )
    assert made.one("condition_occurrence", "a")["visit_occurrence_id"] == stable("encounters", "e1")
    assert (made.rule("b"), made.rule("c")) == ("reference.dangling", "reference.none")
    assert "visit_occurrence_id" not in made.one("condition_occurrence", "d")
