"""The header of a clinical document: the patient, the visit it was written in, and the document itself."""

from collections.abc import Iterator
from typing import Any

from dujiang.collect.readers.ccda.document import Document
from dujiang.collect.readers.ccda.elements import Element
from dujiang.collect.readers.ccda.values import (
    RESIDENT,
    SSN,
    address,
    concept,
    ends,
    identifiers,
    nothing,
    person_name,
    starts,
    telecom,
    written,
    wrong_times,
)
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.times import day_of, moment
from dujiang.collect.readers.writing import key_of, patient_key, record, reference

_NATIONAL = frozenset({SSN, RESIDENT})  # numbers of a person anywhere, not of a patient in one place
_SEXES = {"M": "male", "F": "female", "UN": "other", "1": "male", "2": "female", "0": "unknown", "9": "unknown"}
_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
_ETHNICITY = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"
_REPLACES = {"RPLC": "replaces", "APND": "appends", "XFRM": "transforms"}


def read_header(document: Document, element: Element) -> Iterator[Record | Broken]:
    """One element of the header; of a second patient in one document nothing is kept but the place."""
    document.bad_dates += wrong_times(element)
    if element.name == "id":
        found = identifiers([element])
        document.id_parts = document.id_parts or (found[0] if found else ())
    elif element.name == "effectiveTime":
        document.time = starts(element)
    elif element.name == "recordTarget":
        role = element.find("patientRole")
        if document.patient or role is None:
            yield Broken(element.line, "ccda.no_patient")
            return
        yield _patient(document, role)
    elif element.name == "componentOf":
        visit = element.find("encompassingEncounter")
        if visit is not None and document.patient:
            yield from _visit(document, visit)


def _nowhere(_: str) -> str:
    """A header has no narrative."""
    return ""


def _patient(document: Document, role: Element) -> Record:
    """The patient as the document knew them: a document is a look back, so it only mentions them."""
    person = role.find("patient") or Element("patient", {}, role.line)
    found = identifiers([*role.all("id"), *person.all("id")])
    local = next((one for one in found if one[0] not in _NATIONAL), None)
    root, extension = local or (found[0] if found else ("", "\x1f".join(document.id_parts) or _anonymous(role)))
    document.patient = patient_key(root, extension or root)
    died = moment(_value(person, "sdtc:deceasedTime"))
    sex = person.find("administrativeGenderCode")
    fields: dict[str, Any] = {
        "identifier": [written(*one) | ({"type": {"coding": [{"code": "MR"}]}} if one == local else {}) for one in found],
        "name": [named for one in person.all("name") if (named := person_name(one))],
        "gender": "" if sex is None or nothing(sex) else _SEXES.get(sex.get("code"), "unknown"),
        "birthDate": day_of(_value(person, "birthTime")),
        "deceasedDateTime": died,
        "deceasedBoolean": True if not died and _value(person, "sdtc:deceasedInd") == "true" else None,
        "address": [address(one) for one in role.all("addr") if not one.get("nullFlavor")],
        "telecom": [number for one in role.all("telecom") if (number := telecom(one))],
        "maritalStatus": concept(person.find("maritalStatusCode"), _nowhere),
        "extension": [
            made for url, names in ((_RACE, ("raceCode", "sdtc:raceCode")), (_ETHNICITY, ("ethnicGroupCode", "sdtc:ethnicGroupCode")))
            if (made := _descent(url, [one for name in names for one in person.all(name)]))
        ],
    }
    return record("Patient", document.patient, role.line, fields, mention=True)


def _anonymous(role: Element) -> str:
    """Of a patient without any number in a document without any: all that is said of them."""
    return "\x1f".join(f"{one.name}={sorted(one.attributes.items())}{one.text()}" for one in role.walk())


def _descent(url: str, codes: list[Element]) -> dict[str, Any] | None:
    codings = [coding for one in codes if (found := concept(one, _nowhere)) for coding in found["coding"]]
    return {"url": url, "extension": [{"url": "ombCategory", "valueCoding": one} for one in codings]} if codings else None


def _value(element: Element, name: str) -> str:
    found = element.find(name)
    return found.get("value") if found is not None else ""


def _visit(document: Document, visit: Element) -> Iterator[Record]:
    """The visit in which the document was written."""
    time = visit.find("effectiveTime")
    found = identifiers(visit.all("id"))
    if not found and not starts(time):
        return
    kind = concept(visit.find("code"), _nowhere)
    act = next((one for one in kind["coding"] if one["system"] == "urn:oid:2.16.840.1.113883.5.4"), None) if kind else None
    place = visit.find("location/healthCareFacility/location/name")
    yield document.record("Encounter", found[0] if found else (document.patient, starts(time)), visit.line, {
        "status": "finished" if ends(time) else "in-progress", "subject": document.subject(),
        "identifier": [written(*one) for one in found],
        "class": act or {"code": "AMB" if kind is None else ""}, "type": [kind], "period": {"start": starts(time), "end": ends(time)},
        "location": [{"location": {"display": place.text() if place is not None else ""}}],
        "hospitalization": {"dischargeDisposition": concept(visit.find("dischargeDispositionCode"), _nowhere)},
    }, mention=True)


def about_document(document: Document, header: dict[str, list[Element]], line: int) -> Record:
    """The document itself: its type, its time, what it replaces. Its text stays in the raw file."""
    kind, title = (next(iter(header.get(name, ())), None) for name in ("code", "title"))
    parents = [
        (one.get("typeCode"), found[0])
        for one in header.get("relatedDocument", ())
        if (found := identifiers(one.all("parentDocument/id")))
    ]
    return document.record("DocumentReference", document.id_parts or (document.patient, document.time), line, {
        "status": "current", "type": concept(kind, _nowhere), "subject": document.subject(), "date": document.time,
        "description": title.text() if title is not None else "",
        "relatesTo": [
            {"code": _REPLACES[code], "target": reference("DocumentReference", key_of("DocumentReference", *parent))}
            for code, parent in parents if code in _REPLACES
        ],
    })
