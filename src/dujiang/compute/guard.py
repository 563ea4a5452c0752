"""Give me one good reason why this task may not run: signature, permit, purpose, method, columns, runs, holders; fail closed.

The consent mask and the size are checked where they are known, while the task is evaluated; a refusal has the same form.
"""

import base64
import hashlib
import re

import msgspec

from dujiang.compute.query import Query
from dujiang.errors import DujiangError, Malformed, Refused
from dujiang.ledger.note import VerifyingKey
from dujiang.request.permits import Permit, PermitTerms
from dujiang.words import Word, one_of, purpose_covers

TASK_ID = re.compile(r"t-[0-9A-Za-z]{1,64}")  # a release's id and its participants' file are named after it


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

    def __post_init__(self) -> None:
        if not TASK_ID.fullmatch(self.task):
            raise Malformed("task.id", "A task's id is `t-` and letters or digits.", "任务编号须为 t- 加字母或数字。")

    def bond(self) -> str:
        """What all holders of one task must have been told alike; the masks are made from it.

        A hub that tells one holder another query, checkpoint or company than the others gets masks that do not cancel: it cannot make the
        others' figures nothing and read the one's.
        """
        shared = msgspec.structs.replace(self, permit="")
        return f"{self.task} {hashlib.sha256(msgspec.json.encode(shared, order='deterministic')).hexdigest()}"


def reason_not_to_run(order: Order, permit: Permit | None, *, day: str, vkey: str) -> DujiangError | None:
    """The first rule that forbids it, in the order of the list; None when every one allows it. `vkey` is this holder's own."""
    if permit is None or not _signed(permit, vkey):
        return Refused("permit.signature", "There is no permit with this holder's signature.", "没有本机构签署的许可。")
    terms = permit.terms
    if permit.state != "active" or terms.request != order.request or terms.recipient != order.recipient:
        return Refused("permit.state", "The permit is {state}, not active for this request.", "许可状态为 {state}，对本申请无效。", state=permit.state)
    if (reason := reason_by_terms(order, terms, day=day)) is not None:
        return reason
    if permit.used >= terms.runs:
        return Refused("permit.runs", "All {runs} runs of the permit are used.", "许可的 {runs} 次运行已用完。", runs=terms.runs)
    return reason_by_holders(order)


def reason_by_terms(order: Order, terms: PermitTerms, *, day: str) -> DujiangError | None:
    """What the words of the permit do not allow. The hub asks this first, for whom an early no costs no run."""
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
    return None


def reason_by_holders(order: Order) -> DujiangError | None:
    """A holder named twice: its masks would cancel with its own. How many cells a query has, its own limits bound."""
    if len({h.id for h in order.holders}) != len(order.holders):
        return Malformed("task.holders", "A holder is named twice.", "持有机构重复。")
    return None


def _signed(permit: Permit, vkey: str) -> bool:
    try:
        signature = base64.b64decode(permit.signature, validate=True)
    except ValueError:
        return False
    return VerifyingKey.parse(vkey).verify_bytes(signature, permit.terms.signed_bytes())
