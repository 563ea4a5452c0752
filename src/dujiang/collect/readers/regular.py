"""Reads regular FHIR lines many at a time and gives every block with anything odd in it to the careful reader: the outcome is the same.

A block is regular when every line of it is one JSON object with a resource type that we know, but Bundle, and a plain ASCII id.
"""

from collections.abc import Iterator

import msgspec

from dujiang.collect.readers.fhir import read_each
from dujiang.collect.readers.items import LIMIT, NO_KEY, Item, Many, Readable
from dujiang.collect.readers.lines import BOM, Block, blocks, lines_of
from dujiang.collect.readers.resources import RESOURCES

_LINED = RESOURCES - {"Bundle"}
_LONGEST_KEY = 255


class _Named(msgspec.Struct, gc=False):
    """What names a resource; the decoder checks that the rest is JSON, to the letter, and keeps none of it."""

    resourceType: str
    id: str


_named = msgspec.json.Decoder(_Named)


def read_regular(stream: Readable, limit: int = LIMIT) -> Iterator[Item | Many]:
    """What `read_lines` gives, in its order."""
    for block in blocks(stream, limit):
        found = regular(block, limit)
        if found:
            yield found
        else:
            yield from read_each(lines_of(block, limit))


def regular(block: Block, limit: int = LIMIT) -> Many | None:
    """The records of a regular block; None for any other, which costs nothing but time."""
    lines = block.data.split(b"\n")
    if block.rule or max(map(len, lines)) > limit:
        return None
    if block.first == 1:
        lines[0] = lines[0].removeprefix(BOM)
    try:
        named = list(map(_named.decode, lines))
        if not block.data.isascii():
            block.data.decode()  # the decoder does not look into the text that it passes over
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    kinds, keys = [one.resourceType for one in named], [one.id for one in named]
    if not _LINED.issuperset(kinds) or not _plain(keys):
        return None
    return Many(block.first, kinds, keys, [line.strip() for line in lines])


def _plain(keys: list[str]) -> bool:
    """Whether all are keys, as `is_key` has it, and ASCII."""
    lengths = set(map(len, keys))
    joined = " ".join(keys)
    return joined.isascii() and joined.isprintable() and max(lengths) <= _LONGEST_KEY and min(lengths) > 0 and f" {NO_KEY}" not in f" {joined}"
