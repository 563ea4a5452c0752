"""A message taken apart as far as its own delimiters go: segments, fields, repetitions, components; escapes are undone last.

Numbers count as HL7 does: MSH-1 is the field separator itself, component 1 is the first.
"""

import re
from typing import NamedTuple

NULL = '""'  # "delete what you have": here, where every message is kept whole, the same as nothing
_BREAKS = re.compile(r"\.(?:br|sp|ce|sk|ti|in|fi|nf)[+-]?\d*")


class Marks(NamedTuple):
    """The delimiters a message declares in MSH-1 and MSH-2, by default `|^~\\&`."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    part: str = "&"


def marks_of(header: str) -> Marks | None:
    """The delimiters; None when the header cannot be one: a letter or digit among them, or one mark for two things."""
    field = header[3:4]
    given = header[4:].partition(field)[0] if field else ""
    marks = Marks(field, *(given[:4] + "^~\\&"[len(given[:4]) :]))
    bad = any(mark.isalnum() or mark.isspace() for mark in marks) or len(set(marks)) < len(marks)
    return None if not field or not given or bad else marks


class Segment:
    """One segment. Every access gives text, empty where the message has nothing or the null `""`."""

    __slots__ = ("_fields", "_firsts", "charset", "line", "marks", "name")

    def __init__(self, text: str, line: int, marks: Marks, charset: str = "utf-8") -> None:
        self._fields = text.split(marks.field)
        self._firsts: dict[int, list[str]] = {}
        self.name, self.line, self.marks, self.charset = self._fields[0].strip(), line, marks, charset
        if self.name == "MSH":
            self._fields.insert(1, marks.field)

    def text_as_sent(self) -> str:
        """The segment's text."""
        return self.marks.field.join(self._fields)

    def raw(self, field: int) -> str:
        """The field as it stands in the message."""
        value = self._fields[field].strip(" ") if field < len(self._fields) else ""
        return "" if value == NULL else value

    def all(self, field: int) -> list[list[str]]:
        """Every repetition that holds anything, as its raw components."""
        value = self.raw(field)
        if not value:
            return []
        mark = self.marks.component
        nothing = mark + self.marks.part + " "
        return [one.split(mark) for one in value.split(self.marks.repetition) if one.strip(nothing) not in ("", NULL)]

    def first(self, field: int) -> list[str]:
        """The first repetition's raw components; empty when there is none."""
        known = self._firsts.get(field)
        if known is None:
            value = self.raw(field)
            known = [value] if value.isalnum() else (self.all(field) or [[]])[0]  # most fields are one plain word
            self._firsts[field] = known
        return known

    def text(self, field: int, component: int = 1) -> str:
        """A component of the first repetition."""
        return self.of(self.first(field), component)

    def of(self, components: list[str], component: int) -> str:
        """A component of a repetition as text; what a sender meant as one text is one, an ampersand in it too."""
        if component > len(components):
            return ""
        value = components[component - 1].strip(" ")
        return "" if value == NULL else self.plain(value) if self.marks.escape in value else value

    def part(self, components: list[str], component: int, part: int) -> str:
        """A subcomponent as text."""
        value = components[component - 1] if component <= len(components) else ""
        parts = value.split(self.marks.part)
        return self.plain(parts[part - 1].strip(" ")) if part <= len(parts) and value != NULL else ""

    def whole(self, field: int) -> str:
        """The field as one text, delimiters in it and all; its repetitions are lines (HL7 v2.8.2, 2A.3.75 TX)."""
        return "\n".join(self.plain(one) for one in self.raw(field).split(self.marks.repetition))

    def plain(self, text: str) -> str:
        """The text with its escapes undone (HL7 v2.8.2, 2.7); one that is not known stays as written."""
        mark = self.marks.escape
        if mark not in text:
            return text
        pieces = text.split(mark)
        out, place = [pieces[0]], 1
        while place < len(pieces):
            undone = self._undone(pieces[place]) if place + 1 < len(pieces) else None
            if undone is None:
                out.append(mark + pieces[place])
                place += 1
            else:
                out += [undone, pieces[place + 1]]
                place += 2
        return "".join(out)

    def _undone(self, code: str) -> str | None:
        """What an escape stands for; None when it is none."""
        marks = self.marks
        single = {"F": marks.field, "S": marks.component, "T": marks.part, "R": marks.repetition, "E": marks.escape, "P": "#", "H": "", "N": ""}
        if code in single:
            return single[code]
        if _BREAKS.fullmatch(code):
            return "\n" if code[1:3] in ("br", "sp", "ce") else " " if code.startswith(".sk") else ""
        if code[:1] == "X" and re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", code[1:]):
            return bytes.fromhex(code[1:]).decode(self.charset, "replace").replace("\0", "")
        return None


class Message(NamedTuple):
    """A message: its segments, the header first; `type` and `event` as in MSH-9."""

    type: str
    event: str
    segments: list[Segment]

    @property
    def header(self) -> Segment:
        return self.segments[0]
