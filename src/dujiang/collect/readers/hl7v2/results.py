"""OBX becomes Observation: a number with its unit and range, a code, a text, a time; corrected and withdrawn as its status says."""

from collections.abc import Iterator
from typing import Any

from dujiang.collect.readers.hl7v2.orders import MOST_RESULTS, Order
from dujiang.collect.readers.hl7v2.parts import Segment
from dujiang.collect.readers.hl7v2.values import Components, coded, concept, every_coded, limits, names, quantity, unit
from dujiang.collect.readers.hl7v2.walk import Walk
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import key_of, number, record

# Observation result status (table 0085). O stands beside answers to questions asked with an order: the answer is there.
_STATUS = {
    "F": "final", "C": "corrected", "A": "amended", "D": "entered-in-error", "W": "entered-in-error", "X": "cancelled", "N": "cancelled",
    "P": "preliminary", "R": "preliminary", "S": "preliminary", "B": "preliminary", "V": "final", "U": "final", "I": "registered", "O": "final",
}
_CODED = frozenset({"CE", "CWE", "CNE", "CF", "IS", "ID"})
_TEXT = frozenset({"TX", "FT", "ST"})
_ATTACHED = frozenset({"ED", "RP"})
_MOST_VALUES = 100  # of one segment that become an observation each; more are one text, or a small message would fill a disk
Value = dict[str, Any]


def read_result(walk: Walk, segment: Segment, notes: list[Segment], order: Order | None) -> Iterator[Record | Broken]:
    """One Observation, or one for each repetition of a number or code; an attachment stands in a DocumentReference."""
    code = coded(segment, 3)
    if code is None:
        yield Broken(segment.line, "hl7v2.no_code", "OBX")
        return
    measured_in = unit(segment, 6)
    fields = _fields(walk, segment, notes, order, measured_in=measured_in)
    for value in _values(segment, measured_in) or [{}]:
        identity = _identity(walk, segment, order, names(code))
        key = key_of("Observation", *identity)
        yield record("Observation", key, segment.line, {**fields, "code": code, **value})
        if order is not None and len(order.results) < MOST_RESULTS:
            order.results.append(key)
    if segment.text(2) in _ATTACHED and segment.first(5):
        yield walk.record("DocumentReference", ("Observation", *identity), segment.line, {
            "status": "current", "type": code, "subject": fields["subject"], "date": fields["effectiveDateTime"],
            "content": [{"attachment": attachment(segment)}],
        })


def _identity(walk: Walk, segment: Segment, order: Order | None, code: str) -> tuple[str, ...]:
    """Under an order: its number, what was ordered, question, sub-id, and which of several alike it is. The set id is only a
    place in one message: a correction may come alone, as number 1. Without an order's number: whose, which visit, when."""
    under = order.number() if order else ("", "")
    if under[0] and order:
        named: tuple[str, ...] = (*under, order.about)
    else:
        named = (walk.patient, walk.visit, order.about if order else "", moment(segment.text(14)) or (order.time if order else ""))
    named = (*named, code, segment.whole(4))
    return (*named, walk.nth("Observation", *named))


def _fields(walk: Walk, segment: Segment, notes: list[Segment], order: Order | None, *, measured_in: dict[str, str]) -> Value:
    """Everything but the value."""
    return {
        "status": _STATUS.get(segment.text(11), "unknown"), **walk.subject(), "basedOn": order.based_on() if order else [],
        "effectiveDateTime": walk.time(segment, 14) or (order.time if order else ""),
        "issued": order.issued if order else "",
        "interpretation": every_coded(segment, 8), "method": coded(segment, 17),
        "referenceRange": [limits(segment.plain(segment.raw(7)), measured_in)],
        "note": [{"text": "\n".join(note.whole(3) for note in notes)}],
    }


def _values(segment: Segment, measured_in: dict[str, str]) -> list[Value]:
    """The value of every repetition; one value for a text, whose repetitions are its lines. Empty when there is none.

    A number with a unit is a quantity whatever type it is said to be; what is said to be a number and is none is a text.
    """
    type, raw = segment.text(2), segment.raw(5)
    if not raw or type in _ATTACHED:
        return []
    if raw.count(segment.marks.repetition) >= _MOST_VALUES:
        return [{"valueString": segment.whole(5)}]
    if type in _CODED:
        return [{"valueCodeableConcept": found} for one in segment.all(5) if (found := concept(segment, one))]
    if type == "SN":
        return [_structured(segment, one, measured_in) for one in segment.all(5)]
    if type == "NM" or (type in ("ST", "") and segment.raw(6) and number(segment.plain(raw))):
        return [_numeric(segment, one, measured_in) for one in segment.all(5)]
    if type in ("DT", "TS", "DTM") and moment(segment.text(5)):
        return [{"valueDateTime": moment(segment.text(5))}]
    return [{"valueString": segment.whole(5) if type in _TEXT or not type else segment.plain(raw)}]


def _numeric(segment: Segment, components: Components, measured_in: dict[str, str]) -> Value:
    text = segment.plain(segment.marks.component.join(components))
    found = quantity(text, measured_in)
    return {"valueQuantity": found} if found else {"valueString": text}


def _structured(segment: Segment, components: Components, measured_in: dict[str, str]) -> Value:
    """SN: `>^100`, `^2^-^3` (a range), `^1^:^128` (a titre), `^10`."""
    sign, first, mark, second = (segment.of(components, n) for n in range(1, 5))
    one, two = quantity(first, measured_in), quantity(second, measured_in)
    if one and two and mark == "-":
        return {"valueRange": {"low": one, "high": two}}
    if one and two and mark in (":", "/"):
        return {"valueRatio": {"numerator": one, "denominator": two}}
    if one and not mark and sign in ("", "=", "<", ">", "<=", ">="):
        return {"valueQuantity": one | {"comparator": sign.strip("=") if sign == "=" else sign}}
    return {"valueString": "".join((sign, first, mark, second))}


def attachment(segment: Segment) -> Value:
    """ED and RP: the data as it came, or where it is; the kind as the sender names it."""
    if segment.text(2) == "RP":
        return {"url": segment.text(5, 1), "contentType": "/".join(part.lower() for n in (3, 4) if (part := segment.text(5, n)))}
    kind = "/".join(part.lower() for n in (2, 3) if (part := segment.text(5, n)))
    base64 = segment.text(5, 4).lower() == "base64"
    data = segment.text(5, 5)
    return {"contentType": kind, "data": data if base64 else "", "title": "" if base64 else data}
