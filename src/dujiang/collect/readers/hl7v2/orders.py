"""ORC and OBR become ServiceRequest or, where a result is reported, DiagnosticReport; everything under them shares their numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dujiang.collect.readers.hl7v2.parts import Segment
from dujiang.collect.readers.hl7v2.values import coded, names
from dujiang.collect.readers.hl7v2.walk import Walk
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.writing import key_of, reference

# Messages whose orders are answered; in others an order is only one.
_RESULTS = frozenset({"ORU", "OUL", "ORF", "OPU"})
# Order control (table 0119) and order status (table 0038) to FHIR's request status.
_CONTROL = {"CA": "revoked", "OC": "revoked", "CR": "revoked", "DC": "revoked", "OD": "revoked", "DR": "revoked", "HD": "on-hold", "OH": "on-hold",
            "HR": "on-hold", "RP": "revoked", "OR": "revoked", "DE": "entered-in-error"}
_STATUS = {"CM": "completed", "CA": "revoked", "DC": "revoked", "RP": "revoked", "ER": "entered-in-error", "HD": "on-hold"}
# Result status (table 0123) to FHIR's report status.
_REPORTED = {"F": "final", "C": "corrected", "P": "preliminary", "R": "preliminary", "A": "partial", "X": "cancelled", "O": "registered",
             "I": "registered", "S": "registered", "M": "amended", "Y": "unknown", "Z": "unknown"}


_NO_NUMBER = "9999"  # ORC-3 of a vaccination that has none, as of a refusal (CDC implementation guide 2.5.1)
MOST_RESULTS = 10_000  # that a report lists; every result names its order all the same


@dataclass
class Order:
    """The order group that is open: its control and its request segment, the results under it so far."""

    control: Segment | None = None
    request: Segment | None = None
    results: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    prescription: tuple[Segment, list[Segment]] | None = None  # RXO or RXE, and what follows it
    medicine: bool = False  # its own segments say what was asked, dispensed or given
    filler: tuple[str, str] = ("", "")
    placer: tuple[str, str] = ("", "")
    about: str = ""  # code of what is ordered
    time: str = ""  # of the specimen or the observation, by which results without numbers are told apart
    issued: str = ""

    def number(self) -> tuple[str, str]:
        """Filler's number, else placer's: the one that every later message about the result has."""
        return self.filler if self.filler[0] else self.placer

    def asked(self) -> tuple[str, str]:
        """Placer's number, else filler's: the one that every message about the order has."""
        return self.placer if self.placer[0] else self.filler

    def based_on(self) -> list[dict[str, str] | None]:
        """A reference to the order as it was asked for."""
        asked = self.asked()
        return [reference("ServiceRequest", key_of("ServiceRequest", *asked, self.about))] if asked[0] else []


def open_order(walk: Walk, control: Segment | None, request: Segment | None) -> Order:
    """A group with the numbers its segments give it."""
    filler = walk.number((request, 3), (control, 3))
    return Order(
        control, request, filler=("", "") if filler[0] == _NO_NUMBER and walk.message.type == "VXU" else filler, placer=walk.number((request, 2), (control, 2)),
        about=names(coded(request, 4)) if request else "", time=walk.time(request, 7), issued=walk.time(request, 22),
    )


def request_status(control: Segment | None) -> str:
    """An order's status after its control code and status; an order of which nothing is said is active."""
    if control is None:
        return "active"
    return _CONTROL.get(control.text(1)) or _STATUS.get(control.text(5), "active")


def close_order(walk: Walk, order: Order) -> Iterator[Record | Broken]:
    """The report or the request; nothing for control segments without a request of their own, as a medicine's."""
    if order.request is None:
        return
    if walk.message.type in _RESULTS or order.request.text(25):
        yield _report(walk, order, order.request)
    else:
        yield _request(walk, order, order.request)


def _identity(walk: Walk, order: Order, number: tuple[str, str]) -> tuple[str, ...]:
    return (*number, order.about) if number[0] else (walk.patient, order.time or walk.digest(), order.about)


def _report(walk: Walk, order: Order, request: Segment) -> Record:
    return walk.record("DiagnosticReport", _identity(walk, order, order.number()), request.line, {
        "status": _REPORTED.get(request.text(25), "unknown"),
        "basedOn": order.based_on(), "identifier": _identifiers(order),
        "category": [coded(request, 24) or ({"text": request.text(24)} if request.text(24) else None)],
        "code": coded(request, 4), **walk.subject(), "effectiveDateTime": order.time, "issued": order.issued,
        "result": [reference("Observation", key) for key in order.results], "conclusion": "\n".join(order.notes),
    })


def _request(walk: Walk, order: Order, request: Segment) -> Record:
    return walk.record("ServiceRequest", _identity(walk, order, order.asked()), request.line, {
        "status": request_status(order.control), "intent": "order", "identifier": _identifiers(order),
        "code": coded(request, 4), **walk.subject(), "occurrenceDateTime": walk.time(request, 36) or order.time,
        "authoredOn": walk.time(order.control, 9), "reasonCode": [coded(request, 31)], "note": [{"text": "\n".join(order.notes)}],
    })


def _identifiers(order: Order) -> list[dict[str, Any]]:
    numbers = (("PLAC", order.placer), ("FILL", order.filler))
    return [{"type": {"coding": [{"code": code}]}, "value": value, "assigner": {"display": authority}} for code, (value, authority) in numbers if value]
