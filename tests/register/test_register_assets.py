"""An asset version: drafted, assessed, graded, registered under the hash of its content, published as counts; it never changes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dujiang.act import HUB_ID, Actor, Job
from dujiang.errors import Conflict, DujiangError, Malformed, Refused
from dujiang.gate import letters
from dujiang.identify.numbers import check_character
from dujiang.register.assets import ASSET_ZONE, LIFE, Asset, confirm_grade
from dujiang.register.offers import Offer
from dujiang.register.rights import LIFE as RIGHTS
from dujiang.register.rights import Right
from dujiang.standardise.model import ASSET_COLUMNS, TABLES
from dujiang.words import Grade, Role, Saying
from gate.gate_office import Office, somebody
from gate.gate_things import offer
from register.register_node import NAME, Holder, condition, person

ROWS = {"person": [person(1), person(2)], "condition_occurrence": [condition(1, 1), condition(2, 2, "ICD10|E11.9")]}
SECRET = "110101199003078888"


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    made = Holder(tmp_path / "hospital-a")
    yield made
    made.office.close()


@pytest.fixture
def ready(holder: Holder) -> Holder:
    """One zone with two persons, indexed."""
    holder.indexed(holder.snapshot("zone-a", ROWS))
    return holder


def content_of(folder: Path, rows: Any, **other: Any) -> str:
    """The content hash of a version over these rows in a node of its own."""
    holder = Holder(folder)
    try:
        holder.indexed(holder.snapshot("zone-a", rows, **other))
        return holder.registered().content
    finally:
        holder.office.close()


# The life of a version.


def test_a_version_goes_from_draft_to_the_catalogue_step_by_step(ready: Holder) -> None:
    id = ready.do("asset.draft", name=NAME)["asset"]
    assert (ready.asset(id).state, ready.asset(id).persons) == ("draft", 2)
    ready.do("asset.assess", id=id)
    assert ready.asset(id).state == "draft"
    ready.work()
    assert ready.asset(id).state == "assessed" and ready.asset(id).proposed is not None and 0 <= ready.asset(id).quality.score <= 100  # type: ignore[union-attr]
    ready.do("asset.grade", id=id, grade=4)
    assert (ready.asset(id).state, ready.asset(id).grade) == ("graded", 4)
    ready.do("asset.register", id=id)
    ready.work()
    assert ready.asset(id).state == "registered" and len(ready.asset(id).content) == 64
    ready.do("asset.publish", id=id)
    assert ready.asset(id).state == "published"
    acts = [e["act"] for e in ready.office.entries() if not e["act"].startswith("job.")]
    assert acts == ["asset.draft", "asset.assess", "asset.assessed", "asset.grade", "asset.register", "asset.registered", "right.apply", "right.publish",
                    "right.register", "asset.publish"]


@pytest.mark.parametrize(("act", "args"), [
    ("asset.grade", {"grade": 4}), ("asset.register", {}), ("asset.publish", {}),
])
def test_no_step_can_be_left_out(ready: Holder, act: str, args: dict[str, Any]) -> None:
    id = ready.do("asset.draft", name=NAME)["asset"]
    with pytest.raises(Conflict, match="asset.state"):
        ready.do(act, id=id, **args)
    assert ready.asset(id).state == "draft"


def test_a_registered_version_is_never_assessed_graded_or_registered_again(ready: Holder) -> None:
    asset = ready.registered()
    ready.do("asset.publish", id=asset.id)
    for act, args in (("asset.assess", {}), ("asset.grade", {"grade": 5}), ("asset.register", {}), ("asset.publish", {})):
        with pytest.raises(Conflict, match="asset.state"):
            ready.do(act, id=asset.id, **args)
    assert ready.asset(asset.id).content == asset.content


def test_a_version_registered_twice_at_once_is_fixed_once(ready: Holder) -> None:
    id = ready.do("asset.draft", name=NAME)["asset"]
    ready.do("asset.assess", id=id)
    ready.work()
    ready.do("asset.grade", id=id, grade=4)
    for _ in range(2):
        ready.do("asset.register", id=id)
    jobs = [j for j in ready.office.all(Job) if j.state == "queued"]
    assert [ready.worker.run_one(j) for j in jobs] == [True, True]
    assert sorted((ready.office.find(Job, j.id).state, ready.office.find(Job, j.id).trouble) for j in jobs) == [("done", ""), ("failed", "asset.state")]
    assert len(ready.office.all(Right)) == 1


def test_nothing_is_drafted_before_everything_is_standardised_and_identified(holder: Holder) -> None:
    with pytest.raises(Conflict, match="asset.source"):
        holder.do("asset.draft", name=NAME)
    first = holder.snapshot("zone-a", ROWS)
    with pytest.raises(Conflict, match="asset.source"):
        holder.do("asset.draft", name=NAME)
    holder.indexed(first)
    holder.snapshot("zone-b", ROWS)
    with pytest.raises(Conflict, match="asset.source"):  # somebody of the new zone is not indexed yet
        holder.do("asset.draft", name=NAME)


def test_a_version_is_made_over_the_newest_snapshot_of_each_zone(holder: Holder) -> None:
    holder.snapshot("zone-a", ROWS, id="s-old")
    a, b = holder.snapshot("zone-a", ROWS, id="s-new"), holder.snapshot("zone-b", {"person": [person(9)]})
    holder.indexed(a, b, persons=3)
    asset = holder.registered()
    assert set(asset.snapshots) == {"s-new", b.id} and {t.name: t.rows for t in asset.tables}["person"] == 3


def test_every_state_of_an_asset_and_of_a_right_leads_on_or_is_an_end() -> None:
    assert LIFE.ends() == {"destroyed"} and RIGHTS.ends() == {"cancelled"}
    assert LIFE.states() == ("draft", "assessed", "graded", "registered", "published", "retired", "destroyed")


# Grades.


@pytest.mark.parametrize("proposed", list(Grade))
@pytest.mark.parametrize("grade", list(Grade))
def test_a_grade_goes_up_freely_and_below_what_was_proposed_never(proposed: Grade, grade: Grade) -> None:
    asset = Asset(id="as-1", state="assessed", name=Saying(en="n", zh="名"), snapshots=("s",), index="i", proposed=proposed)
    if grade < proposed:
        with pytest.raises(Refused, match="asset.grade_down"):
            confirm_grade(asset, grade)
    else:
        assert confirm_grade(asset, grade).grade == grade


def test_what_was_not_assessed_gets_no_grade() -> None:
    with pytest.raises(Refused, match="asset.grade_down"):
        confirm_grade(Asset(id="as-1", state="assessed", name=Saying(en="n", zh="名"), snapshots=("s",), index="i"), Grade.RESTRICTED)


def test_below_grade_five_rows_with_sensitive_codes_stay_out_and_are_counted(ready: Holder) -> None:
    rows = {**ROWS, "condition_occurrence": [*ROWS["condition_occurrence"], condition(3, 1, "ICD10|B20 SNOMED|86406008")]}
    ready.indexed(ready.snapshot("zone-a", rows, id="s-2"))
    four, five = ready.registered(grade=4), ready.registered(grade=5)
    held = [{t.name: t.rows for t in a.tables}["condition_occurrence"] for a in (four, five)]
    assert held == [2, 3] and (four.left_out, five.left_out) == (1, 0) and four.content != five.content


# Content.


def test_equal_content_has_an_equal_hash_in_any_order_from_any_delivery(tmp_path: Path) -> None:
    backwards = {name: list(reversed(rows)) for name, rows in ROWS.items()}
    elsewhere = {"person": [person(1, x_file="other.csv", x_line=9, x_arrival="a-7", x_source_key="k1", person_source_value="z"), person(2)], **{
        "condition_occurrence": ROWS["condition_occurrence"]}}
    hashes = {content_of(tmp_path / str(n), rows, id=f"s-{n}") for n, rows in enumerate((ROWS, backwards, elsewhere))}
    assert len(hashes) == 1


@pytest.mark.parametrize("change", [
    {"person": [person(1), person(2), person(3)]}, {"person": [person(1)]}, {"person": [person(1), person(2, day_of_birth=16)]},
    {"person": [person(1), person(2, day_of_birth=None)]}, {"condition_occurrence": [condition(1, 1)]},
    {"condition_occurrence": [condition(1, 1), condition(2, 1, "ICD10|E11.9")]},
    {"death": [{"person_id": 1, "death_date": "2025-01-01"}]},
], ids=lambda c: str(c)[:50])
def test_one_row_more_less_or_other_changes_the_hash(tmp_path: Path, change: dict[str, Any]) -> None:
    assert content_of(tmp_path / "a", {**ROWS, **change}) != content_of(tmp_path / "b", ROWS)


def test_what_was_registered_stays_what_it_was_when_a_zone_gets_more(ready: Holder) -> None:
    asset = ready.registered()
    ready.indexed(ready.snapshot("zone-a", {"person": [person(7)]}, id="s-later"))
    later = ready.registered()
    with ready.office.world.frames() as frames:
        held = [frames.rows(f"SELECT count(*) FROM read_parquet('{frames.url(ASSET_ZONE, t.file)}')")[0][0] for t in asset.tables]
    assert held == [t.rows for t in asset.tables] and later.content != asset.content


def test_a_version_carries_no_column_that_leads_straight_to_a_person_or_a_file() -> None:
    never = {"x_arrival", "x_file", "x_line", "x_source_key", "x_source_kind", "person_source_value"} | {c.name for c in TABLES["x_identity"].columns} - {"person_id"}
    assert not never & {c for columns in ASSET_COLUMNS.values() for c in columns}
    assert not any(table.startswith("x_") for table in ASSET_COLUMNS)


def test_no_name_number_or_file_of_a_person_is_in_the_version_s_tables(holder: Holder) -> None:
    rows = {"person": [person(1, person_source_value=SECRET, x_source_key=SECRET, x_file=f"{SECRET}.json")],
            "x_identity": [{"person_id": 1, "full_name": "王小明", "id_number": SECRET, "phone": "13812345678"}]}
    holder.indexed(holder.snapshot("zone-a", rows))
    asset = holder.registered()
    with holder.office.world.frames() as frames:
        for table in asset.tables:
            text = str(frames.rows(f"SELECT * FROM read_parquet('{frames.url(ASSET_ZONE, table.file)}')"))
            assert SECRET not in text and "王小明" not in text and "13812345678" not in text
    assert SECRET not in str(holder.office.bodies())


def test_the_version_s_files_are_sealed(ready: Holder) -> None:
    asset = ready.registered()
    for table in asset.tables:
        assert not (ready.office.folder / "zones" / ASSET_ZONE / table.file).read_bytes().startswith(b"PAR1")


# Rights and offers.


def test_the_right_to_hold_has_the_arrivals_as_its_evidence(holder: Holder) -> None:
    a, b = holder.snapshot("zone-a", ROWS, arrivals=("a-1", "a-2")), holder.snapshot("zone-b", ROWS, arrivals=("a-3",))
    holder.indexed(a, b)
    asset = holder.registered()
    (right,) = holder.office.all(Right)
    assert (right.state, right.kind, right.holder, right.asset, right.basis) == ("registered", "hold", "hospital-a", asset.id, "collection")
    assert right.evidence == ("a-1", "a-2", "a-3") and right.parent() == asset.id


def test_a_right_without_evidence_cannot_be_written_down() -> None:
    with pytest.raises(Malformed, match="right.evidence"):
        Right(id="rt-1", state="applied", kind="hold", holder="hospital-a", asset="as-1", basis="collection", evidence=())


def test_without_a_registered_right_nothing_is_published(ready: Holder) -> None:
    asset = ready.registered()
    (right,) = ready.office.all(Right)
    for state in ("applied", "published", "disputed", "cancelled"):
        ready.office.keep(right.with_(state=state))
        with pytest.raises(Refused, match="asset.right"):
            ready.do("asset.publish", id=asset.id)
    assert ready.asset(asset.id).state == "registered" and ready.office.post.outgoing() == []


def test_the_offer_that_crosses_carries_counts_grades_and_hashes_only(holder: Holder) -> None:
    rows = {"person": [person(1, person_source_value=SECRET), person(2)], "condition_occurrence": ROWS["condition_occurrence"]}
    holder.indexed(holder.snapshot("zone-a", rows))
    asset = holder.registered(grade=4)
    holder.do("asset.publish", id=asset.id)
    (letter,) = holder.office.post.outgoing()
    sent = letters.read(letter.envelope)
    assert (sent.receiver, sent.type) == (HUB_ID, "offer.publish")
    assert sent.body == {
        "id": asset.id, "state": "published", "holder": "hospital-a", "name": NAME, "content": asset.content, "grade": 4, "persons": 2,
        "rows": {t.name: t.rows for t in asset.tables}, "columns": list(asset.columns()), "quality": asset.quality.score,  # type: ignore[union-attr]
        "right": holder.office.all(Right)[0].id, "scorecard": msgspec.to_builtins(asset.scorecard()),
    }
    assert SECRET not in json.dumps(sent.body) and "mrn-" not in json.dumps(sent.body)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / "hub").mkdir()
    office = Office(tmp_path / "hub", HUB_ID, f"sqlite:///{tmp_path / 'hub.db'}")
    yield office
    office.close()


def by(party: str) -> Actor:
    return somebody(Role.PARTY, id=party, party=party)


def test_a_published_offer_stands_in_the_catalogue_for_everybody(hub: Office) -> None:
    hub.do(by("hospital-a"), "offer.publish", offer("hospital-a"))
    (found,) = hub.do(somebody(Role.PUBLIC, id="public", party=""), "offer.list")
    assert found["holder"] == "hospital-a" and found["persons"] == 120
    hub.do(by("hospital-a"), "offer.publish", offer("hospital-a"))
    assert len(hub.all(Offer)) == 1


@pytest.mark.parametrize("change", [{"content": "d" * 64}, {"grade": Grade.OPEN}, {"persons": 1}, {"columns": ("person.person_id",)}, {"state": "hidden"}])
def test_a_version_in_the_catalogue_never_changes(hub: Office, change: dict[str, Any]) -> None:
    hub.do(by("hospital-a"), "offer.publish", offer("hospital-a"))
    with pytest.raises(Refused, match="offer.holder"):
        hub.do(by("hospital-a"), "offer.publish", offer("hospital-a").with_(**change))
    assert hub.all(Offer) == [offer("hospital-a")]


def test_nobody_publishes_for_another_and_nobody_takes_over_another_s_version(hub: Office) -> None:
    with pytest.raises(Refused, match="offer.holder"):
        hub.do(by("hospital-b"), "offer.publish", offer("hospital-a"))
    hub.do(by("hospital-a"), "offer.publish", offer("hospital-a"))
    with pytest.raises(Refused, match="offer.holder"):
        hub.do(by("hospital-b"), "offer.publish", offer("hospital-a").with_(holder="hospital-b"))
    assert hub.find(Offer, "as-hospital-a").holder == "hospital-a"


def test_a_list_of_assets_shows_where_each_stands(ready: Holder) -> None:
    asset = ready.registered(grade=4)
    (found,) = ready.do("asset.list")
    assert (found["id"], found["state"], found["grade"], found["content"], found["persons"]) == (asset.id, "registered", 4, asset.content, 2)
    with pytest.raises(DujiangError, match="gate.who"):
        ready.office.do(somebody(Role.PUBLIC, id="public", party=""), "asset.list")


@pytest.mark.parametrize(("text", "proposed"), [("治疗结束，恢复良好，已于当日上午办理出院手续，嘱定期复查。", 4), ("患者转院，证件号码为 330106198001010014 ，已联系接收医院予以安排。", 5)])
def test_an_identity_number_inside_a_text_raises_the_grade_that_is_proposed(tmp_path: Path, text: str, proposed: int) -> None:
    number = "33010619800101001"
    said = text.replace("330106198001010014", number + check_character(number))
    holder = Holder(tmp_path)
    zone = holder.snapshot("zone-a", {"person": [person(1)], "condition_occurrence": [condition(n, 1, stop_reason=said if n == 7 else None) for n in range(1, 20)]})
    holder.indexed(zone, persons=1)
    id = holder.do("asset.draft", name=NAME)["asset"]
    holder.do("asset.assess", id=id)
    holder.work()
    asset = holder.asset(id)
    holder.office.close()
    assert asset.proposed == proposed
    assert ("hidden_id_number" in asset.reasons) == (proposed == 5)
