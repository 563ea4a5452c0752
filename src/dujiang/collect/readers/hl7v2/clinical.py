"""Diagnoses, problems, allergies and procedures (DG1, PRB, AL1, IAM, PR1) become Condition, AllergyIntolerance, Procedure.

A segment that names neither code nor text says nothing; it is set aside.
"""

from collections.abc import Iterator
from typing import Any

from dujiang.collect.readers.hl7v2.parts import Segment
from dujiang.collect.readers.hl7v2.values import coded, every_coded, names
from dujiang.collect.readers.hl7v2.walk import Walk
from dujiang.collect.readers.items import Broken, Record

_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_ALLERGY_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
# Action codes (HL7 tables 0206, 0287, 0323): what was there before is to go.
_DELETES = frozenset({"D", "DE"})
_CRITICALITY = {"SV": "high", "MO": "low", "MI": "low", "U": "unable-to-assess"}
_ALLERGEN = {"DA": "medication", "FA": "food", "MA": "environment", "EA": "environment", "LA": "environment", "PA": "environment", "AA": "environment"}
_REFUTED = {"E": "entered-in-error", "N": "refuted", "D": "refuted"}


def read_diagnosis(walk: Walk, segment: Segment) -> Iterator[Record | Broken]:
    """DG1. A sender of version 2.1 puts the code's text in DG1-4, one of HL7's later versions in DG1-3."""
    code = _code(segment, 3, text=segment.text(4), scheme=segment.text(2))
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", "DG1")
        return
    yield walk.record("Condition", _identity(walk, segment, 20, names(code), walk.visit, segment.text(6)), segment.line, {
        "verificationStatus": _verified(_VERIFICATION, "entered-in-error" if segment.text(21) in _DELETES else "confirmed"),
        "category": [_concept(_CATEGORY, "encounter-diagnosis")],
        "code": code, **walk.subject(), "onsetDateTime": walk.time(segment, 5), "recordedDate": walk.time(segment, 19),
    })


def read_problem(walk: Walk, segment: Segment) -> Iterator[Record | Broken]:
    """PRB: an entry of the problem list; PRB-4 is its number in every later message."""
    code = _code(segment, 3)
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", "PRB")
        return
    ends, gone = walk.time(segment, 9), segment.text(1) in _DELETES
    yield walk.record("Condition", _identity(walk, segment, 4, names(code), "", ""), segment.line, {
        "clinicalStatus": _concept(_CLINICAL, "resolved" if ends else "active") if not gone else None,
        "verificationStatus": _verified(_VERIFICATION, "entered-in-error" if gone else "confirmed"),
        "category": [_concept(_CATEGORY, "problem-list-item")],
        "code": code, **walk.subject(), "onsetDateTime": walk.time(segment, 16), "abatementDateTime": ends,
        "recordedDate": walk.time(segment, 7) or walk.time(segment, 2),
    })


def read_allergy(walk: Walk, segment: Segment) -> Iterator[Record | Broken]:
    """AL1, and IAM, which adds an action, an identifier and a verification."""
    full = segment.name == "IAM"
    code = _code(segment, 3)
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", segment.name)
        return
    gone = full and segment.text(6) in _DELETES
    status = "entered-in-error" if gone else _REFUTED.get(segment.text(17), "confirmed") if full else "confirmed"
    severity, begun = segment.text(4), 11 if full else 6
    yield walk.record("AllergyIntolerance", _identity(walk, segment, 7 if full else 0, names(code), "", ""), segment.line, {
        "verificationStatus": _verified(_ALLERGY_VERIFICATION, status),
        "category": [_ALLERGEN.get(segment.text(9 if full else 2), _ALLERGEN.get(segment.text(2), ""))],
        "criticality": _CRITICALITY.get(severity, ""), "code": code,
        "patient": walk.subject()["subject"], "encounter": walk.subject()["encounter"],
        "onsetDateTime": walk.time(segment, begun), "recordedDate": walk.time(segment, 13) if full else "",
        "reaction": [{"manifestation": [{"text": text}]} for text in segment.whole(5).split("\n") if text],
    })


def read_procedure(walk: Walk, segment: Segment) -> Iterator[Record | Broken]:
    """PR1."""
    code = _code(segment, 3, text=segment.text(4))
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", "PR1")
        return
    done = walk.time(segment, 5)
    yield walk.record("Procedure", _identity(walk, segment, 19, names(code), walk.visit, done), segment.line, {
        "status": "entered-in-error" if segment.text(20) in _DELETES else "completed",
        "code": code, **walk.subject(), "performedDateTime": done, "reasonCode": every_coded(segment, 15),
    })


def _code(segment: Segment, field: int, *, text: str = "", scheme: str = "") -> dict[str, Any] | None:
    """The concept of a field, with the text and the coding method which stand in fields of their own."""
    found = coded(segment, field) or ({"coding": [], "text": text} if text else None)
    if found is None:
        return None
    coding = [one | {"system": one["system"] or scheme} for one in found["coding"]]
    return {"coding": coding, "text": found["text"] or text}


def _identity(walk: Walk, segment: Segment, field: int, *described: str) -> tuple[str, ...]:
    """What identifies a statement: its own identifier; else whose it is and what it says."""
    number = walk.number((segment, field)) if field else ("", "")
    return number if number[0] else (walk.patient, *described)


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _verified(system: str, code: str) -> dict[str, Any]:
    return _concept(system, code)
