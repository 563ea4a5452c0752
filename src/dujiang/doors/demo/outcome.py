"""The demo's result as one JSON document, the same for people's account and for programs."""

import json
from typing import Any

from dujiang.doors.client import Client
from dujiang.doors.demo.cast import HOSPITALS
from dujiang.doors.demo.story import Story
from dujiang.doors.demo.supervise import told


def nodes(story: Story) -> list[dict[str, Any]]:
    """Each node: its process, what arrived, what became of it."""
    return [node(story, h.id, story.node(h)) for h in HOSPITALS]


def node(story: Story, id: str, client: Client) -> dict[str, Any]:
    arrivals = client.look("arrival.list")
    snapshots = client.look("snapshot.list")
    index = client.look("index.list")[-1]
    asset = next(a for a in client.look("asset.list") if a["id"] == story.assets[id])
    return {
        "id": id, "pid": told(story.work / id).get("pid"), "arrivals": [a["id"] for a in arrivals], "persons": index["persons"],
        "rows": {t["name"]: t["rows"] for s in snapshots for t in s["tables"]},
        "records": sum(a["records"] for a in arrivals), "quarantined": sum(a["quarantined"] for a in arrivals),
        "unmapped": sum(s["unmapped"] for s in snapshots), "dangling": sum(s["dangling"] for s in snapshots),
        "asset": {k: asset[k] for k in ("id", "grade", "quality", "content")},
        "signed_for": sorted({check for one in client.look("asset.verdict", id=asset["id"])["signed"] for check in one["checks"]}),
    }


def request(story: Story) -> dict[str, Any]:
    """The request with every vote."""
    found = next(r for r in story.hub("auditor").look("request.list") if r["request"]["id"] == story.request)["request"]
    return {
        "id": found["id"], "title": found["title"], "purpose": found["purpose"], "grade": found["grade"], "state": found["state"],
        "reviews": [{"role": r["role"], "who": r["account"], "party": r["party"], "vote": r["vote"], "reason": r["reason"], "when": r["at"]}
                    for r in found["reviews"]],
    }


def answer_of(found: dict[str, Any]) -> dict[str, Any]:
    """A released answer in the form the demo promises."""
    return {
        "answer": [{**{k: v for k, v in row.items() if k != "events"}, "readings": row["events"]} for row in found["rows"]],
        "withheld": [{"cell": cell_of(w), "what": w["what"], "rule": w["rule"], "en": w["en"], "zh": w["zh"]} for w in found["withheld"]],
        "excluded_by_consent": sum(h["excluded"] for h in found["holders"]),
        "release": {"id": found["release"], "task": found["task"], "entry": found["entry"], "sha256": found["sha256"],
                    "holders": found["holders"], "consents_read_at": found["size"]},
        "checkpoint": found["checkpoint"],
        "hint": found["hint"],
    }


def cell_of(withheld: dict[str, Any]) -> dict[str, str]:
    return dict(zip(("sex", "age_band"), withheld["key"], strict=False))


def settlement(story: Story, release: str) -> dict[str, Any]:
    """The postings of one release, and each account's statement."""
    statements = story.settlement()
    lines = [{"account": s["account"], "fen": line["fen"]} for s in statements for line in s["lines"] if line["release"] == release]
    return {"postings": lines, "sum": sum(line["fen"] for line in lines), "statements": statements}


def document(story: Story, first: dict[str, Any], following: dict[str, Any], receipts: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything, in the shape the command's `--json` writes."""
    return {
        "nodes": nodes(story), "request": request(story), **answer_of(first),
        "settlement": settlement(story, first["release"]), "receipts": receipts, "next": answer_of(following),
        "key": str(story.work / "alliance.vkey"), "log": str(story.work / "alliance.log"), "timings": story.timings,
    }


def written(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
