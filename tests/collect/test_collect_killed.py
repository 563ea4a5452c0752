"""Killed: wherever a landing stops, landing the same delivery again ends as if nothing had happened."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collect.collect_shore import Shore
from dujiang.collect.arrivals import Arrival

FILES: dict[str, bytes | str] = {
    "a.ndjson": "\n".join(json.dumps({"resourceType": "Patient", "id": f"p{n % 30}", "n": n // 30}) for n in range(40)) + "\nbad\n",
    "b.ndjson.gz": gzip.compress(b'{"resourceType":"Basic","x":1}\n' * 3 + b"[]", mtime=0),
    "conditions.csv": "START,PATIENT,CODE\n2020-01-01,p1,1\n2020-01-01,p1\n",
}
SLICE = 700  # small enough for several parts


class Killed(Exception):
    """The fault that is injected."""


class Fuse:
    """Burns at the k-th operation, and only there."""

    def __init__(self, at: int = 0) -> None:
        self.at, self.count = at, 0

    def touch(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Killed


class Fused:
    """Anything of the world whose every call may be the last, before it is done or after."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def called(*args: Any, **options: Any) -> Any:
            self._fuse.touch()
            answer = found(*args, **options)
            self._fuse.touch()
            return answer

        return called


class FusedBlobs(Fused):
    """Also in the middle of a file that is being written or read, and after its last byte."""

    @contextmanager
    def write(self, zone: str, name: str) -> Iterator[Any]:
        with self._inner.write(zone, name) as stream:
            yield Fused(stream, self._fuse)
            self._fuse.touch()

    @contextmanager
    def read(self, zone: str, name: str) -> Iterator[Any]:
        self._fuse.touch()
        with self._inner.read(zone, name) as stream:
            yield Fused(stream, self._fuse)


def state(shore: Shore, arrival: Arrival) -> tuple[Any, ...]:
    return arrival, shore.records(arrival), shore.quarantine(arrival), shore.zones.names(arrival.zone)


def fused(shore: Shore, fuse: Fuse) -> None:
    shore.blobs = FusedBlobs(shore.zones, fuse)
    shore.wrap_frames = lambda frames: Fused(frames, fuse)


def unfused(shore: Shore) -> None:
    shore.blobs = shore.zones
    shore.wrap_frames = lambda frames: frames


@pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_landing_killed_at_any_step_and_run_again_ends_the_same(new_shore: Callable[[], Shore], stride: int) -> None:
    calm = new_shore()
    expected = state(calm, calm.land(FILES, slice_size=SLICE))
    counting, fuse = new_shore(), Fuse()
    fused(counting, fuse)
    counting.land(FILES, slice_size=SLICE)
    assert fuse.count > 60
    for step in range(1, fuse.count + 1, stride):
        shore = new_shore()
        fused(shore, Fuse(step))
        with pytest.raises(Killed):
            shore.land(FILES, slice_size=SLICE)
        assert shore.tables.things == {}
        unfused(shore)
        assert state(shore, shore.land(FILES, slice_size=SLICE)) == expected, step


def test_a_landing_killed_again_and_again_still_ends_the_same(new_shore: Callable[[], Shore]) -> None:
    calm, shore = new_shore(), new_shore()
    expected = state(calm, calm.land(FILES, slice_size=SLICE))
    for step in range(3, 60, 7):
        fused(shore, Fuse(step))
        with pytest.raises(Killed):
            shore.land(FILES, slice_size=SLICE)
    unfused(shore)
    assert state(shore, shore.land(FILES, slice_size=SLICE)) == expected


def test_what_was_sealed_before_the_kill_is_not_sealed_again(new_shore: Callable[[], Shore]) -> None:
    shore = new_shore()
    shore.wrap_frames = lambda frames: Fused(frames, Fuse(1))
    with pytest.raises(Killed):
        shore.land(FILES)
    before = {n: shore.zones.path(shore.source.zone, n).stat().st_mtime_ns for n in shore.zones.names(shore.source.zone, "raw")}
    unfused(shore)
    shore.land(FILES)
    after = {n: shore.zones.path(shore.source.zone, n).stat().st_mtime_ns for n in shore.zones.names(shore.source.zone, "raw")}
    assert len(before) == 3 and after == before


CHILD = """
import os, sys
from pathlib import Path
from collect.collect_shore import Shore
from collect.test_collect_killed import FILES, SLICE, Fuse, fused
class Fatal(Fuse):
    def touch(self):
        self.count += 1
        if self.count == self.at:
            os._exit(9)
shore = Shore(Path(sys.argv[1]))
fused(shore, Fatal(int(sys.argv[2])))
shore.land(FILES, slice_size=SLICE)
"""


@pytest.mark.parametrize("step", [7, 40])
def test_a_process_that_dies_without_a_word_loses_nothing(tmp_path: Path, new_shore: Callable[[], Shore], step: int) -> None:
    calm = new_shore()
    expected = state(calm, calm.land(FILES, slice_size=SLICE))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    died = subprocess.run([sys.executable, "-c", CHILD, str(tmp_path), str(step)], env=environment, check=False)
    assert died.returncode == 9
    shore = Shore(tmp_path)
    assert state(shore, shore.land(FILES, slice_size=SLICE)) == expected
