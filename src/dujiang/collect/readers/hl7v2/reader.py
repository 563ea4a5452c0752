"""Reads a stream of HL7 v2: every segment that says something becomes a record, whatever the message is called.

A message stands for itself: it is read without looking at others, and the later record of the same key is the one that counts.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from dujiang.collect.readers.hl7v2.clinical import read_allergy, read_diagnosis, read_problem, read_procedure
from dujiang.collect.readers.hl7v2.medicines import read_administration, read_dispense, read_prescription
from dujiang.collect.readers.hl7v2.messages import Batch, messages
from dujiang.collect.readers.hl7v2.opening import opened
from dujiang.collect.readers.hl7v2.orders import Order, close_order, open_order
from dujiang.collect.readers.hl7v2.papers import (
    Paper,
    Schedule,
    is_booked,
    is_content,
    read_appointment,
    read_charge,
    read_document,
)
from dujiang.collect.readers.hl7v2.parts import Message, Segment
from dujiang.collect.readers.hl7v2.patients import read_merge, read_patient
from dujiang.collect.readers.hl7v2.results import read_result
from dujiang.collect.readers.hl7v2.visits import read_merged_visit, read_visit
from dujiang.collect.readers.hl7v2.walk import Counts, Walk
from dujiang.collect.readers.items import LIMIT, Broken, Item, Readable, Record, Remark
from dujiang.collect.readers.writing import bounded

Found = Iterator[Record | Broken]
_BEGINS = re.compile(rb"[\s\x0b]*(?:\xef\xbb\xbf)?[\s\x0b]*(?:MSH|FHS|BHS)[^A-Za-z0-9\s]")
# Segments that say more of the one before them.
_FOLLOW = {
    "PV1": frozenset({"PV2"}), "OBX": frozenset({"NTE"}), "OBR": frozenset({"NTE"}),
    **dict.fromkeys(("RXO", "RXE", "RXD", "RXA"), frozenset({"NTE", "RXR", "RXC", "TQ1", "TQ2"})),
}
# Segments that say something by themselves of whoever the message is about.
_ALONE: dict[str, Callable[[Walk, Segment], Found]] = {
    "DG1": read_diagnosis, "PRB": read_problem, "AL1": read_allergy, "IAM": read_allergy, "PR1": read_procedure, "FT1": read_charge,
}
_UNDER_A_PATIENT = frozenset({*_ALONE, "PV1", "OBX", "OBR", "RXO", "RXE", "RXD", "RXA", "TXA"})
# What these say is taken up elsewhere, or is about the message and nobody's record.
_TAKEN = frozenset({"MSH", "EVN", "SFT", "UAC", "MSA", "ERR", "NTE", "TQ1", "TQ2", "RGS", "SCH", "PID", "MRG", "ORC"})


def begins_message(start: bytes) -> bool:
    """Whether a file that begins so holds messages: a header or a batch's comes first, in a frame or bare."""
    return _BEGINS.match(start) is not None


def read_messages(stream: Readable, *, limit: int = LIMIT) -> Iterator[Item]:
    """Every record and broken place of every message, in order; then remarks on the whole. Holds at most twice `limit` bytes."""
    counts = Counts()
    for piece in messages(stream, limit):
        if isinstance(piece, Batch):
            yield Remark("hl7v2.batch_count", rows=piece.came)
        elif isinstance(piece, Broken):
            yield piece
        else:
            message, broken = opened(piece)
            yield from broken
            if message is not None:
                yield from map(bounded, read_message(message, counts))
    yield from _remarks(counts)


def _remarks(counts: Counts) -> Iterator[Remark]:
    counted = {"acknowledgement": counts.acknowledgements, "not_production": counts.not_production, "bad_date": counts.bad_dates}
    yield from (Remark(f"hl7v2.{rule}", rows=rows) for rule, rows in counted.items() if rows)
    for name, rows in sorted(counts.unread.items()):
        yield Remark("hl7v2.unread_segment", name, rows)


def read_message(message: Message, counts: Counts) -> Found:
    """One message; one that gives nothing is a broken place itself, but for acknowledgements, which have nothing to give."""
    given = False
    for item in _Reading(message, counts).items():
        given = True
        yield item
    if not given and acknowledges(message):
        counts.acknowledgements += 1
    elif not given:
        yield Broken(message.header.line, "hl7v2.no_content", message.type)
    counts.not_production += message.header.text(11) in ("T", "D")


def acknowledges(message: Message) -> bool:
    """Whether the message answers another one."""
    return message.type == "ACK" or any(segment.name == "MSA" for segment in message.segments)


class _Reading:
    """One message's segments in order; what later segments complete is open until they have come."""

    def __init__(self, message: Message, counts: Counts) -> None:
        self._walk, self._counts = Walk(message, counts), counts
        self._segments = message.segments
        self._event = next((one for one in message.segments if one.name == "EVN"), None)
        self._patient: Segment | None = None
        self._order: Order | None = None
        self._paper: Paper | None = None
        self._schedule: Schedule | None = None
        self._lost = False  # segments that are somebody's have come before anybody

    def items(self) -> Found:
        for segment, more in _grouped(self._segments):
            if segment.name in _UNDER_A_PATIENT and not self._walk.patient:
                yield from self._nobody(segment)
            else:
                yield from self._take(segment, more)
        yield from self._close()
        if self._schedule is not None:
            yield from read_appointment(self._walk, self._schedule)

    def _take(self, segment: Segment, more: Sequence[Segment]) -> Found:
        name, walk = segment.name, self._walk
        if name == "PID":
            yield from self._enter(segment)
        elif name == "MRG":
            yield from read_merge(walk, segment, self._patient)
            yield from read_merged_visit(walk, segment)
        elif name == "PV1":
            yield from read_visit(walk, segment, next(iter(more), None), event=self._event, patient=self._patient)
        elif name in _ALONE:
            yield from _ALONE[name](walk, segment)
        elif name == "SCH":
            self._schedule = Schedule(segment)
        elif is_booked(segment) and self._schedule is not None:
            self._schedule.booked.append(segment)
        elif name == "TXA":
            yield from self._close_paper()
            self._paper = Paper(segment, walk.patient, walk.visit, carries=walk.message.type == "MDM")
        else:
            yield from self._ordered(segment, list(more))

    def _enter(self, segment: Segment) -> Found:
        yield from self._close()
        self._patient = segment
        yield from read_patient(self._walk, segment)
        if self._schedule is not None:
            self._schedule.patients.append(self._walk.patient)

    def _ordered(self, segment: Segment, more: list[Segment]) -> Found:
        """What stands under an order, or opens one."""
        name, walk, order = segment.name, self._walk, self._order
        if name == "ORC":
            behind = walk.message.type == "OUL" and order and order.control is None and not order.results  # there it follows its request
            joined = order if behind else None
            yield from self._open(segment, joined.request if joined else None, joined=joined)
        elif name == "OBR":
            joined = order if order and order.request is None and not order.medicine else None
            yield from self._open(joined.control if joined else None, segment, joined=joined, notes=[one.whole(3) for one in more])
        elif name == "OBX" and self._paper is not None and self._paper.carries and is_content(segment):
            self._paper.content.append(segment)
        elif name == "OBX":
            yield from read_result(walk, segment, more, order)
        elif name in ("RXO", "RXE"):
            self._medicine().prescription = (segment, more)
        elif name == "RXD":
            yield from read_dispense(walk, segment, more, self._medicine())
        elif name == "RXA":
            yield from read_administration(walk, segment, more, self._medicine())
        elif name not in _TAKEN:
            self._counts.unread[name] += 1

    def _medicine(self) -> Order:
        """The open order, which is one for a medicine."""
        if self._order is None:
            self._order = Order()
        self._order.medicine = True
        return self._order

    def _open(self, control: Segment | None, request: Segment | None, *, joined: Order | None, notes: Sequence[str] = ()) -> Found:
        """A new order; the one before is complete, unless it is joined: a control segment and its request are one order."""
        if joined is None:
            yield from self._close_order()
        self._order = open_order(self._walk, control, request)
        self._order.notes += [*(joined.notes if joined else ()), *notes]

    def _close_order(self) -> Found:
        order, self._order = self._order, None
        if order is not None:
            yield from read_prescription(self._walk, order)
            yield from close_order(self._walk, order)

    def _close_paper(self) -> Found:
        paper, self._paper = self._paper, None
        if paper is not None:
            yield from read_document(self._walk, paper)

    def _close(self) -> Found:
        """Everything of this patient is here."""
        yield from self._close_order()
        yield from self._close_paper()

    def _nobody(self, segment: Segment) -> Found:
        """Whose a record is cannot be guessed: the first place is named, and nothing is made of it."""
        if not self._lost:
            self._lost = True
            yield Broken(segment.line, "hl7v2.no_patient", segment.name)


def _grouped(segments: Sequence[Segment]) -> Iterator[tuple[Segment, list[Segment]]]:
    """Each segment with those behind it that say more of it."""
    place = 0
    while place < len(segments):
        head, after = segments[place], place + 1
        follow = _FOLLOW.get(head.name, frozenset())
        while after < len(segments) and segments[after].name in follow:
            after += 1
        yield head, list(segments[place + 1 : after])
        place = after
