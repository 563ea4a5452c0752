"""A zone on whose shore tables land, its maps, and the standard rows that come of both."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collect.collect_shore import Handed, Shore
from dujiang.collect.arrivals import Arrival
from dujiang.standardise.known import Known
from dujiang.standardise.standardise import Snapshot, standardise
from dujiang.standardise.tables.confirming import TableMap, map_id
from standardise.standardise_node import Made, Record

ORIGIN = ("x_source_kind", "x_source_key", "x_arrival", "x_file", "x_line")


def row(kind: str, key: str, /, **cells: str | None) -> Record:
    """A row of a table as landing leaves it."""
    return Record(kind, key, json.dumps(cells, ensure_ascii=False, separators=(",", ":")), "table")


def confirmed(*texts: str, zone: str = "zone-a") -> Known:
    """What a node knows after its steward confirmed these maps."""
    return Known(tables=tuple(TableMap(id=map_id(zone, text), state="confirmed", zone=zone, name=f"m{n}", text=text) for n, text in enumerate(texts)))


class Zone:
    """A shore, and what its arrivals become."""

    def __init__(self, folder: Path) -> None:
        self.shore = Shore(folder)
        self.arrivals: list[Arrival] = []

    def land(self, files: Mapping[str, bytes | str]) -> Arrival:
        arrival = self.shore.land(dict(files))
        self.arrivals.append(arrival)
        return arrival

    def land_folder(self, folder: Path) -> Arrival:
        arrival = self.shore.land([Handed(f.name, f.read_bytes()) for f in sorted(folder.iterdir())])
        self.arrivals.append(arrival)
        return arrival

    def make(self, *maps: str) -> Made:
        zone = self.shore.source.zone
        made: Snapshot = standardise(self.shore, zone, self.arrivals, lambda done, of: None, known=confirmed(*maps, zone=zone))  # type: ignore[arg-type]
        return Made(self.shore.zones, made)


def content(made: Made, table: str, *, without: tuple[str, ...] = ()) -> list[str]:
    """A table's rows without keys and origin, persons and visits by what the source calls them; sorted. Vaccines, which no table has, are left out."""
    people = {row["person_id"]: row["person_source_value"] for row in made.rows("person")}
    visits = {r["visit_occurrence_id"]: (people[r["person_id"]], str(r["visit_start_datetime"])) for r in made.rows("visit_occurrence")}
    rows = [row for row in made.rows(table) if row.get("x_source_kind") != "Immunization"]
    return sorted(_plain(row, table, people, visits, without) for row in rows)


def _plain(row: Mapping[str, Any], table: str, people: Mapping[int, str], visits: Mapping[int, Any], without: tuple[str, ...]) -> str:
    kept = {n: str(v) for n, v in row.items() if n not in (*ORIGIN, f"{table}_id", "person_id", "visit_occurrence_id", *without)}
    visit = visits.get(row.get("visit_occurrence_id", 0), "")
    return json.dumps([people[row["person_id"]], visit, kept], ensure_ascii=False, sort_keys=True)
