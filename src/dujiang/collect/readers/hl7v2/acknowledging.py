"""What is answered to a message: accepted, accepted with warnings, or refused and why; a function of the message and the time.

Original mode (HL7 v2.8.2, 2.9.2): AA, AE, AR. Enhanced mode (2.9.3), asked for in MSH-15: CA, CE, CR, which say that the
message is safe here. One reply is given to one message: the one by which the sender may forget it.
"""

import hashlib
import re
from datetime import datetime

from dujiang.collect.readers.hl7v2.messages import Raw, messages
from dujiang.collect.readers.hl7v2.opening import opened
from dujiang.collect.readers.hl7v2.parts import Marks, Message, Segment, marks_of
from dujiang.collect.readers.hl7v2.reader import acknowledges, read_message
from dujiang.collect.readers.hl7v2.walk import Counts
from dujiang.collect.readers.items import LIMIT, Broken, Record
from dujiang.collect.readers.lines import BOM
from dujiang.collect.rules import RULES

# Rule to (HL7 table 0357 code, its text).
_WHY = {
    "hl7v2.no_header": ("100", "Segment sequence error"), "hl7v2.no_content": ("100", "Segment sequence error"),
    "hl7v2.no_patient": ("101", "Required field missing"), "hl7v2.no_code": ("101", "Required field missing"),
    "line.encoding": ("102", "Data type error"), "hl7v2.too_long": ("207", "Application internal error"),
}
_TYPES = frozenset({
    "ADT", "BAR", "DFT", "MDM", "OMG", "OMI", "OML", "OMP", "OPU", "ORF", "ORM", "ORU", "OUL", "PPP", "PPR", "RAS", "RDE", "RDS", "REF", "SIU", "VXU",
})
_UNSUPPORTED = ("200", "Unsupported message type")
_CONTROL = re.compile(r"[\x00-\x1f]")  # what a header carries over must not end a segment or a frame of ours
_MOST_ERRORS = 20  # ERR segments in one answer


class _Verdict:
    """What reading a message came to: the code's last letter, and what was wrong, the message's own fault first."""

    def __init__(self, letter: str, broken: list[Broken]) -> None:
        self.letter, self.broken = letter, broken


def acknowledge(message: bytes, *, now: datetime) -> bytes:
    """The reply, segments ended by CR, in the sender's character set and version; empty when none is wanted.

    A is answered to what gave records (what was set aside beside them stands in ERR as a warning), E to what gave none, R to
    what is no message of a kind that is read here. `now` with its time zone.
    """
    if len(message) > LIMIT:
        return _reply(message, None, _Verdict("R", [Broken(1, "hl7v2.too_long")]), now)
    raw = next((one for one in messages(_Bytes(message)) if isinstance(one, Raw)), None)
    if raw is None:
        return _reply(message, None, _Verdict("R", [Broken(1, "hl7v2.no_header")]), now)
    found, broken = opened(raw)
    if found is None:
        return _reply(message, None, _Verdict("E" if broken[0].rule == "line.encoding" else "R", broken), now)
    if acknowledges(found):
        return b""
    return _reply(message, found, _verdict(found, broken), now)


class _Bytes:
    """A stream of bytes that are here already."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def read(self, size: int, /) -> bytes:
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _verdict(message: Message, broken: list[Broken]) -> _Verdict:
    kept = False
    for item in read_message(message, Counts()):
        kept = kept or isinstance(item, Record)
        if isinstance(item, Broken):
            broken.append(item)
    return _Verdict("A" if kept else "E" if message.type in _TYPES else "R", broken)


def _reply(raw: bytes, message: Message | None, verdict: _Verdict, now: datetime) -> bytes:
    """MSH, MSA and ERR; empty when the sender wants to hear nothing of this outcome."""
    header = message.header if message else _header(raw)
    enhanced = header.text(15) not in ("", "NE")
    wanted = header.text(15) if enhanced else header.text(16)
    if wanted in ("NE", "ER", "SU") and (wanted == "NE" or (wanted == "ER") == (verdict.letter == "A")):
        return b""
    marks, version = header.marks, header.text(12)
    code = ("C" if enhanced else "A") + verdict.letter
    event = message.event if message else ""
    kind = ["ACK", *([event] if event and version > "2.3" else []), *(["ACK"] if event and version >= "2.4" else [])]
    id = hashlib.sha256(raw + now.isoformat().encode()).hexdigest()[:20].upper()
    lines = [
        [f"MSH{marks.field}{marks.component}{marks.repetition}{marks.escape}{marks.part}", header.raw(5), header.raw(6), header.raw(3), header.raw(4),
         now.strftime("%Y%m%d%H%M%S%z"), "", marks.component.join(kind), id, header.raw(11), version or "2.5.1", *[""] * 5, header.raw(18)],
        ["MSA", code, header.raw(10)],
        *_errors(marks, version, verdict),
    ]
    text = "".join(_CONTROL.sub(" ", marks.field.join(line).rstrip(marks.field)) + "\r" for line in lines)
    return text.encode(header.charset, "replace")


def _errors(marks: Marks, version: str, verdict: _Verdict) -> list[list[str]]:
    """ERR for every rule that set something aside, in the form of the sender's version; segments are named, values never."""
    lines = []
    for one in list(dict.fromkeys((one.rule, one.kind) for one in verdict.broken))[:_MOST_ERRORS]:
        rule, segment = one
        code, text = _UNSUPPORTED if verdict.letter == "R" and rule == "hl7v2.no_content" else _WHY.get(rule, ("207", "Application internal error"))
        coded = (code, text, "HL70357")
        if version and version < "2.5":
            lines.append(["ERR", marks.component.join((segment, "", "", marks.part.join(coded)))])
        else:
            severity = "W" if verdict.letter == "A" else "E"
            lines.append(["ERR", "", segment, marks.component.join(coded), severity, "", "", "", RULES[rule].en])
    return lines


def _header(raw: bytes) -> Segment:
    """The header of what could not be opened, as far as there is one; its delimiters are ours when it has none."""
    start = raw.removeprefix(BOM).lstrip(b"\x0b\r\n \t")[:4096]
    line = start.partition(b"\r")[0].partition(b"\n")[0].decode("latin-1").replace("\0", "")
    marks = marks_of(line) if line.startswith("MSH") else None
    return Segment(line if marks else "MSH|^~\\&|", 1, marks or Marks(), "latin-1")
