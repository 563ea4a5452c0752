"""Dirt: every listed line is spoiled as the list says, every other line is as it would be without dirt."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from dujiang_synth.dirt import TRIES, Kind, Victims, anything, full_width, soil, spaced, unchanged
from dujiang_synth.identity import is_valid_identity_number, sex_of
from dujiang_synth.sheets import Sheet, render

COMMON = {
    *("birth_after_event", "identity_check_wrong", "sex_contradicts_identity", "name_with_spaces"),
    *("encounter_ends_before_start", "event_after_death", "value_out_of_range", "wrong_unit", "unit_missing"),
    *("unmapped_local_code", "date_in_future", "dangling_reference", "duplicated_line"),
}
KINDS = {
    "hospital-a": COMMON | {"full_width_phone", "unknown_resource_type", "broken_line"},
    "hospital-b": COMMON | {"full_width_phone", "unknown_resource_type", "broken_line"},
    "hospital-c": COMMON | {"quoted_newline", "too_few_columns", "column_order"},
}
EVERY = [(hospital, kind) for hospital, kinds in KINDS.items() for kind in sorted(kinds)]


def line_at(world: Any, item: dict[str, Any]) -> str:
    """The text of the listed line."""
    lines: list[str] = world.text(item["hospital"], item["file"]).split("\n")
    return lines[item["line"] - 1]


def record_at(world: Any, item: dict[str, Any]) -> Any:
    """The record on the listed line, for a FHIR line as a resource and for a CSV line as a dict."""
    if not item["file"].endswith(".csv"):
        return json.loads(line_at(world, item))
    return next(r.body for r in world.records(item["hospital"], item["file"][:-4]) if r.line == item["line"])


def national_number(record: Any) -> str:
    """The identity number of a patient in either form."""
    if "SSN" in record:
        return str(record["SSN"])
    return next(str(e["value"]) for e in record["identifier"] if e["type"]["coding"][0]["code"] == "NI")


def sex(record: Any) -> str:
    """The sex of a patient in either form."""
    return str(record.get("gender") or {"M": "male", "F": "female"}[record["GENDER"]])


def quantity(record: Any) -> tuple[str, Any, str]:
    """Code, value and unit of an observation in either form; the first component of a panel."""
    if "CODE" in record:
        return record["CODE"], float(record["VALUE"]), record["UNITS"]
    part = record.get("component", [record])[0]
    return part["code"]["coding"][0]["code"], part["valueQuantity"]["value"], part["valueQuantity"].get("unit", "")


def when(record: Any) -> str:
    """The time of an observation in either form."""
    return str(record.get("effectiveDateTime") or record["DATE"])


def subject(record: Any) -> str:
    """The local patient id of an observation in either form."""
    reference = record["PATIENT"] if "PATIENT" in record else record["subject"]["reference"]
    return str(reference).removeprefix("Patient/").removeprefix("urn:uuid:")


def born_after_every_event(world: Any, item: dict[str, Any]) -> bool:
    record = record_at(world, item)
    birth = record.get("birthDate") or record["BIRTHDATE"]
    local = record.get("id") or record["Id"]
    days = [day for r, patient, day in world.events() if (r.hospital, patient) == (item["hospital"], local)]
    return bool(days) and max(days) < birth


def ends_before_it_starts(world: Any, item: dict[str, Any]) -> bool:
    record = record_at(world, item)
    start, end = (record["START"], record["STOP"]) if "STOP" in record else record["period"].values()
    return bool(end < start)


def after_death(world: Any, item: dict[str, Any]) -> bool:
    record = record_at(world, item)
    person = world.people[world.who[item["hospital"], subject(record)]]
    return bool(person["died"]) and when(record)[:10] > person["died"]


def too_few(world: Any, item: dict[str, Any]) -> bool:
    header = world.text(item["hospital"], item["file"]).split("\n")[0]
    return len(next(csv.reader([line_at(world, item)]))) < len(header.split(","))


def columns_swapped(world: Any, item: dict[str, Any]) -> bool:
    header = line_at(world, item).split(",")
    return item["line"] == 1 and header != HEADER and sorted(header) == sorted(HEADER)


HEADER = ["DATE", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "BASE_COST"]


def is_broken(world: Any, item: dict[str, Any]) -> bool:
    try:
        json.loads(line_at(world, item))
    except json.JSONDecodeError:
        return True
    return False


def spaced_name(world: Any, item: dict[str, Any]) -> bool:
    record = record_at(world, item)
    text = record["FIRST"] if "FIRST" in record else record["name"][0]["text"]
    return text[1] == " " and text.endswith(" ") and not text.isascii()


def wide_phone(world: Any, item: dict[str, Any]) -> bool:
    phone = record_at(world, item)["telecom"][0]["value"]
    return len(phone) == 11 and phone.isdigit() and not any(character.isascii() for character in phone)


def is_local(world: Any, item: dict[str, Any]) -> bool:
    record = record_at(world, item)
    local = quantity(record)[0].startswith("JY")
    systems = (
        {c["system"] for c in record["code"]["coding"]} if "code" in record else {"urn:dujiang-synth:local-lab-codes"}
    )
    return local and systems == {"urn:dujiang-synth:local-lab-codes"}


def absent_patient(world: Any, item: dict[str, Any]) -> bool:
    return subject(record_at(world, item)) not in world.patients(item["hospital"])


def twice(world: Any, item: dict[str, Any]) -> bool:
    return line_at(world, item) == line_at(world, {**item, "line": item["line"] - 1})


CHECKS: dict[str, Callable[[Any, dict[str, Any]], bool]] = {
    "birth_after_event": born_after_every_event,
    "identity_check_wrong": lambda w, i: not is_valid_identity_number(national_number(record_at(w, i))),
    "sex_contradicts_identity": lambda w, i: sex(record_at(w, i)) != sex_of(national_number(record_at(w, i))),
    "full_width_phone": wide_phone,
    "name_with_spaces": spaced_name,
    "encounter_ends_before_start": ends_before_it_starts,
    "event_after_death": after_death,
    "value_out_of_range": lambda w, i: quantity(record_at(w, i))[:2] == ("8480-6", 1200),
    "wrong_unit": lambda w, i: quantity(record_at(w, i))[0] == "8302-2" and quantity(record_at(w, i))[2] == "m",
    "unit_missing": lambda w, i: quantity(record_at(w, i))[2] == "",
    "unmapped_local_code": is_local,
    "date_in_future": lambda w, i: when(record_at(w, i)) > "2090",
    "dangling_reference": absent_patient,
    "duplicated_line": twice,
    "unknown_resource_type": lambda w, i: record_at(w, i)["resourceType"] == "WardNote",
    "broken_line": is_broken,
    "quoted_newline": lambda w, i: "\n" in record_at(w, i)["DESCRIPTION"],
    "too_few_columns": too_few,
    "column_order": columns_swapped,
}


@pytest.mark.parametrize(("hospital", "kind"), EVERY)
def test_every_listed_line_is_spoiled_as_the_list_says(world: Any, hospital: str, kind: str) -> None:
    items = [item for item in world.dirt if (item["hospital"], item["kind"]) == (hospital, kind)]
    assert len(items) == (1 if kind == "column_order" else 2)
    for item in items:
        assert CHECKS[kind](world, item), item


@pytest.mark.parametrize(("hospital", "kind"), EVERY)
def test_no_other_record_shows_what_the_kind_is_about(clean: Any, hospital: str, kind: str) -> None:
    """The check of a kind says no to a good record, so the test above can fail."""
    sheets = {"birth_after_event": "patients", "identity_check_wrong": "patients", "quoted_newline": "conditions"}
    sheets |= {"sex_contradicts_identity": "patients", "name_with_spaces": "patients", "full_width_phone": "patients"}
    sheets |= {"encounter_ends_before_start": "encounters", "column_order": "immunizations"}
    table = sheets.get(kind, "observations")
    csv_form = hospital == "hospital-c"
    ending = ".ndjson.gz" if hospital == "hospital-a" else ".ndjson"
    file = f"{table}.csv" if csv_form else f"{table.removesuffix('s').capitalize()}{ending}"
    line = 1 if kind == "column_order" else first_whole_patient(clean, hospital) if table == "patients" else 2
    assert not CHECKS[kind](clean, {"hospital": hospital, "file": file, "line": line, "kind": kind})


def first_whole_patient(world: Any, hospital: str) -> int:
    """The line of the first patient with a phone and an identity number."""
    for record in world.patients(hospital).values():
        body = record.body
        if body.get("SSN") or ("telecom" in body and any("NI" in str(e["type"]) for e in body.get("identifier", ()))):
            return int(record.line)
    raise AssertionError("no patient is whole")


def test_every_hospital_has_exactly_its_kinds(world: Any) -> None:
    found: dict[str, set[str]] = {}
    for item in world.dirt:
        found.setdefault(item["hospital"], set()).add(item["kind"])
    assert found == KINDS


def test_no_line_is_listed_twice(world: Any) -> None:
    places = Counter((item["hospital"], item["file"], item["line"]) for item in world.dirt)
    assert set(places.values()) == {1}


def test_dirt_names_the_person_it_fell_on(world: Any) -> None:
    for item in world.dirt:
        if item["kind"] in ("identity_check_wrong", "sex_contradicts_identity", "birth_after_event"):
            record = record_at(world, item)
            assert world.who[item["hospital"], record.get("id") or record["Id"]] == item["person"]


def test_dirt_falls_on_nobody_with_hypertension_unless_they_died(world: Any) -> None:
    for item in world.dirt:
        if item["person"] >= 0:
            ill = "hypertension" in world.people[item["person"]]["diseases"]
            assert not ill or item["kind"] == "event_after_death"


def test_a_world_without_dirt_lists_none(clean: Any) -> None:
    assert clean.dirt == []


@pytest.mark.parametrize("hospital", ["hospital-a", "hospital-b"])
def test_every_line_that_is_not_listed_is_as_in_the_clean_world(world: Any, clean: Any, hospital: str) -> None:
    for file in world.files(hospital):
        lines = world.text(hospital, file).splitlines()
        kept = [line for number, line in enumerate(lines, 1) if (hospital, file, number) not in world.dirty]
        rest = Counter(clean.text(hospital, file).splitlines())
        rest.subtract(kept)
        changed = sum(
            item["file"] == file and item["kind"] in REPLACING for item in world.dirt if item["hospital"] == hospital
        )
        assert min(rest.values()) == 0
        assert sum(rest.values()) == changed


REPLACING = {
    *("birth_after_event", "identity_check_wrong", "sex_contradicts_identity", "full_width_phone", "name_with_spaces"),
    *("encounter_ends_before_start", "value_out_of_range", "wrong_unit", "unit_missing", "unmapped_local_code"),
    *("date_in_future", "quoted_newline"),
}


def test_every_row_that_is_not_listed_is_as_in_the_clean_world(world: Any, clean: Any) -> None:
    for file in world.files("hospital-c"):
        table = file.removesuffix(".csv")
        rows = world.records("hospital-c", table)
        kept = Counter(frozenset(r.body.items()) for r in rows if r.place not in world.dirty)
        whole = Counter(frozenset(r.body.items()) for r in clean.records("hospital-c", table))
        missing = whole - kept
        items = [i for i in world.dirt if i["file"] == file and i["hospital"] == "hospital-c"]
        assert not kept - whole
        assert sum(missing.values()) == sum(item["kind"] in REPLACING for item in items)


def test_nothing_clinical_happens_after_death_except_listed_dirt(world: Any) -> None:
    for record, patient, day in world.events():
        number = world.who.get((record.hospital, patient))
        if number is None:
            assert world.dirty[record.place] == "dangling_reference"
        elif world.people[number]["died"] and day > world.people[number]["died"]:
            assert world.dirty[record.place] in ("event_after_death", "date_in_future")


def test_nothing_clinical_happens_before_birth_or_outside_the_period_except_listed_dirt(world: Any) -> None:
    for record, patient, day in world.events():
        if record.place in world.dirty:
            continue
        person = world.people[world.who[record.hospital, patient]]
        assert person["born"] <= day <= "2024-12-31"


def test_a_spoiler_gives_up_where_nothing_suits() -> None:
    sheet = Sheet("Observation.ndjson")
    for number in range(5):
        sheet.add({"id": str(number)}, number)
    victims = Victims(uncounted=frozenset(range(5)), died={})
    never = Kind("never", "Observation", lambda record: False, unchanged)
    of_the_dead = Kind("dead", "Observation", anything, unchanged, of_the_dead=True)
    soil([sheet], (never, of_the_dead), Random(1), victims)
    assert not any(line.dirt for line in sheet.lines)
    assert TRIES > 100


def test_an_empty_sheet_stays_empty() -> None:
    sheet = Sheet("Observation.ndjson")
    soil([sheet], (Kind("any", "Observation", anything, unchanged),), Random(1), Victims(frozenset({1}), {}))
    assert render(sheet) == (b"", [])


def test_a_record_is_spoiled_once_at_most() -> None:
    sheet = Sheet("Observation.ndjson")
    for number in range(3):
        sheet.add({"id": str(number)}, number)
    kind = Kind("copy", "Observation", anything, unchanged, added=True)
    soil([sheet], (kind, kind, kind), Random(1), Victims(frozenset(range(3)), {}))
    assert len(sheet.lines) == 6
    assert Counter(line.content for line in sheet.lines).most_common(1)[0][1] == 2


def test_the_place_of_dirt_in_a_csv_counts_physical_lines() -> None:
    sheet = Sheet("conditions.csv", ("CODE", "DESCRIPTION"))
    for number, text in enumerate(("one", "two\nlines", "three")):
        sheet.add({"CODE": str(number), "DESCRIPTION": text}, number)
    sheet.lines[1].dirt, sheet.lines[2].dirt = "quoted_newline", "other"
    content, places = render(sheet)
    assert [(place.line, place.kind, place.person) for place in places] == [(3, "quoted_newline", 1), (5, "other", 2)]
    assert content.decode().split("\n")[4] == "2,three"
    assert len(list(csv.reader(io.StringIO(content.decode(), newline="")))) == 4


def test_digits_become_full_width_and_nothing_else() -> None:
    assert full_width("13a9") == "\uff11\uff13a\uff19"


def test_a_spaced_name_keeps_its_characters() -> None:
    assert spaced("欧阳娜").replace(" ", "") == "欧阳娜"
