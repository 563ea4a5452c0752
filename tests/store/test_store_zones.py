"""Of many that open zones at once none loses a key, and with it data; and a look at the store is one look."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from dujiang.act import Job
from dujiang.errors import Unknown
from dujiang.store.control import ControlStore, ReadTables
from dujiang.store.zones import Zones
from gate.gate_office import DATABASES, database

OPEN_MANY = """
import sys
from pathlib import Path
from dujiang.store.zones import Zones
zones = Zones(Path(sys.argv[1]))
for n in range(20):
    zones.key(f"zone-{sys.argv[2]}-{n}", create=True)
    zones.key(f"zone-shared-{n}", create=True)
"""


def together(works: list[threading.Thread]) -> None:
    for work in works:
        work.start()
    for work in works:
        work.join()


def test_zones_opened_by_many_threads_at_once_all_keep_their_keys(tmp_path: Path) -> None:
    zones, ready = Zones(tmp_path), threading.Barrier(8)
    given: dict[str, set[bytes]] = {}

    def open_(who: int) -> None:
        ready.wait()
        for n in range(10):
            for zone in (f"zone-{who}-{n}", f"zone-shared-{n}"):
                given.setdefault(zone, set()).add(zones.key(zone, create=True))

    together([threading.Thread(target=open_, args=(n,)) for n in range(8)])
    assert len(given) == 90 and all(len(keys) == 1 for keys in given.values())
    assert {z: {zones.key(z)} for z in given} == given and len({k for keys in given.values() for k in keys}) == 90


def test_what_many_threads_sealed_in_new_zones_can_all_be_read(tmp_path: Path) -> None:
    zones, ready = Zones(tmp_path), threading.Barrier(6)

    def write(who: int) -> None:
        ready.wait()
        for n in range(5):
            with Zones(tmp_path).write(f"zone-{who}-{n}", "file") as file:
                file.write(f"{who}/{n}".encode())

    together([threading.Thread(target=write, args=(n,)) for n in range(6)])
    assert [zones.read(f"zone-{w}-{n}", "file").read() for w in range(6) for n in range(5)] == [f"{w}/{n}".encode() for w in range(6) for n in range(5)]


def test_zones_opened_by_many_processes_at_once_all_keep_their_keys(tmp_path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", OPEN_MANY, str(tmp_path), str(n)], env={"PYTHONPATH": ":".join(sys.path)}) for n in range(3)]
    assert [p.wait(timeout=60) for p in running] == [0, 0, 0]
    keys = json.loads((tmp_path / "keys" / "zones.json").read_text())
    assert len(keys) == 80 and len(set(keys.values())) == 80


def test_a_zone_destroyed_while_others_are_opened_is_gone_and_the_others_are_there(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    for n in range(10):
        zones.key(f"zone-old-{n}", create=True)
    together([
        threading.Thread(target=lambda: [zones.destroy(f"zone-old-{n}") for n in range(10)]),
        threading.Thread(target=lambda: [zones.key(f"zone-new-{n}", create=True) for n in range(10)]),
    ])
    for n in range(10):
        assert zones.key(f"zone-new-{n}")
        with pytest.raises(Unknown, match="zone.unknown"):
            zones.key(f"zone-old-{n}")


def test_the_keyring_is_the_owner_s_alone(tmp_path: Path) -> None:
    Zones(tmp_path).key("zone-a", create=True)
    assert {p.name: p.stat().st_mode & 0o077 for p in (tmp_path / "keys").iterdir()} == dict.fromkeys(["zones.json", "zones.lock"], 0)


def test_a_zone_that_was_never_opened_has_no_key_and_gets_none_by_being_asked_for(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(Unknown, match="zone.unknown"):
            Zones(tmp_path).key("zone-a")


# The control store's looks.


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ControlStore]:
    with database(request.param, tmp_path) as url:
        opened = ControlStore(url)
        yield opened
        opened.close()


def test_a_look_of_many_statements_sees_one_present(store: ControlStore) -> None:
    def change() -> None:
        with store.transaction() as tx:
            tx.count("n", 2)

    with store.transaction() as tx:
        tx.count("n", 1)
    with store.reading() as look:
        assert look.count("n") == 1
        together([threading.Thread(target=change)])
        assert look.count("n") == 1
    with store.reading() as look:
        assert look.count("n") == 2


def test_a_look_changes_nothing_even_where_it_tries(store: ControlStore) -> None:
    try:
        with store.reading() as look:
            look.count("n", 7)
    except sqlalchemy.exc.DBAPIError:
        pass  # PostgreSQL refuses at once
    with store.reading() as look:
        assert look.count("n") == 0


@pytest.mark.parametrize("id", ["\0", "j\0", "\ud800", ""])
def test_an_id_that_no_database_can_hold_is_of_nothing(store: ControlStore, id: str) -> None:
    tables = ReadTables(store)
    assert tables.find(Job, id) is None and tables.all(Job, parent=id or "\0") == [] and tables.all(Job, state=id or "\0") == []
    with store.transaction() as tx, pytest.raises(Unknown):
        tx.get(Job, id)
