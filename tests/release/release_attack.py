"""An attacker written apart from the product: it tries every table of whole numbers that agrees with what was let out."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations, product

from dujiang.release.disclosure import Cell, Checked, Dimension, Policy, Table, check

ALL = "*"
Names = tuple[str, ...]


def table_of(counts: Mapping[Names, int] | list[int], *values: str, **kwargs: object) -> Table:
    """A table from `name: a b c` strings and the persons of its cells in order, or by key."""
    dimensions = []
    for text in values:
        name, _, rest = text.partition(":")
        dimensions.append(Dimension(name=name, values=tuple(rest.split())))
    keys = list(product(*(d.values for d in dimensions)))
    persons = dict(zip(keys, counts, strict=True)) if isinstance(counts, list) else counts
    contributors = kwargs.get("contributors")
    figures = kwargs.get("figures", {})
    assert isinstance(figures, dict)
    of = dict(zip(keys, contributors, strict=True)) if isinstance(contributors, list) else {}
    cells = (Cell(key=k, persons=persons[k], contributors=of.get(k), figures=figures if of else {}) for k in keys)
    return Table(dimensions=tuple(dimensions), cells=tuple(cells))


def released(checked: Checked) -> dict[Names, int | None]:
    return {c.key: c.persons for c in checked.cells}


class Attacker:
    """Knows the released cells, the answer to every request for margins, the threshold, and the published reason of each gap."""

    def __init__(self, table: Table, policy: Policy) -> None:
        self.shape = [d.values for d in table.dimensions]
        self.k = policy.threshold
        self.truth = {c.key: c.persons for c in table.cells}
        self.limits: dict[Names, tuple[int, int | None]] = {}
        for summed in self._subsets(len(self.shape)):
            self._ask(table, policy, summed)
        self.unknown = [k for k in product(*self.shape) if self.limits[k][0] != self.limits[k][1]]

    @staticmethod
    def _subsets(n: int) -> Iterator[tuple[int, ...]]:
        for size in range(n + 1):
            yield from combinations(range(n), size)

    def _ask(self, table: Table, policy: Policy, summed: tuple[int, ...]) -> None:
        """Ask for the table summed over some dimensions and note the least and the most each of its numbers can be."""
        kept = [d for i, d in enumerate(table.dimensions) if i not in summed]
        sums: dict[Names, int] = {}
        for cell in table.cells:
            key = tuple(v for i, v in enumerate(cell.key) if i not in summed)
            sums[key] = sums.get(key, 0) + cell.persons
        answer = check(Table(dimensions=tuple(kept), cells=tuple(Cell(key=k, persons=n) for k, n in sums.items())), policy)
        reasons = {w.key: w.rule for w in answer.withheld}
        for got in answer.cells:
            values = iter(got.key)
            key = tuple(ALL if i in summed else next(values) for i in range(len(table.dimensions)))
            if got.persons is not None:
                self.limits[key] = (got.persons, got.persons)
            else:
                self.limits[key] = (0, self.k - 1) if reasons[got.key] == "threshold" else (self.k, None)

    def lines_of(self, key: Names) -> Iterator[Names]:
        for summed in self._subsets(len(key)):
            if summed:
                yield tuple(ALL if i in summed else v for i, v in enumerate(key))

    def undecided(self) -> set[Names]:
        """The unknown cells for which two different values occur among the tables that agree with everything known."""
        seen: dict[Names, set[int]] = {k: {self.truth[k]} for k in self.unknown}
        for target in self.unknown:
            if len(seen[target]) < 2:
                for world in self._worlds(target):
                    for key, value in world.items():
                        seen[key].add(value)
                    if len(seen[target]) > 1:
                        break
        return {k for k, values in seen.items() if len(values) > 1}

    def _worlds(self, target: Names) -> Iterator[dict[Names, int]]:
        """Agreeing tables in which the target differs from the truth."""
        order = [target, *(k for k in self.unknown if k != target)]
        sums = dict.fromkeys(self.limits, 0)
        open_cells = dict.fromkeys(self.limits, 0)
        for key in product(*self.shape):
            for line in self.lines_of(key):
                if key in self.unknown:
                    open_cells[line] += 1
                else:
                    sums[line] += self.truth[key]
        yield from self._extend(order, 0, sums, open_cells, {})

    def _extend(
        self, order: list[Names], at: int, sums: dict[Names, int], open_cells: dict[Names, int], world: dict[Names, int]
    ) -> Iterator[dict[Names, int]]:
        if at == len(order):
            yield dict(world)
            return
        key = order[at]
        lines = list(self.lines_of(key))
        least, most = self.limits[key]
        room = [top - sums[line] for line in lines if (top := self.limits[line][1]) is not None]
        most = min([*room, *([] if most is None else [most]), self.truth[key] + 2 * self.k])
        for value in range(least, most + 1):
            if at == 0 and value == self.truth[key]:
                continue
            world[key] = value
            for line in lines:
                sums[line] += value
                open_cells[line] -= 1
            if all(open_cells[line] or sums[line] >= self.limits[line][0] for line in lines):
                yield from self._extend(order, at + 1, sums, open_cells, world)
            for line in lines:
                sums[line] -= value
                open_cells[line] += 1
            del world[key]


def rank(rows: list[list[Fraction]]) -> int:
    """Dense elimination, as in a textbook."""
    rows, found = [list(r) for r in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(found + 1, len(rows)):
            factor = rows[i][column] / rows[found][column]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found


def solved_by_sums(lines: list[set[Names]], unknown: list[Names]) -> set[Names]:
    """Unknowns whose unit vector adds no rank to the sums over the unknowns: each can be computed by adding and subtracting."""
    rows = [[Fraction(k in line) for k in unknown] for line in lines]
    full = rank(rows)
    return {k for i, k in enumerate(unknown) if rank([*rows, [Fraction(j == i) for j in range(len(unknown))]]) == full}
