"""PID becomes Patient; MRG says which patient another one is: both are kept, linked, and nobody's records are moved here."""

from collections.abc import Iterator
from typing import Any

from dujiang.collect.readers.hl7v2.parts import Segment
from dujiang.collect.readers.hl7v2.values import Components, address, authority, coded, every_coded, identifier, person_name, telephone
from dujiang.collect.readers.hl7v2.walk import Walk
from dujiang.collect.readers.items import Record
from dujiang.collect.readers.times import day_of
from dujiang.collect.readers.writing import patient_key, record, reference

# Which identifier a patient goes by: the hospital's own number before a person's number elsewhere, that before a visit's.
_RANK = {"MR": 0, "MRN": 0, "PI": 1, "PT": 1, "": 2, "SS": 4, "NI": 4, "NNCHN": 4, "SB": 4, "PPN": 4, "DL": 4, "AN": 5, "VN": 5, "ANON": 6}
_SEXES = {
    "M": "male", "F": "female", "O": "other", "A": "other", "N": "other", "U": "unknown", "男": "male", "女": "female",
    "男性": "male", "女性": "female", "1": "male", "2": "female", "0": "unknown", "9": "unknown", "MALE": "male", "FEMALE": "female",
}
_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
_ETHNICITY = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"
_CDC = "urn:oid:2.16.840.1.113883.6.238"
# Events by which the patient of MRG-1 turns out to be the one in PID (HL7 v2.8.2, 3.3.18, .30, .34, .36, .39, .40, .47).
MERGES = frozenset({"A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"})


def read_patient(walk: Walk, segment: Segment) -> Iterator[Record]:
    """The patient. Where a message is not about the patient, or knows no birth date, it only mentions them."""
    fields = _demographics(walk, segment)
    key = _key(walk, segment, (3, 2, 4))
    walk.enter(key)
    yield record("Patient", key, segment.line, fields, mention=not (walk.message.type == "ADT" and fields["birthDate"]))


def read_merge(walk: Walk, merge: Segment, patient: Segment | None) -> Iterator[Record]:
    """For an event that merges, the old patient as replaced, and a Linkage that says so even if nothing else is known."""
    if walk.message.event not in MERGES or patient is None or not walk.patient:
        return
    old = _key(walk, merge, (1, 4))
    if old == walk.patient or not merge.all(1) + merge.all(4):
        return
    survivor = reference("Patient", walk.patient)
    yield walk.record("Linkage", (old,), merge.line, {
        "active": True, "author": None,
        "item": [{"type": "source", "resource": survivor}, {"type": "alternate", "resource": reference("Patient", old)}],
    })
    fields = _demographics(walk, patient) | {
        "active": False, "identifier": _identifiers(merge, ((1, ""), (4, ""))), "link": [{"other": survivor, "type": "replaced-by"}],
    }
    yield record("Patient", old, merge.line, fields, mention=not fields["birthDate"])


def _demographics(walk: Walk, segment: Segment) -> dict[str, Any]:
    """Everything PID says of a person that is asked for later."""
    died, sex = walk.time(segment, 29), segment.text(8).upper()
    return {
        "active": False if walk.message.event == "A29" else None,
        "identifier": _identifiers(segment, ((3, ""), (2, ""), (4, ""), (19, "SS"), (20, "DL"))),
        "name": [found for one in segment.all(5) if (found := person_name(segment, one))],
        "gender": _SEXES.get(sex, "unknown" if sex else ""),
        "birthDate": day_of(walk.time(segment, 7)),
        "deceasedDateTime": died,
        "deceasedBoolean": True if not died and segment.text(30) == "Y" else None,
        "address": [address(segment, one) for one in segment.all(11)],
        "telecom": [found for field, use in ((13, "home"), (14, "work")) for one in segment.all(field) if (found := telephone(segment, one, use))],
        "maritalStatus": coded(segment, 16),
        "extension": [found for url, field in ((_RACE, 10), (_ETHNICITY, 22)) if (found := _descent(url, segment, field))],
    }


def _descent(url: str, segment: Segment, field: int) -> dict[str, Any] | None:
    """Race or ethnicity where it is coded in the CDC's system."""
    codings = [coding for one in every_coded(segment, field) for coding in one["coding"] if coding["system"] == _CDC]
    return {"url": url, "extension": [{"url": "ombCategory", "valueCoding": coding} for coding in codings]} if codings else None


def _identifiers(segment: Segment, fields: tuple[tuple[int, str], ...]) -> list[dict[str, Any]]:
    """Every identifier once; the type is the field's own where the value names none."""
    found = [one for field, type in fields for components in segment.all(field) if (one := identifier(segment, components, type))]
    return list({one["value"]: one for one in reversed(found)}.values())[::-1]


def _key(walk: Walk, segment: Segment, fields: tuple[int, ...]) -> str:
    """By the first field with an identifier, its best; without any, by the message, so that nobody is taken for somebody else."""
    for field in fields:
        usable = [one for one in segment.all(field) if segment.of(one, 1)]
        if usable:
            best = min(usable, key=lambda one: _rank(segment, one))
            return patient_key(authority(segment, best) or authority(segment, best, 6) or walk.facility, segment.of(best, 1))
    return patient_key("", walk.digest() + walk.nth("patient"))


def _rank(segment: Segment, components: Components) -> int:
    return _RANK.get(segment.of(components, 5).upper(), 3)
