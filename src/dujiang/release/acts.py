"""The acts of release: from the sum to the output check, the entry, and the receipt of each person."""

import hashlib
from typing import Literal

import msgspec

from dujiang.act import HUB, HUB_ID, NODE, Actor, Call, Named, Nothing, Outcome, Parcel, begin, look, moves, stamp
from dujiang.compute.crossing import ReleaseNotice
from dujiang.compute.evaluating import PARTICIPANTS_ZONE
from dujiang.compute.tasks import RUN, Combined, Run, Task, release_of
from dujiang.errors import Refused, Unavailable, Unknown
from dujiang.identify.pseudonyms import release_pseudonym
from dujiang.ledger.canonical import canonical
from dujiang.ledger.checkpoint import parse_signed
from dujiang.ledger.note import SigningKey, VerifyingKey
from dujiang.ledger.receipts import cut_receipt
from dujiang.ledger.release_entry import LoggedRelease
from dujiang.release.answers import answer_of
from dujiang.release.outputs import LIFE, Check, Part, Release, checked, readable
from dujiang.request.requests import Request
from dujiang.words import STAFF, Party, Role, Word
from dujiang.world import World


class Checking(Word, frozen=True):
    id: str
    vote: Literal["approve", "return", "reject"]
    reason: str
    sha256: str


class Cut(Word, frozen=True):
    release: str


def submit(world: World, actor: Actor, _: None, args: Combined) -> Outcome:
    """Apply the small-number rules to the sum and put the answer before its checkers."""
    task = world.tables.get(Task, args.task)
    request = world.tables.get(Request, task.request)
    found = answer_of(task.query, [int(t) for t in args.totals])
    answer = canonical(found.rows)
    release = Release(
        id=release_of(task.id), state="submitted", task=task.id, request=request.id, applicant=task.applicant, party=task.party,
        purpose=task.purpose, grade=request.grade, commercial=request.commercial, answer=answer,
        sha256=hashlib.sha256(answer).hexdigest(), withheld=found.withheld, hint=found.hint, rules=found.rules,
        holders=_holders(task), size=task.size, at=stamp(world),
    )
    then = () if release.checkers_needed() else (Call("release.approve", Named(id=release.id)),)
    facts = {"task": task.id, "sha256": release.sha256, "withheld": len(found.withheld)}
    return Outcome(keep=(release,), then=then, facts=facts)


def _holders(task: Task) -> tuple[Part, ...]:
    return tuple(
        Part(id=p.holder, vkey=p.evidence.vkey, root=p.evidence.root, count=p.evidence.included, excluded=p.evidence.excluded)
        for p in task.parts if p.evidence is not None
    )


def check(world: World, actor: Actor, release: Release, args: Checking) -> Outcome:
    """A blind vote: the checker sees the answer and the rules that fired, not the other checker's vote."""
    vote = Check(account=actor.id, party=actor.party, vote=args.vote, reason=args.reason, sha256=args.sha256, at=stamp(world))
    done = checked(release, vote)
    then = (Call("release.approve", Named(id=done.id)),) if done.state == "reviewed" else ()
    return Outcome(answer={"release": done.id, "state": done.state}, keep=(done,), then=then,
                   facts={"vote": args.vote, "sha256": args.sha256})


def approve(world: World, actor: Actor, release: Release, args: Named) -> Outcome:
    done = release.with_(state="approved")
    return Outcome(keep=(done,), then=(Call("release.release", args),), facts={"sha256": release.sha256})


def release_(world: World, actor: Actor, release: Release, args: Named) -> Outcome:
    """The entry that lets the answer out: it commits to the bytes and to every holder's participants."""
    done = release.with_(state="released", entry=world.next_entry(), at=stamp(world))
    holders = [{"id": p.id, "vkey": p.vkey, "root": p.root, "count": p.count} for p in release.holders]
    facts = {"release": release.id, "task": release.task, "request": release.request, "purpose": release.purpose,
             "recipient": release.party, "sha256": release.sha256, "size": release.size, "holders": holders}
    notices = tuple(
        Parcel(p.id, "run.released", ReleaseNotice(id=release.task, release=release.id, entry=done.entry)) for p in release.holders
    )
    return Outcome(keep=(done,), facts=facts, send=notices, then=(Call("settlement.make", Named(id=release.id)),))


def withdraw(world: World, actor: Actor, release: Release, args: Named) -> Outcome:
    if release.applicant != actor.id:
        raise Unknown("release.unknown", "There is no release of yours with that id.", "您名下没有该发布。")
    return Outcome(answer={"release": release.id}, keep=(release.with_(state="withdrawn"),))


def read(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    note = world.ledger.checkpoint("own")
    covered = parse_signed(note, _log_key(world)).size if note else 0
    release = readable(world.tables.find(Release, args.id), actor.id, covered)
    return Outcome(answer={
        "release": release.id, "rows": msgspec.json.decode(release.answer), "sha256": release.sha256, "withheld": release.withheld,
        "hint": release.hint, "holders": release.holders, "entry": release.entry, "size": release.size, "checkpoint": note,
    })


def _log_key(world: World) -> VerifyingKey:
    return SigningKey.from_seed(world.keys.get("origin").decode(), world.keys.get("log")).verifying


def show(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    """A checker's view: the rows to check; other checkers' votes stay hidden until both have voted."""
    release = world.tables.get(Release, args.id)
    if actor.party == release.party:
        raise Unknown("release.unknown", "There is no release with that id for you to check.", "没有可供您核查的该发布。")
    return Outcome(answer={"release": release.id, "state": release.state, "rows": msgspec.json.decode(release.answer),
                           "sha256": release.sha256, "withheld": release.withheld, "rules": release.rules})


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """Where each release stands; no figure of an answer."""
    found = world.tables.all(Release)
    if not actor.is_(Role.CHECKER, Role.STEWARD, Role.AUDITOR, Role.OPERATOR):
        found = [r for r in found if r.applicant == actor.id]
    return Outcome(answer=[
        {"id": r.id, "state": r.state, "task": r.task, "request": r.request, "grade": r.grade, "entry": r.entry,
         "checks": len(r.checks), "checks_needed": r.checkers_needed(), "withheld": len(r.withheld), "purpose": r.purpose}
        for r in found
    ])


def noticed(world: World, actor: Actor, run: Run, args: ReleaseNotice) -> Outcome:
    """A holder notes where the release entry stands, so that its persons' receipts can be cut."""
    if actor.id != HUB_ID:
        raise Refused("release.sender", "Only the hub announces releases.", "仅枢纽可通告发布。")
    return Outcome(keep=(run.with_(state="released", release=args.release, entry=args.entry),), facts={"release": args.release})


def cut(world: World, actor: Actor, _: None, args: Cut) -> Outcome:
    """A receipt of use, or of non-use, for the person who asks; anybody of this zone gets one (invariant 6)."""
    run = world.tables.find(Run, "t" + args.release[1:])
    if run is None or run.state != "released":
        raise Unknown("release.unknown", "There is no such release here.", "此处没有该发布。")
    note = world.ledger.checkpoint("alliance")
    key = VerifyingKey.parse(world.tables.get(Party, HUB_ID).log)
    size = parse_signed(note, key).size if note else 0
    if size <= run.entry:
        raise Unavailable("receipt.early", "This node has not read that far in the log. Ask again in a moment.", "节点尚未同步到该日志位置，请稍后再试。")
    with world.blobs.read(PARTICIPANTS_ZONE, args.release) as file:
        stored = file.read()
    values = [stored[i : i + 32] for i in range(0, len(stored), 32)]
    logged = LoggedRelease(
        body=world.ledger.bodies("alliance", run.entry, 1)[0], index=run.entry,
        inclusion=tuple(world.ledger.inclusion("alliance", run.entry, size)), checkpoint=note,
    )
    receipt = cut_receipt(
        logged, values, release_pseudonym(world.keys.get("persons"), args.release, actor.subject), holder=world.party, log=key,
        key=SigningKey.from_seed(world.keys.get("origin").decode(), world.keys.get("party")), issued=stamp(world),
    )
    return Outcome(answer={"receipt": receipt.decode()})


def uses(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """Every release this holder took part in; a receipt says of each whether the person was counted."""
    return Outcome(answer=[{"release": r.release, "entry": r.entry} for r in world.tables.all(Run, state="released")])


ACTS = (
    begin("release.submit", "Check the sum and put the answer before its checkers", "核查汇总结果并提交核查", who={Role.SYSTEM}, where=HUB,
          takes=Combined, step=submit),
    moves(LIFE, "check", "Vote on an output", "核查输出", on=Release, who={Role.CHECKER}, where=HUB, step=check, takes=Checking),
    moves(LIFE, "approve", "Approve an output by its votes or by rule", "批准输出", on=Release, who={Role.SYSTEM}, where=HUB, step=approve),
    moves(LIFE, "release", "Enter the release in the log and let the answer out", "登记日志并发布答案", on=Release, who={Role.SYSTEM},
          where=HUB, step=release_),
    moves(LIFE, "withdraw", "Withdraw an answer before it is out", "撤回未发布的答案", on=Release, who={Role.APPLICANT, Role.APP},
          where=HUB, step=withdraw),
    look("release.read", "Read a released answer", "读取已发布的答案", who={Role.APPLICANT, Role.APP}, where=HUB, takes=Named, step=read),
    look("release.show", "See an output to check", "查看待核查输出", who={Role.CHECKER}, where=HUB, takes=Named, step=show),
    look("release.list", "List releases", "查看发布", who=STAFF | {Role.APP}, where=HUB, takes=Nothing, step=listed),
    moves(RUN, "released", "Note where a release stands in the log", "记录发布的日志位置", on=Run, who={Role.PARTY}, where=NODE,
          step=noticed, takes=ReleaseNotice),
    look("receipt.cut", "Get my receipt of use or non-use", "获取使用或未使用凭证", who={Role.PERSON}, where=NODE, takes=Cut, step=cut),
    look("use.list", "List the releases my hospital took part in", "查看本院参与的发布", who={Role.PERSON, Role.STEWARD}, where=NODE,
         takes=Nothing, step=uses),
)
LIVES = (LIFE,)
