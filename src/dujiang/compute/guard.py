"""Give me one good reason why this task may not run: signature, permit, purpose, method, columns, runs; fail closed.

The consent mask and the size are checked where they are known, while the task is evaluated; a refusal has the same form.
"""

import base64

from dujiang.compute.query import Query
from dujiang.errors import DujiangError, Malformed, Refused
from dujiang.ledger.note import VerifyingKey
from dujiang.request.permits import Permit
from dujiang.words import Word, one_of, purpose_covers

MOST_CELLS = 10_000
LEAST_HOLDERS = 3  # with fewer, a holder could subtract its own figures from the total


class Holder(Word, frozen=True):
    """One holder of a task and the X25519 key its masks are made with."""

    id: str
    seal: str
    permit: str


class Order(Word, frozen=True):
    """A task as the hub orders it from a holder: no code, a description of what is asked."""

    task: str
    request: str
    permit: str
    recipient: str
    purpose: str
    day: str
    query: Query
    size: int  # of the alliance's log: the checkpoint at which consents are read
    root: str
    holders: tuple[Holder, ...]


def reason_not_to_run(order: Order, permit: Permit | None, *, day: str, vkey: str) -> DujiangError | None:
    """The first rule that forbids it, in the order of the list; None when every one allows it. `vkey` is this holder's own."""
    if permit is None or not _signed(permit, vkey):
        return Refused("permit.signature", "There is no permit with this holder's signature.", "没有本机构签署的许可。")
    terms = permit.terms
    if permit.state != "active" or terms.request != order.request or terms.recipient != order.recipient:
        return Refused("permit.state", "The permit is {state}, not active for this request.", "许可状态为 {state}，对本申请无效。", state=permit.state)
    if day > terms.until:
        return Refused("permit.expired", "The permit ran out on {until}. Apply again.", "许可已于 {until} 到期，请重新申请。", until=terms.until)
    if not purpose_covers(terms.purpose, order.purpose):
        return Refused("permit.purpose", "The permit is for {purpose}.", "许可用途为 {purpose}。", purpose=terms.purpose)
    if methods := order.query.methods() - set(terms.methods):
        return Refused("permit.method", "The permit does not name the method {names}.", "许可未包含方法 {names}。", names=one_of(methods))
    if columns := order.query.columns() - set(terms.columns):
        return Refused(
            "permit.column", "The query names columns outside the permit: {names}. Leave them out or apply for them.",
            "查询包含许可之外的列：{names}。请移除或另行申请。", names=one_of(columns),
        )
    if permit.used >= terms.runs:
        return Refused("permit.runs", "All {runs} runs of the permit are used.", "许可的 {runs} 次运行已用完。", runs=terms.runs)
    return reason_by_size(order)


def reason_by_size(order: Order) -> DujiangError | None:
    """Too many cells to check, or too few holders to hide among."""
    if len(order.query.cells()) > MOST_CELLS:
        return Malformed("task.cells", "A query has at most {most} cells.", "查询最多 {most} 个单元格。", most=MOST_CELLS)
    if len({h.id for h in order.holders}) != len(order.holders):
        return Malformed("task.holders", "A holder is named twice.", "持有机构重复。")
    return None


def _signed(permit: Permit, vkey: str) -> bool:
    signature = base64.b64decode(permit.signature or "")
    return VerifyingKey.parse(vkey).verify_bytes(signature, permit.terms.signed_bytes())
