"""Which integers a holder computes for a query, and in what order: it follows from the query alone and holds no number not asked for.

A mean needs a sum but no squares, a count of persons needs no value at all: what is not in the layout is neither computed nor sent.
"""

from collections.abc import Sequence

from dujiang.compute.query import SCALE, Query
from dujiang.errors import Refused
from dujiang.words import Word

UNIT = 10**SCALE
MOST = 10**38  # no figure of a holder reaches this: squares stay under 10^20, counts and sums far under it
PERSONS = "persons"  # in the cell
CONTRIBUTORS = "contributors"  # persons in the cell with at least one value
EVENTS = "events"
SUM = "sum"  # of values, times 10^9
SQUARES = "squares"  # sum of squares of values, times 10^18
BIN = "bin."  # bin.0 is below the first edge, then each bin, the last one above: events
BIN_CONTRIBUTORS = "contributors."  # the same places: persons with at least one value there
NEEDS = {
    "persons": frozenset[str](),
    "events": frozenset({EVENTS}),
    "sum": frozenset({SUM}),
    "mean": frozenset({EVENTS, SUM}),
    "variance": frozenset({EVENTS, SUM, SQUARES}),
    "sd": frozenset({EVENTS, SUM, SQUARES}),
    "histogram": frozenset[str](),
}


def counts_persons(name: str) -> bool:
    """Whether a number of the layout counts persons, not events or values."""
    return name == PERSONS or name.startswith(CONTRIBUTORS)


class Layout(Word, frozen=True):
    """`names` of the integers of one cell; a vector has these for each of the query's cells, one cell after another."""

    names: tuple[str, ...]
    cells: int

    @property
    def length(self) -> int:
        return len(self.names) * self.cells

    def place(self, cell: int, name: str) -> int:
        """Where a cell's number stands in the vector."""
        return cell * len(self.names) + self.names.index(name)

    def cell(self, vector: Sequence[int], cell: int) -> dict[str, int]:
        """The numbers of one cell by name."""
        step = len(self.names)
        return dict(zip(self.names, vector[cell * step : (cell + 1) * step], strict=True))


def layout(query: Query) -> Layout:
    """The layout of a query's vector."""
    needed = frozenset[str]().union(*(NEEDS[m] for m in query.measures))
    valued = () if query.of is None else (CONTRIBUTORS, *(n for n in (EVENTS, SUM, SQUARES) if n in needed))
    bins = tuple(f"{kind}{n}" for kind in (BIN, BIN_CONTRIBUTORS) for n in range(bins_of(query)))
    return Layout(names=(PERSONS, *valued, *bins), cells=len(query.cells()))


def bins_of(query: Query) -> int:
    """How many bins the histogram has, with one below and one above; 0 when there is none."""
    return len(query.edges) + 1 if query.edges else 0


def too_large() -> Refused:
    """A value of a thousand million or more was selected, or a figure reached `MOST`: refused, never left out or wrapped."""
    return Refused(
        "query.overflow", "Some values are too large to be summed exactly. Give the query bounds for its values.",
        "部分数值过大，无法精确求和。请为查询设置取值范围。",
    )
