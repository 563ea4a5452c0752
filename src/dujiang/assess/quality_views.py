"""What a page about quality needs, as plain values: weakest source first, rules, departments, arrivals, changes, trend, verdict."""

from collections.abc import Mapping, Sequence
from typing import Any

from dujiang.assess.checks import FIXERS, book, catalogue
from dujiang.assess.drift import Change
from dujiang.assess.quality import QualityReport
from dujiang.assess.quality_parts import Part
from dujiang.assess.quality_records import Assessment
from dujiang.assess.quality_score import FAILED, NOT_APPLICABLE, CheckResult
from dujiang.assess.quality_verdict import Verdict, verdict
from dujiang.collect.arrivals import Arrival
from dujiang.words import Saying, Word

VISITS = {
    "visit 9201": Saying(en="in-patient", zh="住院"), "visit 9202": Saying(en="out-patient", zh="门诊"),
    "visit 9203": Saying(en="emergency", zh="急诊"), "visit 262": Saying(en="emergency, then in-patient", zh="急诊转住院"),
    "visit 581476": Saying(en="home visit", zh="居家"), "visit 5083": Saying(en="telehealth", zh="远程医疗"),
}
_CHANGED = {
    "codes": Saying(en="the mix of codes", zh="编码构成"), "values": Saying(en="the distribution of results", zh="结果分布"),
    "sex": Saying(en="the mix of sexes", zh="性别构成"), "birth": Saying(en="the distribution of years of birth", zh="出生年份分布"),
    "volume": Saying(en="the number of rows a month", zh="每月记录数"),
}
_BETWEEN = {
    "source": Saying(en="differs from the other sources", zh="与其他来源不同"),
    "arrival": Saying(en="differs in the newest arrival from earlier ones", zh="最新批次与此前批次不同"),
    "month": Saying(en="differs in the last whole month from the six before it", zh="最近一个完整月份与此前六个月不同"),
}


class Scorecard(Word, frozen=True):
    """What of a report travels with an offer: scores and the ids of failed checks, no counts of a source or a department."""

    version: str
    as_of: str
    score: int
    weakest: int  # the score of the weakest source
    categories: dict[str, int]
    failed: dict[str, int]  # failed checks by tier
    applicable: int
    alarms: int
    signed: int = 0  # failed conventions that somebody answers for
    set_aside: int = 0  # rows left out of the version because they were fatally wrong


def scorecard(report: QualityReport, *, signed: int = 0, set_aside: int = 0) -> Scorecard:
    """A report as the catalogue shows it."""
    checks = catalogue()
    failed = [checks[r.id].tier for r in report.results if r.status == FAILED and r.id in checks]
    return Scorecard(
        version=report.version, as_of=report.as_of, score=report.score, weakest=min((p.score for p in report.by_source), default=report.score),
        categories=report.categories, failed={tier: failed.count(tier) for tier in dict.fromkeys(failed)},
        applicable=sum(r.status != NOT_APPLICABLE for r in report.results), alarms=sum(c.alarm for c in report.changes),
        signed=signed, set_aside=set_aside,
    )


def page(assessment: Assessment, *, earlier: Sequence[Assessment] = (), arrivals: Mapping[str, Arrival] | None = None) -> dict[str, Any]:
    """Everything a page shows of one assessment; `earlier` ones of the zone, oldest first, give the trend."""
    trend = [{"as_of": a.report.as_of, "score": a.report.score, "assessment": a.id} for a in (*earlier, assessment)]
    return {"assessment": assessment.id, "zone": assessment.zone, "snapshot": assessment.snapshot, **parts(assessment.report, arrivals), "trend": trend}


def parts(report: QualityReport, arrivals: Mapping[str, Arrival] | None = None) -> dict[str, Any]:
    """A report by source and department, weakest first, by arrival, oldest first, and by rule; `arrivals` by id."""
    known = arrivals or {}
    mine = [known[part.what] for part in report.by_arrival if part.what in known]
    return {
        "as_of": report.as_of, "version": report.version,
        "score": report.score, "categories": report.categories, "rows": report.rows, "weights": {
            "category": book().weights.category, "severity": book().weights.severity,
        },
        "by_source": [_part(p) for p in report.by_source], "by_department": [_part(p) for p in report.by_department],
        "by_arrival": [{**_part(p), "received": known[p.what].received if p.what in known else ""} for p in report.by_arrival],
        "rules": rules(report), "changes": [_change(c) for c in report.changes], "verdict": told(verdict(report, arrivals=mine)),
    }


def line(assessment: Assessment) -> dict[str, Any]:
    """One line of a list of assessments."""
    found = verdict(assessment.report)
    return {
        "assessment": assessment.id, "zone": assessment.zone, "snapshot": assessment.snapshot, "as_of": assessment.report.as_of,
        "score": assessment.report.score, "categories": assessment.report.categories, "set_aside": len(found.set_aside),
        "to_sign": len(found.to_sign), "scored": len(found.scored), "alarms": len(found.alarms),
    }


def rules(report: QualityReport) -> list[dict[str, Any]]:
    """Every check that applied, failed before passed, the larger share first."""
    applied = [r for r in report.results if r.status != NOT_APPLICABLE and r.id in catalogue()]
    return [_rule(r) for r in sorted(applied, key=lambda r: (r.status != FAILED, -r.violated / r.denominator, r.id))]


def told(found: Verdict) -> dict[str, Any]:
    """A verdict as plain values."""
    return {
        "may_publish": found.may_publish, "rejected": [{"arrival": b.arrival, "rule": b.rule, "says": b.says, "file": b.file} for b in found.rejected],
        "set_aside": list(found.set_aside), "to_sign": list(found.to_sign), "signed": list(found.signed), "scored": list(found.scored),
        "alarms": [_change(c) for c in found.alarms],
    }


def _rule(result: CheckResult) -> dict[str, Any]:
    check = catalogue()[result.id]
    return {
        "id": check.id, "table": check.table, "field": check.field, "says": check.says, "category": check.category, "severity": check.severity,
        "tier": check.tier, "threshold": check.threshold, "violated": result.violated, "of": result.denominator, "status": result.status,
        "todo": check.todo, "fixer": FIXERS[check.fixer],
    }


def _part(part: Part) -> dict[str, Any]:
    worst = sorted(((bad, of, name) for name, (bad, of) in part.found.items() if name in catalogue()), key=lambda f: (-f[0] / f[1], f[2]))
    found = [{"id": name, "says": catalogue()[name].says, "violated": bad, "of": of} for bad, of, name in worst]
    label = VISITS.get(part.what, Saying(en=part.what, zh=part.what))
    return {"what": part.what, "label": label, "rows": part.rows, "score": part.score, "categories": part.categories, "found": found}


def _change(change: Change) -> dict[str, Any]:
    thing, _, where = change.what.partition(".")
    what, how = _CHANGED[thing], _BETWEEN[change.between]
    says = Saying(en=f"{where}: {what.en} {how.en}.", zh=f"{where}：{what.zh}{how.zh}。")
    return {
        "what": change.what, "between": change.between, "one": change.one, "rows": change.rows, "others": change.others,
        "psi": change.psi, "gap": change.gap, "alarm": change.alarm, "says": says,
    }
