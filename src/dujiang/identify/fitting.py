"""Learns the weights from the records themselves, without any labels: u from random pairs and value counts, m and the prior by EM.

Expectation-maximisation (Dempster, Laird and Rubin 1977) over the patterns of the compared pairs, as if every pair not compared were two
strangers. What two strangers share is subtracted from what true pairs share at every step, so that a number which only a person's own
records have in common is not taken for a common number. Rules above the score bind: a pair they link counts as true, one they part as false.
Values weigh by how many *other persons* have them: of the records that share a value, a person's own copies are taken out first.
"""

from collections.abc import Mapping, Sequence
from math import exp, log, log2
from typing import NamedTuple, cast

from dujiang.identify.blocking import Plan
from dujiang.identify.linkage import UNIT, Linkage
from dujiang.words import Word
from dujiang.world import Frames

SAMPLE = 100_000  # random pairs
STEPS = 50
NEAR = 1e-4  # relative change at which it has come to rest
NO_CHANCE = log(1e-12)
RARE = 0.5  # of how many records an unseen value is taken to be


class Model(Word, frozen=True):
    """What was learnt. Weights are hundredths of a bit, by field and level; a pair's score is its log2 odds of being one person."""

    plan: Plan
    records: int
    true_pairs: int  # expected among the records
    prior: int
    weights: tuple[tuple[int, ...], ...]
    rare: tuple[int, ...]  # by field: what a value changes that is as rare as can be
    link: int
    review: int

    def weight(self, pattern: int) -> int:
        """A pattern's score before frequencies of values."""
        levels = ((weights, pattern >> 3 * i & 7) for i, weights in enumerate(self.weights))
        return self.prior + sum(weights[n - 1] for weights, n in levels if n)

    def reach(self) -> int:
        """The most that frequencies can add to a score."""
        return sum(max(0, rare) for rare in self.rare)


class Counts(NamedTuple):
    """All that the fit needs to know of the records."""

    records: int
    patterns: list[tuple[int, int]]  # pattern, compared pairs that show it
    strangers: list[list[float]]  # by field and level: how often random pairs show it
    agreeing: list[tuple[int, int] | None]  # by field: pairs that share a value, pairs that have one, of all pairs there are


class Fit(NamedTuple):
    """m and u by field and level, and the expected number of true pairs."""

    m: list[list[float]]
    u: list[list[float]]
    true_pairs: float


def fit(frames: Frames, linkage: Linkage, plan: Plan, records: int) -> Model:
    """Learn from `x_traits` and `x_vectors`; leaves `x_terms` (field, value, bonus), the values that are not rare."""
    counts = count(frames, linkage, records)
    learnt = learn(linkage, counts)
    return _model(frames, linkage, plan, (counts, learnt))


def count(frames: Frames, linkage: Linkage, records: int) -> Counts:
    patterns = frames.rows("SELECT pattern, count(*) FROM x_vectors GROUP BY 1 ORDER BY 1")
    return Counts(
        records,
        cast(list[tuple[int, int]], patterns),
        _strangers(frames, linkage, records),
        [_agreeing(frames, field.terms) if field.terms else None for field in linkage.fields],
    )


def _strangers(frames: Frames, linkage: Linkage, records: int) -> list[list[float]]:
    """Levels over a sample of random pairs, drawn by a hash so that it is the same every time."""
    draws, among = min(SAMPLE, 50 * records), max(records, 1)
    frames.run(
        f"CREATE OR REPLACE TABLE x_sample AS SELECT * FROM (SELECT (1 + hash(2 * i) % {among})::BIGINT AS a, "
        f"(1 + hash(2 * i + 1) % {among})::BIGINT AS b FROM range({draws}) t(i)) WHERE a <> b"
    )
    rows = frames.rows(
        f"SELECT pattern, count(*) FROM (SELECT {linkage.pattern_sql()} AS pattern FROM x_sample p "
        "JOIN x_traits a ON a.n = p.a JOIN x_traits b ON b.n = p.b) GROUP BY 1"
    )
    seen = [[linkage.trust_u * level.u for level in field.levels] for field in linkage.fields]
    for pattern, pairs in cast(list[tuple[int, int]], rows):
        for i, levels in enumerate(seen):
            if n := pattern >> 3 * i & 7:
                levels[n - 1] += pairs
    return [[level / sum(levels) for level in levels] for levels in seen]


def _agreeing(frames: Frames, column: str) -> tuple[int, int]:
    found = frames.rows(
        f"SELECT coalesce(sum(c * (c - 1) // 2), 0)::BIGINT, coalesce(sum(c), 0)::BIGINT FROM "
        f"(SELECT count(*) AS c FROM x_traits WHERE {column} IS NOT NULL GROUP BY {column})"
    )
    same, known = cast(tuple[int, int], found[0])
    return same, known * (known - 1) // 2


def learn(linkage: Linkage, counts: Counts) -> Fit:
    """EM to rest, or `STEPS` steps. Pure: the same counts give the same fit."""
    everything = max(counts.records * (counts.records - 1) // 2, 1)
    verdicts = {pattern: linkage.when(pattern).verdict for pattern, _ in counts.patterns}
    now = Fit([[level.m for level in field.levels] for field in linkage.fields], counts.strangers, max(1.0, 0.1 * counts.records))
    now = now._replace(true_pairs=min(now.true_pairs, everything / 2))
    for _ in range(STEPS):
        after = _step(linkage, counts, verdicts, now)
        moved = max(abs(x - y) for old, new in zip(now.m, after.m, strict=True) for x, y in zip(old, new, strict=True))
        rested = moved < NEAR and abs(after.true_pairs - now.true_pairs) <= NEAR * now.true_pairs
        now = after
        if rested:
            break
    return now


def _step(linkage: Linkage, counts: Counts, verdicts: Mapping[int, str], now: Fit) -> Fit:
    everything = max(counts.records * (counts.records - 1) // 2, 1)
    share = now.true_pairs / everything
    weights = [[log(m / u) for m, u in zip(ms, us, strict=True)] for ms, us in zip(now.m, now.u, strict=True)]
    start, true_pairs = log(share / (1 - share)), 0.0
    seen = [[0.0 for _ in field.levels] for field in linkage.fields]
    for pattern, pairs in counts.patterns:
        true = pairs * _chance(verdicts[pattern], start + sum(w[(pattern >> 3 * i & 7) - 1] for i, w in enumerate(weights) if pattern >> 3 * i & 7))
        if not true:
            continue
        true_pairs += true
        for i, levels in enumerate(seen):
            if n := pattern >> 3 * i & 7:
                levels[n - 1] += true
    both = list(zip(linkage.fields, seen, strict=True))
    m = [
        [max((n + linkage.trust_m * level.m) / (sum(levels) + linkage.trust_m), 1e-4) for n, level in zip(levels, field.levels, strict=True)]
        for field, levels in both
    ]
    u = [
        _strange(sampled, agreeing, levels, guess=(linkage.trust_u * field.levels[0].u, linkage.trust_u))
        for (field, levels), sampled, agreeing in zip(both, counts.strangers, counts.agreeing, strict=True)
    ]
    return Fit(m, u, min(max(true_pairs, 0.5), everything / 2))


def _chance(verdict: str, odds: float) -> float:
    if verdict == "link":
        return 1.0
    return 0.0 if verdict == "apart" or odds < NO_CHANCE else 1 / (1 + exp(-odds))


def _strange(sampled: Sequence[float], agreeing: tuple[int, int] | None, true: Sequence[float], *, guess: tuple[float, float]) -> list[float]:
    """u by level: where values were counted, the first level is exact, less the true pairs. `guess`: how many of how many are taken for known."""
    if agreeing is None:
        return list(sampled)
    same, known = agreeing
    first = (max(same - true[0], 0.0) + guess[0]) / (max(known - sum(true), 0.0) + guess[1])
    first = min(first, 0.99)
    rest = sum(sampled[1:])
    return [first, *(level / rest * (1 - first) for level in sampled[1:])]


def _model(frames: Frames, linkage: Linkage, plan: Plan, found: tuple[Counts, Fit]) -> Model:
    counts, learnt = found
    # True pairs that a record is in; of so many records that the guesses count for, one in five has a partner.
    partners = (2 * learnt.true_pairs + 0.2 * linkage.trust_m) / (counts.records + linkage.trust_m)
    share = partners / max(counts.records, linkage.population, 2)
    rare = _terms(frames, linkage, found, partners)
    return Model(
        plan=plan,
        records=counts.records,
        true_pairs=round(learnt.true_pairs),
        prior=hundredths(share / (1 - min(share, 0.5))),
        weights=tuple(tuple(hundredths(m / u) for m, u in zip(ms, us, strict=True)) for ms, us in zip(learnt.m, learnt.u, strict=True)),
        rare=rare,
        link=hundredths(linkage.link / (1 - linkage.link)),
        review=hundredths(linkage.review / (1 - linkage.review)),
    )


def _terms(frames: Frames, linkage: Linkage, found: tuple[Counts, Fit], partners: float) -> tuple[int, ...]:
    """Fill `x_terms`; by field, the bonus of values that are not in it.

    A value's share is that of its records beyond a person's own, among the records that have one and `trust_u` more of average values.
    """
    counts, learnt = found
    frames.run("CREATE OR REPLACE TABLE x_terms (field INTEGER, value VARCHAR, bonus INTEGER)")
    rare = []
    for i, field in enumerate(linkage.fields):
        if not field.terms:
            rare.append(0)
            continue
        u, own = learnt.u[i][0], 1 + partners
        known = cast(int, frames.rows(f"SELECT count({field.terms}) FROM x_traits")[0][0])
        all_, average = known + linkage.trust_u, linkage.trust_u * u
        least = max(average / all_, min(u, RARE / max(counts.records, 1)))
        rare.append(hundredths(u / least))
        frames.run(
            f"INSERT INTO x_terms SELECT {i}, value, round({UNIT} * log2({u!r} / share))::INTEGER FROM (SELECT {field.terms} AS value, "
            f"(count(*) - {own!r} + {average!r}) / {all_!r} AS share FROM x_traits WHERE {field.terms} IS NOT NULL GROUP BY 1) WHERE share > {least!r}"
        )
    return tuple(rare)


def hundredths(ratio: float) -> int:
    """log2 of a ratio in hundredths of a bit."""
    return round(UNIT * log2(ratio))
