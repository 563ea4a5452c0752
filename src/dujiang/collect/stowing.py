"""Stowing an arrival's records as one sealed table: in slices that fit in memory, each record once, the later version kept."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple, cast

from dujiang.collect.arrivals import records_name
from dujiang.world import Blobs, Frames

RECORD: Mapping[str, str] = {
    "form": "VARCHAR", "kind": "VARCHAR", "key": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "body": "VARCHAR",
}
SLICE = 64 << 20  # characters of records held in memory at once, unless told otherwise
Row = dict[str, object]  # a record's columns and `seq`, its place in the arrival by which the later version wins

# Thin rows to find those whose (kind, key) comes again. Without an id of its own (`h:`) an equal record in the same file is
# another record and gets `#2`, `#3`, …; everything else with the same kind and key is one record, the last of which is kept.
_KEYS = "seq BIGINT, id UHUGEINT, file VARCHAR, body UBIGINT, keyless BOOLEAN"
_NOTE = """
INSERT INTO keys SELECT seq, md5_number(kind || chr(31) || key), file, hash(body), starts_with(key, 'h:') FROM slice"""
_ODD = """
CREATE OR REPLACE TABLE odd AS
WITH again AS (SELECT * FROM keys WHERE id IN (SELECT id FROM keys GROUP BY id HAVING count(*) > 1)),
numbered AS (SELECT *, CASE WHEN keyless THEN row_number() OVER (PARTITION BY id, file ORDER BY seq) ELSE 1 END AS nth FROM again)
SELECT seq, nth, seq < max(seq) OVER same AS lost, body = arg_max(body, seq) OVER same AS equal
FROM numbered WINDOW same AS (PARTITION BY id, nth)"""
_KEPT = """
SELECT form, kind, CASE WHEN o.nth > 1 THEN key || '#' || o.nth ELSE key END AS key, file, line, body
FROM ({rows}) LEFT JOIN odd o USING (seq) WHERE o.lost IS NOT TRUE{order}"""


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

    def stow(self, rows: Iterator[Row]) -> Stowed:
        """Take all rows, keep each record once, write the table whole or not at all."""
        self._clear()
        self._frames.run(f"CREATE OR REPLACE TABLE keys ({_KEYS})")
        self._load(iter(()))
        for number, piece in enumerate(self._slices(rows)):
            if number:
                self._put_by(number)
            self._load(piece)
            self._frames.run(_NOTE)
        self._frames.run(_ODD)
        self._frames.save(self._kept(), self._zone, records_name(self._arrival))
        self._clear()
        return self._counted()

    def _slices(self, rows: Iterator[Row]) -> Iterator[Iterator[Row]]:
        for first in rows:
            yield self._slice(first, rows)

    def _slice(self, first: Row, rows: Iterator[Row]) -> Iterator[Row]:
        held = 0
        for row in chain((first,), rows):
            yield row
            held += len(cast(str, row["body"]))
            if held >= self._size:
                return

    def _load(self, rows: Iterator[Row]) -> None:
        self._frames.run("DROP TABLE IF EXISTS slice")
        self._frames.load("slice", {"seq": "BIGINT", **RECORD}, rows)

    def _put_by(self, number: int) -> None:
        """A full slice waits as a sealed part, so that only one is in memory."""
        name = f"landing/{self._arrival}/{number}.parquet"
        self._frames.save("SELECT * FROM slice ORDER BY seq", self._zone, name)
        self._parts.append(self._frames.url(self._zone, name))

    def _kept(self) -> str:
        """The rows in order of delivery; of an arrival larger than a slice, in order within each part."""
        if not self._parts:
            return _KEPT.format(rows="SELECT * FROM slice", order=" ORDER BY seq")
        parts = ", ".join(f"'{part}'" for part in self._parts)
        rows = f"SELECT * FROM read_parquet([{parts}]) UNION ALL (SELECT * FROM slice ORDER BY seq)"
        return _KEPT.format(rows=rows, order="")

    def _counted(self) -> Stowed:
        url = self._frames.url(self._zone, records_name(self._arrival))
        kinds = self._frames.rows(f"SELECT kind, count(*) FROM read_parquet('{url}') GROUP BY kind ORDER BY kind")
        lost = self._frames.rows("SELECT count(*) FILTER (equal), count(*) FILTER (NOT equal) FROM odd WHERE lost")[0]
        return Stowed({str(kind): cast(int, n) for kind, n in kinds}, cast(int, lost[0]), cast(int, lost[1]))

    def _clear(self) -> None:
        """Parts that this or a run that was killed left behind."""
        for name in self._blobs.names(self._zone, f"landing/{self._arrival}"):
            self._blobs.delete(self._zone, name)
