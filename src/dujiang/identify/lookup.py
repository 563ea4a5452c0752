"""From a source's patient key to the node's person: the one place where the two meet outside the index itself."""

from collections.abc import Iterable, Sequence
from typing import cast

from dujiang.errors import Conflict, Unknown
from dujiang.identify.persons import PersonIndex
from dujiang.standardise.standardise import Snapshot
from dujiang.world import World

INDEX_ZONE = "zone-identity"


def _index_sql(world: World) -> str:
    indexes = world.tables.all(PersonIndex)
    if not indexes:
        raise Conflict("persons.none", "No person has been identified here yet.", "本节点尚未完成身份识别。")
    url = world.blobs.url(INDEX_ZONE, f"index/{indexes[-1].id}.parquet")
    zones = [world.tables.get(Snapshot, s) for s in indexes[-1].snapshots]
    persons = ", ".join(f"'{world.blobs.url(s.zone, f'std/{s.id}/person.parquet')}'" for s in zones)
    known = ", ".join(f"'{world.blobs.url(s.zone, f'std/{s.id}/x_identity.parquet')}'" for s in zones)
    return (
        f"FROM read_parquet('{url}') i JOIN read_parquet([{persons}]) p USING (person_id) "
        f"LEFT JOIN read_parquet([{known}]) d USING (person_id)"
    )


def people(world: World) -> list[tuple[str, str, str]]:
    """Every (source patient key, person id, handle), in order of the key."""
    with world.frames() as frames:
        rows = frames.rows(f"SELECT DISTINCT p.x_source_key, i.person, i.handle {_index_sql(world)} ORDER BY 1")
    return cast(list[tuple[str, str, str]], rows)


def people_by_patient(world: World, patients: frozenset[str]) -> dict[str, str]:
    """Handle by source patient key or record number, for those of `patients` that are known."""
    with world.frames() as frames:
        frames.load("wanted", {"patient": "VARCHAR"}, ({"patient": p} for p in sorted(patients)))
        rows = frames.rows(
            f"WITH k AS (SELECT DISTINCT p.x_source_key AS key, d.mrn AS mrn, i.handle AS handle {_index_sql(world)}) "
            "SELECT w.patient, min(k.handle) FROM wanted w JOIN k ON w.patient = k.key OR w.patient = k.mrn GROUP BY 1"
        )
    return dict(cast(list[tuple[str, str]], rows))


def moved(world: World, before: PersonIndex, after: PersonIndex, handles: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The other handles that records of these handles have in a later index, by the handle they had; handles that stayed are left out."""
    with world.frames() as frames:
        frames.load("asked", {"handle": "VARCHAR"}, ({"handle": h} for h in sorted(set(handles))))
        old, new = (frames.url(INDEX_ZONE, index.file) for index in (before, after))
        rows = frames.rows(
            f"SELECT DISTINCT o.handle, n.handle FROM read_parquet('{old}') o SEMI JOIN asked USING (handle) "
            f"JOIN read_parquet('{new}') n ON n.zone = o.zone AND n.person_id = o.person_id WHERE n.handle <> o.handle ORDER BY ALL"
        )
    found: dict[str, tuple[str, ...]] = {}
    for was, now in cast(list[tuple[str, str]], rows):
        found[was] = (*found.get(was, ()), now)
    return found


def handles_now(world: World, handle: str) -> tuple[str, ...]:
    """What the records are called today that had this handle when an index last knew it; the handle itself where none ever did."""
    indexes = world.tables.all(PersonIndex)[::-1]
    with world.frames() as frames:
        for index in indexes:
            if not world.blobs.has(INDEX_ZONE, index.file):
                continue
            rows = frames.rows(
                f"SELECT DISTINCT n.handle FROM read_parquet('{frames.url(INDEX_ZONE, index.file)}') o "
                f"JOIN read_parquet('{frames.url(INDEX_ZONE, indexes[0].file)}') n USING (zone, person_id) WHERE o.handle = ? ORDER BY 1",
                [handle],
            )
            if rows:
                return tuple(cast(str, row[0]) for row in rows)
    return (handle,)


def members(world: World, index: PersonIndex, records: Sequence[str]) -> dict[str, frozenset[str]]:
    """All records, named `zone/person_id`, of each of these records' persons; Unknown when one is not in the index."""
    with world.frames() as frames:
        frames.load("wanted", {"place": "VARCHAR"}, ({"place": r} for r in sorted(set(records))))
        url = frames.url(INDEX_ZONE, index.file)
        frames.run(f"CREATE TABLE known AS SELECT person, zone || '/' || person_id AS place FROM read_parquet('{url}')")
        rows = frames.rows("SELECT w.place, k.place FROM wanted w JOIN known o ON o.place = w.place JOIN known k ON k.person = o.person")
    found: dict[str, set[str]] = {}
    for record, mate in cast(list[tuple[str, str]], rows):
        found.setdefault(record, set()).add(mate)
    if not found.keys() >= set(records):
        raise Unknown("person.record", "A record named here is not in the newest index.", "所指记录不在最新的人员索引中。")
    return {record: frozenset(mates) for record, mates in found.items()}


def two_numbers(world: World, index: PersonIndex, records: Sequence[str]) -> bool:
    """Whether the persons of these records, taken together, have two different valid numbers of one system."""
    mates = sorted(set().union(*members(world, index, records).values()))
    with world.frames() as frames:
        frames.load("mate", {"place": "VARCHAR"}, ({"place": m} for m in mates))
        parts = ", ".join(f"'{frames.url(INDEX_ZONE, f'traits/{part}.parquet')}'" for part in index.parts)
        rows = frames.rows(
            f"SELECT 1 FROM read_parquet('{frames.url(INDEX_ZONE, index.file)}') i JOIN mate ON place = i.zone || '/' || i.person_id "
            f"JOIN (SELECT version, id_system, id_number FROM read_parquet([{parts}])) t USING (version) WHERE id_number IS NOT NULL "
            "GROUP BY id_system HAVING count(DISTINCT id_number) > 1"
        )
    return bool(rows)
