"""The acts of identifying: index the persons, see who waits for a reviewer and why, join and part persons with reasons, undo, see the history."""

from typing import Literal

from dujiang.act import NODE, Actor, Call, Nothing, Outcome, Work, begin, look, moves, queued, stamp
from dujiang.errors import Conflict, Refused, Unknown
from dujiang.identify import rulings
from dujiang.identify.evidence import explain, waiting
from dujiang.identify.lookup import members, people, two_numbers
from dujiang.identify.persons import PersonIndex, identify
from dujiang.identify.rulings import Ruling
from dujiang.standardise.standardise import Snapshot
from dujiang.words import STAFF, Role, Saying, Word
from dujiang.world import World

PERSONS_KEY = "persons"
MOST_DOUBTS = 200


class Index(Word, frozen=True):
    """`learn`: learn the weights anew, although the model still serves."""

    learn: bool = False


class Indexed(Word, frozen=True):
    index: PersonIndex


class Followed(Word, frozen=True):
    """An index and the one that took its place."""

    before: str
    after: str


class Pair(Word, frozen=True):
    """Two records, each named `zone/person_id`."""

    one: str
    other: str


class Merge(Word, frozen=True):
    """The persons of these two records are one. `despite_numbers` says that two different valid numbers were seen."""

    one: str
    other: str
    reason: str
    despite_numbers: bool = False


class Split(Word, frozen=True):
    """These records are another person than the rest of theirs."""

    records: tuple[str, ...]
    reason: str


class Verdict(Word, frozen=True):
    """What a reviewer finds of two records that wait."""

    one: str
    other: str
    verdict: Literal["same", "different"]
    reason: str
    despite_numbers: bool = False


class Undo(Word, frozen=True):
    id: str
    reason: str


class Which(Word, frozen=True):
    """A record `zone/person_id`; empty for all."""

    record: str = ""


class Most(Word, frozen=True):
    most: int = 50


def queue(world: World, actor: Actor, _: None, args: Index) -> Outcome:
    if not world.keys.has(PERSONS_KEY):
        raise Conflict("persons.key", "This node has not received the persons' key yet.", "本节点尚未收到人员密钥。")
    job = queued(world, "persons.index", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,))


def run(world: World, args: Index, progress: object) -> Indexed:
    newest = {s.zone: s for s in world.tables.all(Snapshot)}
    snapshots = [newest[z] for z in sorted(newest)]
    indexes = world.tables.all(PersonIndex)
    index = identify(
        world, snapshots, world.keys.get(PERSONS_KEY), progress,  # type: ignore[arg-type]
        before=indexes[-1] if indexes else None, rulings=world.tables.all(Ruling)[::-1], learn=args.learn,
    )
    return Indexed(index=index)


def indexed(world: World, actor: Actor, _: None, args: Indexed) -> Outcome:
    """Denials follow whoever has another handle now, in the same transaction (`consent.refile`)."""
    indexes = world.tables.all(PersonIndex)
    index = world.tables.find(PersonIndex, args.index.id) or args.index
    later = (Call("consent.refile", Followed(before=indexes[-1].id, after=index.id)),) if indexes and indexes[-1].id != index.id else ()
    facts = {
        "index": index.id, "persons": index.persons, "records": index.records, "review": index.review, "fresh": index.fresh,
        "rulings": len(index.rulings),
    }
    return Outcome(answer={"index": index.id}, keep=(index,), facts=facts, then=later)


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(PersonIndex))


def list_people(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """For the steward, who keeps the consent forms: which source patients are which person. Never leaves the node."""
    return Outcome(answer=[{"patient": key, "person": person} for key, person, _ in people(world)])


def newest(world: World) -> PersonIndex:
    indexes = world.tables.all(PersonIndex)
    if not indexes:
        raise Conflict("persons.none", "No person has been identified here yet.", "本节点尚未完成身份识别。")
    return indexes[-1]


def list_doubts(world: World, actor: Actor, _: None, args: Most) -> Outcome:
    """The pairs that wait, likeliest first, without those that a ruling in force has answered since the index was made."""
    answered = {frozenset((a, b)) for r in world.tables.all(Ruling, state="in_force") for a in r.records() for b in r.records() - {a}}
    found = waiting(world, newest(world), max(1, min(args.most, MOST_DOUBTS)) + len(answered))
    return Outcome(answer=[e for e in found if frozenset((e.one, e.other)) not in answered][: max(1, min(args.most, MOST_DOUBTS))])


def show_evidence(world: World, actor: Actor, _: None, args: Pair) -> Outcome:
    return Outcome(answer=explain(world, newest(world), [(args.one, args.other)])[0])


def merge(world: World, actor: Actor, _: None, args: Merge) -> Outcome:
    """Binding from the next index on. Two different valid numbers must be named as such, so that nobody joins them unawares."""
    mates = members(world, newest(world), (args.one, args.other))
    if mates[args.one] == mates[args.other]:
        raise Conflict("person.one_already", "These records are one person already.", "这些记录已属于同一人员。")
    _refuse_numbers(world, (args.one, args.other), despite=args.despite_numbers)
    return _rule(world, actor, rulings.MERGE, (((args.one, args.other),), args.reason))


def split(world: World, actor: Actor, _: None, args: Split) -> Outcome:
    """Binding from the next index on: the named records become one person, the rest of theirs another."""
    mates = members(world, newest(world), args.records)
    persons = set(mates.values())
    if len(persons) != 1:
        raise Conflict("person.several", "The records named are not of one person. Part one person at a time.", "所列记录不属于同一人员，请逐人拆分。")
    whole = next(iter(persons))
    rest = tuple(sorted(whole - set(args.records)))
    if not rest:
        raise Conflict("person.nothing_left", "That is the whole person: nothing would be parted.", "所列为该人员的全部记录，无可拆分。")
    return _rule(world, actor, rulings.SPLIT, ((tuple(sorted(args.records)), rest), args.reason))


def review(world: World, actor: Actor, _: None, args: Verdict) -> Outcome:
    """A reviewer's verdict on two records that wait."""
    members(world, newest(world), (args.one, args.other))
    if args.verdict == "same":
        _refuse_numbers(world, (args.one, args.other), despite=args.despite_numbers)
        return _rule(world, actor, rulings.SAME, (((args.one, args.other),), args.reason))
    return _rule(world, actor, rulings.DIFFERENT, (((args.one,), (args.other,)), args.reason))


def _refuse_numbers(world: World, records: tuple[str, str], *, despite: bool) -> None:
    if not despite and two_numbers(world, newest(world), records):
        raise Refused(
            "person.two_numbers",
            "The two persons have different valid identity numbers. If you saw both and are sure, say so with despite_numbers.",
            "两名人员持有不同的有效证件号码。如已核对并确认，请以 despite_numbers 明示。",
        )


def _rule(world: World, actor: Actor, kind: str, said: tuple[tuple[tuple[str, ...], ...], str]) -> Outcome:
    sets, reason = said
    at = stamp(world)
    ruling = Ruling(id=world.dice.name("rl"), state="in_force", kind=kind, sets=sets, reason=reason, by=actor.id, at=at)
    return Outcome(answer={"ruling": ruling.id}, keep=(ruling,), facts={"kind": kind, "records": len(ruling.records())})


def undo(world: World, actor: Actor, ruling: Ruling, args: Undo) -> Outcome:
    """The ruling stays in the history; the next index is made without it."""
    if not args.reason.strip():
        raise Conflict("ruling.reason", "Undoing needs a reason too.", "撤销同样须写明理由。")
    at = stamp(world)
    done = ruling.with_(state="undone", undone_by=actor.id, undone_at=at, undone_because=args.reason)
    return Outcome(answer={"ruling": done.id}, keep=(done,), facts={"kind": done.kind, "records": len(done.records())})


def history(world: World, actor: Actor, _: None, args: Which) -> Outcome:
    """Every ruling, or those about one record, undone ones too, oldest first."""
    every = world.tables.all(Ruling)
    return Outcome(answer=[r for r in every if not args.record or args.record in r.records()])


def show_members(world: World, actor: Actor, _: None, args: Which) -> Outcome:
    """The records of one record's person."""
    if not args.record:
        raise Unknown("person.record", "Name a record.", "请指明记录。")
    return Outcome(answer=sorted(members(world, newest(world), (args.record,))[args.record]))


STEWARD = frozenset({Role.STEWARD})
LIVES = (rulings.LIFE,)
ACTS = (
    begin("persons.index", "Identify who is who", "身份识别", who=STEWARD, where=NODE, takes=Index, step=queue),
    begin("persons.indexed", "Record a person index", "记录人员索引", who={Role.SYSTEM}, where=NODE, takes=Indexed, step=indexed),
    look("index.list", "List the person indexes", "查看人员索引", who=STAFF, where=NODE, takes=Nothing, step=listed),
    look("person.list", "See which patients are which person", "查看患者与人员对应关系", who=STEWARD, where=NODE, takes=Nothing, step=list_people),
    look("person.doubts", "See who waits for a reviewer, and why", "查看待核对的人员及依据", who=STEWARD, where=NODE, takes=Most, step=list_doubts),
    look("person.evidence", "See the evidence on two records", "查看两条记录的比对依据", who=STEWARD, where=NODE, takes=Pair, step=show_evidence),
    look("person.records", "See the records of a person", "查看人员的全部记录", who=STEWARD, where=NODE, takes=Which, step=show_members),
    begin("person.review", "Decide whether two records are one person", "核对两条记录是否同一人", who=STEWARD, where=NODE, takes=Verdict, step=review),
    begin("person.merge", "Join two persons", "合并人员", who=STEWARD, where=NODE, takes=Merge, step=merge),
    begin("person.split", "Part a person", "拆分人员", who=STEWARD, where=NODE, takes=Split, step=split),
    moves(rulings.LIFE, "undo", "Undo a reviewer's ruling", "撤销核对裁定", on=Ruling, who=STEWARD, where=NODE, takes=Undo, step=undo),
    look("person.history", "See the rulings on persons", "查看人员裁定记录", who=STEWARD, where=NODE, takes=Which, step=history),
)
WORKS = (Work("persons.index", Saying(en="Index the persons", zh="建立人员索引"), Index, run, "persons.indexed"),)
