"""A node whose zones hold standard tables that a test wrote row by row, up to the person index; from there assets are drafted."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dujiang.act import Job
from dujiang.gate.acts import WORKS
from dujiang.gate.jobs import Worker
from dujiang.identify.persons import PersonIndex
from dujiang.register.assets import Asset
from dujiang.standardise.model import CDM, TABLES
from dujiang.standardise.standardise import Snapshot, TableCount, std_name
from dujiang.words import Role
from gate.gate_office import Office, somebody

STEWARD = somebody(Role.STEWARD, party="hospital-a")
NAME = {"en": "Standard tables", "zh": "标准表"}
BLANK = {"BIGINT": 0, "VARCHAR": "", "DATE": "2020-01-01", "TIMESTAMP": "2020-01-01 00:00:00"}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def person(id: int, **other: Any) -> dict[str, Any]:
    return {"person_id": id, "gender_concept_id": 8532, "year_of_birth": 1980, "month_of_birth": 6, "day_of_birth": 15,
            "person_source_value": f"mrn-{id}", "x_source_key": f"p{id}", "x_file": "patients.csv", "x_arrival": "a-1", **other}


def condition(id: int, who: int, codes: str = "ICD10|I10", **other: Any) -> dict[str, Any]:
    return {"condition_occurrence_id": id, "person_id": who, "x_codes": codes, "condition_start_date": "2021-05-06", **other}


class Holder:
    """The office of a hospital and its worker."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.office = Office(folder, "hospital-a", f"sqlite:///{folder / 'control.db'}")
        self.worker = Worker(self.office.gate, WORKS)

    def snapshot(self, zone: str, rows: Rows, *, id: str = "", arrivals: tuple[str, ...] = ("a-1",)) -> Snapshot:
        """Seal a zone's standard tables."""
        made = Snapshot(
            id=id or f"s-{zone}", state="standardised", zone=zone, arrivals=arrivals, mapping_version="m",
            tables=tuple(TableCount(name=n, rows=len(rows.get(n, ())), hash="h") for n in CDM),
        )
        with self.office.world.frames() as frames:
            for name in TABLES:
                frames.run(_create(name))
                for row in rows.get(name, ()):
                    given = {**{c.name: BLANK[c.type] for c in TABLES[name].columns if c.required}, **row}
                    names = ", ".join(f'"{n}"' for n in given)
                    frames.run(f"INSERT INTO {name} ({names}) VALUES ({', '.join('?' * len(given))})", list(given.values()))
                frames.save(f"SELECT * FROM {name}", zone, std_name(made.id, name))
        self.office.keep(made)
        return made

    def indexed(self, *snapshots: Snapshot, persons: int = 2) -> PersonIndex:
        """Note that the persons of these snapshots were indexed."""
        index = PersonIndex(id="i-" + "-".join(s.id for s in snapshots), state="identified", snapshots=tuple(s.id for s in snapshots), persons=persons,
                            records=persons, linked=0, review=0, flagged=0)
        self.office.keep(index)
        return index

    def do(self, act: str, **args: Any) -> Any:
        return self.office.do(STEWARD, act, args)

    def work(self) -> None:
        """Every queued job, which must end well."""
        for job in [j for j in self.office.all(Job) if j.state == "queued"]:
            assert self.worker.run_one(job)
            ended = self.office.find(Job, job.id)
            assert ended.state == "done", ended.trouble

    def asset(self, id: str) -> Asset:
        found: Asset = self.office.find(Asset, id)
        return found

    def registered(self, *, grade: int | None = None) -> Asset:
        """A version over the newest snapshots, drafted, assessed, graded and registered."""
        id = self.do("asset.draft", name=NAME)["asset"]
        self.do("asset.assess", id=id)
        self.work()
        self.do("asset.grade", id=id, grade=grade or self.asset(id).proposed)
        self.do("asset.register", id=id)
        self.work()
        return self.asset(id)


def _create(name: str) -> str:
    columns = ", ".join(f'"{c.name}" {c.type}' for c in TABLES[name].columns)
    return f"CREATE OR REPLACE TABLE {name} ({columns})"
