"""Sheets of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) as tables: merged cells filled, titles passed over, every cell as the text it stands for."""

import io
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

from dujiang.collect.readers.inflate import CHUNK, Cut, inflated
from dujiang.collect.readers.items import LIMIT, Broken, Item, Readable, Remark
from dujiang.collect.readers.table import kind_of
from dujiang.collect.readers.table_head import LOOKED_AT, Head, find_head, trimmed
from dujiang.collect.readers.table_plain import NAMES_LIMIT, read_plain, row_record

MOST_BYTES = 256 << 20  # of the file; a workbook is read whole
MOST_UNPACKED = 1 << 30  # of what an .xlsx unpacks to
_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Names that a program gave: the file's name says more.
_GIVEN = re.compile(r"(sheet|table|工作表|表)\s*\d*", re.IGNORECASE)
Range = tuple[tuple[int, int], tuple[int, int]]  # (row, column) of the first and of the last cell, from 0
_EXACT = 2**53  # whole numbers from here on have lost digits before they got here


def begins_workbook(head: bytes) -> bool:
    """Whether this is the beginning of an Excel workbook and not of another archive or document."""
    return (head.startswith(_MAGIC[0]) and b"xl/" in head) or (head.startswith(_MAGIC[1]) and b"W\0o\0r\0k\0b\0o\0o\0k" in head)


def read_workbook(stream: Readable, name: str) -> Iterator[Item]:
    """The rows of every sheet; a line number is the sheet's row. Text that only calls itself a workbook is read as the text it is."""
    data = _whole(stream)
    if isinstance(data, Broken):
        yield data
    elif data.startswith(_MAGIC):
        yield from _sheets(data, name)
    elif data.lstrip()[:1] in (b"<", b""):
        yield Broken(1, "excel.unreadable")
    else:
        yield from read_plain(io.BytesIO(data), name, data[:CHUNK])


def _whole(stream: Readable) -> bytes | Broken:
    data = bytearray()
    try:
        for piece in inflated(stream):
            data += piece
            if len(data) > MOST_BYTES:
                return Broken(1, "excel.too_large")
    except Cut as cut:
        return Broken(1, cut.rule)
    if data.startswith(_MAGIC[0]):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                    return Broken(1, "excel.too_large")
        except (zipfile.BadZipFile, OverflowError, ValueError):
            return Broken(1, "excel.unreadable")
    return bytes(data)


def _sheets(data: bytes, name: str) -> Iterator[Item]:
    from python_calamine import CalamineWorkbook

    book = _asked(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))
    if isinstance(book, Broken):
        yield book
        return
    sheets: list[str] = book.sheet_names
    for number, sheet in enumerate(sheets, 1):
        kind = kind_of_sheet(name, sheet, number if len(sheets) > 1 else 0)
        found = _asked(lambda sheet=sheet: book.get_sheet_by_name(sheet))  # type: ignore[misc]
        if isinstance(found, Broken):
            yield found._replace(kind=kind)
        else:
            yield from _rows(found, kind, alone=len(sheets) == 1)


def _asked(question: Callable[[], Any]) -> Any:
    """The library's answer, or the broken place. Some damage makes it panic, which Python does not count among exceptions."""
    from python_calamine import CalamineError, PasswordError

    try:
        return question()
    except PasswordError:
        return Broken(1, "excel.locked")
    except (CalamineError, ValueError, OverflowError):
        return Broken(1, "excel.unreadable")
    except BaseException as panic:
        if type(panic).__name__ != "PanicException":
            raise
        return Broken(1, "excel.unreadable")


def kind_of_sheet(name: str, sheet: str, number: int = 0) -> str:
    """The table's name: the sheet's own, or the file's (and the sheet's number among several) where a program named the sheet."""
    own = sheet.strip().lower()
    return own if own and not _GIVEN.fullmatch(own) else kind_of(name) + (f".{number}" if number else "")


def _rows(sheet: Any, kind: str, *, alone: bool) -> Iterator[Item]:
    values: Iterator[list[Any]] = sheet.iter_rows()  # from the sheet's first row, and from the first column that is used
    first = list(islice(values, LOOKED_AT))
    texts = [[text_of(cell) for cell in row] for row in first]
    head = find_head(texts)
    if not head.names or len(head.names) > NAMES_LIMIT:
        if alone or head.names:
            yield Remark("file.empty") if not head.names else Broken(1, "csv.no_header", kind)
        return
    if head.place > 0 and any(any(trimmed(row)) for row in texts[: head.place]):
        yield Remark("table.titles", kind, head.place)
    yield from _records(_filled(chain(first, values), _ranges(sheet), head), head, kind)


def _ranges(sheet: Any) -> list[Range]:
    """Merged ranges by the columns that rows have here."""
    left = (sheet.start or (0, 0))[1]
    return [((top, a - left), (bottom, b - left)) for (top, a), (bottom, b) in sheet.merged_cell_ranges or () if a >= left]


def _filled(values: Iterator[list[Any]], ranges: list[Range], head: Head) -> Iterator[list[Any]]:
    """The rows below the header; every cell of a merged range says what its first cell says."""
    waiting = deque(sorted(one for one in ranges if one[0][0] > head.place))
    open_: list[tuple[int, int, int, Any]] = []  # last row, first and last column, what it says
    for number, row in enumerate(values):
        while waiting and waiting[0][0][0] <= number:
            (_, left), (bottom, right) = waiting.popleft()
            open_.append((bottom, left, right, row[left] if left < len(row) else ""))
        open_ = [one for one in open_ if one[0] >= number]
        for _, left, right, said in open_:
            row[left : right + 1] = [said] * len(row[left : right + 1])
        if number > head.place:
            yield row


def _records(values: Iterator[list[Any]], head: Head, kind: str) -> Iterator[Item]:
    width, lost, any_row = len(head.names), 0, False
    for number, row in enumerate(values, head.place + 2):
        cells = [text_of(cell) for cell in row[:width]]
        if not any(cell.strip() for cell in cells):
            continue
        any_row = True
        lost += any(isinstance(cell, float) and abs(cell) >= _EXACT for cell in row[:width])
        if any(text_of(cell).strip() for cell in row[width:]):
            yield Broken(number, "csv.columns", kind)
        elif sum(map(len, cells)) > LIMIT // 4:
            yield Broken(number, "record.too_long", kind)
        else:
            yield row_record(kind, head.names, [*cells, *[""] * (width - len(cells))], number)
    if not any_row:
        yield Remark("csv.no_rows", kind)
    if lost:
        yield Remark("excel.long_number", kind, lost)


def text_of(cell: Any) -> str:
    """What a cell stands for: a whole number without a point, a day without midnight, text as typed (U+0000 left out)."""
    if isinstance(cell, str):
        return cell.replace("\0", "")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)
