"""The files of a zip archive one after another out of a stream, without its index and without holding one; nothing is written to disk.

Format: PKWARE APPNOTE 6.3, local file headers. Only stored and deflated files are read; an encrypted one is passed over by ending there.
"""

import struct
import zlib
from collections.abc import Iterator

from dujiang.collect.readers.inflate import CHUNK, Cut
from dujiang.collect.readers.items import Readable

LOCAL = b"PK\x03\x04"
_HEADER = struct.Struct("<4sHHHHHIIIHH")
_STORED, _DEFLATED, _ENCRYPTED, _SIZE_LATER = 0, 8, 1, 8
_LONGEST = 1 << 12  # bytes of a name
_DESCRIPTOR = 24  # the longest record of sizes behind a file
_MOST_FILES = 1_000_000
Piece = tuple[str, bytes]  # the file's name, and some of it; an empty piece ends it


class _Ahead:
    """A stream that can be looked into."""

    def __init__(self, stream: Readable) -> None:
        self._stream, self.waiting = stream, b""

    def at_least(self, size: int) -> bytes:
        """What waits, with `size` bytes if the stream has them."""
        while len(self.waiting) < size and (more := self._stream.read(CHUNK)):
            self.waiting += more
        return self.waiting

    def take(self, size: int) -> bytes:
        taken, self.waiting = self.at_least(size)[:size], self.waiting[size:]
        if len(taken) < size:
            raise Cut("zip.truncated")
        return taken


def unzipped(stream: Readable) -> Iterator[Piece]:
    """Every file's name with its pieces, in the archive's order. Cut where it is damaged, truncated or encrypted."""
    ahead = _Ahead(stream)
    for _ in range(_MOST_FILES):
        if ahead.at_least(4)[:4] != LOCAL:
            if not ahead.waiting[:2] == b"PK":  # the index, or the end of an empty archive
                raise Cut("zip.truncated" if not ahead.waiting else "zip.corrupt")
            return
        _, _, flags, method, _, _, _, size, _, name_size, extra = _HEADER.unpack(ahead.take(_HEADER.size))
        if name_size > _LONGEST or flags & _ENCRYPTED or method not in (_STORED, _DEFLATED) or (method == _STORED and flags & _SIZE_LATER):
            raise Cut("zip.corrupt")
        name = ahead.take(name_size).decode("utf-8", "replace")
        ahead.take(extra)
        pieces = _inflated(ahead) if method == _DEFLATED else _stored(ahead, size)
        for piece in pieces:
            yield name, piece
        yield name, b""
        if flags & _SIZE_LATER:
            _pass_sizes(ahead)


def _stored(ahead: _Ahead, size: int) -> Iterator[bytes]:
    while size:
        piece = ahead.take(min(size, CHUNK))
        size -= len(piece)
        yield piece


def _inflated(ahead: _Ahead) -> Iterator[bytes]:
    member = zlib.decompressobj(-zlib.MAX_WBITS)
    while not member.eof:
        given = ahead.at_least(1)
        ahead.waiting = b""
        try:
            piece = member.decompress(given, CHUNK)
        except zlib.error:
            raise Cut("zip.corrupt") from None
        if not given and not piece:
            raise Cut("zip.truncated")
        ahead.waiting = member.unused_data or member.unconsumed_tail
        if piece:
            yield piece


def _pass_sizes(ahead: _Ahead) -> None:
    """Go to the next header: a record of sizes stands before it, with or without a mark of its own."""
    seen = ahead.at_least(_DESCRIPTOR + 4)
    for size in (12, 16, 20, 24):
        if seen[size : size + 4] in (LOCAL, b"PK\x01\x02"):
            ahead.take(size)
            return
    raise Cut("zip.truncated" if len(seen) < _DESCRIPTOR + 4 else "zip.corrupt")
