"""The demo's question answered in plain Python over the raw files; shares no code with `src/` and may be run by itself.

usage: python independent_count.py FOLDER...   (each a hospital's export: FHIR NDJSON, gzipped or not, or Synthea's CSV)
"""

import csv
import gzip
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CONDITIONS = {"59621000", "38341003"}
SYSTOLIC = "8480-6"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
Cell = tuple[str, str]


def lines(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The resources of a kind; lines that are not JSON are passed over, a repeated line counts once."""
    seen = set()
    for path in sorted(folder.glob(f"{kind}.*ndjson*")):
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            for line in file:
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, dict) and found.get("resourceType") == kind and line not in seen:
                    if "id" in found:
                        seen.add(line)
                    yield found


def band(birth: str) -> str:
    """Completed years on 2020-12-31; nobody's birthday comes after the last day of a year."""
    age = 2020 - int(birth[:4])
    return "0-39" if age < 40 else "40-64" if age < 65 else "65+"


def target(reference: dict[str, Any]) -> str:
    return str(reference["reference"]).replace("urn:uuid:", "").rpartition("/")[2]


def coded(concept: dict[str, Any], system: str, codes: set[str]) -> bool:
    return any(c.get("system") == system and c.get("code") in codes for c in concept.get("coding", []))


def fhir(folder: Path) -> tuple[dict[str, Cell], set[str], dict[str, list[float]]]:
    people = {p["id"]: (p.get("gender", ""), band(p["birthDate"])) for p in lines(folder, "Patient") if p.get("birthDate")}
    cohort = {target(c["subject"]) for c in lines(folder, "Condition") if coded(c["code"], SNOMED, CONDITIONS)}
    readings = defaultdict(list)
    for seen in lines(folder, "Observation"):
        for part in [seen, *seen.get("component", [])]:
            if coded(part["code"], LOINC, {SYSTOLIC}) and "value" in part.get("valueQuantity", {}):
                readings[target(seen["subject"])].append(float(part["valueQuantity"]["value"]))
    return people, cohort, readings


def synthea(folder: Path) -> tuple[dict[str, Cell], set[str], dict[str, list[float]]]:
    def rows(name: str) -> Iterator[dict[str, str]]:
        with (folder / name).open(newline="", encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)

    sexes = {"F": "female", "M": "male"}
    people = {p["Id"]: (sexes.get(p["GENDER"], ""), band(p["BIRTHDATE"])) for p in rows("patients.csv")}
    cohort = {c["PATIENT"] for c in rows("conditions.csv") if c["CODE"] in CONDITIONS}
    readings = defaultdict(list)
    for seen in rows("observations.csv"):
        if seen["CODE"] == SYSTOLIC and seen["VALUE"]:
            readings[seen["PATIENT"]].append(float(seen["VALUE"]))
    return people, cohort, readings


def count(folders: list[Path], without: set[str] = frozenset()) -> dict[Cell, dict[str, Any]]:  # type: ignore[assignment]
    """Per cell: persons, contributors, readings, mean, sd over all hospitals; `without` leaves patients out."""
    persons: dict[Cell, int] = defaultdict(int)
    contributors: dict[Cell, int] = defaultdict(int)
    values: dict[Cell, list[float]] = defaultdict(list)
    for folder in folders:
        people, cohort, readings = synthea(folder) if (folder / "patients.csv").exists() else fhir(folder)
        for patient in (cohort & set(people)) - without:
            persons[people[patient]] += 1
            contributors[people[patient]] += bool(readings.get(patient))
            values[people[patient]] += readings.get(patient, [])
    return {
        cell: {
            "persons": persons[cell], "contributors": contributors[cell], "readings": len(values[cell]),
            "mean": statistics.fmean(values[cell]) if values[cell] else None,
            "sd": statistics.stdev(values[cell]) if len(values[cell]) > 1 else None,
        }
        for cell in sorted(persons)
    }


if __name__ == "__main__":
    print(json.dumps([{"sex": s, "age_band": a, **found} for (s, a), found in count([Path(a) for a in sys.argv[1:]]).items()], indent=1))
