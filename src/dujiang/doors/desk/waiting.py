"""What waits, on whom, since when and for what: one work-list over the lists that a visitor may see."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from dujiang.act import Actor
from dujiang.doors.desk.cells import EMPTY, Cell, Reader
from dujiang.doors.desk.rows import waiting


class Waits(NamedTuple):
    """One thing that waits. `mine` says that it waits on the visitor."""

    kind: str
    id: str
    what: Cell
    why: Cell
    on: Cell
    mine: bool


Find = Callable[[dict[str, Any], Actor, Reader], Iterator[Waits]]


def requests(one: dict[str, Any], actor: Actor, reader: Reader) -> Iterator[Waits]:
    request, waits = one["request"], one["waiting"]
    if waits:
        on = set(waits["on"])
        mine = request["applicant"] == actor.id if "applicant" in on else not on.isdisjoint(actor.roles)
        yield Waits("request", request["id"], Cell("text", request["title"]), reader.cell("state", request["state"]), waiting(waits, reader), mine)


def permits(one: dict[str, Any], actor: Actor, reader: Reader) -> Iterator[Waits]:
    terms = one["terms"]
    if one["state"] == "offered":
        what = Cell("text", reader.t("A permit to sign", "待签署的许可"))
        mine = "steward" in actor.roles and actor.party == terms["holder"]
        yield Waits("permit", one["id"], what, reader.cell("state", "offered"), reader.cell("holder", terms["holder"]), mine)


def tasks(one: dict[str, Any], actor: Actor, reader: Reader) -> Iterator[Waits]:
    if one["waiting_on"]:
        what = Cell("text", reader.t("A task to compute", "待计算的任务"))
        yield Waits("task", one["id"], what, reader.cell("state", one["state"]), reader.cell("waiting_on", one["waiting_on"]), False)


def releases(one: dict[str, Any], actor: Actor, reader: Reader) -> Iterator[Waits]:
    if one["state"] in ("submitted", "partly_reviewed"):
        what = Cell("text", reader.t("An answer to check", "待核查的答案"))
        yield Waits("release", one["id"], what, reader.cell("state", one["state"]), reader.cell("role", "checker"), "checker" in actor.roles)


def jobs(one: dict[str, Any], actor: Actor, reader: Reader) -> Iterator[Waits]:
    if one["state"] in ("queued", "failed"):
        on = reader.cell("role", "steward") if one["state"] == "failed" else EMPTY
        mine = one["state"] == "failed" and not actor.roles.isdisjoint({"steward", "operator"})
        yield Waits("job", one["id"], reader.cell("work", one["work"]), reader.cell("state", one["state"]), on, mine)


FINDS: dict[str, Find] = {"request": requests, "permit": permits, "task": tasks, "release": releases, "job": jobs}


def work_list(found: Mapping[str, list[dict[str, Any]]], actor: Actor, reader: Reader) -> list[Waits]:
    """Everything that waits, the visitor's own first; `found` is the answer of each kind's list."""
    waits = [w for kind, find in FINDS.items() for one in found.get(kind, []) for w in find(one, actor, reader)]
    return sorted(waits, key=lambda w: not w.mine)
