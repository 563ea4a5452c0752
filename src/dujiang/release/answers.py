"""From totals to the rows of an answer: figures, the small-number rules on the sum over holders, and what stays of each row."""

from collections.abc import Sequence
from typing import Any

import msgspec

from dujiang.compute.partial import CellResult, finish
from dujiang.compute.query import ByAge, ByCode, BySex, Grouping, Query
from dujiang.release.disclosure import Cell, Dimension, Policy, ReleasedCell, Table, Withheld, check
from dujiang.release.variants import nearest_variant
from dujiang.words import Saying, Word

# The alliance's policy; a governance act changes it in a later release. What is published beside the cells is their total, by the number of
# participants in the release entry; margins of a question are not, so they are not taken as known (docs/decisions/0006).
POLICY = Policy(complementary="total")
NAMES: dict[type[Grouping], str] = {BySex: "sex", ByAge: "age_band", ByCode: "code"}
FIGURES = ("events", "sum", "mean", "variance", "sd")


class Answer(Word, frozen=True):
    """The rows that may leave, what was withheld and why, what would withhold less, and every rule that ran."""

    rows: list[dict[str, Any]]
    withheld: tuple[Withheld, ...]
    hint: Saying | None
    rules: tuple[dict[str, Any], ...]


def answer_of(query: Query, totals: Sequence[int], policy: Policy = POLICY) -> Answer:
    """The checked answer of a query from its totals over all holders."""
    results = finish(query, totals)
    table = table_of(query, results)
    checked = check(table, policy)
    rows = [row(query, cell, result) for cell, result in zip(checked.cells, results, strict=True)]
    hint = nearest_variant(table, policy) if checked.withheld else None
    rules = tuple(msgspec.to_builtins(rule) for rule in checked.checks)
    return Answer(rows=rows, withheld=checked.withheld, hint=hint, rules=rules)


def table_of(query: Query, results: Sequence[CellResult]) -> Table:
    """The figures as the disclosure rules take them."""
    dimensions = tuple(
        Dimension(name=NAMES[type(g)], values=g.labels(), overlapping=isinstance(g, ByCode)) for g in query.by
    )
    return Table(dimensions=dimensions, cells=tuple(_cell(query, r) for r in results))


def _cell(query: Query, result: CellResult) -> Cell:
    asked = [f for f in FIGURES if f in query.measures]
    return Cell(
        key=result.key, persons=result.persons, contributors=result.contributors,
        figures={name: getattr(result, name) for name in asked}, histogram=result.histogram_contributors,
    )


def row(query: Query, cell: ReleasedCell, result: CellResult) -> dict[str, Any]:
    """One released row: the grouping's values, then each figure asked for, None where it is withheld."""
    said: dict[str, Any] = {NAMES[type(g)]: value for g, value in zip(query.by, cell.key, strict=True)}
    said["persons"] = cell.persons
    said.update(cell.figures)
    if result.histogram is not None:
        shown = cell.histogram or (None,) * len(result.histogram)
        said["histogram"] = [None if kept is None else n for kept, n in zip(shown, result.histogram, strict=True)]
    return said
