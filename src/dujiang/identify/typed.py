"""A visit as a village clinic types it: checked in plain words against itself and against the identity number, then written as FHIR R4 resources.

Bounds of measurements are those of living people, wide enough for the very ill; what lies outside is a slip of the pen.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from dujiang.errors import Malformed
from dujiang.identify.numbers import RESIDENT, born_of, read_number
from dujiang.words import Saying, Word, is_day

HL7 = "http://terminology.hl7.org/CodeSystem"
RESIDENT_URI = "urn:oid:2.16.156.10011.1.3"  # the resident number in Chinese health standards
LONGEST = 200  # characters of a line
MOST_LINES = 20
OLDEST = "1880-01-01"
_ICD = re.compile(r"([A-Z][0-9]{2}(?:\.[0-9A-Z]{1,4})?)[ 　,，:：]+(.+)")
_CLASSES = {"out-patient": "AMB", "emergency": "EMER", "home": "HH", "in-patient": "IMP"}


class TypedPerson(Word, frozen=True):
    """Who came. `number` is the clinic's own; the same number is the same patient."""

    number: str
    full_name: str
    sex: Literal["female", "male"]
    born: str
    id_number: str = ""
    phone: str = ""
    address: str = ""


class Readings(Word, frozen=True):
    """What was measured, in the units that the labels name."""

    systolic: float | None = None
    diastolic: float | None = None
    pulse: float | None = None
    temperature: float | None = None
    glucose: float | None = None
    body_weight: float | None = None
    body_height: float | None = None


class TypedVisit(Word, frozen=True):
    """One visit. A diagnosis is a line of words, or a code of ICD-10 and words; a medicine a line."""

    source: str
    person: TypedPerson
    visited: str
    visit_kind: Literal["out-patient", "emergency", "home", "in-patient"] = "out-patient"
    diagnoses: tuple[str, ...] = ()
    readings: Readings = Readings()
    medicines: tuple[str, ...] = ()


class Measure(NamedTuple):
    """A measurement: its LOINC code and name, unit, and the least and most of a living person."""

    code: str
    name: Saying
    unit: str
    low: float
    high: float


MEASURES: dict[str, Measure] = {
    "systolic": Measure("8480-6", Saying(en="Systolic blood pressure", zh="收缩压"), "mm[Hg]", 40, 320),
    "diastolic": Measure("8462-4", Saying(en="Diastolic blood pressure", zh="舒张压"), "mm[Hg]", 20, 220),
    "pulse": Measure("8867-4", Saying(en="Heart rate", zh="心率"), "/min", 15, 320),
    "temperature": Measure("8310-5", Saying(en="Body temperature", zh="体温"), "Cel", 25, 45),
    "glucose": Measure("15074-8", Saying(en="Glucose in blood", zh="血糖"), "mmol/L", 0.5, 80),
    "body_weight": Measure("29463-7", Saying(en="Body weight", zh="体重"), "kg", 0.3, 400),
    "body_height": Measure("8302-2", Saying(en="Body height", zh="身高"), "cm", 20, 260),
}


def check(visit: TypedVisit, today: str) -> None:
    """Malformed with every fault in one message, in plain words and without a value."""
    faults = [*_of_person(visit.person, today), *_of_visit(visit, today), *_of_readings(visit.readings)]
    if faults:
        raise Malformed("typed.check", " ".join(f.en for f in faults), "".join(f.zh for f in faults))


def _of_person(person: TypedPerson, today: str) -> Iterator[Saying]:
    if not person.number.strip() or not person.full_name.strip():
        yield Saying(en="The patient number and the name are needed.", zh="请填写患者编号与姓名。")
    if not is_day(person.born) or not OLDEST <= person.born <= today:
        yield Saying(en="The date of birth is not a date of the calendar, or lies in the future.", zh="出生日期不存在或晚于今天。")
    number = read_number(person.id_number)
    if number is None:
        return
    if number.system != RESIDENT or not number.valid:
        yield Saying(en="The identity number is mistyped: its last character does not fit the others. Compare it with the card.",
                     zh="身份证号有误：末位校验码不符，请对照证件核对。")
    elif born_of(number) != person.born:
        yield Saying(en="The date of birth differs from the one in the identity number.", zh="出生日期与身份证号所示不一致。")
    elif (int(number.value[16]) % 2 == 1) != (person.sex == "male"):
        yield Saying(en="The sex differs from the one that the identity number tells.", zh="性别与身份证号所示不一致。")


def _of_visit(visit: TypedVisit, today: str) -> Iterator[Saying]:
    if not is_day(visit.visited) or visit.visited > today:
        yield Saying(en="The day of the visit is not a date of the calendar, or lies in the future.", zh="就诊日期不存在或晚于今天。")
    elif is_day(visit.person.born) and visit.visited < visit.person.born:
        yield Saying(en="The visit lies before the birth.", zh="就诊日期早于出生日期。")
    lines = (*visit.diagnoses, *visit.medicines)
    if max(len(visit.diagnoses), len(visit.medicines)) > MOST_LINES or any(len(line) > LONGEST for line in lines):
        yield Saying(en=f"At most {MOST_LINES} lines of {LONGEST} characters each.", zh=f"最多 {MOST_LINES} 行，每行不超过 {LONGEST} 字。")


def _of_readings(readings: Readings) -> Iterator[Saying]:
    for name, measure in MEASURES.items():
        value = getattr(readings, name)
        if value is not None and not measure.low <= value <= measure.high:
            yield Saying(en=f"{measure.name.en}: no living person has that; {measure.low:g} to {measure.high:g} {measure.unit} is possible.",
                         zh=f"{measure.name.zh}超出可能范围（{measure.low:g}～{measure.high:g} {measure.unit}）。")
    if readings.systolic is not None and readings.diastolic is not None and readings.diastolic >= readings.systolic:
        yield Saying(en="The lower blood pressure is not below the upper one.", zh="舒张压应低于收缩压。")


def resources(visit: TypedVisit) -> list[dict[str, Any]]:
    """The visit as FHIR R4; the ids follow from what was typed, so the same form again is the same records."""
    patient = f"typed-{_mark(visit.source, visit.person.number.strip())}"
    own = f"typed-{_mark(msgspec.json.encode(visit, order='deterministic').decode())}"
    about = {"subject": {"reference": f"Patient/{patient}"}}
    meets = {"encounter": {"reference": f"Encounter/{own}"}}
    found: list[dict[str, Any]] = [_patient(patient, visit.person), {
        "resourceType": "Encounter", "id": own, "status": "finished", "class": {"system": f"{HL7}/v3-ActCode", "code": _CLASSES[visit.visit_kind]},
        **about, "period": {"start": visit.visited, "end": visit.visited},
    }]
    for n, line in enumerate(_lines(visit.diagnoses), 1):
        found.append({"resourceType": "Condition", "id": f"{own}-d{n}", "verificationStatus": {"coding": [{"system": f"{HL7}/condition-ver-status", "code": "confirmed"}]},
                      "code": _diagnosis(line), **about, **meets, "onsetDateTime": visit.visited, "recordedDate": visit.visited})
    for name, measure in MEASURES.items():
        if (value := getattr(visit.readings, name)) is not None:
            coding = {"system": "http://loinc.org", "code": measure.code, "display": measure.name.en}
            found.append({"resourceType": "Observation", "id": f"{own}-{name}", "status": "final", "code": {"coding": [coding], "text": measure.name.zh}, **about, **meets,
                          "effectiveDateTime": visit.visited,
                          "valueQuantity": {"value": value, "unit": measure.unit, "code": measure.unit, "system": "http://unitsofmeasure.org"}})
    for n, line in enumerate(_lines(visit.medicines), 1):
        found.append({"resourceType": "MedicationStatement", "id": f"{own}-m{n}", "status": "active", "medicationCodeableConcept": {"text": line}, **about,
                      "context": meets["encounter"], "effectiveDateTime": visit.visited})
    return found


def _patient(id: str, person: TypedPerson) -> dict[str, Any]:
    numbers = [{"type": {"coding": [{"system": f"{HL7}/v2-0203", "code": "MR"}]}, "value": person.number.strip()}]
    if number := read_number(person.id_number):
        numbers.append({"system": RESIDENT_URI, "value": number.value})
    body: dict[str, Any] = {"resourceType": "Patient", "id": id, "identifier": numbers, "name": [{"use": "official", "text": person.full_name.strip()}],
                            "gender": person.sex, "birthDate": person.born}
    if person.phone.strip():
        body["telecom"] = [{"system": "phone", "value": person.phone.strip()}]
    return {**body, "address": [{"text": person.address.strip()}]} if person.address.strip() else body


def _diagnosis(line: str) -> dict[str, Any]:
    coded = _ICD.fullmatch(line)
    if coded is None:
        return {"text": line}
    return {"text": coded.group(2), "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": coded.group(1), "display": coded.group(2)}]}


def _lines(lines: tuple[str, ...]) -> Iterator[str]:
    return (line.strip() for line in lines if line.strip())


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
