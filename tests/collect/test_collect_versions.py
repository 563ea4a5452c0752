"""Versions: R4 and STU3 are told apart by shape, file by file, and what says nothing follows its delivery."""

import json
from typing import Any

import pytest

from dujiang.collect.readers.versions import score, version

R4: list[dict[str, Any]] = [
    {"resourceType": "Condition", "clinicalStatus": {"coding": [{"code": "active"}]}, "subject": {}},
    {"resourceType": "Observation", "encounter": {"reference": "Encounter/1"}},
    {"resourceType": "Encounter", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}},
    {"resourceType": "Immunization", "occurrenceDateTime": "2020-01-01"},
    {"resourceType": "Goal", "lifecycleStatus": "active"},
    {"resourceType": "Patient", "maritalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"}]}},
]
STU3: list[dict[str, Any]] = [
    {"resourceType": "Condition", "clinicalStatus": "active", "context": {"reference": "Encounter/1"}},
    {"resourceType": "AllergyIntolerance", "assertedDate": "2010-01-01"},
    {"resourceType": "Observation", "context": {"reference": "Encounter/1"}},
    {"resourceType": "Encounter", "class": {"code": "outpatient"}},
    {"resourceType": "Immunization", "date": "2010-01-01", "notGiven": False, "encounter": {}},
    {"resourceType": "Goal", "status": "in-progress"},
    {"resourceType": "Patient", "maritalStatus": {"coding": [{"system": "http://hl7.org/fhir/v3/MaritalStatus"}]}},
]
SILENT = [{"resourceType": "Organization", "name": "x"}, {"resourceType": "Binary"}, {"resourceType": 7}, {}]


def points(resource: dict[str, Any]) -> int:
    return score(json.dumps(resource).encode(), resource)


@pytest.mark.parametrize("resource", R4, ids=lambda r: r["resourceType"])
def test_a_resource_shaped_as_in_r4_speaks_for_r4(resource: dict[str, Any]) -> None:
    assert points(resource) > 0


@pytest.mark.parametrize("resource", STU3, ids=lambda r: r["resourceType"])
def test_a_resource_shaped_as_in_stu3_speaks_for_stu3(resource: dict[str, Any]) -> None:
    assert points(resource) < 0


@pytest.mark.parametrize("resource", SILENT)
def test_a_resource_that_is_the_same_in_both_says_nothing(resource: dict[str, Any]) -> None:
    assert points(resource) == 0


def test_an_address_of_the_old_systems_does_not_outweigh_the_fields_of_the_new_version() -> None:
    carried = {"resourceType": "Condition", "clinicalStatus": {"coding": [{"system": "http://hl7.org/fhir/v3/x"}]}}
    assert points(carried) > 0


@pytest.mark.parametrize(
    ("own", "delivery", "expected"),
    [(3, [-9, -9], "fhir-r4"), (-1, [9, 9], "fhir-stu3"), (0, [0, -2], "fhir-stu3"), (0, [2, 0], "fhir-r4"), (0, [], "fhir-r4")],
)
def test_a_file_decides_for_itself_and_a_silent_one_follows_its_delivery(own: int, delivery: list[int], expected: str) -> None:
    assert version(own, delivery) == expected
