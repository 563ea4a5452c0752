"""The acts of live sources: connect one, pull what is new, land what was gathered, see how each is doing."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dujiang.act import NODE, Actor, Job, Named, Nothing, Outcome, Work, begin, look, moves, queued
from dujiang.collect import gathered
from dujiang.collect.arrivals import Arrival
from dujiang.collect.connections import CONNECTION_LIFE, PULLS, Connection, Setting, reached
from dujiang.collect.delivery import Tell
from dujiang.collect.landing import land
from dujiang.collect.sources import Source, check_open
from dujiang.collect.spool import WAITING
from dujiang.errors import Refused
from dujiang.words import STAFF, Role, Saying, Word
from dujiang.world import World

# For the eye only, and lost with the process: what a source's listener is doing.
STATES: dict[str, str] = {}
LANDING: dict[str, str] = {}  # why a landing of its messages failed, until it is tried again


class Connect(Word, frozen=True):
    source: str
    setting: Setting
    secret: str = ""  # password or token; kept among the node's keys


class OfSource(Word, frozen=True):
    source: str


class OfGathered(Word, frozen=True):
    source: str
    gathered: str


class Pulled(Word, frozen=True):
    """What a pull, or a cut of a spool, brought; no arrival when there was nothing new."""

    source: str
    arrival: Arrival | None = None
    fingerprint: str = ""
    missed: int = 0
    drift: tuple[str, ...] = ()


def connect(world: World, actor: Actor, _: None, args: Connect) -> Outcome:
    """Connecting again replaces the setting; the secret stays as long as the place does."""
    source = world.tables.get(Source, args.source)
    check_open(source)
    before = world.tables.find(Connection, source.id)
    secret = before.secret if before and reached(before.setting) == reached(args.setting) else ""
    secrets: dict[str, bytes] = {}
    if args.secret:
        secret = f"{source.id}-{hashlib.sha256(world.dice.token(16)).hexdigest()[:8]}"
        secrets[secret] = args.secret.encode()
    now = (before or Connection(id=source.id, state="connected", setting=args.setting)).with_(state="connected", setting=args.setting, secret=secret)
    return Outcome(answer={"connection": now.id}, keep=(now,), facts={"source": source.id, "by": type(args.setting).__name__}, secrets=secrets)


def disconnect(world: World, actor: Actor, connection: Connection, args: Named) -> Outcome:
    return Outcome(keep=(connection.with_(state="disconnected"),), facts={"source": connection.id})


def reconnect(world: World, actor: Actor, connection: Connection, args: Named) -> Outcome:
    check_open(world.tables.get(Source, connection.id))
    return Outcome(keep=(connection.with_(state="connected"),), facts={"source": connection.id})


def pull(world: World, actor: Actor, _: None, args: OfSource) -> Outcome:
    """One pull of a source at a time: the one that waits or runs is answered when there is one."""
    connection = world.tables.get(Connection, args.source)
    check_open(world.tables.get(Source, args.source))
    if connection.state != "connected" or not isinstance(connection.setting, PULLS):
        raise Refused("source.pull", "This source is not one that is asked: it sends, or it is disconnected.", "该来源不支持拉取：它主动发送数据，或已断开连接。")
    wanted = queued(world, "source.pull", args, by=actor.id)
    for job in world.tables.all(Job, state="queued"):
        if job.work == wanted.work and job.args == wanted.args:
            return Outcome(answer={"job": job.id}, facts={"source": args.source})
    return Outcome(answer={"job": wanted.id}, keep=(wanted,), facts={"source": args.source})


def land_gathered(world: World, actor: Actor, _: None, args: OfGathered) -> Outcome:
    """What lies gathered is landed as any delivery is."""
    source = world.tables.get(Source, args.source)
    job = queued(world, "source.land", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,), facts={"source": source.id})


def run_landing(world: World, args: OfGathered, progress: Tell) -> Pulled:
    """Gone already: it landed, and was forgotten, before this job's end could be recorded."""
    source = world.tables.get(Source, args.source)
    whole = gathered.find(world.blobs, source.zone, args.gathered)
    return landed(world, source, whole, progress) if whole else Pulled(source=source.id)


def landed(world: World, source: Source, whole: gathered.Gathered, progress: Tell) -> Pulled:
    """The gathered delivery, ashore; what was found while gathering stands among its findings."""
    arrival = None
    if whole.files:
        arrival = land(world, source, gathered.delivery(world.blobs, source, whole), progress)
        arrival = arrival.with_(live=True, findings=tuple(dict.fromkeys((*arrival.findings, *whole.findings))))
    drift = tuple(sorted({f.rule for f in whole.findings}))
    return Pulled(source=source.id, arrival=arrival, fingerprint=whole.fingerprint, missed=whole.missed, drift=drift)


def pulled(world: World, actor: Actor, _: None, args: Pulled) -> Outcome:
    """Record what came; the same arrival is recorded once."""
    connection = world.tables.find(Connection, args.source)
    keep: list[Any] = []
    facts: dict[str, Any] = {"source": args.source, "missed": args.missed, "drift": list(args.drift)}
    if args.arrival is not None:
        arrival = world.tables.find(Arrival, args.arrival.id) or args.arrival
        keep.append(arrival)
        facts |= {"arrival": arrival.id, "records": arrival.records, "quarantined": arrival.quarantined}
    if connection is not None:
        at = world.clock.now().isoformat()
        keep.append(connection.with_(pulled=at, missed=args.missed, fingerprint=args.fingerprint or connection.fingerprint, drift=args.drift))
    return Outcome(answer={"arrival": args.arrival.id if args.arrival else ""}, keep=tuple(keep), facts=facts)


def status(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """Every source: when it last delivered, how far behind it is, how much came, how much of it was set aside."""
    return Outcome(answer=[_status(world, source) for source in world.tables.all(Source)])


def _status(world: World, source: Source) -> dict[str, Any]:
    arrivals = world.tables.all(Arrival, parent=source.id)
    connection = world.tables.find(Connection, source.id)
    last = max((a.received for a in arrivals), default="")
    heard = max(last, connection.pulled if connection else "")
    records, aside = sum(a.records for a in arrivals), sum(a.quarantined for a in arrivals)
    return {
        "source": source.id, "state": source.state, "by": type(connection.setting).__name__.lower() if connection else "delivery",
        "connection": connection.state if connection else "", "doing": STATES.get(source.id, ""), "landing": LANDING.get(source.id, ""),
        "last_arrival": last,
        "lag_seconds": int((world.clock.now() - datetime.fromisoformat(heard)).total_seconds()) if heard else None,
        "arrivals": len(arrivals), "records": records, "bytes": sum(f.size for a in arrivals for f in a.files), "quarantined": aside,
        "error_rate": f"{aside / (records + aside):.6f}" if records + aside else "0", "waiting": len(world.blobs.names(source.zone, WAITING)),
        "missed": connection.missed if connection else 0, "drift": list(connection.drift) if connection else [],
        "fingerprint": (connection.fingerprint if connection else "") or _fingerprint(arrivals),
    }


def _fingerprint(arrivals: list[Arrival]) -> str:
    """16 hex over the forms and kinds of the newest arrival; empty without one."""
    if not arrivals:
        return ""
    newest = max(arrivals, key=lambda a: a.received)
    return hashlib.sha256(repr((sorted({f.form for f in newest.files}), sorted(newest.by_kind))).encode()).hexdigest()[:16]


def settings_of(world: World) -> Mapping[str, Connection]:
    """Every connection that is to be kept up, by its source."""
    return {one.id: one for one in world.tables.all(Connection, state="connected")}


STEWARD = frozenset({Role.STEWARD})
ACTS = (
    begin("source.connect", "Connect a live source", "接入实时数据来源", who=STEWARD, where=NODE, takes=Connect, step=connect),
    moves(CONNECTION_LIFE, "disconnect", "Stop listening to a source, or asking it", "断开数据来源的连接", on=Connection, who=STEWARD, where=NODE,
          step=disconnect),
    moves(CONNECTION_LIFE, "reconnect", "Listen to a source, or ask it, again", "恢复数据来源的连接", on=Connection, who=STEWARD, where=NODE,
          step=reconnect),
    begin("source.pull", "Pull what is new from a source", "从来源拉取新数据", who=STEWARD | {Role.SYSTEM}, where=NODE, takes=OfSource, step=pull),
    begin("source.land", "Land what a source handed over piece by piece", "接收来源逐条交付的数据", who={Role.SYSTEM}, where=NODE, takes=OfGathered,
          step=land_gathered),
    begin("source.pulled", "Record what a pull brought", "记录拉取结果", who={Role.SYSTEM}, where=NODE, takes=Pulled, step=pulled),
    look("source.status", "See how each source is doing", "查看各来源的运行状况", who=STAFF, where=NODE, takes=Nothing, step=status),
)
WORKS = (Work("source.land", Saying(en="Land what was gathered", zh="接收已汇集的数据"), OfGathered, run_landing, "source.pulled"),)
LIVES = (CONNECTION_LIFE,)
