"""Exports counted in plain Python over the raw files; shares no code with `src/`."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"


@dataclass
class Counted:
    """What a delivery holds: persons by sex, records by kind, conditions by SNOMED code, systolic readings and their exact sum."""

    persons: int = 0
    sexes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)
    systolic: int = 0
    total: Decimal = Decimal(0)
    deaths: int = 0
    numbers: int = 0  # of any kind of reading

    def reads(self, code: str, value: Decimal) -> None:
        self.numbers += 1
        if code == "8480-6":
            self.systolic += 1
            self.total += value


def resources(folder: Path) -> Iterator[dict[str, Any]]:
    """Numbers stay as they are written, as Decimal."""
    for path in sorted(folder.glob("*.ndjson*")):
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            yield from (found for line in file if "resourceType" in (found := json.loads(line, parse_float=Decimal)))


def code_of(concept: dict[str, Any], system: str) -> str:
    return next((c["code"] for c in concept.get("coding", []) if c.get("system") == system), "")


def count_fhir(folder: Path) -> Counted:
    counted = Counted()
    for seen in resources(folder):
        counted.kinds[seen["resourceType"]] += 1
        if seen["resourceType"] == "Patient":
            counted.persons += 1
            counted.sexes[seen.get("gender", "")] += 1
            counted.deaths += "deceasedDateTime" in seen
        elif seen["resourceType"] == "Condition":
            counted.conditions[code_of(seen["code"], SNOMED)] += 1
        elif seen["resourceType"] == "Observation":
            for part in [seen, *seen.get("component", [])]:
                if "value" in part.get("valueQuantity", {}):
                    counted.reads(code_of(part["code"], LOINC), Decimal(part["valueQuantity"]["value"]))
    return counted


def count_synthea(folder: Path) -> Counted:
    counted = Counted()

    def rows(name: str) -> Iterator[dict[str, str]]:
        with (folder / f"{name}.csv").open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)

    for path in folder.glob("*.csv"):
        counted.kinds[path.stem] = sum(1 for _ in rows(path.stem))
    for patient in rows("patients"):
        counted.persons += 1
        counted.sexes[patient["GENDER"]] += 1
        counted.deaths += bool(patient["DEATHDATE"])
    for condition in rows("conditions"):
        counted.conditions[condition["CODE"]] += 1
    for seen in rows("observations"):
        if seen["TYPE"] == "numeric" and seen["VALUE"]:
            counted.reads(seen["CODE"], Decimal(seen["VALUE"]))
    return counted
