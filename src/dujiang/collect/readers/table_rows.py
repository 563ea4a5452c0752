"""Rows that a database gave, one JSON object a line under a head that names the table and its keys; every value is text or null."""

from collections.abc import Iterator
from typing import Any

import orjson

from dujiang.collect.readers.items import NO_KEY, Broken, Item, Readable, Record, Remark, content_key, is_key
from dujiang.collect.readers.lines import lines


def read_rows(stream: Readable) -> Iterator[Item]:
    """Every row as a record of its table's name; a row whose key cannot be one is set aside."""
    kind = ""
    keys: list[str] = []
    for number, raw, rule in lines(stream):
        if rule or not raw.strip():
            if rule:
                yield Broken(number, rule, kind)
            continue
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            yield Broken(number, "json.syntax", kind)
            continue
        if not kind:
            kind, keys = _head(value)
            if not kind:
                yield Broken(number, "csv.no_header")
                return
            continue
        yield _row(value, kind, keys, number=number, text=raw.decode())
    if not kind:
        yield Remark("file.empty")


def _head(value: Any) -> tuple[str, list[str]]:
    """The table and its keys; empty when the line says neither."""
    if not isinstance(value, dict) or not isinstance(value.get("table"), str) or not isinstance(value.get("keys"), list):
        return "", []
    return value["table"].rpartition(".")[2], [str(key) for key in value["keys"]]


def _row(value: Any, kind: str, keys: list[str], *, number: int, text: str) -> Record | Broken:
    if not isinstance(value, dict):
        return Broken(number, "json.not_object", kind)
    parts = [part for part in map(value.get, keys) if isinstance(part, str)]
    if len(parts) < len(keys):
        return Broken(number, "record.bad_key", kind)
    key = "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
    return Record(kind, key if is_key(key) else "k:" + content_key(parts).removeprefix(NO_KEY), number, text)
