"""Saving a table: whole or not at all, wherever it is stopped, and as often as it is done again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dujiang.store import sealed
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

ZONE, NAME = "zone-a", "records/a.parquet"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def zones(tmp_path: Path) -> Zones:
    return Zones(tmp_path)


@pytest.fixture
def frames(zones: Zones) -> Iterator[DuckFrames]:
    with DuckFrames(zones) as found:
        yield found


def kept(frames: DuckFrames) -> list[tuple[object, ...]]:
    return frames.rows(f"SELECT v FROM read_parquet('{frames.url(ZONE, NAME)}')")


def test_a_table_is_saved_again_after_a_process_died_between_writing_and_naming_it(
    zones: Zones, frames: DuckFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Zones, "rename", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            frames.save("SELECT 1 AS v", ZONE, NAME)
    assert not zones.has(ZONE, NAME)
    for value in (2, 3):
        frames.save(f"SELECT {value} AS v", ZONE, NAME)
        assert kept(frames) == [(value,)]
    assert zones.names(ZONE) == [NAME]


def test_a_table_that_fails_half_way_leaves_the_one_before_and_nothing_beside_it(zones: Zones, frames: DuckFrames) -> None:
    frames.save("SELECT 1 AS v", ZONE, NAME)
    with pytest.raises(Exception, match="no"):
        frames.save("SELECT CASE WHEN range < 300000 THEN 1 ELSE error('no') END AS v FROM range(400000)", ZONE, NAME)
    assert kept(frames) == [(1,)]
    frames.save("SELECT 2 AS v", ZONE, NAME)
    assert kept(frames) == [(2,)] and zones.names(ZONE) == [NAME]


def test_what_killed_processes_left_half_written_is_cleared_at_the_next_start(zones: Zones) -> None:
    stream = zones.write(ZONE, NAME)
    stream.__enter__().write(b"never closed")  # type: ignore[attr-defined]
    with zones.write(ZONE, f"{NAME}.part") as other:
        other.write(b"never named")
    with zones.write(ZONE, "raw/b") as whole:
        whole.write(b"whole")
    again = Zones(zones.path(ZONE, NAME).parents[3])
    again.clear_scratch()
    left = [p.name for p in zones.path(ZONE, NAME).parents[1].rglob("*") if p.is_file()]
    assert left == ["b"]


def test_a_new_folder_is_made_durable_with_those_above_it_before_its_first_file_counts(zones: Zones, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(sealed, "sync", synced.append)
    for _ in range(2):
        with zones.write(ZONE, "a/b/c") as stream:
            stream.write(b"1")
    top = zones.path(ZONE, "a").parents[1]
    assert {top.parent, top, top / ZONE, top / ZONE / "a", top / ZONE / "a" / "b"} == set(synced)
    assert synced[-1] == synced[-2] == top / ZONE / "a" / "b"  # and the file's own name, both times
