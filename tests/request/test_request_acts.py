"""From a draft to its approval, through real gates: who decides what, and what is refused with which reason."""

from collections.abc import Callable
from typing import Any

import pytest

from dujiang.errors import Conflict, DujiangError, Refused, Unknown
from dujiang.request.permits import Permit
from dujiang.request.requests import MOST_RUNS, REVIEWERS, Request
from dujiang.words import CREDIT, DISEASE_RESEARCH, EMPLOYMENT, GENERAL_RESEARCH, HEALTH_RESEARCH, INSURANCE, PUBLIC_HEALTH, Grade, Role
from gate.gate_office import somebody
from gate.gate_things import COLUMNS, offer
from request.request_desk import APPLICANT, OFFICE, Desk, reviewer

# Drafting.


def test_a_request_has_the_grade_of_its_most_sensitive_asset(desk: Desk) -> None:
    assert desk.request(desk.draft()).grade == Grade.USABLE_NOT_VISIBLE
    assert desk.request(desk.draft(offers=["as-hospital-b"])).grade == Grade.OPEN


@pytest.mark.parametrize(("change", "rule"), [
    ({"offers": []}, "request.column"), ({"offers": [], "columns": []}, "request.incomplete"), ({"columns": []}, "request.incomplete"),
    ({"methods": []}, "request.incomplete"), ({"runs": 0}, "request.incomplete"), ({"runs": MOST_RUNS + 1}, "request.runs"), ({"runs": 2**70}, "request.runs"),
    ({"purpose": "fun"}, "request.purpose"), ({"until": "for ever"}, "request.until"), ({"until": ""}, "request.until"), ({"until": "2027-02-30"}, "request.until"),
    ({"until": "20270131"}, "request.until"), ({"until": "2027-W05"}, "request.until"), ({"until": "2027-01-31T00:00"}, "request.until"),
    ({"offers": ["as-nobody"]}, "offer.unknown"), ({"offers": ["as-hospital-a", "as-hospital-a"]}, "request.holder"),
    ({"columns": [*COLUMNS, "note.note_text"]}, "request.column"),
])
def test_what_could_never_be_carried_out_cannot_be_drafted(desk: Desk, change: dict[str, Any], rule: str) -> None:
    with pytest.raises(DujiangError) as refusal:
        desk.draft(**change)
    assert refusal.value.rule == rule and desk.hub.all(Request) == []


def test_two_assets_of_one_holder_are_two_requests(desk: Desk) -> None:
    desk.hub.keep(offer("hospital-a", "as-second"))
    with pytest.raises(Refused, match="request.holder"):
        desk.draft(offers=["as-hospital-a", "as-second"])
    assert desk.draft(offers=["as-second"])


@pytest.mark.parametrize("column", ["王小明", "person.110101199003078888", "person.name; DROP TABLE", ""])
def test_a_column_that_is_none_is_not_said_back(desk: Desk, column: str) -> None:
    with pytest.raises(Refused, match="request.column") as refusal:
        desk.draft(columns=[column])
    assert "column ?" in refusal.value.en and "列 ?" in refusal.value.zh


# Who decides.


@pytest.mark.parametrize("grade", list(Grade))
def test_each_grade_waits_for_its_own_reviewers_and_no_fewer(desk_of: Callable[[Grade], Desk], grade: Grade) -> None:
    desk = desk_of(grade)
    id = desk.submitted()
    needed = REVIEWERS[grade]
    assert desk.request(id).state == ("screening" if needed else "in_review")
    if not needed:
        return
    desk.hub.do(OFFICE, "request.accept", id=id, reason="complete")
    for n, role in enumerate(needed):
        assert set(desk.request(id).waiting().on) == set(needed[n:])  # type: ignore[union-attr]
        assert desk.vote(id, reviewer(role)) == ("approved" if n == len(needed) - 1 else "in_review")
    assert {r.role for r in desk.request(id).reviews} == set(needed)
    assert len(desk.hub.all(Permit)) == 2


def test_the_table_of_reviewers_is_the_design_s() -> None:
    assert {grade: set(roles) for grade, roles in REVIEWERS.items()} == {
        Grade.OPEN: set(), Grade.REGISTERED: set(), Grade.CONTROLLED: {Role.STEWARD, Role.REVIEWER},
        Grade.USABLE_NOT_VISIBLE: {Role.STEWARD, Role.PRIVACY_OFFICER, Role.ETHICS},
        Grade.RESTRICTED: {Role.ETHICS, Role.DATA_CENTRE, Role.DATA_COMMITTEE, Role.STEWARD, Role.PRIVACY_OFFICER},
    }


def test_an_applicant_never_accepts_or_reviews_their_own_whatever_roles_they_have(desk: Desk) -> None:
    everything = somebody(Role.APPLICANT, Role.STEWARD, Role.PRIVACY_OFFICER, Role.ETHICS, id="u-applicant", party="university")
    id = desk.submitted()
    with pytest.raises(Refused, match="review.own"):
        desk.hub.do(everything, "request.accept", id=id, reason="mine")
    desk.hub.do(OFFICE, "request.accept", id=id, reason="complete")
    with pytest.raises(Refused, match="review.own"):
        desk.vote(id, everything)
    assert desk.request(id).reviews == () and desk.hub.refusals() == [("request.accept", "review.own"), ("request.review", "review.own")]


def test_one_account_with_two_roles_votes_once(desk: Desk) -> None:
    id = desk.accepted()
    both = somebody(Role.STEWARD, Role.PRIVACY_OFFICER, id="u-both")
    assert desk.vote(id, both) == "in_review"
    with pytest.raises(Refused, match="review.twice"):
        desk.vote(id, both)
    assert [r.role for r in desk.request(id).reviews] == [Role.STEWARD]


def test_a_role_that_has_voted_or_was_never_asked_is_told_so(desk: Desk) -> None:
    id = desk.accepted()
    desk.vote(id, reviewer(Role.ETHICS))
    for who in (reviewer(Role.ETHICS, "u-other"), reviewer(Role.DATA_CENTRE)):
        with pytest.raises(Refused, match="review.role"):
            desk.vote(id, who)


def test_every_vote_is_an_entry_with_its_role_and_without_its_reason(desk: Desk) -> None:
    id = desk.accepted()
    desk.hub.do(reviewer(Role.ETHICS), "request.review", id=id, vote="reject", reason="王小明 asked me to")
    entry = desk.hub.entries()[-1]
    assert (entry["act"], entry["on"], entry["to"], entry["facts"]) == ("request.review", f"request:{id}", "rejected", {"role": "ethics_committee", "vote": "reject"})
    assert entry["by"] == {"party": "hospital-b", "account": "u-ethics_committee"} and "王" not in str(desk.hub.entries())
    assert desk.request(id).reviews[0].reason == "王小明 asked me to" and desk.hub.all(Permit) == []


@pytest.mark.parametrize("state", ["draft", "screening"])
def test_nobody_votes_before_the_request_is_under_review(desk: Desk, state: str) -> None:
    id = desk.draft() if state == "draft" else desk.submitted()
    with pytest.raises(Conflict, match="request.state"):
        desk.vote(id, reviewer(Role.ETHICS))


# Returning, withdrawing.


def test_a_returned_request_loses_its_votes_and_can_be_submitted_again(desk: Desk) -> None:
    """What was voted on is not what comes back (invariant 8)."""
    id = desk.accepted()
    desk.vote(id, reviewer(Role.ETHICS))
    desk.hub.do(OFFICE, "request.return", id=id, reason="name the columns")
    returned = desk.request(id)
    assert (returned.state, returned.reviews, returned.returned_because) == ("returned", (), "name the columns") and returned.waiting().on == ("applicant",)  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="request.state"):
        desk.vote(id, reviewer(Role.STEWARD))
    desk.hub.do(APPLICANT, "request.submit", id=id)
    desk.hub.do(OFFICE, "request.accept", id=id, reason="complete")
    assert set(desk.request(id).missing()) == set(REVIEWERS[Grade.USABLE_NOT_VISIBLE])


def test_only_the_applicant_submits_and_withdraws_and_others_do_not_learn_that_it_is_there(desk: Desk) -> None:
    id = desk.draft()
    other = somebody(Role.APPLICANT, id="u-other")
    for act in ("request.submit", "request.withdraw"):
        with pytest.raises(Unknown) as hidden:
            desk.hub.do(other, act, id=id)
        with pytest.raises(Unknown) as absent:
            desk.hub.do(other, act, id="q-nobody")
        assert hidden.value.rule == absent.value.rule == "request.unknown"
    desk.hub.do(APPLICANT, "request.withdraw", id=id)
    for act in ("request.submit", "request.withdraw"):
        with pytest.raises(Conflict, match="request.state"):
            desk.hub.do(APPLICANT, act, id=id)


def test_a_list_shows_an_applicant_their_own_and_a_reviewer_all_with_whom_each_waits_on(desk: Desk) -> None:
    mine = desk.submitted()
    theirs = desk.draft(somebody(Role.APPLICANT, id="u-other"))
    assert [r["request"]["id"] for r in desk.hub.do(APPLICANT, "request.list")] == [mine]
    found = {r["request"]["id"]: r["waiting"] for r in desk.hub.do(reviewer(Role.ETHICS), "request.list")}
    assert found[mine]["on"] == ["steward"] and found[theirs]["on"] == ["applicant"] and found[mine]["due_days"] == 15 and found[mine]["since"]
    assert [r["request"]["id"] for r in desk.hub.do(OFFICE, "request.list", state="screening")] == [mine]


# Purposes.


@pytest.mark.parametrize("purpose", [INSURANCE, CREDIT, EMPLOYMENT])
def test_insurance_credit_and_employment_are_refused_with_the_variant_that_would_pass(desk: Desk, purpose: str) -> None:
    id = desk.draft(purpose=purpose)
    with pytest.raises(Refused, match="request.prohibited") as refusal:
        desk.hub.do(APPLICANT, "request.submit", id=id)
    assert purpose in refusal.value.en and "research or public-health" in refusal.value.en and "科研或公共卫生" in refusal.value.zh
    assert desk.request(id).state == "draft" and desk.hub.refusals() == [("request.submit", "request.prohibited")]


@pytest.mark.parametrize("purpose", [GENERAL_RESEARCH, HEALTH_RESEARCH, DISEASE_RESEARCH, PUBLIC_HEALTH])
def test_research_and_public_health_are_not(desk: Desk, purpose: str) -> None:
    assert desk.request(desk.submitted(purpose=purpose)).state == "screening"
