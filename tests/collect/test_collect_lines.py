"""Lines: bounded, numbered, gzipped or plain, and damage costs no whole line before it."""

import gzip
import io
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.readers.inflate import CHUNK, Cut, inflated
from dujiang.collect.readers.lines import lines

MIB = 1 << 20


class Endless:
    """A stream that is made as it is read: `head`, then `filler` again and again up to `size` bytes, then `tail`."""

    def __init__(self, head: bytes, filler: bytes, size: int, tail: bytes) -> None:
        self.parts = self._make(head, filler, size, tail)

    @staticmethod
    def _make(head, filler, size, tail):  # type: ignore[no-untyped-def]
        yield head
        for _ in range(size // len(filler)):
            yield filler
        yield tail

    def read(self, size: int) -> bytes:
        return next(self.parts, b"")


def of(data: bytes, **options: int) -> list[tuple[int, bytes, str]]:
    return list(lines(io.BytesIO(data), **options))


@given(
    st.lists(st.binary(max_size=40).filter(lambda b: not set(b"\n\r\0\xef\x1f") & set(b)), max_size=20),
    st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.booleans(),
)
def test_every_line_comes_with_its_number_whatever_its_end_and_whether_zipped(texts, end, ended, zipped) -> None:  # type: ignore[no-untyped-def]
    data = end.join(texts) + (end if ended else b"")
    expected = [(n, text, "") for n, text in enumerate(texts, 1)]
    if texts and not ended and not texts[-1]:
        expected.pop()
    assert of(gzip.compress(data) if zipped else data) == (expected if texts else [(1, b"", "")] * ended)


def test_a_line_longer_than_the_limit_is_passed_over_and_its_neighbours_are_kept() -> None:
    data = b"one\n" + b"x" * 50 + b"\nthree\n" + b"y" * 11
    assert of(data, limit=10) == [(1, b"one", ""), (2, b"", "line.too_long"), (3, b"three", ""), (4, b"", "line.too_long")]


def test_a_line_just_as_long_as_the_limit_is_kept() -> None:
    assert of(b"0123456789\nx", limit=10) == [(1, b"0123456789", ""), (2, b"x", "")]


def test_a_line_of_200_mib_is_passed_over_without_being_held() -> None:
    stream = Endless(b"first\n", b"x" * CHUNK, 200 * MIB, b"\nlast")
    tracemalloc.start()
    found = list(lines(stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(1, b"first", ""), (2, b"", "line.too_long"), (3, b"last", "")]
    assert peak < 72 * MIB


def test_a_zip_bomb_is_inflated_in_small_pieces() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(packer.compress(bytes(MIB)) for _ in range(200)) + packer.flush()
    tracemalloc.start()
    sizes = [len(piece) for piece in inflated(io.BytesIO(data))]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(sizes) == 200 * MIB and max(sizes) <= CHUNK
    assert peak < 8 * MIB


@pytest.mark.parametrize(("cut", "at_least"), [(3, 0), (40, 0), (400, 60), (-9, 190), (-8, 200), (-1, 200)])
def test_a_truncated_gzip_keeps_every_whole_line_before_its_end(cut: int, at_least: int) -> None:
    texts = [b"line %d %d" % (n, n * 7919) for n in range(200)]
    *kept, last = of(gzip.compress(b"\n".join(texts) + b"\n")[:cut])
    assert last == (len(kept) + 1, b"", "gzip.truncated")
    assert [text for _, text, _ in kept] == texts[: len(kept)]
    assert len(kept) >= at_least


def test_a_damaged_gzip_keeps_every_whole_line_before_the_damage() -> None:
    good = gzip.compress(b"a\nb\nc\n")
    assert of(good[:-5] + bytes([good[-5] ^ 1]) + good[-4:]) == [(1, b"a", ""), (2, b"b", ""), (3, b"c", ""), (4, b"", "gzip.corrupt")]


def test_damage_in_the_middle_is_reported_once_and_ends_the_file() -> None:
    texts = [b"%064x" % (n * 2654435761**7 % 2**256) for n in range(5000)]
    whole = bytearray(gzip.compress(b"\n".join(texts)))
    middle = len(whole) // 2
    whole[middle : middle + 40] = b"\xff" * 40
    *kept, last = of(bytes(whole))
    assert last[2] in ("gzip.corrupt", "gzip.truncated")
    exact = sum(text == texts[n - 1] for n, text, _ in kept)
    assert exact > 2000 and all(rule == "" for _, _, rule in kept)


def test_several_gzip_members_and_zero_padding_are_one_file() -> None:
    assert of(gzip.compress(b"a\nb") + gzip.compress(b"c\nd\n") + bytes(600)) == [(1, b"a", ""), (2, b"bc", ""), (3, b"d", "")]


def test_what_follows_a_gzip_member_and_is_none_is_damage() -> None:
    assert of(gzip.compress(b"a\n") + b"rubbish")[-1] == (2, b"", "gzip.corrupt")


def test_the_cut_says_by_which_rule() -> None:
    with pytest.raises(Cut, match="gzip.truncated"):
        list(inflated(io.BytesIO(gzip.compress(b"abc")[:12])))


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert of(b"\xef\xbb\xbfa\n\xef\xbb\xbfb") == [(1, b"a", ""), (2, b"\xef\xbb\xbfb", "")]


def test_a_line_with_a_nul_byte_is_set_aside_and_its_neighbours_are_kept() -> None:
    assert of(b"a\nb\0c\nd") == [(1, b"a", ""), (2, b"", "line.nul"), (3, b"d", "")]


def test_an_empty_stream_has_no_lines() -> None:
    assert of(b"") == [] and of(gzip.compress(b"")) == []
