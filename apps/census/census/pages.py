"""The census's one page: a chart and a table per condition whose answer is out, and on whom each other one waits."""

import datetime
from pathlib import Path
from typing import Any

import jinja2

from census.conditions import BANDS, CONDITIONS, SEXES, Condition, query
from dujiang_app import Alliance, AppError

TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                               undefined=jinja2.StrictUndefined)
HEIGHT = 120
WAITING = {
    "submitted": ("waiting for the hospitals", "等待各医院计算"),
    "failed": ("a hospital refused", "有医院拒绝"),
    "checking": ("waiting for the output checkers", "等待输出核查"),
}


def main_page(alliance: Alliance, lang: str, *, asked: str = "") -> str:
    """The page as HTML; `asked` is a refusal of what was just asked for."""
    trouble, parts = asked, []
    try:
        request = request_of(alliance)
        tasks, releases = alliance.tasks(), alliance.releases()
        parts = [part(alliance, c, newest(c, tasks, releases), lang) for c in CONDITIONS]
    except AppError as refusal:
        request, trouble = "", refusal.says(lang)
    t = (lambda en, zh: zh) if lang == "zh" else (lambda en, zh: en)
    return TEMPLATES.get_template("page.html").render(t=t, lang=lang, parts=parts, trouble=trouble, request=request)


def request_of(alliance: Alliance) -> str:
    """The request under which this app has permits; empty before they are there."""
    active = [p for p in alliance.permits() if p["state"] == "active"]
    return str(active[0]["terms"]["request"]) if active else ""


def ask(alliance: Alliance, condition: Condition, *, nonce: str) -> str:
    """Ask for a condition's counts as of today; the task's id."""
    request = request_of(alliance)
    if not request:
        raise AppError(403, "census.permit", "The census has no permit in force.", "普查应用没有生效的许可。")
    on = datetime.datetime.now(datetime.UTC).date().isoformat()
    return alliance.submit(request, query(condition, on), key=f"{condition.key}:{nonce}")


def newest(condition: Condition, tasks: dict[str, Any], releases: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The condition's newest released answer, else its newest task."""
    mine = [t for t in tasks.values() if {(c["system"], c["code"]) for c in t["query"]["cohort"]["codes"]} == set(condition.codes)]
    out = [t for t in mine if releases.get(t["id"], {}).get("state") in ("released", "settled")]
    chosen = (out or mine)[-1:]
    return (chosen[0], releases.get(chosen[0]["id"], {})) if chosen else None


def part(alliance: Alliance, condition: Condition, found: tuple[dict[str, Any], dict[str, Any]] | None, lang: str) -> dict[str, Any]:
    """What the page shows of one condition."""
    shown: dict[str, Any] = {"key": condition.key, "name": condition.zh if lang == "zh" else condition.en, "rows": [], "state": "", "entry": None}
    if found is None:
        return shown
    task, release = found
    if release.get("state") not in ("released", "settled"):
        state = "checking" if release else task["state"]
        shown["state"] = WAITING.get(state, (state, state))[lang == "zh"]
        return shown
    answer = alliance.answer(release["id"])
    return {**shown, "rows": bars(answer["rows"], lang), "entry": answer["entry"], "withheld": len(answer["withheld"])}


def bars(rows: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Rows with the height and place of their bars; a withheld count has none."""
    most = max((r["persons"] or 0 for r in rows), default=0) or 1
    ordered = sorted(rows, key=lambda r: (BANDS.index(r["age_band"]), list(SEXES).index(r["sex"])))
    return [
        {"sex": SEXES[r["sex"]][lang == "zh"], "kind": r["sex"], "age": r["age_band"], "persons": r["persons"],
         "height": round(HEIGHT * (r["persons"] or 0) / most), "x": 34 * n + 14 * (n // 2)}
        for n, r in enumerate(ordered)
    ]
