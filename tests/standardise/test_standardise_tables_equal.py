"""The same patients, exported as FHIR and as a Chinese hospital's own tables, become the same standard rows."""

from pathlib import Path

import pytest

from dujiang_synth import write_pair
from dujiang_synth.his_tables import table_map
from standardise.standardise_node import Made
from standardise.standardise_tables_zone import Zone, content

SAME = ("person", "visit_occurrence", "condition_occurrence", "drug_exposure", "measurement", "death")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """The standard tables of each export."""
    out = tmp_path_factory.mktemp("pair") / "world"
    write_pair(out, seed=11, people=60)
    found = {}
    for form in ("fhir", "his-csv", "his-xlsx"):
        zone = Zone(tmp_path_factory.mktemp(form))
        arrival = zone.land_folder(out / form)
        assert arrival.quarantined == 0
        found[form] = zone.make(*([] if form == "fhir" else [(out / "map.yaml").read_text(encoding="utf-8")]))
    return found


@pytest.mark.parametrize("table", SAME)
@pytest.mark.parametrize("form", ["his-csv", "his-xlsx"])
def test_tables_and_fhir_give_the_same_standard_rows(made: dict[str, Made], form: str, table: str) -> None:
    expected = content(made["fhir"], table)
    assert expected or table == "death"
    assert content(made[form], table) == expected


@pytest.mark.parametrize("form", ["his-csv", "his-xlsx"])
def test_tables_and_fhir_give_the_same_identities_but_for_the_split_of_names(made: dict[str, Made], form: str) -> None:
    assert content(made[form], "x_identity", without=("family", "given")) == content(made["fhir"], "x_identity", without=("family", "given"))


def test_a_table_and_a_sheet_of_the_same_name_are_the_same_records(made: dict[str, Made]) -> None:
    assert made["his-csv"].hashes() == made["his-xlsx"].hashes()
    assert made["his-csv"].snapshot.id == made["his-xlsx"].snapshot.id


def test_nothing_of_the_tables_is_set_aside_or_left_raw(made: dict[str, Made]) -> None:
    for form in ("his-csv", "his-xlsx"):
        snapshot = made[form].snapshot
        assert (snapshot.dangling, snapshot.kept_raw) == (0, {})


def test_the_pair_is_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_pair(tmp_path / name, seed=3, people=5)
    one, two = ({str(f.relative_to(tmp_path / n)): f.read_bytes() for f in (tmp_path / n).rglob("*.*")} for n in ("one", "two"))
    assert one == two
    assert one["map.yaml"].decode() == table_map()
