"""Rows out of a vocabulary's files: delimited text of any common shape, or a worksheet; a row that cannot be read is counted and costs no other."""

import csv
import io
import zipfile
from collections.abc import Iterator

from dujiang.collect.readers.encodings import Decoder
from dujiang.collect.readers.inflate import MAGIC
from dujiang.collect.readers.lines import lines
from dujiang.errors import Malformed
from dujiang.world import Delivered

HEAD = 1 << 16
LARGEST_SHEET = 64 << 20  # bytes of a workbook, and of what it unpacks to: it is read as a whole
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
Row = tuple[int, list[str] | None, str]  # line, cells, the rule by which it cannot be read


def table(file: Delivered) -> Iterator[Row]:
    """Every row but blank ones, the header too."""
    with file.open() as stream:
        head = stream.read(HEAD)
    if head[:4] in (_ZIP, _OLE):
        yield from _sheet(file)
    else:
        yield from _text(file, head)


def _text(file: Delivered, head: bytes) -> Iterator[Row]:
    """A file with tabs is split at them and nowhere else, as Athena writes it; others are comma-separated and the like, with quotation marks."""
    with file.open() as stream:
        decoder, delimiter = Decoder(b"" if head[:2] == MAGIC else head), ""
        for number, raw, rule in lines(stream):
            text = None if rule else decoder.text(raw)
            if text is None:
                yield number, None, rule or "line.encoding"
            elif text.strip():
                delimiter = delimiter or _delimiter(text)
                yield _split(number, text, delimiter)


def _delimiter(first: str) -> str:
    """What stands most often in the first line, tabs before all; a space when a code and a name stand beside each other and nothing else does."""
    if "\t" in first:
        return "\t"
    plain = "".join(first.split('"')[::2])
    found = max(",;|", key=plain.count)
    return found if found in plain else " "


def _split(number: int, text: str, delimiter: str) -> Row:
    if delimiter == "\t":
        return number, text.split("\t"), ""
    if delimiter == " ":
        return number, text.split(None, 1), ""
    try:
        return number, next(csv.reader([text], delimiter=delimiter, strict=True)), ""
    except (csv.Error, StopIteration):
        return number, None, "csv.quotes"


def _sheet(file: Delivered) -> Iterator[Row]:
    """The first worksheet of an Excel workbook."""
    import python_calamine

    with file.open() as stream:
        content = stream.read(LARGEST_SHEET + 1)
    _check_size(content)
    try:
        rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except Exception:  # the reader's own errors have no common kind
        raise Malformed("vocabulary.sheet", "The workbook cannot be read. Save it anew, or as CSV.", "工作簿无法读取，请另存后重试，或改用 CSV。") from None
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        if any(cells):
            yield number, cells, ""


def _check_size(content: bytes) -> None:
    size = len(content)
    if content[:4] == _ZIP and size <= LARGEST_SHEET:
        try:
            size = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(content)).infolist())
        except zipfile.BadZipFile:
            size = len(content)
    if size > LARGEST_SHEET:
        raise Malformed(
            "vocabulary.sheet_size", "The workbook is larger than {most} MB. Save it as CSV.", "工作簿超过 {most} MB，请另存为 CSV。", most=LARGEST_SHEET >> 20
        )


def _cell(value: object) -> str:
    """A cell as text; a whole number without the decimals Excel gives it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
