"""What arrives later: only what is fresh is read and compared, and the index is the one that comparing everything anew would give."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.identify import persons
from dujiang.identify.numbers import check_character
from dujiang.identify.persons import PersonIndex, identify
from dujiang_synth.people import draw_people
from identify.identify_node import SECRET, NodeWorld, Snap
from identify.test_identify_population import as_known

PEOPLE = draw_people(5, 400, ("one", "two"))


def index(node: NodeWorld, *snapshots: Snap, before: PersonIndex | None = None, **other: Any) -> PersonIndex:
    return identify(node, snapshots, SECRET, lambda done, of: None, before=before, **other)  # type: ignore[arg-type]


def anew(node: NodeWorld, *snapshots: Snap, before: PersonIndex, **other: Any) -> PersonIndex:
    """Everything compared, under the model of an earlier index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(persons, "_open", lambda frames, before: _terms_only(frames, before))
        return index(node, *snapshots, before=before, **other)


def _terms_only(frames: Any, before: PersonIndex) -> None:
    frames.run(f"CREATE OR REPLACE TABLE x_terms AS FROM read_parquet('{frames.url('zone-identity', before.terms)}')")


def same(node: NodeWorld, one: PersonIndex, other: PersonIndex) -> bool:
    return (node.rows(one), node.reviews(one), one.linked) == (node.rows(other), node.reviews(other), other.linked)


def test_an_arrival_costs_its_own_size_and_gives_what_the_whole_gives(node: NodeWorld) -> None:
    known = [as_known(p) for p in PEOPLE]
    late = [as_known(p, id_number=None, person_id=1000 + p.number) for p in PEOPLE[:40]]
    first = index(node, node.put("zone-a", known))
    both = node.put("zone-a", [*known, *late], snapshot="s-2")
    after = index(node, both, before=first)
    assert (first.fresh, after.fresh, after.persons) == (400, 40, 400)
    assert same(node, after, anew(node, both, before=first))
    assert after.model == first.model and after.terms == first.terms and len(after.parts) == 2


def test_nothing_new_compares_nothing_and_changes_nobody(node: NodeWorld) -> None:
    here = node.put("zone-a", [as_known(p) for p in PEOPLE])
    first = index(node, here)
    again = index(node, here, before=first)
    assert (again.fresh, again.parts) == (0, first.parts) and same(node, again, first) and again.id == first.id


def test_a_record_corrected_is_compared_anew_and_one_that_is_gone_takes_its_links_along(node: NodeWorld) -> None:
    known = [as_known(p) for p in PEOPLE[:50]]
    twice = as_known(PEOPLE[0], person_id=900)
    first = index(node, node.put("zone-a", [*known, twice]))
    assert first.persons == 50
    corrected = {**twice, "given": "完全不同", "full_name": "王完全不同", "id_number": None, "family": "王", "mrn": None, "birth_date": "1931-01-02"}
    changed = node.put("zone-a", [*known, corrected], snapshot="s-2")
    second = index(node, changed, before=first)
    assert (second.fresh, second.persons) == (1, 51) and same(node, second, anew(node, changed, before=first))
    gone = node.put("zone-a", known, snapshot="s-3")
    third = index(node, gone, before=second)
    assert (third.fresh, third.persons, third.records) == (0, 50, 50) and same(node, third, anew(node, gone, before=second))


def test_a_number_that_an_arrival_claims_too_stops_being_anybodys_handle(node: NodeWorld) -> None:
    owner = next(p for p in PEOPLE if p.identity)
    first = index(node, node.put("zone-a", [as_known(p) for p in PEOPLE]))
    stranger = {"person_id": 5000, "family": "亓", "given": "某", "full_name": "亓某", "birth_date": "1911-01-01", "id_number": owner.identity}
    both = node.put("zone-a", [*(as_known(p) for p in PEOPLE), stranger], snapshot="s-2")
    after = index(node, both, before=first)
    before_, now = node.rows(first)["zone-a", owner.number], node.rows(after)["zone-a", owner.number]
    assert before_[0] == now[0] and before_[1] != now[1]
    assert same(node, after, anew(node, both, before=first))
    alone = index(node, node.put("zone-a", [as_known(p) for p in PEOPLE], snapshot="s-3"), before=after)
    assert node.rows(alone) == node.rows(first)


def test_a_second_zone_is_an_arrival_like_any_other(node: NodeWorld) -> None:
    here = node.put("zone-a", [as_known(p) for p in PEOPLE])
    first = index(node, here)
    there = node.put("zone-b", [as_known(p) for p in PEOPLE[:30]])
    after = index(node, here, there, before=first)
    assert (after.fresh, after.persons) == (30, 400) and same(node, after, anew(node, here, there, before=first))


def test_a_node_that_has_grown_by_a_quarter_learns_anew(node: NodeWorld) -> None:
    first = index(node, node.put("zone-a", [as_known(p) for p in PEOPLE[:320]]))
    little = node.put("zone-a", [as_known(p) for p in PEOPLE[:400]], snapshot="s-2")
    assert index(node, little, before=first).model == first.model
    assert index(node, little, before=first, learn=True).model != first.model
    smaller = index(node, node.put("zone-a", [as_known(p) for p in PEOPLE[:319]], snapshot="s-3"))
    grown = index(node, little, before=smaller)
    assert grown.model != smaller.model and grown.fresh == 400 and len(grown.parts) == 2


def test_another_key_makes_everything_anew(node: NodeWorld) -> None:
    here = node.put("zone-a", [as_known(p) for p in PEOPLE[:20]])
    first = index(node, here)
    other = identify(node, [here], b"another key, also of some 32 bytes", lambda done, of: None, before=first)  # type: ignore[arg-type]
    assert other.fresh == 20 and other.recipe != first.recipe and not set(other.parts) & set(first.parts)


def test_an_index_whose_files_are_gone_is_no_help_and_no_hindrance(node: NodeWorld) -> None:
    here = node.put("zone-a", [as_known(p) for p in PEOPLE[:20]])
    first = index(node, here)
    node.blobs.delete("zone-identity", first.pairs_file)
    assert index(node, here, before=first).fresh == 20


def test_an_index_of_an_earlier_release_without_a_model_is_made_anew(node: NodeWorld) -> None:
    here = node.put("zone-a", [as_known(p) for p in PEOPLE[:20]])
    first = index(node, here)
    old = PersonIndex(id=first.id, state="identified", snapshots=("s-1",), persons=20, records=20, linked=0, review=0, flagged=0)
    assert index(node, here, before=old) == first


def test_many_parts_are_written_together(node: NodeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "MOST_PARTS", 3)
    monkeypatch.setattr(persons, "GROWN", 100)
    now: PersonIndex | None = None
    sizes = []
    for n in range(1, 7):
        here = node.put("zone-a", [as_known(p) for p in PEOPLE[: 10 * n]], snapshot=f"s-{n}")
        now = index(node, here, before=now)
        sizes.append(len(now.parts))
    assert sizes == [1, 2, 3, 1, 2, 3]
    assert now and same(node, now, anew(node, here, before=now))


def test_a_crowd_that_shrinks_is_compared_at_last(node: NodeWorld) -> None:
    crowd = [{"person_id": n, "family": "张", "given": "伟", "birth_date": "1980-01-01", "sex": "male", "phone": "13811112222"} for n in range(1, 2101)]
    first = index(node, node.put("zone-a", crowd))
    assert first.findings and first.linked == 0
    few = index(node, node.put("zone-a", crowd[:3], snapshot="s-2"), before=first)
    assert not few.findings and few.fresh == 3


def test_a_crowd_that_grows_beyond_the_plan_is_left_out_as_if_it_had_always_been_one(node: NodeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "GROWN", 100)
    crowd = [{"person_id": n, "family": "张", "given": "伟", "birth_date": "1980-01-01", "sex": "male", "phone": "13811112222"} for n in range(1, 2101)]
    first = index(node, node.put("zone-a", crowd[:100]))
    assert first.review == 4950 and not first.findings
    all_ = node.put("zone-a", crowd, snapshot="s-2")
    after = index(node, all_, before=first)
    assert after.review == 0 and {f.records for f in after.findings} == {2100} and same(node, after, anew(node, all_, before=first))


def resident(sequence: int) -> str:
    body = f"51018119580314{sequence:03d}"
    return body + check_character(body)


known = st.fixed_dictionaries(
    {
        "family": st.sampled_from(["张", "張", "Zhang", None]),
        "given": st.sampled_from(["伟", "玮", "芳", None]),
        "birth_date": st.sampled_from(["1958-03-14", "1958-04-03", None]),
        "id_number": st.sampled_from([resident(1), resident(2), resident(1)[:-1] + "A", None, None]),
        "phone": st.sampled_from(["13812345678", None]),
        "mrn": st.sampled_from(["M1", None]),
    }
)


@settings(max_examples=5, deadline=None)
@given(st.lists(known, min_size=1, max_size=6), st.lists(known, max_size=4), st.sets(st.integers(0, 5)))
def test_whatever_arrives_changes_or_goes_the_index_is_that_of_the_whole(
    one: list[dict[str, Any]], more: list[dict[str, Any]], gone: set[int]
) -> None:
    with TemporaryDirectory() as folder:
        node = NodeWorld(Path(folder))
        numbered = [{"person_id": i, **p} for i, p in enumerate([*one, *more], 1)]
        first = index(node, node.put("zone-a", numbered[: len(one)]))
        later = node.put("zone-a", [p for i, p in enumerate(numbered) if i not in gone], snapshot="s-2")
        assert same(node, index(node, later, before=first), anew(node, later, before=first))
