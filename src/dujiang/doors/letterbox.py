"""The hub's side of the link: takes in nodes' letters, and hands each node what lies here for it and what is new in the log, against a signed poll that counts once."""

import base64
import threading
import time
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

import msgspec

from dujiang.doors.start import Running
from dujiang.errors import DujiangError, Malformed, Refused
from dujiang.gate.bench import TxLedger
from dujiang.gate.records import MOST as MOST_ENTRIES
from dujiang.ledger.canonical import canonical
from dujiang.ledger.note import VerifyingKey
from dujiang.words import Party, Word
from dujiang.world import Letter, Transaction

WAIT = 20.0  # seconds a poll waits
LOOK = 0.5  # seconds between two looks whether this process ends
GATHER = 0.2  # seconds for which new entries of the log gather before a waiting node is told of them; letters are told of at once
STRIDE = 60_000  # milliseconds by which the time kept of a party's polls runs ahead, so that not every poll is written down
MOST_LETTERS = 200  # letters in one post
MOST_BYTES = 16 << 20  # of envelopes in one post or one answer, unless a single one is longer
MOST_COUNT = 1 << 52  # any whole number up to here is exact in every JSON

T = TypeVar("T")
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_COUNT)]


class Posted(Word, frozen=True):
    """What a node posts: envelopes, oldest first."""

    letters: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_LETTERS)]


class Poll(Word, frozen=True):
    """What a node asks with: letters after which place, and the log from which size on. `time` is later in every poll than in the one before."""

    party: str
    after: Count
    size: Count
    time: Count
    sig: str

    def signed(self) -> bytes:
        return poll_bytes(self.party, self.after, size=self.size, time=self.time)


def poll_bytes(party: str, after: int, *, size: int, time: int) -> bytes:
    """What a poll's signature covers."""
    return b"dujiang poll\n" + canonical({"party": party, "after": after, "size": size, "time": time})


def bundle(letters: Iterable[Letter]) -> list[Letter]:
    """The first of the letters that go together in one body; at least one, so that a long one blocks nothing."""
    chosen: list[Letter] = []
    room = MOST_BYTES
    for letter in letters:
        room -= len(letter.envelope)
        if chosen and room < 0:
            break
        chosen.append(letter)
    return chosen


class Letterbox:
    """`ends` says whether this process is about to stop: a waiting poll is then answered at once."""

    def __init__(self, running: Running, ends: Callable[[], bool]) -> None:
        self._running = running
        self._ends = ends
        self._last: dict[str, int] = {}  # the time of each party's newest poll
        self._kept: dict[str, int] = {}  # what is written down of it, never less
        self._one = threading.Lock()

    def take(self, body: bytes) -> tuple[list[dict[str, str]], DujiangError | None]:
        """Take in letters in order. Tells what became of each; stops at the first that is not taken, with the reason.

        What is told of was taken for good: the node forgets those, and sends from the first one not taken again.
        """
        fates: list[dict[str, str]] = []
        for text in _read(body, Posted).letters:
            try:
                taken = self._running.post.receive(text.encode())
            except DujiangError as refusal:
                return fates, refusal
            fates.append({"fate": taken.fate, "rule": taken.rule})
        return fates, None

    def poll(self, body: bytes) -> dict[str, Any]:
        """Letters for the party behind the signature, as soon as there are some, and the log from where its copy ends."""
        poll = self._verified(_read(body, Poll))
        found = self._wait(poll)
        letters = [{"place": f.place, "envelope": f.envelope.decode()} for f in bundle(found)]
        with self._running.world.reading() as tx:
            size = TxLedger(tx).size("own")
            return {"letters": letters, "size": size, "page": page_of(tx, poll.size) if size > poll.size else None}

    def _wait(self, poll: Poll) -> list[Letter]:
        begun = time.monotonic()
        condition = self._running.letters_waiting
        while True:
            with condition:
                found = self._running.post.waiting(poll.party, poll.after)
                waited = time.monotonic() - begun
                has_grown = self._running.world.ledger.size("own") > poll.size
                if found or waited >= (GATHER if has_grown else WAIT) or self._ends():
                    return found
                condition.wait(timeout=GATHER - waited if has_grown else min(WAIT - waited, LOOK))

    def _verified(self, poll: Poll) -> Poll:
        """The poll, once: a time no earlier is kept, so that not even a restarted hub answers a recorded one."""
        party = self._running.world.tables.find(Party, poll.party)
        try:
            signature = base64.b64decode(poll.sig, validate=True)
            known = party is not None and VerifyingKey.parse(party.vkey).verify_bytes(signature, poll.signed())
        except (ValueError, DujiangError):
            known = False
        if not known:
            raise Refused("link.signature", "The poll's signature is not the party's.", "轮询签名与机构不符。")
        with self._one:
            last = self._last_of(poll.party)
            if poll.time <= last:
                raise Refused(
                    "link.replay", "This poll is not later than one that was answered before.", "该轮询请求不晚于已应答的请求，可能是重放。", after=last
                )
            if poll.time > self._kept[poll.party]:
                self._kept[poll.party] = self._keep(poll.party, poll.time + STRIDE)
            self._last[poll.party] = poll.time
        return poll

    def _last_of(self, party: str) -> int:
        """The time that the party's next poll must be later than: after a start, what is written down."""
        if party not in self._last:
            with self._running.world.reading() as tx:
                self._last[party] = self._kept[party] = tx.count(f"poll:{party}")
        return self._last[party]

    def _keep(self, party: str, time: int) -> int:
        with self._running.world.transaction() as tx:
            return tx.count(f"poll:{party}", time)


def page_of(tx: Transaction, start: int) -> dict[str, Any]:
    """The log from `start` on as `log.entries` tells it, and the checkpoint over all of it."""
    ledger = TxLedger(tx)
    bodies = ledger.bodies("own", start, MOST_ENTRIES)
    return {"start": start, "entries": [b.decode() for b in bodies], "checkpoint": ledger.checkpoint("own"), "size": ledger.size("own")}


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (ValueError, RecursionError):
        raise Malformed("link.body", "This is not what a node of the alliance sends.", "不是联盟节点发送的内容。") from None
