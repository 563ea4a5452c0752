"""Writes the rows of a person index and its doubts in SQL, out of names that each record carries already, so that the hash covers all of them.

A person is called after its first record, in order of zone and person_id. Its handle comes from the number of the strongest system that any of
its records has; a number that two persons claim makes no handle, because it would join them silently elsewhere.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, cast

from dujiang.identify.linkage import UNIT
from dujiang.identify.linking import Linked
from dujiang.identify.pseudonyms import Names
from dujiang.world import Frames

DOUBTS = {"a": "BIGINT", "b": "BIGINT", "score": "INTEGER", "rule": "VARCHAR"}


class Content(NamedTuple):
    """What the index says in sum: persons, records whose number is not valid, pairs that wait, and the hash of all rows."""

    persons: int
    flagged: int
    review: int
    hash: str


def write(frames: Frames, linked: Linked, names: Names, bring_names: Callable[[str], None], *, earlier: tuple[str, str] = ("", "")) -> Content:
    """Fill `x_index` (zone, person_id, person, handle, version, settled, flagged) and `x_review` (both records, score in bits, rule, pattern).

    `settled` says that nobody else claims a number of the person's. Where `linked` is narrow, what was not touched keeps the row it had,
    and the doubts between two such records stay: `earlier` are the addresses of the rows and of the doubts of the index before.
    """
    frames.run("DROP TABLE IF EXISTS x_first")
    frames.load("x_first", {"n": "BIGINT", "first": "BIGINT"}, ({"n": n, "first": f} for n, f in linked.clusters.first.items()))
    bring_names("FROM x_touched" if linked.narrow else "SELECT n FROM x_known")
    _call(frames)
    frames.run(
        "CREATE OR REPLACE TABLE x_index AS SELECT k.zone, k.person_id, o.own_person AS person, c.handle, k.version, "
        "NOT bool_or(p.contested) OVER (PARTITION BY p.first) AS settled, m.flagged "
        "FROM x_called p JOIN x_known k ON k.n = p.n JOIN x_names m ON m.n = p.n JOIN x_names o ON o.n = p.first LEFT JOIN x_handles c USING (first)"
    )
    _call_the_numberless(frames, names)
    if linked.narrow:
        frames.run(
            f"INSERT INTO x_index SELECT zone, person_id, person, handle, version, settled, flagged FROM read_parquet('{earlier[0]}') "
            "SEMI JOIN (SELECT version FROM x_known ANTI JOIN x_touched USING (n)) USING (version)"
        )
    _write_doubts(frames, linked, earlier[1])
    persons, flagged, doubts = cast(tuple[int, int, int], frames.rows(
        "SELECT count(DISTINCT person), count_if(flagged), (SELECT count(*) FROM x_review) FROM x_index"
    )[0])
    return Content(persons, flagged, doubts, _hash(frames, "x_index") + _hash(frames, "x_review"))


def _call_the_numberless(frames: Frames, names: Names) -> None:
    """Whoever has no number to go by gets a handle of this party's own."""
    without = cast(list[tuple[str]], frames.rows("SELECT DISTINCT person FROM x_index WHERE handle IS NULL"))
    frames.run("DROP TABLE IF EXISTS x_local")
    frames.load("x_local", {"person": "VARCHAR", "handle": "VARCHAR"}, ({"person": p, "handle": names.local(p)} for (p,) in without))
    frames.run("UPDATE x_index SET handle = l.handle FROM x_local l WHERE x_index.person = l.person AND x_index.handle IS NULL")


def _call(frames: Frames) -> None:
    """Fill `x_called` (n, first, contested) of the records with names here, and `x_handles` (first, handle) of persons with a number of their own."""
    frames.run("CREATE OR REPLACE TABLE x_claims AS SELECT n, coalesce(first, n) AS first, id_rank, number_handle FROM x_names LEFT JOIN x_first USING (n)")
    frames.run(
        "CREATE OR REPLACE TABLE x_contested AS SELECT number_handle FROM x_claims WHERE number_handle IS NOT NULL "
        "GROUP BY 1 HAVING count(*) > 1 AND count(DISTINCT first) > 1"
    )
    frames.run("CREATE OR REPLACE TABLE x_called AS SELECT n, first, number_handle IS NOT NULL AND number_handle IN (FROM x_contested) AS contested FROM x_claims")
    frames.run(
        "CREATE OR REPLACE TABLE x_handles AS SELECT first, arg_min(number_handle, id_rank * 1000000000000 + n) AS handle FROM x_claims "
        "ANTI JOIN x_contested USING (number_handle) WHERE number_handle IS NOT NULL GROUP BY first"
    )


def _hash(frames: Frames, table: str) -> str:
    """A sum over all rows, so that their order does not matter and a city's index is hashed in a moment."""
    return str(frames.rows(f"SELECT coalesce(sum(hash(t)::HUGEINT), 0)::VARCHAR FROM {table} t")[0][0]) + "."


def _write_doubts(frames: Frames, linked: Linked, review: str) -> None:
    frames.run("DROP TABLE IF EXISTS x_doubts")
    frames.load("x_doubts", DOUBTS, ({"a": d.a, "b": d.b, "score": d.score, "rule": d.rule} for d in linked.doubts))
    frames.run(
        "CREATE OR REPLACE TABLE x_review AS SELECT a.zone AS a_zone, a.person_id AS a_person_id, b.zone AS b_zone, b.person_id AS b_person_id, "
        f"(d.score / {UNIT})::DECIMAL(9, 2) AS score, d.rule, k.pattern "
        "FROM x_doubts d JOIN x_known a ON a.n = d.a JOIN x_known b ON b.n = d.b JOIN x_remembered k ON k.a = d.a AND k.b = d.b"
    )
    if linked.narrow:
        untouched = "(SELECT zone, person_id FROM x_known ANTI JOIN x_touched USING (n))"
        frames.run(
            f"INSERT INTO x_review SELECT a_zone, a_person_id, b_zone, b_person_id, score, rule, pattern FROM read_parquet('{review}') "
            f"JOIN {untouched} a ON a.zone = a_zone AND a.person_id = a_person_id JOIN {untouched} b ON b.zone = b_zone AND b.person_id = b_person_id"
        )


def name(sources: Sequence[str], rulings: Iterable[str], content: Content) -> str:
    """The id of an index: 24 hex characters over its sources, the reviewers' rulings and its content."""
    whole = "\n".join([*sources, "!", *rulings, "!", content.hash])
    return "i-" + hashlib.sha256(whole.encode()).hexdigest()[:24]
