"""What a step may ask of the outside, as protocols: time, chance, the things kept, sealed files, and SQL over tables."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import IO, Any, NamedTuple, Protocol, TypeVar

from dujiang.words import Thing

T = TypeVar("T", bound=Thing)
V = TypeVar("V")


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, with UTC as its time zone, in whole milliseconds."""
        ...


class Dice(Protocol):
    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        ...

    def name(self, prefix: str) -> str:
        """A new id: `prefix-` and 16 unpredictable characters."""
        ...


class Tables(Protocol):
    """The things kept, read side. Writing is the gate's."""

    def get(self, kind: type[T], id: str) -> T:
        """The thing; errors.Unknown when it is not there."""
        ...

    def find(self, kind: type[T], id: str) -> T | None: ...

    def some(self, kind: type[T], ids: Collection[str]) -> dict[str, T]:
        """Those of the ids that are there."""
        ...

    def all(self, kind: type[T], *, state: str | None = None, parent: str | None = None) -> list[T]:
        """Every thing of a kind in order of birth, narrowed by state and by parent id."""
        ...

    def changes(self, kind: str) -> int:
        """A number that grows with every change to things of this KIND; while it stands still, so do they."""
        ...


class Blobs(Protocol):
    """Sealed files of a zone: authenticated encryption under the zone's own key, written whole or not at all."""

    def write(self, zone: str, name: str) -> AbstractContextManager[IO[bytes]]:
        """A stream to a new sealed file; it appears under `name` only when the block ends without an error."""
        ...

    def read(self, zone: str, name: str) -> IO[bytes]: ...

    def has(self, zone: str, name: str) -> bool: ...

    def names(self, zone: str, under: str = "") -> list[str]: ...

    def delete(self, zone: str, name: str) -> None: ...

    def rename(self, zone: str, old: str, new: str) -> None:
        """Give a file another name, in place of any that had it."""
        ...

    def url(self, zone: str, name: str) -> str:
        """The address under which `Frames` reads the sealed file (Parquet)."""
        ...


class Frames(Protocol):
    """SQL (DuckDB dialect) over in-memory tables and sealed Parquet files; one per job, closed after it."""

    def run(self, sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> None: ...

    def rows(self, sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[object, ...]]: ...

    def load(self, table: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, object]]) -> int:
        """Create `table` with `columns` (name -> SQL type) from rows, streamed; returns how many."""
        ...

    def save(self, sql: str, zone: str, name: str) -> None:
        """Write the rows of a SELECT as a sealed Parquet file, whole or not at all."""
        ...

    def pour(self, columns: Mapping[str, str], rows: Iterable[bytes], zone: str, name: str) -> None:
        """Write rows that are text already as a sealed Parquet file, whole or not at all; they stream, and keep their order.

        Each item holds whole rows, each ended by a line feed, its fields in the order of `columns` and divided by U+001F. A field that may
        hold either stands between two U+001E, which it doubles if it holds one.
        """
        ...

    def url(self, zone: str, name: str) -> str: ...

    def close(self) -> None: ...


class Keys(Protocol):
    """The party's secrets, by name: `party` (Ed25519 seed), `seal` (X25519), `log` (hub), `persons` (nodes only)."""

    def get(self, name: str) -> bytes:
        """The secret; errors.Unknown when this party has none of that name."""
        ...

    def has(self, name: str) -> bool: ...

    def put(self, name: str, secret: bytes) -> None:
        """Keep a secret durably; keeping the same one twice changes nothing, another one is refused."""
        ...


class Letter(NamedTuple):
    """A signed envelope on its way: `place` is its turn in this process's queue."""

    place: int
    sender: str
    receiver: str
    seq: int
    envelope: bytes


class Transaction(Tables, Protocol):
    """One all-or-nothing change of the control store; only the gate holds one."""

    @property
    def connection(self) -> Any:
        """The SQL connection, for `ledger.log`, which appends in the same transaction."""
        ...

    def put(self, *things: Thing) -> None:
        """Keep things, new or changed; a statement for many."""
        ...

    def answered(self, key: str) -> tuple[str, bytes] | None:
        """Digest and answer of the call that was made under this key before."""
        ...

    def remember(self, key: str, digest: str, answer: bytes) -> None: ...

    def chain(self, sender: str, receiver: str) -> tuple[int, str]:
        """Last sequence number and envelope hash of a direction; (0, "") before the first letter."""
        ...

    def lengthen(self, sender: str, receiver: str, seq: int, hash: str) -> None: ...

    def post(self, sender: str, receiver: str, seq: int, envelope: bytes) -> None: ...

    def letter(self, sender: str, receiver: str, seq: int) -> bytes | None:
        """The envelope with that number in that direction."""
        ...

    def letters(self, *, receiver: str | None = None, sender: str | None = None, after: int = 0) -> list[Letter]:
        """Letters in order of place, at most 200."""
        ...

    def count(self, name: str, value: int | None = None) -> int:
        """A named counter, after setting it when a value is given."""
        ...


class Ledger(Protocol):
    """The logs this process holds: `own`, and on a node also `alliance`, its verified copy of the hub's."""

    def size(self, log: str) -> int: ...

    def bodies(self, log: str, start: int, most: int) -> list[bytes]: ...

    def root(self, log: str, size: int) -> bytes:
        """The tree's root over the first `size` entries."""
        ...

    def inclusion(self, log: str, index: int, size: int) -> list[bytes]: ...

    def checkpoint(self, log: str) -> str:
        """The newest signed checkpoint note; empty before the first."""
        ...

    def follow(self, log: str, bodies: Sequence[bytes], note: str, key: str) -> None:
        """Append to the copy of another's log; errors.Broken unless the copy then has the root the note's key signed."""
        ...


class Delivered(Protocol):
    """One file of a delivery."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def open(self) -> IO[bytes]: ...


class World(Protocol):
    """Everything a step or a job may ask of the outside."""

    @property
    def party(self) -> str:
        """The id of the institution (or `hub`) this process stands for."""
        ...

    @property
    def clock(self) -> Clock: ...

    @property
    def dice(self) -> Dice: ...

    @property
    def keys(self) -> Keys: ...

    @property
    def tables(self) -> Tables: ...

    @property
    def blobs(self) -> Blobs: ...

    @property
    def ledger(self) -> Ledger: ...

    def next_entry(self) -> int:
        """The index which the entry of the act being performed will have in this party's own log."""
        ...

    def frames(self) -> AbstractContextManager[Frames]: ...

    def kept_frames(self, name: str, prepare: Callable[[Frames], None]) -> Frames:
        """Frames that stay open under `name` between jobs of this process; `prepare` fills them the first time."""
        ...

    def kept(self, name: str, version: Hashable, make: Callable[[], V]) -> V:
        """What `make` gave under `name` the last time in this process, made anew when `version` is another one."""
        ...

    def delivery(self, place: str) -> Sequence[Delivered]:
        """The files that lie at `place` on this machine, as handed over by a source."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]: ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """One consistent view of the store that waits for nobody; what is put into it is lost."""
        ...
