"""RXO and RXE become MedicationRequest, RXD MedicationDispense, RXA MedicationAdministration or, of a vaccine, Immunization."""

from collections.abc import Iterator
from typing import Any

from dujiang.collect.readers.hl7v2.orders import Order, request_status
from dujiang.collect.readers.hl7v2.parts import Segment
from dujiang.collect.readers.hl7v2.values import coded, names, quantity, unit
from dujiang.collect.readers.hl7v2.walk import Walk
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.writing import number

Value = dict[str, Any]
_VACCINES = "http://hl7.org/fhir/sid/cvx"
_UNKNOWN_AMOUNT = "999"  # RXA-6, by HL7's convention
_NOT_GIVEN = frozenset({"RE", "NA"})  # RXA-20, table 0322


def read_prescription(walk: Walk, order: Order) -> Iterator[Record | Broken]:
    """The medicine that is asked for; the encoded order (RXE) where there is one, else as it was requested (RXO)."""
    if order.prescription is None:
        return
    segment, more = order.prescription
    encoded = segment.name == "RXE"
    code = coded(segment, 2 if encoded else 1)
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", segment.name)
        return
    starts, ends = _timing(walk, order, segment if encoded else None, more)
    amount, packed, repeats = (10, 11, 12) if encoded else (11, 12, 13)
    asked = order.asked()
    named = asked if asked[0] else (walk.patient, walk.visit, names(code), starts)
    yield walk.record("MedicationRequest", (*named, walk.nth("MedicationRequest", *named)), segment.line, {
        "status": request_status(order.control), "intent": "order", "medicationCodeableConcept": code, **walk.subject(),
        "authoredOn": walk.time(order.control, 9) or starts,
        "dosageInstruction": [{
            "text": segment.whole(7).replace(segment.marks.component, " ").strip(), "route": _route(more),
            "doseAndRate": [{"doseQuantity": _amount(segment, 3 if encoded else 2, 5 if encoded else 4)}],
        }],
        "dispenseRequest": {
            "validityPeriod": {"start": starts, "end": ends}, "numberOfRepeatsAllowed": number(segment.text(repeats)),
            "quantity": _amount(segment, amount, packed),
        },
        "note": _notes(more),
    })


def read_dispense(walk: Walk, segment: Segment, more: list[Segment], order: Order | None) -> Iterator[Record | Broken]:
    """RXD: what the pharmacy handed out, and when."""
    code, when = coded(segment, 2), walk.time(segment, 3)
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", "RXD")
        return
    named = order.number() if order and order.number()[0] else (walk.patient, segment.text(7), names(code), when)
    yield walk.record("MedicationDispense", (*named, segment.text(1), walk.nth("MedicationDispense", *named, segment.text(1))), segment.line, {
        "status": "cancelled" if order and request_status(order.control) == "revoked" else "completed",
        "medicationCodeableConcept": code, "subject": walk.subject()["subject"], "context": walk.subject()["encounter"],
        "quantity": _amount(segment, 4, 5), "whenHandedOver": when, "dosageInstruction": [{"route": _route(more)}],
        "note": [{"text": segment.whole(9)}, *_notes(more)],
    })


def read_administration(walk: Walk, segment: Segment, more: list[Segment], order: Order | None) -> Iterator[Record | Broken]:
    """RXA: what a patient was given, or was not and why."""
    code = coded(segment, 5)
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", "RXA")
        return
    vaccine = walk.message.type == "VXU" or any(one["system"] == _VACCINES for one in code["coding"])
    yield (_immunization if vaccine else _administration)(walk, segment, more, order, code=code)


def _status(segment: Segment) -> str:
    if segment.text(21) == "D":
        return "entered-in-error"
    return "not-done" if segment.text(20) in _NOT_GIVEN else "completed"


def _immunization(walk: Walk, segment: Segment, more: list[Segment], order: Order | None, *, code: Value) -> Record:
    given, numbered = walk.time(segment, 3), order.number() if order else ("", "")
    named = (*numbered, names(code)) if numbered[0] else (walk.patient, names(code), given)
    return walk.record("Immunization", named, segment.line, {
        "status": _status(segment), "statusReason": coded(segment, 18), "vaccineCode": code,
        "patient": walk.subject()["subject"], "encounter": walk.subject()["encounter"],
        "occurrenceDateTime": given, "recorded": walk.time(segment, 22) or (walk.time(order.control, 9) if order else ""),
        "lotNumber": segment.text(15), "expirationDate": walk.time(segment, 16).partition("T")[0],
        "manufacturer": {"display": segment.text(17, 2) or segment.text(17)}, "route": _route(more), "site": _site(more),
        "doseQuantity": _given(segment), "note": _notes(more),
    })


def _administration(walk: Walk, segment: Segment, more: list[Segment], order: Order | None, *, code: Value) -> Record:
    begun, ended = walk.time(segment, 3), walk.time(segment, 4)
    numbered = order.number() if order else ("", "")
    named = (*(numbered if numbered[0] else (walk.patient, walk.visit)), names(code), segment.text(1), segment.text(2), begun)
    return walk.record("MedicationAdministration", named, segment.line, {
        "status": _status(segment), "statusReason": [coded(segment, 18)], "medicationCodeableConcept": code,
        "subject": walk.subject()["subject"], "context": walk.subject()["encounter"],
        "effectiveDateTime": "" if ended else begun, "effectivePeriod": {"start": begun, "end": ended} if ended else None,
        "dosage": {"route": _route(more), "site": _site(more), "dose": _given(segment)}, "note": _notes(more),
    })


def _given(segment: Segment) -> Value | None:
    return None if segment.text(6) == _UNKNOWN_AMOUNT else _amount(segment, 6, 7)


def _amount(segment: Segment, amount: int, measured_in: int) -> Value | None:
    return quantity(segment.text(amount), unit(segment, measured_in))


def _timing(walk: Walk, order: Order, encoded: Segment | None, more: list[Segment]) -> tuple[str, str]:
    """When it is to begin and to end: TQ1, else the older quantity and timing in RXE-1 or ORC-7."""
    timing = next((one for one in more if one.name == "TQ1"), None)
    places = [(timing, 7, 1, 8, 1), (encoded, 1, 4, 1, 5), (order.control, 7, 4, 7, 5)]
    for segment, start, in_start, end, in_end in places:
        found = walk.time(segment, start, in_start), walk.time(segment, end, in_end)
        if any(found):
            return found
    return "", ""


def _of(more: list[Segment], name: str, field: int) -> Value | None:
    return next((coded(one, field) for one in more if one.name == name), None)


def _route(more: list[Segment]) -> Value | None:
    return _of(more, "RXR", 1)


def _site(more: list[Segment]) -> Value | None:
    return _of(more, "RXR", 2)


def _notes(more: list[Segment]) -> list[Value]:
    return [{"text": "\n".join(one.whole(3) for one in more if one.name == "NTE")}]
