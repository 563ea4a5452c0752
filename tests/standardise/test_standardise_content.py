"""A snapshot is known by its content: the same records give the same rows, keys and hashes in any order, partition, file or arrival."""

import hashlib
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.errors import Conflict, Malformed, Unknown
from dujiang.standardise.hashing import table_hash
from dujiang.standardise.model import CDM
from dujiang.standardise.standardise import standardise
from standardise.standardise_given import deliveries
from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, Landed, Made, Node, Record, concept, resource


def nobody(done: int, total: int) -> None:
    """Nobody looks at the progress."""


def same(one: Made, other: Made) -> None:
    assert one.hashes() == other.hashes()
    assert one.snapshot.id == other.snapshot.id
    counts = ("records", "persons", "unmapped", "dangling", "set_aside", "kept_raw")
    assert [getattr(one.snapshot, c) for c in counts] == [getattr(other.snapshot, c) for c in counts]


@settings(max_examples=8)
@given(records=deliveries(12), data=st.data())
def test_any_order_and_any_partition_into_arrivals_and_files_gives_the_same_content(new_node: Callable[[], Node], records: list[Record], data: st.DataObject) -> None:
    whole = new_node().standard(*records)
    shuffled = data.draw(st.permutations(records))
    cut = data.draw(st.integers(0, len(records)))
    other = new_node()
    parts = [part for part in (shuffled[:cut], shuffled[cut:]) if part]
    same(whole, other.make(*(other.arrive(*part, file=lambda n: f"folder/{n % 3}.ndjson") for part in parts)))


@settings(max_examples=4)
@given(records=deliveries(12))
def test_the_same_records_again_change_nothing(new_node: Callable[[], Node], records: list[Record]) -> None:
    node = new_node()
    first = node.arrive(*records)
    once = node.make(first)
    same(once, node.make(first))
    same(once, node.make(first, first))
    same(once, node.make(first, node.arrive(*reversed(records), file="again.ndjson")))


def test_of_a_record_sent_again_the_newest_arrival_counts(node: Node) -> None:
    said = {"subject": SUBJECT, "onsetDateTime": "2020"}
    old, new = (node.arrive(PATIENT, resource("Condition", "c", code=concept(said=text), **said)) for text in ("old", "new"))
    assert node.make(old, new).one("condition_occurrence", "c")["condition_source_value"] == "new"
    assert node.make(new, old).one("condition_occurrence", "c")["condition_source_value"] == "old"
    assert node.make(old, new).snapshot.records == 2


def test_a_row_sent_again_says_it_came_with_the_newest_arrival(node: Node) -> None:
    made = node.make(node.arrive(PATIENT), node.arrive(ENCOUNTER, PATIENT, file="later.ndjson"))
    (row,) = made.rows("person")
    assert (row["x_arrival"], row["x_file"], row["x_line"]) == ("a-2", "later.ndjson", 2)


def test_a_key_belongs_to_its_kind(node: Node) -> None:
    made = node.make(node.arrive(PATIENT), node.arrive(resource("Encounter", "p1", subject=SUBJECT, period={"start": "2020"})))
    assert made.snapshot.records == 2 and len(made.rows("person")) == len(made.rows("visit_occurrence")) == 1


def test_the_same_record_in_another_zone_has_another_key(node: Node) -> None:
    here, there = node.make(node.arrive(PATIENT)), node.make(node.arrive(PATIENT, zone="zone-b"))
    assert here.rows("person")[0]["person_id"] != there.rows("person")[0]["person_id"]


@pytest.mark.parametrize(
    "changed", [{"birthDate": "1980-06-16"}, {"gender": "male"}, {"gender": None}, {"gender": ""}],
)
def test_any_change_of_a_value_changes_the_hash(node: Node, changed: dict[str, str | None]) -> None:
    other = resource("Patient", "p1", **{"birthDate": "1980-06-15", "gender": "female", **changed})
    assert node.standard(PATIENT).hashes()["person"] != node.standard(other).hashes()["person"]


def test_the_hash_of_no_rows_is_that_of_nothing(node: Node) -> None:
    assert node.standard(PATIENT).hashes()["death"] == (0, hashlib.sha256(b"").hexdigest())


texts = st.none() | st.text(alphabet="a\x1f\x1e,-'\\0\u2028张", max_size=4)


@settings(max_examples=25)
@given(st.lists(st.tuples(texts, texts, st.none() | st.decimals(-9, 9, places=3)), max_size=5),
    st.lists(st.tuples(texts, texts, st.none() | st.decimals(-9, 9, places=3)), max_size=5))
def test_two_tables_have_one_hash_exactly_when_they_have_the_same_rows(
    new_node: Callable[[], Node], one: list[tuple[str | None, str | None, Decimal | None]], other: list[tuple[str | None, str | None, Decimal | None]]
) -> None:
    with new_node().frames() as frames:
        for name, rows in (("one", one), ("other", other)):
            frames.load(name, {"a": "VARCHAR", "b": "VARCHAR", "n": "DECIMAL(38, 9)"}, ({"a": a, "b": b, "n": None if n is None else str(n)} for a, b, n in rows))
        equal = sorted(map(repr, [(a, b, n and n + 0) for a, b, n in one])) == sorted(map(repr, [(a, b, n and n + 0) for a, b, n in other]))
        assert (table_hash(frames, "one") == table_hash(frames, "other")) is equal


def test_the_hash_is_what_its_description_says(node: Node) -> None:
    """SHA-256 of the sorted row digests, computed here by another library from the written description."""
    with node.frames() as frames:
        frames.run("CREATE TABLE t AS SELECT * FROM (VALUES "
                   "(2, '张', 1.5::DECIMAL(38, 9), NULL, DATE '2020-01-02', true, 'a-1'), (1, NULL, NULL, 'x,y', NULL, false, 'a-2')) "
                   "v(id, name, n, text, day, yes, x_arrival)")
        found = table_hash(frames, "t")
    rows = ["2\x1f张\x1f1.500000000\x1f\x1f2020-01-02\x1ftrue\x1e3,-", "1\x1f\x1f\x1fx,y\x1f\x1ffalse\x1e-,3"]
    digests = sorted(hashlib.sha256(row.encode()).hexdigest() for row in rows)
    assert found == hashlib.sha256("".join(digests).encode()).hexdigest()


def test_nothing_is_written_twice(node: Node) -> None:
    arrival = node.arrive(PATIENT)
    made = node.make(arrival)
    place = node.blobs.path("zone-a", f"std/{made.snapshot.id}/person.parquet")
    before = place.stat().st_mtime_ns
    node.make(arrival)
    assert place.stat().st_mtime_ns == before


def test_what_was_lost_in_between_is_written_again(node: Node) -> None:
    arrival = node.arrive(PATIENT)
    made = node.make(arrival)
    node.blobs.delete("zone-a", f"std/{made.snapshot.id}/death.parquet")
    assert node.make(arrival).rows("death") == []


def test_the_snapshot_names_its_arrivals_its_maps_and_its_tables(node: Node) -> None:
    snapshot = node.make(node.arrive(PATIENT), node.arrive(ENCOUNTER)).snapshot
    assert snapshot.arrivals == ("a-1", "a-2") and snapshot.parent() == "zone-a"
    assert tuple(t.name for t in snapshot.tables) == CDM
    assert snapshot.mapping_version.startswith("m-") and snapshot.id.startswith("s-")


def test_progress_counts_records_up_to_all_of_them(node: Node) -> None:
    node.standard(PATIENT, ENCOUNTER, resource("Claim", "c"), *(resource("Condition", f"c{n}", subject=SUBJECT, onsetDateTime="2020") for n in range(5)))
    assert node.told[-1] == (8, 8) and all(of == 8 for _, of in node.told)
    assert [done for done, _ in node.told] == sorted(done for done, _ in node.told)


def test_nothing_to_standardise_is_refused(node: Node) -> None:
    with pytest.raises(Conflict, match="snapshot.empty"):
        standardise(node, "zone-a", [], nobody)  # type: ignore[arg-type]


def test_an_arrival_of_another_zone_is_refused(node: Node) -> None:
    with pytest.raises(Malformed, match="snapshot.zone"):
        standardise(node, "zone-a", [node.arrive(PATIENT), node.arrive(PATIENT, zone="zone-b")], nobody)  # type: ignore[arg-type]


def test_an_arrival_whose_records_are_not_here_is_unknown(node: Node) -> None:
    node.arrive(PATIENT)
    with pytest.raises(Unknown):
        node.make(Landed("a-99"))
