"""Rows out of delimited text, quoted line breaks included; a row that cannot be split costs its first line and no more."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.encodings import Decoder
from dujiang.collect.readers.items import LIMIT, Broken
from dujiang.collect.readers.lines import Line

SPAN = 1000  # a row goes over at most so many lines
# The csv module's own limit of 128 KiB a field holds for the whole process; here lines are bounded before they get to it.
csv.field_size_limit(2 * LIMIT)


class Row(NamedTuple):
    line: int
    values: list[str]
    lines: int  # how many lines it takes; a row of wrong length over several lines is a lost quotation mark


class _Text:
    """The lines of the file as text, one after another; those of a row that failed can be given back."""

    def __init__(self, source: Iterator[Line], decoder: Decoder) -> None:
        self._source, self._decoder = source, decoder
        self._back: deque[tuple[int, str]] = deque()
        self._held = 0
        self.broken: list[Broken] = []
        self.taken: list[tuple[int, str]] = []  # by the row being read

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= SPAN or self._held > LIMIT:
            raise StopIteration
        line = self._back.popleft() if self._back else self._fresh()
        self.taken.append(line)
        self._held += len(line[1])
        return line[1] + "\n"

    def _fresh(self) -> tuple[int, str]:
        for number, raw, rule in self._source:
            text = None if rule else self._decoder.text(raw)
            if text is not None:
                return number, text
            self.broken.append(Broken(number, rule or "line.encoding"))
            if self.taken:
                break  # a row does not go on over a line that is not there
        raise StopIteration

    def begin(self) -> None:
        self.taken, self._held = [], 0

    def give_back(self) -> None:
        """All lines of the row but its first are read again."""
        self._back.extendleft(reversed(self.taken[1:]))


def rows(source: Iterator[Line], decoder: Decoder, delimiter: str, columns: int = 0) -> Iterator[Row | Broken]:
    """Every row, blank lines left out; with `columns`, rows of another length are broken."""
    text = _Text(source, decoder)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        text.begin()
        try:
            values = next(reader)
        except StopIteration:
            values = []
        except csv.Error:
            values = None
        yield from text.broken
        text.broken.clear()
        if not text.taken:
            return
        item = _row(text, values, columns)
        if item is not None:
            yield item


def _row(text: _Text, values: list[str] | None, columns: int) -> Row | Broken | None:
    line, span = text.taken[0][0], len(text.taken)
    if not text.taken[0][1].strip(" "):
        return None
    if values is not None and (not columns or len(values) == columns):
        return Row(line, values, span)
    text.give_back()
    return Broken(line, "csv.quotes" if values is None or span > 1 else "csv.columns")
