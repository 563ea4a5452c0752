"""The hub's side of a task: check the permits, name the checkpoint, order it from every holder, add up what comes back."""

import base64

from dujiang.act import Actor, Call, Named, Outcome, Parcel
from dujiang.compute.guard import Holder, Order, reason_by_size
from dujiang.compute.masks import ring_for, unmask_sum
from dujiang.compute.query import Query
from dujiang.compute.tasks import Answered, Combined, Part, RefusedPart, Task
from dujiang.errors import Refused, Unknown
from dujiang.request.permits import Permit
from dujiang.request.requests import Request
from dujiang.words import Party, Role, Word, one_of
from dujiang.world import World


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
    send = tuple(Parcel(p.terms.holder, "task.order", order) for order, p in zip(orders, permits, strict=True))
    facts = {"request": request.id, "query": args.query.digest(), "size": size, "holders": [p.holder for p in task.parts]}
    return Outcome(answer={"task": task.id}, keep=(task,), send=send, facts=facts)


def _permits(world: World, args: Submit) -> list[Permit]:
    held = [p for p in world.tables.all(Permit, parent=args.request) if not args.holders or p.terms.holder in args.holders]
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
    extra = order.query.columns() - set(permit.terms.columns)
    if extra:
        raise Refused(
            "permit.column", "The query names columns outside the permit: {names}. Leave them out or apply for them.",
            "查询包含许可之外的列：{names}。请移除或另行申请。", names=one_of(extra),
        )
    reason = reason_by_size(order)
    if reason is not None:
        raise reason


def partial(world: World, actor: Actor, task: Task, args: Answered) -> Outcome:
    """One holder's masked figures; the last one leads to the sum."""
    part = _part(task, actor).__class__(
        holder=actor.id, permit=_part(task, actor).permit, state="arrived", vector=args.vector, evidence=args.evidence
    )
    done = task.with_part(part)
    then = () if done.waiting_on() else (Call("task.combine", Named(id=task.id)),)
    facts = {"holder": actor.id, "included": args.evidence.included, "excluded": args.evidence.excluded,
             "mask": args.evidence.mask, "content": args.evidence.content}
    return Outcome(keep=(done,), then=then, facts=facts)


def refused(world: World, actor: Actor, task: Task, args: RefusedPart) -> Outcome:
    """A holder said no: the masks of the others can no longer cancel, so the task ends here, with the reason."""
    part = Part(holder=actor.id, permit=_part(task, actor).permit, state="refused", rule=args.rule, reason=args.reason)
    done = task.with_part(part).with_(state="failed")
    return Outcome(keep=(done,), facts={"holder": actor.id, "rule": args.rule})


def _part(task: Task, actor: Actor) -> Part:
    for part in task.parts:
        if part.holder == actor.id and part.state == "waiting":
            return part
    raise Refused("task.holder", "No part of this task is waited for from that holder.", "本任务未等待该机构的结果。")


def combine(world: World, actor: Actor, task: Task, args: Named) -> Outcome:
    """Add up: the masks cancel in the total and nowhere else."""
    ring = ring_for(len(task.parts))
    vectors = [ring.read(base64.b64decode(p.vector)) for p in task.parts]
    totals = unmask_sum(vectors, ring=ring, holders=len(task.parts), task=task.id)
    done = task.with_(state="combined", parts=tuple(_forget(p) for p in task.parts))
    call = Call("release.submit", Combined(task=task.id, totals=tuple(str(t) for t in totals)))
    return Outcome(keep=(done,), then=(call,), facts={"holders": len(task.parts)})


def _forget(part: Part) -> Part:
    """The part without its masked vector, which nobody needs again."""
    return Part(holder=part.holder, permit=part.permit, state=part.state, evidence=part.evidence)


def listed(world: World, actor: Actor, _: None, args: Word) -> Outcome:
    tasks = world.tables.all(Task)
    if not actor.is_(Role.STEWARD, Role.AUDITOR, Role.OPERATOR, Role.CHECKER):
        tasks = [t for t in tasks if t.applicant == actor.id]
    return Outcome(answer=[
        {"id": t.id, "state": t.state, "request": t.request, "query": t.query, "size": t.size, "waiting_on": t.waiting_on(),
         "parts": [{"holder": p.holder, "state": p.state, "rule": p.rule, "reason": p.reason, "evidence": p.evidence}
                   for p in t.parts]} for t in tasks
    ])
