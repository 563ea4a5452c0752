"""The spool takes messages that come one by one: each is sealed and durable before it is acknowledged, and many together become one delivery.

Segments lie in the zone under `spool/waiting/`, a batch of messages each, so that one sync serves all who wait for it. A cut puts
them in order into one gathered delivery and only then forgets them: killed at any moment, a message is in one of the two.
"""

import hashlib
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from dujiang.collect import gathered
from dujiang.collect.gathered import Gathered, Gathering
from dujiang.collect.readers.hl7v2.framing import framed
from dujiang.collect.sources import Source, check_open
from dujiang.errors import Unavailable
from dujiang.words import Word
from dujiang.world import Blobs, World

WAITING, SEEN, CUT = "spool/waiting", "spool/seen", "spool"
MOST_SEEN = 1_000_000  # fingerprints of messages remembered, 16 bytes each: the newest
_LENGTH = struct.Struct(">I")
_MARK = 16


class Bounds(Word, frozen=True):
    """When a spool is cut into a delivery, and how much may wait for that: beyond it nothing more is taken."""

    messages: int = 500
    seconds: int = 60
    most_bytes: int = 1 << 30
    most_messages: int = 100_000


class Message(NamedTuple):
    """A message as it came. `repeats`: its sender says that it may have sent it before."""

    body: bytes
    repeats: bool = True


class Spool:
    """One source's spool, of one process; safe to use from several threads."""

    def __init__(self, world: World, source: Source, *, ending: str, bounds: Bounds | None = None) -> None:
        check_open(source)
        self._blobs, self._clock, self._source = world.blobs, world.clock, source
        self._ending, self.bounds = ending, bounds or Bounds()
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._segments: list[int] = []
        self._messages = self._size = 0
        self._first: datetime | None = None  # when the oldest waiting message came, as far as this process knows
        self.repeated = 0  # messages that were here before
        self._recover()

    def _recover(self) -> None:
        """Take up what a process before left: finish its cut, forget what it only began, remember what it took."""
        for name in gathered.waiting(self._blobs, self._source.zone):
            if name.startswith(f"{CUT}-"):
                self._forget(int(name.rpartition("-")[2]))
        for number in self._numbers(WAITING):
            bodies = list(_messages(_read(self._blobs, self._source.zone, WAITING, number)))
            self._note(number, bodies)
        if self._segments:
            self._first = self._clock.now()
        old = self._numbers(SEEN)
        self._next = 1 + max([0, *old, *self._segments])
        self._recall(old)

    def _numbers(self, under: str) -> list[int]:
        return [int(name.rpartition("/")[2]) for name in self._blobs.names(self._source.zone, under)]

    def _recall(self, old: list[int]) -> None:
        """Fingerprints of what landed, newest first, as many as are remembered; the file with the highest number also keeps the count of segments."""
        for number in reversed(old):
            if len(self._seen) >= MOST_SEEN:
                self._blobs.delete(self._source.zone, _name(SEEN, number))
                continue
            marks = _read(self._blobs, self._source.zone, SEEN, number)
            for at in reversed(range(0, len(marks), _MARK)):
                self._seen.setdefault(marks[at : at + _MARK])
                self._seen.move_to_end(marks[at : at + _MARK], last=False)

    def _note(self, number: int, bodies: Sequence[bytes]) -> None:
        """A segment that waits, and what is in it."""
        self._segments.append(number)
        self._messages += len(bodies)
        self._size += sum(map(len, bodies))
        for body in bodies:
            self._seen[_mark(body)] = None
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)

    def take(self, messages: Sequence[Message]) -> int:
        """Keep messages; durable when this returns. How many were new: one that repeats an earlier one is already here.

        Unavailable when the spool or the disk is full: nothing of the batch was taken, and sending it again later is right.
        """
        with self._lock:
            new = self._new(messages)
            if new:
                self._check_room(new)
                segment = b"".join(part for body in new for part in (_LENGTH.pack(len(body)), body))
                gathered.write(self._blobs, self._source.zone, _name(WAITING, self._next), segment)
                self._note(self._next, new)
                self._first = self._first or self._clock.now()
                self._next += 1
            self.repeated += len(messages) - len(new)
            return len(new)

    def _new(self, messages: Sequence[Message]) -> list[bytes]:
        """Bodies that are not here, in order; of equal ones that repeat each other the first."""
        now: set[bytes] = set()
        new = []
        for body, repeats in messages:
            mark = _mark(body)
            if not (repeats and (mark in self._seen or mark in now)):
                new.append(body)
            now.add(mark)
        return new

    def _check_room(self, new: Sequence[bytes]) -> None:
        messages, size = self.waiting()
        if messages + len(new) > self.bounds.most_messages or size + sum(map(len, new)) > self.bounds.most_bytes:
            raise Unavailable(
                "spool.full", "As many messages wait to be landed as may. Land them, or see why landing fails; the sender should try again later.",
                "待接收的消息已达上限。请先完成接收或排查接收失败的原因；发送方应稍后重试。", messages=messages,
            )

    def waiting(self) -> tuple[int, int]:
        """Messages and bytes that wait to be cut."""
        return self._messages, self._size

    def is_due(self) -> bool:
        """Whether enough waits, or it has waited long enough."""
        if self._first is None:
            return False
        return self.waiting()[0] >= self.bounds.messages or (self._clock.now() - self._first).total_seconds() >= self.bounds.seconds

    def cut(self) -> Gathered | None:
        """What waits, as one gathered delivery in the order in which it came; None when nothing does."""
        with self._lock:
            if not self._segments:
                return None
            first, last = self._segments[0], self._segments[-1]
            zone = self._source.zone
            gathered.clear_unfinished(self._blobs, zone, CUT)
            gathering = Gathering(self._blobs, zone, f"{CUT}-{first:012d}-{last:012d}")
            marks = b"".join(map(_mark, self._bodies()))
            _put_together(gathering, self._bodies, self._ending)
            gathered.write(self._blobs, zone, _name(SEEN, last), marks)
            whole = gathering.finish()
            self._forget(last)
            self._segments, self._first = [], None
            self._messages = self._size = 0
            return whole

    def _bodies(self) -> Iterator[bytes]:
        for number in self._segments:
            yield from _messages(_read(self._blobs, self._source.zone, WAITING, number))

    def _forget(self, last: int) -> None:
        for number in self._numbers(WAITING):
            if number <= last:
                self._blobs.delete(self._source.zone, _name(WAITING, number))


def _name(under: str, number: int) -> str:
    return f"{under}/{number:012d}"


def _read(blobs: Blobs, zone: str, under: str, number: int) -> bytes:
    return gathered.read(blobs, zone, _name(under, number))


def _mark(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_MARK]


def _messages(segment: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(segment):
        (size,) = _LENGTH.unpack_from(segment, at)
        at += _LENGTH.size
        yield segment[at : at + size]
        at += size


def _put_together(gathering: Gathering, bodies: Callable[[], Iterator[bytes]], ending: str) -> None:
    """Messages of HL7 in their frames and JSON in lines, in one file; anything else, and JSON that is none, in a file each."""
    line_of: Callable[[bytes], bytes | None] = {"hl7": framed, "ndjson": json_line}.get(ending, _none)
    with gathering.file(f"{gathering.name}.{ending}") as file:
        for body in bodies():
            file.write(line_of(body) or b"")
    for number, body in enumerate(bodies()):
        if line_of(body) is None:
            with gathering.file(f"{gathering.name}-{number:06d}.{'json' if ending == 'ndjson' else ending}") as file:
                file.write(body)


def _none(body: bytes) -> None:
    """What stands alone has no line."""


def json_line(body: bytes) -> bytes | None:
    """JSON on one line, every digit as it came: a line break in JSON can only stand between its parts. None for what is no JSON."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return body.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"
