"""Letters in and out of a party: each is verified, taken in its turn, performed as an act of its sender, exactly once."""

import logging
from dataclasses import dataclass

from dujiang.act import HUB, Actor
from dujiang.compute import crossing
from dujiang.errors import Broken, Conflict, DujiangError, Refused, Unavailable
from dujiang.gate import letters
from dujiang.gate.entries import LETTER, entry, record
from dujiang.gate.letters import SEALED, Envelope
from dujiang.gate.perform import READ_AGAIN, Asked, Done, Gate
from dujiang.ledger.note import VerifyingKey
from dujiang.words import Party, Role, Word
from dujiang.world import Letter, Transaction

TRUSTED = frozenset({"joined", "admitted"})
# A letter refused by one of these was not taken: it is not its sender's, not in its turn, or not for this place.
NOT_TAKEN = frozenset({"link.stranger", "link.signature", "link.fork", "link.gap", "link.chain", "link.receiver"})
# Faults that the content of a letter can provoke. Those of the outside (a full disk, a database that is down) are not among them.
BY_CONTENT = (ValueError, TypeError, LookupError, ArithmeticError, AssertionError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Taken:
    """What became of a letter: `done`, `seen` before, `relayed`, or `refused` with the rule."""

    fate: str
    rule: str = ""


class Post:
    """One party's letter room."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._me = gate.world.party
        self._log = logging.getLogger("dujiang.post")

    def receive(self, data: bytes) -> Taken:
        """Take in one letter, once. Conflict when one before it is missing: the sender sends again from there.

        A letter that its sender may not send like that raises and changes nothing; one that asks for what is not allowed, or
        breaks what it asks for, is taken as refused, so that it never stands in the way of the next. On Unavailable, send it again.
        """
        envelope = letters.read(data)
        try:
            with self._gate.world.transaction() as tx:
                fate, done = self._take(tx, envelope, data)
                self._gate.seal_log(tx)
        except Unavailable:
            raise
        except DujiangError as refusal:
            if refusal.rule in NOT_TAKEN:
                raise
            return self._refuse(envelope, data, refusal.rule)
        except BY_CONTENT as fault:  # its text could hold a value, so only its type is told
            self._log.error("a letter broke %s: %s", self._said(envelope), type(fault).__name__)
            return self._refuse(envelope, data, f"fault.{type(fault).__name__}")
        self._gate.told(done)
        return Taken(fate)

    def _take(self, tx: Transaction, envelope: Envelope, data: bytes) -> tuple[str, Done]:
        done = Done()
        letters.verify(envelope, self._key(tx, envelope.sender))
        if envelope.receiver != self._me and self._gate.place != HUB:
            raise Refused("link.receiver", "This letter is for somebody else; only the hub relays.", "信件收件方不是本机构；仅枢纽可转送。")
        if self._seen(tx, envelope, data):
            return "seen", done
        self._chain(tx, envelope, data)
        if envelope.receiver != self._me:
            tx.get(Party, envelope.receiver)
            done.letters += 1
            return "relayed", done
        self._act(tx, envelope, done)
        return "done", done

    def _key(self, tx: Transaction, sender: str) -> VerifyingKey:
        party = tx.find(Party, sender)
        if party is None or party.state not in TRUSTED:
            raise Refused("link.stranger", "The sender is not a party known here.", "发送方不是已知机构。")
        return VerifyingKey.parse(party.vkey)

    def _seen(self, tx: Transaction, envelope: Envelope, data: bytes) -> bool:
        """A letter taken before is no news; another one under the same number is a forgery of the chain."""
        seq, _ = tx.chain(envelope.sender, envelope.receiver)
        if envelope.seq > seq:
            return False
        if tx.letter(envelope.sender, envelope.receiver, envelope.seq) != data:
            raise Conflict("link.fork", "Another letter came under this number before.", "此序号已有不同信件。")
        return True

    def _chain(self, tx: Transaction, envelope: Envelope, data: bytes) -> None:
        seq, prev = tx.chain(envelope.sender, envelope.receiver)
        if envelope.seq != seq + 1:
            raise Conflict("link.gap", "Letter {next} is missing; send again from there.", "缺少第 {next} 封信件，请从该处重发。", next=seq + 1)
        if envelope.prev != prev:
            raise Broken("link.chain", "The letter does not follow the one before it.", "信件与前一封不衔接。")
        tx.lengthen(envelope.sender, envelope.receiver, envelope.seq, letters.fingerprint(data))
        tx.post(envelope.sender, envelope.receiver, envelope.seq, data)

    def _act(self, tx: Transaction, envelope: Envelope, done: Done) -> None:
        kind, args = self._open(envelope)
        sender = Actor(id=envelope.sender, party=envelope.sender, roles=frozenset({Role.PARTY}))
        self._gate.do(tx, Asked(sender, self._gate.act(kind), args), done)

    def _open(self, envelope: Envelope) -> tuple[str, Word]:
        kind, body, sealed = envelope.type, envelope.body, False
        if kind == SEALED:
            inner = letters.open_inner(body.get("box"), self._gate.world.keys.get("seal"))
            kind, body, sealed = inner.type, inner.body, True
        args = crossing.unpack(kind, body)
        if isinstance(args, crossing.SEALED_ONLY) and not sealed:
            raise Refused("crossing.type", "{act} may only come sealed.", "{act} 只能以密封形式传递。", act=kind)
        return kind, args

    def _refuse(self, envelope: Envelope, data: bytes, rule: str) -> Taken:
        """A letter that asks for something not allowed is taken out of the way, and the refusal recorded."""
        with self._gate.world.transaction() as tx:
            self._chain(tx, envelope, data)
            sender = Actor(id=envelope.sender, party=envelope.sender, roles=frozenset({Role.PARTY}))
            record(tx, [entry(self._gate.world, sender, self._said(envelope), refused=rule)])
            self._gate.seal_log(tx)
        return Taken("refused", rule)

    def _said(self, envelope: Envelope) -> str:
        """The act that a letter asks for, as an entry may name it; what is sealed or unheard of is only a letter."""
        return envelope.type if envelope.type in self._gate.acts else LETTER

    def waiting(self, receiver: str, after: int) -> list[Letter]:
        """Letters for a party that lie here, in order of place."""
        with self._gate.world.reading() as tx:
            return tx.letters(receiver=receiver, after=after)

    def outgoing(self) -> list[Letter]:
        """Letters of this party that have not been delivered yet."""
        with self._gate.world.reading() as tx:
            return tx.letters(sender=self._me, after=tx.count("delivered"))

    def delivered(self, place: int) -> None:
        with self._gate.world.transaction() as tx:
            tx.count("delivered", max(place, tx.count("delivered")))

    def send_again(self, receiver: str, seq: int) -> bool:
        """Begin again with the first letter, because the hub lacks the one named; False when that one is not here either."""
        with self._gate.world.transaction() as tx:
            if tx.letter(self._me, receiver, seq) is None:
                return False
            tx.count("delivered", 0)
            return True

    def read_up_to(self, place: int | None = None) -> int:
        """How far this party has read what waits for it at the hub.

        After somebody became known it is 0 once: letters that were passed over as a stranger's are read again, the others are `seen`.
        """
        if place is None:
            with self._gate.world.reading() as view:
                if not view.count(READ_AGAIN):
                    return view.count("read")
        with self._gate.world.transaction() as tx:
            if place is None:
                tx.count(READ_AGAIN, 0)
                return tx.count("read", 0)
            return tx.count("read", place)
