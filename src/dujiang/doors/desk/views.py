"""Pages that are drawn rather than listed: the data map, doubts about persons with their evidence, quality by source, a proposed map of tables, terms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dujiang.act import Act, Actor
from dujiang.doors.desk import labels
from dujiang.doors.desk.cells import Reader
from dujiang.doors.desk.frame import look
from dujiang.doors.desk.offering import Offered
from dujiang.doors.desk.river import draw
from dujiang.doors.start import Running

MASKED = frozenset({"number", "phone"})  # of two records compared, what is shown in part
TAIL = 4
MOST_BITS = 24.0  # of evidence that fill half of a bar's width


@dataclass(frozen=True)
class Seen:
    """What a page is drawn from: the party, the visitor, the reader, what they may do, and the answer of the page's act."""

    running: Running
    actor: Actor
    reader: Reader
    may: Mapping[str, Act]
    answer: Any
    asked: Mapping[str, str]


Draws = Callable[[Seen], dict[str, Any]]


def data_map(seen: Seen) -> dict[str, Any]:
    """The river with the permits beyond the assets, which the registering stage does not know."""
    reader, told = seen.reader, seen.answer
    permits = look(seen.running, seen.actor, "permit.list") if "permit" in reader.lists else []
    places, flows, names = list(told["places"]), list(told["flows"]), {p["id"]: place_name(p, reader) for p in told["places"]}
    for permit in permits:
        terms = permit["terms"]
        asset = next((p for p in told["places"] if p["id"] == terms["offer"]), None)
        if asset is not None and permit["state"] not in ("revoked", "closed", "destroyed", "expired"):
            size = max(asset["size"], 1)
            places.append({**asset, "id": permit["id"], "kind": "permit", "size": size, "grade": terms["grade"], "persons": None, "quality": None, "state": permit["state"]})
            flows.append({"frm": asset["id"], "to": permit["id"], "size": size})
            names[permit["id"]] = reader.parties.get(terms["recipient"], {}).get(reader.lang, terms["recipient"])
    heads = {"source": reader.t("Sources", "数据来源"), "zone": reader.t("Zones", "分区"), "table": reader.t("Standard tables", "标准表"),
             "asset": reader.t("Assets", "资产"), "permit": reader.t("Permits", "许可")}
    rows = [{**p, "name": names[p["id"]], "head": heads[p["kind"]], "grade": reader.cell("grade", p.get("grade")), "state": reader.cell("state", p["state"])} for p in places]
    columns = [{**c, "table_name": labels.column(c["table"], reader.lang), "grade": reader.cell("grade", c["grade"]), "says": c["says"][reader.lang]} for c in told["columns"]]
    return {"river": draw(places, flows, names, heads), "places": rows, "columns": columns, "sought": seen.asked.get("text", "")}


def place_name(place: Mapping[str, Any], reader: Reader) -> str:
    name = labels.in_words(place["name"], reader.lang)
    return labels.column(name, reader.lang) if place["kind"] == "table" else name.removeprefix("zone-")


def doubts(seen: Seen) -> dict[str, Any]:
    """Each pair with its waterfall: where the odds begin, what every field adds or takes, where they end."""
    return {"pairs": [pair(one, seen.reader, n) for n, one in enumerate(seen.answer, 1)], "may_rule": "person.review" in seen.may}


def pair(one: Mapping[str, Any], reader: Reader, number: int) -> dict[str, Any]:
    prior = one["prior"]
    bars = [bar(reader.t("to begin with", "初始"), "", 0.0, prior)]
    before = prior
    for step in one["steps"]:
        mine, theirs = (said(step["one" if first else "other"], reader) for first in (True, False))
        if step["field"] in MASKED:
            mine, theirs = masked(mine, theirs), masked(theirs, mine)
        bars.append({**bar(step["says"][reader.lang], step["level_says"][reader.lang], before, step["total"]), "one": mine, "other": theirs})
        before = step["total"]
    bars.append(bar(reader.t("together", "合计"), "", 0.0, one["total"]))
    return {"number": number, "one": one["one"], "other": one["other"], "bars": bars, "percent": f"{100 * one['probability']:.1f} %", "rule": one["rule"]}


def said(values: Sequence[str], reader: Reader) -> str:
    return " ".join(labels.choice(value, reader.lang) for value in values if value)


def masked(text: str, other: str) -> str:
    """A number with only its last four characters, and those in which it differs from the other one of the same length: enough to see a slip."""
    kept = len(text) - TAIL
    return "".join(c if n >= kept or (len(text) == len(other) and c != other[n]) else "•" for n, c in enumerate(text))


def bar(name: str, level: str, start: float, end: float) -> dict[str, Any]:
    """A bar of a waterfall between two sums of bits, as percentages of the width."""
    low, high = (50 + 50 * max(-1.0, min(1.0, bits / MOST_BITS)) for bits in (min(start, end), max(start, end)))
    return {"name": name, "level": level, "left": f"{low:.2f}", "width": f"{max(high - low, 0.6):.2f}", "up": end >= start, "bits": f"{end - start:+.1f}",
            "one": "", "other": ""}


def quality(seen: Seen) -> dict[str, Any]:
    """One assessment: parts as bars, weakest first, the trend as a line, failed rules with what is to do."""
    told, lang = seen.answer, seen.reader.lang
    scores = [t["score"] for t in told["trend"]]
    points = " ".join(f"{10 + 300 * n / max(len(scores) - 1, 1):.0f},{110 - s:.0f}" for n, s in enumerate(scores))
    parts = [(seen.reader.t("By source", "按来源"), told["by_source"]), (seen.reader.t("By department or kind of visit", "按科室或就诊类型"), told["by_department"]),
             (seen.reader.t("By arrival", "按到达批次"), told["by_arrival"])]
    bars = [(head, [{"label": labels.in_words(p["label"], lang), "score": p["score"], "rows": p["rows"]} for p in found]) for head, found in parts if found]
    rules = [{**{k: v[lang] if isinstance(v, dict) else v for k, v in r.items()}, "share": f"{100 * r['violated'] / r['of']:.2f} %"}
             for r in told["rules"] if r["status"] == "failed"]
    return {"told": told, "bars": bars, "rules": rules, "points": points, "trend": told["trend"], "changes": [c["says"][lang] for c in told["changes"]]}


def mapping(seen: Seen) -> dict[str, Any]:
    """What was thought of every column of a zone's raw tables, and why; to confirm, to change, to withdraw."""
    one, reasons, lang = seen.answer["mapping"], seen.answer["reasons"], seen.reader.lang
    tables = [
        {**table, "to_name": labels.column(table["to"], lang) if table["to"] else "", "percent": f"{100 * table['score']:.0f} %",
         "columns": [advice(c, reasons, lang) for c in table["columns"]]}
        for table in one["looked"]
    ]
    moves = [Offered(a, (("id", one["id"]),)) for n, a in seen.may.items() if n.startswith("mapping.") and a.move is not None and one["state"] in a.move.frm]
    return {"one": one, "tables": tables, "moves": moves, "state": seen.reader.cell("state", one["state"]), "may_write": "mapping.write" in seen.may}


def advice(column: Mapping[str, Any], reasons: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """What was thought of one column, in words."""
    slot = column["slot"].rpartition(".")[2]
    return {
        **column, "type": labels.choice(column["type"], lang), "slot": labels.slot(slot, lang) if slot else "", "percent": f"{100 * column['score']:.0f}",
        "why": [reasons[r][lang] for r in column["reasons"] if r in reasons], "filled": f"{100 * column['filled']:.0f} %",
    }


def terms(seen: Seen) -> dict[str, Any]:
    """Diagnosis texts that wait, with the likeliest codes ready to confirm."""
    return {"terms": seen.answer["terms"], "waiting": seen.answer["waiting"], "not_shown": seen.answer["not_shown"], "may_confirm": "term.confirm" in seen.may}


VIEWS: dict[str, tuple[str, Draws]] = {
    "map": ("map.html", data_map), "person/doubts": ("doubts.html", doubts), "quality/show": ("quality.html", quality),
    "mapping/show": ("mapping.html", mapping), "term": ("terms.html", terms),
}
