"""Reading the log: entries, the newest checkpoint and proofs, for whoever wants to check; entries hold nothing of a person."""

import base64
from typing import Annotated

from msgspec import Meta

from dujiang.act import HUB, NODE, Actor, Nothing, Outcome, look
from dujiang.ledger.canonical import digest
from dujiang.words import EVERYBODY, Word
from dujiang.world import World

MOST = 2000
Index = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Stretch(Word, frozen=True):
    start: Index = 0
    most: int = MOST


class At(Word, frozen=True):
    index: Index


def entries(world: World, actor: Actor, _: None, args: Stretch) -> Outcome:
    bodies = world.ledger.bodies("own", args.start, max(1, min(args.most, MOST)))
    return Outcome(answer={"start": args.start, "entries": [b.decode() for b in bodies], "checkpoint": world.ledger.checkpoint("own"),
                           "size": world.ledger.size("own")})


def checkpoint(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer={"checkpoint": world.ledger.checkpoint("own"), "size": world.ledger.size("own")})


def inclusion(world: World, actor: Actor, _: None, args: At) -> Outcome:
    size = world.ledger.size("own")
    proof = world.ledger.inclusion("own", args.index, size)
    body = world.ledger.bodies("own", args.index, 1)[0]
    return Outcome(answer={"index": args.index, "size": size, "entry": body.decode(), "sha256": digest(body),
                           "proof": [base64.b64encode(h).decode() for h in proof], "checkpoint": world.ledger.checkpoint("own")})


BOTH = f"{NODE} {HUB}"
ACTS = (
    look("log.entries", "Read the log", "读取日志", who=EVERYBODY, where=BOTH, takes=Stretch, step=entries),
    look("log.checkpoint", "See the newest signed checkpoint", "查看最新签名检查点", who=EVERYBODY, where=BOTH, takes=Nothing, step=checkpoint),
    look("log.inclusion", "Get the proof that an entry stands in the log", "获取条目包含证明", who=EVERYBODY, where=BOTH, takes=At, step=inclusion),
)
