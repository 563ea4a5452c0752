"""What a release costs and who is paid: whole fen, postings that sum to zero, nothing settled twice (invariant 7)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.act import HUB_ID
from dujiang.errors import Conflict, Malformed, Refused, Unknown
from dujiang.release.outputs import Part, Release
from dujiang.settle.acts import TARIFF, Settlement
from dujiang.settle.postings import Posting, Settled, settle, statement
from dujiang.settle.shares import MOST_FEN
from dujiang.settle.tariff import Shares, Tariff, price
from dujiang.words import Grade, Role
from gate.gate_office import Office, somebody
from gate.gate_things import release

HOLDERS = st.dictionaries(st.sampled_from([f"hospital-{c}" for c in "abcdefgh"]), st.integers(0, 10**6), min_size=1)
SHARES = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(sorted).map(
    lambda cut: Shares(holders=cut[0], persons_pool=cut[1] - cut[0], platform=1000 - cut[1])
)
FEES = st.integers(0, 10**6)
TARIFFS = st.builds(Tariff, base=st.tuples(FEES, FEES, FEES, FEES, FEES), per_person=st.integers(0, 1000), commercial=st.integers(1000, 9999), shares=SHARES)


def settled(counted: dict[str, int], *, tariff: Tariff = TARIFF, grade: Grade = Grade.USABLE_NOT_VISIBLE, commercial: bool = False) -> dict[str, int]:
    """Fen by account."""
    made = settle("r-1", tariff=tariff, grade=grade, commercial=commercial, applicant="university", counted=counted)
    return {p.account: p.fen for p in made.postings}


# The manual, by example.


def test_a_release_of_grade_four_over_three_hospitals() -> None:
    """1000 yuan and 1 yuan for each of 61 persons: half to the holders, three tenths to the persons, the rest to the platform."""
    assert settled({"hospital-a": 40, "hospital-b": 21, "hospital-c": 0}) == {
        "applicant:university": -106_100,
        "holder:hospital-a": 34_787, "holder:hospital-b": 18_263, "holder:hospital-c": 0,
        "persons:hospital-a": 20_872, "persons:hospital-b": 10_958, "persons:hospital-c": 0,
        "platform": 21_220,
    }


@pytest.mark.parametrize(("grade", "fee"), [(1, 6_100), (2, 16_100), (3, 56_100), (4, 106_100), (5, 206_100)])
def test_the_price_is_by_grade_and_by_persons_counted(grade: int, fee: int) -> None:
    assert price(TARIFF, Grade(grade), 61, commercial=False) == fee


def test_commerce_pays_a_multiple_and_a_part_of_a_fen_is_not_charged() -> None:
    assert price(TARIFF, Grade.CONTROLLED, 61, commercial=True) == 3 * 56_100
    assert price(Tariff(base=(1, 1, 1, 1, 1), per_person=0, commercial=1999), Grade.OPEN, 1, commercial=True) == 1


def test_that_nobody_was_counted_is_an_answer_too_and_its_base_price_is_shared_alike() -> None:
    assert settled({"hospital-a": 0, "hospital-b": 0}) == {
        "applicant:university": -100_000, "holder:hospital-a": 25_000, "holder:hospital-b": 25_000, "persons:hospital-a": 15_000,
        "persons:hospital-b": 15_000, "platform": 20_000,
    }


def test_a_free_answer_moves_no_money_and_is_settled_all_the_same() -> None:
    assert set(settled({"hospital-a": 0}, grade=Grade.OPEN).values()) == {0}


def test_without_a_holder_there_is_nothing_to_settle() -> None:
    with pytest.raises(Malformed, match="settle.weights"):
        settled({})


def test_a_statement_lists_an_account_s_lines_release_by_release() -> None:
    lines = {"r-2": (Posting(account="platform", fen=5), Posting(account="x", fen=-5)), "r-1": (Posting(account="platform", fen=7),), "r-3": ()}
    found = statement("platform", lines)
    assert [(line.release, line.fen) for line in found.lines] == [("r-1", 7), ("r-2", 5)] and found.total == 12
    assert statement("nobody", lines).total == 0


# The rules, for every tariff and every count.


@given(HOLDERS, TARIFFS, st.sampled_from(Grade), st.booleans())
def test_postings_are_whole_fen_and_sum_to_zero(counted: dict[str, int], tariff: Tariff, grade: Grade, commercial: bool) -> None:
    found = settled(counted, tariff=tariff, grade=grade, commercial=commercial)
    assert sum(found.values()) == 0 and all(type(v) is int for v in found.values())
    assert found["applicant:university"] == -price(tariff, grade, sum(counted.values()), commercial=commercial)
    assert len(found) == 2 + 2 * len(counted) and all(v >= 0 for a, v in found.items() if not a.startswith("applicant:"))


@given(HOLDERS, TARIFFS)
def test_the_three_pools_are_the_tariff_s_parts_to_the_fen(counted: dict[str, int], tariff: Tariff) -> None:
    found = settled(counted, tariff=tariff)
    fee = -found["applicant:university"]
    for prefix, part in (("holder:", tariff.shares.holders), ("persons:", tariff.shares.persons_pool), ("platform", tariff.shares.platform)):
        pool = sum(v for a, v in found.items() if a.startswith(prefix))
        assert abs(1000 * pool - part * fee) < 1000


@given(HOLDERS.filter(lambda c: any(c.values())), TARIFFS)
def test_a_holder_with_nobody_counted_gets_nothing_and_one_with_more_never_less(counted: dict[str, int], tariff: Tariff) -> None:
    found = settled(counted, tariff=tariff)
    for a in counted:
        assert counted[a] or found[f"holder:{a}"] == found[f"persons:{a}"] == 0
        for b in counted:
            assert counted[a] <= counted[b] or found[f"holder:{a}"] >= found[f"holder:{b}"]


@given(st.lists(st.tuples(HOLDERS, st.sampled_from(Grade)), max_size=6))
def test_all_statements_together_sum_to_zero(releases: list[tuple[dict[str, int], Grade]]) -> None:
    made = {f"r-{n}": settle(f"r-{n}", tariff=TARIFF, grade=grade, commercial=False, applicant="u", counted=counted).postings
            for n, (counted, grade) in enumerate(releases)}
    accounts = {p.account for postings in made.values() for p in postings}
    assert sum(statement(a, made).total for a in accounts) == 0


def test_a_fee_beyond_what_json_carries_is_refused_and_never_rounded() -> None:
    huge = Tariff(base=(MOST_FEN,) * 5, per_person=0)
    assert sum(settled({"hospital-a": 3, "hospital-b": 1}, tariff=huge).values()) == 0
    for persons, commercial in ((1, True), (MOST_FEN, False)):
        with pytest.raises(Malformed, match="settle.fen"):
            price(Tariff(base=(MOST_FEN,) * 5, per_person=1), Grade.OPEN, persons, commercial=commercial)


@pytest.mark.parametrize("counted", [{"a": -1}, {"a": 1.5}, {"a": True}, {"a": MOST_FEN + 1}, {"a": 2**52, "b": 2**52, "c": 2}])
def test_a_count_that_is_none_is_refused(counted: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        settled(counted)


@pytest.mark.parametrize("parts", [{"holders": 499}, {"holders": 501}, {"holders": 1500, "persons_pool": -700}, {"platform": 0}])
def test_a_tariff_whose_parts_do_not_add_up_is_refused(parts: dict[str, int]) -> None:
    with pytest.raises(Malformed, match="tariff.shares"):
        Shares(**parts)


@pytest.mark.parametrize("change", [{"base": (0, 0, 0, 0, -1)}, {"per_person": -1}, {"per_person": 0.5}, {"commercial": 999}, {"commercial": MOST_FEN + 1}])
def test_a_tariff_with_an_impossible_price_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Tariff(**change)


@pytest.mark.parametrize("postings", [
    (Posting(account="a", fen=1),), (Posting(account="a", fen=1), Posting(account="b", fen=-2)), (Posting(account="a", fen=1), Posting(account="a", fen=-1)),
])
def test_postings_that_do_not_balance_or_name_an_account_twice_cannot_be_written_down(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(Malformed, match="settle.balance"):
        Settled(release="r-1", total=1, postings=postings)


@pytest.mark.parametrize("fen", [0.5, True, MOST_FEN + 1, -MOST_FEN - 1, "1"])
def test_a_posting_is_whole_fen(fen: Any) -> None:
    with pytest.raises(Malformed, match="settle.posting"):
        Posting(account="a", fen=fen)


# The acts, at a hub.


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, HUB_ID, f"sqlite:///{tmp_path / 'control.db'}")
    yield office
    office.close()


def out(hub: Office, id: str, **other: Any) -> Release:
    """A release that is approved goes out, and is settled with it."""
    made = release("approved", id=id, **other)
    hub.keep(made)
    hub.follow("release.release", id=id)
    found: Release = hub.find(Release, id)
    return found


def test_a_release_that_goes_out_is_settled_in_the_same_transaction(hub: Office) -> None:
    assert out(hub, "r-1").state == "settled"
    (made,) = hub.all(Settlement)
    assert made.id == "m-1" and made.parent() == "r-1" and made.total == 106_100 and sum(p.fen for p in made.postings) == 0
    assert [e["act"] for e in hub.entries()] == ["release.release", "settlement.make", "release.settled"]
    facts = hub.entries()[1]["facts"]
    assert facts["total"] == 106_100 and sum(f for _, f in facts["postings"]) == 0 and ["platform", 21_220] in facts["postings"]


def test_a_settlement_cannot_be_played_again(hub: Office) -> None:
    out(hub, "r-1")
    before = hub.all(Settlement)
    for _ in range(2):
        with pytest.raises(Conflict, match="settlement.repeated"):
            hub.follow("settlement.make", id="r-1")
    assert hub.all(Settlement) == before and hub.refusals() == [("settlement.make", "settlement.repeated")] * 2


def test_nobody_but_the_system_settles_and_not_what_is_not_there(hub: Office) -> None:
    with pytest.raises(Refused, match="gate.who"):
        hub.do(somebody(*(set(Role) - {Role.SYSTEM, Role.APP})), "settlement.make", id="r-1")
    with pytest.raises(Unknown, match="release.unknown"):
        hub.follow("settlement.make", id="r-1")


def test_an_answer_that_counted_nobody_still_goes_out(hub: Office) -> None:
    nobody = (Part(id="hospital-a", vkey="v", root="b" * 64, count=0, excluded=3),)
    assert out(hub, "r-1", holders=nobody).state == "settled" and hub.all(Settlement)[0].total == 100_000


def test_a_release_that_cannot_be_settled_does_not_go_out(hub: Office) -> None:
    with pytest.raises(Malformed):
        out(hub, "r-1", holders=())
    assert hub.state(Release, "r-1") == "approved" and hub.all(Settlement) == [] and hub.refusals() == [("release.release", "settle.weights")]


def seen_by(hub: Office, *roles: Role, party: str) -> dict[str, int]:
    return {s["account"]: s["total"] for s in hub.do(somebody(*roles, party=party), "statement.list")}


def test_each_institution_sees_its_own_statements_and_the_auditor_all(hub: Office) -> None:
    out(hub, "r-1")
    out(hub, "r-2", party="hospital-a")
    assert seen_by(hub, Role.APPLICANT, party="university") == {"applicant:university": -106_100}
    assert seen_by(hub, Role.STEWARD, party="hospital-a") == {
        "applicant:hospital-a": -106_100, "holder:hospital-a": 2 * 34_787, "persons:hospital-a": 2 * 20_872,
    }
    assert seen_by(hub, Role.STEWARD, party="hospital-z") == {}
    for role in (Role.AUDITOR, Role.OPERATOR):
        assert sum(seen_by(hub, role, party="regulator").values()) == 0 and len(seen_by(hub, role, party="regulator")) == 7


def test_a_statement_adds_up_to_its_lines(hub: Office) -> None:
    for n in range(1, 4):
        out(hub, f"r-{n}")
    for found in hub.do(somebody(Role.AUDITOR), "statement.list"):
        assert found["total"] == sum(line["fen"] for line in found["lines"]) and [line["release"] for line in found["lines"]] == ["r-1", "r-2", "r-3"]
    assert json.dumps(hub.entries()).count("settlement.make") == 3
