"""The quality checks as data: `checks.yaml`, validated and spread to one check per table; evaluates nothing."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Formatter

import msgspec

from dujiang.words import Saying, Word

CATEGORIES = ("conformance", "completeness", "plausibility")
SEVERITIES = ("fatal", "convention", "characterisation")
_MARKS = {"person": r"\bw\.", "visit_occurrence": r"\bv\.|\bx_visits\b"}
Part = str | tuple[str, ...]


class Rule(Word, frozen=True):
    """One entry of `checks`, before it meets a table."""

    id: str
    category: str
    severity: str
    threshold: float
    field: str
    says: Saying
    applies: str = "true"
    violated: str = ""
    distinct: tuple[str, ...] | str = ()
    needs: str = ""  # a part the table must have although no text names it
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES or self.severity not in SEVERITIES:
            raise ValueError(f"{self.id}: unknown category or severity")
        if bool(self.violated) == bool(self.distinct):
            raise ValueError(f"{self.id}: say either what is violated or what must be distinct")


class Range(Word, frozen=True):
    """Plausible numbers of a kind of measurement: LOINC codes, and lowest and highest value by unit in lower case."""

    id: str
    codes: tuple[str, ...]
    units: dict[str, tuple[float, float]]
    says: Saying


class Weights(Word, frozen=True):
    category: dict[str, int]
    severity: dict[str, int]


class Book(Word, frozen=True):
    """The whole of `checks.yaml`."""

    version: str
    weights: Weights
    tables: dict[str, dict[str, Part]]
    checks: tuple[Rule, ...]
    ranges: tuple[Range, ...]


class Check(Word, frozen=True):
    """One check of one table: SQL conditions with nothing left open but the day, `{as_of}`."""

    id: str  # rule.table, or range_<kind>.measurement
    table: str
    field: str
    category: str
    severity: str
    threshold: float
    says: Saying
    applies: str
    violated: str = ""
    distinct: tuple[str, ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        """The columns of its table it cannot do without."""
        return frozenset(re.findall(r"\bt\.(\w+)", f"{self.applies} {self.violated}")) | set(self.distinct)

    @property
    def beside(self) -> frozenset[str]:
        """The other tables without which it says nothing."""
        text = f"{self.applies} {self.violated}"
        return frozenset(table for table, mark in _MARKS.items() if re.search(mark, text))


@cache
def book() -> Book:
    """The checks this version of Dujiang ships."""
    return msgspec.yaml.decode(files("dujiang.assess").joinpath("checks.yaml").read_bytes(), type=Book)


@cache
def catalogue() -> dict[str, Check]:
    """Every check by its id, in the order of the file."""
    every = [check for rule in book().checks for check in spread(rule, book().tables)]
    every += [range_check(kind) for kind in book().ranges]
    return {check.id: check for check in every}


def spread(rule: Rule, tables: dict[str, dict[str, Part]]) -> Iterator[Check]:
    """The rule on each table that it names, or that has the parts it needs."""
    distinct = (rule.distinct,) if isinstance(rule.distinct, str) else rule.distinct
    texts = (rule.field, rule.applies, rule.violated, *distinct)
    parts = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name} - {"as_of"}
    for table, has in tables.items():
        wanted = table in rule.only if rule.only else parts | ({rule.needs} if rule.needs else set()) <= set(has)
        if wanted and table not in rule.but:
            yield _meet(rule, table, has, distinct)


def _meet(rule: Rule, table: str, has: dict[str, Part], distinct: tuple[str, ...]) -> Check:
    filled = {**{name: part for name, part in has.items() if isinstance(part, str)}, "as_of": "{as_of}"}
    columns: list[str] = []
    for text in distinct:
        whole = has.get(text.strip("{}"))
        columns += whole if isinstance(whole, tuple) else [text.format_map(filled)]
    return Check(
        id=f"{rule.id}.{table}",
        table=table,
        field=rule.field.format_map(filled),
        category=rule.category,
        severity=rule.severity,
        threshold=rule.threshold,
        says=rule.says,
        applies=rule.applies.format_map(filled),
        violated=rule.violated.format_map(filled),
        distinct=tuple(columns),
    )


def range_check(kind: Range) -> Check:
    """The check that numbers with these codes lie in the range of their unit.

    A LOINC code ends in its check digit, so finding it with its system inside x_codes cannot hit another code.
    """
    codes = " OR ".join(f"contains(t.x_codes, 'LOINC|{code}')" for code in kind.codes)
    lowest, highest = (_by_unit(kind, side) for side in (0, 1))
    return Check(
        id=f"range_{kind.id}.measurement",
        table="measurement",
        field="value_as_number",
        category="plausibility",
        severity="convention",
        threshold=1,
        says=Saying(en=f"An implausible {kind.says.en}.", zh=f"{kind.says.zh}数值超出合理范围。"),
        applies=f"({codes}) AND t.value_as_number IS NOT NULL",
        violated=f"t.value_as_number < {lowest} OR t.value_as_number > {highest}",
    )


def _by_unit(kind: Range, side: int) -> str:
    """SQL for the range's lower (0) or upper (1) end in the row's unit; the first unit's where it is unknown."""
    (_, first), *others = kind.units.items()
    cases = "".join(f" WHEN '{unit}' THEN {ends[side]}" for unit, ends in others)
    return f"CASE lower(t.unit_source_value){cases} ELSE {first[side]} END" if cases else str(first[side])
