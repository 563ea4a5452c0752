"""The acts of assessing: have a source's standard tables checked, see how good they are and why, return it to the source."""

from collections.abc import Sequence
from typing import Any

from dujiang.act import NODE, Actor, Nothing, Outcome, Work, begin, look, queued
from dujiang.assess import dqd_run
from dujiang.assess.checks import book, catalogue
from dujiang.assess.quality import check, counting, judged_by
from dujiang.assess.quality_flags import Flag, flags
from dujiang.assess.quality_records import LIFE, Assessment, assessment_id, flags_name
from dujiang.assess.quality_return import letter
from dujiang.assess.quality_views import line, page
from dujiang.collect.arrivals import Arrival
from dujiang.collect.contract import contract, rejections
from dujiang.errors import Conflict, Unknown
from dujiang.standardise.model import CDM
from dujiang.standardise.standardise import Snapshot, std_name
from dujiang.words import STAFF, Role, Saying, Word
from dujiang.world import World

MOST_EXAMPLES = 20


class Zone(Word, frozen=True):
    zone: str


class Checked(Word, frozen=True):
    assessment: Assessment


class Which(Word, frozen=True):
    """One assessment; the newest of all when none is named. `thresholds`: judge it by these per cents instead, check by check."""

    assessment: str = ""
    thresholds: dict[str, float] = {}


class Examples(Word, frozen=True):
    assessment: str
    check: str = ""
    most: int = 20


class Dashboard(Word, frozen=True):
    zone: str
    place: str  # folder with DataQualityDashboard's three threshold files, on this node's machine


def queue(world: World, actor: Actor, _: None, args: Zone) -> Outcome:
    """Checking is long: this queues it."""
    _newest(world, args.zone)
    job = queued(world, "quality.check", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,), facts={"zone": args.zone})


def run(world: World, args: Zone, progress: object) -> Checked:
    """Check the zone's newest snapshot and seal which rows were found wrong beside it."""
    snapshot, now = _newest(world, args.zone), world.clock.now()
    tables = _tables(world, snapshot)
    id = assessment_id(snapshot.id, book().version, now.date().isoformat())
    with world.frames() as frames:
        report = check(frames, tables, now.date(), arrivals=snapshot.arrivals)
        over, found = counting(frames, tables, now.date()), {r.id for r in report.results if r.violated}
        wrong = [flags(over, table, [c for c in catalogue().values() if c.id in found]) for table in tables if over.tables.rows(table)]
        if wrong and not world.blobs.has(snapshot.zone, flags_name(id)):
            frames.save(" UNION ALL ".join(wrong), snapshot.zone, flags_name(id))
    done = Assessment(id=id, state="assessed", zone=snapshot.zone, snapshot=snapshot.id, report=report, made=now.isoformat())
    return Checked(assessment=done)


def checked(world: World, actor: Actor, _: None, args: Checked) -> Outcome:
    """The same snapshot under the same checks on the same day is assessed once."""
    one = world.tables.find(Assessment, args.assessment.id) or args.assessment
    facts = {"assessment": one.id, "snapshot": one.snapshot, "zone": one.zone, "score": one.report.score, "checks": one.report.version}
    return Outcome(answer={"assessment": one.id}, keep=(one,), facts=facts)


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """The newest assessment of each zone, weakest first: a barrel holds as much as its shortest stave."""
    newest = {a.zone: a for a in world.tables.all(Assessment)}
    return Outcome(answer=[line(a) for a in sorted(newest.values(), key=lambda a: (a.report.score, a.zone))])


def shown(world: World, actor: Actor, _: None, args: Which) -> Outcome:
    every = world.tables.all(Assessment)
    one = world.tables.get(Assessment, args.assessment) if args.assessment else every[-1] if every else None
    if one is None:
        raise Unknown("quality.none", "Nothing has been assessed yet. Have a zone's tables checked first.", "尚未评估任何数据，请先检查某个分区的标准表。")
    if args.thresholds:
        one = one.with_(report=judged_by(one.report, args.thresholds))
    earlier = [a for a in every if a.zone == one.zone and a.made < one.made]
    return Outcome(answer=page(one, earlier=earlier, arrivals={a.id: a for a in world.tables.all(Arrival)}))


def examples(world: World, actor: Actor, _: None, args: Examples) -> Outcome:
    """Which rows were found wrong: keys and where they come from, no values."""
    one = world.tables.get(Assessment, args.assessment)
    return Outcome(answer=_examples(world, one, most=max(1, min(args.most, 1000)), check=args.check))


def returned(world: World, actor: Actor, _: None, args: Which) -> Outcome:
    """For each source in the assessment, what was found, as a letter to it; with none named also for sources of which nothing could be used."""
    every, arrivals = world.tables.all(Assessment), world.tables.all(Arrival)
    one = world.tables.get(Assessment, args.assessment) if args.assessment else every[-1] if every else None
    found = _examples(world, one, most=MOST_EXAMPLES) if one else []
    named = {part.what: part for part in one.report.by_source} if one else {}
    zones = list(named) if args.assessment else [*named, *sorted({a.zone for a in arrivals if rejections(a)} - set(named))]
    broken = {zone: [b for a in arrivals if a.zone == zone for b in contract(a)] for zone in zones}
    return Outcome(answer=[{"source": z, "letter": letter(z, named.get(z), found, breaches=broken[z])} for z in zones])


def queue_dashboard(world: World, actor: Actor, _: None, args: Dashboard) -> Outcome:
    _newest(world, args.zone)
    job = queued(world, "quality.dashboard", args, by=actor.id)
    return Outcome(answer={"job": job.id}, keep=(job,), facts={"zone": args.zone})


def run_dashboard(world: World, args: Dashboard, progress: object) -> dqd_run.Ran:
    snapshot = _newest(world, args.zone)
    given = {file.name: file.open().read() for file in world.delivery(args.place) if file.name.lower().endswith("_level.csv")}
    return dqd_run.run(world, snapshot.id, snapshot.zone, _tables(world, snapshot), given=given)


def dashboard_ran(world: World, actor: Actor, _: None, args: dqd_run.Ran) -> Outcome:
    one = world.tables.find(dqd_run.DashboardRun, args.run.id) or args.run
    return Outcome(answer={"run": one.id}, keep=(one,), facts={"run": one.id, "snapshot": one.snapshot, "statuses": one.statuses})


def dashboards(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(dqd_run.DashboardRun))


def dashboard_shown(world: World, actor: Actor, _: None, args: dqd_run.WhichRun) -> Outcome:
    one = world.tables.get(dqd_run.DashboardRun, args.run)
    return Outcome(answer=dqd_run.results(world, one, status=args.status, most=args.most))


def _newest(world: World, zone: str) -> Snapshot:
    found = world.tables.all(Snapshot, parent=zone)
    if not found:
        raise Conflict("quality.no_snapshot", "Nothing of that zone is standardised yet. Standardise it first.", "该分区尚未标准化，请先完成标准化。")
    return found[-1]


def _tables(world: World, snapshot: Snapshot) -> dict[str, list[str]]:
    held = {table.name for table in snapshot.tables}
    return {table: [world.blobs.url(snapshot.zone, std_name(snapshot.id, table))] for table in CDM if table in held}


def _examples(world: World, one: Assessment, *, most: int, check: str = "") -> Sequence[Flag]:
    name = flags_name(one.id)
    if not world.blobs.has(one.zone, name):
        return []
    with world.frames() as frames:
        rows: list[Any] = frames.rows(
            f"SELECT * FROM read_parquet('{frames.url(one.zone, name)}') WHERE $1 = '' OR \"check\" = $1 "
            "QUALIFY row_number() OVER (PARTITION BY \"check\" ORDER BY arrival, file, line, key) <= $2 "
            "ORDER BY \"check\", arrival, file, line, key",
            [check, most],
        )
    names = ("table", "key", "check", "kind", "file", "line", "arrival")
    return [Flag(**dict(zip(names, row, strict=True))) for row in rows]


STEWARD = frozenset({Role.STEWARD})
SYSTEM = frozenset({Role.SYSTEM})
ACTS = (
    begin("quality.check", "Have a zone's standard tables checked", "检查分区标准表的质量", who=STEWARD, where=NODE, takes=Zone, step=queue),
    begin("quality.checked", "Record an assessment of quality", "记录质量评估", who=SYSTEM, where=NODE, takes=Checked, step=checked),
    look("quality.list", "See how good each zone's data is, weakest first", "查看各分区数据质量（由弱到强）", who=STAFF, where=NODE, takes=Nothing,
         step=listed),
    look("quality.show", "See an assessment of quality with its rules, parts and trend", "查看质量评估详情", who=STAFF, where=NODE, takes=Which,
         step=shown),
    look("quality.examples", "See which rows a check found wrong", "查看检查发现的问题记录位置", who=STEWARD, where=NODE, takes=Examples,
         step=examples),
    look("quality.return", "Read the letter that returns findings to a source", "查看反馈给来源的质量通知", who=STEWARD, where=NODE, takes=Which,
         step=returned),
    begin("quality.dashboard", "Run OHDSI's DataQualityDashboard checks from its own files", "按 OHDSI DataQualityDashboard 文件执行检查",
          who=STEWARD, where=NODE, takes=Dashboard, step=queue_dashboard),
    begin("quality.dashboard_ran", "Record a run of DataQualityDashboard's checks", "记录 DataQualityDashboard 检查结果", who=SYSTEM, where=NODE,
          takes=dqd_run.Ran, step=dashboard_ran),
    look("quality.dashboards", "List the runs of DataQualityDashboard's checks", "查看 DataQualityDashboard 检查记录", who=STAFF, where=NODE,
         takes=Nothing, step=dashboards),
    look("quality.dashboard_show", "See the results of a run of DataQualityDashboard's checks", "查看 DataQualityDashboard 检查结果", who=STAFF,
         where=NODE, takes=dqd_run.WhichRun, step=dashboard_shown),
)
WORKS = (
    Work("quality.check", Saying(en="Check standard tables", zh="检查标准表"), Zone, run, "quality.checked"),
    Work("quality.dashboard", Saying(en="Run DataQualityDashboard's checks", zh="执行 DataQualityDashboard 检查"), Dashboard, run_dashboard,
         "quality.dashboard_ran"),
)
LIVES = (LIFE, dqd_run.LIFE)
