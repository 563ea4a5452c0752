"""PV1 and PV2 become Encounter: what the event says happened to the visit, whoever tells of it."""

from collections.abc import Iterator
from typing import Any

from dujiang.collect.readers.hl7v2.parts import Segment
from dujiang.collect.readers.hl7v2.values import authority, coded
from dujiang.collect.readers.hl7v2.walk import Walk
from dujiang.collect.readers.items import Record
from dujiang.collect.readers.writing import key_of, record, reference

_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLASSES = {
    "I": "IMP", "B": "IMP", "O": "AMB", "R": "AMB", "E": "EMER", "P": "PRENC", "住院": "IMP", "门诊": "AMB", "急诊": "EMER",
}
# What the event says of the visit (HL7 v2.8.2, 3.3): the cancelled never happened, the deleted should not stand there, a
# cancelled discharge has not ended. An event that is not here leaves it to the visit's end.
_STATUS = {
    "A03": "finished", "A05": "planned", "A14": "planned", "A38": "cancelled", "A11": "cancelled", "A27": "cancelled",
    "A23": "entered-in-error", "A21": "onleave",
}
_REOPENS = "A13"
# Events about a visit; in every other message it is only mentioned.
_ABOUT = frozenset(f"A{n:02}" for n in (*range(1, 18), 21, 22, 23, 25, 26, 27, 32, 33, 38, 45, 52, 53, 54, 55))
# The visit of MRG-5 turns out to be the one in PV1-19 (3.3.42 merge visit, 3.3.50 change visit number).
_MERGES = frozenset({"A42", "A50"})


def read_visit(
    walk: Walk, segment: Segment, more: Segment | None, *, event: Segment | None, patient: Segment | None
) -> Iterator[Record]:
    """The visit; none where the segment only says that there is none, or says nothing by which one could be told from another."""
    named = walk.message.event if walk.message.type == "ADT" else ""
    kind, begins, ends = segment.text(2), walk.time(segment, 44), walk.time(segment, 45)
    key = _visit_key(walk, segment, patient, begins)
    walk.visit = key
    if not key:
        return
    happened = walk.time(event, 6) or walk.time(event, 2)
    if named in ("A01", "A04") and not begins:
        begins = happened
    if named == "A03" and not ends:
        ends = happened
    if named == _REOPENS:
        ends = ""
    fields: dict[str, Any] = {
        "status": _STATUS.get(named) or ("finished" if ends else "in-progress"),
        "class": {"system": _ACT if kind in _CLASSES else "", "code": _CLASSES.get(kind, kind)},
        "type": [coded(segment, 4), coded(segment, 18)],
        "serviceType": coded(segment, 10),
        "subject": reference("Patient", walk.patient),
        "identifier": [{"value": segment.text(19), "assigner": {"display": segment.part(segment.first(19), 4, 1)}}] if segment.text(19) else [],
        "period": {"start": begins, "end": ends},
        "reasonCode": [coded(more, 3)] if more else [],
        "location": [{"location": {"display": segment.plain(" ".join(segment.first(3)).replace(segment.marks.part, " ")).strip()}}],
        "hospitalization": {"admitSource": coded(segment, 14), "dischargeDisposition": coded(segment, 36)},
    }
    yield record("Encounter", key, segment.line, fields, mention=named not in _ABOUT)


def read_merged_visit(walk: Walk, merge: Segment) -> Iterator[Record]:
    """The visit that was merged into another, or got another number, should not stand there."""
    number = merge.first(5)
    if walk.message.event in _MERGES and number and merge.of(number, 1):
        key = _number_key(walk, merge, 5)
        fields = {"status": "entered-in-error", "subject": reference("Patient", walk.patient)}
        yield record("Encounter", key, merge.line, fields)


def _visit_key(walk: Walk, segment: Segment, patient: Segment | None, begins: str) -> str:
    """By visit number, account number or alternate visit number; else by patient and time of admission; else there is no key."""
    for source, field in ((segment, 19), (patient, 18), (segment, 50)):
        key = _number_key(walk, source, field) if source else ""
        if key:
            return key
    return key_of("Encounter", walk.patient, begins) if begins and walk.patient else ""


def _number_key(walk: Walk, segment: Segment, field: int) -> str:
    components = segment.first(field)
    value = segment.of(components, 1)
    return key_of("Encounter", (authority(segment, components) or walk.facility).lower(), value) if value else ""
