"""Decide what of a table is withheld, by which rule, so that nobody can compute it; when that cannot be had, all of it.

The rules run on the sum across holders, so that rare diseases survive (invariant 9), in ACRO 1.0's vocabulary.
"""

from collections.abc import Collection, Iterator, Mapping

from dujiang.release.derivable import Key
from dujiang.release.policy import SPREAD, Policy, tighten
from dujiang.release.reasons import RuleRun, Withheld, because, runs
from dujiang.release.suppression import Rule, withheld
from dujiang.release.tables import Cell, Dimension, Figure, Table
from dujiang.words import Word

__all__ = [
    "Cell", "Checked", "Dimension", "Policy", "ReleasedCell", "RuleRun", "Table", "Withheld", "check", "tighten",
]


class ReleasedCell(Word, frozen=True):
    """What leaves of a cell; None stands where something is withheld."""

    key: tuple[str, ...]
    persons: int | None
    figures: dict[str, Figure]
    histogram: tuple[int | None, ...] | None = None


class Checked(Word, frozen=True):
    """A table after the check: its cells in order, what was withheld, and every rule that was considered."""

    cells: tuple[ReleasedCell, ...]
    withheld: tuple[Withheld, ...]
    checks: tuple[RuleRun, ...]

    def nothing_left(self) -> bool:
        return all(c.persons is None for c in self.cells)


class _Hidden(Word, frozen=True):
    """What is withheld: each layer holds the one before; `bins` are places of cells with the number of the bin."""

    persons: frozenset[Key]
    figures: frozenset[Key]
    spread: frozenset[Key]
    bins: frozenset[Key]


def check(table: Table, policy: Policy) -> Checked:
    """The table with everything withheld that the policy forbids or that would let somebody compute it."""
    places = table.places()
    hidden = _hidden(table, places, policy)
    reasons = tuple(w for at, cell in places.items() for w in _reasons(at, cell, hidden, policy))
    return Checked(
        cells=tuple(_released(at, cell, hidden, policy) for at, cell in places.items()),
        withheld=reasons,
        checks=runs(
            policy, reasons, values=table.cells[0].contributors is not None, spread=table.asks(*SPREAD), sums=bool(table.adding()),
        ),
    )


def _hidden(table: Table, places: Mapping[Key, Cell], policy: Policy) -> _Hidden:
    """Persons first; then statistics of values, whose margins could be asked for as well; then spread and bins among those."""
    adding, k = table.adding(), policy.threshold
    persons = _layer({at: c.persons for at, c in places.items()}, policy, adding, need=k)
    if table.cells[0].contributors is None:
        return _Hidden(persons=persons, figures=persons, spread=persons, bins=frozenset())
    contributors = {at: c.contributors or 0 for at, c in places.items()}
    figures = _layer(contributors, policy, adding, need=k, must=persons)
    spread = figures
    if table.asks(*SPREAD):
        spread = _layer(contributors, policy, adding, need=policy.least_for_spread(), must=figures)
    bins = {(*at, b): n for at, c in places.items() for b, n in enumerate(c.histogram or ())}
    lost = {key for key in bins if key[:-1] in figures}
    return _Hidden(
        persons=persons, figures=figures, spread=spread,
        bins=_layer(bins, policy, [*adding, len(table.dimensions)], need=k, must=lost),
    )


def _layer(
    counts: Mapping[Key, int], policy: Policy, adding: list[int], *, need: int, must: Collection[Key] = ()
) -> frozenset[Key]:
    rule = Rule(need, zeros_pass=policy.zeros == "release")
    return withheld(counts, rule=rule, adding=adding, known=policy.complementary, must=must)


def _released(at: Key, cell: Cell, hidden: _Hidden, policy: Policy) -> ReleasedCell:
    lost = cell.figures.keys() if at in hidden.figures else SPREAD if at in hidden.spread else frozenset()
    bins = None if cell.histogram is None else tuple(
        None if (*at, b) in hidden.bins else policy.round(n) for b, n in enumerate(cell.histogram)
    )
    return ReleasedCell(
        key=cell.key, persons=None if at in hidden.persons else policy.round(cell.persons), histogram=bins,
        figures={name: None if name in lost else _figure(name, value, policy) for name, value in cell.figures.items()},
    )


def _figure(name: str, value: Figure, policy: Policy) -> Figure:
    return policy.round(value) if name == "events" and isinstance(value, int) else value


def _reasons(at: Key, cell: Cell, hidden: _Hidden, policy: Policy) -> Iterator[Withheld]:
    """Why something of the cell is withheld; the widest thing only, for it includes the rest."""
    k, contributors = policy.threshold, cell.contributors or 0
    if at in hidden.persons:
        yield because(cell.key, "cell", "threshold" if cell.persons < k else "complementary", policy)
    elif at in hidden.figures:
        yield because(cell.key, "figures", "contributors" if contributors < k else "complementary", policy)
    else:
        for name in sorted(SPREAD & cell.figures.keys() if at in hidden.spread else ()):
            yield because(cell.key, name, "dof" if contributors < policy.least_for_spread() else "complementary", policy)
        bins = [n for b, n in enumerate(cell.histogram or ()) if (*at, b) in hidden.bins]
        if bins:
            yield because(cell.key, "histogram", "threshold" if min(bins) < k else "complementary", policy)
