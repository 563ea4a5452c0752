"""FHIR resources out of NDJSON lines, Bundles and arrays; a record's body is its text as delivered, so no number changes."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import orjson

from dujiang.collect.readers.entries import entries
from dujiang.collect.readers.items import LIMIT, Broken, Item, Readable, Record, content_key, is_key
from dujiang.collect.readers.lines import Line, lines
from dujiang.collect.readers.resources import RESOURCES


class _Named(msgspec.Struct):
    """What names a resource; the rest is checked to be JSON and passed over."""

    resourceType: Any = None
    id: Any = None


class _Held(msgspec.Struct):
    """An entry of a Bundle; `resource` keeps its text."""

    resource: msgspec.Raw = msgspec.Raw()
    fullUrl: Any = None


class _Bundle(msgspec.Struct):
    entry: list[msgspec.Raw] = []
    type: Any = None


_named = msgspec.json.Decoder(_Named)
_held = msgspec.json.Decoder(_Held)
_bundle = msgspec.json.Decoder(_Bundle)


def read_lines(stream: Readable, limit: int = LIMIT) -> Iterator[Item]:
    """One resource a line; a line that holds a Bundle gives its entries, all with that line's number."""
    return read_each(lines(stream, limit))


def read_each(found: Iterable[Line]) -> Iterator[Item]:
    """The same of lines that are held already."""
    for number, raw, rule in found:
        if rule:
            yield Broken(number, rule)
        elif raw and not raw.isspace():
            item = _resource(raw, number)
            if isinstance(item, Record) and item.kind == "Bundle":
                yield from _unpacked(raw, number)
            else:
                yield item


def read_document(stream: Readable) -> Iterator[Item]:
    """Resources of one or more JSON documents: Bundles of any type, arrays, single resources. `line` is the entry's number."""
    for entry in entries(stream):
        if entry.rule:
            yield Broken(entry.number, entry.rule)
        elif entry.in_bundle:
            yield _of_entry(entry.raw, entry.number, entry.backwards)
        else:
            item = _resource(entry.raw, entry.number)
            bundle = isinstance(item, Record) and item.kind == "Bundle"
            yield from _unpacked(entry.raw, entry.number) if bundle else (item,)


def _resource(raw: bytes, line: int, *, fallback: str | None = None, backwards: bool = False) -> Record | Broken:
    """The resource as a record; `fallback` is its key when it names no id of its own."""
    try:
        text = raw.decode().strip()
        value = _value(raw, text)
    except UnicodeDecodeError:
        return Broken(line, "line.encoding")
    except (msgspec.DecodeError, RecursionError):
        return Broken(line, "json.syntax")
    if not isinstance(value, dict):
        return Broken(line, "json.not_object")
    kind = value.get("resourceType")
    key = value.get("id", fallback)
    if not isinstance(kind, str) or kind not in RESOURCES:
        return Broken(line, "fhir.no_type" if kind is None else "fhir.unknown_type")
    if key is None:
        key = content_key(value.get("", value))
    elif not is_key(key):
        return Broken(line, "record.bad_key", kind)
    return Record(kind, key, line, text, backwards)


def _value(raw: bytes, text: str) -> Any:
    """The JSON's value; of one with a number that no double can hold, which is JSON all the same, its names, and its text under "" in place of the rest."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        named = _named.decode(raw)
        return {"": text} | {name: found for name in ("resourceType", "id") if (found := getattr(named, name)) is not None}


def _unpacked(raw: bytes, line: int) -> Iterator[Item]:
    """A Bundle that is held already."""
    try:
        bundle = _bundle.decode(raw)
    except msgspec.ValidationError:
        yield Broken(line, "json.not_object", "Bundle")
        return
    for entry in bundle.entry:
        yield _of_entry(bytes(entry), line, bundle.type == "history")


def _of_entry(raw: bytes, line: int, backwards: bool) -> Record | Broken:
    """An entry's resource; a resource without an id goes by the UUID in the entry's `fullUrl`, to which references point."""
    try:
        held = _held.decode(raw)
    except msgspec.ValidationError:
        return Broken(line, "json.not_object")
    except msgspec.DecodeError:
        return Broken(line, "json.syntax")
    except UnicodeDecodeError:
        return Broken(line, "line.encoding")
    resource = bytes(held.resource)
    if resource in (b"", b"null"):
        return Broken(line, "fhir.no_resource")
    url = held.fullUrl if isinstance(held.fullUrl, str) else ""
    return _resource(resource, line, fallback=url.removeprefix("urn:uuid:") if url.startswith("urn:uuid:") else None, backwards=backwards)
