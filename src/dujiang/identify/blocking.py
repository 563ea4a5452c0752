"""Chooses in SQL which pairs of records are worth comparing, counts them first, leaves out blocks beyond the budget.

Reads the table `x_traits` (n, zone, person_id and the columns of `Traits`); leaves the table `x_pairs` (a, b), a < b.
"""

from collections.abc import Sequence
from typing import cast

from dujiang.words import Saying, Word
from dujiang.world import Frames

BUDGET = 2_000_000
# name -> (which records, what they must have in common)
RULES: dict[str, tuple[str, str]] = {
    "number": ("id_number IS NOT NULL", "id_system || '|' || id_number"),
    "birth": ("birth_date <> '' AND full_name <> ''", "birth_date || '|' || left(family_sound || given_sound, 1)"),
    "phone": ("phone <> ''", "phone || '|' || sex"),
}


class Finding(Word, frozen=True):
    """Blocks of records that were not compared, because comparing them would make too many pairs."""

    rule: str
    says: Saying
    blocks: int
    records: int
    pairs: int


def choose_pairs(frames: Frames, *, budget: int = BUDGET) -> tuple[Finding, ...]:
    """Fill `x_pairs`; the smallest blocks first, so that one crowded value costs only itself."""
    keys = " UNION ALL ".join(
        f"SELECT '{rule}' AS rule, {key} AS key, n FROM x_traits WHERE {which}" for rule, (which, key) in RULES.items()
    )
    frames.run(f"CREATE OR REPLACE TABLE x_keys AS {keys}")
    frames.run(
        "CREATE OR REPLACE TABLE x_blocks AS SELECT rule, key, records, pairs, "
        f"sum(pairs) OVER (ORDER BY pairs, rule, key ROWS UNBOUNDED PRECEDING) <= {int(budget)} AS kept "
        "FROM (SELECT rule, key, count(*) AS records, count(*) * (count(*) - 1) // 2 AS pairs "
        "FROM x_keys GROUP BY rule, key HAVING count(*) > 1)"
    )
    frames.run(
        "CREATE OR REPLACE TABLE x_pairs AS SELECT DISTINCT one.n AS a, other.n AS b "
        "FROM (SELECT k.* FROM x_keys k JOIN x_blocks USING (rule, key) WHERE kept) one "
        "JOIN (SELECT k.* FROM x_keys k JOIN x_blocks USING (rule, key) WHERE kept) other "
        "ON one.rule = other.rule AND one.key = other.key AND one.n < other.n"
    )
    left = frames.rows(
        "SELECT rule, count(*), sum(records)::BIGINT, sum(pairs)::BIGINT FROM x_blocks WHERE NOT kept "
        "GROUP BY rule ORDER BY rule"
    )
    return tuple(_finding(row, budget) for row in left)


def _finding(row: Sequence[object], budget: int) -> Finding:
    rule, blocks, records, pairs = cast(tuple[str, int, int, int], tuple(row))
    says = Saying(
        en=f"{blocks} groups with the same {_EN[rule]}, {records} records in all, were not compared: {pairs} pairs "
        f"exceed the budget of {budget}. Look at the source: a default value was probably typed for many people.",
        zh=f"有 {blocks} 组记录（共 {records} 条）{_ZH[rule]}相同，需比对 {pairs} 对，"
        f"超出上限 {budget} 对，未予比对。请核查来源系统是否对多人填写了默认值。",
    )
    return Finding(rule=f"identify.block_{rule}", says=says, blocks=blocks, records=records, pairs=pairs)


_EN = {"number": "identity number", "birth": "birth date and initial", "phone": "phone and sex"}
_ZH = {"number": "证件号码", "birth": "出生日期与姓氏首字母", "phone": "电话与性别"}
