"""Finds the records whose person, handle or doubts an arrival may change; every other record keeps the row it had.

Touched are: what is fresh; what claims a number that something fresh claims; what was compared with a record that is gone; what reviewers ever
ruled on; persons whose number another claims; and whatever links, over however many records, lead to from there.
"""

from collections.abc import Callable
from typing import cast

from dujiang.identify.scoring import LINK
from dujiang.world import Frames

Touch = Callable[[], None]


def toucher(frames: Frames, pairs: str, number: int, *, gone: bool) -> Touch:
    """What fills `x_touched` (n) once the fresh pairs are scored.

    Reads `x_fresh`, `x_near`, `x_before`, `x_ruled` (place), `x_known` and `x_remembered`; `pairs` is the address of the earlier index's pairs,
    `number` the place of the rule that brings equal numbers together, `gone` whether a record of the earlier index is not here any more.
    """

    def touch() -> None:
        seeds = [
            "SELECT n FROM x_fresh",
            f"SELECT n FROM x_near WHERE rule = {number}",
            "SELECT n FROM x_known JOIN x_before USING (version) WHERE NOT settled",
            "SELECT n FROM x_known JOIN x_ruled ON place = zone || '/' || person_id",
        ]
        if gone:
            seeds.append(
                f"SELECT coalesce(a.n, b.n) FROM read_parquet('{pairs}') p LEFT JOIN x_known a ON a.version = p.a_version "
                "LEFT JOIN x_known b ON b.version = p.b_version WHERE (a.n IS NULL) <> (b.n IS NULL)"
            )
        frames.run(f"CREATE OR REPLACE TABLE x_touched AS {' UNION '.join(seeds)}")
        _follow(frames)

    return touch


def _follow(frames: Frames) -> None:
    frames.run(
        f"CREATE OR REPLACE TABLE x_links AS SELECT a AS n, b AS mate FROM x_remembered WHERE decision = '{LINK}' "
        f"UNION ALL SELECT b, a FROM x_remembered WHERE decision = '{LINK}'"
    )
    before, now = -1, _count(frames)
    while before < now:
        frames.run("INSERT INTO x_touched SELECT DISTINCT mate FROM x_links JOIN x_touched USING (n) WHERE mate NOT IN (SELECT n FROM x_touched)")
        before, now = now, _count(frames)


def _count(frames: Frames) -> int:
    return cast(int, frames.rows("SELECT count(*) FROM x_touched")[0][0])
