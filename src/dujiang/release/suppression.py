"""Choose which cells of a table of counts to withhold so that no withheld one can be computed; when in doubt, all of them.

The margins a later request could ask for are part of the picture. They are settled first, coarsest first, by the same
rule: a margin that such a request would be given counts as known, one that it would be refused counts as unknown and is
protected too. Complementary suppression after Cox (1980), with the audit of `derivable`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Literal, NamedTuple

from dujiang.release.derivable import Key, computable, unmoved

Known = Literal["margins", "total", "none"]
SUMMED = -1  # stands in a key for a dimension that is summed over
NETWORK = 2  # dimensions up to which what can move can move by one
MOST_SEARCHED = 12  # up to here the best choice is found by trying every one
MOST_AUDITED = 400  # unknowns; a table with more to withhold is withheld whole, for nobody has proved it safe


class Rule(NamedTuple):
    """Fewer than `need` is withheld; `zeros_pass` lets a zero out all the same."""

    need: int
    zeros_pass: bool = False

    def forbids(self, count: int) -> bool:
        return count < self.need and not (self.zeros_pass and count == 0)


class Line(NamedTuple):
    """One sum: the members add up to the margin."""

    margin: Key
    members: tuple[Key, ...]


class View(NamedTuple):
    """What an attacker may work with at one level of the table: its own keys, and all lines from there to the grand total."""

    own: Sequence[Key]
    totals: Mapping[Key, int]
    lines: Sequence[Line]
    rule: Rule
    adding: Collection[int]

    def exposed(self, hidden: Collection[Key], small: Collection[Key]) -> frozenset[Key]:
        """Of the hidden keys, those that can be computed, alone or as a sum of fewer than `need`; `small` are hidden for their size."""
        short = {m for line in self.lines for m in self._short(line, hidden)}
        if short:
            return frozenset(short)
        floor, ceiling = (0, 1)[self.rule.zeros_pass], self.rule.need - 1
        rows = [_unknown_part(line, hidden) for line in self.lines]
        # The reason of each withheld cell is published, so "small" and "not small" are limits an attacker knows.
        at_floor = {k for k in hidden if (self.totals[k] <= floor if k in small else self.totals[k] == self.rule.need)}
        at_ceiling = {k for k in small if self.totals[k] == ceiling} - at_floor
        exposed = computable(rows, at_floor=at_floor, at_ceiling=at_ceiling)
        if exposed or len(self.adding) <= NETWORK:
            return exposed
        return unmoved(rows, hidden, at_floor=at_floor, at_ceiling=at_ceiling)

    def _short(self, line: Line, hidden: Collection[Key]) -> tuple[Key, ...]:
        """The hidden members of a line whose margin is known and whose hidden sum is itself too small to be known."""
        inside = tuple(m for m in line.members if m in hidden)
        if line.margin in hidden or not inside or sum(self.totals[m] for m in inside) >= self.rule.need:
            return ()
        return inside

    def cheapest_block(self, key: Key, hidden: Collection[Key], left: Collection[Key]) -> frozenset[Key]:
        """What to hide so that some block around `key` is hidden whole, at least cost; empty when no block can be.

        A block has `key` in one corner and in the opposite one a key that differs in every dimension. Inside it every
        count can move by one and keep all sums: the hypercube method (Repsilber 1994).
        """
        corners = self.own if key in self.own else ()
        blocks = (frozenset(product(*zip(key, other, strict=True))).difference(hidden) for other in corners if self._across(key, other))
        usable = (block for block in blocks if block and block.issubset(left))
        return min(usable, key=lambda b: (sum(self.totals[k] for k in b), len(b), sorted(b)), default=frozenset())

    def _across(self, key: Key, other: Key) -> bool:
        """Whether the keys differ in every dimension that can be summed over here, and in no other."""
        return all((a == b) == (i not in self.adding or a == SUMMED) for i, (a, b) in enumerate(zip(key, other, strict=True)))

    def neighbour(self, exposed: Collection[Key], left: Collection[Key]) -> frozenset[Key]:
        """The one key of `left` that costs least for each line it shares with an exposed one."""
        shared = Counter(
            m for line in self.lines if not {line.margin, *line.members}.isdisjoint(exposed) for m in line.members if m in left
        )
        return frozenset({min(shared or left, key=lambda k: (Fraction(self.totals[k], shared[k] or 1), k))})


def withheld(
    counts: Mapping[Key, int], *, rule: Rule, adding: Sequence[int], known: Known, must: Collection[Key] = ()
) -> frozenset[Key]:
    """The cells to withhold: those the rule forbids, those in `must`, and the cheapest others that protect them.

    `counts` holds every cell of the table, keyed by the place of its value in each dimension; `adding` are the
    dimensions over which cells may be summed (a person is in one value only). Everything is withheld when no choice
    is safe.
    """
    levels = _levels(adding, known)
    totals = _totals(counts, levels)
    hidden: frozenset[Key] = frozenset()
    small: frozenset[Key] = frozenset()
    for place, level in enumerate(levels):
        own = sorted({_collapse(k, level) for k in counts})
        asked = frozenset(must) if place == len(levels) - 1 else frozenset()
        primary = frozenset(k for k in own if rule.forbids(totals[k])) | asked
        small |= {k for k in primary if totals[k] < rule.need}
        view = View(own, totals, _lines(totals, levels[: place + 1]), rule, adding if known == "margins" else ())
        hidden |= _protected(view, hidden | primary, small)
    return hidden & counts.keys()


def _protected(view: View, start: frozenset[Key], small: frozenset[Key]) -> frozenset[Key]:
    """`start` and further keys of its level so that nothing hidden is exposed; the whole level when that cannot be had."""
    everything = start | frozenset(view.own)
    candidates = [k for k in view.own if k not in start and view.totals[k] > 0]
    if not view.lines or start == everything:
        return start
    if len(start) > MOST_AUDITED:
        return everything
    if len(candidates) <= MOST_SEARCHED:
        choices = (start | frozenset(c) for c in _cheapest_first(candidates, view.totals))
        return next((c for c in choices if not view.exposed(c, small)), everything)
    return _pruned(view, start, _grown(view, start, candidates, small) or everything, small)


def _cheapest_first(candidates: Sequence[Key], totals: Mapping[Key, int]) -> Iterable[tuple[Key, ...]]:
    """Every set of candidates: fewest persons lost first, then fewest cells, then in the table's order."""
    sets = (c for size in range(len(candidates) + 1) for c in combinations(candidates, size))
    return sorted(sets, key=lambda c: (sum(totals[k] for k in c), len(c), c))


def _grown(view: View, start: frozenset[Key], candidates: Sequence[Key], small: frozenset[Key]) -> frozenset[Key] | None:
    """Add the cheapest block around an exposed key, again and again, until nothing is exposed; None when it cannot be had."""
    hidden, left = start, frozenset(candidates)
    while exposed := view.exposed(hidden, small):
        if not left or len(hidden) > MOST_AUDITED:
            return None
        cheapest = (view.cheapest_block(key, hidden, left) for key in sorted(exposed))
        added = next((block for block in cheapest if block), None) or view.neighbour(exposed, left)
        hidden, left = hidden | added, left - added
    return hidden


def _pruned(view: View, start: frozenset[Key], hidden: frozenset[Key], small: frozenset[Key]) -> frozenset[Key]:
    """Give back, dearest first, what turned out not to be needed."""
    for key in sorted(hidden - start, key=lambda k: (-view.totals[k], k)):
        if not view.exposed(hidden - {key}, small):
            hidden -= {key}
    return hidden


def _levels(adding: Sequence[int], known: Known) -> list[frozenset[int]]:
    """The sets of dimensions to sum over, coarsest first; the last one is the table itself."""
    if known == "none" or not adding:
        return [frozenset()]
    if known == "total":
        return [frozenset(adding), frozenset()]
    return [frozenset(c) for size in range(len(adding), -1, -1) for c in combinations(adding, size)]


def _collapse(key: Key, level: Collection[int]) -> Key:
    return tuple(SUMMED if i in level else place for i, place in enumerate(key))


def _totals(counts: Mapping[Key, int], levels: Iterable[frozenset[int]]) -> dict[Key, int]:
    totals: dict[Key, int] = {}
    for level in levels:
        for key, count in counts.items():
            summed = _collapse(key, level)
            totals[summed] = totals.get(summed, 0) + count
    return totals


def _lines(totals: Mapping[Key, int], levels: Sequence[frozenset[int]]) -> list[Line]:
    """Every sum between a level and the next coarser ones, for the last of `levels` and all that are coarser than it."""
    finest = levels[-1]
    seen = [level for level in levels if level >= finest]
    of_level = {level: [k for k in totals if {i for i, p in enumerate(k) if p == SUMMED} == level] for level in seen}
    lines = []
    for fine in seen:
        for coarse in _next_coarser(fine, seen):
            groups: dict[Key, list[Key]] = {}
            for key in of_level[fine]:
                groups.setdefault(_collapse(key, coarse), []).append(key)
            lines += [Line(margin, tuple(members)) for margin, members in groups.items()]
    return lines


def _next_coarser(level: frozenset[int], levels: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    above = [other for other in levels if other > level]
    return [other for other in above if not any(level < between < other for between in above)]


def _unknown_part(line: Line, hidden: Collection[Key]) -> dict[Key, int]:
    part = {m: 1 for m in line.members if m in hidden}
    return part | {line.margin: -1} if line.margin in hidden else part
