"""The act of typing a visit straight in: checked, sealed in the source's zone, and landed as any delivery is; the answer is its receipt."""

import hashlib

import msgspec

from dujiang.act import NODE, Actor, Call, Outcome, begin, stamp
from dujiang.collect import gathered
from dujiang.collect.live import OfGathered
from dujiang.collect.sources import Source, check_open
from dujiang.identify.typed import TypedVisit, check, resources
from dujiang.words import Role
from dujiang.world import World

PREFIX = "typed-"


def type_in(world: World, actor: Actor, _: None, args: TypedVisit) -> Outcome:
    """What was typed lies sealed before the job that lands it is queued. Should the act fail after that no job refers to it; it lands with what comes next
    only where the source has a live connection, whose keeper lands all that lies there."""
    source = world.tables.get(Source, args.source)
    check_open(source)
    check(args, world.clock.now().date().isoformat())
    for left in gathered.waiting(world.blobs, source.zone):
        if left.startswith(PREFIX):
            gathered.settle(world, source, left)  # what has landed meanwhile is forgotten here
    found = resources(args)
    data = b"".join(msgspec.json.encode(one, order="sorted") + b"\n" for one in found)
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{PREFIX}{sha256[:24]}"
    gathering = gathered.Gathering(world.blobs, source.zone, name)
    with gathering.file(f"{name}.ndjson") as stream:
        stream.write(data)
    whole = gathering.finish()
    receipt = {"receipt": sha256, "arrival": whole.arrival(source), "source": source.id, "records": len(found), "at": stamp(world)}
    return Outcome(answer=receipt, facts={"source": source.id, "records": len(found), "sha256": sha256}, then=(Call("source.land", OfGathered(source=source.id, gathered=name)),))


ACTS = (
    begin("arrival.type", "Type in a visit", "录入一次就诊", who={Role.STEWARD}, where=NODE, takes=TypedVisit, step=type_in),
)
