"""A written world and readers of its raw files that share no code with the writer."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dujiang_synth import write_world

CHINA = timezone(timedelta(hours=8))
CSV_DATES = {
    "observations": "DATE",
    "immunizations": "DATE",
    "encounters": "START",
    "medications": "START",
    "procedures": "START",
    "conditions": "START",
    "allergies": "START",
}
FHIR_DATES = {
    "Observation": ("effectiveDateTime",),
    "Encounter": ("period",),
    "MedicationRequest": ("authoredOn",),
    "Procedure": ("performedPeriod", "performedDateTime"),
    "Immunization": ("occurrenceDateTime", "date"),
    "Condition": ("onsetDateTime",),
    "AllergyIntolerance": ("recordedDate", "assertedDate"),
}


class Record(NamedTuple):
    """One readable record and where it stands."""

    hospital: str
    file: str
    line: int
    body: dict[str, Any]

    @property
    def place(self) -> tuple[str, str, int]:
        return self.hospital, self.file, self.line


class Reading(NamedTuple):
    """A number that somebody measured."""

    hospital: str
    patient: str
    day: str
    code: str
    value: Any
    unit: str
    place: tuple[str, str, int]


def local_day(text: str) -> str:
    """The day in China of a date or a time."""
    if len(text) == 10:
        return text
    return datetime.fromisoformat(text).astimezone(CHINA).date().isoformat()


class World:
    """A folder written by the generator, read again from its bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.truth: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
        self.consents: dict[str, Any] = json.loads((folder / "consents.json").read_text("utf-8"))
        self.hospitals: dict[str, str] = self.truth["hospitals"]
        self.people: list[dict[str, Any]] = self.truth["people"]
        self.dirt: list[dict[str, Any]] = self.truth["dirt"]
        self.dirty = {(d["hospital"], d["file"], d["line"]): d["kind"] for d in self.dirt}
        self.who = {(h, local): p["number"] for p in self.people for h, local in p["local_ids"].items()}

    def text(self, hospital: str, file: str) -> str:
        content = (self.folder / hospital / file).read_bytes()
        return (gzip.decompress(content) if file.endswith(".gz") else content).decode("utf-8")

    def files(self, hospital: str) -> list[str]:
        return sorted(path.name for path in (self.folder / hospital).iterdir())

    def records(self, hospital: str, kind: str) -> list[Record]:
        """The readable records of a resource type or table."""
        if self.hospitals[hospital] == "synthea-csv":
            return list(self._rows(hospital, f"{kind}.csv"))
        ending = ".ndjson.gz" if self.hospitals[hospital] == "fhir-r4" else ".ndjson"
        return list(self._resources(hospital, kind + ending))

    def _resources(self, hospital: str, file: str) -> Iterator[Record]:
        for number, line in enumerate(self.text(hospital, file).splitlines(), 1):
            try:
                yield Record(hospital, file, number, json.loads(line))
            except json.JSONDecodeError:
                assert self.dirty[hospital, file, number] == "broken_line"

    def _rows(self, hospital: str, file: str) -> Iterator[Record]:
        reader = csv.reader(io.StringIO(self.text(hospital, file), newline=""))
        header, start = next(reader), 2
        for cells in reader:
            if len(cells) == len(header):
                yield Record(hospital, file, start, dict(zip(header, cells, strict=True)))
            else:
                assert self.dirty[hospital, file, start] == "too_few_columns"
            start = reader.line_num + 1

    def of_form(self, form: str) -> str:
        """The first hospital of a form."""
        return next(hospital for hospital, its in self.hospitals.items() if its == form)

    def patients(self, hospital: str) -> dict[str, Record]:
        """The registry by local id."""
        csv_form = self.hospitals[hospital] == "synthea-csv"
        kind, key = ("patients", "Id") if csv_form else ("Patient", "id")
        return {record.body[key]: record for record in self.records(hospital, kind)}

    def events(self) -> Iterator[tuple[Record, str, str]]:
        """Every clinical record with the local id of its patient and its day."""
        for hospital, form in self.hospitals.items():
            for kind, column in CSV_DATES.items() if form == "synthea-csv" else ():
                for record in self.records(hospital, kind):
                    yield record, record.body["PATIENT"], local_day(record.body[column])
            for kind, names in FHIR_DATES.items() if form != "synthea-csv" else ():
                for record in self.records(hospital, kind):
                    when = next(record.body[name] for name in names if name in record.body)
                    day = local_day(when["start"] if isinstance(when, dict) else when)
                    yield record, patient_of(record.body), day

    def readings(self) -> list[Reading]:
        """Every number of every hospital, panels taken apart."""
        return [reading for hospital in self.hospitals for reading in self._readings(hospital)]

    def _readings(self, hospital: str) -> Iterator[Reading]:
        if self.hospitals[hospital] == "synthea-csv":
            for r in self.records(hospital, "observations"):
                row, day = r.body, local_day(r.body["DATE"])
                value = float(row["VALUE"])
                yield Reading(hospital, row["PATIENT"], day, row["CODE"], value, row["UNITS"], r.place)
            return
        for r in self.records(hospital, "Observation"):
            day = local_day(r.body["effectiveDateTime"])
            for part in (r.body, *r.body.get("component", ())):
                if "valueQuantity" in part:
                    number, code = part["valueQuantity"], part["code"]["coding"][0]["code"]
                    unit = number.get("code", "")
                    yield Reading(hospital, patient_of(r.body), day, code, number["value"], unit, r.place)

    def diagnoses(self) -> Iterator[tuple[str, str, str]]:
        """Hospital, local patient id and SNOMED code of every diagnosis."""
        for hospital, form in self.hospitals.items():
            if form == "synthea-csv":
                for record in self.records(hospital, "conditions"):
                    yield hospital, record.body["PATIENT"], record.body["CODE"]
            else:
                for record in self.records(hospital, "Condition"):
                    yield hospital, patient_of(record.body), record.body["code"]["coding"][0]["code"]


def patient_of(resource: dict[str, Any]) -> str:
    """The local id a resource refers to."""
    reference: str = (resource.get("subject") or resource["patient"])["reference"]
    return reference.removeprefix("Patient/").removeprefix("urn:uuid:")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The default world."""
    out = tmp_path_factory.mktemp("synth") / "world"
    write_world(out)
    return World(out)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The default world without dirt."""
    out = tmp_path_factory.mktemp("synth") / "clean"
    write_world(out, dirt=False)
    return World(out)


@pytest.fixture(scope="session")
def open_world() -> type[World]:
    """The reader, for tests that write worlds of their own."""
    return World
