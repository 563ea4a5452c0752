"""Finds the levels that lose least and still hide everybody in a class: exact, by best-first search with bounds; says when it gave up proving it.

A node is a level for each generalised column. Its bound, the loss with nobody left out, never falls on the way up, and no node costs less
than its bound (a row left out loses everything); so the first answer that costs no more than the next bound is the best. What fails k or l
fails for more columns and for lower levels too (LeFevre, DeWitt, Ramakrishnan, Incognito, SIGMOD 2005), which spares most of the counting.
"""

import heapq
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from dujiang.assess.deid.classes import Levels, failing, hold, weights_of
from dujiang.assess.deid.coding import Coded
from dujiang.assess.deid.recipe import Anonymity
from dujiang.errors import Refused
from dujiang.world import Frames

MOST_NODES = 1500  # nodes whose classes are counted before the best one so far is taken


class Chosen(NamedTuple):
    """The levels, the rows left out, the mean loss, the nodes counted, and whether it is proved that nothing better exists."""

    levels: Levels
    suppressed: int
    cost: float
    counted: int
    proved: bool


class _Failed:
    """What is known to fail k or l, by the columns it was counted for."""

    def __init__(self, frames: Frames, coded: Coded, wanted: Anonymity, *, most: int) -> None:
        self._frames, self._coded, self._wanted, self._most = frames, coded, wanted, most
        self._failed: dict[tuple[int, ...], list[Levels]] = {}
        self._fine: dict[tuple[int, ...], list[Levels]] = {}

    def fails(self, levels: Levels) -> bool:
        """Whether pairs of the columns alone, or what lies above, already fail."""
        every = tuple(range(len(levels)))
        pairs = combinations(every, 2) if len(every) > 2 else ()
        return self.known(every, levels) or any(self._counted(pair, levels) for pair in pairs)

    def note(self, levels: Levels) -> None:
        self._failed.setdefault(tuple(range(len(levels))), []).append(levels)

    def known(self, columns: tuple[int, ...], levels: Levels) -> bool:
        return any(all(low <= high for low, high in zip(levels, one, strict=True)) for one in self._failed.get(columns, ()))

    def _counted(self, columns: tuple[int, ...], levels: Levels) -> bool:
        own = tuple(levels[i] for i in columns)
        if self.known(columns, own):
            return True
        if any(all(low >= high for low, high in zip(own, one, strict=True)) for one in self._fine.get(columns, ())):
            return False
        bad = failing(self._frames, self._coded, dict(zip(columns, own, strict=True)), self._wanted) > self._most
        (self._failed if bad else self._fine).setdefault(columns, []).append(own)
        return bad


def search(frames: Frames, coded: Coded, wanted: Anonymity, *, fixed: Mapping[int, int] = {}) -> Chosen:
    """The least losing levels under which no more than the allowed share is left out; `fixed` columns stay at their level.

    Refused (`deid.unreachable`) when even the highest levels do not do.
    """
    most = int(wanted.suppress * coded.rows)
    failed = _Failed(frames, coded, wanted, most=most)
    weights = weights_of(coded.quasi, wanted)

    def bound(levels: Levels) -> float:
        return sum(weights[i] * coded.lost[i][level] for i, level in enumerate(levels))

    best = _climb(frames, coded, wanted, _start(coded, fixed), most=most, fixed=fixed)
    counted, start = best.counted, _start(coded, fixed)
    heap, seen = [(bound(start), start)], {start}
    while heap:
        least, levels = heapq.heappop(heap)
        if least >= best.cost - 1e-12:
            break
        if counted >= MOST_NODES:
            best = best._replace(proved=False)
            break
        for above in _above(levels, coded.tops, fixed):
            if above not in seen:
                seen.add(above)
                heapq.heappush(heap, (bound(above), above))
        if failed.fails(levels):
            continue
        counted += 1
        held = hold(frames, coded, levels, wanted, most=most)
        if held is not None and held.cost < best.cost - 1e-12:
            best = Chosen(levels, held.suppressed, held.cost, counted, True)
        elif held is None and wanted.t is None:
            failed.note(levels)
    # The good classes that stay behind are those of the answer, not of what was looked at last.
    hold(frames, coded, best.levels, wanted, most=most)
    return best._replace(counted=counted)


def _climb(frames: Frames, coded: Coded, wanted: Anonymity, levels: Levels, *, most: int, fixed: Mapping[int, int]) -> Chosen:
    """A first answer by climbing where most different groups are left (Sweeney's Datafly); its loss is what the search has to beat."""
    counted = 0
    while True:
        counted += 1
        held = hold(frames, coded, levels, wanted, most=most)
        if held is not None:
            return Chosen(levels, held.suppressed, held.cost, counted, True)
        can = [i for i, level in enumerate(levels) if level < coded.tops[i] and i not in fixed]
        if not can:
            raise Refused(
                "deid.unreachable", "Even with everything generalised away the rows do not reach the anonymity asked for. Ask for less, or for more rows.",
                "即使全部泛化也达不到所要求的匿名程度，请放宽要求或增加数据量。",
            )
        widest = max(can, key=lambda i: (_groups(frames, coded, i, levels[i]), -i))
        levels = tuple(level + (i == widest) for i, level in enumerate(levels))


def _groups(frames: Frames, coded: Coded, i: int, level: int) -> int:
    return int(str(frames.rows(f"SELECT count(DISTINCT c{level}) FROM {coded.domain(i)}")[0][0]))


def _start(coded: Coded, fixed: Mapping[int, int]) -> Levels:
    return tuple(fixed.get(i, 0) for i in range(len(coded.quasi)))


def _above(levels: Levels, tops: Levels, fixed: Mapping[int, int]) -> Iterator[Levels]:
    for i, level in enumerate(levels):
        if level < tops[i] and i not in fixed:
            yield (*levels[:i], level + 1, *levels[i + 1 :])
