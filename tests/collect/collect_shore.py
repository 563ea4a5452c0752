"""A world that lands: real zones and frames under a temporary folder, a fixed clock, things kept in a dictionary."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dujiang.collect.arrivals import Arrival, quarantine_name, records_name
from dujiang.collect.landing import land
from dujiang.collect.sources import Source, open_source
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones


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


def handed(files: dict[str, bytes | str]) -> list[Handed]:
    return [Handed(name, data.encode() if isinstance(data, str) else data) for name, data in files.items()]


@dataclass
class Kept:
    """The world's `Tables` over a dictionary, and the gate's keeping."""

    things: dict[str, Any] = field(default_factory=dict)

    def keep(self, thing: Any) -> None:
        self.things[thing.id] = thing

    def find(self, kind: type, id: str) -> Any:
        found = self.things.get(id)
        return found if isinstance(found, kind) else None

    def all(self, kind: type, *, state: str | None = None, parent: str | None = None) -> list[Any]:
        return [t for t in self.things.values() if isinstance(t, kind) and parent in (None, t.parent()) and state in (None, t.state)]


class Shore:
    """What landing asks of the outside; `blobs` and `frames` may be wrapped by a test."""

    def __init__(self, folder: Path) -> None:
        self.zones = Zones(folder)
        self.blobs: Any = self.zones
        self.tables = Kept()
        self.clock = self
        self.wrap_frames: Callable[[DuckFrames], Any] = lambda frames: frames
        self.source: Source = open_source("HIS", "north")
        self.told: list[tuple[int, int]] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)

    @contextmanager
    def frames(self) -> Iterator[Any]:
        with DuckFrames(self.zones) as frames:
            yield self.wrap_frames(frames)

    def land(self, files: dict[str, bytes | str] | list[Any], **options: Any) -> Arrival:
        """Land and keep, as the gate does."""
        delivery = handed(files) if isinstance(files, dict) else files
        arrival = land(self, self.source, delivery, lambda done, total: self.told.append((done, total)), **options)  # type: ignore[arg-type]
        self.tables.keep(arrival)
        return arrival

    def records(self, arrival: Arrival, columns: str = "form, kind, key, file, line, body") -> list[tuple[Any, ...]]:
        return self._read(columns, arrival, records_name(arrival.id))

    def quarantine(self, arrival: Arrival, columns: str = "file, line, rule, kind, key") -> list[tuple[Any, ...]]:
        return self._read(columns, arrival, quarantine_name(arrival.id))

    def _read(self, columns: str, arrival: Arrival, name: str) -> list[tuple[Any, ...]]:
        with DuckFrames(self.zones) as frames:
            return frames.rows(f"SELECT {columns} FROM read_parquet('{frames.url(arrival.zone, name)}') ORDER BY ALL")
