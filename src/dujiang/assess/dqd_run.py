"""Runs DataQualityDashboard's checks over tables in a few scans and gives each its status as DQD would; keeps counts only."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

import msgspec

from dujiang.assess.counting import Counting
from dujiang.assess.dqd import Dashboard, read, types
from dujiang.assess.quality_score import ERROR, FAILED, NOT_APPLICABLE, PASSED, exceeds
from dujiang.assess.tables import Tables
from dujiang.errors import Malformed
from dujiang.words import Life, Thing, Word
from dujiang.world import Frames, World

LIFE = Life(kind="dashboard_run", start="ran", moves=())


class DashboardResult(Word, frozen=True):
    """One check's counts and status, under DQD's id; no counts where it could not be evaluated."""

    id: str
    violated: int | None
    denominator: int | None
    status: str
    why: str = ""  # of what does not apply: the table or column that is missing or empty


class DashboardRun(Thing, frozen=True, kw_only=True):
    """A run over one snapshot: how many checks have which status. The results lie sealed in the zone under `results_name`."""

    KIND: ClassVar[str] = "dashboard_run"
    zone: str
    snapshot: str
    version: str
    checks: str  # SHA-256 of the threshold files
    statuses: dict[str, int]
    set_aside: int = 0  # rows of the threshold files that could not be read
    made: str = ""

    def __post_init__(self) -> None:
        if self.state not in LIFE.states():
            raise Malformed("dashboard_run.state", "A run cannot be in that state.", "检查记录状态无效。")

    def parent(self) -> str:
        return self.zone


class Ran(Word, frozen=True):
    run: DashboardRun


class WhichRun(Word, frozen=True):
    run: str
    status: str = ""
    most: int = 3000


Counted = Mapping[str, tuple[int | None, int | None]]


def count(frames: Frames, dashboard: Dashboard, tables: Mapping[str, Sequence[str]], as_of: date) -> dict[str, tuple[int | None, int | None]]:
    """(violated, denominator) by check id, for tables given as name -> addresses; None where a check cannot be evaluated."""
    counting = Counting(Tables(frames, tables, as_of, types=dashboard.types), dashboard.sides, lenient=True)
    asked = [c for c in dashboard.checks.values() if c.rule not in ("cdmTable", "cdmField")]
    asked = [c for c in asked if counting.can(c.counted, c.of) and counting.can(c.counted, c.bad)]
    counted = counting.count((c.counted, tally) for c in asked for tally in (c.of, c.bad))
    found: dict[str, tuple[int | None, int | None]] = dict.fromkeys(dashboard.checks, (None, None))
    pairs = {c.id: (counted.get((c.counted, c.bad)), counted.get((c.counted, c.of))) for c in asked}
    found.update({id: pair for id, pair in pairs.items() if None not in pair})
    for check in dashboard.checks.values():
        if check.rule in ("cdmTable", "cdmField"):
            there = check.field in counting.tables.columns(check.table) if check.field else bool(counting.tables.columns(check.table))
            found[check.id] = (int(not there), 1)
    return found


def judge(dashboard: Dashboard, counted: Counted, thresholds: Mapping[str, float] | None = None) -> tuple[DashboardResult, ...]:
    """The status of every check; `thresholds`, in per cent, replace those of the files. No scan is needed.

    Not applicable, as DQD has it: whatever asks about a missing table or column (but for whether they are there), about an empty table (but
    for how many persons have no row in it), about a column with no value (but for whether it is filled), or about a concept that does not
    occur. What could not be evaluated for another reason is an error.
    """
    known = _Known(dashboard, counted)
    results = []
    for check in dashboard.checks.values():
        bad, of = counted[check.id]
        why = known.why_not(check.id)
        limit = (thresholds or {}).get(check.id, check.threshold)
        if why:
            status = NOT_APPLICABLE
        elif bad is None or of is None:
            status = ERROR
        else:
            status = FAILED if bad and (not limit or exceeds(bad, max(of, 1), limit)) else PASSED
        results.append(DashboardResult(id=check.id, violated=bad, denominator=of, status=status, why=why))
    return tuple(results)


class _Known:
    """Which tables and columns are missing or empty, by the checks that say so."""

    def __init__(self, dashboard: Dashboard, counted: Counted) -> None:
        self._checks, self._counted = dashboard.checks, counted
        by_rule = [(c, *counted[c.id]) for c in dashboard.checks.values()]
        self.no_table = {c.table for c, bad, _ in by_rule if c.rule == "cdmTable" and bad}
        self.no_field = {(c.table, c.field) for c, bad, _ in by_rule if c.rule == "cdmField" and bad}
        filled = [(c, bad, of) for c, bad, of in by_rule if c.rule == "measureValueCompleteness" and of is not None]
        self.no_rows = {c.table for c, _, of in filled if not of}
        self.no_value = {(c.table, c.field) for c, bad, of in filled if bad == of}

    def why_not(self, id: str) -> str:
        """What makes a check not applicable; empty when it applies."""
        check = self._checks[id]
        field = (check.table, check.field)
        if check.rule == "measureConditionEraCompleteness":
            table = "condition_occurrence"
            return table if table in self.no_table | self.no_rows else ""
        if check.rule == "cdmTable":
            return ""
        if check.rule in ("cdmField", "measurePersonCompleteness"):
            return check.table if check.table in self.no_table else ""
        if check.table in self.no_table | self.no_rows:
            return check.table
        if check.field and field in self.no_field:
            return ".".join(field)
        if check.rule in ("measureValueCompleteness", "isRequired"):
            return ""
        if check.field and field in self.no_value:
            return ".".join(field)
        return ".".join(field) if id.startswith("concept_") and self._counted[id][1] == 0 else ""


def run(world: World, snapshot: str, zone: str, tables: Mapping[str, Sequence[str]], *, given: Mapping[str, bytes]) -> Ran:
    """Run the checks of threshold files (name -> content) over a snapshot's tables and seal the results beside it."""
    dashboard, now = read(given), world.clock.now()
    files = hashlib.sha256(b"".join(hashlib.sha256(given[name]).digest() for name in sorted(given))).hexdigest()
    with world.frames() as frames:
        results = judge(dashboard, count(frames, dashboard, tables, now.date()))
    statuses = [r.status for r in results]
    id = "dq-" + hashlib.sha256(f"{snapshot}\n{files}\n{now.date().isoformat()}".encode()).hexdigest()[:24]
    with world.blobs.write(zone, results_name(id)) as stream:
        stream.write(msgspec.json.encode(results))
    done = DashboardRun(
        id=id, state="ran", zone=zone, snapshot=snapshot, version=types().version, checks=files,
        statuses={status: statuses.count(status) for status in dict.fromkeys(statuses)}, set_aside=len(dashboard.aside), made=now.isoformat(),
    )
    return Ran(run=done)


def results_name(run: str) -> str:
    """Where the results of a run lie in the zone."""
    return f"quality/{run}.json"


def results(world: World, one: DashboardRun, *, status: str, most: int) -> list[DashboardResult]:
    """A run's results, of one status or of all."""
    with world.blobs.read(one.zone, results_name(one.id)) as stream:
        every = msgspec.json.decode(stream.read(), type=list[DashboardResult])
    return [r for r in every if status in ("", r.status)][: max(1, min(most, 10_000))]
