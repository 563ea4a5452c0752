"""A node in this process whose worker and keeper take a step when the test says so: real folder, gate, zones and listeners."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from dujiang.act import Actor, Job
from dujiang.collect import live
from dujiang.collect.arrivals import Arrival, quarantine_name, records_name
from dujiang.collect.connections import Setting
from dujiang.collect.sources import Source
from dujiang.doors.serve import make_node
from dujiang.doors.sources.keeping import Keeper
from dujiang.doors.start import Running
from dujiang.words import Role, Saying

STEWARD = Actor(id="u-steward", party="hospital-a", roles=frozenset({Role.STEWARD}))


class Node:
    """`folder` opened; opened again, it is the same node after a restart."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.json").exists():
            name = Saying(en="Hospital A", zh="甲医院")
            make_node(folder, party="hospital-a", origin="dujiang.example/test", name=name, hub="http://127.0.0.1:9", invitation="none.none")
        self.running = Running(folder)
        self.world = self.running.world
        self.keeper = Keeper(self.running.gate)

    def do(self, act: str, **args: Any) -> Any:
        return msgspec.json.decode(self.running.gate.perform(STEWARD, act, args))

    def source(self, name: str = "HIS", setting: Setting | None = None, secret: str = "", form: str = "auto") -> Source:
        """An open source, connected when a setting is given."""
        id = self.do("source.open", name=name, region="north", form=form)["source"]
        if setting is not None:
            self.do("source.connect", source=id, setting=msgspec.to_builtins(setting), secret=secret)
        return self.world.tables.get(Source, id)

    def work(self) -> list[bool]:
        """Every queued job once."""
        return [self.running.worker.run_one(job) for job in self.world.tables.all(Job, state="queued")]

    def step(self) -> None:
        """A round of the keeper, the jobs it queued, and a round in which it sees their end."""
        self.keeper.round()
        self.work()
        self.keeper.round()

    def pull(self, source: Source) -> Job:
        """A pull to its end."""
        id = self.do("source.pull", source=source.id)["job"]
        self.work()
        return self.world.tables.get(Job, id)

    def arrivals(self, source: Source) -> list[Arrival]:
        return self.world.tables.all(Arrival, parent=source.id)

    def records(self, arrival: Arrival, columns: str = "kind, key, body") -> list[tuple[Any, ...]]:
        return self._read(columns, arrival, records_name(arrival.id))

    def quarantine(self, arrival: Arrival, columns: str = "line, rule") -> list[tuple[Any, ...]]:
        return self._read(columns, arrival, quarantine_name(arrival.id))

    def _read(self, columns: str, arrival: Arrival, name: str) -> list[tuple[Any, ...]]:
        with self.world.frames() as frames:
            return frames.rows(f"SELECT {columns} FROM read_parquet('{frames.url(arrival.zone, name)}') ORDER BY ALL")

    def status(self, source: Source) -> dict[str, Any]:
        found: dict[str, Any] = next(s for s in self.do("source.status") if s["source"] == source.id)
        return found

    def close(self) -> None:
        for id in list(self.keeper._listeners):
            self.keeper._stop(id)
        live.STATES.clear()
        self.running.close()


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Node]:
    node = Node(folder)
    try:
        yield node
    finally:
        node.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(look: Callable[[], Any], seconds: float = 20.0) -> Any:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)
    return found
