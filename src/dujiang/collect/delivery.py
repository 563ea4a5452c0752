"""A delivery is some files with names, as a source handed them over; how they are reached is a door's affair."""

from typing import IO, Protocol

from dujiang.world import Delivered


class Delivery(Protocol):
    """The files of one delivery, in any order, each readable more than once."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> Delivered: ...


class Tell(Protocol):
    """Called with bytes worked through and bytes in all."""

    def __call__(self, done: int, total: int, /) -> None: ...


class Meter:
    """Counts bytes as they are worked through and tells whoever waits, at most once per `step` bytes."""

    def __init__(self, tell: Tell, total: int, step: int = 1 << 20) -> None:
        self._tell, self._total, self._step = tell, total, step
        self._done = self._told = 0

    def add(self, size: int) -> None:
        self._done += size
        if self._done - self._told >= self._step or self._done >= self._total > self._told:
            self._told = self._done
            self._tell(self._done, self._total)

    def finish(self) -> None:
        """What was left unread needs no reading."""
        if self._told < self._total:
            self.add(self._total - self._done)


class Metered:
    """A stream whose reading is counted."""

    def __init__(self, stream: IO[bytes], meter: Meter) -> None:
        self._stream, self._meter = stream, meter

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        self._meter.add(len(piece))
        return piece
