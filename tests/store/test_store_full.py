"""A full disk is told as such, wherever it is met; nothing half-written is kept, and with room again everything goes on."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dujiang.errors import Unavailable
from dujiang.store import sealed
from dujiang.store.control import ControlStore
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from dujiang.words import Party, Saying
from store.store_full import FullDisk, small_disk

ZONE = "zone-a"


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / "zones").rglob("*") if p.is_file())


def save(zones: Zones) -> None:
    with DuckFrames(zones) as frames:
        frames.save("SELECT md5(range::VARCHAR) AS v FROM range(20000)", ZONE, "t.parquet")


def write(zones: Zones) -> None:
    with zones.write(ZONE, "raw/a") as stream:
        stream.write(b"x" * 300_000)


@pytest.mark.parametrize("work", [save, write])
def test_a_disk_that_is_full_at_any_write_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Zones], None]) -> None:
    zones, disk = Zones(tmp_path), FullDisk(monkeypatch)
    work(zones)
    disk.fill(0)
    work(zones)  # its folders are made by now
    steps, kept = disk.count, files(tmp_path)
    assert steps > 3
    for step in range(1, steps + 1):
        disk.fill(step)
        with pytest.raises(Unavailable, match=r"store\.full"):
            work(zones)
        assert files(tmp_path) == kept, step  # the one before is whole, nothing lies beside it
        disk.fill(0)
        work(zones)
        assert files(tmp_path) == kept, step


@pytest.mark.slow
def test_what_does_not_fit_into_memory_nor_onto_the_disk_waits_for_room() -> None:
    with small_disk(16) as folder, DuckFrames(Zones(folder), memory="60MB") as frames:
        with pytest.raises(Unavailable, match=r"store\.full"):
            frames.run("CREATE TABLE big AS SELECT md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS s FROM range(3000000)")
        assert frames.rows("SELECT 1") == [(1,)]


def test_a_full_disk_under_the_control_store_is_told_and_its_next_change_is_whole() -> None:
    with small_disk(2) as folder:
        store = ControlStore(f"sqlite:///{folder / 'control.db'}")

        def put(number: int) -> None:
            with store.transaction() as tx:
                tx.put(Party(id=f"p{number}", state="joined", name=Saying(en="x" * 60_000, zh="")))

        with pytest.raises(Unavailable, match=r"store\.full"):
            for number in range(100):
                put(number)
        before = store.size()
        with pytest.raises(Unavailable, match=r"store\.full"):
            put(200)
        os.truncate(folder / "ballast", 0)
        put(201)
        assert store.size() == before + 1
        store.close()


def test_another_fault_of_the_disk_is_not_called_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(sealed.os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output"):
        write(Zones(tmp_path))
