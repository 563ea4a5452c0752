"""Tables with a header out of delimited text: a row is an object of strings under the header's names, an empty field null."""

from collections.abc import Iterator

import orjson

from dujiang.collect.readers.encodings import Decoder
from dujiang.collect.readers.items import Broken, Item, Readable, Record, Remark, content_key, is_key
from dujiang.collect.readers.lines import Line, lines
from dujiang.collect.readers.rows import Row, rows
from dujiang.collect.readers.tables import KEYED, missing


def kind_of(name: str) -> str:
    """The table's name: the file's, in lower case, without folder and endings."""
    base = name.rpartition("/")[2].lower().removesuffix(".gz")
    return base.rpartition(".")[0] or base


def delimiter_of(header: str) -> str:
    """The delimiter that stands most often outside the header's quotation marks; a comma when none does."""
    plain = "".join(header.split('"')[::2])
    return max(",;\t|", key=plain.count)


def columns_of(names: list[str]) -> list[str]:
    """Header names as given; a repeated one gets `#2`, an empty one `column_4`, so that none hides another."""
    seen: dict[str, int] = {}
    out = []
    for place, name in enumerate(names, 1):
        name = name or f"column_{place}"
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return out


def read_table(stream: Readable, name: str, head: bytes) -> Iterator[Item]:
    """Every row; a table without a usable header, or without a column it must have, is one broken place and a remark."""
    decoder, source, kind = Decoder(head), lines(stream), kind_of(name)
    first = next((line for line in source if line[2] or line[1].strip()), None)
    if first is None:
        yield Remark("file.empty")
        return
    names, delimiter = _header(first, source, decoder)
    lacks = [("csv.missing_column", need) for need in missing(kind, names)] if names else [("csv.no_header", "")]
    if lacks:
        held = sum(1 for _, raw, _ in source if raw.strip())
        yield Broken(first[0], lacks[0][0], kind)
        yield from (Remark(rule, what, held) for rule, what in lacks)
        return
    yield from _records(rows(source, decoder, delimiter, len(names)), kind, names)
    if decoder.name == "gb18030":
        yield Remark("file.gb18030")


def _header(first: Line, source: Iterator[Line], decoder: Decoder) -> tuple[list[str], str]:
    """Column names and delimiter; no names when the first line is no header. A header takes one line."""
    text = None if first[2] else decoder.text(first[1])
    if text is None:
        return [], ","
    delimiter = delimiter_of(text)
    row = next(rows(iter([first]), decoder, delimiter))
    return (columns_of(row.values) if isinstance(row, Row) else []), delimiter


def _records(items: Iterator[Row | Broken], kind: str, names: list[str]) -> Iterator[Item]:
    keyed = kind in KEYED and "Id" in names
    any_row = False
    for item in items:
        any_row = True
        if isinstance(item, Broken):
            yield item._replace(kind=kind)
            continue
        value = {n: v or None for n, v in zip(names, item.values, strict=True)}
        key = (value["Id"] or "") if keyed else content_key(value)
        if keyed and not is_key(key):
            yield Broken(item.line, "record.bad_key", kind)
        else:
            yield Record(kind, key, item.line, orjson.dumps(value).decode())
    if not any_row:
        yield Remark("csv.no_rows")
