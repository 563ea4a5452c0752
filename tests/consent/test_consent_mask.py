"""Consent is a pure function of a prefix of the log and the use (invariant 3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.consent.consents import ANY, Consent, Terms, Use, admitted, consent, mask
from dujiang.errors import Malformed
from dujiang.words import DISEASE_RESEARCH, GENERAL_RESEARCH, HEALTH_RESEARCH, INSURANCE, PUBLIC_HEALTH, PURPOSES

USE = Use(recipient="university", purpose=HEALTH_RESEARCH, classes=("measurement", "person"), mode="compute", day="2026-06-01")
ME = "a" * 64


def given_at(index: int, effect: str = "permit", *, revoked: int = -1, subject: str = ME, **terms: object) -> Consent:
    """A consent of `subject` that stands at `index` of the log."""
    said = Terms(subject=subject, effect=effect, **{"purposes": (GENERAL_RESEARCH,), **terms})  # type: ignore[arg-type]
    return consent(said, index.to_bytes(32, "big"), mine=True).with_(index=index, state="active", revoked=revoked)


def test_nothing_known_means_no() -> None:
    assert not admitted([], USE, 100)


def test_a_permit_counts_from_its_place_in_the_log_on() -> None:
    permit = given_at(5)
    assert [admitted([permit], USE, size) for size in (5, 6, 100)] == [False, True, True]


def test_a_permit_that_the_log_does_not_have_yet_counts_for_nothing() -> None:
    waiting = consent(Terms(subject=ME, effect="permit", purposes=(GENERAL_RESEARCH,)), b"s" * 32, mine=True)
    assert not admitted([waiting], USE, 10**9)


def test_a_denial_overrides_whatever_the_order() -> None:
    assert not admitted([given_at(1), given_at(2, "deny")], USE, 9)
    assert not admitted([given_at(2), given_at(1, "deny")], USE, 9)


def test_a_revocation_counts_from_its_place_on_and_a_revoked_consent_never_revives() -> None:
    revoked = given_at(1, revoked=4)
    assert [admitted([revoked], USE, size) for size in (4, 5, 100)] == [True, False, False]


def test_a_revoked_denial_no_longer_denies() -> None:
    assert admitted([given_at(1), given_at(2, "deny", revoked=3)], USE, 9)


@pytest.mark.parametrize(
    ("wider", "covers"),
    [(GENERAL_RESEARCH, True), (HEALTH_RESEARCH, True), (DISEASE_RESEARCH, False), (PUBLIC_HEALTH, False), (ANY, True)],
)
def test_a_permit_covers_the_purposes_under_it_and_no_others(wider: str, covers: bool) -> None:
    assert admitted([given_at(1, purposes=(wider,))], USE, 9) is covers


def test_a_denial_of_a_narrower_purpose_touches_a_use_that_includes_it() -> None:
    assert not admitted([given_at(1), given_at(2, "deny", purposes=(DISEASE_RESEARCH,))], USE, 9)


def test_a_denial_for_another_recipient_does_not_touch_the_use() -> None:
    assert admitted([given_at(1), given_at(2, "deny", recipients=("insurer",))], USE, 9)


def test_a_permit_must_cover_every_class_while_a_denial_need_touch_one() -> None:
    assert not admitted([given_at(1, classes=("person",))], USE, 9)
    assert not admitted([given_at(1), given_at(2, "deny", classes=("measurement",))], USE, 9)


def test_a_consent_that_has_run_out_no_longer_holds() -> None:
    assert not admitted([given_at(1, until="2026-05-31")], USE, 9)
    assert admitted([given_at(1, until="2026-06-01")], USE, 9)


def test_an_unknown_purpose_is_refused_at_birth() -> None:
    with pytest.raises(Malformed, match="consent.purpose"):
        Terms(subject=ME, effect="permit", purposes=("whatever",))


def test_the_commitment_binds_the_terms_and_hides_them_behind_the_salt() -> None:
    terms = Terms(subject=ME, effect="permit", purposes=(GENERAL_RESEARCH,))
    one, same, other = (consent(terms, salt * 32, mine=True) for salt in (b"1", b"1", b"2"))
    assert one.commitment == same.commitment != other.commitment
    denied = Terms(subject=ME, effect="deny", purposes=(GENERAL_RESEARCH,))
    assert consent(denied, b"1" * 32, mine=True).commitment != one.commitment


def test_the_mask_excludes_whoever_it_knows_nothing_of() -> None:
    out = mask({"p-1": ME, "p-2": "b" * 64}, [given_at(1)], USE, 9)
    assert out.excluded == {"p-2"}


def test_two_persons_of_one_handle_share_one_verdict() -> None:
    assert mask({"p-1": ME, "p-2": ME}, [given_at(1, "deny")], USE, 9).excluded == {"p-1", "p-2"}


def test_the_mask_root_changes_with_any_verdict_and_not_with_the_order() -> None:
    people = {f"p-{n}": f"{n:064x}" for n in range(20)}
    consents = [given_at(n, subject=f"{n:064x}") for n in range(1, 20)]
    root = mask(people, consents, USE, 100).root
    assert mask(dict(reversed(people.items())), consents[::-1], USE, 100).root == root
    assert mask(people, consents[1:], USE, 100).root != root


consents_ = st.builds(
    lambda index, effect, revoked, purpose: given_at(index, effect, revoked=revoked, purposes=(purpose,)),
    st.integers(0, 30), st.sampled_from(["permit", "deny"]), st.integers(-1, 30), st.sampled_from([ANY, *PURPOSES]),
)


@given(st.lists(consents_, max_size=6), st.integers(0, 30))
def test_the_decision_depends_on_the_prefix_alone(consents: list[Consent], size: int) -> None:
    prefix = [
        c.with_(revoked=c.revoked if 0 <= c.revoked < size else -1) for c in consents if c.index < size
    ]
    assert admitted(consents, USE, size) == admitted(prefix, USE, size) == admitted(consents[::-1], USE, size)


@given(st.lists(consents_, max_size=6), st.integers(0, 40))
def test_a_further_denial_never_admits_and_a_further_permit_never_excludes(consents: list[Consent], size: int) -> None:
    before = admitted(consents, USE, size)
    assert not (admitted([*consents, given_at(0, "deny")], USE, max(size, 1)))
    assert admitted([*consents, given_at(0, purposes=(ANY,))], USE, size) >= before or size == 0


def test_insurance_needs_its_own_permit() -> None:
    asked = Use(recipient="insurer", purpose=INSURANCE, classes=("person",), mode="compute", day="2026-06-01")
    assert not admitted([given_at(1)], asked, 9)


@pytest.mark.parametrize("until", ["20271231", "2027-13-01", "tomorrow", "2027-1-1", "2027-12-31T00:00"])
def test_a_consent_ends_on_a_day_or_not_at_all(until: str) -> None:
    with pytest.raises(Malformed) as caught:
        Terms(subject=ME, effect="permit", purposes=("*",), until=until)
    assert caught.value.rule == "consent.until" and until not in caught.value.en
