"""A permit is what its holder signed, in force while both sides say so, and never again once it was revoked or ran out."""

import base64
from typing import Any

import pytest

from dujiang.act import HUB_ID
from dujiang.errors import Broken, Conflict, DujiangError, Malformed, Refused
from dujiang.gate.bench import signing_key
from dujiang.ledger.note import VerifyingKey
from dujiang.request.acts import signed
from dujiang.request.permits import Permit, PermitTerms
from dujiang.request.requests import MOST_RUNS
from dujiang.words import HEALTH_RESEARCH, PUBLIC_HEALTH, Grade, Role
from gate.gate_office import carry, somebody
from gate.gate_things import COLUMNS, offer, permit, terms
from request.request_desk import APPLICANT, OFFICE, Desk


def test_an_approval_offers_each_holder_a_permit_for_its_own_asset(desk: Desk) -> None:
    desk.hub.keep(offer("hospital-b").with_(id="as-narrow", columns=COLUMNS[:1]))
    id = desk.approved(offers=["as-hospital-a", "as-narrow"])
    at_a, at_b = desk.permit(desk.a, id), desk.permit(desk.b, id, "hospital-b")
    assert at_a.terms.columns == tuple(sorted(COLUMNS)) and at_b.terms.columns == COLUMNS[:1]
    for p in (at_a, at_b):
        assert (p.state, p.terms.recipient, p.terms.applicant, p.terms.purpose, p.terms.runs, p.terms.until) == (
            "offered", "university", "u-applicant", HEALTH_RESEARCH, 2, "2027-01-31")
        assert desk.hub.find(Permit, p.id).terms == p.terms


def test_a_permit_is_in_force_at_both_ends_once_its_holder_signed_it(desk: Desk) -> None:
    id = desk.approved()
    desk.agree(desk.a, id)
    here, there = desk.permit(desk.a, id), desk.permit(desk.hub, id)
    assert here.state == there.state == "active" and here.signature == there.signature != ""
    key = VerifyingKey.parse(desk.a.me.vkey)
    assert key.verify_bytes(base64.b64decode(there.signature), there.terms.signed_bytes())
    assert desk.permit(desk.hub, id, "hospital-b").state == "offered"


@pytest.mark.parametrize("change", [
    {"runs": 3}, {"until": "2030-01-01"}, {"columns": (*COLUMNS, "note.note_text")}, {"methods": ("count", "list")}, {"purpose": PUBLIC_HEALTH},
    {"recipient": "insurer"}, {"commercial": True}, {"holder": "hospital-b"}, {"id": "k-2"}, {"grade": Grade.OPEN}, {"offer": "as-2"}, {"request": "q-2"},
    {"applicant": "u-2"},
])
def test_the_holder_s_signature_covers_every_term(desk: Desk, change: dict[str, Any]) -> None:
    said = terms("hospital-a")
    signature = base64.b64encode(signing_key(desk.a.world, "party").sign_bytes(said.signed_bytes())).decode()
    assert signed(said, signature, desk.a.me.vkey)
    changed = PermitTerms(**{**{f: getattr(said, f) for f in said.__struct_fields__}, **change})
    assert not signed(changed, signature, desk.a.me.vkey) and not signed(said, signature, desk.b.me.vkey)


@pytest.mark.parametrize("signature", ["", "x", "王", "AAAA", base64.b64encode(bytes(64)).decode()])
def test_a_signature_that_is_not_the_holder_s_puts_nothing_in_force(desk: Desk, signature: str) -> None:
    id = desk.approved()
    waiting = desk.permit(desk.hub, id)
    with pytest.raises(Broken, match="permit.signature"):
        desk.hub.do(somebody(Role.PARTY, id="hospital-a", party="hospital-a"), "permit.agreed", id=waiting.id, signature=signature)
    good = base64.b64encode(signing_key(desk.a.world, "party").sign_bytes(waiting.terms.signed_bytes())).decode()
    with pytest.raises(Broken, match="permit.signature"):  # nobody signs for another, not even with that other's signature
        desk.hub.do(somebody(Role.PARTY, id="hospital-b", party="hospital-b"), "permit.agreed", id=waiting.id, signature=good)
    assert desk.permit(desk.hub, id).state == "offered"


def test_a_node_takes_permits_from_the_hub_for_itself_only_and_each_once(desk: Desk) -> None:
    hub = somebody(Role.PARTY, id=HUB_ID, party=HUB_ID)
    for who, said in ((hub, terms("hospital-b")), (somebody(Role.PARTY, id="hospital-b", party="hospital-b"), terms("hospital-a"))):
        with pytest.raises(Refused, match="permit.holder"):
            desk.a.do(who, "permit.receive", said)
    desk.a.do(hub, "permit.receive", terms("hospital-a"))
    desk.a.keep(desk.a.find(Permit, "k-1").with_(state="revoked", used=2))
    with pytest.raises(Conflict, match="permit.repeated"):
        desk.a.do(hub, "permit.receive", terms("hospital-a", runs=100))
    assert (desk.a.state(Permit, "k-1"), desk.a.find(Permit, "k-1").used) == ("revoked", 2)


@pytest.mark.parametrize("change", [{"until": "zzz"}, {"until": ""}, {"runs": 0}, {"runs": MOST_RUNS + 1}])
def test_terms_without_an_end_cannot_be_written_down(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        terms("hospital-a", **change)


def test_only_the_hub_puts_a_signed_permit_in_force(desk: Desk) -> None:
    desk.a.keep(permit("hospital-a", "agreed"))
    with pytest.raises(Refused, match="permit.sender"):
        desk.a.do(somebody(Role.PARTY, id="hospital-b", party="hospital-b"), "permit.start", id="k-agreed")
    assert desk.a.state(Permit, "k-agreed") == "agreed"


def test_a_holder_suspends_and_resumes_without_asking(desk: Desk) -> None:
    desk.a.keep(permit("hospital-a", "active"))
    steward = somebody(Role.STEWARD, party="hospital-a")
    desk.a.do(steward, "permit.suspend", id="k-active", reason="an audit")
    assert desk.a.state(Permit, "k-active") == "suspended"
    with pytest.raises(Conflict, match="permit.state"):
        desk.a.do(steward, "permit.suspend", id="k-active", reason="again")
    desk.a.do(steward, "permit.resume", id="k-active")
    assert desk.a.state(Permit, "k-active") == "active"
    with pytest.raises(DujiangError, match="gate.act"):
        desk.hub.do(OFFICE, "permit.suspend", id="k-active", reason="r")


@pytest.mark.parametrize("side", ["hub", "holder"])
@pytest.mark.parametrize("signed_first", [True, False])
def test_either_side_revokes_and_the_other_learns_of_it(desk: Desk, side: str, signed_first: bool) -> None:
    id = desk.approved()
    if signed_first:
        desk.agree(desk.a, id)
    office = {"hub": desk.hub, "holder": desk.a}[side]
    office.do(somebody(Role.STEWARD, party=office.party), "permit.revoke", id=desk.permit(office, id).id, reason="a change of mind")
    assert [f.fate for f in carry(desk.hub, desk.a, desk.b)] == ["done"]
    assert desk.permit(desk.hub, id).state == desk.permit(desk.a, id).state == "revoked"
    assert desk.permit(desk.hub, id, "hospital-b").state == "offered"


def test_revoked_at_both_sides_at_once_is_revoked(desk: Desk) -> None:
    id = desk.approved()
    desk.agree(desk.a, id)
    for office in (desk.hub, desk.a):
        office.do(somebody(Role.STEWARD, party=office.party), "permit.revoke", id=desk.permit(office, id).id, reason="r")
    assert [f.fate for f in carry(desk.hub, desk.a, desk.b)] == ["done", "done"]
    assert desk.permit(desk.hub, id).state == desk.permit(desk.a, id).state == "revoked"


@pytest.mark.parametrize("state", ["revoked", "expired"])
@pytest.mark.parametrize("act", ["permit.agree", "permit.suspend", "permit.resume", "permit.revoke"])
def test_what_was_revoked_or_ran_out_never_comes_back(desk: Desk, state: str, act: str) -> None:
    desk.a.keep(permit("hospital-a", state))
    args = {"id": f"k-{state}", **({"reason": "r"} if act in ("permit.suspend", "permit.revoke") else {})}
    with pytest.raises(Conflict, match="permit.state"):
        desk.a.do(somebody(Role.STEWARD, party="hospital-a"), act, args)
    with pytest.raises(Conflict, match="permit.state"):
        desk.a.do(somebody(Role.PARTY, id=HUB_ID, party=HUB_ID), "permit.start", id=f"k-{state}")
    assert desk.a.state(Permit, f"k-{state}") == state


def test_a_permit_that_ran_out_is_noted_and_noting_it_again_changes_nothing(desk: Desk) -> None:
    desk.a.keep(permit("hospital-a", "active"))
    for _ in range(2):
        desk.a.follow("permit.expire", id="k-active")
    assert desk.a.state(Permit, "k-active") == "expired"
    desk.a.do(somebody(Role.PARTY, id=HUB_ID, party=HUB_ID), "permit.end", id="k-active")
    assert desk.a.state(Permit, "k-active") == "expired"


def test_a_party_that_is_neither_holder_nor_hub_ends_nothing(desk: Desk) -> None:
    desk.a.keep(permit("hospital-a", "active"))
    desk.hub.keep(permit("hospital-a", "active"))
    for office in (desk.a, desk.hub):
        with pytest.raises(Refused, match="permit.holder"):
            office.do(somebody(Role.PARTY, id="hospital-b", party="hospital-b"), "permit.end", id="k-active")
        assert office.state(Permit, "k-active") == "active"


def test_an_applicant_sees_their_own_permits_and_a_steward_all(desk: Desk) -> None:
    mine = desk.approved()
    desk.hub.keep(permit("hospital-a", "active", applicant="u-other"))
    assert {p["terms"]["request"] for p in desk.hub.do(APPLICANT, "permit.list")} == {mine}
    assert len(desk.hub.do(OFFICE, "permit.list")) == 3 and len(desk.hub.do(OFFICE, "permit.list", state="active")) == 1
