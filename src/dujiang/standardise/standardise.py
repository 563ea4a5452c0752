"""Standardising a zone: landed records become one snapshot of standard tables, named by its content; the same input, the same name."""

import hashlib
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol, cast

from dujiang.collect.arrivals import records_name
from dujiang.errors import Conflict, Malformed, Unknown
from dujiang.standardise import unmapped
from dujiang.standardise.diagnoses import read_diagnoses
from dujiang.standardise.growing import UNDATED, keeps_apart, narrow, take_over
from dujiang.standardise.hashing import table_hash
from dujiang.standardise.known import NOTHING, Known, matcher
from dujiang.standardise.landed import gather, kept_raw
from dujiang.standardise.making import make, prepare
from dujiang.standardise.mapping import macros, mapping_version
from dujiang.standardise.model import CDM, TABLES
from dujiang.standardise.tables.compiling import compiled
from dujiang.standardise.tables.missing import count_missing
from dujiang.standardise.units.converting import convert, count_implausible
from dujiang.standardise.vocabularies.lookup import explain, look_up
from dujiang.words import Life, Thing, Word
from dujiang.world import Frames, World

__all__ = ["LIFE", "Snapshot", "TableCount", "mapping_version", "standardise", "table_hash"]

LIFE = Life(kind="snapshot", start="standardised", moves=())
Progress = Callable[[int, int], None]
Counts = dict[tuple[str, str], int]


class Landed(Protocol):
    """What is asked of an arrival."""

    @property
    def id(self) -> str: ...

    @property
    def zone(self) -> str: ...


class TableCount(Word, frozen=True):
    """One table of a snapshot: rows, and the hash of their content."""

    name: str
    rows: int
    hash: str


class Snapshot(Thing, frozen=True, kw_only=True):
    """The standard tables of a zone at one content.

    `unmapped` counts fields of rows on the work-list, `dangling` records set aside (`set_aside` by rule), `kept_raw` records
    of kinds that no map reads. records = those in tables + dangling + kept_raw.
    """

    KIND: ClassVar[str] = "snapshot"
    zone: str
    arrivals: tuple[str, ...]
    mapping_version: str
    tables: tuple[TableCount, ...]
    records: int = 0
    persons: int = 0
    unmapped: int = 0
    dangling: int = 0
    set_aside: dict[str, int] = {}
    kept_raw: dict[str, int] = {}
    vocabularies: tuple[str, ...] = ()  # loaded when it was made
    known: str = ""  # version of what the node knew: its vocabularies and confirmed terms; empty when it knew nothing

    def __post_init__(self) -> None:
        if self.state not in LIFE.states():
            raise Malformed("snapshot.state", "A snapshot cannot be in that state.", "快照状态无效。")

    def parent(self) -> str:
        return self.zone


def std_name(snapshot: str, table: str) -> str:
    """Where a table of a snapshot lies in the zone."""
    return f"std/{snapshot}/{table}.parquet"


def standardise(
    world: World, zone: str, arrivals: Sequence[Landed], progress: Progress, *, known: Known = NOTHING, before: Snapshot | None = None
) -> Snapshot:
    """Make the snapshot of a zone from its arrivals, oldest first, and seal its tables; `progress(done, total)` counts records.

    `before` is an earlier snapshot of the zone: where it was made from the first of these arrivals by the same maps, only what came since is made.
    Conflict without arrivals, Malformed for one of another zone, Unknown when an arrival's records are not there. Running it
    again writes nothing that is already written. With another `known` the same arrivals may give other rows.
    """
    ids = tuple(dict.fromkeys(a.id for a in arrivals))
    _check(world, zone, ids, arrivals)
    version = mapping_version(tuple(one.text for one in known.tables))
    if before and (known.tables or before.zone != zone or not _grows(world, before, ids, (version, known.version()))):
        before = None
    with world.frames() as frames:
        places = [(id, frames.url(zone, records_name(id))) for id in ids]
        counts = gather(frames, places)
        if keeps_apart(counts):
            before = None
        prepare(frames, zone)
        own = [compiled(one.text) for one in known.tables]
        tables = [found for one in own for found in one.maps]
        raw = kept_raw(counts, tables)
        total, done = sum(counts.values()), sum(raw.values())
        todo = counts
        if before:
            todo = narrow(frames, {t: frames.url(zone, std_name(before.id, t)) for t in (*TABLES, UNDATED)}, places, ids[len(before.arrivals):])
            done = total - sum(todo.values()) + sum(kept_raw(todo, tables).values())
        for records in make(frames, todo, tables):
            done += records
            progress(done, total)
        if before:
            frames.run(macros("fhir"))
            take_over(frames)
        _understand(frames, known, before="was_x_terms" if before else "")
        count_missing(frames, own)
        snapshot = _described(frames, zone, ids, counts).with_(
            kept_raw=raw, mapping_version=version, vocabularies=tuple(sorted(v.id for v in known.vocabularies)), known=known.version(),
        )
        _save(world, frames, snapshot)
    progress(total, total)
    return snapshot


def _check(world: World, zone: str, ids: Sequence[str], arrivals: Sequence[Landed]) -> None:
    if not ids:
        raise Conflict("snapshot.empty", "Nothing has landed in that zone yet.", "该分区尚无数据到达。")
    if any(a.zone != zone for a in arrivals):
        raise Malformed("snapshot.zone", "An arrival belongs to another zone. Standardise each zone by itself.", "有批次属于其他分区，请逐个分区标准化。")
    for id in ids:
        if not world.blobs.has(zone, records_name(id)):
            raise Unknown("snapshot.records", "The records of {id} are not here. Land it again.", "{id} 的记录不在本节点，请重新接收该批次。", id=id)


def _grows(world: World, before: Snapshot, ids: tuple[str, ...], made_by: tuple[str, str]) -> bool:
    """Whether the snapshot can be taken over: its arrivals come first and in its order, the maps are the same, its tables are all there.

    A node's own maps may join any table with any other, so with them everything is made.
    """
    same = (before.mapping_version, before.known) == made_by and ids[: len(before.arrivals)] == before.arrivals and len(ids) > len(before.arrivals)
    return same and all(world.blobs.has(before.zone, std_name(before.id, table)) for table in (*TABLES, UNDATED))


_UNDATED = f"INSERT INTO x_unmapped SELECT 'death', 'death_date', '', '', '', count(*), 'date.none' FROM {UNDATED} GROUP BY kind"


def _understand(frames: Frames, known: Known, *, before: str) -> None:
    """Codes from texts, concepts from codes, values in one unit; then the work-list of what is left."""
    read_diagnoses(frames, lambda: matcher(frames, known), before=before)
    look_up(frames, known.vocabularies)
    convert(frames)
    unmapped.count(frames)
    frames.run(_UNDATED)
    count_implausible(frames)
    explain(frames)


def _described(frames: Frames, zone: str, arrivals: tuple[str, ...], counts: Counts) -> Snapshot:
    for table in TABLES.values():
        _settle(frames, table.name)
    tables = tuple(TableCount(name=name, rows=_count(frames, f"FROM {name}"), hash=table_hash(frames, f"{name}_std")) for name in TABLES)
    content = "\n".join([zone, *(f"{t.name} {t.hash}" for t in tables)])
    aside = frames.rows("SELECT rule, count(*) FROM x_dangling GROUP BY rule ORDER BY rule")
    rows = {t.name: t.rows for t in tables}
    return Snapshot(
        id="s-" + hashlib.sha256(content.encode()).hexdigest()[:24], state="standardised", zone=zone, arrivals=arrivals,
        mapping_version="", tables=tuple(t for t in tables if t.name in CDM), records=sum(counts.values()),
        persons=rows["person"], unmapped=_count(frames, "FROM x_unmapped", 'coalesce(sum("rows"), 0)::BIGINT'), dangling=rows["x_dangling"],
        set_aside={cast(str, rule): cast(int, n) for rule, n in aside},
    )


def _settle(frames: Frames, table: str) -> None:
    """The table as it is saved: a view without the columns that only helped to make it."""
    names = ", ".join(f'"{name}"' for name in TABLES[table].names())
    frames.run(f"CREATE OR REPLACE VIEW {table}_std AS SELECT {names} FROM {table}")


def _count(frames: Frames, source: str, what: str = "count(*)") -> int:
    return cast(int, frames.rows(f"SELECT {what} {source}")[0][0])


def _save(world: World, frames: Frames, snapshot: Snapshot) -> None:
    """With the columns that helped to make it, which a later snapshot needs; what an earlier release wrote without them is written anew."""
    whole = world.blobs.has(snapshot.zone, std_name(snapshot.id, UNDATED))
    for table in (*TABLES, UNDATED):
        name = std_name(snapshot.id, table)
        if not (whole and world.blobs.has(snapshot.zone, name)):
            frames.save(f"FROM {table}", snapshot.zone, name)
