"""Lines of a plain or gzipped stream, each with its number; a line that cannot be used is named with its rule and passed over."""

from collections.abc import Iterator

from dujiang.collect.readers.inflate import Cut, inflated
from dujiang.collect.readers.items import LIMIT, Readable

BOM = b"\xef\xbb\xbf"
Line = tuple[int, bytes, str]  # number from 1, the line without its end, the rule that sets it aside or ""


def lines(stream: Readable, limit: int = LIMIT) -> Iterator[Line]:
    """Every line, blank ones too; ends `\\n` or `\\r\\n`, the last may have none. A cut stream keeps its whole lines.

    Holds at most `limit` bytes and one piece of input.
    """
    number = 0
    tail = b""
    too_long = False  # the line we are in is being passed over
    try:
        for piece in inflated(stream):
            parts = (tail + piece).split(b"\n")
            tail = parts.pop()
            for part in parts:
                number += 1
                yield _judged(number, part, too_long or len(part) > limit)
                too_long = False
            if too_long or len(tail) > limit:
                too_long, tail = True, b""
    except Cut as cut:
        yield number + 1, b"", cut.rule
        return
    if tail or too_long:
        yield _judged(number + 1, tail, too_long)


def _judged(number: int, line: bytes, too_long: bool) -> Line:
    if too_long:
        return number, b"", "line.too_long"
    if number == 1:
        line = line.removeprefix(BOM)
    if b"\0" in line:
        return number, b"", "line.nul"
    return number, line.removesuffix(b"\r"), ""
