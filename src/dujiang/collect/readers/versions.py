"""Tells FHIR R4 from STU3 by how resources are shaped, because neither says so; undecided files follow their delivery."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

# Code systems moved to terminology.hl7.org with R4; before, they lay under these addresses.
_R4_TEXT = re.compile(rb'"http://terminology\.hl7\.org/')
_STU3_TEXT = re.compile(rb'"http://hl7\.org/fhir/(?:v2/|v3/|observation-category"|condition-category"|goal-category")')

# Fields of one version only, from the two versions' definitions of each type.
_R4_FIELDS: Mapping[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("recordedDate", "encounter"),
    "CarePlan": ("encounter", "created"),
    "Claim": ("insurer",),
    "Condition": ("encounter", "recordedDate", "recorder"),
    "Device": ("deviceName", "serialNumber", "distinctIdentifier"),
    "DiagnosticReport": ("encounter", "resultsInterpreter", "media"),
    "DocumentReference": ("date", "custodianReference"),
    "Encounter": ("reasonCode", "reasonReference"),
    "Goal": ("lifecycleStatus", "achievementStatus"),
    "ImagingStudy": ("status", "subject"),
    "Immunization": ("occurrenceDateTime", "occurrenceString", "statusReason"),
    "MedicationRequest": ("encounter", "reportedBoolean", "doNotPerform"),
    "Observation": ("encounter", "focus", "hasMember"),
    "Procedure": ("encounter", "statusReason", "asserter"),
}
_STU3_FIELDS: Mapping[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("assertedDate",),
    "CarePlan": ("context", "definition"),
    "Claim": ("organization", "information"),
    "Condition": ("context", "assertedDate"),
    "DiagnosticReport": ("context", "image", "codedDiagnosis"),
    "DocumentReference": ("indexed", "created", "class"),
    "Encounter": ("reason",),
    "Goal": ("status",),
    "ImagingStudy": ("uid", "patient", "accession"),
    "Immunization": ("date", "notGiven", "explanation"),
    "MedicationRequest": ("context", "definition"),
    "Observation": ("context", "related", "comment"),
    "Patient": ("animal",),
    "Procedure": ("context", "notDone", "definition"),
}
_FIELD = 2  # a field weighs more than an address, which exporters sometimes carry over


def score(raw: bytes, resource: Mapping[str, Any]) -> int:
    """How far one resource speaks for R4 (above zero) or STU3 (below)."""
    kind = resource.get("resourceType")
    total = bool(_R4_TEXT.search(raw)) - bool(_STU3_TEXT.search(raw))
    if not isinstance(kind, str):
        return 0
    total += _FIELD * sum(f in resource for f in _R4_FIELDS.get(kind, ()))
    total -= _FIELD * sum(f in resource for f in _STU3_FIELDS.get(kind, ()))
    return total + _FIELD * _status(kind, resource.get("clinicalStatus")) + _FIELD * _class(kind, resource.get("class"))


def _status(kind: str, status: object) -> int:
    """A condition's or allergy's status was a code in STU3 and is a concept in R4."""
    if kind not in ("Condition", "AllergyIntolerance") or status is None:
        return 0
    return 1 if isinstance(status, dict) else -1


def _class(kind: str, coding: object) -> int:
    """An encounter's class must name its code system in R4 only."""
    if kind != "Encounter" or not isinstance(coding, dict):
        return 0
    system = coding.get("system")
    return 0 if isinstance(system, str) and "/fhir/v3/" in system else 1 if system else -1


def version(own: int, delivery: Iterable[int]) -> str:
    """`fhir-r4` or `fhir-stu3` from a file's score; a file that says nothing follows its delivery, and that R4."""
    return "fhir-stu3" if (own or sum(delivery)) < 0 else "fhir-r4"
