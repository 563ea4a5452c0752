"""MLLP frames: messages out of a stream of bytes as it comes in, whatever lies between frames, with bounded memory.

A frame is VT, the message, FS CR (HL7 v2.x, appendix C; RFC-less, as every interface engine speaks it).
"""

from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.items import LIMIT, Readable

START, END = b"\x0b", b"\x1c"
PIECE = 1 << 16


class Frame(NamedTuple):
    """One frame's message, or the rule by which there is none; `garbage` counts the bytes passed over before it."""

    message: bytes
    rule: str = ""
    garbage: int = 0


def framed(message: bytes) -> bytes:
    """The message as it goes over the wire."""
    return START + message + END + b"\r"


class Framer:
    """Takes pieces of a stream and gives each frame as soon as it is whole; holds at most `limit` bytes and one piece."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._held = bytearray()
        self._inside = self._dropped = False
        self._garbage = 0

    def feed(self, piece: bytes) -> Iterator[Frame]:
        """The frames that end in this piece; one that a new start cuts short has the rule `hl7v2.truncated`."""
        at = 0
        while at < len(piece):
            if not self._inside:
                at = self._skip(piece, at)
                continue
            mark = min((place for place in (piece.find(START, at), piece.find(END, at)) if place >= 0), default=len(piece))
            self._hold(piece[at:mark])
            at = mark + 1
            if mark < len(piece):
                yield self._close("" if piece[mark : mark + 1] == END else "hl7v2.truncated")
                self._inside = piece[mark : mark + 1] == START

    def close(self) -> Iterator[Frame]:
        """What the end of the stream cuts short."""
        if self._inside:
            yield self._close("hl7v2.truncated")
            self._inside = False

    def _skip(self, piece: bytes, at: int) -> int:
        """Pass over what lies between frames; line ends are no garbage, for a CR follows each frame's end."""
        start = piece.find(START, at)
        between = piece[at:] if start < 0 else piece[at:start]
        self._garbage += len(between) - between.count(b"\r") - between.count(b"\n")
        self._inside = start >= 0
        return len(piece) if start < 0 else start + 1

    def _hold(self, part: bytes) -> None:
        if len(self._held) + len(part) > self._limit:
            self._dropped = True
            self._held.clear()
        if not self._dropped:
            self._held += part

    def _close(self, rule: str) -> Frame:
        frame = Frame(b"" if rule or self._dropped else bytes(self._held), "hl7v2.too_long" if self._dropped else rule, self._garbage)
        self._held.clear()
        self._dropped, self._garbage = False, 0
        return frame


def frames(stream: Readable, limit: int = LIMIT) -> Iterator[Frame]:
    """Every frame of a stream to its end."""
    framer = Framer(limit)
    while piece := stream.read(PIECE):
        yield from framer.feed(piece)
    yield from framer.close()
