"""Readings of a person's own devices as FHIR R4 Observations: the same device, moment and kind are the same reading, in every export again.

Whose it is, is said by the data or by the folder the file was delivered in; nothing is guessed. `1001/export.zip` is of the patient whose
record has the id 1001, `HIS^1001/export.zip` of the patient to whom the authority HIS gave the number 1001.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from dujiang.collect.readers.items import Record
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import key_of, number, patient_key, record, reference

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")  # what can be a FHIR id
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"


class Kind(NamedTuple):
    """What is measured: the maker's own code and, where one says the same, LOINC's."""

    system: str
    code: str
    loinc: str = ""

    def coding(self) -> list[dict[str, str]]:
        own = {"system": self.system, "code": self.code}
        return [{"system": LOINC, "code": self.loinc}, own] if self.loinc else [own]


class Reading(NamedTuple):
    """One reading of `device` (its identity, in parts); times as FHIR writes them; `value` a number's text, else `said` a code."""

    person: str
    device: tuple[str, ...]
    kind: Kind
    start: str
    end: str = ""
    value: str = ""
    unit: str = ""
    said: str = ""
    parts: tuple[tuple[Kind, str, str], ...] = ()  # kind, value, unit


def person_in(name: str) -> str:
    """The person a delivered file's folder names; empty when it lies in none."""
    folder, _, _ = name.replace("\\", "/").strip("/").rpartition("/")
    return folder.partition("/")[0]


def person_key(person: str) -> str:
    """The key of the patient that a device's owner is."""
    authority, mark, value = person.rpartition("^")
    return person if not mark and _ID.fullmatch(person) else patient_key(authority, value)


def wearer(person: str, line: int, **fields: Any) -> Record:
    """The person, when a device knows a birth date: a mention, which overrides nothing a hospital said. A lesser mention would hide this one."""
    value = person.rpartition("^")[2]
    return record("Patient", person_key(person), line, {"identifier": [{"value": value}], **fields}, mention=True)


def observed(reading: Reading, line: int) -> Record:
    """The reading as a record. Its key holds the instant, for a phone writes its times in whatever zone it is in."""
    when = (instant(reading.start), instant(reading.end or reading.start))
    key = key_of("Observation", person_key(reading.person), *reading.device, reading.kind.code, *when)
    spans = bool(reading.end) and reading.end != reading.start
    return record("Observation", key, line, {
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "activity"}]}],
        "code": {"coding": reading.kind.coding()},
        "subject": reference("Patient", person_key(reading.person)),
        "effectiveDateTime": "" if spans else reading.start,
        "effectivePeriod": {"start": reading.start, "end": reading.end} if spans else None,
        "valueQuantity": quantity(reading.value, reading.unit),
        "valueCodeableConcept": {"coding": [{"system": reading.kind.system, "code": reading.said}]} if reading.said else None,
        "device": {"identifier": {"value": key_of("Device", *reading.device)}},
        "component": [{"code": {"coding": kind.coding()}, "valueQuantity": quantity(value, unit)} for kind, value, unit in reading.parts],
    })


def quantity(value: str, unit: str) -> dict[str, Any] | None:
    """A FHIR Quantity in UCUM; None without a number."""
    digits = number(value)
    return {"value": digits, "unit": unit, "system": UCUM if unit else "", "code": unit} if digits is not None else None


def instant(time: str) -> str:
    """A time with an offset as its instant in UTC; any other as it is written."""
    try:
        read = datetime.fromisoformat(time)
    except ValueError:
        return time
    try:
        return read.astimezone(UTC).isoformat() if read.tzinfo else time
    except OverflowError:
        return time


def clock(text: str) -> str:
    """A device's time as FHIR's, empty when it is none or names a year no device has seen."""
    found = moment(text)
    return found if "1900" <= found[:4] <= "2200" else ""


def times_hundred(text: str) -> str:
    """A fraction's text as per cent, its digits kept; empty when it is no number."""
    try:
        return format(Decimal(text.strip()).scaleb(2), "f") if len(text) < 40 else ""
    except InvalidOperation:
        return ""
