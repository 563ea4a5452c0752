"""Many lines at a time or one by one: what is read is the same, to the byte, whatever was done to the lines."""

import gzip
import io
import json
from itertools import chain

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dujiang.collect.readers.fhir import read_lines
from dujiang.collect.readers.items import Broken, Many, Record
from dujiang.collect.readers.lines import Block, blocks, lines_of
from dujiang.collect.readers.regular import read_regular, regular
from shared_data import shared

LINE = b'{"resourceType":"Patient","id":"p1","n":[1.50,true,null],"t":"\xe7\x8e\x8b"}'
ODD = (
    b"", b" ", b"[]", b"7", b'"x"', b"null", b"{}", b"{", LINE + LINE, LINE + b" ", b"\t" + LINE, LINE + b"\r", LINE + b"\r\r", LINE + b"\0", LINE + b"x",
    b'{"resourceType":"Patient","id":"\xff"}', b'{"resourceType":"Patient","id":"p","t":"\xff"}', b'{"resourceType":"Patient","id":"p","\xed\xa0\x80":1}',
    b'{"resourceType":"Patient"}', b'{"resourceType":"Patient","id":null}', b'{"resourceType":"Patient","id":""}', b'{"resourceType":"Patient","id":7}',
    b'{"resourceType":"Patient","id":"h:1"}', b'{"resourceType":"Patient","id":"a b"}', b'{"resourceType":"Patient","id":"\\u0001"}',
    b'{"resourceType":"Patient","id":"' + b"x" * 256 + b'"}', '{"resourceType":"Patient","id":"王"}'.encode(),
    b'{"resourceType":"Patient","id":"a","id":"b"}', b'{"resourceType":"Patient","id":7,"id":"b"}', b'{"resourceType":"Patient","id":"b","id":7}',
    b'{"resource\\u0054ype":"Patient","id":"a"}', b'{"resourceType":"Nothing","id":"a"}', b'{"id":"a"}', b'{"resourceType":["Patient"],"id":"a"}',
    b'{"resourceType":"Bundle","id":"b","entry":[{"resource":{"resourceType":"Patient","id":"in"}}]}', b'{"resourceType":"Bundle","id":"b"}',
    b'{"resourceType":"Patient","id":"a","x":1e999}', b'{"resourceType":"Patient","x":1e999}', b'{"resourceType":"Patient","id":"a","x":' + b"9" * 5000 + b"}",
    b'{"resourceType":"Patient","id":"a","x":NaN}', b'{"resourceType":"Patient","id":"a","x":01}', b'{"resourceType":"Patient","id":"a","x":"\\ud800"}',
    b'{"resourceType":"Patient","id":"a","x":"\\q"}', b'{"resourceType":"Patient","id":"a","x":"\t"}', b'{"resourceType":"Patient","id":"a","x":[1,]}',
    b'{"resourceType":"Patient","id":"a","x":' + b"[" * 2000 + b"]" * 2000 + b"}", b"\xef\xbb\xbf" + LINE,
    b'{"resourceType":"Patient",', b'"id":"half"}',
)
LINES = st.lists(st.one_of(st.just(LINE), st.sampled_from(ODD), st.binary(max_size=12)), max_size=12)


class Drops:
    """A stream that gives a few bytes at a time, so that blocks end anywhere."""

    def __init__(self, data: bytes, size: int) -> None:
        self._stream, self._size = io.BytesIO(data), size

    def read(self, size: int) -> bytes:
        return self._stream.read(min(size, self._size))


def at_once(data: bytes, size: int, limit: int) -> list[object]:
    found = read_regular(Drops(data, size), limit)
    return list(chain.from_iterable(one.records() if isinstance(one, Many) else (one,) for one in found))


def one_by_one(data: bytes, limit: int) -> list[object]:
    return list(read_lines(io.BytesIO(data), limit))


@settings(deadline=None, max_examples=400)
@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.sampled_from([7, 60, 1 << 18]), st.sampled_from([40, 1 << 20]))
def test_blocks_and_single_lines_give_the_same(texts: list[bytes], end: bytes, ended: bool, size: int, limit: int) -> None:
    data = end.join(texts) + (end if ended else b"")
    assert at_once(data, size, limit) == one_by_one(data, limit)


@pytest.mark.parametrize("odd", ODD)
def test_each_odd_line_between_regular_ones_costs_neither_of_them(odd: bytes) -> None:
    data = b"\n".join((LINE, odd, LINE.replace(b"p1", b"p2")))
    found = at_once(data, 1 << 18, 1 << 20)
    assert found == one_by_one(data, 1 << 20)
    keys = [one.key for one in found if isinstance(one, Record)]
    if odd != b'{"resourceType":"Patient",':
        assert keys[0] == "p1" and keys[-1] == "p2"


def test_regular_lines_are_read_many_at_a_time() -> None:
    data = b"\n".join(LINE.replace(b"p1", b"p%d" % n) for n in range(50))
    (found,) = read_regular(io.BytesIO(data + b"\n"))
    assert isinstance(found, Many) and found.first == 1 and len(found.keys) == 50


def test_two_values_on_one_line_or_one_on_two_are_never_taken_for_regular() -> None:
    half, rest = LINE[:40], LINE[40:]
    assert regular(Block(1, LINE + LINE)) is None
    assert regular(Block(1, b"\n".join((half, rest)))) is None
    assert regular(Block(1, b"\n".join((half, rest, LINE + b" " + LINE)))) is None
    assert regular(Block(1, LINE[:28] + b"\n" + LINE[28:] + b"\n\n" + LINE)) is None


def test_a_number_that_no_double_holds_is_json_and_keeps_its_text() -> None:
    text = b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":1e999}}'
    (record,) = one_by_one(text, 1 << 20)
    assert isinstance(record, Record) and record.body == text.decode()


def test_equal_resources_without_an_id_have_one_key_also_with_such_a_number() -> None:
    first, second = one_by_one(b'{"resourceType":"Basic","x":1e999}\n {"resourceType":"Basic","x":1e999}', 1 << 20)
    assert isinstance(first, Record) and isinstance(second, Record) and first.key == second.key and first.key.startswith("h:")


@given(st.binary(max_size=300), st.sampled_from([1, 5, 64]), st.sampled_from([3, 20, 400]))
@example(b"aaaa\n\nb\n", 1, 3)
def test_blocks_hold_the_lines_of_the_stream_and_nothing_else(data: bytes, size: int, limit: int) -> None:
    if data[:2] == b"\x1f\x8b":
        return
    found = list(chain.from_iterable(lines_of(block, limit) for block in blocks(Drops(data, size), limit)))
    parts = data.split(b"\n")
    if not parts[-1]:
        parts.pop()
    assert [number for number, _, _ in found] == list(range(1, len(parts) + 1))
    for (number, line, rule), part in zip(found, parts, strict=True):
        assert (rule == "line.too_long") == (len(part) > limit)
        if not rule and number > 1:
            assert line == part.removesuffix(b"\r")


def mutated(lines: list[bytes], seed: list[tuple[int, int, int]]) -> bytes:
    """Real lines with a byte put in place of another here and there."""
    damaged = list(lines)
    for which, place, byte in seed:
        line = bytearray(damaged[which % len(damaged)])
        if line:
            line[place % len(line)] = byte
        damaged[which % len(damaged)] = bytes(line)
    return b"\n".join(damaged)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["Patient", "Observation", "ImagingStudy", "Encounter"]),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 3000), st.integers(0, 255)), max_size=6), st.sampled_from([999, 1 << 18]),
)
def test_real_lines_damaged_anywhere_are_read_the_same_both_ways(kind: str, seed: list[tuple[int, int, int]], size: int) -> None:
    lines = gzip.decompress((shared("fhir/r4_ndjson_110") / f"{kind}.ndjson.gz").read_bytes()).split(b"\n")[:40]
    data = mutated(lines, seed)
    assert at_once(data, size, 1 << 20) == one_by_one(data, 1 << 20)


def test_a_gzip_stream_that_is_cut_gives_the_same_both_ways() -> None:
    data = gzip.compress(b"\n".join(LINE.replace(b"p1", json.dumps(n).encode()) for n in range(2000)))[:-40]
    found = at_once(data, 1 << 18, 1 << 20)
    assert found == one_by_one(data, 1 << 20) and isinstance(found[-1], Broken) and found[-1].rule == "gzip.truncated"
