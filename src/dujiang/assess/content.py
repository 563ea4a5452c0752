"""Looks at what is in a table's columns, in two statements over a bounded sample, and tells by counts which marks of identity it bears; never a value."""

from collections.abc import Mapping
from typing import cast

from dujiang.assess.content_marks import marks
from dujiang.words import Word
from dujiang.world import Frames

SAMPLE = 20_000
_SAMPLED = "content_sample"


class Content(Word, frozen=True):
    """A column in counts: rows of the table, rows looked at, of those the filled ones, their different values, and the filled ones by mark."""

    column: str
    rows: int
    seen: int
    filled: int
    distinct: int
    marks: dict[str, int]

    def share(self, mark: str) -> float:
        """The share of filled values that bear the mark."""
        return self.marks.get(mark, 0) / self.filled if self.filled else 0.0


def look(frames: Frames, source: str, *, sample: int = SAMPLE) -> tuple[Content, ...]:
    """The content of each column of `source` (a table, or what stands behind FROM), in its order.

    The sample is chosen by the rows' own hashes, so the same table gives the same counts; equal rows are chosen together.
    """
    rows = cast(int, frames.rows(f"SELECT count(*) FROM {source}")[0][0])
    part = max(1, -(-rows // sample))
    names = [str(name) for name, *_ in frames.rows(f"DESCRIBE SELECT * FROM {source}")]
    if not rows or not names:
        return tuple(Content(column=name, rows=rows, seen=0, filled=0, distinct=0, marks={}) for name in names)
    frames.run(
        f"CREATE OR REPLACE TABLE {_SAMPLED} AS SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (FROM {source}) content_t "
        f"WHERE hash(content_t) % {part} = 0 LIMIT {4 * sample}"
    )
    try:
        return _counted(frames, names, rows)
    finally:
        frames.run(f"DROP TABLE {_SAMPLED}")


def _counted(frames: Frames, names: list[str], rows: int) -> tuple[Content, ...]:
    every = marks()
    asked = ", ".join(f"coalesce(sum(n) FILTER (WHERE {sql}), 0)::BIGINT" for sql in every.values())
    values = (f"SELECT c, trim(v) AS v, count(*)::BIGINT AS n FROM (UNPIVOT {_SAMPLED} ON COLUMNS(*) INTO NAME c VALUE v) "
              "WHERE trim(v) NOT IN ('', '-', '/', '?', 'NULL', 'null', 'NaN') GROUP BY ALL")
    found = frames.rows(f"SELECT c, sum(n)::BIGINT, count(*), {asked} FROM ({values}) GROUP BY c")
    seen = cast(int, frames.rows(f"SELECT count(*) FROM {_SAMPLED}")[0][0])
    told: Mapping[str, tuple[int, ...]] = {str(row[0]): cast(tuple[int, ...], row[1:]) for row in found}
    return tuple(_content(name, rows, seen, told.get(name, ()), every=list(every)) for name in names)


def _content(name: str, rows: int, seen: int, told: tuple[int, ...], *, every: list[str]) -> Content:
    filled, distinct, *counts = told or (0, 0)
    return Content(column=name, rows=rows, seen=seen, filled=filled, distinct=distinct,
                   marks={mark: count for mark, count in zip(every, counts, strict=False) if count})
