"""Observations in a document: problems become Condition, allergies AllergyIntolerance, organisers of results DiagnosticReport, the rest Observation."""

from collections.abc import Iterator

from dujiang.collect.readers.ccda.document import Document, Section
from dujiang.collect.readers.ccda.elements import Element
from dujiang.collect.readers.ccda.entry import code_of, coded, name_of, negated, noted, said, status_code, templates
from dujiang.collect.readers.ccda.values import Value, concept, ends, span, starts, value
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.writing import key_of, record, reference

_STATUS_TEMPLATES = frozenset({"22.4.6", "1.50", "22.4.28", "1.39"})
_STATUS_LOINC = "33999-4"
_REACTION, _CRITICALITY = "22.4.9", "22.4.145"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_ALLERGY_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
# SNOMED CT and plain words for whether a problem is still there (C-CDA 2.1, problem status).
_CLINICAL_STATUS = {
    "55561003": "active", "413322009": "resolved", "73425007": "inactive", "246455001": "recurrence", "277022003": "remission",
    "active": "active", "completed": "resolved", "aborted": "inactive", "suspended": "inactive",
}
_OBSERVED = {"completed": "final", "active": "preliminary", "aborted": "cancelled", "cancelled": "cancelled", "held": "registered",
             "suspended": "registered", "nullified": "entered-in-error", "obsolete": "amended"}
_CRITICAL = {"CRITH": "high", "CRITL": "low", "CRITU": "unable-to-assess"}
_CATEGORIES = {"30954-2": "laboratory", "8716-3": "vital-signs", "29762-2": "social-history", "47420-5": "survey", "10190-7": "survey"}
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_ALLERGENS = (("drug", "medication"), ("medication", "medication"), ("food", "food"), ("environment", "environment"))


def read_problem(document: Document, section: Section, entry: Element, concern: Element | None, *, visit: str = "") -> Iterator[Record | Broken]:
    """A problem observation; when it began stands in it, else in the concern around it, else it was known when it was noted."""
    code = concept(entry.find("value"), section.text) or said(entry, section)
    if code is None:
        yield Broken(entry.line, "ccda.no_code", "Condition")
        return
    time, around = entry.find("effectiveTime"), concern.find("effectiveTime") if concern is not None else None
    status = _inner_status(entry, section) or _CLINICAL_STATUS.get(status_code(concern), "")
    begins = starts(time) or starts(around)
    fields = {
        "clinicalStatus": coded(_CLINICAL, "resolved" if ends(time) else status) if ends(time) or status else None,
        "verificationStatus": coded(_VERIFICATION, _verified(entry, concern)),
        "code": code, "subject": document.subject(), "encounter": reference("Encounter", visit),
        "onsetDateTime": begins, "abatementDateTime": ends(time), "recordedDate": noted(document, entry, concern),
    }
    identity = document.identity("Condition", entry, name_of(code), otherwise=(begins,))
    yield document.record("Condition", identity, entry.line, fields)


def read_allergy(document: Document, section: Section, entry: Element, concern: Element | None) -> Iterator[Record | Broken]:
    """An allergy observation: to what is said by its participant; where it has none, the kind of allergy is all that is known."""
    substance = concept(entry.find("participant/participantRole/playingEntity/code"), section.text)
    name = entry.find("participant/participantRole/playingEntity/name")
    if substance is None and name is not None and name.text():
        substance = {"coding": [], "text": name.text()}
    kind = concept(entry.find("value"), section.text)
    code = substance or kind or said(entry, section)
    if code is None:
        yield Broken(entry.line, "ccda.no_code", "AllergyIntolerance")
        return
    time, inner = entry.find("effectiveTime"), [(one, templates(one)) for one in entry.all("entryRelationship/observation")]
    manifestations = [found for one, found_in in inner if _REACTION in found_in and (found := concept(one.find("value"), section.text))]
    critical = next((_CRITICAL.get(code_of(one, "value"), "") for one, found_in in inner if _CRITICALITY in found_in), "")
    words = str(kind).lower()
    yield document.record("AllergyIntolerance", document.identity("AllergyIntolerance", entry, name_of(code)), entry.line, {
        "verificationStatus": coded(_ALLERGY_VERIFICATION, _verified(entry, concern)),
        "category": [next((name for word, name in _ALLERGENS if word in words), "")], "criticality": critical, "code": code,
        "patient": document.subject(), "onsetDateTime": starts(time), "recordedDate": noted(document, entry, concern),
        "reaction": [{"manifestation": [one]} for one in manifestations],
    })


def read_observation(document: Document, section: Section, entry: Element, group: Element | None) -> Iterator[Record | Broken]:
    """Any other observation that was made; its time stands in it, else in the group around it."""
    code = concept(entry.find("code"), section.text) or said(entry, section)
    values = [found for one in entry.all("value") if (found := value(one, section.text))] or [{}]
    if code is None:
        yield Broken(entry.line, "ccda.no_code", "Observation")
        return
    time = entry.find("effectiveTime")
    begins = starts(time) or (starts(group.find("effectiveTime")) if group is not None else "")
    category = _CATEGORIES.get(section.code, "")
    identity = document.identity("Observation", entry, name_of(code), begins)
    for place, one in enumerate(values, 1):
        key = key_of("Observation", *identity, *((f"value {place}",) if place > 1 else ()))
        yield record("Observation", key, entry.line, {
            "status": "cancelled" if negated(entry) else _OBSERVED.get(status_code(entry), "final"),
            "category": [coded(_CATEGORY, category)] if category else [], "code": code, "subject": document.subject(),
            "effectiveDateTime": "" if ends(time) else begins, "effectivePeriod": {"start": begins, "end": ends(time)} if ends(time) else None,
            "interpretation": [concept(mark, section.text) for mark in entry.all("interpretationCode")],
            "method": concept(entry.find("methodCode"), section.text), "bodySite": concept(entry.find("targetSiteCode"), section.text),
            "referenceRange": [_range(found) for found in entry.all("referenceRange/observationRange")], **one,
        })


def read_report(document: Document, section: Section, entry: Element, results: list[Record]) -> Iterator[Record]:
    """An organiser of results, under what was ordered."""
    code = concept(entry.find("code"), section.text)
    if code is None or not results:
        return
    begins = starts(entry.find("effectiveTime"))
    yield document.record("DiagnosticReport", document.identity("DiagnosticReport", entry, name_of(code), begins), entry.line, {
        "status": _OBSERVED.get(status_code(entry), "final"), "code": code, "subject": document.subject(), "effectiveDateTime": begins,
        "result": [reference("Observation", one.key) for one in results if one.kind == "Observation"],
    })


def _range(element: Element) -> Value:
    ranged, text = span(element.find("value")) or {}, element.find("text")
    return {**ranged, "text": text.text() if text is not None else ""}


def _inner_status(entry: Element, section: Section) -> str:
    """What a status observation inside says."""
    for one in entry.all("entryRelationship/observation"):
        found = concept(one.find("value"), section.text) if _STATUS_TEMPLATES & templates(one) or code_of(one, "code") == _STATUS_LOINC else None
        for coding in found["coding"] if found else ():
            if coding["code"] in _CLINICAL_STATUS:
                return _CLINICAL_STATUS[coding["code"]]
    return ""


def _verified(entry: Element, concern: Element | None) -> str:
    if "nullified" in (status_code(entry), status_code(concern)):
        return "entered-in-error"
    return "refuted" if negated(entry) or (concern is not None and negated(concern)) else "confirmed"
