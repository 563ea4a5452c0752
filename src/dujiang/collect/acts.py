"""The acts of collecting: open a source with its zone, land what it delivers, see what arrived and what was set aside."""

from typing import Any

import msgspec

from dujiang.act import NODE, Actor, Nothing, Outcome, Work, begin, look, queued
from dujiang.collect import live
from dujiang.collect.arrivals import Arrival
from dujiang.collect.contract import REMEDIES, contract
from dujiang.collect.landing import land
from dujiang.collect.sources import Source, open_source
from dujiang.words import STAFF, Role, Saying, Word
from dujiang.world import World


class OpenSource(Word, frozen=True):
    name: str
    region: str
    form: str = "auto"


class Landing(Word, frozen=True):
    source: str
    place: str  # folder or file on this node's machine


class Landed(Word, frozen=True):
    arrival: Arrival


class WhichArrival(Word, frozen=True):
    arrival: str
    most: int = 1000


def open_(world: World, actor: Actor, _: None, args: OpenSource) -> Outcome:
    source = open_source(args.name, args.region, form=args.form)
    before = world.tables.find(Source, source.id)
    return Outcome(answer={"source": (before or source).id, "zone": source.zone}, keep=(before or source,), facts={"zone": source.zone})


def queue(world: World, actor: Actor, _: None, args: Landing) -> Outcome:
    """Landing is long: this queues it; the arrival is recorded when it is ashore."""
    source = world.tables.get(Source, args.source)
    job = queued(world, "arrival.land", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,), facts={"source": source.id})


def run(world: World, args: Landing, progress: object) -> Landed:
    source = world.tables.get(Source, args.source)
    return Landed(arrival=land(world, source, world.delivery(args.place), progress))  # type: ignore[arg-type]


def landed(world: World, actor: Actor, _: None, args: Landed) -> Outcome:
    """The same delivery again is the same arrival: it is recorded once."""
    arrival = world.tables.find(Arrival, args.arrival.id) or args.arrival
    facts = {"arrival": arrival.id, "source": arrival.source, "records": arrival.records, "quarantined": arrival.quarantined}
    if breaches := contract(arrival):
        facts |= {"breaches": sorted({b.rule for b in breaches}), "rejected": any(b.rejects for b in breaches)}
    return Outcome(answer={"arrival": arrival.id}, keep=(arrival,), facts=facts)


def list_sources(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(Source))


def list_arrivals(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """Every arrival, with how it breaks the file contract and what to do about it."""
    return Outcome(answer=[{**msgspec.to_builtins(a), "breaches": _told(a)} for a in world.tables.all(Arrival)])


def _told(arrival: Arrival) -> list[dict[str, Any]]:
    return [{"rule": b.rule, "rejects": b.rejects, "file": b.file, "says": b.says, "todo": REMEDIES[b.rule]} for b in contract(arrival)]


def quarantine(world: World, actor: Actor, _: None, args: WhichArrival) -> Outcome:
    """What was set aside: file, line and rule; the raw file keeps the bytes."""
    arrival = world.tables.get(Arrival, args.arrival)
    with world.frames() as frames:
        url = frames.url(arrival.zone, f"quarantine/{arrival.id}.parquet")
        most = max(1, min(args.most, 10_000))
        rows = frames.rows(f"SELECT file, line, rule, kind FROM read_parquet('{url}') ORDER BY file, line LIMIT {most}")
    return Outcome(answer=[{"file": f, "line": n, "rule": r, "kind": k} for f, n, r, k in rows])


STEWARD = frozenset({Role.STEWARD})
ACTS = (
    begin("source.open", "Open a source with its own zone and key", "开设数据来源及其专属分区与密钥", who=STEWARD, where=NODE, takes=OpenSource,
          step=open_),
    begin("arrival.land", "Land what a source delivered", "接收来源交付的数据", who=STEWARD, where=NODE, takes=Landing, step=queue),
    begin("arrival.landed", "Record an arrival", "记录到达批次", who={Role.SYSTEM}, where=NODE, takes=Landed, step=landed),
    look("source.list", "List the sources", "查看数据来源", who=STAFF, where=NODE, takes=Nothing, step=list_sources),
    look("arrival.list", "List what arrived", "查看到达批次", who=STAFF, where=NODE, takes=Nothing, step=list_arrivals),
    look("quarantine.list", "See what was set aside and why", "查看隔离记录及原因", who=STEWARD, where=NODE, takes=WhichArrival,
         step=quarantine),
    *live.ACTS,
)
WORKS = (Work("arrival.land", Saying(en="Land a delivery", zh="数据落地"), Landing, run, "arrival.landed"), *live.WORKS)
LIVES = live.LIVES
