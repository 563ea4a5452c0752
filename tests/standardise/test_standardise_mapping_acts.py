"""The steward's way through the real gate: tables are looked at, a map is proposed, confirmed, used, replaced, withdrawn; the log names no table and no value."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.act import Job
from dujiang.errors import Conflict, DujiangError, Malformed, Unknown
from dujiang.gate.acts import WORKS
from dujiang.gate.jobs import Worker
from dujiang.standardise.standardise import Snapshot
from dujiang.standardise.tables.confirming import TableMap
from dujiang.words import Role
from dujiang_synth import his_tables
from dujiang_synth.charts import open_charts
from dujiang_synth.world import live_all
from gate.gate_office import Office, somebody

STEWARD = somebody(Role.STEWARD, party="hospital-a")
OWN = """map: own
tables:
  - {table: 患者基本信息, to: person, key: 患者编号, columns: {born: 出生日期}}
"""


class House:
    """A node with sources and a worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.office = Office(folder / "node", "hospital-a", f"sqlite:///{folder / 'control.db'}")

    def does(self, act: str, **fields: Any) -> Any:
        answer = self.office.do(STEWARD, act, **fields)
        for job in self.office.world.tables.all(Job, state="queued"):
            assert Worker(self.office.gate, WORKS).run_one(job), job
        return answer

    def land(self, source: str, files: dict[str, bytes]) -> str:
        """The zone of a source that delivered these files."""
        place = self.folder / source
        place.mkdir()
        for name, data in files.items():
            (place / name).write_bytes(data)
        opened = self.does("source.open", name=source, region="north")
        self.does("arrival.land", source=opened["source"], place=str(place))
        return str(opened["zone"])

    def proposed(self, zone: str) -> TableMap:
        self.does("mapping.propose", zone=zone)
        return self.maps(zone)[-1]

    def maps(self, zone: str) -> list[TableMap]:
        return [m for m in self.office.all(TableMap) if m.zone == zone]

    def refused(self, act: str, **fields: Any) -> DujiangError:
        with pytest.raises(DujiangError) as found:
            self.does(act, **fields)
        return found.value


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    tables = his_tables.export(open_charts(5, "hospital-a", live_all(5, 12, ("hospital-a",), lambda *_: None), uuids=False))
    return {f"{table.name}.csv": his_tables.as_csv(table) for table in tables}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "node").mkdir()
    house = House(tmp_path)
    yield house
    house.office.close()


def test_from_raw_tables_to_standard_rows_by_a_proposal_that_the_steward_confirms(house: House, files: dict[str, bytes]) -> None:
    zone = house.land("his", files)
    mapping = house.proposed(zone)
    assert mapping.state == "proposed" and [t.to for t in mapping.looked] == [
        "drug_exposure", "visit_occurrence", "person", "measurement", "condition_occurrence",
    ]
    house.does("snapshot.make", zone=zone)
    assert house.office.all(Snapshot)[-1].persons == 0
    house.does("mapping.confirm", id=mapping.id)
    house.does("snapshot.make", zone=zone)
    snapshot = house.office.all(Snapshot)[-1]
    assert snapshot.persons == 12 and snapshot.kept_raw == {} and snapshot.dangling == 0
    shown = house.does("mapping.show", id=mapping.id)
    assert {r["table"] for r in shown["reads"]} == {name.removesuffix(".csv") for name in files} and "header.same" in shown["reasons"]
    assert [m["state"] for m in house.does("mapping.list")] == ["confirmed"]


def test_the_same_proposal_again_changes_nothing_that_was_confirmed(house: House, files: dict[str, bytes]) -> None:
    zone = house.land("his", files)
    house.does("mapping.confirm", id=house.proposed(zone).id)
    house.does("mapping.propose", zone=zone)
    assert [m.state for m in house.maps(zone) if m.text] == ["confirmed"]


def test_a_map_confirmed_for_one_hospital_is_proposed_for_another_whose_tables_look_so(house: House, files: dict[str, bytes]) -> None:
    one, two = house.land("his", files), house.land("other his", files)
    house.does("mapping.write", zone=one, text=his_tables.table_map())
    first = house.maps(one)[-1]
    house.does("mapping.confirm", id=first.id)
    again = house.proposed(two)
    assert again.text == first.text and again.id != first.id and again.state == "proposed"


def test_a_stewards_own_map_of_the_same_name_ends_the_one_before(house: House, files: dict[str, bytes]) -> None:
    zone = house.land("his", files)
    ids = [house.does("mapping.write", zone=zone, text=text)["mapping"] for text in (OWN, OWN.replace("出生日期", "date(出生日期)"))]
    for id in ids:
        house.does("mapping.confirm", id=id)
    assert [house.office.state(TableMap, id) for id in ids] == ["withdrawn", "confirmed"]
    house.does("mapping.withdraw", id=ids[1])
    house.does("mapping.confirm", id=ids[0])
    assert [house.office.state(TableMap, id) for id in ids] == ["confirmed", "withdrawn"]


def test_two_maps_never_read_the_same_table(house: House, files: dict[str, bytes]) -> None:
    zone = house.land("his", files)
    ids = [house.does("mapping.write", zone=zone, text=text)["mapping"] for text in (OWN, OWN.replace("map: own", "map: rival").replace("息,", "息*,"))]
    house.does("mapping.confirm", id=ids[0])
    refusal = house.refused("mapping.confirm", id=ids[1])
    assert isinstance(refusal, Conflict) and refusal.rule == "mapping.same_table"


def test_what_cannot_be_done_is_refused_and_says_why(house: House) -> None:
    zone = house.land("his", {"x.csv": b"a,b\nx,y\nz,w\n"})
    assert isinstance(house.refused("mapping.write", zone=zone, text="no map"), Malformed)
    assert isinstance(house.refused("mapping.write", zone="zone-nobody", text=OWN), Unknown)
    assert isinstance(house.refused("mapping.propose", zone="zone-nobody"), Unknown)
    nothing = house.proposed(zone)
    assert nothing.text == "" and house.refused("mapping.confirm", id=nothing.id).rule == "mapping.nothing"
    assert house.does("mapping.show", id=nothing.id)["reads"] == []


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.REVIEWER, Role.PERSON, Role.PUBLIC])
def test_only_the_steward_maps_tables(house: House, role: Role) -> None:
    for act, fields in (("mapping.write", {"zone": "z", "text": OWN}), ("mapping.propose", {"zone": "z"}), ("mapping.show", {"id": "m"})):
        with pytest.raises(DujiangError) as found:
            house.office.do(somebody(role, party="hospital-a"), act, **fields)
        assert found.value.status in (403, 404)


def test_the_log_names_no_column_and_no_value(house: House, files: dict[str, bytes]) -> None:
    zone = house.land("his", files)
    house.does("mapping.confirm", id=house.proposed(zone).id)
    said = b"".join(house.office.bodies()).decode()
    assert "mapping.confirm" in said and "出生日期" not in said and "患者" not in said and house.office.check_log() > 3
