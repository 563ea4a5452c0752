"""Stowing an arrival's records as one sealed table: they stream to it, each is there once, the later version is kept."""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple, cast

from dujiang.collect.arrivals import records_name
from dujiang.collect.pouring import RECORD, Rows
from dujiang.world import Blobs, Frames

SLICE = 64 << 20  # bytes of long records that may wait in memory at once, unless told otherwise
VECTOR = 2048  # records that the tables' engine takes in hand together

# To find those whose (kind, key) comes again. Without an id of its own (`h:`) an equal record in the same file is
# another record and gets `#2`, `#3`, …; everything else with the same kind and key is one record, the last of which is kept.
_AGAIN = """
CREATE OR REPLACE TABLE again AS
SELECT md5_number(kind || chr(31) || key) AS id FROM {rows} GROUP BY id HAVING count(*) > 1"""
_ODD = """
CREATE OR REPLACE TABLE odd AS
WITH thin AS (
    SELECT seq, md5_number(kind || chr(31) || key) AS id, file, hash(body) AS body, starts_with(key, 'h:') AS keyless
    FROM {rows} WHERE md5_number(kind || chr(31) || key) IN (FROM again)
),
numbered AS (SELECT *, CASE WHEN keyless THEN row_number() OVER (PARTITION BY id, file ORDER BY seq) ELSE 1 END AS nth FROM thin)
SELECT seq, nth, seq < max(seq) OVER same AS lost, body = arg_max(body, seq) OVER same AS equal
FROM numbered WINDOW same AS (PARTITION BY id, nth)"""
_KEPT = """
SELECT seq, form, kind, CASE WHEN o.nth > 1 THEN key || '#' || o.nth ELSE key END AS key, file, line, body
FROM {rows} LEFT JOIN odd o USING (seq) WHERE o.lost IS NOT TRUE{order}"""


class Stowed(NamedTuple):
    """How many records were kept by kind, and how many came again equal or were superseded."""

    by_kind: dict[str, int]
    duplicates: int
    superseded: int


class Hold:
    """An arrival's records on their way into its table."""

    def __init__(self, frames: Frames, blobs: Blobs, zone: str, arrival: str, *, slice_size: int) -> None:
        self._frames, self._blobs, self._zone, self._arrival = frames, blobs, zone, arrival
        self._size = slice_size
        self._parts: list[str] = []
        self._poured = 0

    def stow(self, rows: Iterator[Rows]) -> Stowed:
        """Take all rows, keep each record once, write the table whole or not at all."""
        self._clear()
        self._pour(iter(()) if (first := next(rows, None)) is None else self._slice(first, rows))
        for first in rows:
            self._pour(self._slice(first, rows))
        parts = self._read()
        self._frames.run(_AGAIN.format(rows=parts))
        self._frames.run(_ODD.format(rows=parts))
        self._finish(parts)
        self._clear()
        return self._counted()

    def _slice(self, first: Rows, rows: Iterator[Rows]) -> Iterator[bytes]:
        """Rows until too many long ones would wait in memory; short ones, of which a vector is smaller than a slice, never are too many."""
        held = 0
        for text, count in chain((first,), rows):
            yield text
            self._poured += len(text)
            held += len(text) if len(text) * VECTOR > self._size * count else 0
            if held >= self._size:
                return

    def _pour(self, rows: Iterator[bytes]) -> None:
        name = f"landing/{self._arrival}/{len(self._parts)}.parquet"
        self._frames.pour(RECORD, rows, self._zone, name)
        self._parts.append(name)

    def _read(self) -> str:
        urls = ", ".join(f"'{self._frames.url(self._zone, part)}'" for part in self._parts)
        return f"read_parquet([{urls}])"

    def _finish(self, parts: str) -> None:
        """The rows in order of delivery; of an arrival of several parts or with odd records that is larger than a slice, in order within each."""
        odd = self._frames.rows("SELECT count(*) FROM odd")[0][0]
        if odd or len(self._parts) > 1:
            order = " ORDER BY seq" if self._poured <= self._size else ""
            self._frames.save(_KEPT.format(rows=parts, order=order), self._zone, records_name(self._arrival))
        else:
            self._blobs.rename(self._zone, self._parts[0], records_name(self._arrival))

    def _counted(self) -> Stowed:
        url = self._frames.url(self._zone, records_name(self._arrival))
        kinds = self._frames.rows(f"SELECT kind, count(*) FROM read_parquet('{url}') GROUP BY kind ORDER BY kind")
        lost = self._frames.rows("SELECT count(*) FILTER (equal), count(*) FILTER (NOT equal) FROM odd WHERE lost")[0]
        return Stowed({str(kind): cast(int, n) for kind, n in kinds}, cast(int, lost[0]), cast(int, lost[1]))

    def _clear(self) -> None:
        """Parts that this or a run that was killed left behind."""
        for name in self._blobs.names(self._zone, f"landing/{self._arrival}"):
            self._blobs.delete(self._zone, name)
