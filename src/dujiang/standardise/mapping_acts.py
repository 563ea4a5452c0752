"""The acts of table maps: have the tables of a zone looked at, bring a map of one's own, confirm one, withdraw it, see them."""


from dujiang.act import NODE, Actor, Named, Nothing, Outcome, Work, begin, look, moves, queued
from dujiang.collect.arrivals import Arrival
from dujiang.collect.sources import Source
from dujiang.errors import Conflict, Unknown
from dujiang.standardise.automap.looking import look as look_at
from dujiang.standardise.automap.proposing import REASONS
from dujiang.standardise.tables.compiling import Compiled, compiled
from dujiang.standardise.tables.confirming import LIFE, Looked, TableMap, map_id
from dujiang.words import STAFF, Role, Saying, Word
from dujiang.world import World


class Propose(Word, frozen=True):
    zone: str


class Proposed(Word, frozen=True):
    mapping: TableMap


class Write(Word, frozen=True):
    """`text` is a map in YAML, as `tables/document.py` describes it."""

    zone: str
    text: str


def check_zone(world: World, zone: str) -> None:
    """Unknown for a zone that no source of this node has."""
    if not any(source.zone == zone for source in world.tables.all(Source)):
        raise Unknown("mapping.zone", "There is no such zone at this node.", "本节点没有该分区。")


def queue(world: World, actor: Actor, _: None, args: Propose) -> Outcome:
    """Looking at the tables is long: this queues it."""
    check_zone(world, args.zone)
    job = queued(world, "mapping.propose", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,), facts={"zone": args.zone})


def run(world: World, args: Propose, progress: object) -> Proposed:
    arrivals = [a for a in world.tables.all(Arrival) if a.zone == args.zone]
    if not arrivals:
        raise Conflict("snapshot.empty", "Nothing has landed in that zone yet.", "该分区尚无数据到达。")
    return Proposed(mapping=look_at(world, args.zone, arrivals, progress))  # type: ignore[arg-type]


def proposed(world: World, actor: Actor, _: None, args: Proposed) -> Outcome:
    """The same proposal again changes nothing; what was confirmed or withdrawn stays so."""
    before = world.tables.find(TableMap, args.mapping.id)
    mapping = before if before is not None and before.state != "proposed" else args.mapping.with_(by=actor.id, at=world.clock.now().isoformat())
    facts = {"mapping": mapping.id, "zone": mapping.zone, "tables": len(args.mapping.looked)}
    return Outcome(answer={"mapping": mapping.id}, keep=(mapping,), facts=facts)


def write(world: World, actor: Actor, _: None, args: Write) -> Outcome:
    """A steward's own map, or a changed proposal: read and compiled at once, in force when it is confirmed."""
    check_zone(world, args.zone)
    found = compiled(args.text)
    id = map_id(args.zone, args.text)
    mapping = world.tables.find(TableMap, id) or TableMap(
        id=id, state="proposed", zone=args.zone, name=found.name, text=args.text, looked=_looked(world, args.zone), by=actor.id, at=world.clock.now().isoformat()
    )
    return Outcome(answer={"mapping": mapping.id, "name": mapping.name}, keep=(mapping,), facts={"mapping": mapping.id, "zone": args.zone})


def confirm(world: World, actor: Actor, mapping: TableMap, args: Named) -> Outcome:
    """From now on the zone is standardised by it; another version of the same name ends, another name that reads the same table is a conflict."""
    if not mapping.text:
        raise Conflict("mapping.nothing", "The proposal holds no map. Write one with mapping.write.", "该建议不含映射内容，请用 mapping.write 编写。")
    own = compiled(mapping.text)
    ended = []
    for other in world.tables.all(TableMap, state="confirmed", parent=mapping.zone):
        if other.id != mapping.id and other.name == mapping.name:
            ended.append(other.with_(state="withdrawn"))
        elif other.id != mapping.id and _meet(own, compiled(other.text)):
            raise Conflict(
                "mapping.same_table", "The confirmed map {other} reads one of these tables already. Withdraw it first.",
                "已确认的映射 {other} 已读取其中的表，请先撤回。", other=other.id,
            )
    now = mapping.with_(state="confirmed", by=actor.id, at=world.clock.now().isoformat())
    facts = {"mapping": now.id, "zone": now.zone, "ended": [one.id for one in ended]}
    return Outcome(answer={"mapping": now.id, "ended": [one.id for one in ended]}, keep=(now, *ended), facts=facts)


def withdraw(world: World, actor: Actor, mapping: TableMap, args: Named) -> Outcome:
    return Outcome(answer={"mapping": mapping.id}, keep=(mapping.with_(state="withdrawn", by=actor.id),), facts={"mapping": mapping.id})


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """Every map without its text and advice."""
    names = ("id", "state", "zone", "name", "by", "at")
    return Outcome(answer=[{name: getattr(one, name) for name in names} | {"tables": len(one.looked)} for one in world.tables.all(TableMap)])


def show(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    """The map, what was thought of each column and why, where every standard column comes from."""
    mapping = world.tables.get(TableMap, args.id)
    reads = [{"table": found.kind, "fills": [table for table, _ in found.into], "columns": found.reads} for found in compiled(mapping.text).maps] if mapping.text else []
    said = {reason for table in mapping.looked for column in table.columns for reason in column.reasons}
    reasons = {name: {"en": saying.en, "zh": saying.zh} for name, saying in REASONS.items() if name in said}
    return Outcome(answer={"mapping": mapping, "reads": reads, "reasons": reasons})


def _looked(world: World, zone: str) -> tuple[Looked, ...]:
    """What was last thought of the zone's tables: a map that rests on no proposal of its own is compared by it."""
    return next((one.looked for one in reversed(world.tables.all(TableMap, parent=zone)) if one.looked), ())


def _meet(one: Compiled, other: Compiled) -> bool:
    return any(a.takes(b.kind) or b.takes(a.kind) for a in one.maps for b in other.maps)


STEWARD = frozenset({Role.STEWARD})
ACTS = (
    begin("mapping.propose", "Have the raw tables of a zone looked at", "分析分区中的原始表并给出映射建议", who=STEWARD, where=NODE, takes=Propose, step=queue),
    begin("mapping.proposed", "Record a proposed map of tables", "记录表映射建议", who={Role.SYSTEM}, where=NODE, takes=Proposed, step=proposed),
    begin("mapping.write", "Bring a map of tables of one's own", "提交自行编写的表映射", who=STEWARD, where=NODE, takes=Write, step=write),
    moves(LIFE, "confirm", "Confirm a map of tables", "确认表映射", on=TableMap, who=STEWARD, where=NODE, step=confirm),
    moves(LIFE, "withdraw", "Withdraw a map of tables", "撤回表映射", on=TableMap, who=STEWARD, where=NODE, step=withdraw),
    look("mapping.list", "List the maps of tables", "查看表映射清单", who=STAFF, where=NODE, takes=Nothing, step=listed),
    look("mapping.show", "See a map of tables and what it rests on", "查看表映射及其依据", who=STEWARD, where=NODE, takes=Named, step=show),
)
WORKS = (Work("mapping.propose", Saying(en="Look at the raw tables", zh="分析原始表"), Propose, run, "mapping.proposed"),)
LIVES = (LIFE,)
