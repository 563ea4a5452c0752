"""The guard of a holder: the first rule that forbids a task speaks, in the order signature, permit, expiry, purpose, method, column, runs, holders."""

import base64
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest

from dujiang.compute.guard import Holder, Order, reason_by_holders, reason_by_terms, reason_not_to_run
from dujiang.compute.query import BySex, Events, Has, Query
from dujiang.errors import Malformed
from dujiang.ledger.note import SigningKey
from dujiang.request.permits import Permit, PermitTerms
from dujiang.words import GENERAL_RESEARCH, HEALTH_RESEARCH, INSURANCE, PURPOSES, Code, Grade

KEY, OTHER = (SigningKey.from_seed("alliance.example/a", bytes([n]) * 32) for n in (1, 2))
TODAY = "2026-06-01"
CODES = (Code(system="SNOMED", code="1"),)
GOOD = Query(cohort=Has(table="condition_occurrence", codes=CODES), of=Events(codes=CODES), measures=("persons", "mean"))
HOLDERS = tuple(Holder(id=h, seal="", permit=f"k-{h}") for h in "abc")


def permit_for(terms: PermitTerms, *, key: SigningKey = KEY, state: str = "active", used: int = 0) -> Permit:
    return Permit(id=terms.id, state=state, terms=terms, used=used, signature=base64.b64encode(key.sign_bytes(terms.signed_bytes())).decode())


TERMS = PermitTerms(
    id="k-a", request="q-1", holder="a", offer="as", recipient="university", applicant="u", purpose=HEALTH_RESEARCH, columns=tuple(sorted(GOOD.columns())),
    methods=("count", "mean"), runs=3, until="2026-12-31", grade=Grade.USABLE_NOT_VISIBLE, commercial=False,
)
ORDER = Order(task="t-1", request="q-1", permit="k-a", recipient="university", purpose=HEALTH_RESEARCH, day=TODAY, query=GOOD, size=5, root="", holders=HOLDERS)


def first_rule(order: Order = ORDER, permit: Permit | None = None, *, day: str = TODAY) -> str | None:
    reason = reason_not_to_run(order, permit or permit_for(TERMS), day=day, vkey=KEY.verifying.text)
    return reason.rule if reason is not None else None


def test_what_every_rule_allows_may_run() -> None:
    assert first_rule() is None


class Wrong(NamedTuple):
    """An order and a permit, a day and a key with which the permit was signed."""

    order: Order
    terms: PermitTerms
    key: SigningKey
    state: str
    used: int
    day: str

    def rule(self) -> str | None:
        return first_rule(self.order, permit_for(self.terms, key=self.key, state=self.state, used=self.used), day=self.day)


def all_wrong() -> Wrong:
    """Everything is wrong at once: another's signature, a revoked permit of another request, run out, for another purpose, used up, …"""
    query = Query(cohort=Has(table="observation", codes=CODES), of=Events(codes=CODES), measures=("persons", "variance"), by=(BySex(),))
    order = msgspec.structs.replace(ORDER, purpose=INSURANCE, query=query, holders=(*HOLDERS, HOLDERS[0]))
    return Wrong(order, msgspec.structs.replace(TERMS, until="2026-01-01", request="q-2", recipient="insurer"), OTHER, "revoked", 3, TODAY)


# Each mends one fault; the rule is the one that speaks next.
MENDED: list[tuple[Callable[[Wrong], Wrong], str | None]] = [
    (lambda w: w._replace(key=KEY), "permit.state"),
    (lambda w: w._replace(state="active"), "permit.state"),
    (lambda w: w._replace(terms=msgspec.structs.replace(w.terms, request="q-1")), "permit.state"),
    (lambda w: w._replace(terms=msgspec.structs.replace(w.terms, recipient="university")), "permit.expired"),
    (lambda w: w._replace(terms=msgspec.structs.replace(w.terms, until=TODAY)), "permit.purpose"),
    (lambda w: w._replace(order=msgspec.structs.replace(w.order, purpose=HEALTH_RESEARCH)), "permit.method"),
    (lambda w: w._replace(terms=msgspec.structs.replace(w.terms, methods=("count", "variance"))), "permit.column"),
    (lambda w: w._replace(terms=msgspec.structs.replace(w.terms, columns=tuple(w.order.query.columns()))), "permit.runs"),
    (lambda w: w._replace(used=2), "task.holders"),
    (lambda w: w._replace(order=msgspec.structs.replace(w.order, holders=HOLDERS)), None),
]


def test_of_a_task_that_is_wrong_in_every_way_the_rules_speak_one_after_another() -> None:
    wrong = all_wrong()
    assert wrong.rule() == "permit.signature"
    for mend, expected in MENDED:
        wrong = mend(wrong)
        assert wrong.rule() == expected


def test_without_a_permit_nothing_runs() -> None:
    reason = reason_not_to_run(ORDER, None, day=TODAY, vkey=KEY.verifying.text)
    assert reason is not None and reason.rule == "permit.signature"


@pytest.mark.parametrize("signature", ["", "no base64 !", "AAAA", base64.b64encode(b"0" * 64).decode(), "é"])
def test_a_permit_without_this_holders_signature_is_none(signature: str) -> None:
    assert first_rule(permit=Permit(id="k-a", state="active", terms=TERMS, signature=signature)) == "permit.signature"


def test_a_permit_of_which_a_word_was_changed_after_signing_is_none() -> None:
    signed = permit_for(TERMS)
    for change in ({"runs": 99}, {"columns": (*TERMS.columns, "death.death_date")}, {"purpose": GENERAL_RESEARCH}, {"until": "2999-01-01"}, {"commercial": True}):
        assert first_rule(permit=signed.with_(terms=msgspec.structs.replace(TERMS, **change))) == "permit.signature"


@pytest.mark.parametrize("state", ["offered", "agreed", "suspended", "expired", "revoked", "closed", "destroyed"])
def test_a_permit_that_is_not_active_allows_nothing(state: str) -> None:
    assert first_rule(permit=permit_for(TERMS, state=state)) == "permit.state"


@pytest.mark.parametrize(("day", "rule"), [("2026-12-31", None), ("2027-01-01", "permit.expired")])
def test_a_permit_holds_up_to_its_last_day(day: str, rule: str | None) -> None:
    assert first_rule(day=day) == rule


def test_the_holders_own_day_counts_and_not_the_hubs() -> None:
    assert first_rule(msgspec.structs.replace(ORDER, day="2020-01-01"), day="2027-01-01") == "permit.expired"


@pytest.mark.parametrize("purpose", [*PURPOSES, "anything", "", "*"])
def test_a_task_for_a_purpose_that_the_permit_does_not_cover_is_refused(purpose: str) -> None:
    allowed = {HEALTH_RESEARCH, "DUO:0000007"}
    assert first_rule(msgspec.structs.replace(ORDER, purpose=purpose)) == (None if purpose in allowed else "permit.purpose")


@pytest.mark.parametrize("column", sorted(GOOD.columns()))
def test_a_query_that_names_a_column_outside_its_permit_is_refused_and_told_which(column: str) -> None:
    terms = msgspec.structs.replace(TERMS, columns=tuple(c for c in TERMS.columns if c != column))
    reason = reason_not_to_run(ORDER, permit_for(terms), day=TODAY, vkey=KEY.verifying.text)
    assert reason is not None and reason.rule == "permit.column" and column in reason.en and column in reason.zh


@pytest.mark.parametrize("method", sorted(GOOD.methods()))
def test_a_query_that_needs_a_method_outside_its_permit_is_refused_and_told_which(method: str) -> None:
    terms = msgspec.structs.replace(TERMS, methods=tuple(m for m in TERMS.methods if m != method))
    reason = reason_not_to_run(ORDER, permit_for(terms), day=TODAY, vkey=KEY.verifying.text)
    assert reason is not None and reason.rule == "permit.method" and method in reason.en


@pytest.mark.parametrize(("used", "rule"), [(0, None), (2, None), (3, "permit.runs"), (4, "permit.runs")])
def test_a_permit_allows_so_many_runs(used: int, rule: str | None) -> None:
    assert first_rule(permit=permit_for(TERMS, used=used)) == rule


def test_a_holder_named_twice_is_refused() -> None:
    assert reason_by_holders(ORDER) is None
    reason = reason_by_holders(msgspec.structs.replace(ORDER, holders=(*HOLDERS, Holder(id="a", seal="another", permit="k-d"))))
    assert reason is not None and reason.rule == "task.holders"


def test_what_the_terms_allow_is_asked_in_the_same_words_by_the_hub() -> None:
    assert reason_by_terms(ORDER, TERMS, day=TODAY) is None
    reason = reason_by_terms(msgspec.structs.replace(ORDER, purpose=INSURANCE), TERMS, day=TODAY)
    assert reason is not None and reason.rule == "permit.purpose"


@pytest.mark.parametrize("task", ["", "1", "t", "t-", "t-ü", "t-1 ", "t-1\n", "t-1/2", "r-1", "t-" + "9" * 65])
def test_a_task_has_an_id_of_its_own_kind(task: str) -> None:
    with pytest.raises(Malformed, match="task.id"):
        msgspec.structs.replace(ORDER, task=task)


CHANGES = [
    {"task": "t-2"}, {"request": "q-2"}, {"recipient": "x"}, {"purpose": INSURANCE}, {"day": "2026-06-02"}, {"query": Query()}, {"size": 6}, {"root": "0"},
    {"holders": HOLDERS[:2]}, {"holders": HOLDERS[::-1]}, {"holders": (*HOLDERS[:2], Holder(id="c", seal="other", permit="k-c"))},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: next(iter(c)))
def test_whatever_holders_must_be_told_alike_changes_the_bond(change: dict[str, object]) -> None:
    assert msgspec.structs.replace(ORDER, **change).bond() != ORDER.bond()


def test_orders_of_one_task_to_different_holders_have_one_bond() -> None:
    assert msgspec.structs.replace(ORDER, permit="k-b").bond() == ORDER.bond()


def test_every_reason_is_said_in_both_languages_without_a_placeholder_left() -> None:
    wrong = all_wrong()
    for mend, _ in MENDED:
        permit = permit_for(wrong.terms, key=wrong.key, state=wrong.state, used=wrong.used)
        reason = reason_not_to_run(wrong.order, permit, day=wrong.day, vkey=KEY.verifying.text)
        assert reason is not None and reason.en != reason.zh and not {"{", "}"} & set(reason.en + reason.zh)
        wrong = mend(wrong)
