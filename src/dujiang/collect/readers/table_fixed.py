"""Lines of fixed width: each is a record of one field, `line`, as written; the steward's map says which places make which column."""

from collections.abc import Iterator

from dujiang.collect.readers.encodings import Decoder
from dujiang.collect.readers.inflate import CHUNK
from dujiang.collect.readers.items import Broken, Item, Readable, Remark
from dujiang.collect.readers.lines import lines
from dujiang.collect.readers.table import kind_of
from dujiang.collect.readers.table_plain import row_record

FIELD = "line"


def read_fixed(stream: Readable, name: str) -> Iterator[Item]:
    """Every line that is not blank; the encoding is decided by the first lines that are not ASCII."""
    kind, any_row = kind_of(name), False
    waiting: list[tuple[int, bytes, str]] = []
    source = lines(stream)
    held = 0
    for line in source:
        waiting.append(line)
        held += len(line[1])
        if held > CHUNK:
            break
    decoder = Decoder(b"\n".join(raw for _, raw, _ in waiting) + b"\n")
    for part in (waiting, source):
        for number, raw, rule in part:
            text = None if rule else decoder.text(raw)
            if text is None:
                yield Broken(number, rule or "line.encoding", kind)
            elif text.strip():
                any_row = True
                yield row_record(kind, [FIELD], [text], number)
    if not any_row:
        yield Remark("csv.no_rows")
    if decoder.name == "gb18030":
        yield Remark("file.gb18030")
