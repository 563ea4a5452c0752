"""A node's rows in plain Python, and the same rows as sealed Parquet opened by the fast engine."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from dujiang.compute import engine, reference
from dujiang.compute.query import DATES, EVENT_TABLES
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from dujiang.words import Code

Row = dict[str, Any]
PERSON = {
    "person_id": "BIGINT", "gender_concept_id": "BIGINT", "year_of_birth": "BIGINT", "month_of_birth": "BIGINT", "day_of_birth": "BIGINT",
}
FEMALE, MALE = 8532, 8507


def code(text: str) -> Code:
    system, _, value = text.partition("|")
    return Code(system=system, code=value)


def handle_of(person: str) -> str:
    return hashlib.sha256(person.encode()).hexdigest()


def person_row(person_id: int, sex: int | None = FEMALE, birth: tuple[int | None, int | None, int | None] = (1980, 6, 15)) -> Row:
    year, month, day = birth
    return {"person_id": person_id, "gender_concept_id": sex, "year_of_birth": year, "month_of_birth": month, "day_of_birth": day}


def event_row(table: str, person_id: int, codes: str | None, *, day: date | None = date(2020, 1, 1), value: str | Decimal | None = None) -> Row:
    row = {"person_id": person_id, "x_codes": codes, DATES[table]: day}
    return {**row, "value_as_number": None if value is None else Decimal(value)} if table == "measurement" else row


@dataclass
class Rows:
    """`persons` are OMOP rows, `index` tells whose each person_id is (some may have no OMOP row here), `events` are by table."""

    persons: list[Row]
    index: dict[int, str]
    events: dict[str, list[Row]] = field(default_factory=dict)

    def people(self) -> list[reference.Person]:
        """The reference's persons: everybody with an OMOP row, with the events of all of their rows."""
        found = []
        for name in sorted({self.index[p["person_id"]] for p in self.persons if p["person_id"] in self.index}):
            ids = {i for i, whose in self.index.items() if whose == name}
            rows = sorted((p for p in self.persons if p["person_id"] in ids), key=lambda p: int(p["person_id"]))
            events = {t: [e for e in es if e["person_id"] in ids] for t, es in self.events.items()}
            found.append(reference.Person(name, rows, events))
        return found


def columns_of(table: str, value_type: str = "DECIMAL(38, 9)") -> dict[str, str]:
    columns = {"person_id": "BIGINT", "x_codes": "VARCHAR", DATES[table]: "DATE"}
    return {**columns, "value_as_number": value_type} if table == "measurement" else columns


def save(frames: DuckFrames, place: tuple[str, str], columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """Seal rows as the file `place` (zone, name)."""
    plain = [{k: v if v is None or isinstance(v, int) else str(v) for k, v in row.items()} for row in rows]
    frames.run("DROP TABLE IF EXISTS rows_to_save")
    frames.load("rows_to_save", dict.fromkeys(columns, "VARCHAR"), plain)
    chosen = ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in columns.items())
    frames.save(f"SELECT {chosen} FROM rows_to_save", *place)


def save_index(frames: DuckFrames, place: tuple[str, str], rows: Rows) -> None:
    index = [{"zone": "zone-a", "person_id": i, "person": p, "handle": handle_of(p)} for i, p in rows.index.items()]
    save(frames, place, {"zone": "VARCHAR", "person_id": "BIGINT", "person": "VARCHAR", "handle": "VARCHAR"}, index)


class Node:
    """One DuckDB that wrote the rows as sealed Parquet and opened them as an asset version."""

    def __init__(self, folder: Path, rows: Rows, *, value_type: str = "DECIMAL(38, 9)", without: Sequence[str] = ()) -> None:
        self.frames = DuckFrames(Zones(folder))
        save_index(self.frames, ("zone-test", "index.parquet"), rows)
        save(self.frames, ("zone-test", "person.parquet"), PERSON, rows.persons)
        tables = {"person": [self._url("person")]}
        for table in EVENT_TABLES:
            if table not in without:
                save(self.frames, ("zone-test", f"{table}.parquet"), columns_of(table, value_type), rows.events.get(table, []))
                tables[table] = [self._url(table)]
        engine.prepare(self.frames, tables, self._url("index"))

    def _url(self, name: str) -> str:
        return self.frames.url("zone-test", f"{name}.parquet")

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self.frames.close()
