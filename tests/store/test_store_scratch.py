"""What does not fit into memory goes to a scratch folder of its own: unreadable there, gone with the job, and cleared after a crash."""

from pathlib import Path

import pytest

from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

MARK = b"SECRETMARK"
BIG = f"SELECT '{MARK.decode()}' || md5(range::VARCHAR) || repeat('x', 60) AS s FROM range(1500000)"


@pytest.fixture
def spilled(tmp_path: Path) -> tuple[Zones, DuckFrames]:
    """Frames that hold more than their memory."""
    zones = Zones(tmp_path)
    frames = DuckFrames(zones, memory="100MB")
    frames.run(f"CREATE TABLE big AS {BIG}")
    return zones, frames


def test_what_spills_lies_in_the_party_s_own_folder_and_cannot_be_read(spilled: tuple[Zones, DuckFrames]) -> None:
    zones, frames = spilled
    lying = [p for p in zones.scratch().rglob("*") if p.is_file()]
    assert lying and sum(p.stat().st_size for p in lying) > 1_000_000
    assert not [p for p in lying if MARK in p.read_bytes()]
    assert frames.rows("SELECT count(*), count(DISTINCT s) FROM big") == [(1_500_000, 1_500_000)]
    frames.close()


def test_nothing_is_left_after_the_job(spilled: tuple[Zones, DuckFrames]) -> None:
    zones, frames = spilled
    frames.close()
    assert list(zones.scratch().iterdir()) == []


def test_two_jobs_at_once_do_not_share_a_scratch_folder(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    with DuckFrames(zones) as one, DuckFrames(zones) as other:
        one.run("CREATE TABLE t AS SELECT 1 AS x")
        other.run("CREATE TABLE t AS SELECT 2 AS x")
        assert len(list(zones.scratch().iterdir())) == 2


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    (zones.scratch() / "left-behind").mkdir()
    zones.clear_scratch()
    assert list(zones.scratch().iterdir()) == []
