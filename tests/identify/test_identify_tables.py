"""Tables of any shape by the kinds of their columns: the public sets with a known truth, and what must not be taken for anything else."""

import csv
import gzip
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from dujiang.identify.comparisons import linkage_of
from dujiang.identify.tables import link_table
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from shared_data import shared

FEBRL = {
    "given_name": "name", "surname": "name", "street_number": "number", "address_1": "words", "address_2": "words", "suburb": "words",
    "postcode": "number", "state": "category", "date_of_birth": "date", "soc_sec_id": "number",
}  # fmt: skip
FAKE = {"first_name": "name", "surname": "name", "dob": "date", "city": "words", "email": "email"}


@pytest.fixture
def frames(tmp_path: Path) -> Iterator[DuckFrames]:
    with DuckFrames(Zones(tmp_path)) as opened:
        yield opened


def put(frames: DuckFrames, rows: list[dict[str, str | None]]) -> None:
    frames.load("raw", dict.fromkeys(rows[0], "VARCHAR"), rows)


def read(path: Path) -> list[dict[str, str | None]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        return [{k.strip(): (v or "").strip() or None for k, v in row.items()} for row in csv.DictReader(lines, skipinitialspace=True)]


def f1(frames: DuckFrames, kinds: dict[str, str], key: str, human: dict[str, str]) -> float:
    """F1 over pairs of rows on one person."""
    linked = link_table(frames, "raw", kinds, order=key)
    groups: dict[int, list[str]] = {}
    for n, row in frames.rows("SELECT n, row_key FROM x_rows"):
        groups.setdefault(linked.clusters.person_of(int(str(n))), []).append(str(row))
    found = {two for group in groups.values() for two in combinations(sorted(group), 2)}
    people: dict[str, list[str]] = {}
    for row, who in human.items():
        people.setdefault(who, []).append(row)
    true = {two for group in people.values() for two in combinations(sorted(group), 2)}
    return 2 * len(found & true) / (len(found) + len(true))


@pytest.mark.parametrize("number", [1, 2, 3])
def test_febrl_is_linked_without_a_label(frames: DuckFrames, number: int) -> None:
    rows = read(shared(f"linkage/febrl/dataset{number}.csv.gz"))
    put(frames, rows)
    assert f1(frames, FEBRL, "rec_id", {str(r["rec_id"]): str(r["rec_id"]).split("-")[1] for r in rows}) > 0.995


def test_a_set_with_little_to_go_by_is_linked_without_a_label(frames: DuckFrames) -> None:
    rows = read(shared("linkage/fake_1000.csv"))
    put(frames, rows)
    assert f1(frames, FAKE, "unique_id", {str(r["unique_id"]): str(r["cluster"]) for r in rows}) > 0.95


def invented(count: int) -> list[dict[str, str | None]]:
    """People who share nothing but a town, each twice, the second time with one slip."""
    rows: list[dict[str, str | None]] = []
    for n in range(count):
        one = {"id": f"{n}-a", "first": f"jo{n * 7919 % 9973}", "last": f"mel{n * 104729 % 9967}x", "born": f"19{n % 90 + 10}{n % 12 + 1:02d}{n % 28 + 1:02d}"}
        rows += [{**one, "town": "delft"}, {**one, "id": f"{n}-b", "last": one["last"][:-1], "town": "delft"}]
    return rows


def test_a_table_with_other_columns_is_linked_by_their_kinds(frames: DuckFrames) -> None:
    rows = invented(200)
    put(frames, rows)
    kinds = {"first": "name", "last": "name", "born": "date", "town": "words"}
    assert f1(frames, kinds, "id", {str(r["id"]): str(r["id"]).split("-")[0] for r in rows}) > 0.99


def test_writing_does_not_matter_case_accents_spaces_and_hyphens(frames: DuckFrames) -> None:
    put(frames, [{"id": "1", "who": " José  ", "born": "1958-03-14", "card": "ab-12"}, {"id": "2", "who": "JOSE", "born": "19580314", "card": "AB 12"}])
    link_table(frames, "raw", {"who": "name", "born": "date", "card": "number"}, order="id")
    assert len(frames.rows("SELECT DISTINCT who, born, card FROM x_traits")) == 1


def test_an_unknown_kind_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ValueError, match="no such kind of column: colour"):
        linkage_of({"x": "colour"})


def test_an_empty_table_has_nobody_in_it(frames: DuckFrames) -> None:
    put(frames, [{"id": "1", "who": "x"}])
    frames.run("DELETE FROM raw")
    linked = link_table(frames, "raw", {"who": "name"}, order="id")
    assert linked.links == 0 and linked.clusters.first == {}


def test_the_budget_that_is_given_is_kept(frames: DuckFrames) -> None:
    put(frames, [{"id": str(n), "who": "same", "born": "19580314"} for n in range(2000)])
    linked = link_table(frames, "raw", {"who": "name", "born": "date"}, order="id", budget=1000)
    assert linked.model.plan.pairs <= 1000 and {f.records for f in linked.findings} == {2000}
