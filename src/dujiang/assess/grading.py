"""Grades columns and assets 1-5 by a policy pack, by name and by content, with the rules that fired; what no rule names is graded 5.

Pure: reads no data. What lies in columns is counted by `content.look`, sensitive rows by `sensitive.count_sensitive`, who is alone by `combining`.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from dujiang.assess.content import Content
from dujiang.assess.pack import ContentRule, Pack, Rule, pack
from dujiang.assess.sensitive import SensitiveRows, sensitive_predicate
from dujiang.words import Grade, Saying, Word

__all__ = ["AssetGrade", "ColumnGrade", "SensitiveRows", "Uplift", "grade_asset", "grade_columns", "grade_raw", "sensitive_predicate"]

UNNAMED = Rule(
    id="unnamed",
    match=("*",),
    category="health",
    grade=Grade.RESTRICTED,
    says=Saying(en="No rule of the policy pack names this column.", zh="分级策略包没有覆盖该列。"),
)
# A raw table's column that bears no mark is still a record of somebody's.
RAW = Rule(
    id="raw_detail",
    match=("*",),
    category="health",
    grade=Grade.USABLE_NOT_VISIBLE,
    says=Saying(en="A column of a source's own table, row by row.", zh="来源原始表的逐条记录列。"),
)


class ColumnGrade(Word, frozen=True):
    """A column's category and grade, the rule that said so, and the counts it went by (rows looked at, filled, marked); no values."""

    table: str
    column: str
    category: str
    grade: Grade
    rule: str
    says: Saying
    evidence: dict[str, int] = {}


class Uplift(Word, frozen=True):
    """Columns that together find people, as measured: how many of how many are alone in them, and the grade that this makes."""

    rule: str
    grade: Grade
    alone: int
    people: int
    says: Saying


class AssetGrade(Word, frozen=True):
    """An asset's grade: that of its most sensitive column, row or combination."""

    grade: Grade
    reasons: tuple[str, ...]  # ids of the rules and sensitive lists that reach the grade
    says: tuple[Saying, ...]  # the same in words
    pack: str


def grade_columns(
    columns: Mapping[str, Iterable[str]], policy: Pack | None = None, *, content: Mapping[str, Sequence[Content]] | None = None
) -> tuple[ColumnGrade, ...]:
    """The grade of every column, given as table -> columns, in order. What lies in a column can only raise what its name says."""
    known = policy or pack()
    seen = {(table, one.column): one for table, every in (content or {}).items() for one in every}
    named = (_grade(table, column, known.rules) for table, names in columns.items() for column in names)
    return tuple(_raised(one, seen.get((one.table, one.column)), known) for one in named)


def grade_raw(table: str, content: Sequence[Content], policy: Pack | None = None) -> tuple[ColumnGrade, ...]:
    """The grade of a source's own columns, by header and content."""
    known = policy or pack()
    return tuple(_raised(_as(RAW, table, one.column), one, known, header=one.column) for one in content)


def grade_asset(
    columns: Sequence[ColumnGrade], findings: Iterable[SensitiveRows] = (), policy: Pack | None = None, *, uplifts: Sequence[Uplift] = ()
) -> AssetGrade:
    """The grade of an asset of these columns; `findings` are sensitive rows that stay in it, which make it grade 5.

    An asset of no columns is graded 5: nothing is known of it.
    """
    known = policy or pack()
    held = [lst for lst in known.sensitive if any(f.list == lst.id and f.rows > 0 for f in findings)]
    if held or not columns:
        reasons = {lst.id: lst.says for lst in held} or {UNNAMED.id: UNNAMED.says}
        return AssetGrade(
            grade=Grade.RESTRICTED, reasons=tuple(reasons), says=tuple(reasons.values()), pack=known.version
        )
    every: list[ColumnGrade | Uplift] = [*columns, *uplifts]
    top = max(one.grade for one in every)
    reasons = {one.rule: one.says for one in every if one.grade == top}
    return AssetGrade(grade=top, reasons=tuple(reasons), says=tuple(reasons.values()), pack=known.version)


def _grade(table: str, column: str, rules: Sequence[Rule]) -> ColumnGrade:
    rule = next((r for r in rules if any(fnmatchcase(f"{table}.{column}", p) for p in r.match)), UNNAMED)
    return _as(rule, table, column)


def _as(rule: Rule | ContentRule, table: str, column: str, evidence: dict[str, int] | None = None) -> ColumnGrade:
    return ColumnGrade(
        table=table, column=column, category=rule.category, grade=rule.grade, rule=rule.id, says=rule.says, evidence=evidence or {}
    )


def _raised(one: ColumnGrade, content: Content | None, policy: Pack, *, header: str = "") -> ColumnGrade:
    """The column under the strictest content rule that fires and is stricter than what was known; the first such of the pack."""
    fired = [rule for rule in policy.content if (content and _fires(rule, content)) or (header and _headed(rule, header))]
    strictest = max(fired, key=lambda rule: rule.grade, default=None)
    if strictest is None or strictest.grade <= one.grade:
        return one
    return _as(strictest, one.table, one.column, _evidence(strictest, content))


def _fires(rule: ContentRule, content: Content) -> bool:
    if not rule.mark:
        return False
    return content.share(rule.mark) >= rule.share if rule.share else content.marks.get(rule.mark, 0) >= rule.least


def _headed(rule: ContentRule, header: str) -> bool:
    return any(fnmatchcase(header.strip().lower(), pattern) for pattern in rule.headers)


def _evidence(rule: ContentRule, content: Content | None) -> dict[str, int]:
    if content is None:
        return {}
    return {"rows": content.rows, "seen": content.seen, "filled": content.filled, "distinct": content.distinct, "marked": content.marks.get(rule.mark, 0)}
