"""Zone folders: each zone's sealed files lie in its own folder under its own random key; no key opens another zone's files.

The zone keys lie in `keys/zones.json` of the party's folder, readable by its owner only.
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from dujiang.errors import Malformed, Unknown
from dujiang.store.sealed import SealedReader, SealedWriter

SAFE = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_.\-]*(/[A-Za-z0-9_\-][A-Za-z0-9_.\-]*)*")


class Zones:
    """The world's `Blobs`, on folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "zones"
        self._keyring = folder / "keys" / "zones.json"
        self._keyring.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _keys(self) -> dict[str, str]:
        return cast(dict[str, str], json.loads(self._keyring.read_text())) if self._keyring.exists() else {}

    def key(self, zone: str, *, create: bool = False) -> bytes:
        """The zone's key; Unknown when the zone has none (it was never opened, or it was destroyed)."""
        keys = self._keys()
        if zone not in keys:
            if not create:
                raise Unknown("zone.unknown", "There is no zone {zone} here.", "本节点没有分区 {zone}。", zone=zone)
            keys[zone] = secrets.token_hex(32)
            self._keep(keys)
        return bytes.fromhex(keys[zone])

    def _keep(self, keys: dict[str, str]) -> None:
        new = self._keyring.with_suffix(".new")
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(keys, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._keyring)

    def path(self, zone: str, name: str) -> Path:
        for part in (zone, name):
            if not SAFE.fullmatch(part):
                raise Malformed("store.name", "A stored file's name may not be like that.", "存储文件名不合规。")
        return self._folder / zone / name

    @contextmanager
    def write(self, zone: str, name: str) -> Iterator[IO[bytes]]:
        stream = SealedWriter(self.path(zone, name), self.key(zone, create=True))
        try:
            yield cast(IO[bytes], stream)
        except BaseException:
            stream.abandon()
            raise
        stream.close()

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

    def url(self, zone: str, name: str) -> str:
        self.path(zone, name)
        return f"sealed://{zone}/{name}"

    def destroy(self, zone: str) -> None:
        """Forget the zone's key and delete its folder: what was sealed under it can never be read again."""
        keys = self._keys()
        keys.pop(zone, None)
        self._keep(keys)
        shutil.rmtree(self._folder / zone, ignore_errors=True)
