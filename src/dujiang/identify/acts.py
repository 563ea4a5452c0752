"""The acts of identifying: found and share the persons' key, admit peers, index the persons, enrol a person."""

import msgspec

from dujiang.act import NODE, Actor, Job, Nothing, Outcome, Work, begin, look
from dujiang.errors import Conflict
from dujiang.identify.lookup import people
from dujiang.identify.persons import PersonIndex, identify
from dujiang.standardise.standardise import Snapshot
from dujiang.words import STAFF, Role, Saying, Word
from dujiang.world import World

PERSONS_KEY = "persons"


class Indexed(Word, frozen=True):
    index: PersonIndex


def queue(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    if not world.keys.has(PERSONS_KEY):
        raise Conflict("persons.key", "This node has not received the persons' key yet.", "本节点尚未收到人员密钥。")
    job = Job(id=world.dice.name("j"), state="queued", work="persons.index", args=msgspec.json.encode(args), asked_by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,))


def run(world: World, args: Nothing, progress: object) -> Indexed:
    newest = {s.zone: s for s in world.tables.all(Snapshot)}
    snapshots = [newest[z] for z in sorted(newest)]
    return Indexed(index=identify(world, snapshots, world.keys.get(PERSONS_KEY), progress))  # type: ignore[arg-type]


def indexed(world: World, actor: Actor, _: None, args: Indexed) -> Outcome:
    index = world.tables.find(PersonIndex, args.index.id) or args.index
    facts = {"index": index.id, "persons": index.persons, "records": index.records, "review": index.review}
    return Outcome(answer={"index": index.id}, keep=(index,), facts=facts)


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(PersonIndex))


def list_people(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """For the steward, who keeps the consent forms: which source patients are which person. Never leaves the node."""
    return Outcome(answer=[{"patient": key, "person": person} for key, person, _ in people(world)])


STEWARD = frozenset({Role.STEWARD})
ACTS = (
    begin("persons.index", "Identify who is who", "身份识别", who=STEWARD, where=NODE, takes=Nothing, step=queue),
    begin("persons.indexed", "Record a person index", "记录人员索引", who={Role.SYSTEM}, where=NODE, takes=Indexed, step=indexed),
    look("index.list", "List the person indexes", "查看人员索引", who=STAFF, where=NODE, takes=Nothing, step=listed),
    look("person.list", "See which patients are which person", "查看患者与人员对应关系", who=STEWARD, where=NODE, takes=Nothing, step=list_people),
)
WORKS = (Work("persons.index", Saying(en="Index the persons", zh="建立人员索引"), Nothing, run, "persons.indexed"),)
