"""The acts of standardising: turn a zone's arrivals into standard tables, see what is not yet understood."""

from dujiang.act import NODE, Actor, Nothing, Outcome, Work, begin, look, queued
from dujiang.collect.arrivals import Arrival
from dujiang.collect.contract import accepted
from dujiang.errors import Conflict
from dujiang.standardise.known import known_at
from dujiang.standardise.standardise import Snapshot, standardise
from dujiang.words import STAFF, Role, Saying, Word
from dujiang.world import World


class Zone(Word, frozen=True):
    zone: str


class Made(Word, frozen=True):
    snapshot: Snapshot


class WhichSnapshot(Word, frozen=True):
    snapshot: str
    most: int = 1000


def queue(world: World, actor: Actor, _: None, args: Zone) -> Outcome:
    job = queued(world, "snapshot.make", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,), facts={"zone": args.zone})


def run(world: World, args: Zone, progress: object) -> Made:
    arrivals = [a for a in world.tables.all(Arrival) if a.zone == args.zone]
    if not arrivals:
        raise Conflict("snapshot.empty", "Nothing has landed in that zone yet.", "该分区尚无数据到达。")
    if not (kept := accepted(arrivals)):
        raise Conflict(
            "snapshot.contract", "Every arrival in that zone breaks the file contract. See the list of arrivals for why, and have it delivered again.",
            "该分区的所有批次均不符合交付约定。请在到达批次列表查看原因，并要求重新交付。",
        )
    earlier = world.tables.all(Snapshot, parent=args.zone)
    before = max(earlier, key=lambda s: len(s.arrivals), default=None)
    return Made(snapshot=standardise(world, args.zone, kept, progress, known=known_at(world, args.zone), before=before))  # type: ignore[arg-type]


def made(world: World, actor: Actor, _: None, args: Made) -> Outcome:
    snapshot = world.tables.find(Snapshot, args.snapshot.id) or args.snapshot
    facts = {"snapshot": snapshot.id, "zone": snapshot.zone, "rows": {t.name: t.rows for t in snapshot.tables},
             "unmapped": snapshot.unmapped, "mapping": snapshot.mapping_version}
    return Outcome(answer={"snapshot": snapshot.id}, keep=(snapshot,), facts=facts)


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(Snapshot))


def unmapped(world: World, actor: Actor, _: None, args: WhichSnapshot) -> Outcome:
    """The work-list: what could not be mapped, most frequent first."""
    snapshot = world.tables.get(Snapshot, args.snapshot)
    with world.frames() as frames:
        url = frames.url(snapshot.zone, f"std/{snapshot.id}/x_unmapped.parquet")
        most = max(1, min(args.most, 10_000))
        rows = frames.rows(
            f'SELECT "table", field, system, code, "rows", reason FROM read_parquet(\'{url}\') ORDER BY "rows" DESC, code LIMIT {most}'
        )
    names = ("table", "field", "system", "code", "rows", "reason")
    return Outcome(answer=[dict(zip(names, row, strict=True)) for row in rows])


STEWARD = frozenset({Role.STEWARD})
ACTS = (
    begin("snapshot.make", "Standardise a zone's arrivals", "标准化分区数据", who=STEWARD, where=NODE, takes=Zone, step=queue),
    begin("snapshot.made", "Record a snapshot of standard tables", "记录标准表快照", who={Role.SYSTEM}, where=NODE, takes=Made, step=made),
    look("snapshot.list", "List the snapshots", "查看快照", who=STAFF, where=NODE, takes=Nothing, step=listed),
    look("unmapped.list", "See what is not yet mapped", "查看未映射清单", who=STEWARD, where=NODE, takes=WhichSnapshot, step=unmapped),
)
WORKS = (Work("snapshot.make", Saying(en="Standardise to OMOP CDM 5.4", zh="标准化为 OMOP CDM 5.4"), Zone, run, "snapshot.made"),)
