"""A holder's side of a task: say no for a reason, or compute inside the consent mask and send masked figures only."""

import base64
import hashlib

from dujiang.act import HUB_ID, Actor, Outcome, Parcel, queued, stamp
from dujiang.compute import engine
from dujiang.compute.guard import Order, reason_not_to_run
from dujiang.compute.layout import counts_persons, layout
from dujiang.compute.masks import mask, ring_for
from dujiang.compute.tasks import Answered, Evidence, RefusedPart, Run, digest_of, release_of
from dujiang.consent.acts import unheard_before
from dujiang.consent.consents import Consent, Mask, Use
from dujiang.consent.consents import mask as consent_mask
from dujiang.errors import Conflict, DujiangError, Malformed, Refused, Unavailable
from dujiang.identify.pseudonyms import release_pseudonyms
from dujiang.ledger import participants
from dujiang.register.assets import ASSET_ZONE, Asset
from dujiang.request.permits import Permit
from dujiang.words import Party, Saying, Word
from dujiang.world import Frames, World

LEAST_HOLDERS = 3  # with fewer, masks hide a holder's figures from nobody or not from the other holder
LEAST_ALONE = 10  # persons: the alliance's threshold, which a holder then applies to its own figures
PARTICIPANTS_ZONE = "zone-participants"
BROKEN = Saying(
    en="Something broke at this holder while it computed. Ask again; if it breaks again, ask the holder's operator.",
    zh="该机构计算时发生内部故障。请重新提交；如再次失败，请联系该机构运维人员。",
)


class Evaluated(Word, frozen=True):
    """The end of a run: masked figures and evidence, or the rule that refused."""

    id: str
    vector: str = ""
    evidence: Evidence | None = None
    rule: str = ""
    reason: Saying | None = None


def order(world: World, actor: Actor, _: None, args: Order) -> Outcome:
    """Take in an order from the hub: refused at once for the first good reason, else queued."""
    if actor.id != HUB_ID:
        raise Refused("task.sender", "Only the hub orders tasks.", "仅枢纽可下达任务。")
    digest = hashlib.sha256(digest_of(args)).hexdigest()
    before = world.tables.find(Run, args.task)
    if before is not None:
        # Another content under the same id would be masked with the same masks and could be subtracted.
        raise Conflict("task.repeated", "A task of that id was ordered before.", "该编号的任务已下达过。")
    permit = world.tables.find(Permit, args.permit)
    me = world.tables.get(Party, world.party)
    day = world.clock.now().date().isoformat()
    reason = reason_not_to_run(args, permit, day=day, vkey=me.vkey) or _stranger(world, args)
    asset = permit.terms.offer if permit else ""
    run = Run(id=args.task, state="running", permit=args.permit, digest=digest, asset=asset, received=stamp(world))
    if reason is not None or permit is None:
        assert reason is not None
        said = Saying(en=reason.en, zh=reason.zh)
        return Outcome(
            keep=(run.with_(state="refused", rule=reason.rule),), facts={"task": args.task, "rule": reason.rule},
            send=(Parcel(HUB_ID, "task.refused", RefusedPart(id=args.task, rule=reason.rule, reason=said)),),
        )
    used = permit.with_(used=permit.used + 1)
    job = queued(world, "task.evaluate", args)
    return Outcome(keep=(run, used, job), facts={"task": args.task, "permit": permit.id, "query": args.query.digest(), "size": args.size})


def _stranger(world: World, order: Order) -> DujiangError | None:
    """Masks are only made with peers whose keys this holder's steward compared, and for a task that is this holder's too."""
    if world.party not in {h.id for h in order.holders}:
        return Malformed("task.holders", "This holder is not among those of the task.", "本机构不在任务的持有机构之列。")
    for holder in order.holders:
        peer = world.tables.find(Party, holder.id)
        if holder.id != world.party and (peer is None or peer.state != "admitted" or peer.seal != holder.seal):
            return Refused("task.peer", "The holder {id} has not been admitted here.", "尚未接纳机构 {id}。", id=holder.id)
    return None


def evaluate(world: World, order: Order, progress: object) -> Evaluated:
    """The run itself. Unavailable while this node is behind the checkpoint: the worker tries again, the hub sees it waiting.

    A fault of ours is a no like any other, or the hub would wait for ever; its text could hold a value, so only its type is told.
    """
    try:
        _caught_up(world, order)
        return _evaluate(world, order)
    except Unavailable:
        raise
    except DujiangError as reason:
        return Evaluated(id=order.task, rule=reason.rule, reason=Saying(en=reason.en, zh=reason.zh))
    except Exception as fault:
        return Evaluated(id=order.task, rule=f"fault.{type(fault).__name__.lower()}", reason=BROKEN)


def _caught_up(world: World, order: Order) -> None:
    """Consents are read exactly at the checkpoint the task names, or not at all (invariant 4)."""
    if world.ledger.size("alliance") < order.size or unheard_before(world, order.size):
        raise Unavailable("consent.behind", "This node is still reading the consents up to the task's checkpoint.", "节点正在同步任务检查点之前的同意书。")
    if world.ledger.root("alliance", order.size).hex() != order.root:
        raise Refused("consent.checkpoint", "The task's checkpoint is not one of the alliance's log.", "任务检查点不属于联盟日志。")


def _evaluate(world: World, order: Order) -> Evaluated:
    permit, run = world.tables.get(Permit, order.permit), world.tables.get(Run, order.task)
    if permit.state != "active":  # it was suspended or revoked while the task waited here
        raise Refused("permit.state", "The permit is {state}, not active for this request.", "许可状态为 {state}，对本申请无效。", state=permit.state)
    asset = world.tables.get(Asset, permit.terms.offer)
    frames = world.kept_frames(asset.id, lambda f: prepare(f, asset))
    classes = tuple(sorted({c.partition(".")[0] for c in order.query.columns()}))
    # The day is this holder's own, on which the order came: another's could make a consent that has run out hold again.
    use = Use(recipient=order.recipient, purpose=order.purpose, classes=classes, mode="compute", day=run.received[:10])
    out = _mask_of(world, asset, frames, use, size=order.size)
    found = engine.run(frames, order.query, excluded=out.excluded)
    _refuse_too_few(order, found)
    root = _keep_participants(world, order.task, found.participants)
    evidence = Evidence(content=asset.content, mask=out.root, included=found.included, excluded=found.excluded, root=root,
                        vkey=world.tables.get(Party, world.party).vkey)
    return Evaluated(id=order.task, vector=_masked(world, order, found.vector), evidence=evidence)


def _mask_of(world: World, asset: Asset, frames: Frames, use: Use, *, size: int) -> Mask:
    """The consent mask at the checkpoint. Where the log has brought no consent since, the mask of the last task still holds."""
    people = world.kept(f"people of {asset.id}", asset.content, lambda: engine.people(frames))
    changes = world.tables.changes(Consent.KIND)
    given = world.kept("consents", changes, lambda: world.tables.all(Consent))
    newest = world.kept("newest consent", changes, lambda: max((max(c.index, c.revoked) for c in given), default=-1))
    if size <= newest:
        return consent_mask(people, given, use, size)
    return world.kept(f"mask of {asset.id}", (changes, use), lambda: consent_mask(people, given, use, size))


def prepare(frames: Frames, asset: Asset) -> None:
    tables = {t.name: [frames.url(ASSET_ZONE, t.file)] for t in asset.tables}
    engine.prepare(frames, tables, frames.url("zone-identity", f"index/{asset.index}.parquet"))


def _refuse_too_few(order: Order, found: engine.Found) -> None:
    """The sum's small-number rules protect one of many holders. Alone, its figures are the sum; of two, the other one may subtract its own."""
    if len(order.holders) >= LEAST_HOLDERS:
        return
    if found.included < LEAST_ALONE:
        raise Refused(
            "size.alone", "With fewer than {least} holders each must count at least {k} persons. Name more holders, or ask more widely.",
            "持有机构少于 {least} 家时，每家计入的人数不得少于 {k} 人。请增加机构，或放宽条件。", least=LEAST_HOLDERS, k=LEAST_ALONE,
        )
    form = layout(order.query)
    people = [n for cell in range(form.cells) for name, n in form.cell(found.vector, cell).items() if counts_persons(name)]
    if len(order.holders) > 1 and any(0 < n < LEAST_ALONE for n in people):
        raise Refused(
            "size.pair", "Of two holders the other could subtract its own figures, and a cell here has fewer than {k} persons. "
            "Name a third holder, or coarser groups.",
            "仅有两家机构时，对方可从总数中减去自身结果，而此处有单元格少于 {k} 人。请增加第三家机构，或使用更粗的分组。", k=LEAST_ALONE,
        )


def _keep_participants(world: World, task: str, handles: list[str]) -> str:
    """The sorted pseudonyms for this one release, kept sealed for the receipts; their root goes into the release entry."""
    values = participants.arrange(release_pseudonyms(world.keys.get("persons"), release_of(task), handles))
    with world.blobs.write(PARTICIPANTS_ZONE, release_of(task)) as file:
        file.write(b"".join(values))
    return participants.root_of(values).hex()


def _masked(world: World, order: Order, vector: list[int]) -> str:
    ring = ring_for(len(order.holders))
    peers = {h.id: base64.b64decode(h.seal) for h in order.holders if h.id != world.party}
    hidden = mask(vector, me=world.party, peers=peers, private=world.keys.get("seal"), task=order.bond(), ring=ring)
    return base64.b64encode(ring.write(hidden)).decode()


def evaluated(world: World, actor: Actor, run: Run, args: Evaluated) -> Outcome:
    """Record the end of the run and send it."""
    if args.evidence is None:
        assert args.reason is not None
        done = run.with_(state="refused", rule=args.rule)
        send = Parcel(HUB_ID, "task.refused", RefusedPart(id=run.id, rule=args.rule, reason=args.reason))
        return Outcome(keep=(done,), send=(send,), facts={"rule": args.rule})
    seen = args.evidence
    done = run.with_(state="complete", included=seen.included, excluded=seen.excluded, root=seen.root)
    facts = {"included": seen.included, "excluded": seen.excluded, "mask": seen.mask, "content": seen.content}
    return Outcome(keep=(done,), facts=facts, send=(Parcel(HUB_ID, "task.partial", Answered(id=run.id, vector=args.vector, evidence=seen)),))
