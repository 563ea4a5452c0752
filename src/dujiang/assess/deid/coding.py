"""Writes a table down as small numbers, so that a class of any generalisation is one GROUP BY: each value by its group at each level of its ladder."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from dujiang.errors import Malformed
from dujiang.world import Frames

COMBOS = "deid_combos"
MOST_VALUES = 1_000_000  # different values of one generalised column


class Coded(NamedTuple):
    """A table as `deid_combos`: one row per different combination, with `n` rows behind it.

    Columns `q<i>_<level>` hold groups of the i-th generalised column, `s<j>` the j-th sensitive column's values (the ordered ones by
    their rank), `u` the person where persons are counted. Per column and level, `lost` is the mean share of its ladder that is lost.
    """

    quasi: tuple[str, ...]
    tops: tuple[int, ...]
    lost: tuple[tuple[float, ...], ...]
    sensitive: tuple[str, ...]
    rows: int
    persons: bool

    def domain(self, i: int) -> str:
        """The table of the i-th column's values `v`, their `n`, and group `c<level>` and loss `l<level>` at each level."""
        return f"deid_domain_{i}"


def code(
    frames: Frames, source: str, ladders: Mapping[str, Sequence[str]], *, sensitive: Sequence[str] = (), person: str = ""
) -> Coded:
    """Codes `source`, a table or subquery, by column -> SQL of its ladder's levels. Malformed when a ladder's levels do not follow
    from one another (`deid.ladder_order`)."""
    quasi = tuple(ladders)
    tops = tuple(len(levels) - 1 for levels in ladders.values())
    lost = tuple(_domain(frames, source, i, column, levels=ladders[column]) for i, column in enumerate(quasi))
    codes = [f"d{i}.c{level} AS q{i}_{level}" for i, top in enumerate(tops) for level in range(top + 1)]
    joins = "".join(f" JOIN deid_domain_{i} d{i} ON d{i}.v IS NOT DISTINCT FROM g.{_name(c)}" for i, c in enumerate(quasi))
    others = [f"{_name(c)} AS s{j}" for j, c in enumerate(sensitive)] + ([f"{_name(person)} AS u"] if person else [])
    names = [f"s{j}" for j in range(len(sensitive))] + (["u"] if person else [])
    grouped = ", ".join([*map(_name, quasi), *others, "count(*) AS n"])
    frames.run(
        f"CREATE OR REPLACE TABLE {COMBOS} AS SELECT {', '.join([*codes, *(f'g.{name}' for name in names), 'g.n::BIGINT AS n'])} "
        f"FROM (SELECT {grouped} FROM {source} GROUP BY ALL) g{joins}"
    )
    rows = cast(int, frames.rows(f"SELECT coalesce(sum(n), 0)::BIGINT FROM {COMBOS}")[0][0])
    return Coded(quasi, tops, lost, tuple(sensitive), rows, bool(person))


def _domain(frames: Frames, source: str, i: int, column: str, *, levels: Sequence[str]) -> tuple[float, ...]:
    """Makes a column's table of values; how much of the column each level loses: a value said as a group of g out of all N
    values loses (g − 1) / (N − 1) (Iyengar, Transforming data to satisfy privacy constraints, KDD 2002)."""
    name, top = f"deid_domain_{i}", len(levels) - 1
    groups = ", ".join(f"{level} AS g{at}" for at, level in enumerate(levels))
    codes = ", ".join(f"(dense_rank() OVER (ORDER BY g{at}) - 1)::INTEGER AS c{at}" for at in range(top + 1))
    losses = ", ".join(f"((count(*) OVER (PARTITION BY g{at}) - 1) / greatest(count(*) OVER () - 1, 1))::DOUBLE AS l{at}" for at in range(top + 1))
    # The levels' SQL names the column as the source does.
    values = f"SELECT {_name(column)}, count(*)::BIGINT AS n FROM {source} GROUP BY ALL"
    frames.run(f"CREATE OR REPLACE TABLE {name} AS SELECT v, n, {codes}, {losses} FROM (SELECT {_name(column)} AS v, n, {groups} FROM ({values}))")
    steps = ", ".join(f"count(DISTINCT (c{at}, c{at + 1})) = count(DISTINCT c{at})" for at in range(top))
    means = ", ".join(f"coalesce(sum(l{at} * n) / sum(n), 0)" for at in range(top + 1))
    count, *found = frames.rows(f"SELECT count(*), {means}{', ' + steps if steps else ''} FROM {name}")[0]
    if not all(cast(Sequence[bool], found[top + 1 :])):
        raise Malformed("deid.ladder_order", "The levels of a ladder do not follow from one another: column {column}.",
                        "泛化层级前后不一致：列 {column}。", column=column)
    if cast(int, count) > MOST_VALUES:
        raise Malformed("deid.values", "Column {column} has more than {most} different values. Round it first, or leave it out.",
                        "列 {column} 的不同取值超过 {most} 个，请先取整或剔除。", column=column, most=MOST_VALUES)
    return tuple(cast(Sequence[float], found[: top + 1]))


def _name(column: str) -> str:
    return f'"{column}"'


def forget(frames: Frames, coded: Coded) -> None:
    """Drops what coding made."""
    for table in (COMBOS, *(coded.domain(i) for i in range(len(coded.quasi)))):
        frames.run(f"DROP TABLE IF EXISTS {table}")
