"""The evidence on a pair: a waterfall whose bars add up to the score that decided, in both languages, with both records' values side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dujiang.errors import Unknown
from dujiang.identify.evidence import _LEVELS, explain
from dujiang.identify.people import PEOPLE
from identify.identify_desk import Desk
from identify.identify_node import NodeWorld

Make = Callable[..., dict[str, Any]]
A, B = "zone-a/1", "zone-a/2"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_bars_add_up_to_the_total_and_the_total_is_the_score_in_the_review(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody(), somebody(given="建", full_name="张建")])
    index = desk.index_now()
    (review,) = desk.reviews(index)
    (doubt,) = desk.do("person.doubts", most=5)
    assert doubt.total == float(str(review["score"])) and doubt.rule == review["rule"]
    assert doubt.prior + sum(step.weight for step in doubt.steps) == pytest.approx(doubt.total)
    assert [step.total for step in doubt.steps][-1] == pytest.approx(doubt.total)
    assert doubt.probability == pytest.approx(1 / (1 + 2**-doubt.total), abs=1e-5)


def test_a_reviewer_sees_both_records_values_field_by_field_and_what_is_missing(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody(), somebody(phone="13911112222", address=None)])
    desk.index_now()
    steps = {step.field: step for step in desk.do("person.evidence", one=A, other=B).steps}
    assert list(steps) == [field.name for field in PEOPLE.fields]
    assert (steps["phone"].level, steps["phone"].one, steps["phone"].other) == ("differs", ("13812345678",), ("13911112222",))
    assert steps["phone"].weight < 0 < steps["birth"].weight
    assert (steps["address"].level, steps["address"].weight, steps["address"].other) == ("", 0, ("",))
    assert steps["given"].level_says.zh == "相同" and steps["given"].level_says.en == "the same"


def test_a_common_value_counts_less_and_says_by_how_much(node: NodeWorld, somebody: Make) -> None:
    crowd = [somebody(family="王", given=f"一{chr(0x4E00 + n)}", full_name=f"王一{chr(0x4E00 + n)}", phone=None, birth_date=f"19{n % 90 + 10}-01-01")
             for n in range(2000)]  # fmt: skip
    rare = [somebody(family="亓", given="建国", full_name="亓建国", person_id=9000 + n) for n in (1, 2)]
    index = node.index(node.put("zone-a", [*crowd, *rare]))
    common, seldom = explain(node, index, [("zone-a/1", "zone-a/91"), ("zone-a/9001", "zone-a/9002")])  # type: ignore[arg-type]
    one, other = (next(step for step in evidence.steps if step.field == "family") for evidence in (common, seldom))
    assert one.level == other.level == "same" and one.common < 0 < other.common
    assert one.weight - one.common == pytest.approx(other.weight - other.common)


def test_the_evidence_is_plain_values_that_any_page_can_show(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody(), somebody()])
    desk.index_now()
    plain = msgspec.json.decode(msgspec.json.encode(desk.do("person.evidence", one=A, other=B)))
    assert plain["decision"] == "link" and plain["steps"][0]["says"] == {"en": "identity number", "zh": "证件号码"}


def test_every_level_there_is_can_be_said_in_both_languages() -> None:
    levels = {level.name for field in PEOPLE.fields for level in field.levels} | {""}
    assert levels == set(_LEVELS) and all(says.en and says.zh for says in _LEVELS.values())


def test_a_record_that_is_not_in_the_index_has_no_evidence(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody()])
    desk.index_now()
    with pytest.raises(Unknown, match=r"person\.record") as unknown:
        desk.do("person.evidence", one=A, other="zone-a/99")
    assert "99" not in unknown.value.en


def test_the_records_of_a_person_are_found_by_any_of_them(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody(), somebody(), somebody(given="卫东", full_name="张卫东")])
    desk.index_now()
    assert desk.do("person.records", record=B) == [A, B]
