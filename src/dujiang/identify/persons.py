"""The person index of a node: every source record on exactly one person, with a handle that other nodes can find.

Never joins two different valid numbers of one system unless a reviewer ruled so; what a reviewer must decide is kept sealed, by record number.
What arrives later costs its own size: only records that are new or changed are read, compared with all others and with one another, under the
model that was learnt before. The index made so is the one that comparing everything anew under that model would give.
"""

import hashlib
from collections.abc import Sequence
from typing import ClassVar, Protocol, cast

from dujiang.errors import Conflict, Malformed, Unknown
from dujiang.identify import content
from dujiang.identify.blocking import Finding
from dujiang.identify.clusters import bounds
from dujiang.identify.fitting import Model
from dujiang.identify.linking import Progress, link
from dujiang.identify.people import PEOPLE
from dujiang.identify.pseudonyms import Names
from dujiang.identify.records import (
    NAMES,
    RECIPE,
    TRAITS,
    Parts,
    bring_names,
    bring_traits,
    files,
    know_records,
    lay_out,
    narrow_keys,
    read_records,
)
from dujiang.identify.rulings import LIFE, Ruling, Sets, numbered
from dujiang.identify.scoring import SCORED
from dujiang.identify.touching import Touch, toucher
from dujiang.words import Thing
from dujiang.world import Frames, World

ZONE = "zone-identity"
GROWN = 1.25  # a model serves until there are so many times the records it was learnt from
MOST_PARTS = 16  # more, and the traits are written together


class Snapshot(Protocol):
    """What is asked of a snapshot of standard tables: its id and its zone."""

    @property
    def id(self) -> str: ...

    @property
    def zone(self) -> str: ...


class PersonIndex(Thing, frozen=True):
    """Who is who over some snapshots. The id is a hash of both and of the reviewers' rulings."""

    KIND: ClassVar[str] = "person_index"
    snapshots: tuple[str, ...]
    persons: int
    records: int
    linked: int  # pairs that the scoring linked
    review: int  # pairs that wait for a reviewer
    flagged: int  # records whose identity number is not valid
    findings: tuple[Finding, ...] = ()
    fresh: int = 0  # records that had to be compared for this index
    rulings: tuple[str, ...] = ()  # the reviewers' rulings that bound it, the newest first
    recipe: str = ""  # what the traits and the settings were; with another, everything is made anew
    parts: tuple[str, ...] = ()  # files of traits, names and keys
    terms: str = ""  # file of the model's common values
    model: Model | None = None

    @property
    def file(self) -> str:
        """Name within `zone-identity` of the index: zone, person_id, person, handle, and what the next index needs."""
        return f"index/{self.id}.parquet"

    @property
    def review_file(self) -> str:
        """Name within `zone-identity` of the pairs to review: record numbers, score, rule and pattern, no names."""
        return f"index/{self.id}.review.parquet"

    @property
    def pairs_file(self) -> str:
        """Name within `zone-identity` of the scored pairs worth remembering, by version."""
        return f"index/{self.id}.pairs.parquet"


def identify(
    world: World, snapshots: Sequence[Snapshot], secret: bytes, progress: Progress, *,
    before: PersonIndex | None = None, rulings: Sequence[Ruling] = (), learn: bool = False,
) -> PersonIndex:
    """Index the persons of these snapshots, one snapshot a zone, and seal the index.

    `secret` is the persons' key that the nodes share. `before` is the newest index of this node; with `learn`, or when the node has grown by a
    quarter, the model is learnt anew. `rulings` are all there are, the newest first; those in force bind. Conflict when a zone comes twice; Unknown when a snapshot
    has no identities.
    """
    names = Names(secret, world.party)
    recipe = _recipe(names)
    if before and (before.recipe != recipe or not _kept(world, before)):
        before = None
    bound = [ruling for ruling in rulings if ruling.state == LIFE.start]
    with world.frames() as frames:
        parts = _places(frames, before)
        records = know_records(frames, _identities(world, snapshots), recipe, parts)
        made = read_records(frames, names)
        lay_out(frames, PEOPLE.rules, parts)
        kept = None if learn or (before and records > GROWN * cast(Model, before.model).records) else before
        fresh = _open(frames, kept) if kept else None
        sets = _by_number(frames, rulings, bound)
        linked = link(
            frames, PEOPLE, records, bounds=bounds(sets), model=kept.model if kept else None, fresh=fresh is not None,
            crowded=bool(kept and kept.findings), near="x_keys" if fresh is None else narrow_keys(frames),
            touch=_toucher(frames, kept, rulings) if kept and fresh is not None else None, bring=lambda which: bring_traits(frames, parts, which), progress=progress,
        )
        found = content.write(frames, linked, names, lambda which: bring_names(frames, parts, which),
                              earlier=(frames.url(ZONE, kept.file), frames.url(ZONE, kept.review_file)) if kept else ("", ""))
        index = PersonIndex(
            id=content.name([s.id for s in snapshots], [f"{r.id} {r.state}" for r in rulings], found), state="identified",
            snapshots=tuple(s.id for s in snapshots), persons=found.persons, records=records, linked=linked.links,
            review=found.review, flagged=found.flagged, findings=linked.findings, fresh=records if fresh is None else fresh,
            rulings=tuple(r.id for r in bound), recipe=recipe, model=linked.model, parts=_seal_parts(frames, made, before, parts),
            terms=kept.terms if kept else _seal_terms(frames),
        )
        _seal(frames, index)
    return index


def _recipe(names: Names) -> str:
    """A word that changes with the traits, the settings and the key."""
    settings = hashlib.sha256(repr(PEOPLE).encode()).hexdigest()[:16]
    return f"{RECIPE}.{settings}.{names.mark()}"


def _kept(world: World, index: PersonIndex) -> bool:
    """Whether everything that a later index needs of this one is there."""
    files = (index.file, index.pairs_file, index.review_file, index.terms, *(f"{kind}/{part}.parquet" for kind in Parts._fields for part in index.parts))
    return index.model is not None and all(world.blobs.has(ZONE, file) for file in files)


def _places(frames: Frames, before: PersonIndex | None) -> Parts:
    parts = before.parts if before else ()
    return Parts(*(tuple(frames.url(ZONE, f"{kind}/{part}.parquet") for part in parts) for kind in Parts._fields))


def _identities(world: World, snapshots: Sequence[Snapshot]) -> list[tuple[str, str]]:
    if not snapshots:
        raise Malformed(
            "persons.nothing", "There is no snapshot to identify. Standardise first.", "没有可供识别的快照，请先完成标准化。",
        )
    if len({s.zone for s in snapshots}) != len(snapshots):
        raise Conflict(
            "persons.zone_twice", "A zone has two snapshots here. Take one of each.", "同一分区出现两个快照，请只取一个。",
        )
    for s in snapshots:
        if not world.blobs.has(s.zone, _identity_file(s)):
            raise Unknown(
                "persons.no_identity", "Snapshot {id} has no identities. Standardise its zone again.",
                "快照 {id} 没有身份信息，请重新标准化该分区。", id=s.id,
            )
    return [(s.zone, world.blobs.url(s.zone, _identity_file(s))) for s in snapshots]


def _identity_file(snapshot: Snapshot) -> str:
    return f"std/{snapshot.id}/x_identity.parquet"


def _open(frames: Frames, before: PersonIndex) -> int | None:
    """Fill `x_terms`, `x_fresh` and `x_settled` from an earlier index; how many records are fresh.

    None when records are gone from groups that were too crowded to compare: they may be small enough now, so everything is compared.
    """
    frames.run(f"CREATE OR REPLACE TABLE x_terms AS FROM read_parquet('{frames.url(ZONE, before.terms)}')")
    frames.run(f"CREATE OR REPLACE TABLE x_before AS SELECT version, settled FROM read_parquet('{frames.url(ZONE, before.file)}')")
    frames.run("CREATE OR REPLACE TABLE x_fresh AS SELECT n FROM x_known ANTI JOIN x_before USING (version)")
    fresh, known, earlier = cast(
        tuple[int, int, int], frames.rows("SELECT (SELECT count(*) FROM x_fresh), (SELECT count(*) FROM x_known), (SELECT count(*) FROM x_before)")[0]
    )
    if before.findings and known - fresh < earlier:
        return None
    frames.run(
        f"CREATE OR REPLACE TABLE x_settled AS SELECT least(a.n, b.n) AS a, greatest(a.n, b.n) AS b, {', '.join(list(SCORED)[2:])} "
        f"FROM read_parquet('{frames.url(ZONE, before.pairs_file)}') p JOIN x_known a ON a.version = p.a_version "
        "JOIN x_known b ON b.version = p.b_version"
    )
    return fresh


def _toucher(frames: Frames, before: PersonIndex, rulings: Sequence[Ruling]) -> Touch | None:
    """None when a ruling that bound the earlier index is not known any more, and with it what it may have changed."""
    if not set(before.rulings) <= {ruling.id for ruling in rulings}:
        return None
    number = next(place for place, rule in enumerate(PEOPLE.rules) if rule.name == "number")
    gone = frames.rows("SELECT 1 FROM x_before ANTI JOIN x_known USING (version) LIMIT 1")
    return toucher(frames, frames.url(ZONE, before.pairs_file), number, gone=bool(gone))


def _by_number(frames: Frames, every: Sequence[Ruling], rulings: Sequence[Ruling]) -> list[Sets]:
    """The rulings' records by their numbers here; `x_ruled` (place) has those of every ruling there ever was."""
    places = sorted(set().union(*(ruling.records() for ruling in every)))
    frames.run("CREATE OR REPLACE TABLE x_ruled (place VARCHAR)")
    if not places:
        return []
    frames.load("x_places", {"place": "VARCHAR"}, ({"place": place} for place in places))
    frames.run("INSERT INTO x_ruled FROM x_places")
    found = frames.rows("SELECT place, n FROM x_known JOIN x_ruled ON place = zone || '/' || person_id")
    return numbered(rulings, dict(cast(list[tuple[str, int]], found)))


def _seal_parts(frames: Frames, made: int, before: PersonIndex | None, old: Parts) -> tuple[str, ...]:
    """Seal what was made now as a part of its own, or everything together when there are many parts; the parts, old and new."""
    parts = before.parts if before else ()
    if not made and parts:
        return parts
    together = len(parts) >= MOST_PARTS
    sources = {"traits": ("x_made", ("version", *TRAITS)), "names": ("x_made", ("version", *NAMES)), "keys": ("x_made_keys", ("version", "rule", "key"))}
    rows = frames.rows(f"SELECT coalesce(sum(version::HUGEINT), 0)::VARCHAR || '.{len(parts) if together else 0}' FROM x_made")
    part = hashlib.sha256(cast(str, rows[0][0]).encode()).hexdigest()[:24]
    for kind, (table, columns) in sources.items():
        every = f"SELECT {', '.join(columns)} FROM"
        older = f" UNION ALL {every} {files(getattr(old, kind))} SEMI JOIN x_known USING (version)" if together else ""
        frames.save(f"{every} {table}{older}", ZONE, f"{kind}/{part}.parquet")
    return (part,) if together else (*parts, part)


def _seal_terms(frames: Frames) -> str:
    rows = frames.rows("SELECT sha256(coalesce(string_agg(field || '|' || value || '|' || bonus, chr(1) ORDER BY field, value), '')) FROM x_terms")
    file = f"terms/{cast(str, rows[0][0])[:24]}.parquet"
    frames.save("SELECT * FROM x_terms ORDER BY ALL", ZONE, file)
    return file


def _seal(frames: Frames, index: PersonIndex) -> None:
    frames.save("SELECT * FROM x_index", ZONE, index.file)
    frames.save("SELECT * FROM x_review ORDER BY ALL", ZONE, index.review_file)
    kept = ", ".join(list(SCORED)[2:])
    frames.save(
        f"SELECT a.version AS a_version, b.version AS b_version, {kept} "
        "FROM x_remembered k JOIN x_known a ON a.n = k.a JOIN x_known b ON b.n = k.b",
        ZONE, index.pairs_file,
    )
