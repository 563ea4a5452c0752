"""Any table out of delimited text, also one with titles above its header or without one: a row is an object of strings, an empty field null."""

import io
from collections import Counter
from collections.abc import Iterator

import orjson

from dujiang.collect.readers.encodings import Decoder
from dujiang.collect.readers.items import Broken, Item, Readable, Record, Remark, content_key
from dujiang.collect.readers.lines import lines
from dujiang.collect.readers.rows import Row, rows
from dujiang.collect.readers.table import columns_of, kind_of
from dujiang.collect.readers.table_head import LOOKED_AT, Head, find_head

DELIMITERS = ",;\t|"
NAMES_LIMIT = 4096  # columns of a table


def read_plain(stream: Readable, name: str, head: bytes) -> Iterator[Item]:
    """Every row under its header; a file without a table is one broken place."""
    kind = kind_of(name)
    sample, delimiter = _sample(head)
    found = find_head([row.values for row in sample])
    if not found.names or len(found.names) > NAMES_LIMIT:
        yield from _no_table(stream, kind)
        return
    decoder, source = Decoder(head), lines(stream)
    for _ in zip(range(_ends(sample, found)), source, strict=False):
        pass  # titles and header: they were read from the head
    yield from _remarks(found, sample)
    yield from _records(rows(source, decoder, delimiter, len(found.names)), kind, found.names)
    if decoder.name == "gb18030":
        yield Remark("file.gb18030")


def _no_table(stream: Readable, kind: str) -> Iterator[Item]:
    held = sum(1 for _, raw, rule in lines(stream) if rule or raw.strip())
    if held:
        yield Broken(1, "csv.no_header", kind)
        yield Remark("csv.no_header", "", held - 1)
    else:
        yield Remark("file.empty")


def _sample(head: bytes) -> tuple[list[Row], str]:
    """The first rows, and the delimiter that gives most rows the same and the greatest number of cells."""
    best: tuple[tuple[float, int], list[Row], str] | None = None
    for delimiter in DELIMITERS:
        found = [row for _, row in zip(range(LOOKED_AT), rows(lines(io.BytesIO(head)), Decoder(head), delimiter), strict=False) if isinstance(row, Row)]
        widths = Counter(len(row.values) for row in found if len(row.values) > 1)
        width, many = max(widths.items(), key=lambda item: (item[1], item[0])) if widths else (1, 0)
        rank = (many / max(len(found), 1), width)
        if best is None or rank > best[0]:
            best = (rank, found, delimiter)
    return (best[1], best[2]) if best else ([], ",")


def _ends(sample: list[Row], head: Head) -> int:
    """The number of the line with which the header ends; 0 without one."""
    return sample[head.place].line + sample[head.place].lines - 1 if head.place >= 0 else 0


def _remarks(head: Head, sample: list[Row]) -> Iterator[Item]:
    if head.names == columns_of([""] * len(head.names)):
        yield Remark("table.no_header")
    if head.place > 0:
        yield Remark("table.titles", "", head.place)


def _records(items: Iterator[Row | Broken], kind: str, names: list[str]) -> Iterator[Item]:
    any_row = False
    for item in items:
        any_row = True
        if isinstance(item, Broken):
            yield item._replace(kind=kind)
        else:
            yield row_record(kind, names, item.values, item.line)
    if not any_row:
        yield Remark("csv.no_rows")


def row_record(kind: str, names: list[str], values: list[str], line: int) -> Record:
    """A row as a record, its key made of its content: which columns name it, a map says later."""
    value = {n: v or None for n, v in zip(names, values, strict=True)}
    return Record(kind, content_key(value), line, orjson.dumps(value).decode())
