"""A zone's sealed files: whole or not at all, read by its own key only, refused when any byte was touched."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dujiang.errors import Broken, DujiangError, Malformed, Unknown
from dujiang.store.frames import DuckFrames
from dujiang.store.sealed import CHUNK, SealedReader, SealedWriter
from dujiang.store.zones import Zones

KEY = b"k" * 32
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]


def seal(path: Path, data: bytes, key: bytes = KEY) -> None:
    writer = SealedWriter(path, key)
    writer.write(data)
    writer.close()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_is_read_back(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    seal(tmp_path / "f", data)
    with SealedReader(tmp_path / "f", KEY) as reader:
        assert reader.size == size and reader.read() == data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.integers(0, 3 * CHUNK), st.integers(0, CHUNK * 2))
def test_any_stretch_can_be_read(tmp_path: Path, start: int, length: int) -> None:
    data = bytes(range(256)) * (3 * CHUNK // 256)
    if not (tmp_path / "f").exists():
        seal(tmp_path / "f", data)
    with SealedReader(tmp_path / "f", KEY) as reader:
        reader.seek(start)
        assert reader.read(length) == data[start : start + length]


@pytest.mark.parametrize("size", [1, CHUNK + 5])
def test_a_touched_byte_is_refused_wherever_it_is(tmp_path: Path, size: int) -> None:
    seal(tmp_path / "f", os.urandom(size))
    whole = (tmp_path / "f").read_bytes()
    for place in (0, 9, 24, 30, len(whole) // 2, len(whole) - 1):
        (tmp_path / "g").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Broken, match="store.seal"), SealedReader(tmp_path / "g", KEY) as reader:
            reader.read()


@pytest.mark.parametrize("cut", [1, 16, 17, CHUNK + 16])
def test_a_file_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    seal(tmp_path / "f", os.urandom(2 * CHUNK))
    (tmp_path / "g").write_bytes((tmp_path / "f").read_bytes()[:-cut])
    with pytest.raises(Broken, match="store.seal"), SealedReader(tmp_path / "g", KEY) as reader:
        reader.read()


def test_chunks_cannot_change_places(tmp_path: Path) -> None:
    seal(tmp_path / "f", os.urandom(3 * CHUNK))
    whole, piece = (tmp_path / "f").read_bytes(), CHUNK + 16
    head, one, two, rest = whole[:24], whole[24 : 24 + piece], whole[24 + piece : 24 + 2 * piece], whole[24 + 2 * piece :]
    (tmp_path / "g").write_bytes(head + two + one + rest)
    with pytest.raises(Broken), SealedReader(tmp_path / "g", KEY) as reader:
        reader.read()


def test_nothing_in_one_zone_can_be_read_with_anothers_key(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    for zone in ("zone-a", "zone-b"):
        with zones.write(zone, "f") as file:
            file.write(b"secret")
    assert zones.key("zone-a") != zones.key("zone-b")
    (tmp_path / "zones" / "zone-b" / "f").write_bytes((tmp_path / "zones" / "zone-a" / "f").read_bytes())
    with pytest.raises(Broken), zones.read("zone-b", "f") as file:
        file.read()


def test_nothing_lies_in_the_clear(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    with zones.write("zone-a", "raw/x") as file:
        file.write(b"a-very-recognisable-record" * 1000)
    with DuckFrames(zones) as frames:
        frames.save("SELECT 'a-very-recognisable-record' AS v FROM range(1000)", "zone-a", "t.parquet")
    for path in (tmp_path / "zones").rglob("*"):
        assert not path.is_file() or b"recognisable" not in path.read_bytes()


def test_a_write_that_fails_leaves_no_file(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    with pytest.raises(ZeroDivisionError), zones.write("zone-a", "f") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert not zones.has("zone-a", "f") and zones.names("zone-a") == []


def test_after_destruction_no_key_for_the_content_exists(tmp_path: Path) -> None:
    zones = Zones(tmp_path)
    with zones.write("zone-a", "f") as file:
        file.write(b"x")
    kept = (tmp_path / "zones" / "zone-a" / "f").read_bytes()
    zones.destroy("zone-a")
    (tmp_path / "zones" / "zone-a").mkdir()
    (tmp_path / "zones" / "zone-a" / "f").write_bytes(kept)
    with pytest.raises(Unknown, match="zone.unknown"):
        zones.read("zone-a", "f")


@pytest.mark.parametrize("name", ["../f", "/etc/passwd", "a/../../f", "", "a//b", ".hidden", "a b"])
def test_a_name_that_leaves_the_zone_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Malformed, match="store.name"):
        Zones(tmp_path).path("zone-a", name)


def test_rows_stream_in_and_a_failing_source_is_told_as_itself(tmp_path: Path) -> None:
    def rows() -> object:
        yield {"n": 1}
        raise ZeroDivisionError

    with DuckFrames(Zones(tmp_path)) as frames:
        assert frames.load("t", {"n": "BIGINT"}, ({"n": n} for n in range(5000))) == 5000
        assert frames.rows("SELECT count(*), sum(n) FROM t") == [(5000, 12497500)]
        with pytest.raises(ZeroDivisionError):
            frames.load("u", {"n": "BIGINT"}, rows())  # type: ignore[arg-type]
        with pytest.raises(DujiangError, match="frames.load"):
            frames.load("w", {"n": "BIGINT"}, [{"n": "not a number"}])
        assert frames.load("v", {"n": "BIGINT"}, []) == 0
