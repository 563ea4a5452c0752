"""The kinds of dirt of a FHIR export, R4 and STU3 alike."""

from datetime import datetime, timedelta

from dujiang_synth.codes import HEIGHT, SYSTOLIC
from dujiang_synth.dice import uuid_of
from dujiang_synth.dirt import Kind, Scene, anything, full_width, spaced, unchanged
from dujiang_synth.identity import spoil_check
from dujiang_synth.sheets import Content, Record, encode

LOCAL_SYSTEM = "urn:dujiang-synth:local-lab-codes"


def code_of(record: Record) -> str:
    """The first code of a record."""
    return str(record["code"]["coding"][0]["code"])


def quantities(record: Record, code: str) -> list[Record]:
    """The quantities of an observation or its components that carry a LOINC code."""
    parts = [record, *record.get("component", ())]
    return [part["valueQuantity"] for part in parts if "valueQuantity" in part and code_of(part) == code]


def is_laboratory(record: Record) -> bool:
    """Suits a laboratory value."""
    return bool(record["category"][0]["coding"][0]["code"] == "laboratory")


def numbers_of(record: Record) -> list[Record]:
    """The identity numbers of a patient."""
    return [each for each in record["identifier"] if each["type"]["coding"][0]["code"] == "NI"]


def renamed(record: Record, scene: Scene) -> Record:
    """The copy under an id of its own."""
    return {**record, "id": uuid_of(scene.dice)} if "id" in record else record


def cut(record: Record, scene: Scene) -> Content:
    """Half a line: no JSON any more."""
    text = encode(record)
    return text[: len(text) // 2]


def unknown_type(record: Record, scene: Scene) -> Content:
    """A type that FHIR does not have."""
    return {**renamed(record, scene), "resourceType": "WardNote"}


def dangle(record: Record, scene: Scene) -> Content:
    """The observation of a patient who is not in the export."""
    absent = uuid_of(scene.dice)
    old = record["subject"]["reference"]
    subject = {"reference": f"urn:uuid:{absent}" if old.startswith("urn:uuid:") else f"Patient/{absent}"}
    kept = {key: value for key, value in record.items() if key not in ("encounter", "context")}
    return {**renamed(kept, scene), "subject": subject}


def too_high(record: Record, scene: Scene) -> Content:
    """A systolic pressure with a zero too many."""
    quantities(record, SYSTOLIC.code)[0]["value"] = 1200
    return record


def metres(record: Record, scene: Scene) -> Content:
    """A height in centimetres that says it is in metres."""
    record["valueQuantity"].update(unit="m", code="m")
    return record


def without_unit(record: Record, scene: Scene) -> Content:
    """A bare number."""
    return {**record, "valueQuantity": {"value": record["valueQuantity"]["value"]}}


def in_future(record: Record, scene: Scene) -> Content:
    """An observation of the year 2099."""
    return {**record, "effectiveDateTime": "2099-03-01T09:00:00+08:00"}


def born_late(record: Record, scene: Scene) -> Content:
    """A birth date after everything that happened to the person."""
    return {**record, "birthDate": "2025-06-01"}


def wrong_check(record: Record, scene: Scene) -> Content:
    """An identity number whose check character is wrong."""
    number = numbers_of(record)[0]
    number["value"] = spoil_check(number["value"])
    return record


def other_sex(record: Record, scene: Scene) -> Content:
    """A sex that the identity number contradicts."""
    return {**record, "gender": "male" if record["gender"] == "female" else "female"}


def local_code(record: Record, scene: Scene) -> Content:
    """A laboratory value under the hospital's own code only."""
    coding = {"system": LOCAL_SYSTEM, "code": f"JY{scene.dice.randint(1000, 9999)}", "display": "院内检验项目"}
    return {**record, "code": {"coding": [coding], "text": "院内检验项目"}}


def wide_phone(record: Record, scene: Scene) -> Content:
    """A phone number in full-width digits."""
    record["telecom"][0]["value"] = full_width(record["telecom"][0]["value"])
    return record


def spaced_name(record: Record, scene: Scene) -> Content:
    """A name with spaces in it."""
    record["name"][0]["text"] = spaced(record["name"][0]["text"])
    return record


def backwards(record: Record, scene: Scene) -> Content:
    """An encounter that ends the day before it starts."""
    start = datetime.fromisoformat(record["period"]["start"])
    record["period"]["end"] = (start - timedelta(days=1)).isoformat()
    return record


def after_death(record: Record, scene: Scene) -> Content:
    """An observation thirty days after the person died."""
    day = scene.died + timedelta(days=30)
    return {**renamed(record, scene), "effectiveDateTime": f"{day.isoformat()}T10:00:00+08:00"}


def has_number(record: Record) -> bool:
    """Suits a patient whose identity number the registry knows."""
    return bool(numbers_of(record))


KINDS: tuple[Kind, ...] = (
    Kind("birth_after_event", "Patient", lambda r: r["birthDate"] < "2010", born_late),
    Kind("identity_check_wrong", "Patient", has_number, wrong_check),
    Kind("sex_contradicts_identity", "Patient", has_number, other_sex),
    Kind("full_width_phone", "Patient", lambda r: "telecom" in r, wide_phone),
    Kind("name_with_spaces", "Patient", lambda r: not r["name"][0]["text"].isascii(), spaced_name),
    Kind("encounter_ends_before_start", "Encounter", anything, backwards),
    Kind("event_after_death", "Observation", anything, after_death, added=True, of_the_dead=True),
    Kind("value_out_of_range", "Observation", lambda r: bool(quantities(r, SYSTOLIC.code)), too_high),
    Kind("wrong_unit", "Observation", lambda r: code_of(r) == HEIGHT.code, metres),
    Kind("unit_missing", "Observation", is_laboratory, without_unit),
    Kind("unmapped_local_code", "Observation", is_laboratory, local_code),
    Kind("date_in_future", "Observation", anything, in_future),
    Kind("dangling_reference", "Observation", anything, dangle, added=True),
    Kind("duplicated_line", "Observation", anything, unchanged, added=True),
    Kind("unknown_resource_type", "Observation", anything, unknown_type, added=True),
    Kind("broken_line", "Observation", anything, cut, added=True),
)
