"""Chooses in SQL which pairs of records are worth comparing, counts them first, leaves out groups beyond the budget and says so.

Reads `x_keys` (rule, key, n); leaves `x_pairs` (a, b), a < b.
"""

from collections.abc import Sequence
from math import isqrt
from typing import cast

from dujiang.identify.linkage import Rule
from dujiang.words import Saying, Word
from dujiang.world import Frames

BUDGET = 2_000_000
PAIRS_A_RECORD = 40  # what a larger table may cost: 1 M records, 40 M pairs
# Pairs between this record and a fresh one, or between any two when the whole is compared.
_PAIRS = (
    "CREATE OR REPLACE TABLE x_pairs AS SELECT DISTINCT least(one.n, other.n) AS a, greatest(one.n, other.n) AS b "
    "FROM {one} one JOIN x_kept other ON one.rule = other.rule AND one.key = other.key AND {which}"
)


class Finding(Word, frozen=True):
    """Groups of records that were not compared, because comparing them would make too many pairs."""

    rule: str
    says: Saying
    blocks: int
    records: int
    pairs: int


class Plan(Word, frozen=True):
    """How large a group may be so that all pairs fit the budget, found once and kept for what arrives later."""

    most: int
    budget: int
    pairs: int  # predicted, before pairs that two rules find are counted once


def keys_sql(rules: Sequence[Rule], table: str, record: str) -> str:
    """SQL: every record of a table under every rule that speaks of it. Keys are 64-bit hashes: a collision costs one comparison."""
    each = (
        f"SELECT {i}::UTINYINT AS rule, hash({rule.key}) AS key, {record} FROM {table} r WHERE ({rule.key}) IS NOT NULL"
        for i, rule in enumerate(rules)
    )
    return " UNION ALL ".join(each)


def plan(frames: Frames, records: int, *, budget: int = BUDGET) -> Plan:
    """Predict the pairs of every size of group and allow sizes, the smallest first, until the budget is spent.

    Groups may grow later, as far as one of them would use up what is left, and never to a size that was too much already.
    """
    budget = max(budget, PAIRS_A_RECORD * records) if budget == BUDGET else budget
    sizes = cast(
        list[tuple[int, int]],
        frames.rows("SELECT size, count(*) FROM (SELECT count(*) AS size FROM x_keys GROUP BY rule, key) WHERE size > 1 GROUP BY 1 ORDER BY 1"),
    )
    most, spent, limit = 1, 0, None
    for size, groups in sizes:
        if spent + groups * _pairs(size) > budget:
            limit = size - 1
            break
        most, spent = size, spent + groups * _pairs(size)
    room = isqrt(2 * (budget - spent))
    most = max(most, room if limit is None else min(room, limit))
    return Plan(most=most, budget=budget, pairs=spent)


def choose_pairs(frames: Frames, rules: Sequence[Rule], plan: Plan) -> tuple[Finding, ...]:
    """Fill `x_pairs` with every pair of the plan; what the plan leaves out, by rule."""
    _size(frames)
    frames.run(f"CREATE OR REPLACE TABLE x_kept AS SELECT k.* FROM x_keys k JOIN x_sizes s USING (rule, key) WHERE size <= {_most(rules, plan)}")
    frames.run(_PAIRS.format(one="x_kept", which="one.n < other.n"))
    return _findings(frames, rules, plan)


def _size(frames: Frames) -> None:
    frames.run("CREATE OR REPLACE TABLE x_sizes AS SELECT rule, key, count(*) AS size FROM x_keys GROUP BY rule, key HAVING count(*) > 1")


def choose_fresh_pairs(frames: Frames, rules: Sequence[Rule], plan: Plan, *, crowded: bool, near: str = "x_keys") -> tuple[Finding, ...] | None:
    """Fill `x_pairs` with the plan's pairs of records in `x_fresh` (n) with all others. `crowded`: whether some group was left out before.

    `near`: a table of the keys that fresh records have, theirs and others', where somebody made one.

    None when a group has outgrown the plan by what is fresh: pairs compared before would now be left out, so the whole must be chosen anew.
    """
    most = _most(rules, plan)
    frames.run(f"CREATE OR REPLACE TABLE x_new AS SELECT k.* FROM {near} k SEMI JOIN x_fresh USING (n)")
    frames.run(f"CREATE OR REPLACE TABLE x_near AS SELECT k.* FROM {near} k SEMI JOIN x_new USING (rule, key)")
    frames.run(
        "CREATE OR REPLACE TABLE x_sizes AS SELECT rule, key, size, fresh FROM (SELECT rule, key, count(*) AS size FROM x_near GROUP BY ALL) "
        "JOIN (SELECT rule, key, count(*) AS fresh FROM x_new GROUP BY ALL) USING (rule, key)"
    )
    if frames.rows(f"SELECT 1 FROM x_sizes WHERE size > {most} AND size - fresh BETWEEN 2 AND {most} LIMIT 1"):
        return None
    frames.run(f"CREATE OR REPLACE TABLE x_kept AS SELECT k.* FROM x_near k JOIN x_sizes USING (rule, key) WHERE size <= {most}")
    frames.run(_PAIRS.format(one="x_new", which="one.n <> other.n"))
    if crowded:
        _size(frames)
    return _findings(frames, rules, plan)


def _most(rules: Sequence[Rule], plan: Plan) -> str:
    """SQL: how large a group may be under its rule."""
    own = " ".join(f"WHEN {i} THEN {rule.most}" for i, rule in enumerate(rules) if rule.most)
    return f"CASE rule {own} ELSE {plan.most} END" if own else str(plan.most)


def _findings(frames: Frames, rules: Sequence[Rule], plan: Plan) -> tuple[Finding, ...]:
    """A rule with a limit of its own is one that only helps small tables: nobody need hear of it."""
    left = frames.rows(
        "SELECT rule, count(*), sum(size)::BIGINT, sum(size * (size - 1) // 2)::BIGINT FROM x_sizes "
        f"WHERE size > {plan.most} GROUP BY rule ORDER BY rule"
    )
    found = (cast(tuple[int, int, int, int], row) for row in left)
    return tuple(_finding(rules[rule], plan, (blocks, records, pairs)) for rule, blocks, records, pairs in found if not rules[rule].most)


def _finding(rule: Rule, plan: Plan, counts: tuple[int, int, int]) -> Finding:
    blocks, records, pairs = counts
    says = Saying(
        en=f"{blocks} groups with the same {rule.says.en}, {records} records in all, were not compared: {pairs} pairs "
        f"exceed the budget of {plan.budget}. Look at the source: a default value was probably typed for many people.",
        zh=f"有 {blocks} 组记录（共 {records} 条）{rule.says.zh}相同，需比对 {pairs} 对，"
        f"超出上限 {plan.budget} 对，未予比对。请核查来源系统是否对多人填写了默认值。",
    )
    return Finding(rule=f"identify.block_{rule.name}", says=says, blocks=blocks, records=records, pairs=pairs)


def _pairs(size: int) -> int:
    return size * (size - 1) // 2
