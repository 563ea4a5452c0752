"""What an arrival can change is worked out anew, and nothing else is; arrival after arrival, the index is that of the whole."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.identify import linking, persons
from dujiang.identify.rulings import Ruling
from dujiang_synth.people import draw_people
from identify.identify_node import NodeWorld
from identify.test_identify_arrivals import anew, index, known, same
from identify.test_identify_population import as_known

PEOPLE = draw_people(7, 300, ("one", "two"))


def twice(p: Any, **other: Any) -> dict[str, Any]:
    """A second record of somebody."""
    return as_known(p, **{"person_id": 1000 + p.number, "id_number": None, **other})


def clustered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs each later clustering looks at."""
    seen: list[int] = []
    real = linking.cluster

    def counted(pairs: Any, *args: Any, **more: Any) -> Any:
        every = list(pairs)
        seen.append(len(every))
        return real(every, *args, **more)

    monkeypatch.setattr(linking, "cluster", counted)
    return seen


def test_of_a_hundred_persons_with_two_records_an_arrival_for_one_clusters_that_one(node: NodeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    here = [*(as_known(p) for p in PEOPLE), *(twice(p) for p in PEOPLE[:100])]
    first = index(node, node.put("zone-a", here))
    assert first.linked >= 90
    seen = clustered(monkeypatch)
    late = node.put("zone-a", [*here, twice(PEOPLE[0], person_id=5000)], snapshot="s-2")
    after = index(node, late, before=first)
    assert after.fresh == 1 and 1 <= seen[0] <= 10
    assert same(node, after, anew(node, late, before=first))


def test_an_arrival_that_bridges_two_persons_rebuilds_both(node: NodeWorld) -> None:
    owner = next(p for p in PEOPLE if p.identity)
    without = as_known(owner, id_number=None, phone=None, address=None, mrn=None)
    here = [*(as_known(p) for p in PEOPLE if p is not owner), {**without, "full_name": "亓不同", "family": "亓", "given": "不同"}, as_known(owner, person_id=9000)]
    first = index(node, node.put("zone-a", here))
    bridge = as_known(owner, person_id=9001, full_name="亓不同", family="亓", given="不同")
    late = node.put("zone-a", [*here, bridge], snapshot="s-2")
    after = index(node, late, before=first)
    assert same(node, after, anew(node, late, before=first))


def test_doubts_between_people_whom_nothing_touched_wait_on(node: NodeWorld) -> None:
    pair = [{"family": "张", "given": "建国", "full_name": "张建国", "birth_date": "1958-03-14", "sex": "male", "person_id": n} for n in (2001, 2002)]
    here = [*(as_known(p) for p in PEOPLE), *pair]
    first = index(node, node.put("zone-a", here))
    assert first.review > 0
    late = node.put("zone-a", [*here, as_known(PEOPLE[5], person_id=9000)], snapshot="s-2")
    after = index(node, late, before=first)
    assert after.review >= first.review and {str(r) for r in node.reviews(first)} <= {str(r) for r in node.reviews(after)}
    assert same(node, after, anew(node, late, before=first))


def test_an_index_whose_rulings_are_not_known_any_more_is_clustered_as_a_whole(node: NodeWorld) -> None:
    here = node.put("zone-a", [*(as_known(p) for p in PEOPLE[:30]), twice(PEOPLE[0])])
    plain = index(node, here)
    sets = ((f"zone-a/{PEOPLE[0].number}",), (f"zone-a/{1000 + PEOPLE[0].number}",))
    ruling = Ruling(id="rl-1", state="in_force", kind="different", sets=sets, reason="two people", by="u", at="2026-01-01")
    parted = index(node, here, before=plain, rulings=[ruling])
    assert parted.persons == plain.persons + 1
    assert same(node, index(node, here, before=parted), plain)


steps = st.lists(st.tuples(st.lists(known, max_size=3), st.sets(st.integers(0, 7), max_size=2)), min_size=2, max_size=3)
pairs = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6), st.booleans()), max_size=2)


@settings(max_examples=8, deadline=None)
@given(st.lists(known, min_size=2, max_size=6), steps, pairs)
def test_arrival_after_arrival_with_rulings_between_the_index_is_that_of_the_whole(
    one: list[dict[str, Any]], more: list[tuple[list[dict[str, Any]], set[int]]], ruled: list[tuple[int, int, bool]]
) -> None:
    """Every record stands on exactly one person all along."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(persons, "GROWN", 100)
        node = NodeWorld(Path(folder))
        every = [{"person_id": i, **p} for i, p in enumerate(one, 1)]
        now = index(node, node.put("zone-a", every))
        rulings: list[Ruling] = []
        for step, (arrived, gone) in enumerate(more):
            every = [p for i, p in enumerate(every) if i not in gone] + [{"person_id": 100 * (step + 1) + i, **p} for i, p in enumerate(arrived)]
            if not every:
                return
            if step < len(ruled) and ruled[step][0] != ruled[step][1]:
                x, y, join = ruled[step]
                a, b = f"zone-a/{x}", f"zone-a/{y}"
                rulings.insert(0, Ruling(id=f"rl-{step}", state="in_force", kind="merge" if join else "split", sets=((a, b),) if join else ((a,), (b,)),
                                         reason="r", by="u", at="2026-01-01"))
            here = node.put("zone-a", every, snapshot=f"s-{step + 2}")
            later = index(node, here, before=now, rulings=rulings)
            assert same(node, later, anew(node, here, before=now, rulings=rulings))
            assert set(node.rows(later)) == {("zone-a", p["person_id"]) for p in every}
            now = later


@pytest.mark.slow
def test_ten_thousand_records_of_one_name_are_never_one_person_and_somebody_hears_of_it(node: NodeWorld) -> None:
    crowd = [{"person_id": n, "family": "张", "given": "伟", "full_name": "张伟", "birth_date": "1980-01-01", "sex": "male"} for n in range(1, 10_001)]
    first = index(node, node.put("zone-a", crowd))
    assert (first.records, first.persons, first.linked) == (10_000, 10_000, 0)
    assert first.findings and all(f.says.en and f.says.zh for f in first.findings)


def test_records_that_say_nothing_are_each_somebody_of_their_own(node: NodeWorld) -> None:
    here = node.put("zone-a", [{"person_id": n} for n in range(1, 51)])
    first = index(node, here)
    assert (first.persons, first.linked, first.review) == (50, 0, 0) and len({h for _, h in node.rows(first).values()}) == 50


def test_an_index_made_after_a_merge_leaves_the_one_before_as_it_was(node: NodeWorld) -> None:
    """A task names the version it counts, and the version its index: a merge meanwhile changes neither."""
    here = node.put("zone-a", [as_known(p) for p in PEOPLE[:20]])
    first = index(node, here)
    before = node.rows(first)
    one, other = (f"zone-a/{p.number}" for p in PEOPLE[:2])
    merged = Ruling(id="rl-1", state="in_force", kind="merge", sets=((one, other),), reason="one person", by="u", at="2026-01-01")
    later = index(node, here, before=first, rulings=[merged])
    assert later.persons == first.persons - 1 and later.id != first.id and node.rows(first) == before
