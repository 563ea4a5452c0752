"""MLLP: messages come out of a stream of frames as it is read, whatever lies between them, and no frame is larger than allowed."""

import io

from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.readers.hl7v2.framing import PIECE, Frame, Framer, framed, frames

CONTENT = st.binary(max_size=60).map(lambda b: b.replace(b"\x0b", b"").replace(b"\x1c", b""))


def read(data: bytes, limit: int = 1000) -> list[Frame]:
    return list(frames(io.BytesIO(data), limit))


def test_every_frame_gives_its_message() -> None:
    assert read(framed(b"one") + framed(b"two\r")) == [Frame(b"one"), Frame(b"two\r")]


def test_an_empty_stream_has_no_frame_and_an_empty_frame_an_empty_message() -> None:
    assert read(b"") == [] and read(framed(b"")) == [Frame(b"")]


def test_garbage_between_frames_is_counted_and_passed_over() -> None:
    assert read(b"hello\r\n" + framed(b"one") + b"\r\nxx" + framed(b"two") + b"tail") == [Frame(b"one", garbage=5), Frame(b"two", garbage=2)]


def test_a_frame_may_end_without_its_carriage_return() -> None:
    assert read(b"\x0bone\x1c\x0btwo\x1c") == [Frame(b"one"), Frame(b"two")]


def test_a_frame_that_a_new_one_or_the_end_cuts_short_is_named_and_the_next_is_whole() -> None:
    assert read(b"\x0bone" + framed(b"two") + b"\x0bthr") == [Frame(b"", "hl7v2.truncated"), Frame(b"two"), Frame(b"", "hl7v2.truncated")]


def test_a_frame_over_the_limit_is_dropped_as_it_comes_and_the_next_is_whole() -> None:
    assert read(framed(b"x" * 1001) + framed(b"x" * 1000)) == [Frame(b"", "hl7v2.too_long"), Frame(b"x" * 1000)]


def test_an_endless_frame_is_not_held() -> None:
    framer = Framer(limit=PIECE)
    assert list(framer.feed(b"\x0b")) == []
    for _ in range(1000):
        assert list(framer.feed(b"x" * PIECE)) == []
    assert len(framer._held) <= PIECE
    assert list(framer.feed(b"\x1c\r" + framed(b"next"))) == [Frame(b"", "hl7v2.too_long"), Frame(b"next")]


@given(st.lists(st.tuples(CONTENT, CONTENT), max_size=8), st.integers(1, 30))
def test_however_the_stream_is_cut_into_pieces_the_same_frames_come_out(parts: list[tuple[bytes, bytes]], size: int) -> None:
    data = b"".join(noise + framed(content) for noise, content in parts)
    framer = Framer()
    pieced = [frame for at in range(0, len(data), size) for frame in framer.feed(data[at : at + size])] + list(framer.close())
    assert [frame.message for frame in pieced] == [content for _, content in parts]
    assert sum(frame.garbage for frame in pieced) == sum(frame.garbage for frame in frames(io.BytesIO(data)))


@given(st.binary(max_size=300), st.integers(1, 9))
def test_any_bytes_give_frames_and_no_error(data: bytes, limit: int) -> None:
    assert all(len(frame.message) <= limit for frame in read(data, limit))
