"""The census's one page: a chart and a table per condition whose answer is out, and on whom each other one waits."""

import datetime
import secrets
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from census.conditions import BANDS, CONDITIONS, SEXES, Condition, query
from dujiang_app import Alliance, AppError

TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                               undefined=jinja2.StrictUndefined)
HEIGHT = 120
OUT = ("released", "settled")
TASK = {
    "submitted": ("waiting for the hospitals to count", "等待各医院计算"),
    "combined": ("waiting for the sum to be checked", "等待汇总结果进入核查"),
    "failed": ("a hospital refused", "有医院拒绝"),
    "cancelled": ("cancelled", "已取消"),
}
RELEASE = {
    "returned": ("the output checkers returned it", "核查人已退回"),
    "rejected": ("the output checkers rejected it", "核查人未予通过"),
    "withdrawn": ("withdrawn", "已撤回"),
}
CHECKING = ("waiting for the output checkers", "等待输出核查人核查")
# What a refusal of the alliance means to somebody who looks at the census.
REMOVED = (
    "The census has no access any more: it was removed from the alliance, or its token was replaced. The alliance's office can tell which.",
    "普查应用已无访问权限：应用已被移除，或其令牌已更换。详情请咨询联盟办公室。",
)


class Standing(NamedTuple):
    """How the census stands: its newest request, and how many of its holders' permits are in force."""

    request: str
    active: int
    permits: int

    @property
    def may_ask(self) -> bool:
        return 0 < self.active == self.permits


def main_page(alliance: Alliance, lang: str, *, asked: str = "") -> str:
    """The page as HTML; `asked` is a refusal of what was just asked for."""
    trouble, parts, standing = asked, [], Standing("", 0, 0)
    try:
        standing = standing_of(alliance)
        tasks, releases = alliance.tasks(), alliance.releases()
        parts = [part(alliance, c, newest(c, tasks, releases), lang) for c in CONDITIONS]
    except AppError as refusal:
        trouble = says(refusal, lang)
    t = (lambda en, zh: zh) if lang == "zh" else (lambda en, zh: en)
    return TEMPLATES.get_template("page.html").render(
        t=t, lang=lang, parts=parts, trouble=trouble, standing=standing, once=secrets.token_hex(8), waits=any(p["state"] for p in parts),
    )


def says(refusal: AppError, lang: str) -> str:
    """A refusal in plain words."""
    return REMOVED[lang == "zh"] if refusal.rule == "gate.token" else refusal.says(lang)


def standing_of(alliance: Alliance) -> Standing:
    """Of several requests, as after a new version was installed, the newest with a permit counts."""
    permits = alliance.permits()
    requests = [p["terms"]["request"] for p in permits if p["state"] in ("offered", "agreed", "active", "suspended")]
    if not requests:
        return Standing("", 0, 0)
    mine = [p for p in permits if p["terms"]["request"] == requests[-1]]
    return Standing(str(requests[-1]), sum(p["state"] == "active" for p in mine), len(mine))


def ask(alliance: Alliance, condition: Condition, *, once: str) -> str:
    """Ask for a condition's counts as of today; the task's id. The same `once` again is the same task."""
    standing = standing_of(alliance)
    if not standing.may_ask:
        raise AppError(403, "census.permit", "The census has no permit in force at every hospital.", "普查应用尚未在每家医院取得生效的许可。")
    on = datetime.datetime.now(datetime.UTC).date().isoformat()
    return alliance.submit(standing.request, query(condition, on), key=f"{condition.key}:{once}")


Found = tuple[dict[str, Any], dict[str, Any]]


def newest(condition: Condition, tasks: dict[str, Any], releases: dict[str, Any]) -> tuple[Found | None, Found | None]:
    """The condition's newest released answer, and its newest task if that is a later one."""
    mine = [(t, releases.get(t["id"], {})) for t in tasks.values() if condition.is_asked_by(t["query"])]
    out = [found for found in mine if found[1].get("state") in OUT]
    later = mine[-1] if mine and mine[-1] not in out else None
    return (out[-1] if out else None), later


def part(alliance: Alliance, condition: Condition, found: tuple[Found | None, Found | None], lang: str) -> dict[str, Any]:
    """What the page shows of one condition."""
    out, later = found
    shown: dict[str, Any] = {"key": condition.key, "name": condition.zh if lang == "zh" else condition.en, "rows": [], "state": ""}
    if later is not None:
        shown["state"] = waits(*later, lang)
    if out is None:
        return shown
    task, release = out
    answer = alliance.answer(release["id"])
    holders = answer["holders"]
    return {
        **shown, "rows": bars(answer["rows"], lang), "entry": answer["entry"], "withheld": withheld(answer, lang), "hospitals": len(holders),
        "excluded": sum(h["excluded"] for h in holders), "on": next((b["on"] for b in task["query"]["by"] if "on" in b), ""),
    }


def waits(task: dict[str, Any], release: dict[str, Any], lang: str) -> str:
    """On whom a task that is not out waits, or why it ended."""
    state = str(release["state"] if release else task["state"])
    return (RELEASE.get(state, CHECKING) if release else TASK.get(state, (state, state)))[lang == "zh"]


def withheld(answer: dict[str, Any], lang: str) -> list[str]:
    """Each reason once."""
    return list(dict.fromkeys(w["zh" if lang == "zh" else "en"] for w in answer["withheld"]))


def bars(rows: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Rows with the height and place of their bars; a withheld count has none."""
    most = max((r["persons"] or 0 for r in rows), default=0) or 1
    ordered = sorted(rows, key=lambda r: (BANDS.index(r["age_band"]), list(SEXES).index(r["sex"])))
    return [
        {"sex": SEXES[r["sex"]][lang == "zh"], "kind": r["sex"], "age": r["age_band"], "persons": r["persons"],
         "height": round(HEIGHT * (r["persons"] or 0) / most), "x": 38 * n + 14 * (n // 2)}
        for n, r in enumerate(ordered)
    ]
