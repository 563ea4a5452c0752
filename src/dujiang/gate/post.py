"""Letters in and out of a party: each is verified, taken in its turn, performed as an act of its sender, exactly once."""

from dataclasses import dataclass

import msgspec

from dujiang.act import Actor
from dujiang.compute import crossing
from dujiang.errors import Broken, Conflict, DujiangError, Refused, Unavailable
from dujiang.gate import letters
from dujiang.gate.letters import SEALED, Envelope
from dujiang.gate.perform import Asked, Done, Gate, entry, record
from dujiang.ledger.note import VerifyingKey
from dujiang.words import Party, Role, Word
from dujiang.world import Letter, Transaction

TRUSTED = frozenset({"joined", "admitted"})
BATCH = 200


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

    def receive(self, data: bytes) -> Taken:
        """Take in one letter. Conflict when one before it is missing: the sender sends again from there."""
        envelope = letters.read(data)
        try:
            with self._gate.world.transaction() as tx:
                fate, done = self._take(tx, envelope, data)
                self._gate.seal_log(tx)
        except (Unavailable, Conflict) as trouble:
            if trouble.rule in ("link.gap", "link.fork") or isinstance(trouble, Unavailable):
                raise
            return self._refuse(envelope, data, trouble)
        except DujiangError as refusal:
            if refusal.rule.startswith("link."):
                raise
            return self._refuse(envelope, data, refusal)
        self._gate.told(done)
        return Taken(fate)

    def _take(self, tx: Transaction, envelope: Envelope, data: bytes) -> tuple[str, Done]:
        done = Done()
        letters.verify(envelope, self._key(tx, envelope.sender))
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
            inner = msgspec.json.decode(letters.unseal(str(body.get("box", "")), self._gate.world.keys.get("seal")))
            kind, body, sealed = str(inner["type"]), inner["body"], True
        args = crossing.unpack(kind, body)
        if isinstance(args, crossing.SEALED_ONLY) and not sealed:
            raise Refused("crossing.type", "{act} may only come sealed.", "{act} 只能以密封形式传递。", act=kind)
        return kind, args

    def _refuse(self, envelope: Envelope, data: bytes, refusal: DujiangError) -> Taken:
        """A letter that asks for something not allowed is taken out of the way, and the refusal recorded."""
        with self._gate.world.transaction() as tx:
            self._chain(tx, envelope, data)
            kind = self._gate.acts.get(envelope.type)
            sender = Actor(id=envelope.sender, party=envelope.sender, roles=frozenset({Role.PARTY}))
            if kind is not None:
                record(tx, [entry(self._gate.world, sender, kind, refused=refusal.rule)])
            self._gate.seal_log(tx)
        return Taken("refused", refusal.rule)

    def waiting(self, receiver: str, after: int) -> list[Letter]:
        """Letters for a party that lie here, in order of place."""
        with self._gate.world.transaction() as tx:
            return tx.letters(receiver=receiver, after=after)

    def outgoing(self) -> list[Letter]:
        """Letters of this party that have not been delivered yet."""
        with self._gate.world.transaction() as tx:
            return tx.letters(sender=self._me, after=tx.count("delivered"))

    def delivered(self, place: int) -> None:
        with self._gate.world.transaction() as tx:
            tx.count("delivered", max(place, tx.count("delivered")))

    def read_up_to(self, place: int | None = None) -> int:
        """How far this party has read what waits for it at the hub."""
        with self._gate.world.transaction() as tx:
            return tx.count("read", place)
