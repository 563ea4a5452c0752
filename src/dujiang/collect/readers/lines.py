"""Lines of a plain or gzipped stream, each with its number; a line that cannot be used is named with its rule and passed over."""

from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.inflate import Cut, inflated
from dujiang.collect.readers.items import LIMIT, Readable

BOM = b"\xef\xbb\xbf"
Line = tuple[int, bytes, str]  # number from 1, the line without its end, the rule that sets it aside or ""


class Block(NamedTuple):
    """Neighbouring lines as they came, without the last one's end; `first` is the number of the first. With a rule it is a single place set aside."""

    first: int
    data: bytes
    rule: str = ""


def blocks(stream: Readable, limit: int = LIMIT) -> Iterator[Block]:
    """All lines in blocks of about a piece of input. A line that is longer than `limit` and than a piece is passed over without being held.

    Holds at most `limit` bytes and one piece of input; a cut stream keeps its whole lines.
    """
    number = 1
    waiting: list[bytes] = []  # the pieces of a line that goes on
    held, too_long = 0, False  # their length; whether the line we are in is being passed over
    try:
        for piece in inflated(stream):
            end = piece.rfind(b"\n")
            if end >= 0 and too_long:
                yield Block(number, b"", "line.too_long")
                start = piece.index(b"\n") + 1
                number, too_long = number + 1, False
            else:
                start = 0
            if end >= start:
                waiting.append(piece[start:end])
                data = b"".join(waiting)
                yield Block(number, data)
                number += data.count(b"\n") + 1
                waiting, held = [], 0
                start = end + 1
            if not too_long and start < len(piece):
                waiting.append(piece[start:])
                held += len(piece) - start
            if held > limit:
                waiting, held, too_long = [], 0, True
    except Cut as cut:
        yield Block(number, b"", cut.rule)
        return
    if too_long:
        yield Block(number, b"", "line.too_long")
    elif waiting:
        yield Block(number, b"".join(waiting))


def lines(stream: Readable, limit: int = LIMIT) -> Iterator[Line]:
    """Every line, blank ones too; ends `\\n` or `\\r\\n`, the last may have none. A cut stream keeps its whole lines."""
    for block in blocks(stream, limit):
        yield from lines_of(block, limit)


def lines_of(block: Block, limit: int = LIMIT) -> Iterator[Line]:
    """The lines of a block one by one."""
    if block.rule:
        yield block.first, b"", block.rule
        return
    for number, line in enumerate(block.data.split(b"\n"), block.first):
        yield _judged(number, line, len(line) > limit)


def _judged(number: int, line: bytes, too_long: bool) -> Line:
    if too_long:
        return number, b"", "line.too_long"
    if number == 1:
        line = line.removeprefix(BOM)
    if b"\0" in line:
        return number, b"", "line.nul"
    return number, line.removesuffix(b"\r"), ""
