"""The hub's side of a task: check the permits, name the checkpoint, order it from every holder, add up what comes back."""

import base64
import re

from dujiang.act import Actor, Call, Named, Outcome, Parcel
from dujiang.compute.guard import Holder, Order, reason_by_holders, reason_by_terms
from dujiang.compute.layout import layout
from dujiang.compute.masks import CHECKS, ring_for, unmask_sum
from dujiang.compute.partial import finish
from dujiang.compute.query import Query
from dujiang.compute.tasks import Answered, Combined, Part, RefusedPart, Task
from dujiang.errors import Broken, DujiangError, Malformed, Refused, Unknown
from dujiang.register.offers import Offer
from dujiang.request.permits import Permit
from dujiang.request.requests import Request
from dujiang.words import Party, Role, Saying, Word, one_of
from dujiang.world import World

RULE, HASH = re.compile(r"[a-z_]+(\.[a-z_]+)*"), re.compile(r"[0-9a-f]{64}")  # what another party's words must look like to stand in the log


class Submit(Word, frozen=True):
    request: str
    query: Query
    holders: tuple[str, ...] = ()  # all that hold a permit, when empty


def submit(world: World, actor: Actor, _: None, args: Submit) -> Outcome:
    """Order a task from every holder with an active permit of the request, at the log's present checkpoint."""
    request = world.tables.get(Request, args.request)
    if request.applicant != actor.id:
        raise Unknown("request.unknown", "There is no request of yours with that id.", "您名下没有该申请。")
    permits = _permits(world, args)
    day = world.clock.now().date().isoformat()
    size = world.ledger.size("own")
    task = Task(
        id=world.dice.name("t"), state="submitted", request=request.id, applicant=actor.id, party=request.party,
        purpose=request.purpose, query=args.query, size=size, root=world.ledger.root("own", size).hex(), asked=day,
        parts=tuple(Part(holder=p.terms.holder, permit=p.id) for p in permits),
    )
    orders = _orders(world, task, permits, day)
    for order, permit in zip(orders, permits, strict=True):
        refuse_early(order, permit)
    task = task.with_(bond=orders[0].bond())
    send = tuple(Parcel(p.terms.holder, "task.order", order) for order, p in zip(orders, permits, strict=True))
    facts = {"request": request.id, "query": args.query.digest(), "size": size, "holders": [p.holder for p in task.parts]}
    return Outcome(answer={"task": task.id}, keep=(task,), send=send, facts=facts)


def _permits(world: World, args: Submit) -> list[Permit]:
    held = [p for p in world.tables.all(Permit, parent=args.request) if not args.holders or p.terms.holder in args.holders]
    if strangers := set(args.holders) - {p.terms.holder for p in held}:
        raise Refused(
            "task.no_permit", "{n} of the holders named have no permit for this request. Name those that have.",
            "所指定的持有机构中有 {n} 家对本申请没有许可，请指定有许可的机构。", n=len(strangers),
        )
    idle = [p for p in held if p.state != "active"]
    if idle or not held:
        raise Refused(
            "permit.state", "Not every holder's permit is active: {who}. Wait for their signatures or name other holders.",
            "并非所有持有机构的许可都已生效：{who}。请等待签署，或另行指定持有机构。",
            who=one_of(f"{p.terms.holder} ({p.state})" for p in idle) or "-",
        )
    return held


def _orders(world: World, task: Task, permits: list[Permit], day: str) -> list[Order]:
    holders = tuple(
        Holder(id=p.terms.holder, seal=world.tables.get(Party, p.terms.holder).seal, permit=p.id) for p in permits
    )
    return [
        Order(task=task.id, request=task.request, permit=p.id, recipient=task.party, purpose=task.purpose, day=day,
              query=task.query, size=task.size, root=task.root, holders=holders)
        for p in permits
    ]


def refuse_early(order: Order, permit: Permit) -> None:
    """What every holder would refuse is refused here already, where the applicant sees it at once; holders decide again."""
    reason = reason_by_terms(order, permit.terms, day=order.day) or reason_by_holders(order)
    if reason is not None:
        raise reason


def partial(world: World, actor: Actor, task: Task, args: Answered) -> Outcome:
    """One holder's masked figures; the last one leads to the sum. A part that cannot be one ends the task: it would never add up."""
    part = _part(task, actor)
    wrong = _wrong(world, task, part, args)
    if wrong is not None:
        return _refused(task, part, wrong.rule, Saying(en=wrong.en, zh=wrong.zh))
    done = task.with_part(Part(holder=part.holder, permit=part.permit, state="arrived", vector=args.vector, evidence=args.evidence))
    then = () if done.waiting_on() else (Call("task.combine", Named(id=task.id)),)
    facts = {"holder": actor.id, "included": args.evidence.included, "excluded": args.evidence.excluded,
             "mask": args.evidence.mask, "content": args.evidence.content}
    return Outcome(keep=(done,), then=then, facts=facts)


def _wrong(world: World, task: Task, part: Part, args: Answered) -> DujiangError | None:
    """What shows without adding up: figures of another shape, another content than the one asked about, a key nobody knows."""
    offer = world.tables.get(Offer, world.tables.get(Permit, part.permit).terms.offer)
    seen = args.evidence
    if seen.content != offer.content:
        return Broken("evidence.content", "The holder computed on another content than the version it offered.", "机构所用数据内容与其挂牌的资产版本不符。")
    hashes = HASH.fullmatch(seen.mask) and HASH.fullmatch(seen.root)
    if seen.vkey != world.tables.get(Party, part.holder).vkey or min(seen.included, seen.excluded) < 0 or not hashes:
        return Broken("evidence.form", "The holder's evidence is not its own or cannot be true.", "机构的运行证据并非其本身所有，或不可能成立。")
    try:
        whole = len(_figures(task, args.vector)) == layout(task.query).length + CHECKS
    except (ValueError, Malformed):
        whole = False
    return None if whole else Malformed("sum.shape", "The holder's figures are not those of this query.", "机构返回的结果与本查询不符。")


def _figures(task: Task, vector: str) -> list[int]:
    return ring_for(len(task.parts)).read(base64.b64decode(vector, validate=True))


def refused(world: World, actor: Actor, task: Task, args: RefusedPart) -> Outcome:
    """A holder said no: the masks of the others can no longer cancel, so the task ends here, with the reason."""
    return _refused(task, _part(task, actor), args.rule if RULE.fullmatch(args.rule) else "task.refused", args.reason)


def _refused(task: Task, part: Part, rule: str, reason: Saying) -> Outcome:
    no = Part(holder=part.holder, permit=part.permit, state="refused", rule=rule, reason=reason)
    failed = task.with_part(no).with_(state="failed", rule=task.rule or rule, reason=task.reason or reason)  # the first no is the reason
    return Outcome(keep=(failed,), facts={"holder": part.holder, "rule": rule})


def _part(task: Task, actor: Actor) -> Part:
    for part in task.parts:
        if part.holder == actor.id and part.state == "waiting":
            return part
    raise Refused("task.holder", "No part of this task is waited for from that holder.", "本任务未等待该机构的结果。")


def combine(world: World, actor: Actor, task: Task, args: Named) -> Outcome:
    """Add up: the masks cancel in the total and nowhere else. What does not add up to figures of real data ends the task."""
    vectors = [_figures(task, p.vector) for p in task.parts]
    parts = tuple(_forget(p) for p in task.parts)
    try:
        totals = unmask_sum(vectors, ring=ring_for(len(task.parts)), holders=len(task.parts), task=task.bond)
        finish(task.query, totals)
    except Broken as wrong:
        failed = task.with_(state="failed", parts=parts, rule=wrong.rule, reason=Saying(en=wrong.en, zh=wrong.zh))
        return Outcome(keep=(failed,), facts={"rule": wrong.rule})
    call = Call("release.submit", Combined(task=task.id, totals=tuple(str(t) for t in totals)))
    return Outcome(keep=(task.with_(state="combined", parts=parts),), then=(call,), facts={"holders": len(task.parts)})


def _forget(part: Part) -> Part:
    """The part without its masked vector, which nobody needs again."""
    return Part(holder=part.holder, permit=part.permit, state=part.state, evidence=part.evidence)


def listed(world: World, actor: Actor, _: None, args: Word) -> Outcome:
    tasks = world.tables.all(Task)
    if not actor.is_(Role.STEWARD, Role.AUDITOR, Role.OPERATOR, Role.CHECKER):
        tasks = [t for t in tasks if t.applicant == actor.id]
    return Outcome(answer=[
        {"id": t.id, "state": t.state, "request": t.request, "query": t.query, "size": t.size, "waiting_on": t.waiting_on(),
         "rule": t.rule, "reason": t.reason,
         "parts": [{"holder": p.holder, "state": p.state, "rule": p.rule, "reason": p.reason, "evidence": p.evidence}
                   for p in t.parts]} for t in tasks
    ])
