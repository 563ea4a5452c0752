"""Writes records as the text that pours into their table (`Frames.pour`); what a record holds never ends its row or its field."""

from collections.abc import Mapping
from typing import NamedTuple

from dujiang.collect.readers.items import Many, Record

# `seq` is a record's place in the arrival, by which the later version wins.
RECORD: Mapping[str, str] = {
    "seq": "BIGINT", "form": "VARCHAR", "kind": "VARCHAR", "key": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "body": "VARCHAR",
}


class Rows(NamedTuple):
    """Whole rows, and how many."""

    text: bytes
    rows: int


class Origin(NamedTuple):
    """What all records of a file share, as fields."""

    form: bytes
    file: bytes


def origin(form: str, file: str) -> Origin:
    """The fields of a file's form and name."""
    return Origin(_field(form), _field(file))


def row_of(record: Record, seq: int, shared: Origin) -> Rows:
    """One record."""
    kind, key, line, body, _ = record
    fields = (b"%d" % seq, shared.form, _field(kind), _field(key), shared.file, b"%d" % line, _field(body))
    return Rows(b"\x1f".join(fields) + b"\n", 1)


def rows_of(many: Many, seq: int, shared: Origin) -> Rows:
    """Many records at once, the first in place `seq`. Their kinds and keys are plain, and JSON holds no control character but between values."""
    row = b"%%d\x1f%b\x1f%%b\x1f%%b\x1f%b\x1f%%d\x1f\x1e%%b\x1e\n" % tuple(part.replace(b"%", b"%%") for part in shared)
    step = many.first - seq
    numbered = enumerate(zip(many.kinds, many.keys, many.bodies, strict=True), seq)
    text = b"".join([row % (n, kind.encode(), key.encode(), n + step, body) for n, (kind, key, body) in numbered])
    return Rows(text, len(many.keys))


def _field(text: str) -> bytes:
    return b"\x1e" + text.replace("\x1e", "\x1e\x1e").encode() + b"\x1e"
