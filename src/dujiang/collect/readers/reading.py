"""Looks at the beginning of a file and picks its reader: FHIR lines, FHIR documents, a table, a format of the list, or none."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import orjson

from dujiang.collect.readers.apple.reader import is_export, read_export
from dujiang.collect.readers.ccda.reader import is_document, read_clinical_document
from dujiang.collect.readers.dicom.reader import is_image, read_image
from dujiang.collect.readers.entries import entries
from dujiang.collect.readers.fhir import read_document
from dujiang.collect.readers.fit.reader import is_fit, read_fit
from dujiang.collect.readers.fitbit.reader import is_tracker, read_tracker
from dujiang.collect.readers.hl7v2.reader import begins_message, read_messages
from dujiang.collect.readers.inflate import CHUNK, Cut, inflated
from dujiang.collect.readers.items import LIMIT, Broken, Item, Many, Readable, Remark
from dujiang.collect.readers.lines import BOM, lines
from dujiang.collect.readers.openmhealth.reader import is_points, read_points
from dujiang.collect.readers.regular import read_regular
from dujiang.collect.readers.table import delimiter_of, kind_of, read_table
from dujiang.collect.readers.table_excel import begins_workbook, read_workbook
from dujiang.collect.readers.table_fixed import read_fixed
from dujiang.collect.readers.table_plain import read_plain
from dujiang.collect.readers.table_rows import read_rows
from dujiang.collect.readers.tables import is_known
from dujiang.collect.readers.vcf.reader import is_variants, read_variants
from dujiang.collect.readers.versions import score
from dujiang.collect.readers.x12.reader import read_interchange
from dujiang.collect.readers.x12.segments import is_interchange

SAMPLE = 50  # resources looked at for a file's version
JSON_NAME = re.compile(r"\.(ndjson|jsonl|json)(\.gz)?$", re.IGNORECASE)
TABLE_NAME = re.compile(r"\.(csv|tsv|psv)(\.gz)?$", re.IGNORECASE)
# The form of rows of any table; `synthea-csv` are the tables we know by name.
TABLE = "table"

_ENTRY = re.compile(rb'\s*\{?\s*"(?:fullUrl|resource|link|request|response|search)"')
_BUNDLE = re.compile(rb'"resourceType"\s*:\s*"Bundle"')


class Look(NamedTuple):
    """What a file's beginning says: `reader` is lines, document, table (a known one), plain (any other), log, empty, unknown or a format's name.

    `score` as in versions.
    """

    reader: str
    head: bytes = b""
    score: int = 0


class Format(NamedTuple):
    """A format of the list: its name is that of its reader, of the hint that asks for it, and of the form of its records.

    Its files are those whose name ends so, whatever is in them, and those whose beginning (blanks left out) says so.
    """

    name: str
    ending: str  # a regular expression for the end of the file's name, `.gz` left out
    begins: Callable[[bytes], bool]
    read: Callable[[Readable, str], Iterator[Item]]  # from the file's stream and name


# A new format is a row here. The first row that knows a file reads it.
FORMATS: tuple[Format, ...] = (
    Format("hl7v2", r"\.(hl7|hl7v2|er7|mllp)", begins_message, lambda stream, name: read_messages(stream)),
    Format("ccda", r"\.(ccda|cda|ccd)", is_document, lambda stream, name: read_clinical_document(stream)),
    Format("apple-health", r"/apple_health_export/export\.xml", is_export, read_export),
    Format("fit", r"\.fit", is_fit, read_fit),
    Format("open-mhealth", r"\.omh\.(json|ndjson|jsonl)", is_points, read_points),
    Format("x12", r"\.(x12|edi|83[57][ip]?)", is_interchange, read_interchange),
    Format("vcf", r"\.vcf", is_variants, read_variants),
    Format("dicom", r"\.(dcm|dicom)", is_image, read_image),
    Format("excel", r"\.(xlsx|xlsm|xlsb|xls|ods|et)", begins_workbook, read_workbook),
    Format("rows", r"\.rows\.ndjson", lambda head: False, lambda stream, name: read_rows(stream)),
    Format("fitbit", r"\.fitbit", is_tracker, read_tracker),
    Format("fixed-width", r"\.(fwf|fixed)", lambda head: False, read_fixed),
)
_BY_NAME = {one.name: one for one in FORMATS}


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
    if TABLE_NAME.search(name) and hint != "fixed-width" and (hint != "auto" or not is_tracker(start)):
        return _table(name, head, hint)
    for one in FORMATS:
        if re.search(one.ending + r"(\.(gz|bgz))?$", name, re.IGNORECASE) or one.begins(start):
            return Look(one.name)
    if start[:1] in (b"{", b"["):
        return _json(start)
    if JSON_NAME.search(name) or hint.startswith("fhir"):
        return Look("lines")
    if hint in _BY_NAME:
        return Look(hint)
    return _table(name, head, hint) if hint in ("synthea-csv", TABLE) or _tabular(start) else Look("unknown")


def form_of(seen: Look) -> str:
    """The form of a file's records; empty when the FHIR version decides."""
    if seen.reader == "table":
        return "synthea-csv"
    if seen.reader in ("plain", "excel", "fixed-width", "rows"):
        return TABLE
    return "" if seen.reader in ("lines", "document") else seen.reader


def _table(name: str, head: bytes, hint: str) -> Look:
    """A table we know by its name and one of its columns, or any other; the hint decides before both."""
    known = hint == "synthea-csv" or (hint != TABLE and is_known(kind_of(name), head.partition(b"\n")[0]))
    return Look("table" if known else "plain", head)


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


def read(stream: Readable, name: str, seen: Look) -> Iterator[Item | Many]:
    """The file's records, broken places and remarks, in order."""
    if seen.reader == "lines":
        return read_regular(stream)
    if seen.reader == "document":
        return read_document(stream)
    if seen.reader == "table":
        return read_table(stream, name, seen.head)
    if seen.reader == "plain":
        return read_plain(stream, name, seen.head)
    if seen.reader in _BY_NAME:
        return _BY_NAME[seen.reader].read(stream, name)
    return iter((_NOTHING[seen.reader],))


_NOTHING: dict[str, Item] = {
    "log": Remark("file.export_log"),
    "empty": Remark("file.empty"),
    "unknown": Broken(1, "file.unknown_form"),
}
