"""A finished table before any check: dimensions, cells, distinct persons; refuses a missing cell and impossible counts."""

from itertools import product

import msgspec

from dujiang.errors import Malformed
from dujiang.release.derivable import Key
from dujiang.words import Word

Figure = int | float | str | None


class Dimension(Word, frozen=True):
    """A grouping and its values in order; `overlapping` when a person may be in several values (codes), so that they do not add up."""

    name: str
    values: tuple[str, ...]
    overlapping: bool = False


class Cell(Word, frozen=True):
    """The figures of one cell: distinct persons, and distinct contributors of the statistics of values.

    `figures` holds those statistics by name (events, sum, mean, variance, sd, …); `histogram` counts contributors per bin.
    `contributors` is None when nothing but persons is asked.
    """

    key: tuple[str, ...]
    persons: int
    contributors: int | None = None
    figures: dict[str, Figure] = msgspec.field(default_factory=dict)
    histogram: tuple[int, ...] | None = None

    def possible(self) -> bool:
        """Whether the counts can be those of a real cell."""
        if self.contributors is None:
            return self.persons >= 0 and not self.figures and self.histogram is None
        return 0 <= self.contributors <= self.persons and all(0 <= n <= self.contributors for n in self.histogram or ())

    def asked(self) -> tuple[object, ...]:
        """What is asked of the cell; the same for every cell of a table."""
        return (self.contributors is None, frozenset(self.figures), self.histogram is None or len(self.histogram))


class Table(Word, frozen=True):
    """Exactly one cell for every combination of the dimensions' values; a missing cell would tell too."""

    dimensions: tuple[Dimension, ...]
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        keys = list(product(*(d.values for d in self.dimensions)))
        if len(set(keys)) != len(keys) or sorted(keys) != sorted(c.key for c in self.cells) or not keys:
            raise Malformed(
                "disclosure.cells", "A table has one cell for every combination of its values, and no value twice.",
                "表格须为每个取值组合各设一个单元格，且取值不得重复。",
            )
        if not all(c.possible() for c in self.cells) or len({c.asked() for c in self.cells}) > 1:
            raise Malformed(
                "disclosure.counts",
                "Counts are not negative; contributors, given wherever figures are, are not more than persons; every cell has the same figures.",
                "计数不得为负；凡有统计值须给出贡献人数，且不得多于总人数；各单元格的统计项须一致。",
            )

    def places(self) -> dict[Key, Cell]:
        """The cells by the places of their values, in order."""
        place = [{v: i for i, v in enumerate(d.values)} for d in self.dimensions]
        found = {tuple(at[v] for at, v in zip(place, c.key, strict=True)): c for c in self.cells}
        return dict(sorted(found.items()))

    def adding(self) -> list[int]:
        """The dimensions over which cells may be summed, by place."""
        return [i for i, d in enumerate(self.dimensions) if not d.overlapping]

    def asks(self, *figures: str) -> bool:
        return not self.cells[0].figures.keys().isdisjoint(figures)


def merged(table: Table, dimension: int, first: int) -> Table:
    """The table with value `first` of a dimension and the next one as one; figures are None, for they cannot be added."""
    old = table.dimensions[dimension]
    label = f"{old.values[first]} + {old.values[first + 1]}"
    now = Dimension(name=old.name, values=(*old.values[:first], label, *old.values[first + 2 :]))
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in table.cells:
        value = label if cell.key[dimension] in old.values[first : first + 2] else cell.key[dimension]
        groups.setdefault((*cell.key[:dimension], value, *cell.key[dimension + 1 :]), []).append(cell)
    dimensions = (*table.dimensions[:dimension], now, *table.dimensions[dimension + 1 :])
    return Table(dimensions=dimensions, cells=tuple(_sum(key, cells) for key, cells in groups.items()))


def _sum(key: tuple[str, ...], cells: list[Cell]) -> Cell:
    like = cells[0]
    bins = None if like.histogram is None else tuple(sum(ns) for ns in zip(*(c.histogram or () for c in cells), strict=True))
    return Cell(
        key=key, persons=sum(c.persons for c in cells), histogram=bins, figures=dict.fromkeys(like.figures),
        contributors=None if like.contributors is None else sum(c.contributors or 0 for c in cells),
    )
