"""What a step is given: the world as it is inside the running transaction."""

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from dujiang.errors import Broken
from dujiang.ledger import log
from dujiang.ledger.checkpoint import parse_signed
from dujiang.ledger.note import SigningKey, VerifyingKey
from dujiang.world import Blobs, Clock, Delivered, Dice, Frames, Keys, Tables, Transaction, World

V = TypeVar("V")


def origin(world: World) -> str:
    """The name of this party's log and of its keys."""
    return world.keys.get("origin").decode()


def signing_key(world: World, name: str) -> SigningKey:
    """The party's Ed25519 key `party` or `log`, under the party's name."""
    return SigningKey.from_seed(origin(world), world.keys.get(name))


class Bench:
    """A `World` whose tables and logs are those of one transaction."""

    def __init__(self, world: World, tx: Transaction) -> None:
        self._world = world
        self._tx = tx

    @property
    def party(self) -> str:
        return self._world.party

    @property
    def clock(self) -> Clock:
        return self._world.clock

    @property
    def dice(self) -> Dice:
        return self._world.dice

    @property
    def keys(self) -> Keys:
        return self._world.keys

    @property
    def tables(self) -> Tables:
        return self._tx

    @property
    def blobs(self) -> Blobs:
        return self._world.blobs

    @property
    def ledger(self) -> "TxLedger":
        return TxLedger(self._tx)

    def next_entry(self) -> int:
        return log.size(self._tx.connection, "own")

    def frames(self) -> AbstractContextManager[Frames]:
        return self._world.frames()

    def kept_frames(self, name: str, prepare: Callable[[Frames], None]) -> Frames:
        return self._world.kept_frames(name, prepare)

    def kept(self, name: str, version: Hashable, make: Callable[[], V]) -> V:
        return self._world.kept(name, version, make)

    def delivery(self, place: str) -> Sequence[Delivered]:
        return self._world.delivery(place)

    def transaction(self) -> AbstractContextManager[Transaction]:
        raise Broken("gate.nested", "A step may not open a transaction.", "步骤不得自行开启事务。")

    def reading(self) -> AbstractContextManager[Transaction]:
        return self.transaction()


class TxLedger:
    """The world's `Ledger` inside one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._sql = tx.connection

    def size(self, name: str) -> int:
        return log.size(self._sql, name)

    def bodies(self, name: str, start: int, most: int) -> list[bytes]:
        return log.entries(self._sql, name, start, most)

    def root(self, name: str, size: int) -> bytes:
        return log.root_at(self._sql, name, size)

    def inclusion(self, name: str, index: int, size: int) -> list[bytes]:
        return log.inclusion(self._sql, name, index, size)

    def checkpoint(self, name: str) -> str:
        return log.latest_checkpoint(self._sql, name) or ""

    def follow(self, name: str, bodies: Sequence[bytes], note: str, key: str) -> None:
        signed = parse_signed(note, VerifyingKey.parse(key))
        first = log.append(self._sql, name, bodies)
        if first + len(bodies) != signed.size:  # what stands behind the checkpoint is nobody's word
            raise Broken("log.uncovered", "The entries do not end where the signed checkpoint does.", "条目的末尾与签名检查点不一致。")
        log.keep_checkpoint(self._sql, name, signed, note)
