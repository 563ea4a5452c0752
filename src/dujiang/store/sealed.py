"""Sealed files: AES-256-GCM in numbered chunks, so that a file can be read anywhere, and no chunk moved, dropped or cut off.

Layout: 8 bytes magic, 16 bytes file salt, then chunks of 64 KiB plaintext each followed by its 16-byte tag. The file key is
HKDF-SHA256(zone key, salt); a chunk's nonce is its number and whether it is the last (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so truncation and reordering fail to authenticate.
"""

import contextlib
import io
import os
import secrets
import struct
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dujiang.errors import Broken

MAGIC = b"DJSEAL1\n"
SALT = 16
CHUNK = 1 << 16
TAG = 16
HEAD = len(MAGIC) + SALT
KEPT = 64  # decrypted chunks kept per open file: Parquet readers come back for the footer and for neighbours


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"dujiang sealed file").derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">IQ", int(last), number)


def sync(folder: Path) -> None:
    """Make the names in a folder durable: those of its files, not of its own."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make(folder: Path) -> None:
    """The folder with those above it, durable: a file in a folder that a power cut takes away is lost with it."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync(made.parent)


class SealedWriter(io.RawIOBase):
    """Writes `path` whole or not at all: a temporary neighbour is renamed when the stream is closed without `abandon`."""

    def __init__(self, path: Path, key: bytes) -> None:
        super().__init__()
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        _make(path.parent)
        salt = secrets.token_bytes(SALT)
        self._cipher = _cipher(key, salt)
        self._file = self._temporary.open("wb")
        self._file.write(MAGIC + salt)  # stays in the buffer
        self._waiting = bytearray()
        self._number = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._waiting += piece
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(piece)

    def tell(self) -> int:
        return self._number * CHUNK + len(self._waiting)

    def _put(self, piece: bytes, *, last: bool) -> None:
        try:
            self._file.write(self._cipher.encrypt(_nonce(self._number, last), piece, None))
        except OSError:
            self.abandon()  # whoever closes it after that must not keep a part for the whole
            raise
        self._number += 1

    def close(self) -> None:
        if self.closed:
            return
        self._put(bytes(self._waiting), last=True)
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._path)
            sync(self._path.parent)  # a name is durable only when its folder is
        except OSError:
            self.abandon()
            raise
        super().close()

    def abandon(self) -> None:
        """Forget what was written."""
        if not self.closed:
            with contextlib.suppress(OSError):  # of a full disk, which says so once more
                self._file.close()
            self._temporary.unlink(missing_ok=True)
            super().close()


class SealedReader(io.RawIOBase):
    """Reads a sealed file anywhere; Broken when a byte was altered, cut off or sealed under another key."""

    def __init__(self, path: Path, key: bytes) -> None:
        super().__init__()
        self._file = path.open("rb")
        stored = os.fstat(self._file.fileno()).st_size - HEAD
        head = self._file.read(HEAD)
        if head[: len(MAGIC)] != MAGIC or stored < TAG:
            raise self._broken(path)
        self._cipher = _cipher(key, head[len(MAGIC) :])
        self._path = path
        self._chunks = -(-stored // (CHUNK + TAG))
        self.size = stored - TAG * self._chunks
        self._at = 0
        self._seen: dict[int, bytes] = {}

    @staticmethod
    def _broken(path: Path) -> Broken:
        return Broken(
            "store.seal",
            "The sealed file {file} cannot be opened: it was altered, cut off, or sealed under another zone's key. "
            "Restore it from the backup.",
            "封存文件 {file} 无法打开：内容被改动、被截断，或属于其他分区的密钥。请从备份恢复。",
            file=path.name,
        )

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def _chunk(self, number: int) -> bytes:
        if number not in self._seen:
            self._file.seek(HEAD + number * (CHUNK + TAG))
            last = number == self._chunks - 1
            try:
                piece = self._cipher.decrypt(_nonce(number, last), self._file.read(CHUNK + TAG), None)
            except InvalidTag:
                raise self._broken(self._path) from None
            if len(self._seen) >= KEPT:
                self._seen.pop(next(iter(self._seen)))
            self._seen[number] = piece
        return self._seen[number]

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.size - self._at if size is None or size < 0 else size
        out = bytearray()
        while wanted > 0 and self._at < self.size:
            number, skip = divmod(self._at, CHUNK)
            piece = self._chunk(number)[skip : skip + wanted]
            out += piece
            self._at += len(piece)
            wanted -= len(piece)
        return bytes(out)

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()
