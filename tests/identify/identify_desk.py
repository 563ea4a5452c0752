"""A node whose things are kept in memory, so that the acts' steps can be taken one after another as the gate would."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dujiang.act import Act, Actor
from dujiang.errors import Unknown
from dujiang.identify import acts
from dujiang.identify.persons import PersonIndex
from dujiang.standardise.standardise import Snapshot
from dujiang.words import Role, Thing
from identify.identify_node import SECRET, NodeWorld

STEWARD = Actor(id="a-1", party="node-a", roles=frozenset({Role.STEWARD}))
ACTS: dict[str, Act] = {act.name: act for act in acts.ACTS}


class Things:
    """The control store's read side over a list."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Thing] = {}

    def all(self, kind: type[Thing], *, state: str | None = None, parent: str | None = None) -> list[Any]:
        return [t for (k, _), t in self.kept.items() if k == kind.KIND and state in (None, t.state)]

    def find(self, kind: type[Thing], id: str) -> Any:
        return self.kept.get((kind.KIND, id))

    def get(self, kind: type[Thing], id: str) -> Any:
        if (found := self.find(kind, id)) is None:
            raise Unknown("thing.unknown", "Not there.", "不存在。")
        return found


class Keys:
    def has(self, name: str) -> bool:
        return True

    def get(self, name: str) -> bytes:
        return SECRET


class Counting:
    """A clock that moves a second, and dice that count, each time they are asked."""

    count = 0

    def now(self) -> datetime:
        self.count += 1
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.count)

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}-{self.count}"


class Desk(NodeWorld):
    """A node with a steward at it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.tables, self.keys = Things(), Keys()
        self.clock = self.dice = Counting()

    def receive(self, people: Sequence[dict[str, Any]], zone: str = "zone-a") -> None:
        """A new snapshot of a zone."""
        id = f"s-{len(self.tables.kept)}"
        self.put(zone, people, snapshot=id)
        snapshot = Snapshot(id=id, state="standardised", zone=zone, arrivals=(), mapping_version="", tables=())
        self.tables.kept["snapshot", id] = snapshot

    def index_now(self, *, learn: bool = False) -> PersonIndex:
        """Run the job and record its end, as the gate does."""
        done = acts.run(self, acts.Index(learn=learn), lambda done, of: None)  # type: ignore[arg-type]
        self._keep(acts.indexed(self, STEWARD, None, done))  # type: ignore[arg-type]
        return done.index

    def do(self, name: str, **args: Any) -> Any:
        act = ACTS[name]
        given = act.takes(**args)
        thing = self.tables.get(act.on, given.id) if act.on else None  # type: ignore[attr-defined]
        if thing is not None and act.move:
            assert thing.state in act.move.frm
        outcome = act.step(self, STEWARD, thing, given)  # type: ignore[arg-type]
        self._keep(outcome)
        return outcome.answer

    def _keep(self, outcome: Any) -> None:
        for thing in outcome.keep:
            self.tables.kept[thing.KIND, thing.id] = thing

    def homes(self) -> dict[str, str]:
        """Record -> person, in the newest index."""
        newest = self.tables.all(PersonIndex)[-1]
        return {f"{zone}/{record}": person for (zone, record), (person, _) in self.rows(newest).items()}
