"""From a source's patient key to the node's person: the one place where the two meet outside the index itself."""

from typing import cast

from dujiang.errors import Conflict
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
