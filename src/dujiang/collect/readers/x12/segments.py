"""X12 interchanges as segments: the ISA header says what separates elements and segments; a stream is split in bounded memory.

Source: ASC X12.5 interchange control structure (ISA has a fixed length of 106 characters) as published in implementation guides.
"""

from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.inflate import inflated
from dujiang.collect.readers.items import Readable

HEADER = 106
_LONGEST = 1 << 20  # characters of a segment
_ELEMENT, _PART, _END = 3, 104, 105


class Segment(NamedTuple):
    """A segment by its name; `number` counts them from 1, and stands for a line."""

    name: str
    elements: tuple[str, ...]
    number: int
    part: str  # what separates parts of an element

    def get(self, place: int) -> str:
        """Element `place`, counted from 1; empty when there is none."""
        return self.elements[place - 1].strip() if place <= len(self.elements) else ""

    def parts(self, place: int) -> list[str]:
        return self.get(place).split(self.part)


def is_interchange(start: bytes) -> bool:
    """Whether a file that begins so is an X12 interchange."""
    marks = start[:HEADER]
    return marks[:3] == b"ISA" and len(marks) == HEADER and not marks[3:4].isalnum() and marks.count(marks[3:4]) >= 16


def segments(stream: Readable) -> Iterator[Segment]:
    """Every segment in order; one without its end is named `cut`, one too long `long`. Cut where a gzip stream ends too early."""
    text, number, marks = "", 0, ("", "", "")
    for piece in inflated(stream):
        text += piece.decode("latin-1")
        while True:
            found, rest, new = _next(text, marks)
            if found is None:
                break
            text, marks, number = rest, new, number + 1
            yield _segment(found, marks, number)
        if len(text) > _LONGEST:
            yield Segment("long", (), number + 1, "")
            return
    if text.strip():
        yield Segment("cut", (), number + 1, "")


def _next(text: str, marks: tuple[str, str, str]) -> tuple[str | None, str, tuple[str, str, str]]:
    """The next segment, what follows it, and the separators from here on; None while it has not ended."""
    start = text.lstrip()
    if start.startswith("ISA") and (not marks[0] or start[3:4] == marks[0] or not start[3:4].isalnum()):
        if len(start) < HEADER:
            return None, text, marks
        marks = (start[_ELEMENT], start[_PART], start[_END])
        return start[:_END], start[HEADER:], marks
    end = start.find(marks[2]) if marks[2] else -1
    return (None, text, marks) if end < 0 else (start[:end], start[end + 1 :], marks)


def _segment(text: str, marks: tuple[str, str, str], number: int) -> Segment:
    name, *elements = text.strip().split(marks[0])
    return Segment(name.strip(), tuple(elements), number, marks[1])
