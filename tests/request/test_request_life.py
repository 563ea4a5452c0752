"""A request moves by its table of moves only, and its reviewers are those of its grade (invariant 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import DujiangError, Malformed, Refused
from dujiang.request.requests import LIFE, REVIEWERS, Request, Review, refuse_prohibited, reviewed
from dujiang.words import HEALTH_RESEARCH, INSURANCE, Grade, Role


def request(grade: Grade = Grade.USABLE_NOT_VISIBLE, **changes: object) -> Request:
    said = {
        "id": "q-1", "state": "in_review", "applicant": "u-applicant", "party": "university", "title": "t", "why": "w",
        "purpose": HEALTH_RESEARCH, "offers": ("as-1",), "columns": ("person.person_id",), "methods": ("count",), "runs": 1,
        "until": "2027-01-01", "grade": grade, **changes,
    }
    return Request(**said)  # type: ignore[arg-type]


def vote(role: Role, account: str = "", vote: str = "approve") -> Review:
    return Review(role=role, account=account or f"u-{role}", party="hospital-a", vote=vote, reason="r", at="2026-01-01T00:00:00.000Z")  # type: ignore[arg-type]


def test_every_state_has_a_way_out_or_is_an_end() -> None:
    assert LIFE.ends() == {"rejected", "withdrawn", "closed"}
    assert set(LIFE.states()) == {
        "draft", "submitted", "screening", "in_review", "returned", "approved", "rejected", "withdrawn", "closed",
    }


def test_every_grade_has_its_row_of_reviewers_and_higher_grades_need_no_fewer() -> None:
    counts = [len(REVIEWERS[grade]) for grade in sorted(Grade)]
    assert set(REVIEWERS) == set(Grade) and counts == sorted(counts)


@pytest.mark.parametrize("grade", [g for g in Grade if REVIEWERS[g]])
def test_the_last_approval_of_the_grades_reviewers_approves_and_not_one_before(grade: Grade) -> None:
    asked = request(grade)
    for role in REVIEWERS[grade]:
        assert asked.state == "in_review" and role in asked.missing()
        asked = reviewed(asked, vote(role))
    assert asked.state == "approved" and not asked.missing()


def test_one_rejection_ends_it() -> None:
    assert reviewed(request(), vote(Role.ETHICS, vote="reject")).state == "rejected"


def test_no_one_reviews_their_own() -> None:
    with pytest.raises(Refused, match="review.own"):
        reviewed(request(), vote(Role.STEWARD, account="u-applicant"))


def test_one_person_cannot_vote_in_two_roles() -> None:
    once = reviewed(request(), vote(Role.STEWARD, account="u-1"))
    with pytest.raises(Refused, match="review.twice"):
        reviewed(once, vote(Role.ETHICS, account="u-1"))


def test_insurance_is_refused_with_the_variant_that_would_pass() -> None:
    with pytest.raises(Refused, match="research or public-health") as refusal:
        refuse_prohibited(request(purpose=INSURANCE))
    assert refusal.value.rule == "request.prohibited" and "科研" in refusal.value.zh


@pytest.mark.parametrize("hole", [{"offers": ()}, {"columns": ()}, {"methods": ()}, {"runs": 0}, {"purpose": "fun"}])
def test_an_incomplete_request_cannot_be_written_down(hole: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        request(**hole)


@pytest.mark.parametrize(("state", "on"), [("draft", {"applicant"}), ("screening", {"steward"}), ("in_review", {"steward", "privacy_officer", "ethics_committee"})])
def test_a_waiting_request_says_on_whom_since_when_and_until_when(state: str, on: set[str]) -> None:
    waiting = request(state=state, since="2026-01-01").waiting()
    assert waiting is not None and set(waiting.on) == on and waiting.since == "2026-01-01" and waiting.due_days == 15


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.sampled_from(["u-1", "u-2", "u-3", "u-4", "u-applicant"])), max_size=8))
def test_no_sequence_of_votes_approves_without_every_role_by_another_person(votes: list[tuple[Role, str]]) -> None:
    asked = request()
    for role, account in votes:
        if asked.state != "in_review" or role not in asked.missing():
            continue
        try:
            asked = reviewed(asked, vote(role, account=account))
        except DujiangError:
            continue
    if asked.state == "approved":
        assert {r.role for r in asked.reviews} == set(REVIEWERS[asked.grade])
        assert len({r.account for r in asked.reviews}) == len(asked.reviews) and "u-applicant" not in {r.account for r in asked.reviews}
