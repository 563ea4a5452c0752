"""What was done: medication becomes MedicationStatement or MedicationRequest, vaccination Immunization, then Procedure, Encounter; plans are plans."""

from collections.abc import Iterator
from typing import Any

from dujiang.collect.readers.ccda.document import Document, Section
from dujiang.collect.readers.ccda.elements import Element
from dujiang.collect.readers.ccda.entry import code_of, name_of, negated, noted, said, status_code, templates
from dujiang.collect.readers.ccda.values import Value, concept, ends, identifiers, pointed, quantity, span, starts, written
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import number

PLANNED = frozenset({"INT", "RQO", "PRMS", "PRP", "ARQ", "GOL"})  # moods of what has not happened
_ORDERED = frozenset({"INT", "RQO"})
_PLAN_SECTION = "18776-5"
_TAKEN = {"active": "active", "completed": "completed", "aborted": "stopped", "suspended": "on-hold", "held": "on-hold", "cancelled": "stopped",
          "nullified": "entered-in-error", "new": "intended"}
_ASKED = {"active": "active", "completed": "completed", "aborted": "stopped", "suspended": "on-hold", "held": "on-hold", "cancelled": "cancelled",
          "nullified": "entered-in-error", "new": "draft"}
_DONE = {"completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "not-done", "nullified": "entered-in-error",
         "held": "on-hold", "suspended": "on-hold", "new": "preparation"}
_VISITED = {"completed": "finished", "active": "in-progress", "cancelled": "cancelled", "aborted": "cancelled", "nullified": "entered-in-error"}
_PRODUCT = "consumable/manufacturedProduct"
_MATERIAL = f"{_PRODUCT}/manufacturedMaterial"
_ACT = "urn:oid:2.16.840.1.113883.5.4"


def read_medication(document: Document, section: Section, entry: Element) -> Iterator[Record | Broken]:
    """A medication activity: said to be taken, or asked for; a plan is a draft of a request."""
    code = _material(entry, section)
    if code is None:
        yield Broken(entry.line, "ccda.no_code", "MedicationStatement")
        return
    kind = "MedicationRequest" if entry.get("moodCode") in PLANNED else "MedicationStatement"
    begins, stops, repeat = _course(entry)
    supply = next(iter(entry.all("entryRelationship/supply")), None)
    dosage: Value = {
        "text": _sig(entry, section), "route": concept(entry.find("routeCode"), section.text), "timing": {"repeat": repeat},
        "asNeededBoolean": True if entry.find("precondition") is not None else None, "doseAndRate": [_dose(entry)],
    }
    fields: dict[str, Any] = {"medicationCodeableConcept": code, "subject": document.subject()}
    if kind == "MedicationRequest":
        plan = section.code == _PLAN_SECTION or entry.get("moodCode") not in _ORDERED
        fields |= {
            "status": "draft" if plan else "cancelled" if negated(entry) else _ASKED.get(status_code(entry), "unknown"),
            "intent": "plan" if plan else "order", "authoredOn": noted(document, entry), "dosageInstruction": [dosage],
            "dispenseRequest": {"validityPeriod": {"start": begins, "end": stops}, **_supplied(supply)},
        }
    else:
        fields |= {
            "status": "not-taken" if negated(entry) else _TAKEN.get(status_code(entry), "unknown"), "dosage": [dosage],
            "effectiveDateTime": "" if stops else begins, "effectivePeriod": {"start": begins, "end": stops} if stops else None,
            "dateAsserted": noted(document, entry),
        }
    yield document.record(kind, document.identity(kind, entry, name_of(code), otherwise=(begins,)), entry.line, fields)


def read_immunization(document: Document, section: Section, entry: Element) -> Iterator[Record | Broken]:
    """An immunisation activity; negated, it was not given, and the refusal's reason says why."""
    code = _material(entry, section)
    if code is None:
        yield Broken(entry.line, "ccda.no_code", "Immunization")
        return
    given = starts(entry.find("effectiveTime"))
    lot, maker = entry.find(f"{_MATERIAL}/lotNumberText"), entry.find(f"{_PRODUCT}/manufacturerOrganization/name")
    why = [concept(one.find("code"), section.text) for one in entry.all("entryRelationship/observation") if "22.4.53" in templates(one)]
    status = "not-done" if negated(entry) or entry.get("moodCode") in PLANNED else _DONE.get(status_code(entry), "completed")
    yield document.record("Immunization", document.identity("Immunization", entry, name_of(code), otherwise=(given,)), entry.line, {
        "status": status if status in ("not-done", "entered-in-error") else "completed", "statusReason": why[0] if why else None,
        "vaccineCode": code, "patient": document.subject(), "occurrenceDateTime": given, "recorded": noted(document, entry),
        "lotNumber": lot.text() if lot is not None else "", "manufacturer": {"display": maker.text() if maker is not None else ""},
        "route": concept(entry.find("routeCode"), section.text), "doseQuantity": quantity(entry.find("doseQuantity")),
        "site": concept(entry.find("approachSiteCode"), section.text),
    })


def read_procedure(document: Document, section: Section, entry: Element) -> Iterator[Record | Broken]:
    """A procedure, also one that the document calls an act or an observation; a planned one is only asked for."""
    code = concept(entry.find("code"), section.text) or said(entry, section)
    if code is None:
        yield Broken(entry.line, "ccda.no_code", "Procedure")
        return
    time = entry.find("effectiveTime")
    begins, stops = starts(time), ends(time)
    if entry.get("moodCode") in PLANNED:
        yield document.record("ServiceRequest", document.identity("ServiceRequest", entry, name_of(code), otherwise=(begins,)), entry.line, {
            "status": "draft", "intent": "plan", "code": code, "subject": document.subject(), "occurrenceDateTime": begins,
            "authoredOn": noted(document, entry),
        })
        return
    yield document.record("Procedure", document.identity("Procedure", entry, name_of(code), otherwise=(begins,)), entry.line, {
        "status": "not-done" if negated(entry) else _DONE.get(status_code(entry), "unknown"), "code": code, "subject": document.subject(),
        "performedDateTime": "" if stops else begins, "performedPeriod": {"start": begins, "end": stops} if stops else None,
        "bodySite": [concept(one, section.text) for one in entry.all("targetSiteCode")],
        "outcome": concept(entry.find("value"), section.text) if entry.name == "observation" else None,
    })


def read_encounter(document: Document, section: Section, entry: Element) -> Iterator[Record]:
    """A visit of the past."""
    kind, time = concept(entry.find("code"), section.text), entry.find("effectiveTime")
    act = next((one for one in kind["coding"] if one["system"] == _ACT), None) if kind else None
    begins, stops = starts(time), ends(time)
    identity = document.identity("Encounter", entry, otherwise=(name_of(kind) if kind else "", begins))
    place = entry.find("participant/participantRole/playingEntity/name")
    yield document.record("Encounter", identity, entry.line, {
        "status": _VISITED.get(status_code(entry), "finished"), "class": act or {"code": "AMB"}, "type": [kind],
        "subject": document.subject(), "period": {"start": begins, "end": stops},
        "identifier": [written(*one) for one in identifiers(entry.all("id"))],
        "location": [{"location": {"display": place.text() if place is not None else ""}}],
    })


def _material(entry: Element, section: Section) -> Value | None:
    """What the medicine is: its code, else its name, else what the entry's text says."""
    name = entry.find(f"{_MATERIAL}/name")
    return (
        concept(entry.find(f"{_MATERIAL}/code"), section.text)
        or ({"coding": [], "text": name.text()} if name is not None and name.text() else None)
        or said(entry, section)
    )


def _course(entry: Element) -> tuple[str, str, Value]:
    """When it begins and ends, and how often in between: the time with limits, and the periodic one."""
    times = entry.all("effectiveTime")
    course = next((one for one in times if one.find("low") is not None or one.find("high") is not None), None)
    single = next((one for one in times if moment(one.get("value"))), None)
    period = next((one for one in (time.find("period") for time in times) if one is not None), None)
    value = number(period.get("value")) if period is not None else None
    repeat = {"frequency": 1, "period": value, "periodUnit": period.get("unit")} if period is not None and value else {}
    return starts(course if course is not None else single), ends(course), repeat


def _dose(entry: Element) -> Value | None:
    dose = entry.find("doseQuantity")
    amount, limits = quantity(dose), span(dose)
    return {"doseQuantity": amount} if amount else {"doseRange": limits} if limits else None


def _sig(entry: Element, section: Section) -> str:
    """How to take it, as the narrative says it: the free text of the dose, else the entry's own text."""
    for one in entry.all("entryRelationship/substanceAdministration"):
        if code_of(one, "code") == "76662-6" and (text := pointed(one.find("text"), section.text)):
            return text
    return pointed(entry.find("text"), section.text)


def _supplied(supply: Element | None) -> Value:
    """How much is to be handed out, and how often."""
    if supply is None:
        return {}
    repeats = supply.find("repeatNumber")
    return {"quantity": quantity(supply.find("quantity")), "numberOfRepeatsAllowed": number(repeats.get("value")) if repeats is not None else None}
