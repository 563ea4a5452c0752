"""The acts of registering: draft an asset, have it assessed, confirm its grade, register its content, publish it."""

from datetime import date
from typing import cast

from dujiang.act import HUB, HUB_ID, NODE, Actor, Call, Named, Nothing, Outcome, Parcel, Step, Work, begin, look, moves, queued
from dujiang.assess.grading import grade_asset, grade_columns, sensitive_predicate
from dujiang.assess.quality import QualityReport, check
from dujiang.errors import Conflict, Refused
from dujiang.identify.persons import PersonIndex
from dujiang.ledger.canonical import canonical, digest
from dujiang.register import assets, rights
from dujiang.register.assets import ASSET_ZONE, Asset, AssetTable, asset_select, confirm_grade, summary
from dujiang.register.offers import Offer
from dujiang.register.rights import Right
from dujiang.standardise.model import ASSET_COLUMNS
from dujiang.standardise.standardise import Snapshot, table_hash
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


class Registered(Word, frozen=True):
    id: str
    tables: tuple[AssetTable, ...]
    content: str
    left_out: int


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


def run_assess(world: World, args: Named, progress: object) -> Assessed:
    asset = world.tables.get(Asset, args.id)
    today: date = world.clock.now().date()
    with world.frames() as frames:
        quality = check(frames, {t: _urls(world, asset, t) for t in ASSET_COLUMNS}, today)
    graded = grade_asset(grade_columns({t: list(c) for t, c in ASSET_COLUMNS.items()}))
    return Assessed(id=asset.id, quality=quality, proposed=graded.grade, reasons=graded.reasons)


def assessed(world: World, actor: Actor, asset: Asset, args: Assessed) -> Outcome:
    done = asset.with_(state="assessed", quality=args.quality, proposed=args.proposed, reasons=args.reasons)
    return Outcome(keep=(done,), facts={"quality": args.quality.score, "proposed": args.proposed})


def grade(world: World, actor: Actor, asset: Asset, args: Confirm) -> Outcome:
    done = confirm_grade(asset, args.grade)
    return Outcome(answer={"asset": asset.id}, keep=(done,), facts={"grade": args.grade})


def run_register(world: World, args: Named, progress: object) -> Registered:
    """Write the version's own tables: released columns only, and below grade 5 without rows of sensitive codes."""
    asset = world.tables.get(Asset, args.id)
    without = sensitive_predicate() if cast(Grade, asset.grade) < Grade.RESTRICTED else ""
    written, left_out = [], 0
    with world.frames() as frames:
        for table, columns in ASSET_COLUMNS.items():
            urls, hidden = _urls(world, asset, table), without if "x_codes" in columns else ""
            frames.run(f"CREATE OR REPLACE TABLE version AS {asset_select(columns, urls, without=hidden)}")
            rows = cast(int, frames.rows("SELECT count(*) FROM version")[0][0])
            held = cast(int, frames.rows(f"SELECT count(*) FROM ({asset_select(columns[:1], urls)})")[0][0])
            file = f"{asset.id}/{table}.parquet"
            frames.save("SELECT * FROM version", ASSET_ZONE, file)
            written.append(AssetTable(name=table, file=file, rows=rows, hash=table_hash(frames, "version"), columns=tuple(columns)))
            left_out += held - rows
    content = digest(canonical([[t.name, t.hash] for t in written]))
    return Registered(id=asset.id, tables=tuple(written), content=content, left_out=left_out)


def registered(world: World, actor: Actor, asset: Asset, args: Registered) -> Outcome:
    """The content hash is fixed from here on; the holder's right to hold is applied for with the arrivals as evidence."""
    done = asset.with_(state="registered", tables=args.tables, content=args.content, left_out=args.left_out)
    facts = {"content": args.content, "rows": {t.name: t.rows for t in args.tables}, "left_out": args.left_out}
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
    offer = Offer(
        id=asset.id, state="published", holder=world.party, name=asset.name, content=asset.content, grade=asset.grade,
        persons=asset.persons, rows={t.name: t.rows for t in asset.tables}, columns=asset.columns(),
        quality=asset.quality.score, right=right.id,
    )
    return Outcome(answer={"asset": asset.id}, keep=(asset.with_(state="published"),), facts={"content": asset.content},
                   send=(Parcel(HUB_ID, "offer.publish", offer),))


def take_offer(world: World, actor: Actor, _: None, offer: Offer) -> Outcome:
    before = world.tables.find(Offer, offer.id)
    if offer.holder != actor.id or offer.state != "published" or (before is not None and before != offer):
        raise Refused("offer.holder", "Only its holder publishes an asset, and a version never changes.", "仅持有机构可发布资产，且版本不可更改。")
    return Outcome(keep=(offer,), facts={"holder": offer.holder, "content": offer.content, "grade": offer.grade})


def list_assets(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=[summary(a) for a in world.tables.all(Asset)])


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
    look("offer.list", "See the alliance's catalogue", "查看联盟目录", who=EVERYBODY, where=HUB, takes=Nothing, step=list_offers),
)
WORKS = (
    Work("asset.assess", Saying(en="Check quality and propose a grade", zh="质量检查与定级建议"), Named, run_assess, "asset.assessed"),
    Work("asset.register", Saying(en="Write and hash the asset version", zh="写入资产版本并计算哈希"), Named, run_register, "asset.registered"),
)
LIVES = (LIFE, RIGHT)
