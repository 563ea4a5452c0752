"""SCH becomes Appointment, TXA and its text DocumentReference, FT1 ChargeItem: kept as they are, for no standard table has them."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

from dujiang.collect.readers.hl7v2.parts import Segment
from dujiang.collect.readers.hl7v2.results import attachment
from dujiang.collect.readers.hl7v2.values import coded, every_coded, names, quantity
from dujiang.collect.readers.hl7v2.walk import Walk
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.writing import key_of, number, reference

_BY_EVENT = {"S15": "cancelled", "S16": "cancelled", "S17": "entered-in-error", "S26": "noshow"}
_BY_FILLER = {
    "BOOKED": "booked", "CANCELLED": "cancelled", "COMPLETE": "fulfilled", "DELETED": "entered-in-error", "NOSHOW": "noshow", "PENDING": "pending",
    "STARTED": "arrived", "WAITLIST": "waitlist", "BLOCKED": "booked", "OVERBOOK": "booked", "DC": "cancelled", "DISCONTINUED": "cancelled",
}
_RESOURCES = frozenset({"AIS", "AIG", "AIL", "AIP"})
_CANCELLED_DOCUMENT = "T11"
_DOC_STATUS = {"AU": "final", "LA": "final", "DI": "preliminary", "DO": "preliminary", "IN": "preliminary", "IP": "preliminary", "PA": "preliminary"}


@dataclass
class Schedule:
    """An appointment: its segment, its patients, the resources booked for it."""

    segment: Segment
    patients: list[str] = field(default_factory=list)
    booked: list[Segment] = field(default_factory=list)


@dataclass
class Paper:
    """A document: its header, whose it is, the results that carry its text."""

    segment: Segment
    patient: str
    visit: str
    carries: bool  # whether the results behind it carry its text; in messages about specimens they are results
    content: list[Segment] = field(default_factory=list)


def read_appointment(walk: Walk, schedule: Schedule) -> Iterator[Record | Broken]:
    """Nothing to be kept of an appointment without a patient but the place in the file."""
    segment = schedule.segment
    if not schedule.patients:
        yield Broken(segment.line, "hl7v2.no_patient", "SCH")
        return
    service = next((one for one in schedule.booked if one.name == "AIS"), None)
    starts = walk.time(segment, 11, 4) or walk.time(service, 4)
    named = walk.number((segment, 2), (segment, 1))
    filler = segment.text(25).upper().replace(" ", "")
    yield walk.record("Appointment", named if named[0] else (schedule.patients[0], starts), segment.line, {
        "status": _BY_EVENT.get(walk.message.event) or _BY_FILLER.get(filler, "booked"),
        "appointmentType": coded(segment, 8), "reasonCode": [coded(segment, 7)], "serviceType": [coded(service, 3)] if service else [],
        "start": starts, "end": walk.time(segment, 11, 5), "minutesDuration": number(segment.text(9)),
        "participant": [{"actor": reference("Patient", key), "status": "accepted"} for key in schedule.patients]
        + [{"actor": {"display": one.text(3, 2) or one.text(3)}, "status": "accepted"} for one in schedule.booked if one.name in ("AIL", "AIG")],
    })


def read_document(walk: Walk, paper: Paper) -> Iterator[Record]:
    """The document with its text, or with what is attached."""
    segment = paper.segment
    named, parent = walk.number((segment, 12)), walk.number((segment, 13))
    texts = [one.whole(5) for one in paper.content if one.text(2) not in ("ED", "RP")]
    attached = [{"attachment": attachment(one)} for one in paper.content if one.text(2) in ("ED", "RP") and one.first(5)]
    text = b64encode("\n".join(texts).encode()).decode()
    yield walk.record("DocumentReference", named if named[0] else (walk.digest(), walk.nth("TXA")), segment.line, {
        "status": "entered-in-error" if walk.message.event == _CANCELLED_DOCUMENT else "current",
        "docStatus": _DOC_STATUS.get(segment.text(17), ""), "type": coded(segment, 2),
        "subject": reference("Patient", paper.patient), "context": {"encounter": [reference("Encounter", paper.visit)]},
        "date": walk.time(segment, 4) or walk.time(segment, 6),
        "relatesTo": [{"code": "replaces" if walk.message.event in ("T09", "T10") else "appends",
                       "target": reference("DocumentReference", key_of("DocumentReference", *parent))}] if parent[0] else [],
        "content": [*([{"attachment": {"contentType": "text/plain;charset=utf-8", "data": text}}] if any(texts) else []), *attached],
    })


def read_charge(walk: Walk, segment: Segment) -> Iterator[Record | Broken]:
    """FT1: what was charged for; the code of the procedure where there is one, else of the charge itself."""
    code = coded(segment, 25) or coded(segment, 7)
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", "FT1")
        return
    day = walk.time(segment, 4)
    named = walk.number((segment, 2))
    value, currency = segment.part(segment.first(11), 1, 1), segment.part(segment.first(11), 1, 2)
    yield walk.record("ChargeItem", (*(named if named[0] else (walk.patient, walk.visit, names(code), day)), segment.text(6)), segment.line, {
        "status": "not-billable" if segment.text(6) == "CR" else "billable", "code": code,
        "subject": walk.subject()["subject"], "context": walk.subject()["encounter"], "occurrenceDateTime": day,
        "quantity": quantity(segment.text(10), {}), "priceOverride": {"value": number(value), "currency": currency} if number(value) else None,
        "reason": every_coded(segment, 19),
    })


def is_content(segment: Segment) -> bool:
    """Whether a result under a document carries its text rather than a measurement."""
    return segment.text(2) in ("", "TX", "FT", "ST", "ED", "RP")


def is_booked(segment: Segment) -> bool:
    """Whether a segment books a resource."""
    return segment.name in _RESOURCES
