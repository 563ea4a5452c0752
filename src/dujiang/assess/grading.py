"""Grades columns and assets 1-5 by a policy pack, with the rules that fired; what no rule names is graded 5.

Pure: reads no data. Sensitive rows are found by SQL made here and run by whoever holds the tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from dujiang.assess.pack import Pack, Rule, pack
from dujiang.assess.sensitive import SensitiveRows, sensitive_predicate
from dujiang.words import Grade, Saying, Word

__all__ = ["AssetGrade", "ColumnGrade", "SensitiveRows", "grade_asset", "grade_columns", "sensitive_predicate"]

UNNAMED = Rule(
    id="unnamed",
    match=("*",),
    category="health",
    grade=Grade.RESTRICTED,
    says=Saying(en="No rule of the policy pack names this column.", zh="分级策略包没有覆盖该列。"),
)


class ColumnGrade(Word, frozen=True):
    """A column's category and grade, and the rule that said so."""

    table: str
    column: str
    category: str
    grade: Grade
    rule: str
    says: Saying


class AssetGrade(Word, frozen=True):
    """An asset's grade: that of its most sensitive column or row."""

    grade: Grade
    reasons: tuple[str, ...]  # ids of the rules and sensitive lists that reach the grade
    says: tuple[Saying, ...]  # the same in words
    pack: str


def grade_columns(columns: Mapping[str, Iterable[str]], policy: Pack | None = None) -> tuple[ColumnGrade, ...]:
    """The grade of every column, given as table -> columns, in order."""
    rules = (policy or pack()).rules
    return tuple(_grade(table, column, rules) for table, names in columns.items() for column in names)


def grade_asset(
    columns: Sequence[ColumnGrade], findings: Iterable[SensitiveRows] = (), policy: Pack | None = None
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
    top = max(c.grade for c in columns)
    reasons = {c.rule: c.says for c in columns if c.grade == top}
    return AssetGrade(grade=top, reasons=tuple(reasons), says=tuple(reasons.values()), pack=known.version)


def _grade(table: str, column: str, rules: Sequence[Rule]) -> ColumnGrade:
    rule = next((r for r in rules if any(fnmatchcase(f"{table}.{column}", p) for p in r.match)), UNNAMED)
    return ColumnGrade(
        table=table, column=column, category=rule.category, grade=rule.grade, rule=rule.id, says=rule.says
    )
