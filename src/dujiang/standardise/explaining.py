"""Explaining a standard row: the arrival, file and line its record came from, by which maps it was made, and what raw fields its columns were read from.

No value of the record is told, and neither its key nor its file's name, which may be a patient's: a file goes by its place in the arrival's manifest
and by its hash, the record by its line. Whoever may see the record finds it by these.
"""

from collections.abc import Sequence
from typing import Any

from dujiang.act import NODE, Actor, Outcome, begin
from dujiang.collect.arrivals import Arrival
from dujiang.errors import Malformed, Unknown
from dujiang.standardise.known import known_at
from dujiang.standardise.mapping import FAMILY, Map, maps
from dujiang.standardise.model import CDM, TABLES
from dujiang.standardise.plan import literal
from dujiang.standardise.standardise import Snapshot, std_name
from dujiang.standardise.tables.compiling import compiled
from dujiang.words import Role, Word
from dujiang.world import World


class WhichRow(Word, frozen=True):
    """A row of a snapshot's table by its key; of `death`, which has none of its own, the person's."""

    snapshot: str
    table: str
    row: int

    def __post_init__(self) -> None:
        if self.table not in CDM:
            raise Malformed("row.table", "There is no such standard table.", "没有该标准表。")


def key_of(table: str) -> str:
    """The column that names a row of a standard table."""
    return next((c.name for c in TABLES[table].columns if c.key), "person_id")


def explain(world: World, actor: Actor, _: None, args: WhichRow) -> Outcome:
    """Where a row came from; recorded, since it points at one record."""
    snapshot = world.tables.get(Snapshot, args.snapshot)
    with world.frames() as frames:
        url = frames.url(snapshot.zone, std_name(snapshot.id, args.table))
        found = frames.rows(
            f'SELECT x_source_kind, x_arrival, x_file, x_line FROM read_parquet({literal(url)}) WHERE "{key_of(args.table)}" = ? LIMIT 1', [args.row]
        )
    if not found:
        raise Unknown("row.unknown", "The snapshot has no such row. Look up its key again.", "该快照中没有此行，请重新核对行键。")
    kind, arrival, file, line = (str(cell) for cell in found[0])
    own = tuple(m for one in known_at(world, snapshot.zone).tables for m in compiled(one.text).maps)
    answer = {
        "table": args.table, "kind": kind, "arrival": arrival, **_place(world, arrival, file), "line": int(line), "mapping": snapshot.mapping_version,
        "known": snapshot.known, "maps": [{"family": family, "columns": found.reads} for family, found in _maps(kind, args.table, own)],
    }
    return Outcome(answer=answer, facts={"snapshot": snapshot.id, "table": args.table, "arrival": arrival})


def _place(world: World, arrival: str, file: str) -> dict[str, Any]:
    """The file's place in the manifest, from 1, and its hash; a file inside an archive goes by the archive's."""
    landed = world.tables.find(Arrival, arrival)
    for number, one in enumerate(landed.files if landed else (), 1):
        if one.name == file or file.startswith((one.name + "/", one.name + "!")):
            return {"file": number, "sha256": one.sha256}
    return {"file": 0, "sha256": ""}


def _maps(kind: str, table: str, own: Sequence[Map]) -> list[tuple[str, Map]]:
    every = [(family, m) for family in sorted(set(FAMILY.values()) - {"tables"}) for m in maps(family)] + [("tables", m) for m in own]
    return [(family, m) for family, m in every if m.takes(kind) and any(filled == table for filled, _ in m.into)]


ACTS = (
    begin("row.explain", "See where a standard row came from", "查看标准表某行的来源", who=frozenset({Role.STEWARD}), where=NODE, takes=WhichRow, step=explain),
)
