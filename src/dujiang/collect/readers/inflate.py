"""Plain bytes out of a stream that may be gzipped, told by its first two bytes and never by its name; nothing grows with the file."""

import zlib
from collections.abc import Iterable, Iterator

from dujiang.collect.readers.items import Readable

CHUNK = 1 << 18
MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS


class Cut(Exception):
    """The stream ends here, although it should go on; `rule` says how. Everything before was given."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Pieces:
    """Pieces as a stream, for a reader behind another. An empty piece is none, or what follows it, a Cut among it, would never be asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = filter(None, pieces)

    def read(self, size: int, /) -> bytes:
        """The next piece, whatever its length; empty at the end."""
        return next(self._pieces, b"")


def inflated(stream: Readable) -> Iterator[bytes]:
    """The content in pieces of at most 256 KiB; Cut when a gzip member is truncated or damaged."""
    first = stream.read(CHUNK)
    if first[:2] == MAGIC:
        yield from _members(first, stream)
        return
    while first:
        yield first
        first = stream.read(CHUNK)


def _members(waiting: bytes, stream: Readable) -> Iterator[bytes]:
    """One gzip member after another; zero padding behind the last one is allowed, anything else is damage."""
    while waiting:
        member = zlib.decompressobj(_GZIP)
        yield from _member(member, waiting, stream)
        waiting = member.unused_data or stream.read(CHUNK)
        while waiting and not (waiting := waiting.lstrip(b"\0")):
            waiting = stream.read(CHUNK)


def _member(member: "zlib._Decompress", waiting: bytes, stream: Readable) -> Iterator[bytes]:
    while not member.eof:
        before = member.copy()
        try:
            piece = member.decompress(waiting, CHUNK)
        except zlib.error:
            yield _salvaged(before, waiting)
            raise Cut("gzip.corrupt") from None
        if piece:
            yield piece
        waiting = member.unconsumed_tail
        if not member.eof and not waiting and not (waiting := stream.read(CHUNK)):
            yield member.flush()
            raise Cut("gzip.truncated")


def _salvaged(member: "zlib._Decompress", waiting: bytes) -> bytes:
    """zlib drops what it had already inflated when it meets damage; fed byte by byte it gives everything before."""
    out = bytearray()
    try:
        for place in range(len(waiting)):
            out += member.decompress(waiting[place : place + 1])
    except zlib.error:
        pass
    return bytes(out)
