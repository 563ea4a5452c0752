"""Links the records of `x_traits` into persons by linkage settings: plan, compare, learn, score, join; all of a table, or what is fresh in it.

Everything here is by record number n = 1, 2, …: `x_keys` (rule, key, n) says who may be whom, `x_traits` holds every column that the settings
speak of.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

from dujiang.identify.blocking import BUDGET, Finding, choose_fresh_pairs, choose_pairs, plan
from dujiang.identify.clusters import LARGEST, NO_BOUNDS, Bounds, Clusters, cluster, components, ordered
from dujiang.identify.fitting import Model, fit
from dujiang.identify.linkage import Linkage
from dujiang.identify.scoring import DOUBT, LINK, REVIEW, SCORED, Pair, compare, pairs_of, score
from dujiang.identify.touching import Touch
from dujiang.world import Frames

Progress = Callable[[int, int], None]
Bring = Callable[[str], None]
STAGES = 5
_EVERYBODY = "SELECT n FROM x_known"
_BOTH = "SELECT a AS n FROM {0} UNION SELECT b FROM {0}"
CONTRADICTION = "contradiction_in_the_person"
_PAIR = "a, b, score, decision, rule"


class Linked(NamedTuple):
    """Who is who; the table `x_remembered` (the columns of `SCORED`) keeps the pairs worth it, `x_terms` the values that are not rare.

    Where `narrow`, clusters and doubts are those of the records in `x_touched` only; all others are as they were.
    """

    clusters: Clusters
    doubts: tuple[Pair, ...]
    links: int
    model: Model
    findings: tuple[Finding, ...]
    narrow: bool = False


def link(
    frames: Frames, linkage: Linkage, records: int, *, bounds: Bounds = NO_BOUNDS, model: Model | None = None, fresh: bool = False,
    crowded: bool = False, near: str = "x_keys", touch: Touch | None = None, bring: Bring = lambda which: None, budget: int = BUDGET, progress: Progress = lambda done, of: None,
) -> Linked:
    """Link all records of `x_keys`, learning a model unless one is given with its `x_terms`.

    `fresh` compares the records in `x_fresh` (n) only, with all others and with one another, and takes the pairs of the others as they were
    left in `x_settled` (the columns of `SCORED`); `crowded` says whether groups were left out then. `touch` then fills `x_touched` with the
    records that anything fresh can change, and nothing else is clustered. `bring` puts the traits of the records
    that an SQL text selects into `x_traits`, where they are not all there.
    """
    found = choose_fresh_pairs(frames, linkage.rules, model.plan, crowded=crowded, near=near) if fresh and model else None
    settled, chosen = found is not None, model.plan if model else plan(frames, records, budget=budget)
    findings = choose_pairs(frames, linkage.rules, chosen) if found is None else found
    progress(1, STAGES)
    bring(_EVERYBODY if model is None else _BOTH.format("x_pairs"))
    compare(frames, linkage)
    progress(2, STAGES)
    learnt = model or fit(frames, linkage, chosen, records)
    progress(3, STAGES)
    score(frames, linkage, learnt, into="x_remembered")
    if settled:
        frames.run(f"INSERT INTO x_remembered SELECT {', '.join(SCORED)} FROM x_settled")
    narrow = settled and touch is not None
    if narrow and touch:
        touch()
    clusters = _cluster(frames, linkage, (learnt, bounds), bring, narrow=narrow)
    progress(4, STAGES)
    links = cast(int, frames.rows(f"SELECT count(*) FROM x_remembered WHERE decision = '{LINK}'")[0][0])
    progress(STAGES, STAGES)
    return Linked(clusters, tuple(sorted(_doubts(frames, clusters, bounds, narrow=narrow))), links, learnt, findings, narrow)


def _cluster(frames: Frames, linkage: Linkage, learnt: tuple[Model, Bounds], bring: Bring, *, narrow: bool) -> Clusters:
    """Look at every pair inside each tangle of links, also those that no rule chose, so that no contradiction hides in it."""
    model, bounds = learnt
    within = " AND a IN (SELECT n FROM x_touched)" if narrow else ""  # no link leads out of what is touched
    links = cast(list[tuple[int, int]], frames.rows(f"SELECT a, b FROM x_remembered WHERE decision = '{LINK}'{within}"))
    tangle = components(links, bounds)
    sizes = Counter(tangle.values())
    frames.run("DROP TABLE IF EXISTS x_tangle")
    frames.load("x_tangle", {"n": "BIGINT", "tangle": "BIGINT"}, ({"n": n, "tangle": t} for n, t in tangle.items()))
    small = f"(SELECT tangle FROM x_tangle GROUP BY tangle HAVING count(*) BETWEEN 2 AND {LARGEST})"
    frames.run(
        "CREATE OR REPLACE TABLE x_inside AS SELECT x.n AS a, y.n AS b FROM x_tangle x JOIN x_tangle y ON x.tangle = y.tangle AND x.n < y.n "
        f"ANTI JOIN x_remembered k ON k.a = x.n AND k.b = y.n WHERE x.tangle IN {small}"
    )
    if frames.rows("SELECT 1 FROM x_inside LIMIT 1"):
        bring(_BOTH.format("x_inside"))
        compare(frames, linkage, "x_inside", "x_inside_vectors")
        score(frames, linkage, model, vectors="x_inside_vectors", into="x_inside_scored", everything=True)
        frames.run("INSERT INTO x_remembered SELECT * FROM x_inside_scored")
    inside = pairs_of(
        frames, f"SELECT {_PAIR} FROM x_remembered JOIN x_tangle x ON x.n = a JOIN x_tangle y ON y.n = b AND x.tangle = y.tangle"
    )
    large = {n: sizes[t] for n, t in tangle.items() if sizes[t] > LARGEST}
    return cluster(inside, bounds, cohesive=linkage.cohesive, sizes=large)


def _doubts(frames: Frames, clusters: Clusters, bounds: Bounds, *, narrow: bool) -> Iterator[Pair]:
    """What a reviewer must see: doubts that nothing else has settled, and links that would have brought a contradiction along."""
    within = " AND (a IN (SELECT n FROM x_touched) OR b IN (SELECT n FROM x_touched))" if narrow else ""
    waiting = pairs_of(frames, f"SELECT {_PAIR} FROM x_remembered WHERE decision IN ('{REVIEW}', '{DOUBT}'){within}")
    for pair in (*waiting, *(refused._replace(decision=REVIEW, rule=CONTRADICTION) for refused in clusters.refused)):
        apart = clusters.person_of(pair.a) != clusters.person_of(pair.b)
        if apart and ordered(pair.a, pair.b) not in bounds.parted:
            yield pair
