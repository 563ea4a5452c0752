"""Zone folders: each zone's sealed files lie in its own folder under its own random key; no key opens another zone's files.

The zone keys lie in `keys/zones.json` of the party's folder, readable by its owner only.
"""

import errno
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from dujiang.errors import Malformed, Unavailable, Unknown
from dujiang.store.sealed import SealedReader, SealedWriter, sync

SAFE = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_.\-]*(/[A-Za-z0-9_\-][A-Za-z0-9_.\-]*)*")

FULL = (errno.ENOSPC, errno.EDQUOT)
PART = ".part"  # the end of a table's name until it is whole


def full() -> Unavailable:
    """What is said of a full disk, whatever met it."""
    return Unavailable(
        "store.full", "The disk is full; nothing of this file was kept. Free some room, and it is done again.",
        "磁盘已满，该文件未保存。请腾出空间，系统将自动重试。",
    )


@contextmanager
def room() -> Iterator[None]:
    """A full disk that is met inside is told as such."""
    try:
        yield
    except OSError as fault:
        if fault.errno in FULL:
            raise full() from None
        raise


class Zones:
    """The world's `Blobs`, on folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "zones"
        self._keyring = folder / "keys" / "zones.json"
        self._keyring.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._scratch = folder / "scratch"

    def scratch(self) -> Path:
        """The owner's folder for files that live no longer than a job."""
        self._scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._scratch

    def clear_scratch(self) -> None:
        """Forget what a killed process left, also half-written files of zones; only for whoever holds the folder."""
        shutil.rmtree(self._scratch, ignore_errors=True)
        for folder, _, files in os.walk(self._folder):
            for name in files:
                if name.startswith(".") or name.endswith(PART):
                    (Path(folder) / name).unlink(missing_ok=True)

    def _keys(self) -> dict[str, str]:
        return cast(dict[str, str], json.loads(self._keyring.read_text())) if self._keyring.exists() else {}

    def key(self, zone: str, *, create: bool = False) -> bytes:
        """The zone's key; Unknown when the zone has none (it was never opened, or it was destroyed)."""
        found = self._keys().get(zone)
        if found is None and not create:
            raise Unknown("zone.unknown", "There is no zone {zone} here.", "本节点没有分区 {zone}。", zone=zone)
        if found is None:
            with self._changing() as keys:
                found = keys.setdefault(zone, secrets.token_hex(32))
        return bytes.fromhex(found)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        """The keyring, to be changed by one at a time: of two that open a zone at once, neither may lose the other's key, and with it data.

        The file lock counts between threads as between processes, for each takes a handle of its own. What is written is durable before
        anything is sealed under a new key.
        """
        handle = os.open(self._keyring.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            keys = self._keys()
            yield keys
            self._keep(keys)
        finally:
            os.close(handle)

    def _keep(self, keys: dict[str, str]) -> None:
        new = self._keyring.with_suffix(".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(keys, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._keyring)
        sync(self._keyring.parent)

    def path(self, zone: str, name: str) -> Path:
        for part in (zone, name):
            if not SAFE.fullmatch(part):
                raise Malformed("store.name", "A stored file's name may not be like that.", "存储文件名不合规。")
        return self._folder / zone / name

    @contextmanager
    def write(self, zone: str, name: str) -> Iterator[IO[bytes]]:
        stream: SealedWriter | None = None
        try:
            with room():
                stream = SealedWriter(self.path(zone, name), self.key(zone, create=True))
                yield cast(IO[bytes], stream)
                stream.close()
        except BaseException:
            if stream is not None:
                stream.abandon()
            raise

    def read(self, zone: str, name: str) -> IO[bytes]:
        path = self.path(zone, name)
        if not path.exists():
            raise Unknown("store.absent", "The stored file is not here.", "存储文件不存在。")
        return cast(IO[bytes], SealedReader(path, self.key(zone)))

    def has(self, zone: str, name: str) -> bool:
        return self.path(zone, name).exists()

    def names(self, zone: str, under: str = "") -> list[str]:
        top = self._folder / zone
        found = (p for p in (top / under).rglob("*") if p.is_file() and not p.name.startswith("."))
        return sorted(p.relative_to(top).as_posix() for p in found)

    def delete(self, zone: str, name: str) -> None:
        self.path(zone, name).unlink(missing_ok=True)

    def rename(self, zone: str, old: str, new: str) -> None:
        """Durable when this returns; what was there under the new name is gone."""
        place = self.path(zone, new)
        with room():
            place.parent.mkdir(parents=True, exist_ok=True)
            self.path(zone, old).replace(place)
            sync(place.parent)

    def url(self, zone: str, name: str) -> str:
        self.path(zone, name)
        return f"sealed://{zone}/{name}"

    def destroy(self, zone: str) -> None:
        """Forget the zone's key and delete its folder: what was sealed under it can never be read again."""
        with self._changing() as keys:
            keys.pop(zone, None)
        shutil.rmtree(self._folder / zone, ignore_errors=True)
