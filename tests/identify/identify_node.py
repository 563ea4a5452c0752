"""A node's zones with identities in them, on the real store."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from dujiang.identify.persons import PersonIndex, identify
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

IDENTITY = {
    "person_id": "BIGINT",
    "family": "VARCHAR",
    "given": "VARCHAR",
    "full_name": "VARCHAR",
    "sex": "VARCHAR",
    "birth_date": "DATE",
    "id_number": "VARCHAR",
    "id_system": "VARCHAR",
    "phone": "VARCHAR",
    "address": "VARCHAR",
    "mrn": "VARCHAR",
}
SECRET = b"a key that the nodes share, and the hub lacks"


class Snap(NamedTuple):
    id: str
    zone: str


class NodeWorld:
    """What `identify` asks of a world, and no more."""

    party = "node-a"

    def __init__(self, folder: Path) -> None:
        self.blobs = Zones(folder)

    def frames(self) -> DuckFrames:
        return DuckFrames(self.blobs)

    def put(self, zone: str, people: Iterable[dict[str, Any]], *, snapshot: str = "s-1") -> Snap:
        """Seal a snapshot's identities; a person is a dict of some columns, numbered from 1 unless they say otherwise."""
        blank = dict.fromkeys(IDENTITY)
        with self.frames() as frames:
            frames.load("people", IDENTITY, ({**blank, "person_id": i, **p} for i, p in enumerate(people, 1)))
            frames.save("SELECT * FROM people", zone, f"std/{snapshot}/x_identity.parquet")
        return Snap(snapshot, zone)

    def index(self, *snapshots: Snap, secret: bytes = SECRET) -> PersonIndex:
        return identify(self, snapshots, secret, lambda done, of: None)  # type: ignore[arg-type]

    def rows(self, index: PersonIndex) -> dict[tuple[str, int], tuple[str, str]]:
        """(zone, person_id) -> (person, handle)."""
        with self.frames() as frames:
            url = frames.url("zone-identity", index.file)
            found = frames.rows(f"SELECT zone, person_id, person, handle FROM read_parquet('{url}')")
        return {(z, p): (person, handle) for z, p, person, handle in found}  # type: ignore[misc]

    def reviews(self, index: PersonIndex) -> list[dict[str, object]]:
        with self.frames() as frames:
            url = frames.url("zone-identity", index.review_file)
            names = [str(r[0]) for r in frames.rows(f"DESCRIBE SELECT * FROM read_parquet('{url}')")]
            return [dict(zip(names, r, strict=True)) for r in frames.rows(f"FROM read_parquet('{url}')")]
