"""Small standard tables on the real store, one faultless person and a few faultless events, changed row by row."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from dujiang.assess.quality import QualityReport, check
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

AS_OF = date(2020, 6, 30)
X = {
    "x_source_kind": "VARCHAR",
    "x_source_key": "VARCHAR",
    "x_arrival": "VARCHAR",
    "x_file": "VARCHAR",
    "x_line": "BIGINT",
}
EVENT = {"person_id": "BIGINT", "visit_occurrence_id": "BIGINT", "x_codes": "VARCHAR", **X}
TABLES: dict[str, dict[str, str]] = {
    "person": {
        "person_id": "BIGINT", "gender_concept_id": "BIGINT", "year_of_birth": "BIGINT", "month_of_birth": "BIGINT",
        "day_of_birth": "BIGINT", "birth_datetime": "TIMESTAMP", "race_concept_id": "BIGINT", "ethnicity_concept_id": "BIGINT",
        "location_id": "BIGINT", "provider_id": "BIGINT", "care_site_id": "BIGINT", "person_source_value": "VARCHAR",
        "gender_source_value": "VARCHAR", "gender_source_concept_id": "BIGINT", "race_source_value": "VARCHAR",
        "race_source_concept_id": "BIGINT", "ethnicity_source_value": "VARCHAR", "ethnicity_source_concept_id": "BIGINT", **X,
    },
    "death": {
        "person_id": "BIGINT", "death_date": "DATE", "death_datetime": "TIMESTAMP", "death_type_concept_id": "BIGINT",
        "cause_concept_id": "BIGINT", "cause_source_value": "VARCHAR", "cause_source_concept_id": "BIGINT", **X,
    },
    "visit_occurrence": {
        "visit_occurrence_id": "BIGINT", "person_id": "BIGINT", "visit_concept_id": "BIGINT", "visit_start_date": "DATE",
        "visit_start_datetime": "TIMESTAMP", "visit_end_date": "DATE", "visit_end_datetime": "TIMESTAMP",
        "visit_type_concept_id": "BIGINT", "visit_source_value": "VARCHAR", "care_site_id": "BIGINT", "x_codes": "VARCHAR", **X,
    },
    "condition_occurrence": {
        "condition_occurrence_id": "BIGINT", "condition_concept_id": "BIGINT", "condition_start_date": "DATE",
        "condition_start_datetime": "TIMESTAMP", "condition_end_date": "DATE", "condition_source_value": "VARCHAR",
        "condition_type_concept_id": "BIGINT", "stop_reason": "VARCHAR", **EVENT,
    },
    "drug_exposure": {
        "drug_exposure_id": "BIGINT", "drug_concept_id": "BIGINT", "drug_exposure_start_date": "DATE",
        "drug_exposure_end_date": "DATE", "quantity": "DECIMAL(38,9)", "days_supply": "BIGINT", "sig": "VARCHAR",
        "drug_source_value": "VARCHAR", **EVENT,
    },
    "measurement": {
        "measurement_id": "BIGINT", "measurement_concept_id": "BIGINT", "measurement_date": "DATE",
        "measurement_datetime": "TIMESTAMP", "value_as_number": "DECIMAL(38,9)", "unit_source_value": "VARCHAR",
        "value_source_value": "VARCHAR", "measurement_source_value": "VARCHAR", **EVENT,
    },
    "observation": {
        "observation_id": "BIGINT", "observation_concept_id": "BIGINT", "observation_date": "DATE",
        "observation_datetime": "TIMESTAMP", "value_as_number": "DECIMAL(38,9)", "value_as_string": "VARCHAR",
        "observation_source_value": "VARCHAR", **EVENT,
    },
    "procedure_occurrence": {
        "procedure_occurrence_id": "BIGINT", "procedure_concept_id": "BIGINT", "procedure_date": "DATE",
        "procedure_end_date": "DATE", "procedure_source_value": "VARCHAR", **EVENT,
    },
}  # fmt: skip
STARTS = {
    "visit_occurrence": "visit_start_date", "condition_occurrence": "condition_start_date", "death": "death_date",
    "drug_exposure": "drug_exposure_start_date", "measurement": "measurement_date", "observation": "observation_date",
    "procedure_occurrence": "procedure_date",
}  # fmt: skip
ENDS = {
    "visit_occurrence": "visit_end_date", "condition_occurrence": "condition_end_date",
    "drug_exposure": "drug_exposure_end_date", "procedure_occurrence": "procedure_end_date",
}  # fmt: skip
CODES = {
    "condition_occurrence": "ICD10|I10 SNOMED|38341003", "drug_exposure": "ATC|C08CA01", "measurement": "LOINC|8480-6",
    "observation": "LOINC|72166-2", "procedure_occurrence": "SNOMED|29303009",
}  # fmt: skip
Row = dict[str, Any]


def key_of(table: str) -> str:
    return "person_id" if table in ("person", "death") else f"{table}_id"


def faultless(table: str, n: int = 1) -> Row:
    """The n-th row of a table, in which nothing is wrong; the person is number 1, born in 1960 and, if at all, dead in April 2020."""
    row: Row = {"x_source_kind": table, "x_source_key": f"{table}-{n}", "x_arrival": "a-1", "x_file": "f", "x_line": n}
    if table == "person":
        born = {"year_of_birth": 1960, "month_of_birth": 5, "day_of_birth": 6}
        return {**row, "person_id": n, "gender_concept_id": 8507, **born}
    if table == "death":
        return {**row, "person_id": n, "death_date": "2020-04-01"}
    row |= {key_of(table): n, "person_id": 1, "visit_occurrence_id": 1, "x_codes": CODES.get(table, "")}
    # Each row is of another day, so that no fact is there twice.
    row[STARTS[table]] = f"2020-{1 + n // 28:02d}-{1 + n % 28:02d}"
    if table == "visit_occurrence":
        return {**row, "visit_occurrence_id": n, "visit_concept_id": 9202, "visit_end_date": "2020-05-31"}
    row[f"{table.split('_')[0]}_concept_id"] = 0
    if table == "measurement":
        row |= {"value_as_number": "130", "value_source_value": "130", "unit_source_value": "mm[Hg]"}
    return row


class Bench:
    """Writes tables and checks them."""

    def __init__(self, folder: Path) -> None:
        self.zones = Zones(folder)

    def urls(self, tables: Mapping[str, Sequence[Row]], zone: str = "zone-a") -> dict[str, list[str]]:
        with DuckFrames(self.zones) as frames:
            for table, rows in tables.items():
                shape = TABLES[table]
                frames.load(f"t_{table}", shape, ({**dict.fromkeys(shape), **row} for row in rows))
                frames.save(f"SELECT * FROM t_{table}", zone, f"std/s-1/{table}.parquet")
        return {table: [self.zones.url(zone, f"std/s-1/{table}.parquet")] for table in tables}

    def check(self, tables: Mapping[str, Sequence[Row]]) -> QualityReport:
        urls = self.urls(tables)
        with DuckFrames(self.zones) as frames:
            return check(frames, urls, AS_OF)


def whole(events: int = 3) -> dict[str, list[Row]]:
    """All tables, faultless, with some rows of each event."""
    tables = {
        table: [faultless(table, n) for n in range(1, events + 1)]
        for table in TABLES
        if table not in ("person", "death")
    }
    return {"person": [faultless("person")], "death": [faultless("death")], **tables}


def found(report: QualityReport) -> dict[str, int]:
    """Id -> violated, for checks that found something."""
    return {r.id: r.violated for r in report.results if r.violated}
