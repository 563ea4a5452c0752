"""Wiring: the folder of a party becomes a world, a gate and a letter room; a folder is run by one process at a time."""

import base64
import fcntl
import json
import os
import secrets
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.exc import SQLAlchemyError

from dujiang.act import HUB, NODE
from dujiang.doors.delivery import folder_delivery
from dujiang.doors.sources.pulling import WORKS as PULLS
from dujiang.errors import Broken, Conflict, Malformed, Unavailable, Unknown
from dujiang.gate.acts import ACTS, WORKS
from dujiang.gate.bench import TxLedger
from dujiang.gate.jobs import Worker
from dujiang.gate.perform import Done, Gate
from dujiang.gate.post import Post
from dujiang.ledger.note import SigningKey
from dujiang.store.control import ControlStore, ReadTables
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from dujiang.world import Delivered, Frames, Ledger, Transaction

V = TypeVar("V")
KEPT_FRAMES = 4  # asset versions held warm at once


class SystemClock:
    def now(self) -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class SystemDice:
    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def name(self, prefix: str) -> str:
        return f"{prefix}-{secrets.token_hex(8)}"


class FolderKeys:
    """Secrets as files of the owner's only, each written whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "keys"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def has(self, name: str) -> bool:
        return (self._folder / name).exists()

    def get(self, name: str) -> bytes:
        if not self.has(name):
            raise Unknown("key.unknown", "There is no key {name} here.", "此处没有密钥 {name}。", name=name)
        return (self._folder / name).read_bytes()

    def put(self, name: str, secret: bytes) -> None:
        if self.has(name):
            if self.get(name) != secret:
                raise Conflict("key.other", "Another key {name} is kept here already.", "此处已有另一把密钥 {name}。", name=name)
            return
        new = self._folder / f".{name}.{secrets.token_hex(4)}"
        handle = os.open(new, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / name)


class ReadLedger:
    """The logs outside a transaction."""

    def __init__(self, store: ControlStore) -> None:
        self._store = store

    @contextmanager
    def _now(self) -> Iterator[TxLedger]:
        with self._store.reading() as tx:
            yield TxLedger(tx)

    def size(self, log: str) -> int:
        with self._now() as ledger:
            return ledger.size(log)

    def bodies(self, log: str, start: int, most: int) -> list[bytes]:
        with self._now() as ledger:
            return ledger.bodies(log, start, most)

    def root(self, log: str, size: int) -> bytes:
        with self._now() as ledger:
            return ledger.root(log, size)

    def inclusion(self, log: str, index: int, size: int) -> list[bytes]:
        with self._now() as ledger:
            return ledger.inclusion(log, index, size)

    def checkpoint(self, log: str) -> str:
        with self._now() as ledger:
            return ledger.checkpoint(log)

    def follow(self, log: str, bodies: Sequence[bytes], note: str, key: str) -> None:
        raise Broken("ledger.outside", "A log grows inside a transaction only.", "日志只能在事务内追加。")


class PartyWorld:
    """The `World` of one party's folder."""

    def __init__(self, folder: Path, party: str, database: str) -> None:
        self.party = party
        self.clock = SystemClock()
        self.dice = SystemDice()
        self.keys = FolderKeys(folder)
        self.blobs = Zones(folder)
        self.blobs.clear_scratch()
        self.store = open_store(database)
        self.tables = ReadTables(self.store)
        self.ledger: Ledger = ReadLedger(self.store)
        self._kept: dict[str, DuckFrames] = {}
        self._values: dict[str, tuple[Hashable, object]] = {}
        self._keeping = threading.RLock()

    def next_entry(self) -> int:
        return self.ledger.size("own")

    def frames(self) -> AbstractContextManager[Frames]:
        return cast(AbstractContextManager[Frames], DuckFrames(self.blobs))

    def kept_frames(self, name: str, prepare: Callable[[Frames], None]) -> Frames:
        with self._keeping:
            if name not in self._kept:
                fresh = DuckFrames(self.blobs)
                prepare(cast(Frames, fresh))
                while len(self._kept) >= KEPT_FRAMES:
                    self._kept.pop(next(iter(self._kept))).close()
                self._kept[name] = fresh
            return cast(Frames, self._kept[name])

    def kept(self, name: str, version: Hashable, make: Callable[[], V]) -> V:
        with self._keeping:
            if name not in self._values or self._values[name][0] != version:
                self._values[name] = (version, make())
            return cast(V, self._values[name][1])

    def delivery(self, place: str) -> Sequence[Delivered]:
        return folder_delivery(Path(place))

    def transaction(self) -> AbstractContextManager[Transaction]:
        return cast(AbstractContextManager[Transaction], self.store.transaction())

    def reading(self) -> AbstractContextManager[Transaction]:
        return cast(AbstractContextManager[Transaction], self.store.reading())

    def close(self) -> None:
        for frames in self._kept.values():
            frames.close()
        self.store.close()


def open_store(database: str) -> ControlStore:
    """The control store; Unavailable when its address cannot be used. The address is not repeated: it may hold a password."""
    try:
        return ControlStore(database)
    except (SQLAlchemyError, ImportError):
        raise Unavailable(
            "store.unavailable", "The control store cannot be opened: its address is wrong, or the database does not answer.",
            "无法打开控制库：地址有误，或数据库无响应。",
        ) from None


@dataclass
class Config:
    """`config.json` of a party's folder."""

    party: str
    place: str  # node or hub
    name_en: str
    name_zh: str
    origin: str
    database: str = ""
    port: int = 0
    hub: str = ""
    demo: bool = False

    @classmethod
    def read(cls, folder: Path) -> "Config":
        path = folder / "config.json"
        if not path.exists():
            raise Unknown("folder.unknown", "There is no Dujiang in that folder. Make one with `init`.", "该文件夹不是都江的目录，请先运行 init。")
        try:
            found = cls(**json.loads(path.read_text(encoding="utf-8")))
            if found.place in (NODE, HUB) and all(isinstance(getattr(found, f.name), f.type if isinstance(f.type, type) else object) for f in fields(cls)):
                return found
        except (ValueError, TypeError):
            pass
        raise Malformed("folder.config", "config.json of that folder cannot be read. Restore it from a backup.", "该文件夹的 config.json 无法读取，请从备份恢复。")

    def write(self, folder: Path) -> None:
        new = folder / f".config.{secrets.token_hex(4)}"
        new.write_text(json.dumps(self.__dict__, indent=1, ensure_ascii=False), encoding="utf-8")
        new.replace(folder / "config.json")


class Running:
    """A party that is open: its world, gate, letter room and worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = Config.read(folder)
        self._lock = lock(folder)
        database = self.config.database or f"sqlite:///{folder / 'control.db'}"
        self.world = PartyWorld(folder, self.config.party, database)
        self.letters_waiting = threading.Condition()
        self.gate = Gate(self.world, self.config.place, ACTS, self._told)
        self.post = Post(self.gate)
        self.worker = Worker(self.gate, {**WORKS, **PULLS})

    def _told(self, done: Done) -> None:
        if done.jobs:
            self.worker.wake()
        with self.letters_waiting:
            self.letters_waiting.notify_all()

    def close(self) -> None:
        self.worker.stop()
        self.world.close()
        os.close(self._lock)


def lock(folder: Path) -> int:
    """Hold the folder for this process; it is let go when the process ends, however it ends."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise Conflict("folder.running", "Another process runs this folder already.", "该目录已有进程在运行。") from None
    return handle


def make_keys(world: PartyWorld, origin: str) -> tuple[str, str]:
    """The party's keys, made once; returns its verifier key and its X25519 public key (base64)."""
    world.keys.put("origin", origin.encode())
    for name in ("party", "log", "seal"):
        if not world.keys.has(name):
            world.keys.put(name, world.dice.token(32))
    vkey = SigningKey.from_seed(origin, world.keys.get("party")).verifying.text
    seal = X25519PrivateKey.from_private_bytes(world.keys.get("seal")).public_key().public_bytes_raw()
    return vkey, base64.b64encode(seal).decode()
