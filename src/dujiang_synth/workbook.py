"""Writes sheets of text as an Excel workbook (Office Open XML), equal bytes for equal cells; no styles, no numbers, no dates."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
Merged = tuple[str, str]  # the first and the last cell of a range, as in ("A1", "C1")


def workbook(sheets: Sequence[tuple[str, Iterable[Sequence[str]], Sequence[Merged]]]) -> bytes:
    """The workbook of (name, rows, merged ranges)."""
    out = io.BytesIO()
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>' for n in numbers
    )
    named = "".join(f'<sheet name={quoteattr(s[0])} sheetId="{n}" r:id="rId{n}"/>' for n, s in zip(numbers, sheets, strict=True))
    related = "".join(f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        _put(packed, "[Content_Types].xml", f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
             'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
             f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>{overrides}</Types>')
        _put(packed, "_rels/.rels", f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
             'Target="xl/workbook.xml"/></Relationships>')
        _put(packed, "xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>')
        _put(packed, "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_RELATIONS}">{related}</Relationships>')
        for n, (_, rows, merged) in zip(numbers, sheets, strict=True):
            _put(packed, f"xl/worksheets/sheet{n}.xml", _sheet(rows, merged))
    return out.getvalue()


def _put(packed: zipfile.ZipFile, name: str, text: str) -> None:
    packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), _HEAD + text, zipfile.ZIP_DEFLATED)


def _sheet(rows: Iterable[Sequence[str]], merged: Sequence[Merged]) -> str:
    lines = "".join(f'<row r="{n}">{"".join(_cell(n, c, text) for c, text in enumerate(row))}</row>' for n, row in enumerate(rows, 1))
    ranges = "".join(f'<mergeCell ref="{first}:{last}"/>' for first, last in merged)
    joined = f'<mergeCells count="{len(merged)}">{ranges}</mergeCells>' if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData>{joined}</worksheet>'


def _cell(row: int, column: int, text: str) -> str:
    """A cell of text; an empty one is left out."""
    if not text:
        return ""
    return f'<c r="{letters(column)}{row}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def letters(column: int) -> str:
    """The letters of a column counted from 0: A, B, … Z, AA."""
    return (letters(column // 26 - 1) if column >= 26 else "") + chr(65 + column % 26)
