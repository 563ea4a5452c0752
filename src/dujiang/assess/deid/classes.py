"""The classes of rows that look alike at given levels, and which of them are too small, too uniform or too unlike the rest."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from dujiang.assess.deid.coding import COMBOS, Coded
from dujiang.assess.deid.recipe import Anonymity
from dujiang.world import Frames

GOOD = "deid_good"
Levels = tuple[int, ...]


class Held(NamedTuple):
    """What holds at some levels when the bad classes' rows are left out: their number, and the loss with each of them lost whole."""

    suppressed: int
    cost: float


def failing(frames: Frames, coded: Coded, at: Mapping[int, int], wanted: Anonymity) -> int:
    """Rows in classes with fewer than k, or fewer than l values of a sensitive column, when rows are told apart by these columns
    (number -> level) alone. More columns or lower levels never make it fewer."""
    few = _distinct(coded) if wanted.l > 1 else []
    bad = " OR ".join([f"size < {wanted.k}", *(f"l{j} < {wanted.l}" for j, _ in enumerate(few))])
    asked = ", ".join([f"{_size(coded)} AS size", "sum(n) AS rows", *(f"{sql} AS l{j}" for j, sql in enumerate(few))])
    found = frames.rows(
        f"SELECT coalesce(sum(rows) FILTER (WHERE {bad}), 0)::BIGINT FROM (SELECT {asked} FROM {COMBOS} GROUP BY {_key(at)})"
    )
    return cast(int, found[0][0])


def hold(frames: Frames, coded: Coded, levels: Levels, wanted: Anonymity, *, most: int) -> Held | None:
    """The good classes of these levels, as `deid_good`; None when more than `most` rows would be left out."""
    names = [f"q{i}_{level}" for i, level in enumerate(levels)]
    few = _distinct(coded) if wanted.l > 1 else []
    asked = [*names, f"{_size(coded)} AS size", "sum(n)::BIGINT AS rows", *(f"{sql} AS l{j}" for j, sql in enumerate(few))]
    good = " AND ".join([f"size >= {wanted.k}", *(f"l{j} >= {wanted.l}" for j, _ in enumerate(few))])
    frames.run(f"CREATE OR REPLACE TABLE {GOOD} AS SELECT * FROM (SELECT {', '.join(asked)} FROM {COMBOS} GROUP BY {', '.join(names)}) WHERE {good}")
    while (suppressed := coded.rows - _kept(frames)) <= most:
        if wanted.t is None or not _unlike(frames, coded, names, wanted):
            return Held(suppressed, _cost(frames, coded, levels, wanted))
    return None


def _size(coded: Coded) -> str:
    return "count(DISTINCT u)" if coded.persons else "sum(n)"


def _distinct(coded: Coded) -> list[str]:
    # An absent value is a value too: who has it is told nothing else, but told so much.
    return [f"(count(DISTINCT s{j}) + max(CASE WHEN s{j} IS NULL THEN 1 ELSE 0 END))" for j in range(len(coded.sensitive))]


def _key(at: Mapping[int, int]) -> str:
    return ", ".join(f"q{i}_{level}" for i, level in at.items())


def _kept(frames: Frames) -> int:
    return cast(int, frames.rows(f"SELECT coalesce(sum(rows), 0)::BIGINT FROM {GOOD}")[0][0])


def _cost(frames: Frames, coded: Coded, levels: Levels, wanted: Anonymity) -> float:
    """Mean loss of a row: the weighted mean over columns where it stays, 1 where it is left out; 0 for no rows."""
    weights = weights_of(coded.quasi, wanted)
    parts = " + ".join(f"{weights[i]} * m{i}.lost" for i in range(len(levels)))
    joins = "".join(
        f" JOIN (SELECT DISTINCT c{level} AS c, l{level} AS lost FROM {coded.domain(i)}) m{i} ON m{i}.c = g.q{i}_{level}"
        for i, level in enumerate(levels)
    )
    kept, lost = frames.rows(f"SELECT coalesce(sum(rows), 0), coalesce(sum(rows * ({parts})), 0) FROM {GOOD} g{joins}")[0]
    return (float(cast(float, lost)) + coded.rows - int(cast(int, kept))) / coded.rows if coded.rows else 0.0


def weights_of(quasi: Sequence[str], wanted: Anonymity) -> list[float]:
    """The columns' weights, which sum to one."""
    given = [wanted.weights.get(column, 1.0) for column in quasi]
    return [weight / sum(given) for weight in given]


def _unlike(frames: Frames, coded: Coded, names: Sequence[str], wanted: Anonymity) -> bool:
    """Takes out the classes whose distribution of a sensitive column is further than t from that of all kept rows; whether there were any."""
    before = _kept(frames)
    for j, column in enumerate(coded.sensitive):
        far = _ordered if wanted.sensitive[column] == "ordered" else _equal
        frames.run(f"CREATE OR REPLACE TABLE deid_within AS SELECT {', '.join(names)}, s{j} AS s, sum(n)::DOUBLE AS n "
                   f"FROM {COMBOS} SEMI JOIN {GOOD} USING ({', '.join(names)}) GROUP BY ALL")
        frames.run(f"DELETE FROM {GOOD} WHERE ({', '.join(names)}) IN (SELECT ({', '.join(names)}) FROM ({far(names)}) WHERE far > {wanted.t} + 1e-9)")
    frames.run("DROP TABLE IF EXISTS deid_within")
    return _kept(frames) < before


_ALL = "SELECT s, sum(n) / (SELECT sum(n) FROM deid_within) AS q FROM deid_within GROUP BY s"
_SHARES = "SELECT *, n / sum(n) OVER (PARTITION BY {key}) AS p FROM deid_within"


def _equal(names: Sequence[str]) -> str:
    """Earth mover's distance where any two values are 1 apart: half the sum of |p − q| (Li, Li, Venkatasubramanian, t-Closeness, ICDE 2007, 4.1)."""
    key = ", ".join(names)
    return (f"SELECT {key}, (sum(abs(p - q)) + 1 - sum(q)) / 2 AS far FROM ({_SHARES.format(key=key)}) w "
            f"JOIN ({_ALL}) a ON a.s IS NOT DISTINCT FROM w.s GROUP BY {key}")


def _ordered(names: Sequence[str]) -> str:
    """Earth mover's distance over m ordered values, neighbours 1 / (m − 1) apart: the mean of |ΣP − ΣQ| over all but the last (same place)."""
    key, own = ", ".join(names), ", ".join(f"k.{name}" for name in names)
    same = " AND ".join(f"w.{name} = k.{name}" for name in names)
    whole = f"(SELECT s, q, row_number() OVER (ORDER BY s) AS r, count(*) OVER () AS m FROM ({_ALL}))"
    sums = (f"SELECT {own}, a.m, sum(coalesce(w.p, 0) - a.q) OVER (PARTITION BY {own} ORDER BY a.r) AS run "
            f"FROM (SELECT DISTINCT {key} FROM deid_within) k CROSS JOIN {whole} a "
            f"LEFT JOIN ({_SHARES.format(key=key)}) w ON w.s IS NOT DISTINCT FROM a.s AND {same}")
    return f"SELECT {key}, sum(abs(run)) / greatest(any_value(m) - 1, 1) AS far FROM ({sums}) GROUP BY {key}"
