"""A disk that is full: pretended at the n-th write of a sealed file, or for real on a small filesystem of its own."""

import contextlib
import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.store import sealed

BALLAST = 1 << 20


class FullDisk:
    """Counts the writes, flushes and syncs of sealed files; once `fill(n)` was said, the disk is full from the n-th on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = self._at = 0
        begin, fsync = sealed.SealedWriter.__init__, os.fsync

        def beginning(writer: Any, *args: Any) -> None:
            begin(writer, *args)
            writer._file = _File(writer._file, self)

        def syncing(handle: int) -> None:
            self.touch()
            fsync(handle)

        monkeypatch.setattr(sealed.SealedWriter, "__init__", beginning)
        monkeypatch.setattr(sealed.os, "fsync", syncing)

    def fill(self, at: int) -> None:
        """0 makes room again."""
        self.count, self._at = 0, at

    def touch(self) -> None:
        self.count += 1
        if 0 < self._at <= self.count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class _File:
    """A file that lies on that disk."""

    def __init__(self, file: Any, disk: FullDisk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: bytes) -> int:
        self._disk.touch()
        return int(self._file.write(data))

    def flush(self) -> None:
        self._disk.touch()
        self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A filesystem of so many MiB, with a file `ballast` of 1 MiB on it to make room by; skips where mounting is not allowed."""
    with tempfile.TemporaryDirectory() as place:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place]
        try:
            mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
        except OSError:
            mounted = False
        if not mounted:
            pytest.skip("a small filesystem cannot be mounted here: that needs root")
        try:
            (Path(place) / "ballast").write_bytes(b"\0" * BALLAST)
            yield Path(place)
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)
