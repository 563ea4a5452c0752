"""Rows of a stream of segments: CR, LF and both end a row, and so do the marks of a frame; nothing grows with the file."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.hl7v2.framing import END, START
from dujiang.collect.readers.inflate import Cut, inflated
from dujiang.collect.readers.items import LIMIT, Readable
from dujiang.collect.readers.lines import BOM

_ENDS = re.compile(rb"(\r\n|[\r\n\x0b\x1c])")
_HINT = 16  # of a row that is too long, so many bytes are kept: enough to see whether it begins a message


class Row(NamedTuple):
    """A row: its number from 1 (frame marks begin no new line), its bytes, and the rule by which it cannot be used."""

    number: int
    raw: bytes
    rule: str = ""
    starts: bool = False  # the mark behind it starts a frame
    stops: bool = False  # the mark behind it stops one
    cut: bool = False  # the stream is damaged here


class _Tail:
    """The row that is not whole yet."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        self._parts.append(part)
        if self._size > self._limit:
            self._parts = [b"".join(self._parts)[:_HINT]]

    def whole(self, number: int, last: bytes, end: bytes) -> Row:
        """The row with its last part; the next one begins."""
        self.add(last)
        raw, too_long = b"".join(self._parts), self._size > self._limit
        self._parts, self._size = [], 0
        raw = raw.removeprefix(BOM)
        rule = "line.too_long" if too_long else "line.nul" if b"\0" in raw else ""
        return Row(number, raw, rule, end == START, end == END)

    def __bool__(self) -> bool:
        return self._size > 0


def rows(stream: Readable, limit: int = LIMIT) -> Iterator[Row]:
    """Every row, empty ones too. A cut stream keeps its whole rows. Holds at most `limit` bytes and one piece of input."""
    number, tail, carry = 1, _Tail(limit), b""
    try:
        for piece in inflated(stream):
            piece = carry + piece
            carry = b"\r" if piece.endswith(b"\r") else b""  # its line feed may come with the next piece
            *parts, rest = _ENDS.split(piece.removesuffix(carry))
            for part, end in zip(parts[::2], parts[1::2], strict=True):
                yield tail.whole(number, part, end)
                number += end not in (START, END)
            if rest:
                tail.add(rest)
    except Cut as cut:
        yield Row(number, b"", cut.rule, cut=True)
        return
    if tail:
        yield tail.whole(number, b"", carry)
