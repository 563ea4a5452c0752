"""Which unknown numbers of a system of sums follow exactly from what is known; whole-number arithmetic, no floats, no guessing.

An attacker who holds every released figure and every published rule knows two things about the rest: sums (the lines of
the table whose other members are known) and limits (a count is not negative; "withheld as fewer than k" says at most
k - 1). The value of an unknown is computable iff no change of the unknowns keeps every sum, keeps every limit that is
reached already, and moves it. Without reached limits that is linear algebra: its unit vector lies in the row space of
the lines. With them it is a cone, searched by the simplex method with Bland's rule (Bland 1977), which always ends.
Both are exact over the rational numbers.

Counts are whole numbers. In a table of two dimensions that changes nothing: its sums are a network, so an unknown that can move at all can
move by one. In three dimensions it does, and `unmoved` asks for a step of ones as well.
"""

from collections.abc import Collection, Iterable, Mapping
from math import gcd

Key = tuple[int, ...]
Row = dict[Key, int]
MOST_TRIED = 2_000


def computable(lines: Iterable[Mapping[Key, int]], *, at_floor: Collection[Key], at_ceiling: Collection[Key]) -> frozenset[Key]:
    """The unknowns whose exact value can be computed.

    `lines` give the coefficients of the unknowns in each known sum (the sums' values do not matter); `at_floor` are
    unknowns whose value is the least, `at_ceiling` the greatest that a public rule allows.
    """
    rows = [{k: -c if k in at_ceiling else c for k, c in line.items() if c} for line in lines]
    limited = {k for row in rows for k in row if k in at_floor or k in at_ceiling}
    stuck = _stuck(rows, limited)
    return stuck | _alone([_without(row, stuck) for row in rows])


def _alone(rows: Iterable[Row]) -> frozenset[Key]:
    """Unknowns that stand alone in a row of the reduced echelon form: their unit vector is in the row space."""
    solved, _ = _eliminated(rows, None)
    return frozenset(key for key, row in solved.items() if len(row) == 1)


def _stuck(rows: list[Row], limited: set[Key]) -> frozenset[Key]:
    """Of the unknowns that may only grow, those that cannot grow without breaking a sum."""
    free = {k for row in rows for k in row} - limited
    _, among_limited = _eliminated(rows, free)  # the other rows can always be met by moving a free unknown
    stuck: set[Key] = set()
    while one_signed := [row for row in among_limited if row and (min(row.values()) > 0 or max(row.values()) < 0)]:
        stuck.update(*one_signed)
        among_limited = [_without(row, stuck) for row in among_limited]
    basis, _ = _eliminated(among_limited, None)
    unmoved = {k for row in among_limited for k in row}
    while unmoved and (moving := _moving(dict(basis), unmoved)):
        unmoved -= moving
    return frozenset(stuck | unmoved)


def _moving(basis: dict[Key, Row], goal: set[Key]) -> frozenset[Key]:
    """The unknowns that grow in one solution of the rows without negative parts that moves some of `goal`; empty when none does."""
    gain: Row = dict.fromkeys(sorted(goal), 1)
    for key, row in basis.items():
        gain = _cancelled(gain, row, key)
    while True:
        entering = min((k for k, c in gain.items() if c > 0), default=None)
        if entering is None:
            return frozenset()
        blocked = [k for k, row in basis.items() if row.get(entering, 0) > 0]
        if not blocked:
            return frozenset({entering, *(k for k, row in basis.items() if row.get(entering, 0) < 0)})
        pivot = basis.pop(min(blocked))
        basis.update({k: _cancelled(row, pivot, entering) for k, row in basis.items()})
        basis[entering] = pivot
        gain = _cancelled(gain, pivot, entering)


def _eliminated(rows: Iterable[Row], columns: Collection[Key] | None) -> tuple[dict[Key, Row], list[Row]]:
    """Reduced echelon form by `columns` (None: all): the row solved for each pivot, and the rows that hold none of them."""
    solved: dict[Key, Row] = {}
    rest: list[Row] = []
    for row in rows:
        for key in [k for k in row if k in solved]:
            row = _cancelled(row, solved[key], key)
        pivot = min((k for k in row if columns is None or k in columns), default=None)
        if pivot is None:
            rest.append(row)
            continue
        if row[pivot] < 0:
            row = {k: -c for k, c in row.items()}
        for key in [key for key, other in solved.items() if pivot in other]:
            solved[key] = _cancelled(solved[key], row, pivot)
        solved[pivot] = row
    return solved, rest


def _cancelled(row: Row, by: Row, key: Key) -> Row:
    """`row` without `key`, by adding a multiple of `by`, in which `key` is positive; the direction of `row` is kept."""
    have, pivot = row.get(key, 0), by[key]
    if not have:
        return row
    total = {k: c * pivot for k, c in row.items()}
    for k, c in by.items():
        total[k] = total.get(k, 0) - c * have
    divisor = gcd(*total.values()) or 1
    return {k: c // divisor for k, c in total.items() if c}


def _without(row: Row, keys: Collection[Key]) -> Row:
    return {k: c for k, c in row.items() if k not in keys}


def unmoved(lines: Iterable[Mapping[Key, int]], unknown: Collection[Key], *, at_floor: Collection[Key], at_ceiling: Collection[Key]) -> frozenset[Key]:
    """The unknowns for which no step was found: ones up and ones down that keep every sum and every reached limit and move the unknown.

    A step of ones always leads to another table of whole numbers within the limits. The search ends after `MOST_TRIED` tries, so an unknown
    may be named that could move; never the other way round.
    """
    rows = [dict(row) for row in lines if row]
    place: dict[Key, list[int]] = {key: [] for key in unknown}
    for number, row in enumerate(rows):
        for key in row:
            place.setdefault(key, []).append(number)
    ways = {key: [way for way in (1, -1) if not (way < 0 and key in at_floor) and not (way > 0 and key in at_ceiling)] for key in place}
    moved: set[Key] = set()
    for key in sorted(unknown):
        if key not in moved:
            steps = (_step({key: way}, rows, place, ways=ways) for way in ways[key])
            moved.update(next((step for step in steps if step), ()))
    return frozenset(unknown) - moved


def _step(step: Row, rows: list[Row], place: Mapping[Key, list[int]], *, ways: Mapping[Key, list[int]]) -> Row:
    """`step` carried on until every sum stands; empty when that cannot be had or was not found in time."""
    tries = [MOST_TRIED]

    def carry_on(step: Row, closed: frozenset[Key]) -> Row:
        tries[0] -= 1
        off = ((sum(c * step.get(k, 0) for k, c in rows[n].items()), n) for n in sorted({n for k in step for n in place[k]}))
        out, number = next(((by, n) for by, n in off if by), (0, -1))
        if not out:
            return step
        for key, coefficient in rows[number].items():
            way = -1 if (out > 0) == (coefficient > 0) else 1
            if key in step or key in closed or way not in ways[key] or tries[0] <= 0:
                continue
            if found := carry_on({**step, key: way}, closed):
                return found
            closed |= {key}
        return {}

    return carry_on(step, frozenset())
