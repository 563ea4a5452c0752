"""Opens a message: finds its delimiters and character set, and sets aside what cannot be read, the rest being kept."""

import re

from dujiang.collect.readers.hl7v2.charsets import charset, decoded, named
from dujiang.collect.readers.hl7v2.messages import Raw, name_of
from dujiang.collect.readers.hl7v2.parts import Message, Segment, marks_of
from dujiang.collect.readers.items import Broken

_MOST_SEGMENTS, _MOST_REPETITIONS = 100_000, 10_000  # of a message, of a segment: ten times what the largest real ones have
_TYPE = re.compile(r"[A-Z][A-Z0-9]{2}")
_EVENT = re.compile(r"[A-Z][A-Z0-9]{2}")


def opened(raw: Raw) -> tuple[Message | None, list[Broken]]:
    """The message and the segments set aside; None when the message as a whole is."""
    if raw.rule:
        return None, [Broken(raw.line, raw.rule)]
    head = raw.segments[0][1].decode("latin-1")
    marks = marks_of(head) if head.startswith("MSH") else None
    if marks is None:
        return None, [Broken(raw.line, "hl7v2.no_header")]
    if len(raw.segments) > _MOST_SEGMENTS:
        return None, [Broken(raw.line, "hl7v2.too_many")]
    written = charset([one for _, one in raw.segments], named(Segment(head, raw.line, marks).text(18)))
    segments, broken = [], []
    for line, one in raw.segments:
        text = decoded(one, written)
        if text is None:
            broken.append(Broken(line, "line.encoding", name_of(one)))
        elif text.count(marks.repetition) > _MOST_REPETITIONS:
            broken.append(Broken(line, "hl7v2.too_many", name_of(one)))
        else:
            segments.append(Segment(text, line, marks, written))
    if not segments or segments[0].line != raw.line:
        return None, broken[:1]
    header = segments[0]
    type, event = header.text(9), header.text(9, 2)
    if not _TYPE.fullmatch(type):
        return None, [Broken(raw.line, "hl7v2.no_header")]
    if not event:  # before version 2.2 the event stood in EVN alone
        event = next((one.text(1) for one in segments if one.name == "EVN"), "")
    return Message(type, event if _EVENT.fullmatch(event) else "", segments), broken
