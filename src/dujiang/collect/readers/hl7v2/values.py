"""HL7 v2's composite values as FHIR's: concepts, quantities, ranges, identifiers, names, addresses, telephone numbers."""

import re
from functools import lru_cache
from typing import Any

from dujiang.collect.readers.hl7v2.parts import Marks, Segment
from dujiang.collect.readers.writing import number

Components = list[str]

# HL7 table 0396 to the address of the system; anything else stays as the sender wrote it, and is the source's own.
_SYSTEMS = {
    "LN": "http://loinc.org", "LOINC": "http://loinc.org", "LNC": "http://loinc.org",
    "SCT": "http://snomed.info/sct", "SNOMED": "http://snomed.info/sct", "SNOMEDCT": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10", "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm", "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10P": "http://hl7.org/fhir/sid/icd-10-pcs", "ICD10PCS": "http://hl7.org/fhir/sid/icd-10-pcs",
    "I9": "http://hl7.org/fhir/sid/icd-9", "I9C": "http://hl7.org/fhir/sid/icd-9-cm", "I9CDX": "http://hl7.org/fhir/sid/icd-9-cm",
    "ICD10CN": "http://hl7.org/fhir/sid/icd-10-cn",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm", "NDC": "http://hl7.org/fhir/sid/ndc", "CVX": "http://hl7.org/fhir/sid/cvx",
    "MVX": "http://hl7.org/fhir/sid/mvx", "ATC": "http://www.whocc.no/atc", "WC": "http://www.whocc.no/atc",
    "C4": "http://www.ama-assn.org/go/cpt", "CPT": "http://www.ama-assn.org/go/cpt", "UCUM": "http://unitsofmeasure.org",
    "CDCREC": "urn:oid:2.16.840.1.113883.6.238", "HL70005": "urn:oid:2.16.840.1.113883.6.238", "HL70189": "urn:oid:2.16.840.1.113883.6.238",
}
_SHORT = 200  # characters of a concept that is remembered
_NUMBER = r"[+-]?\d{1,30}(?:\.\d{1,30})?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:--?|–|—|~|～|\^|to|至|\.\.)\s*({_NUMBER})\s*(?:[^\d\s.~–—-].*)?", re.ASCII | re.IGNORECASE)
_BOUND = re.compile(rf"\s*(<=|>=|<|>|≤|≥|＜|＞)\s*({_NUMBER})\s*(?:[^\d\s.,].*)?", re.ASCII)
_COMPARED = re.compile(rf"\s*(<=|>=|<|>|≤|≥|＜|＞)\s*({_NUMBER})\s*", re.ASCII)
_SIGNS = {"≤": "<=", "≥": ">=", "＜": "<", "＞": ">"}
_HAN_NAME = re.compile(r"[㐀-鿿豈-﫿𠀀-𲎯·]{2,}")
_CN_ID = re.compile(r"\d{17}[\dXx]", re.ASCII)
_TYPES = {"MRN": "MR", "SSN": "SS", "PASSPORT": "PPN"}
_CN_ID_TYPES = frozenset({"NI", "NNCHN", "CNID", "IDCARD", "SFZ", "身份证", "身份证号", "居民身份证"})


@lru_cache(1000)
def system(name: str) -> str:
    """The address of a coding system by its name in HL7; the name itself when it is not known."""
    plain = name.upper().replace("-", "").replace(" ", "")
    return _SYSTEMS.get(plain) or (f"http://terminology.hl7.org/CodeSystem/v2-{plain[3:]}" if re.fullmatch(r"HL7\d{4}", plain) else name)


def concept(segment: Segment, components: Components) -> dict[str, Any] | None:
    """CWE, CE, CNE, IS, ID: both codings it has, and its text (original text, else the first that has one). Not to be changed."""
    if len(components) < 10 and sum(map(len, components)) < _SHORT:
        return _known(tuple(components), segment.marks, segment.charset)
    return _concept(segment, components)


@lru_cache(4000)
def _known(components: tuple[str, ...], marks: Marks, charset: str) -> dict[str, Any] | None:
    """A hospital's messages name the same few thousand concepts again and again."""
    return _concept(Segment("", 0, marks, charset), list(components))


def _concept(segment: Segment, components: Components) -> dict[str, Any] | None:
    get = [segment.of(components, n) for n in range(1, min(len(components), 9) + 1)] + [""] * (9 - len(components))
    coding = [
        {"system": system(name), "code": code, "display": display}
        for code, display, name in (get[0:3], get[3:6])
        if code
    ]
    text = get[8] or get[1] or get[4]
    return {"coding": coding, "text": text} if coding or text else None


def coded(segment: Segment, field: int) -> dict[str, Any] | None:
    """The first repetition of a field as a concept."""
    components = segment.first(field)
    return concept(segment, components) if components else None


def every_coded(segment: Segment, field: int) -> list[dict[str, Any]]:
    """Every repetition of a field as a concept."""
    return [found for one in segment.all(field) if (found := concept(segment, one))]


def names(value: dict[str, Any] | None) -> str:
    """What identifies a concept in a key: its first code with the system, else its text; empty when it has neither."""
    if not value:
        return ""
    coding = value["coding"]
    return f"{coding[0]['code']}^{coding[0]['system']}" if coding else str(value["text"])


def unit(segment: Segment, field: int) -> dict[str, str]:
    """A unit as written; with its system and code where the system is UCUM."""
    code, text, name = (segment.text(field, n) for n in (1, 2, 3))
    ucum = system(name) == _SYSTEMS["UCUM"]
    return {"unit": text if text and ucum else code or text, "system": _SYSTEMS["UCUM"] if ucum else "", "code": code if ucum else ""}


def quantity(text: str, measured_in: dict[str, str]) -> dict[str, Any] | None:
    """A number, or one with `<`, `>`, `<=`, `>=` before it; None for anything else."""
    value, sign = number(text), ""
    if value is None and (compared := _COMPARED.fullmatch(text)):
        value, sign = number(compared[2]), _SIGNS.get(compared[1], compared[1])
    return {"value": value, "comparator": sign, **measured_in} if value is not None else None


def limits(text: str, measured_in: dict[str, str]) -> dict[str, Any] | None:
    """A reference range: its text as written, and its limits where it is one of numbers."""
    if not text:
        return None
    span, bound = _RANGE.fullmatch(text), _BOUND.fullmatch(text)
    low = number(span[1]) if span else number(bound[2]) if bound and _SIGNS.get(bound[1], bound[1]).startswith(">") else None
    high = number(span[2]) if span else number(bound[2]) if bound and low is None else None
    return {
        "low": {"value": low, **measured_in} if low else None, "high": {"value": high, **measured_in} if high else None, "text": text,
    }


def authority(segment: Segment, components: Components, place: int = 4) -> str:
    """A namespace: its universal id, else its name; of an identifier that names none, its assigning facility."""
    return segment.part(components, place, 2) or segment.part(components, place, 1)


def entity(segment: Segment, field: int) -> tuple[str, str]:
    """An entity identifier (EI) as (value, authority); two empty texts when it has no value."""
    components = segment.first(field)
    value = segment.of(components, 1)
    return (value, segment.of(components, 3) or segment.of(components, 2)) if value else ("", "")


def identifier(segment: Segment, components: Components, fallback: str = "") -> dict[str, Any] | None:
    """CX: value, system where its authority has an OID, type; a number of the form of a Chinese resident's counts as one."""
    value = segment.of(components, 1)
    if not value:
        return None
    universal, scheme = segment.part(components, 4, 2), segment.part(components, 4, 3)
    type = (segment.of(components, 5) or fallback).upper()
    type = _TYPES.get(type.replace(" ", ""), type)
    if _CN_ID.fullmatch(value) and type in _CN_ID_TYPES | {"", "SS"}:
        type = "NNCHN"
    return {
        "system": f"urn:oid:{universal}" if scheme == "ISO" and re.fullmatch(r"\d+(\.\d+)+", universal) else "",
        "value": value,
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": type}]} if type else None,
        "assigner": {"display": segment.part(components, 4, 1) or segment.of(components, 6)},
    }


_NAME_USES = {"L": "official", "D": "usual", "C": "usual", "CURRENT": "official", "M": "maiden", "N": "nickname", "A": "nickname", "T": "temp"}


def person_name(segment: Segment, components: Components) -> dict[str, Any] | None:
    """XPN. A Chinese name that stands whole in the place of the family name is a text."""
    family = segment.part(components, 1, 1)
    given = [one for n in (2, 3) if (one := segment.of(components, n))]
    whole = bool(_HAN_NAME.fullmatch(family)) and not given
    if not family and not given:
        return None
    return {
        "use": _NAME_USES.get(segment.of(components, 7), ""),
        "text": family if whole else "", "family": "" if whole else family, "given": given,
        "prefix": [segment.of(components, 5)], "suffix": [segment.of(components, 4)],
    }


_ADDRESS_USES = {"H": "home", "HOME": "home", "P": "home", "L": "home", "B": "work", "O": "work", "BA": "old", "C": "temp"}


def address(segment: Segment, components: Components) -> dict[str, Any]:
    """XAD."""
    street = " ".join(part for n in (1, 2, 3) if (part := segment.part(components, 1, n)))
    return {
        "use": _ADDRESS_USES.get(segment.of(components, 7), ""),
        "line": [street, segment.of(components, 2)],
        "city": segment.of(components, 3), "state": segment.of(components, 4), "postalCode": segment.of(components, 5),
        "country": segment.of(components, 6), "district": segment.part(components, 9, 1),
    }


def telephone(segment: Segment, components: Components, use: str) -> dict[str, Any] | None:
    """XTN: a number, whether as one text or in parts, or an e-mail address."""
    mail = segment.of(components, 4)
    if "@" in mail:
        return {"system": "email", "value": mail, "use": use}
    country, area, local = (segment.of(components, n) for n in (5, 6, 7))
    whole = segment.of(components, 1) or segment.of(components, 12) or "-".join(part for part in (country, area, local) if part)
    kind = {"FX": "fax", "BP": "pager"}.get(segment.of(components, 3), "phone")
    return {"system": kind, "value": whole, "use": "mobile" if segment.of(components, 3) == "CP" else use} if whole else None
