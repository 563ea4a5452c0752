"""A zone with arrivals in it, on the real store, and the standard tables made from them as plain rows."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dujiang.standardise.model import TABLES
from dujiang.standardise.standardise import Snapshot, standardise
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

ZONE = "zone-a"
OURS = ("x_source_kind", "x_source_key", "x_codes")
LANDED = {"form": "VARCHAR", "kind": "VARCHAR", "key": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "body": "VARCHAR"}
Row = dict[str, Any]
Json = dict[str, Any]


class Record(NamedTuple):
    """A record as landing leaves it; `body` is its text as delivered."""

    kind: str
    key: str
    body: str
    form: str = "fhir-r4"


class Landed(NamedTuple):
    id: str
    zone: str = ZONE


def resource(kind: str, key: str, /, form: str = "fhir-r4", **fields: Any) -> Record:
    """A FHIR resource; `None` leaves a field out."""
    said = {name: value for name, value in fields.items() if value is not None}
    return Record(kind, key, json.dumps({"resourceType": kind, "id": key, **said}, ensure_ascii=False), form)


def line(kind: str, key: str, /, **cells: str | None) -> Record:
    """A row of a Synthea table: strings and nulls under the header's names."""
    return Record(kind, key, json.dumps(cells, ensure_ascii=False), "synthea-csv")


def text(kind: str, key: str, body: str) -> Record:
    """A resource whose text matters: `body` are the fields as JSON."""
    return Record(kind, key, f'{{"resourceType": "{kind}", "id": "{key}", {body}}}')


def stable(kind: str, key: str, part: int | None = None, *, zone: str = ZONE) -> int:
    """A row's key, as `macros.sql` describes it, computed by another library."""
    words = [zone, kind, key, *([] if part is None else [str(part)])]
    return int.from_bytes(hashlib.md5("\x1f".join(words).encode()).digest()[:8], "little") & (2**63 - 1)


class Made:
    """A snapshot and its tables."""

    def __init__(self, zones: Zones, snapshot: Snapshot) -> None:
        self._zones, self.snapshot = zones, snapshot
        self._read: dict[str, list[Row]] = {}

    def rows(self, table: str) -> list[Row]:
        """Every row without what is empty, in order of source key, then of row key."""
        if table not in self._read:
            url = self._zones.url(self.snapshot.zone, f"std/{self.snapshot.id}/{table}.parquet")
            names = ", ".join(f'"{name}"' for name in TABLES[table].names())
            with DuckFrames(self._zones) as frames:
                found = frames.rows(f"SELECT {names} FROM read_parquet('{url}') ORDER BY ALL")
            rows = [{n: v for n, v in zip(TABLES[table].names(), row, strict=True) if v is not None} for row in found]
            self._read[table] = sorted(rows, key=lambda row: str(row.get("x_source_key", "")))
        return self._read[table]

    def of(self, table: str, key: str) -> list[Row]:
        """The rows that one record gave, as CDM has them, with their origin and codes."""
        return [{n: v for n, v in row.items() if not n.startswith("x_") or n in OURS} for row in self.rows(table) if row["x_source_key"] == key]

    def one(self, table: str, key: str) -> Row:
        (row,) = self.of(table, key)
        return row

    def rule(self, key: str) -> str | None:
        """The rule by which a record was set aside; None when it was not."""
        rules = [row["rule"] for row in self.rows("x_dangling") if row["key"] == key]
        assert len(rules) <= 1
        return rules[0] if rules else None

    def gaps(self, table: str, field: str) -> dict[tuple[str, str, str], int]:
        """The work-list for a field: rows by (system, code, reason)."""
        found = [row for row in self.rows("x_unmapped") if (row["table"], row["field"]) == (table, field)]
        return {(row["system"], row["code"], row["reason"]): row["rows"] for row in found}

    def hashes(self) -> dict[str, tuple[int, str]]:
        return {t.name: (t.rows, t.hash) for t in self.snapshot.tables}


class Node:
    """What standardising asks of a world, and no more."""

    party = "node-a"

    def __init__(self, folder: Path) -> None:
        self.blobs = Zones(folder)
        self.told: list[tuple[int, int]] = []
        self._arrivals = 0

    def frames(self) -> DuckFrames:
        return DuckFrames(self.blobs)

    def arrive(self, *records: Record, file: str | Callable[[int], str] = "all.ndjson", zone: str = ZONE) -> Landed:
        """The next arrival of a zone; `file` may tell each record's file by its number."""
        self._arrivals += 1
        arrival = Landed(f"a-{self._arrivals}", zone)
        name = file if callable(file) else lambda _: file
        rows = ({"form": r.form, "kind": r.kind, "key": r.key, "file": name(n), "line": n, "body": r.body} for n, r in enumerate(records, 1))
        with self.frames() as frames:
            frames.load("landed_rows", LANDED, rows)
            frames.save("SELECT * FROM landed_rows", zone, f"records/{arrival.id}.parquet")
        return arrival

    def make(self, *arrivals: Landed) -> Made:
        zone = arrivals[0].zone
        return Made(self.blobs, standardise(self, zone, arrivals, lambda done, of: self.told.append((done, of))))  # type: ignore[arg-type]

    def standard(self, *records: Record) -> Made:
        """The tables of one arrival."""
        return self.make(self.arrive(*records))


# A patient, and a visit, to which the other records of a test may belong.
PATIENT = resource("Patient", "p1", birthDate="1980-06-15", gender="female")
SUBJECT = {"reference": "Patient/p1"}
ENCOUNTER = resource(
    "Encounter", "e1", status="finished", subject=SUBJECT, **{"class": {"code": "AMB"}}, period={"start": "2020-03-01T09:00:00+08:00", "end": "2020-03-01T10:30:00+08:00"}
)
LINE_PATIENT = line("patients", "p1", Id="p1", BIRTHDATE="1980-06-15", GENDER="F")
LINE_ENCOUNTER = line("encounters", "e1", Id="e1", START="2020-03-01T09:00:00Z", STOP="2020-03-01T10:30:00Z", PATIENT="p1", ENCOUNTERCLASS="ambulatory")


def concept(*codings: tuple[str | None, str | None, str | None], said: str | None = None) -> Json:
    """A CodeableConcept of (system, code, display)."""
    made = [{n: v for n, v in zip(("system", "code", "display"), coding, strict=True) if v is not None} for coding in codings]
    return {"coding": made, **({} if said is None else {"text": said})}


def counted_once(made: Made, records: Sequence[Record]) -> None:
    """Every record ends in the tables, or is set aside, or is kept raw: exactly one of the three, and the counts say so."""
    snapshot = made.snapshot
    in_tables = {(r["x_source_kind"], r["x_source_key"]) for t in snapshot.tables for r in made.rows(t.name)}
    aside = {(r["kind"], r["key"]) for r in made.rows("x_dangling")}
    assert not in_tables & aside
    rest = [r for r in records if (r.kind, r.key) not in in_tables | aside]
    assert sum(snapshot.kept_raw.values()) == len(rest)
    assert {r.kind for r in rest} == set(snapshot.kept_raw)
    assert snapshot.dangling == len(aside) == sum(snapshot.set_aside.values()) == len(made.rows("x_dangling"))
    assert snapshot.records == len(records) == len(in_tables) + len(aside) + len(rest)
