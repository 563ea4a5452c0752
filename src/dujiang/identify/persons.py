"""The person index of a node: every source record on exactly one person, with a handle that other nodes can find.

Never joins two different valid numbers of one system; what a reviewer must decide is kept sealed, by record number.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, NamedTuple, Protocol, cast

from dujiang.errors import Conflict, Malformed, Unknown
from dujiang.identify.blocking import Finding, choose_pairs
from dujiang.identify.clusters import Clusters, Link, cluster
from dujiang.identify.content import Content, Doubt
from dujiang.identify.matching import Decision, Traits, compare
from dujiang.identify.records import PAGE, read_records, traits_of
from dujiang.words import Thing
from dujiang.world import Frames, World

ZONE = "zone-identity"
Progress = Callable[[int, int], None]


class Snapshot(Protocol):
    """What is asked of a snapshot of standard tables: its id and its zone."""

    @property
    def id(self) -> str: ...

    @property
    def zone(self) -> str: ...


class PersonIndex(Thing, frozen=True):
    """Who is who over some snapshots. The id is a hash of both: the same snapshots give the same index."""

    KIND: ClassVar[str] = "person_index"
    snapshots: tuple[str, ...]
    persons: int
    records: int
    linked: int  # pairs that the scoring linked
    review: int  # pairs that wait for a reviewer
    flagged: int  # records whose identity number is not valid
    findings: tuple[Finding, ...] = ()

    @property
    def file(self) -> str:
        """Name within `zone-identity` of the index: zone, person_id, person, handle."""
        return f"index/{self.id}.parquet"

    @property
    def review_file(self) -> str:
        """Name within `zone-identity` of the pairs to review: record numbers, score, rule and weights, no names."""
        return f"index/{self.id}.review.parquet"


class _Scored(NamedTuple):
    links: list[Link]
    doubts: list[Doubt]
    traits: dict[int, Traits]  # of every record in a link


def identify(world: World, snapshots: Sequence[Snapshot], secret: bytes, progress: Progress) -> PersonIndex:
    """Index the persons of these snapshots, one snapshot a zone, and seal the index.

    `secret` is the persons' key that the nodes share. Conflict when a zone comes twice; Unknown when a snapshot has no
    identities.
    """
    ids = tuple(s.id for s in snapshots)
    with world.frames() as frames:
        records = read_records(frames, _identities(world, snapshots))
        findings = choose_pairs(frames)
        scored = _score(frames, progress)
        clusters = cluster(scored.links, scored.traits)
        doubts = sorted([*_open(scored.doubts, clusters), *_refused(clusters, scored.traits)])
        content = Content(frames, clusters, world.party, secret)
        content.write(scored.traits, doubts)
        index = PersonIndex(
            id=f"i-{content.hash(ids)}",
            state="identified",
            snapshots=ids,
            persons=content.persons,
            records=records,
            linked=len(scored.links),
            review=len(doubts),
            flagged=cast(int, frames.rows("SELECT count(*) FROM x_traits WHERE flagged")[0][0]),
            findings=findings,
        )
        frames.save("SELECT * FROM x_index ORDER BY zone, person_id", ZONE, index.file)
        frames.save("SELECT * FROM x_review ORDER BY ALL", ZONE, index.review_file)
    return index


def _identities(world: World, snapshots: Sequence[Snapshot]) -> list[tuple[str, str]]:
    if not snapshots:
        raise Malformed(
            "persons.nothing",
            "There is no snapshot to identify. Standardise first.",
            "没有可供识别的快照，请先完成标准化。",
        )
    if len({s.zone for s in snapshots}) != len(snapshots):
        raise Conflict(
            "persons.zone_twice",
            "A zone has two snapshots here. Take one of each.",
            "同一分区出现两个快照，请只取一个。",
        )
    for s in snapshots:
        if not world.blobs.has(s.zone, _identity_file(s)):
            raise Unknown(
                "persons.no_identity",
                "Snapshot {id} has no identities. Standardise its zone again.",
                "快照 {id} 没有身份信息，请重新标准化该分区。",
                id=s.id,
            )
    return [(s.zone, world.blobs.url(s.zone, _identity_file(s))) for s in snapshots]


def _identity_file(snapshot: Snapshot) -> str:
    return f"std/{snapshot.id}/x_identity.parquet"


def _score(frames: Frames, progress: Progress) -> _Scored:
    """Compare the chosen pairs page by page; traits are held for one page and for linked records only."""
    total = cast(int, frames.rows("SELECT count(*) FROM x_pairs")[0][0])
    scored = _Scored([], [], {})
    for start in range(0, total, PAGE):
        page = f"(SELECT a, b FROM x_pairs WHERE rowid BETWEEN {start} AND {start + PAGE - 1})"
        traits = dict(traits_of(frames, f"SELECT a FROM {page} UNION SELECT b FROM {page}"))
        for a, b in cast(list[tuple[int, int]], frames.rows(f"FROM {page}")):
            verdict = compare(traits[a], traits[b])
            if verdict.decision is Decision.LINK:
                scored.links.append(Link(a, b, verdict.score))
                scored.traits.update({a: traits[a], b: traits[b]})
            elif verdict.decision is Decision.REVIEW:
                scored.doubts.append(Doubt(a, b, verdict))
        progress(min(start + PAGE, total), total)
    return scored


def _open(doubts: list[Doubt], clusters: Clusters) -> Iterator[Doubt]:
    """Doubts that no other link has settled."""
    return (d for d in doubts if clusters.person_of(d.a) != clusters.person_of(d.b))


def _refused(clusters: Clusters, traits: dict[int, Traits]) -> Iterator[Doubt]:
    """Links that would have brought a contradiction into a person, for the reviewer."""
    for link in clusters.refused:
        verdict = compare(traits[link.a], traits[link.b])
        yield Doubt(link.a, link.b, verdict._replace(decision=Decision.REVIEW, rule="contradiction_in_the_person"))
