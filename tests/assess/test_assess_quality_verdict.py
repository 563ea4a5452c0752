"""The gate of five tiers: what is rejected, set aside, signed for, scored and alarmed, and what a signature can never cover."""

import pytest

from dujiang.assess.checks import catalogue
from dujiang.assess.drift import Change
from dujiang.assess.quality import QualityReport, judge
from dujiang.assess.quality_verdict import SignOff, check_publishable, check_signature, verdict
from dujiang.assess.quality_views import scorecard
from dujiang.collect.arrivals import Arrival, DeliveredFile
from dujiang.collect.contract import contract
from dujiang.errors import Malformed, Refused

FATAL, CONVENTION, OTHER, IMPLAUSIBLE = "person_missing.measurement", "code_missing.measurement", "unit_missing.measurement", "in_future.measurement"
ALARM = Change(what="sex.person", between="source", one="zone-a", rows=500, others=900, psi=400, gap=0, alarm=True)


def report(*failed: str, changes: tuple[Change, ...] = ()) -> QualityReport:
    counts = {name: (90, 100) if name in failed else (0, 100) for name in catalogue()}
    return QualityReport(version="1", as_of="2024-01-01", rows={}, results=judge(counts), score=50, categories={}, changes=changes)


def sign(*checks: str, reason: str = "The laboratory will be replaced in May.") -> SignOff:
    return SignOff(checks=checks, by="u-1", reason=reason, at="2024-01-02T00:00:00Z")


def arrival(records: int = 10, quarantined: int = 0, *, form: str = "fhir-r4") -> Arrival:
    file = DeliveredFile(name="f.ndjson", size=9, sha256="0", form=form)
    return Arrival(id="a-1", state="landed", source="s", zone="z", files=(file,), records=records, quarantined=quarantined, by_kind={"K": records})


def test_each_failed_check_goes_to_the_tier_of_its_kind() -> None:
    found = verdict(report(FATAL, CONVENTION, IMPLAUSIBLE, changes=(ALARM,)))
    assert (found.set_aside, found.to_sign, found.scored, found.alarms) == ((FATAL,), (CONVENTION,), (IMPLAUSIBLE,), (ALARM,))


def test_only_a_broken_convention_and_a_broken_contract_hold_up_publishing() -> None:
    assert verdict(report(FATAL, IMPLAUSIBLE, changes=(ALARM,))).may_publish
    assert not verdict(report(CONVENTION)).may_publish
    assert not verdict(report(), arrivals=[arrival(0)]).may_publish


def test_a_signature_covers_what_it_names_and_nothing_else() -> None:
    found = verdict(report(CONVENTION, OTHER), signed=[sign(CONVENTION)])
    assert (found.to_sign, found.signed, found.may_publish) == ((OTHER,), (CONVENTION,), False)
    assert verdict(report(CONVENTION, OTHER), signed=[sign(CONVENTION), sign(OTHER)]).may_publish


def test_a_signature_never_covers_what_is_fatal() -> None:
    assert verdict(report(FATAL), signed=[sign(FATAL)]).set_aside == (FATAL,)
    for names in ([FATAL], [IMPLAUSIBLE], [CONVENTION, FATAL], ["no.such"], []):
        with pytest.raises(Refused, match="broken convention"):
            check_signature(report(FATAL, CONVENTION, IMPLAUSIBLE), names)
    check_signature(report(FATAL, CONVENTION), [CONVENTION])


@pytest.mark.parametrize(
    ("checks", "by", "reason"),
    [((CONVENTION,), "u", "ok"), ((CONVENTION,), "u", " " * 20), ((), "u", "a good reason"), ((CONVENTION,), "", "a good reason")],
)
def test_a_signature_without_a_name_a_reason_or_a_check_cannot_be_made(checks: tuple[str, ...], by: str, reason: str) -> None:
    with pytest.raises(Malformed, match="says why"):
        SignOff(checks=checks, by=by, reason=reason, at="2024-01-02")


def test_what_may_not_be_published_says_which_checks_and_what_to_do() -> None:
    with pytest.raises(Refused, match=CONVENTION) as refused:
        check_publishable(verdict(report(CONVENTION)))
    assert refused.value.rule == "quality.unsigned" and CONVENTION in refused.value.zh
    with pytest.raises(Refused, match="a-1"):
        check_publishable(verdict(report(), arrivals=[arrival(0)]))
    check_publishable(verdict(report(CONVENTION), signed=[sign(CONVENTION)], arrivals=[arrival()]))


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        (arrival(10, 10), []), (arrival(10, 11), ["contract.mostly_broken"]), (arrival(0, 0), ["contract.no_records"]),
        (arrival(10, 0, form="unknown"), ["contract.form_unknown"]), (arrival(10, 0, form="empty"), []),
        (arrival(0, 5, form="unknown"), ["contract.form_unknown", "contract.no_records"]),
    ],
)
def test_an_arrival_that_is_no_delivery_but_an_accident_breaks_the_file_contract(given: Arrival, rules: list[str]) -> None:
    breaches = contract(given)
    assert [breach.rule for breach in breaches] == rules and all(b.says.en and b.says.zh for b in breaches)


def test_what_travels_with_an_offer_is_scores_and_numbers_of_checks() -> None:
    card = scorecard(report(FATAL, CONVENTION, OTHER, changes=(ALARM,)))
    assert card.failed == {"quarantine": 1, "sign_off": 2} and card.alarms == 1
    assert (card.score, card.weakest, card.applicable) == (50, 50, len(catalogue()))
