"""What a live source hands over piece by piece is gathered in the zone, sealed, into a delivery: whole or not there, and deleted once it has landed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, NamedTuple

import msgspec

from dujiang.collect.arrivals import Arrival, Finding, arrival_id
from dujiang.collect.sources import Source
from dujiang.errors import Unknown
from dujiang.words import Word
from dujiang.world import Blobs, World

FOLDER = "gathered"
STATE = "state/pull"  # where a source's place of reading lies in its zone
PIECE = 1 << 20


class GatheredFile(Word, frozen=True):
    name: str
    size: int
    sha256: str


class Gathered(Word, frozen=True):
    """A delivery that lies whole in the zone. `state`: where reading goes on once it has landed; it may hold values of records, so it stays sealed."""

    name: str
    files: tuple[GatheredFile, ...]
    state: Mapping[str, str] = {}
    findings: tuple[Finding, ...] = ()
    fingerprint: str = ""  # of the columns and types, or the resource types, that the source showed
    missed: int = 0  # what the source said it had and did not hand over

    def arrival(self, source: Source) -> str:
        """The id that its arrival has, or will have."""
        return arrival_id(source.id, ((f.name, f.sha256) for f in self.files))


class Sealed(NamedTuple):
    """A file of a gathered delivery, as landing reads it."""

    blobs: Blobs
    zone: str
    place: str
    name: str
    size: int

    def open(self) -> IO[bytes]:
        return self.blobs.read(self.zone, self.place)


class Hashed:
    """A stream to a new file, counted and hashed."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._hash, self.size = stream, hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        self._stream.write(data)
        self._hash.update(data)
        self.size += len(data)

    def sha256(self) -> str:
        return self._hash.hexdigest()


class Gathering:
    """A delivery being put together; nothing of it counts before `finish`. One that was begun and not finished is begun anew."""

    def __init__(self, blobs: Blobs, zone: str, name: str) -> None:
        self._blobs, self._zone, self.name = blobs, zone, name
        self.files: list[GatheredFile] = []
        for left in blobs.names(zone, f"{FOLDER}/{name}"):
            blobs.delete(zone, left)

    @contextmanager
    def file(self, name: str) -> Iterator[Hashed]:
        """A new file; it belongs to the delivery when the block ends without an error and something was written."""
        with self._blobs.write(self._zone, _place(self.name, len(self.files))) as stream:
            hashed = Hashed(stream)
            yield hashed
        if hashed.size:  # a file without a byte says nothing; its place is taken by the next
            self.files.append(GatheredFile(name=name, size=hashed.size, sha256=hashed.sha256()))

    def finish(
        self, *, state: Mapping[str, str] | None = None, findings: Sequence[Finding] = (), fingerprint: str = "", missed: int = 0
    ) -> Gathered:
        """Declare it whole."""
        whole = Gathered(
            name=self.name, files=tuple(self.files), state=state or {}, findings=tuple(findings), fingerprint=fingerprint, missed=missed
        )
        write(self._blobs, self._zone, _manifest(self.name), msgspec.json.encode(whole))
        return whole


def _place(name: str, number: int) -> str:
    return f"{FOLDER}/{name}/{number:06d}"


def _manifest(name: str) -> str:
    return f"{FOLDER}/{name}.json"


def write(blobs: Blobs, zone: str, name: str, data: bytes) -> None:
    """A small sealed file, whole or not at all."""
    with blobs.write(zone, name) as stream:
        stream.write(data)


def read(blobs: Blobs, zone: str, name: str) -> bytes:
    """A small sealed file."""
    with blobs.read(zone, name) as stream:
        return stream.read()


def find(blobs: Blobs, zone: str, name: str) -> Gathered | None:
    """The whole delivery of that name, if it lies here."""
    if not blobs.has(zone, _manifest(name)):
        return None
    return msgspec.json.decode(read(blobs, zone, _manifest(name)), type=Gathered)


def waiting(blobs: Blobs, zone: str) -> list[str]:
    """The names of whole deliveries that lie here, in order of name."""
    found = blobs.names(zone, FOLDER)
    return [name.removeprefix(f"{FOLDER}/").removesuffix(".json") for name in found if name.count("/") == 1]


def clear_unfinished(blobs: Blobs, zone: str, prefix: str) -> None:
    """Forget what was begun and never finished, of deliveries whose name begins so."""
    whole = set(waiting(blobs, zone))
    for place in blobs.names(zone, FOLDER):
        name = place.split("/")[1]
        if place.count("/") > 1 and name.startswith(prefix) and name not in whole:
            blobs.delete(zone, place)


def delivery(blobs: Blobs, source: Source, gathered: Gathered) -> Sequence[Sealed]:
    """Its files, as landing takes them."""
    return [Sealed(blobs, source.zone, _place(gathered.name, n), f.name, f.size) for n, f in enumerate(gathered.files)]


def where(blobs: Blobs, zone: str) -> dict[str, str]:
    """Where reading of a source goes on; empty at the beginning."""
    return msgspec.json.decode(read(blobs, zone, STATE), type=dict[str, str]) if blobs.has(zone, STATE) else {}


def settle(world: World, source: Source, name: str) -> bool:
    """After the arrival is recorded: reading goes on from the new place, and the gathered files are forgotten. False as long as it is not.

    Stopped anywhere, it is done again with the same end: the manifest goes last.
    """
    blobs, zone = world.blobs, source.zone
    whole = find(blobs, zone, name)
    if whole is None:
        raise Unknown("gathered.absent", "There is no gathered delivery of that name.", "没有该名称的已汇集交付。")
    if whole.files and world.tables.find(Arrival, whole.arrival(source)) is None:
        return False
    if whole.state:
        write(blobs, zone, STATE, msgspec.json.encode(whole.state))
    for left in blobs.names(zone, f"{FOLDER}/{name}"):
        blobs.delete(zone, left)
    blobs.delete(zone, _manifest(name))
    return True


def fingerprint(shape: object) -> str:
    """16 hex over what a source shows of its shape: columns with their types, or resource types."""
    return hashlib.sha256(msgspec.json.encode(shape, order="deterministic")).hexdigest()[:16]
