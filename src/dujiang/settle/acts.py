"""The acts of settlement: one settlement per release, exactly once, and a statement for each account."""

from typing import ClassVar

from dujiang.act import HUB, Actor, Call, Named, Nothing, Outcome, begin, look, moves
from dujiang.errors import Conflict
from dujiang.release.outputs import LIFE, Release
from dujiang.settle.postings import Posting, settle, statement
from dujiang.settle.tariff import Tariff
from dujiang.words import STAFF, Role, Thing
from dujiang.world import World

TARIFF = Tariff()


class Settlement(Thing, frozen=True):
    """The postings of one release, in fen; they sum to zero."""

    KIND: ClassVar[str] = "settlement"
    release: str
    postings: tuple[Posting, ...]
    total: int

    def parent(self) -> str:
        return self.release


def make(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    """Settle a release; a second time for the same release is refused."""
    release = world.tables.get(Release, args.id)
    id = "m" + release.id[1:]
    if world.tables.find(Settlement, id) is not None:
        raise Conflict("settlement.repeated", "This release is settled already.", "该发布已结算。")
    made = settle(
        release.id, tariff=TARIFF, grade=release.grade, commercial=release.commercial, applicant=release.party,
        counted={p.id: p.count for p in release.holders},
    )
    done = Settlement(id=id, state="settled", release=release.id, postings=made.postings, total=made.total)
    facts = {"release": release.id, "total": done.total, "postings": [[p.account, p.fen] for p in done.postings]}
    return Outcome(keep=(done,), facts=facts, then=(Call("release.settled", args),))


def settled(world: World, actor: Actor, release: Release, args: Named) -> Outcome:
    return Outcome(keep=(release.with_(state="settled"),))


def statements(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """Each account's lines and total; staff of an institution see their own party's."""
    everything = world.tables.all(Settlement)
    accounts = sorted({p.account for s in everything for p in s.postings})
    if not actor.is_(Role.AUDITOR, Role.OPERATOR):
        accounts = [a for a in accounts if a.rpartition(":")[2] == actor.party]
    lines = {s.release: s.postings for s in everything}
    return Outcome(answer=[statement(a, lines) for a in accounts])


ACTS = (
    begin("settlement.make", "Share out the fee of a release", "结算一次发布的费用", who={Role.SYSTEM}, where=HUB, takes=Named, step=make),
    moves(LIFE, "settled", "Note that a release is settled", "记录发布已结算", on=Release, who={Role.SYSTEM}, where=HUB, step=settled),
    look("statement.list", "See what each account earned or owes", "查看各账户收支", who=STAFF, where=HUB, takes=Nothing, step=statements),
)
