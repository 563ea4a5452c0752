"""The data map: what a node holds, as a river from sources through zones and standard tables to assets, with volume, persons, quality and grade.

Pure: made from the things the node keeps, never from a record.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dujiang.assess.grading import ColumnGrade, grade_columns
from dujiang.assess.quality_records import Assessment
from dujiang.collect.arrivals import Arrival
from dujiang.collect.sources import Source
from dujiang.register.assets import Asset
from dujiang.standardise.model import ASSET_COLUMNS, TABLES
from dujiang.standardise.standardise import Snapshot
from dujiang.words import Grade, Saying, Word

ENDED = frozenset({"retired", "destroyed"})


class Place(Word, frozen=True):
    """One place of the map. `size` counts records or rows; `grade` and `quality` (0 to 100) where they are known."""

    id: str
    kind: str  # source, zone, table, asset
    name: str | Saying
    size: int = 0
    persons: int | None = None
    quality: int | None = None
    grade: Grade | None = None
    state: str = ""
    note: str = ""  # a source's form, a zone's snapshot, an asset's content hash


class Flow(Word, frozen=True):
    """So many records or rows go from one place to the next."""

    frm: str
    to: str
    size: int


class MapColumn(Word, frozen=True):
    """A column that an asset can hold, with its category, grade and the rule that says so."""

    table: str
    column: str
    type: str
    category: str
    grade: Grade
    rule: str
    says: Saying


class DataMap(Word, frozen=True):
    """Places in order of the river, the flows between them, the columns of the tables."""

    places: tuple[Place, ...]
    flows: tuple[Flow, ...]
    columns: tuple[MapColumn, ...]


class Kept(NamedTuple):
    """The things a map is made from, each kind in order of birth."""

    sources: Sequence[Source]
    arrivals: Sequence[Arrival]
    snapshots: Sequence[Snapshot]
    assessments: Sequence[Assessment]
    assets: Sequence[Asset]


def make(kept: Kept) -> DataMap:
    """The map of a node. A zone counts by its newest snapshot, a table by those of all zones, an asset by its own tables once it is registered."""
    newest = {s.zone: s for s in kept.snapshots}
    columns = tuple(_column(one) for one in grade_columns(ASSET_COLUMNS))
    grades = {table: max((c.grade for c in columns if c.table == table), default=Grade.RESTRICTED) for table in ASSET_COLUMNS}
    places = (*_sources(kept), *_zones(kept, newest), *_tables(newest.values(), grades), *_assets(kept.assets))
    there = {place.id for place in places}
    flows = (*_into_zones(kept), *_into_tables(newest.values()), *_into_assets(kept))
    return DataMap(places=places, flows=tuple(f for f in flows if f.size and {f.frm, f.to} <= there), columns=columns)


def found(whole: DataMap, text: str) -> DataMap:
    """The places and columns whose id or name holds the text, in any case, and what flows between those places; all for an empty text."""
    sought = text.strip().casefold()
    if not sought:
        return whole
    columns = tuple(c for c in whole.columns if sought in f"{c.table}.{c.column} {c.category}".casefold())
    tables = {f"table:{c.table}" for c in columns}
    places = tuple(p for p in whole.places if p.id in tables or sought in _text(p).casefold())
    there = {p.id for p in places}
    return DataMap(places=places, flows=tuple(f for f in whole.flows if {f.frm, f.to} <= there), columns=columns)


def _text(place: Place) -> str:
    name = place.name if isinstance(place.name, str) else f"{place.name.en} {place.name.zh}"
    return f"{place.id} {name} {place.note}"


def _column(one: ColumnGrade) -> MapColumn:
    type = next(c.type for c in TABLES[one.table].columns if c.name == one.column)
    return MapColumn(table=one.table, column=one.column, type=type, category=one.category, grade=one.grade, rule=one.rule, says=one.says)


def _sources(kept: Kept) -> Iterable[Place]:
    for source in kept.sources:
        records = sum(a.records for a in kept.arrivals if a.source == source.id)
        yield Place(id=source.id, kind="source", name=f"{source.name} · {source.region}", size=records, state=source.state, note=source.form)


def _zones(kept: Kept, newest: Mapping[str, Snapshot]) -> Iterable[Place]:
    scores = {a.zone: a.report.score for a in kept.assessments}
    for zone in dict.fromkeys(s.zone for s in kept.sources):
        snapshot = newest.get(zone)
        size = sum(t.rows for t in snapshot.tables) if snapshot else 0
        persons = snapshot.persons if snapshot else None
        yield Place(id=zone, kind="zone", name=zone, size=size, persons=persons, quality=scores.get(zone), note=snapshot.id if snapshot else "")


def _tables(snapshots: Iterable[Snapshot], grades: Mapping[str, Grade]) -> Iterable[Place]:
    rows: dict[str, int] = dict.fromkeys(grades, 0)
    for snapshot in snapshots:
        for table in snapshot.tables:
            rows[table.name] = rows.get(table.name, 0) + table.rows
    for name, size in rows.items():
        if size:
            yield Place(id=f"table:{name}", kind="table", name=name, size=size, grade=grades.get(name))


def _assets(assets: Iterable[Asset]) -> Iterable[Place]:
    for asset in assets:
        if asset.state not in ENDED:
            yield Place(
                id=asset.id, kind="asset", name=asset.name, size=sum(t.rows for t in asset.tables), persons=asset.persons, state=asset.state,
                quality=asset.quality.score if asset.quality else None, grade=asset.grade or asset.proposed, note=asset.content,
            )


def _into_zones(kept: Kept) -> Iterable[Flow]:
    for source in kept.sources:
        yield Flow(frm=source.id, to=source.zone, size=sum(a.records for a in kept.arrivals if a.source == source.id))


def _into_tables(snapshots: Iterable[Snapshot]) -> Iterable[Flow]:
    for snapshot in snapshots:
        for table in snapshot.tables:
            yield Flow(frm=snapshot.zone, to=f"table:{table.name}", size=table.rows)


def _into_assets(kept: Kept) -> Iterable[Flow]:
    """What a registered version took of each table; before that, what its snapshots hold."""
    by_id = {s.id: s for s in kept.snapshots}
    for asset in kept.assets:
        if asset.tables:
            yield from (Flow(frm=f"table:{t.name}", to=asset.id, size=t.rows) for t in asset.tables)
            continue
        held: dict[str, int] = {}
        for table in (t for s in asset.snapshots if s in by_id for t in by_id[s].tables):
            held[table.name] = held.get(table.name, 0) + table.rows
        yield from (Flow(frm=f"table:{name}", to=asset.id, size=size) for name, size in held.items())
