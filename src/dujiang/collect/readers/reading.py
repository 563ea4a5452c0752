"""Looks at the beginning of a file and picks its reader: FHIR lines, FHIR documents, a table, a bulk export's log, or none."""

import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from dujiang.collect.readers.entries import entries
from dujiang.collect.readers.fhir import read_document, read_lines
from dujiang.collect.readers.inflate import CHUNK, Cut, inflated
from dujiang.collect.readers.items import LIMIT, Broken, Item, Readable, Remark
from dujiang.collect.readers.lines import BOM, lines
from dujiang.collect.readers.table import delimiter_of, read_table
from dujiang.collect.readers.versions import score

SAMPLE = 50  # resources looked at for a file's version
JSON_NAME = re.compile(r"\.(ndjson|jsonl|json)(\.gz)?$", re.IGNORECASE)
TABLE_NAME = re.compile(r"\.(csv|tsv|psv)(\.gz)?$", re.IGNORECASE)

_ENTRY = re.compile(rb'\s*\{?\s*"(?:fullUrl|resource|link|request|response|search)"')
_BUNDLE = re.compile(rb'"resourceType"\s*:\s*"Bundle"')


class Look(NamedTuple):
    """What a file's beginning says: `reader` is lines, document, table, log, empty or unknown; `score` as in versions."""

    reader: str
    head: bytes = b""
    score: int = 0


def head_of(stream: Readable) -> bytes:
    """The content's first 256 KiB, and to the end of the first line when that is longer, up to the longest line allowed."""
    head = b""
    try:
        for piece in inflated(stream):
            head += piece
            if len(head) >= CHUNK and (b"\n" in head or len(head) >= LIMIT):
                break
    except Cut:
        pass
    return head.removeprefix(BOM)


def look(name: str, head: bytes, hint: str = "auto") -> Look:
    """Name first, content second; a hint settles what both leave open."""
    start = head.lstrip()
    if not start:
        return Look("empty")
    if TABLE_NAME.search(name):
        return Look("table", head)
    if start[:1] in (b"{", b"["):
        return _json(start)
    if JSON_NAME.search(name) or hint.startswith("fhir"):
        return Look("lines")
    return Look("table", head) if hint == "synthea-csv" or _tabular(start) else Look("unknown")


def _tabular(start: bytes) -> bool:
    """Whether the first line is printable text with a delimiter, as a header is, and no mark-up."""
    line = start.partition(b"\n")[0].rstrip(b"\r")
    text = line.decode("gb18030", "replace") if len(line) < CHUNK else ""
    return text.replace("\t", " ").isprintable() and delimiter_of(text) in text and not text.startswith(("<", "%", "#"))


def _json(start: bytes) -> Look:
    value = _parsed(start.partition(b"\n")[0])
    if isinstance(value, dict) and "resourceType" not in value and {"exportId", "eventId"} <= value.keys():
        return Look("log")
    if _whole(start, value):
        return Look("document", score=sum(_scores(e.raw for e in entries(io.BytesIO(start)))))
    return Look("lines", score=sum(_scores(raw for _, raw, _ in lines(io.BytesIO(start)))))


def _whole(start: bytes, value: Any) -> bool:
    """Whether this is a document and not lines: its first line is not JSON by itself and goes on, or it is the only one."""
    first, end, rest = start.partition(b"\n")
    if value is not None:
        return not rest.strip() and (isinstance(value, list) or (isinstance(value, dict) and value.get("resourceType") == "Bundle"))
    if not end:
        return start[:1] == b"[" or _BUNDLE.search(first, 0, CHUNK) is not None
    goes_on = first.rstrip().endswith(b"[") and _ENTRY.match(rest) is not None
    return start[:1] == b"[" or rest.lstrip()[:1] == b'"' or goes_on


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _scores(raws: Iterator[bytes]) -> Iterator[int]:
    for _, raw in zip(range(SAMPLE), raws, strict=False):
        value = _parsed(raw)
        resource = value.get("resource", value) if isinstance(value, dict) else None
        if isinstance(resource, dict):
            yield score(raw, resource)


def read(stream: Readable, name: str, seen: Look) -> Iterator[Item]:
    """The file's records, broken places and remarks, in order."""
    if seen.reader == "lines":
        return read_lines(stream)
    if seen.reader == "document":
        return read_document(stream)
    if seen.reader == "table":
        return read_table(stream, name, seen.head)
    return iter((_NOTHING[seen.reader],))


_NOTHING: dict[str, Item] = {
    "log": Remark("file.export_log"),
    "empty": Remark("file.empty"),
    "unknown": Broken(1, "file.unknown_form"),
}
