"""What the acts of assessing ask of a node: real zones and frames, things in a dictionary, a clock that a test sets."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from assess.assess_tables import TABLES, Row
from dujiang.act import Actor, Outcome
from dujiang.assess.acts import ACTS, WORKS
from dujiang.errors import Unknown
from dujiang.standardise.standardise import Snapshot, TableCount
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from dujiang.words import Role

STEWARD = Actor(id="u-steward", party="node-a", roles=frozenset({Role.STEWARD}))


@dataclass(frozen=True)
class Handed:
    """A delivered file that lies in memory."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)


@dataclass
class Kept:
    """The world's `Tables` over a dictionary."""

    things: dict[str, Any] = field(default_factory=dict)

    def get(self, kind: type, id: str) -> Any:
        if (found := self.find(kind, id)) is None:
            raise Unknown("thing.unknown", "There is no such thing.", "不存在。")
        return found

    def find(self, kind: type, id: str) -> Any:
        found = self.things.get(id)
        return found if isinstance(found, kind) else None

    def all(self, kind: type, *, state: str | None = None, parent: str | None = None) -> list[Any]:
        return [t for t in self.things.values() if isinstance(t, kind) and parent in (None, t.parent()) and state in (None, t.state)]


class Node:
    """A node that performs acts and their jobs at once."""

    party = "node-a"

    def __init__(self, folder: Path) -> None:
        self.blobs = Zones(folder)
        self.tables = Kept()
        self.today = datetime(2020, 6, 30, tzinfo=UTC)
        self.delivered: dict[str, bytes] = {}
        self.clock = self.dice = self
        self._names = 0

    def now(self) -> datetime:
        return self.today

    def name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}-{self._names}"

    def frames(self) -> DuckFrames:
        return DuckFrames(self.blobs)

    def delivery(self, place: str) -> Sequence[Handed]:
        return [Handed(name, data) for name, data in self.delivered.items()]

    def standardised(self, zone: str, tables: Mapping[str, Sequence[Row]], id: str = "s-1", arrivals: Sequence[str] = ("a-1",)) -> Snapshot:
        """A snapshot of a zone with these tables."""
        with self.frames() as frames:
            for table, rows in tables.items():
                shape = TABLES[table]
                frames.load(f"t_{table}", shape, ({**dict.fromkeys(shape), **row} for row in rows))
                frames.save(f"SELECT * FROM t_{table}", zone, f"std/{id}/{table}.parquet")
        held = tuple(TableCount(name=table, rows=len(rows), hash="") for table, rows in tables.items())
        made = Snapshot(id=id, state="standardised", zone=zone, arrivals=tuple(arrivals), mapping_version="1", tables=held)
        self.tables.things[made.id] = made
        return made

    def do(self, name: str, **fields: Any) -> Any:
        """Perform an act and, at once, the job it queues; the answer as plain values."""
        act = next(act for act in ACTS if act.name == name)
        outcome = act.step(self, STEWARD, None, msgspec.convert(fields, act.takes))  # type: ignore[arg-type]
        for job in outcome.keep:
            if work := next((w for w in WORKS if w.name == getattr(job, "work", "")), None):
                done = work.run(self, msgspec.json.decode(job.args, type=work.takes), lambda done, of: None)  # type: ignore[arg-type,attr-defined]
                ends = next(act for act in ACTS if act.name == work.ends)
                again = msgspec.json.decode(msgspec.json.encode(done), type=ends.takes)
                return self._keep(ends.step(self, STEWARD, None, again))  # type: ignore[arg-type]
        return self._keep(outcome)

    def _keep(self, outcome: Outcome) -> Any:
        for thing in outcome.keep:
            self.tables.things[thing.id] = thing
        return json.loads(msgspec.json.encode(outcome.answer))
