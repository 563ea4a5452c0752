"""The acts of registering: draft an asset, have it assessed, confirm its grade, register its content, publish it."""

from datetime import date
from typing import cast

from dujiang.act import HUB, HUB_ID, NODE, Actor, Call, Named, Nothing, Outcome, Parcel, Step, Work, begin, look, moves, queued, stamp
from dujiang.assess.combining import uplifts
from dujiang.assess.content import look as look_into
from dujiang.assess.grading import grade_asset, grade_columns, sensitive_predicate
from dujiang.assess.quality import QualityReport, check, counting
from dujiang.assess.quality_verdict import SignOff, check_publishable, check_signature, verdict
from dujiang.assess.quality_views import parts, told
from dujiang.assess.sources import parquet
from dujiang.collect.arrivals import Arrival
from dujiang.errors import Conflict, Refused
from dujiang.identify.persons import PersonIndex
from dujiang.ledger.canonical import canonical, digest
from dujiang.register import assets, rights
from dujiang.register.assets import Asset, AssetTable, confirm_grade, summary
from dujiang.register.offers import Offer
from dujiang.register.rights import Right
from dujiang.register.writing import write_version
from dujiang.standardise.model import ASSET_COLUMNS
from dujiang.standardise.standardise import Snapshot
from dujiang.words import EVERYBODY, STAFF, Grade, Role, Saying, Word
from dujiang.world import World


class DraftAsset(Word, frozen=True):
    name: Saying


class Assessed(Word, frozen=True):
    id: str
    quality: QualityReport
    proposed: Grade
    reasons: tuple[str, ...]


class Confirm(Word, frozen=True):
    id: str
    grade: Grade
    note: str = ""


class Signed(Word, frozen=True):
    """Somebody answers for these broken conventions, and says why."""

    id: str
    checks: tuple[str, ...]
    reason: str


class Registered(Word, frozen=True):
    id: str
    tables: tuple[AssetTable, ...]
    content: str
    left_out: int
    set_aside: int = 0


def newest_snapshots(world: World) -> tuple[Snapshot, ...]:
    """The newest snapshot of each zone."""
    newest = {s.zone: s for s in world.tables.all(Snapshot)}
    return tuple(newest[z] for z in sorted(newest))


def draft(world: World, actor: Actor, _: None, args: DraftAsset) -> Outcome:
    """A new version over the newest snapshot of each zone and the newest person index made from them."""
    snapshots = newest_snapshots(world)
    indexes = world.tables.all(PersonIndex)
    if not snapshots or not indexes or set(indexes[-1].snapshots) != {s.id for s in snapshots}:
        raise Conflict("asset.source", "Standardise and identify first.", "请先完成标准化与身份识别。")
    asset = Asset(id=world.dice.name("as"), state="draft", name=args.name, snapshots=tuple(s.id for s in snapshots),
                  index=indexes[-1].id, persons=indexes[-1].persons)
    return Outcome(answer={"asset": asset.id}, keep=(asset,), facts={"snapshots": list(asset.snapshots), "persons": asset.persons})


def _queue(work: str) -> Step:
    """A step that queues `work` on the asset."""

    def step(world: World, actor: Actor, asset: Asset, args: Named) -> Outcome:
        job = queued(world, work, Named(id=asset.id), by=actor.id)
        return Outcome(answer={"job": job.id}, keep=(asset, job))

    return step


def _urls(world: World, asset: Asset, table: str) -> list[str]:
    zones = [world.tables.get(Snapshot, s) for s in asset.snapshots]
    return [world.blobs.url(s.zone, f"std/{s.id}/{table}.parquet") for s in zones]


def arrivals_of(world: World, asset: Asset) -> list[Arrival]:
    """The arrivals an asset is made from, oldest first."""
    held = {a for s in asset.snapshots for a in world.tables.get(Snapshot, s).arrivals}
    return [a for a in world.tables.all(Arrival) if a.id in held]


def run_assess(world: World, args: Named, progress: object) -> Assessed:
    asset = world.tables.get(Asset, args.id)
    today: date = world.clock.now().date()
    with world.frames() as frames:
        quality = check(frames, {t: _urls(world, asset, t) for t in ASSET_COLUMNS}, today, arrivals=[a.id for a in arrivals_of(world, asset)])
        sources = {t: f"(SELECT {', '.join(c)} FROM {parquet(_urls(world, asset, t))})" for t, c in ASSET_COLUMNS.items()}
        content = {t: look_into(frames, source) for t, source in sources.items()}
        together = uplifts(frames, sources, ASSET_COLUMNS)
    graded = grade_asset(grade_columns(ASSET_COLUMNS, content=content), uplifts=together)
    return Assessed(id=asset.id, quality=quality, proposed=graded.grade, reasons=graded.reasons)


def assessed(world: World, actor: Actor, asset: Asset, args: Assessed) -> Outcome:
    """What was signed was signed for what was found then: a new assessment asks anew."""
    done = asset.with_(state="assessed", quality=args.quality, proposed=args.proposed, reasons=args.reasons, signed=())
    found = verdict(args.quality)
    tiers = {"set_aside": len(found.set_aside), "to_sign": len(found.to_sign), "scored": len(found.scored), "alarms": len(found.alarms)}
    return Outcome(keep=(done,), facts={"quality": args.quality.score, "proposed": args.proposed, **tiers})


def sign_off(world: World, actor: Actor, asset: Asset, args: Signed) -> Outcome:
    """The signer's account and reason stay with the version; the log says who signed for which checks."""
    check_signature(cast(QualityReport, asset.quality), args.checks)
    signed = SignOff(checks=tuple(sorted(set(args.checks))), by=actor.id, reason=args.reason, at=stamp(world))
    done = asset.with_(signed=(*asset.signed, signed))
    return Outcome(answer={"asset": asset.id}, keep=(done,), facts={"checks": list(signed.checks)})


def grade(world: World, actor: Actor, asset: Asset, args: Confirm) -> Outcome:
    done = confirm_grade(asset, args.grade)
    return Outcome(answer={"asset": asset.id}, keep=(done,), facts={"grade": args.grade})


def run_register(world: World, args: Named, progress: object) -> Registered:
    """Write the version's own tables, by what its assessment found and by its grade."""
    asset = world.tables.get(Asset, args.id)
    report = cast(QualityReport, asset.quality)
    without = sensitive_predicate() if cast(Grade, asset.grade) < Grade.RESTRICTED else ""
    with world.frames() as frames:
        over = counting(frames, {t: _urls(world, asset, t) for t in ASSET_COLUMNS}, date.fromisoformat(report.as_of))
        made = write_version(over, report, ASSET_COLUMNS, name=asset.id, without=without)
    content = digest(canonical([[t.name, t.hash] for t in made.tables]))
    return Registered(id=asset.id, tables=made.tables, content=content, left_out=made.left_out, set_aside=made.set_aside)


def registered(world: World, actor: Actor, asset: Asset, args: Registered) -> Outcome:
    """The content hash is fixed from here on; the holder's right to hold is applied for with the arrivals as evidence."""
    done = asset.with_(state="registered", tables=args.tables, content=args.content, left_out=args.left_out,
                       set_aside=args.set_aside)
    facts = {"content": args.content, "rows": {t.name: t.rows for t in args.tables}, "left_out": args.left_out,
             "set_aside": args.set_aside}
    return Outcome(keep=(done,), facts=facts, then=(Call("right.apply", Named(id=asset.id)),))


def apply(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    asset = world.tables.get(Asset, args.id)
    arrivals = tuple(a for s in asset.snapshots for a in world.tables.get(Snapshot, s).arrivals)
    right = Right(id=world.dice.name("rt"), state="applied", kind="hold", holder=world.party, asset=asset.id, basis="collection",
                  evidence=arrivals)
    return Outcome(keep=(right,), then=(Call("right.publish", Named(id=right.id)),), facts={"asset": asset.id})


def publish_right(world: World, actor: Actor, right: Right, args: Named) -> Outcome:
    # What the institution collected itself is not open to objections (rights.OBJECTION_DAYS): registered at once.
    return Outcome(keep=(right.with_(state="published"),), then=(Call("right.register", args),))


def register_right(world: World, actor: Actor, right: Right, args: Named) -> Outcome:
    return Outcome(keep=(right.with_(state="registered"),), facts={"asset": right.asset, "kind": right.kind, "holder": right.holder})


def publish(world: World, actor: Actor, asset: Asset, args: Named) -> Outcome:
    right = next((r for r in world.tables.all(Right, parent=asset.id) if r.state == "registered"), None)
    if right is None or asset.grade is None or asset.quality is None:
        raise Refused("asset.right", "An asset is published under a registered right only.", "须有已登记的权利方可发布资产。")
    found = verdict(asset.quality, arrivals=arrivals_of(world, asset), signed=asset.signed)
    check_publishable(found)
    offer = Offer(
        id=asset.id, state="published", holder=world.party, name=asset.name, content=asset.content, grade=asset.grade,
        persons=asset.persons, rows={t.name: t.rows for t in asset.tables}, columns=asset.columns(),
        quality=asset.quality.score, right=right.id, scorecard=asset.scorecard(),
    )
    return Outcome(answer={"asset": asset.id}, keep=(asset.with_(state="published"),), facts={"content": asset.content, "signed": len(found.signed)},
                   send=(Parcel(HUB_ID, "offer.publish", offer),))


def take_offer(world: World, actor: Actor, _: None, offer: Offer) -> Outcome:
    before = world.tables.find(Offer, offer.id)
    if offer.holder != actor.id or offer.state != "published" or (before is not None and before != offer):
        raise Refused("offer.holder", "Only its holder publishes an asset, and a version never changes.", "仅持有机构可发布资产，且版本不可更改。")
    return Outcome(keep=(offer,), facts={"holder": offer.holder, "content": offer.content, "grade": offer.grade})


def list_assets(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=[summary(a) for a in world.tables.all(Asset)])


def show_verdict(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    """What stands between an asset and its publication, and who signed for what."""
    asset = world.tables.get(Asset, args.id)
    found = asset.verdict(arrivals_of(world, asset))
    return Outcome(answer={"asset": asset.id, "verdict": told(found) if found else None, "signed": asset.signed, "scorecard": asset.scorecard()})


def show_quality(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    """An asset's quality over all its sources, weakest first, by department, arrival and rule; counts only."""
    asset = world.tables.get(Asset, args.id)
    if asset.quality is None:
        raise Conflict("asset.unassessed", "The asset is not assessed yet. Have it assessed first.", "资产尚未评估，请先评估。")
    return Outcome(answer={"asset": asset.id, **parts(asset.quality, {a.id: a for a in arrivals_of(world, asset)})})


def list_offers(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(Offer, state="published"))


LIFE, RIGHT = assets.LIFE, rights.LIFE
STEWARD = frozenset({Role.STEWARD})
SYSTEM = frozenset({Role.SYSTEM})
ACTS = (
    begin("asset.draft", "Draft an asset version over what is standardised", "以标准化数据起草资产版本", who=STEWARD, where=NODE,
          takes=DraftAsset, step=draft),
    moves(LIFE, "assess", "Have an asset assessed", "评估资产", on=Asset, who=STEWARD, where=NODE, step=_queue("asset.assess")),
    moves(LIFE, "assessed", "Record an assessment", "记录评估结果", on=Asset, who=SYSTEM, where=NODE, step=assessed, takes=Assessed),
    moves(LIFE, "sign_off", "Answer for broken conventions of an asset, with a reason", "就资产未达标规范签字并说明理由", on=Asset, who=STEWARD,
          where=NODE, step=sign_off, takes=Signed),
    moves(LIFE, "grade", "Confirm an asset's grade", "确认资产级别", on=Asset, who=STEWARD, where=NODE, step=grade, takes=Confirm),
    moves(LIFE, "register", "Have an asset version registered", "登记资产版本", on=Asset, who=STEWARD, where=NODE,
          step=_queue("asset.register")),
    moves(LIFE, "registered", "Fix an asset version's content hash", "固定资产版本的内容哈希", on=Asset, who=SYSTEM, where=NODE,
          step=registered, takes=Registered),
    moves(LIFE, "publish", "Publish an asset in the alliance's catalogue", "在联盟目录发布资产", on=Asset, who=STEWARD, where=NODE,
          step=publish),
    begin("right.apply", "Apply for a right over an asset", "申请资产权利", who=SYSTEM, where=NODE, takes=Named, step=apply),
    moves(RIGHT, "publish", "Publish a right for objections", "公示权利", on=Right, who=SYSTEM, where=NODE, step=publish_right),
    moves(RIGHT, "register", "Register a right", "登记权利", on=Right, who=SYSTEM, where=NODE, step=register_right),
    begin("offer.publish", "Enter an asset in the catalogue", "资产入目录", who={Role.PARTY}, where=HUB, takes=Offer, step=take_offer),
    look("asset.list", "List this node's assets", "查看本节点资产", who=STAFF, where=NODE, takes=Nothing, step=list_assets),
    look("asset.verdict", "See what stands between an asset and its publication", "查看资产能否发布及原因", who=STAFF, where=NODE, takes=Named,
         step=show_verdict),
    look("asset.quality", "See an asset's quality by source, department, arrival and rule, weakest first", "查看资产质量（按来源、科室、批次、规则，由弱到强）",
         who=STAFF, where=NODE, takes=Named, step=show_quality),
    look("offer.list", "See the alliance's catalogue", "查看联盟目录", who=EVERYBODY, where=HUB, takes=Nothing, step=list_offers),
)
WORKS = (
    Work("asset.assess", Saying(en="Check quality and propose a grade", zh="质量检查与定级建议"), Named, run_assess, "asset.assessed"),
    Work("asset.register", Saying(en="Write and hash the asset version", zh="写入资产版本并计算哈希"), Named, run_register, "asset.registered"),
)
LIVES = (LIFE, RIGHT)
