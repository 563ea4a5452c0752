"""What the claims of an 837 and the payments of an 835 say, as FHIR: whose, when, what for, what was charged and paid.

Segments and qualifiers: ASC X12 005010X222A2, 005010X223A3 (837) and 005010X221A1 (835), and 004010 of the same.
"""

import re
from typing import Any

from dujiang.collect.readers.items import Record
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import key_of, number, patient_key, record, reference
from dujiang.collect.readers.x12.segments import Segment

CODES = {"HC": "http://www.ama-assn.org/go/cpt", "N4": "http://hl7.org/fhir/sid/ndc", "NU": "https://www.nubc.org/CodeSystem/RevenueCodes"}
_DIAGNOSES = {
    "ABK": "icd-10-cm", "ABF": "icd-10-cm", "ABJ": "icd-10-cm", "APR": "icd-10-cm", "ABN": "icd-10-cm", "BK": "icd-9-cm", "BF": "icd-9-cm", "BJ": "icd-9-cm",
    "PR": "icd-9-cm", "BN": "icd-9-cm",
}
_DAY = re.compile(r"(\d{8})(?:-(\d{8}))?")
_GENDERS = {"M": "male", "F": "female", "U": "unknown"}
CATEGORIES = "http://terminology.hl7.org/CodeSystem/adjudication"
Money = dict[str, Any]


def money(text: str) -> Money | None:
    """An amount in US dollars, in which X12 states what names no currency."""
    digits = number(text)
    return {"value": digits, "currency": "USD"} if digits is not None else None


def days(segment: Segment, place: int) -> tuple[str, str]:
    """First and last day of a DTP or DTM element."""
    found = _DAY.fullmatch(segment.get(place))
    return (moment(found[1]), moment(found[2] or found[1])) if found else ("", "")


def code(segment: Segment, place: int) -> dict[str, Any] | None:
    """A composite of qualifier, code and modifiers."""
    parts = segment.parts(place)
    if len(parts) < 2 or not parts[1]:
        return None
    return {"coding": [{"system": CODES.get(parts[0], ""), "code": parts[1]}]}


def patient(name: Segment, born: Segment | None, subscriber: str) -> Record | None:
    """The patient of an NM1 (IL, QC) with its DMG; None without a number of its own or of the subscriber it is insured through.

    A family often shares one member number, and two payers may give out one alike: number and name together are the key.
    """
    value = name.get(9) or subscriber
    if not value:
        return None
    family, given = name.get(3), [one for one in (name.get(4), name.get(5)) if one]
    birth = moment(born.get(2)) if born is not None and born.get(1) == "D8" else ""
    key = patient_key("x12", "\x1f".join((value, family.upper(), *(one.upper() for one in given[:1]))))
    return record("Patient", key, name.number, {
        "identifier": [{"value": value}], "name": [{"family": family, "given": given}],
        "gender": _GENDERS.get(born.get(3), "") if born is not None else "", "birthDate": birth,
    }, mention=True)


class Bill:
    """A claim or a payment as its segments come in: `kind` is the FHIR resource it becomes."""

    def __init__(self, kind: str, opening: Segment, payer: str, provider: str) -> None:
        self.kind, self.line, self.payer, self.provider = kind, opening.number, payer, provider
        self.number, self.patient, self.status = opening.get(1), "", opening.get(2)
        self.start = self.end = ""
        paid = kind == "ExplanationOfBenefit"
        self.charged, self.paid, self.owed = opening.get(3 if paid else 2), opening.get(4) if paid else "", opening.get(5) if paid else ""
        self.diagnoses: list[dict[str, Any]] = []
        self.items: list[dict[str, Any]] = []

    def diagnose(self, segment: Segment) -> None:
        """HI: diagnoses; other kinds of information share the segment and are passed over."""
        for place in range(1, len(segment.elements) + 1):
            qualifier, *rest = segment.parts(place)
            if qualifier in _DIAGNOSES and rest and rest[0] and not qualifier.endswith("PR"):
                coding = {"system": "http://hl7.org/fhir/sid/" + _DIAGNOSES[qualifier], "code": rest[0]}
                self.diagnoses.append({"sequence": len(self.diagnoses) + 1, "diagnosisCodeableConcept": {"coding": [coding]}})

    def serve(self, segment: Segment) -> None:
        """A service line: SV1 (professional), SV2 (institutional) or SVC (paid)."""
        institutional, paid = segment.name == "SV2", segment.name == "SVC"
        at = 2 if institutional else 1
        revenue = segment.get(4) if paid else segment.get(1) if institutional else ""
        item: dict[str, Any] = {
            "sequence": len(self.items) + 1, "productOrService": code(segment, at) or {"coding": [{"system": CODES["NU"], "code": revenue}] if revenue else []},
            "revenue": {"coding": [{"system": CODES["NU"], "code": revenue}]} if revenue else None, "net": money(segment.get(at + 1)),
        }
        if paid:
            item["adjudication"] = _adjudicated(("submitted", segment.get(2)), ("benefit", segment.get(3)))
        self.items.append(item)

    def dated(self, first: str, last: str, *, of_line: bool) -> None:
        """A date of service, of the last line or of the whole."""
        if of_line and self.items and first:
            self.items[-1]["servicedPeriod"] = {"start": first, "end": last}
        self.start = min(self.start or first, first or self.start)
        self.end = max(self.end, last)

    def record(self) -> Record:
        """The resource. Its key: who pays or bills, the claim's number, whose it is; of a payment also what became of the claim."""
        paid = self.kind == "ExplanationOfBenefit"
        key = key_of(self.kind, self.payer if paid else self.provider, self.number, self.patient, self.status if paid else "")
        return record(self.kind, key, self.line, {
            "status": "cancelled" if paid and self.status == "22" else "active", "use": "claim",
            "patient": reference("Patient", self.patient), "identifier": [{"value": self.number}],
            "billablePeriod": {"start": self.start, "end": self.end}, "created": self.end, "insurer": {"display": self.payer},
            "diagnosis": self.diagnoses, "item": self.items, "outcome": "complete" if paid else "",
            "payment": {"amount": money(self.paid)} if paid else None,
            "total": [
                {"category": one["category"], "amount": one["amount"]}
                for one in _adjudicated(("submitted", self.charged), *((("benefit", self.paid), ("copay", self.owed)) if paid else ()))
            ] if paid else money(self.charged),
        })


def _adjudicated(*amounts: tuple[str, str]) -> list[dict[str, Any]]:
    found = ((name, money(text)) for name, text in amounts)
    return [{"category": {"coding": [{"system": CATEGORIES, "code": name}]}, "amount": amount} for name, amount in found if amount]
