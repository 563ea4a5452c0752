"""Messages out of a stream of bytes: framed or bare, batched or not, with CR, LF or both; one that is damaged costs itself only.

A message begins at its header (MSH) and ends where the next begins, its frame or its batch ends, or the stream does.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.hl7v2.rows import Row, rows
from dujiang.collect.readers.items import LIMIT, Broken, Readable

SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{2}(?=[^A-Za-z0-9]|$)")
# A header, also one whose name is damaged: it must never be taken for a part of the message before, of another patient.
_HEADER = re.compile(rb"MSH(?=[^A-Za-z0-9]|$)|[^|]{0,6}\|\^~")
_ENVELOPE = re.compile(rb"(?:FHS|BHS|BTS|FTS)(?=[^A-Za-z0-9]|$)")
# The last field of these may be a text with line breaks of its own, so that its lines may stand without a separator.
_TEXT_FIELD = {b"NTE": 3, b"OBX": 5}
_LONGEST_NAME = 4  # of a segment, damaged: a loose line with so short a first field is no text that goes on


class Raw(NamedTuple):
    """A message as bytes: the line of its header, and (line, bytes) of every segment. `rule` sets it aside as a whole."""

    line: int
    segments: list[tuple[int, bytes]]
    rule: str = ""


class Batch(NamedTuple):
    """A batch whose trailer says another number of messages than came."""

    line: int
    said: int
    came: int


Piece = Raw | Batch | Broken


class _Gathering:
    """Gathers rows into messages."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._message: Raw | None = None
        self._size = self._in_batch = 0
        self._framed = self._outside = False
        self._loose: list[tuple[int, bytes]] = []  # rows that are no segments, until it is clear whether they go on one

    def take(self, row: Row) -> Iterator[Piece]:
        raw = row.raw.lstrip(b" \t")
        if row.cut:
            yield from self._flush()
            yield Broken(row.number, row.rule)
        elif _ENVELOPE.match(raw):
            yield from self._envelope(row.number, raw)
        elif _HEADER.match(raw):
            yield from self._begin(row, raw)
        elif row.rule:
            yield Broken(row.number, row.rule)
        elif raw or self._loose:
            yield from self._gather(row, raw)
        yield from self._mark(row)

    def end(self) -> Iterator[Piece]:
        """What the end of the stream ends, or cuts short within a frame."""
        yield from self._flush(cut=self._framed)

    def _begin(self, row: Row, raw: bytes) -> Iterator[Piece]:
        yield from self._flush()
        self._message = Raw(row.number, [(row.number, raw)], row.rule)
        self._size, self._outside = len(raw), False
        self._in_batch += 1

    def _envelope(self, number: int, raw: bytes) -> Iterator[Piece]:
        yield from self._flush()
        self._outside = False
        if raw.startswith(b"BTS"):
            said = raw[4:].partition(raw[3:4] or b"|")[0].strip()
            if said.isdigit() and len(said) < 10 and int(said) != self._in_batch:
                yield Batch(number, int(said), self._in_batch)
        if raw[:3] in (b"BTS", b"BHS"):
            self._in_batch = 0

    def _gather(self, row: Row, raw: bytes) -> Iterator[Piece]:
        message = self._message
        if message is None:
            if raw and not self._outside:
                self._outside = True
                yield Broken(row.number, "hl7v2.outside")
            return
        self._size += len(row.raw)
        if self._size > self._limit:
            self._message = Raw(message.line, [], message.rule or "hl7v2.too_long")
            self._loose.clear()
        elif not SEGMENT.match(raw):
            self._loose.append((row.number, row.raw))
        else:
            yield from self._settle()
            message.segments.append((row.number, raw))

    def _settle(self) -> Iterator[Broken]:
        """Loose rows go on the segment before when a line break in a text cut it; else they are set aside."""
        while self._loose and not self._loose[-1][1].strip():
            self._loose.pop()
        segments = self._message.segments if self._message else []
        if segments and self._loose:
            if _goes_on(segments, [raw for _, raw in self._loose]):
                number, before = segments[-1]
                segments[-1] = (number, b"\n".join((before, *(raw for _, raw in self._loose))))
            else:
                yield from (Broken(number, "hl7v2.no_segment") for number, raw in self._loose if raw.strip())
        self._loose.clear()

    def _mark(self, row: Row) -> Iterator[Piece]:
        """A frame's end ends a message; a frame's start within a frame cuts one short."""
        if row.stops:
            yield from self._flush()
            self._framed = False
        elif row.starts:
            yield from self._flush(cut=self._framed)
            self._framed = True

    def _flush(self, *, cut: bool = False) -> Iterator[Piece]:
        """The message so far; of one that was cut short, without its last segment."""
        yield from self._settle()
        message, self._message = self._message, None
        if message is None:
            return
        if cut and message.segments:
            number, last = message.segments.pop()
            yield Broken(number, "hl7v2.truncated", name_of(last))
        if message.segments or message.rule:
            yield message


def name_of(segment: bytes) -> str:
    """The segment's name; empty when it has none."""
    return segment[:3].decode() if SEGMENT.match(segment) else ""


def _goes_on(segments: list[tuple[int, bytes]], loose: list[bytes]) -> bool:
    """Whether loose rows belong to the last segment: its other fields follow in them, or its last field is a text."""
    separator = segments[0][1][3:4] or b"|"
    if any(separator in raw and len(raw.partition(separator)[0].strip()) <= _LONGEST_NAME for raw in loose):
        return False
    last = segments[-1][1]
    return separator in loose[-1] or last.count(separator) == _TEXT_FIELD.get(last[:3], -1)


def messages(stream: Readable, limit: int = LIMIT) -> Iterator[Piece]:
    """Every message, every batch that says another number than came, every place that is neither.

    Holds at most twice `limit` bytes and one piece of input.
    """
    gathering = _Gathering(limit)
    for row in rows(stream, limit):
        yield from gathering.take(row)
    yield from gathering.end()
