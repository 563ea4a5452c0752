"""Verdicts on pairs of records by the first guesses alone, so that a test of a rule does not hang on what a population taught."""

from typing import Any, NamedTuple

from dujiang.identify.blocking import Plan
from dujiang.identify.fitting import Model, hundredths
from dujiang.identify.linkage import Linkage
from dujiang.identify.people import PEOPLE
from dujiang.identify.pseudonyms import Names
from dujiang.identify.records import COLUMNS, SAID, TRAITS, comparable
from dujiang.identify.scoring import compare, score
from dujiang.world import Frames
from identify.identify_node import SECRET


def guessed(linkage: Linkage = PEOPLE) -> Model:
    """A model of a town of 1 M strangers in which one record in five has another of the same person, with no value commoner than another."""
    weights = tuple(tuple(hundredths(level.m / level.u) for level in field.levels) for field in linkage.fields)
    odds = [hundredths(p / (1 - p)) for p in (linkage.link, linkage.review)]
    return Model(
        plan=Plan(most=1000, budget=1, pairs=0), records=10_000, true_pairs=1000, prior=hundredths(0.2 / 1_000_000), weights=weights,
        rare=(0,) * len(weights), link=odds[0], review=odds[1],
    )


class Verdict(NamedTuple):
    decision: str
    rule: str
    score: int
    levels: dict[str, str]


def verdicts(frames: Frames, pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[Verdict]:
    """The verdict on each pair of x_identity rows; a row may name its `zone`."""
    rows = [row for pair in pairs for row in pair]
    names = Names(SECRET, "node-a")
    made = (comparable((n, row.get("zone", "zone-a"), n, *(row.get(name) for name in SAID)), names) for n, row in enumerate(rows, 1))
    frames.run("DROP TABLE IF EXISTS x_rows")
    frames.load("x_rows", COLUMNS, made)
    frames.run(f"CREATE OR REPLACE TABLE x_traits AS SELECT version::BIGINT AS n, {', '.join(TRAITS)} FROM x_rows")
    frames.run("CREATE OR REPLACE TABLE x_terms (field INTEGER, value VARCHAR, bonus INTEGER)")
    frames.run("DROP TABLE IF EXISTS x_pairs")
    frames.load("x_pairs", {"a": "BIGINT", "b": "BIGINT"}, ({"a": 2 * i + 1, "b": 2 * i + 2} for i in range(len(pairs))))
    compare(frames, PEOPLE)
    score(frames, PEOPLE, guessed(), into="x_scored", everything=True)
    found = frames.rows("SELECT decision, rule, score, pattern FROM x_scored ORDER BY a")
    return [Verdict(str(d), str(r), int(str(s)), PEOPLE.levels(int(str(p)))) for d, r, s, p in found]
