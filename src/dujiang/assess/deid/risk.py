"""Measures how easily somebody is found again in a table, and how much use its generalising cost; reads counts, keeps no value.

Sources: prosecutor, journalist and marketer risk after El Emam and Dankar (Protecting privacy using k-anonymity, JAMIA 2008) and Dankar and
El Emam (A method for evaluating marketer re-identification risk, EDBT/ICDT Workshops 2010); discernibility: Bayardo and Agrawal (Data privacy
through optimal k-anonymization, ICDE 2005); mean class size over k: LeFevre et al. (Mondrian, ICDE 2006).
"""

from collections.abc import Sequence
from typing import cast

from dujiang.errors import Malformed
from dujiang.words import Word
from dujiang.world import Frames


class Risk(Word, frozen=True):
    """How well the people of a table hide among those who look alike; shares are of people (or of rows, where no person is named).

    prosecutor: of the one easiest to find, by somebody who knows that they are in the table (1 / smallest class). marketer: the mean over all,
    for somebody who wants to find as many as they can (classes / people). unique: the share that is alone in its class. journalist: as
    prosecutor, for somebody who only knows the population that the table was drawn from.
    """

    records: int
    people: int
    classes: int
    smallest: int
    prosecutor: float
    journalist: float
    marketer: float
    unique: float


class Loss(Word, frozen=True):
    """What generalising cost: share of rows left out; mean share of each ladder lost (0 nothing, 1 all); discernibility; mean class size over k."""

    suppressed: float
    generalised: float
    discernibility: int
    class_size: float


def measure(
    frames: Frames, source: str, quasi: Sequence[str], *, person: str = "", population: str = "", sampled: float = 1.0
) -> Risk:
    """The risk of `source` (a table or subquery) by what these columns tell.

    For the journalist the population is a table with the same columns, one row per person; without one, the table is taken for a share
    `sampled` of it, drawn by chance, and a class for 1 / `sampled` times as large: an estimate. Malformed unless 0 < sampled <= 1.
    """
    if not 0 < sampled <= 1:
        raise Malformed("deid.sampled", "The sampled share lies above 0 and is at most 1.", "抽样比例须大于 0 且不超过 1。")
    key = ", ".join(f'"{column}"' for column in quasi)
    size = f'count(DISTINCT "{person}")' if person else "count(*)"
    classes = f"SELECT {size} AS size, count(*) AS n{', ' + key if key else ''} FROM {source}{f' GROUP BY {key}' if key else ' HAVING count(*) > 0'}"
    found = frames.rows(
        f"SELECT coalesce(sum(n), 0)::BIGINT, coalesce(sum(size), 0)::BIGINT, count(*), coalesce(min(size), 0)::BIGINT, "
        f"coalesce(sum(size) FILTER (WHERE size = 1), 0)::BIGINT FROM ({classes})"
    )
    rows, people, count, smallest, alone = cast(tuple[int, int, int, int, int], found[0])
    if not people:
        return Risk(records=0, people=0, classes=0, smallest=0, prosecutor=0.0, journalist=0.0, marketer=0.0, unique=0.0)
    return Risk(
        records=rows, people=people, classes=count, smallest=smallest, prosecutor=1 / smallest,
        journalist=_journalist(frames, source, quasi, population) if population and quasi else sampled / smallest,
        marketer=count / people, unique=alone / people,
    )


def _journalist(frames: Frames, source: str, quasi: Sequence[str], population: str) -> float:
    """One over the smallest class of the population in which somebody of the table is."""
    key = ", ".join(f'"{column}"' for column in quasi)
    same = " AND ".join(f'p."{column}" IS NOT DISTINCT FROM t."{column}"' for column in quasi)
    smallest = frames.rows(
        f"SELECT min(size) FROM (SELECT {key}, count(*) AS size FROM {population} GROUP BY {key}) p SEMI JOIN {source} t ON {same}"
    )[0][0]
    # Somebody who is in no class of the population given is as easy to find as can be.
    missing = frames.rows(f"SELECT count(*) FROM (SELECT {key} FROM {source} EXCEPT SELECT {key} FROM {population})")[0][0]
    return 1.0 if missing or not smallest else 1 / int(str(smallest))


def loss(frames: Frames, source: str, quasi: Sequence[str], *, rows: int, generalised: float, k: int) -> Loss:
    """What it cost to make `source` of `rows` rows; `generalised` is the mean share of the ladders lost, as the search counted it."""
    key = ", ".join(f'"{column}"' for column in quasi)
    grouped = f" GROUP BY {key}" if key else ""
    found = frames.rows(f"SELECT coalesce(sum(n * n), 0)::BIGINT, coalesce(sum(n), 0)::BIGINT, count(*) FROM (SELECT count(*) AS n FROM {source}{grouped})")
    squares, kept, classes = cast(tuple[int, int, int], found[0])
    return Loss(
        suppressed=(rows - kept) / rows if rows else 0.0, generalised=generalised, discernibility=squares + (rows - kept) * rows,
        class_size=kept / classes / k if classes and kept else 0.0,
    )
