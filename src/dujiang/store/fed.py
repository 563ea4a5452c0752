"""Feeds DuckDB from a generator through a FIFO: it reads a file that never lies on a disk."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dujiang.store.zones import room


@contextmanager
def fed(pipe: Path, pieces: Iterable[bytes]) -> Iterator[None]:
    """While the block runs, whoever opens `pipe` reads the pieces. What the generator raises is raised when the block ends, over its own error."""
    with room():
        os.mkfifo(pipe, 0o600)
    failure: list[BaseException] = []

    def feed() -> None:
        try:
            with pipe.open("wb", buffering=1 << 20) as stream:
                for piece in pieces:
                    stream.write(piece)
        except BrokenPipeError:
            return
        except BaseException as error:
            failure.append(error)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        yield
    except Exception:
        _release(pipe)
        if not failure:
            raise
    finally:
        feeder.join()
        pipe.unlink()
    if failure:
        raise failure[0]


def _release(pipe: Path) -> None:
    """A feeder that nobody reads from waits for a reader: it gets one that leaves."""
    os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
