"""Compares pairs in SQL, a pattern of levels each, and scores them: the pattern's weight, and what the frequency of the shared values changes.

Decisions are made per pattern, of which there are few, so that every rule is plain Python and every pair plain SQL.
"""

from collections.abc import Iterator
from typing import NamedTuple, cast

from dujiang.identify.fitting import Model
from dujiang.identify.linkage import UNIT, Linkage
from dujiang.world import Frames

# What becomes of a pair. A doubt waits for a reviewer like a review, but no person may hold both its records until one has ruled.
LINK, REVIEW, DOUBT, APART, WEAK = "link", "review", "doubt", "apart", "weak"
NEVER, ALWAYS = 10**6, -(10**6)
WORTH = -10 * UNIT  # a pair less likely than one in a thousand is forgotten; clusters count it as this
SCORED = {"a": "BIGINT", "b": "BIGINT", "pattern": "BIGINT", "score": "INTEGER", "decision": "VARCHAR", "rule": "VARCHAR"}


class Judgement(NamedTuple):
    """What a pattern means: its weight without frequencies, the rule, the scores from which it links or waits, and whether it is a contradiction."""

    base: int
    rule: str
    link_from: int
    review_from: int
    contradicts: bool


def compare(frames: Frames, linkage: Linkage, pairs: str = "x_pairs", into: str = "x_vectors") -> None:
    """Fill `into` (a, b, pattern) from `pairs` (a, b)."""
    frames.run(
        f"CREATE OR REPLACE TABLE {into} AS SELECT p.a, p.b, {linkage.pattern_sql()} AS pattern "
        f"FROM {pairs} p JOIN x_traits a ON a.n = p.a JOIN x_traits b ON b.n = p.b"
    )


def judge(linkage: Linkage, model: Model, pattern: int) -> Judgement:
    """The judgement on a pattern under a model."""
    when, base = linkage.when(pattern), model.weight(pattern)
    link, review = model.link, model.review
    limits = {
        "link": (ALWAYS, ALWAYS),
        "review": (NEVER, ALWAYS),
        "doubt": (NEVER, link),
        "apart": (NEVER, NEVER),
        "weak": (NEVER, review),
        "score": (link, review),
    }
    return Judgement(base, when.rule, *limits[when.verdict], contradicts=when.verdict in ("review", "doubt", "apart"))


def score(
    frames: Frames, linkage: Linkage, model: Model, *, vectors: str = "x_vectors", into: str = "x_scored", everything: bool = False
) -> None:
    """Fill `into` (the columns of `SCORED`) with the pairs of `vectors` that are worth remembering, or with `everything`."""
    patterns = [cast(int, row[0]) for row in frames.rows(f"SELECT DISTINCT pattern FROM {vectors} ORDER BY 1")]
    judgements = {p: judge(linkage, model, p) for p in patterns}
    columns = {"pattern": "BIGINT", "base": "INTEGER", "rule": "VARCHAR", "link_from": "INTEGER", "review_from": "INTEGER", "contradicts": "BOOLEAN"}
    frames.run("DROP TABLE IF EXISTS x_patterns")
    frames.load("x_patterns", columns, ({"pattern": p, **j._asdict()} for p, j in judgements.items()))
    _weigh_values(frames, linkage, model, vectors)
    ruled = f"least(link_from, review_from) = {ALWAYS}"
    worth, likely = ("true", "true") if everything else (f"score >= {WORTH} OR {ruled}", f"base >= {WORTH - model.reach()} OR {ruled}")
    frames.run(
        f"CREATE OR REPLACE TABLE {into} AS SELECT a, b, pattern, score, "
        f"CASE WHEN score >= link_from THEN '{LINK}' WHEN contradicts AND score >= review_from THEN '{DOUBT}' WHEN contradicts THEN '{APART}' "
        f"WHEN score >= review_from THEN '{REVIEW}' ELSE '{WEAK}' END AS decision, rule "
        f"FROM (SELECT v.a, v.b, pattern, (base + {_bonus(linkage)})::INTEGER AS score, rule, link_from, review_from, contradicts FROM {vectors} v "
        f"JOIN x_patterns USING (pattern) JOIN x_bonus x ON x.n = v.a JOIN x_bonus y ON y.n = v.b WHERE {likely}) WHERE {worth}"
    )


def _weigh_values(frames: Frames, linkage: Linkage, model: Model, vectors: str) -> None:
    """Fill `x_bonus`: for the records of these pairs, what each value changes when another record shares it. Reads `x_terms`."""
    columns, joins = ["r.n"], []
    for i, field in enumerate(linkage.fields):
        if field.terms:
            columns.append(f"coalesce(t{i}.bonus, {model.rare[i]})::INTEGER AS f{i}")
            joins.append(f"LEFT JOIN x_terms t{i} ON t{i}.field = {i} AND t{i}.value = r.{field.terms}")
    frames.run(
        f"CREATE OR REPLACE TABLE x_bonus AS SELECT {', '.join(columns)} FROM x_traits r {' '.join(joins)} "
        f"SEMI JOIN (SELECT a AS n FROM {vectors} UNION ALL SELECT b FROM {vectors}) USING (n)"
    )


def _bonus(linkage: Linkage) -> str:
    """SQL: the sum over fields that agree on their first level. Of two values that count as equal, the commoner one speaks."""
    terms = (
        f"CASE WHEN (pattern >> {3 * i}) & 7 = 1 THEN least(x.f{i}, y.f{i}) ELSE 0 END"
        for i, field in enumerate(linkage.fields)
        if field.terms
    )
    return " + ".join(terms) or "0"


class Pair(NamedTuple):
    """A scored pair, by record numbers; the score in hundredths of a bit."""

    a: int
    b: int
    score: int
    decision: str
    rule: str


def pairs_of(frames: Frames, sql: str) -> Iterator[Pair]:
    """The rows of a SELECT of a, b, score, decision, rule."""
    return (Pair(*cast(tuple[int, int, int, str, str], row)) for row in frames.rows(sql))

