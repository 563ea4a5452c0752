"""Sheets: an export file as lines that remember whose they are and how they were spoiled, until they become bytes."""

import csv
import gzip
import io
import json
from typing import Any, NamedTuple

Record = dict[str, Any]
Content = Record | str
encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class Line:
    """One record: a row or the text of a line, the person's number, and the kind of its dirt."""

    __slots__ = ("content", "dirt", "person")

    def __init__(self, content: Content, person: int, dirt: str = "") -> None:
        self.content = content
        self.person = person
        self.dirt = dirt

    def record(self) -> Record:
        """A copy of the record, free to be changed; JSONDecodeError for a line that is broken already."""
        return dict(self.content) if isinstance(self.content, dict) else dict(json.loads(self.content))


class Sheet:
    """A file: name, lines and, for CSV, the columns in order with the dirt of the header line."""

    __slots__ = ("columns", "header_dirt", "lines", "name")

    def __init__(self, name: str, columns: tuple[str, ...] = ()) -> None:
        self.name = name
        self.columns = columns
        self.header_dirt = ""
        self.lines: list[Line] = []

    def add(self, record: Record, person: int) -> None:
        """Put a record at the end."""
        self.lines.append(Line(self.keep(record), person))

    def keep(self, content: Content) -> Content:
        """A record as its line holds it: a resource as JSON text at once (a tenth of the memory), a row as it is."""
        return content if isinstance(content, str) or self.columns else encode(content)


class Place(NamedTuple):
    """Where a piece of dirt ended up: line number (from 1, the header of a CSV counts), kind, person (-1: nobody)."""

    line: int
    kind: str
    person: int


def render(sheet: Sheet) -> tuple[bytes, list[Place]]:
    """The bytes of a file (gzip where the name says so, without a time stamp) and the places of its dirt."""
    if sheet.columns:
        return render_csv(sheet)
    text = "".join(f"{line.content}\n" for line in sheet.lines)
    places = [Place(i, line.dirt, line.person) for i, line in enumerate(sheet.lines, 1) if line.dirt]
    content = text.encode()
    return gzip.compress(content, 5, mtime=0) if sheet.name.endswith(".gz") else content, places


def render_csv(sheet: Sheet) -> tuple[bytes, list[Place]]:
    """A CSV file; a place is the physical line on which the record begins."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(sheet.columns)
    places = [Place(1, sheet.header_dirt, -1)] if sheet.header_dirt else []
    number = 2
    for line in sheet.lines:
        if line.dirt:
            places.append(Place(number, line.dirt, line.person))
        if isinstance(line.content, str):
            out.write(line.content + "\n")
        else:
            writer.writerow([line.content[column] for column in sheet.columns])
            number += sum(cell.count("\n") for cell in line.content.values()) if line.dirt else 0
        number += 1
    return out.getvalue().encode(), places
