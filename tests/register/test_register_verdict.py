"""The verdict counts: what is fatal stays out of a version, a broken convention waits for a signature, a rejected arrival stops it all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.act import HUB_ID
from dujiang.collect.arrivals import Arrival
from dujiang.errors import DujiangError, Malformed, Refused
from dujiang.gate import letters
from dujiang.register.assets import ASSET_ZONE, Asset
from dujiang.register.offers import Offer
from dujiang.words import Role
from gate.gate_office import Office, somebody
from register.register_node import NAME, Holder, condition, person

REASON = "The old laboratory system keeps no units; it is replaced in May."
CONVENTION = "unit_missing.measurement"
ROWS = {"person": [person(1), person(2)], "condition_occurrence": [condition(1, 1), condition(2, 2, "ICD10|E11.9")]}


def measured(id: int, who: int, unit: str = "") -> dict[str, Any]:
    return {"measurement_id": id, "person_id": who, "x_codes": "LOINC|2345-7", "measurement_date": "2021-05-06", "value_as_number": 90, "unit_source_value": unit}


UNITLESS = {**ROWS, "measurement": [measured(1, 1), measured(2, 2)]}


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    made = Holder(tmp_path / "hospital-a")
    yield made
    made.office.close()


def registered(holder: Holder, rows: Any, **other: Any) -> Asset:
    holder.indexed(holder.snapshot("zone-a", rows, **other))
    return holder.registered()


def held(holder: Holder, asset: Asset, table: str, column: str) -> list[Any]:
    with holder.office.world.frames() as frames:
        url = frames.url(ASSET_ZONE, f"{asset.id}/{table}.parquet")
        return [row[0] for row in frames.rows(f"SELECT {column} FROM read_parquet('{url}') ORDER BY 1")]


def landed(records: int, quarantined: int = 0) -> Arrival:
    return Arrival(id="a-1", state="landed", source="s", zone="zone-a", files=(), records=records, quarantined=quarantined, by_kind={"K": records})


# What is fatal.


@pytest.mark.parametrize(("wrong", "kept"), [
    ([condition(1, 1), condition(2, 2), condition(2, 2)], [1, 2]),  # the second of two with one key
    ([condition(1, 1), condition(2, 77)], [1]),  # of a person nobody knows
    ([condition(1, 1), condition(2, 2, condition_start_date=None)], [1]),
])
def test_rows_that_are_fatally_wrong_stay_out_of_the_version_and_are_counted(holder: Holder, wrong: list[Any], kept: list[int]) -> None:
    asset = registered(holder, {"person": ROWS["person"], "condition_occurrence": wrong})
    assert held(holder, asset, "condition_occurrence", "condition_occurrence_id") == kept
    assert (asset.set_aside, asset.left_out) == (len(wrong) - len(kept), 0)
    assert {t.name: t.rows for t in asset.tables}["condition_occurrence"] == len(kept)
    assert next(e["facts"] for e in holder.office.entries() if e["act"] == "asset.registered")["set_aside"] == asset.set_aside
    holder.do("asset.publish", id=asset.id)  # the rest may be published


def test_a_person_who_is_set_aside_takes_their_records_along(holder: Holder) -> None:
    rows = {**ROWS, "person": [person(1), person(2, year_of_birth=0)], "death": [{"person_id": 2, "death_date": "2024-01-01"}]}
    asset = registered(holder, rows)
    assert (held(holder, asset, "person", "person_id"), held(holder, asset, "condition_occurrence", "person_id")) == ([1], [1])
    assert held(holder, asset, "death", "person_id") == [] and asset.set_aside == 3


def test_leaving_out_a_repetition_gives_the_content_that_would_have_been_there_without_it(tmp_path: Path) -> None:
    contents = set()
    for n, more in enumerate(([], [condition(2, 2, "ICD10|E11.9")])):
        holder = Holder(tmp_path / str(n))
        contents.add(registered(holder, {**ROWS, "condition_occurrence": [*ROWS["condition_occurrence"], *more]}).content)
        holder.office.close()
    assert len(contents) == 1


def test_sensitive_rows_and_fatal_ones_are_counted_apart(holder: Holder) -> None:
    conditions = [condition(1, 1), condition(2, 77, "ICD10|B20"), condition(3, 1, "ICD10|B20")]
    holder.indexed(holder.snapshot("zone-a", {"person": ROWS["person"], "condition_occurrence": conditions}))
    four = holder.registered(grade=4)
    assert (four.set_aside, four.left_out) == (1, 1) and held(holder, four, "condition_occurrence", "condition_occurrence_id") == [1]


# Signatures.


def test_a_broken_convention_holds_up_publishing_until_somebody_signs_with_a_reason(holder: Holder) -> None:
    asset = registered(holder, UNITLESS)
    with pytest.raises(Refused, match="quality.unsigned") as refused:
        holder.do("asset.publish", id=asset.id)
    assert CONVENTION in str(refused.value) and CONVENTION in refused.value.zh
    open_ = holder.do("asset.verdict", id=asset.id)["verdict"]["to_sign"]
    assert CONVENTION in open_
    holder.do("asset.sign_off", id=asset.id, checks=open_, reason=REASON)
    holder.do("asset.publish", id=asset.id)
    (signed,) = holder.asset(asset.id).signed
    assert (signed.by, signed.reason, signed.checks) == ("u-steward", REASON, tuple(sorted(open_)))
    entry = next(e for e in holder.office.entries() if e["act"] == "asset.sign_off")
    assert entry["facts"]["checks"] == sorted(open_) and REASON not in json.dumps(holder.office.entries())
    found = holder.do("asset.verdict", id=asset.id)
    assert found["verdict"]["may_publish"] and set(found["verdict"]["signed"]) == set(open_)


@pytest.mark.parametrize("state", ["assessed", "graded", "registered"])
def test_a_signature_may_come_at_any_time_between_assessment_and_publication(holder: Holder, state: str) -> None:
    holder.indexed(holder.snapshot("zone-a", UNITLESS))
    id = holder.do("asset.draft", name=NAME)["asset"]
    steps = {"assessed": ("asset.assess", {}), "graded": ("asset.grade", {"grade": 5}), "registered": ("asset.register", {})}
    for now, (act, args) in steps.items():
        holder.do(act, id=id, **args)
        holder.work()
        if now == state:
            holder.do("asset.sign_off", id=id, checks=holder.do("asset.verdict", id=id)["verdict"]["to_sign"], reason=REASON)
            assert holder.asset(id).state == state
    holder.do("asset.publish", id=id)
    assert holder.asset(id).state == "published"


def test_what_is_fatal_or_fine_or_unheard_of_cannot_be_signed_for(holder: Holder) -> None:
    asset = registered(holder, {**UNITLESS, "condition_occurrence": [condition(1, 77)]})
    for checks in (["person_unknown.condition_occurrence"], ["code_missing.measurement"], ["no.such"], [], [CONVENTION, "no.such"]):
        with pytest.raises(Refused, match="quality.sign"):
            holder.do("asset.sign_off", id=asset.id, checks=checks, reason=REASON)
    for reason in ("", "ok", " " * 30):
        with pytest.raises(Malformed, match="quality.reason"):
            holder.do("asset.sign_off", id=asset.id, checks=[CONVENTION], reason=reason)
    assert not holder.asset(asset.id).signed


def test_a_new_assessment_asks_for_signatures_anew(holder: Holder) -> None:
    holder.indexed(holder.snapshot("zone-a", UNITLESS))
    id = holder.do("asset.draft", name=NAME)["asset"]
    holder.do("asset.assess", id=id)
    holder.work()
    holder.do("asset.sign_off", id=id, checks=[CONVENTION], reason=REASON)
    holder.do("asset.assess", id=id)
    holder.work()
    assert holder.asset(id).signed == () and CONVENTION in holder.do("asset.verdict", id=id)["verdict"]["to_sign"]


def test_only_a_steward_signs(holder: Holder) -> None:
    asset = registered(holder, UNITLESS)
    for role in set(Role) - {Role.STEWARD}:
        with pytest.raises(DujiangError):
            holder.office.do(somebody(role, party="hospital-a"), "asset.sign_off", {"id": asset.id, "checks": [CONVENTION], "reason": REASON})
    assert not holder.asset(asset.id).signed


# Arrivals.


def test_a_version_over_a_rejected_arrival_is_not_published_even_signed(holder: Holder) -> None:
    asset = registered(holder, ROWS)
    holder.office.keep(landed(2, 9))
    with pytest.raises(Refused, match="quality.rejected") as refused:
        holder.do("asset.publish", id=asset.id)
    assert "a-1" in str(refused.value) and "a-1" in refused.value.zh
    assert [b["rule"] for b in holder.do("asset.verdict", id=asset.id)["verdict"]["rejected"]] == ["contract.mostly_broken"]


def test_the_assessment_tells_the_arrivals_apart_oldest_first(holder: Holder) -> None:
    for id, received in (("a-9", "2024-01-01"), ("a-1", "2024-02-02")):
        holder.office.keep(Arrival(id=id, state="landed", source="s", zone="zone-a", files=(), records=1, by_kind={"K": 1}, received=received))
    asset = registered(holder, {"person": [person(1, x_arrival="a-9"), person(2, x_arrival="a-1")]}, arrivals=("a-9", "a-1"))
    assert [part.what for part in asset.quality.by_arrival] == ["a-9", "a-1"]  # type: ignore[union-attr]


# The catalogue.


def test_the_scorecard_travels_with_the_offer_and_says_how_much_was_signed_and_set_aside(holder: Holder, tmp_path: Path) -> None:
    asset = registered(holder, {**UNITLESS, "condition_occurrence": [condition(1, 1), condition(2, 77)]})
    signed = holder.do("asset.verdict", id=asset.id)["verdict"]["to_sign"]
    holder.do("asset.sign_off", id=asset.id, checks=signed, reason=REASON)
    holder.do("asset.publish", id=asset.id)
    body = letters.read(holder.office.post.outgoing()[0].envelope).body
    card = body["scorecard"]
    assert (card["score"], card["signed"], card["set_aside"]) == (body["quality"], len(signed), 1) and card["failed"]["quarantine"] == 1
    text = json.dumps(body)
    assert REASON not in text and "u-steward" not in text and "zone-a" not in text and "a-1" not in text.replace(asset.id, "")
    (tmp_path / "hub").mkdir()
    hub = Office(tmp_path / "hub", HUB_ID, f"sqlite:///{tmp_path / 'hub.db'}")
    hub.do(somebody(Role.PARTY, id="hospital-a", party="hospital-a"), "offer.publish", body)
    assert hub.do(somebody(Role.PUBLIC, id="public", party=""), "offer.list")[0]["scorecard"] == card
    changed = {**body, "scorecard": {**card, "score": 100}}
    with pytest.raises(Refused, match="offer.holder"):
        hub.do(somebody(Role.PARTY, id="hospital-a", party="hospital-a"), "offer.publish", changed)
    assert len(hub.all(Offer)) == 1
    hub.close()
