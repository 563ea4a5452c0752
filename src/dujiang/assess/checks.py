"""The quality checks as data: `checks.yaml`, validated and spread to one check per table; evaluates nothing."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Formatter

import msgspec

from dujiang.assess.tallies import Tally
from dujiang.words import Saying, Word

CATEGORIES = ("conformance", "completeness", "plausibility")
SEVERITIES = ("fatal", "convention", "characterisation")
# What follows when a check fails (quality_verdict.py); what a file must be to land at all comes before any check.
QUARANTINE, SIGN_OFF, SCORE, ALARM = TIERS = ("quarantine", "sign_off", "score", "alarm")
# Who can put it right: the source's own system, the node's mapping of codes and columns, or the node's stewards.
FIXERS = {
    "source": Saying(en="the source that recorded it", zh="产生记录的来源系统"),
    "mapping": Saying(en="this node's mapping of codes", zh="本节点的编码映射"),
    "steward": Saying(en="this node's data steward", zh="本节点的数据管理员"),
}
Part = str | tuple[str, ...]


class Rule(Word, frozen=True):
    """One entry of `checks`, before it meets a table."""

    id: str
    category: str
    severity: str
    threshold: float
    field: str
    says: Saying
    todo: Saying
    fixer: str = "source"
    tier: str = ""
    applies: str = "true"
    violated: str = ""
    distinct: tuple[str, ...] | str = ()
    needs: str = ""  # a part the table must have although no text names it
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES or self.severity not in SEVERITIES or self.tier not in ("", *TIERS):
            raise ValueError(f"{self.id}: unknown category, severity or tier")
        if self.fixer not in FIXERS:
            raise ValueError(f"{self.id}: nobody of that kind can put it right")
        if bool(self.violated) == bool(self.distinct):
            raise ValueError(f"{self.id}: say either what is violated or what must be distinct")


class Range(Word, frozen=True):
    """Plausible numbers of a kind of measurement: LOINC codes, and lowest and highest value by unit in lower case."""

    id: str
    codes: tuple[str, ...]
    units: dict[str, tuple[float, float]]
    says: Saying


class Sexed(Word, frozen=True):
    """Codes that only persons of one sex can have: the patterns of `x_codes` (after the system), as regular expressions."""

    id: str
    sex: int  # the OMOP concept of the sex that cannot have them
    codes: dict[str, str]
    tables: tuple[str, ...]
    says: Saying


class Weights(Word, frozen=True):
    category: dict[str, int]
    severity: dict[str, int]


class Freshness(Word, frozen=True):
    """After how many days without anything newer a table counts as stale, and what to say then."""

    days: dict[str, int]
    says: Saying
    todo: Saying


class Drifting(Word, frozen=True):
    """When a change is an alarm: stability index, largest gap in per cent, fewest values on a side, and how sure it must be no chance."""

    psi: float
    gap: int
    least: int
    sure: float


class Book(Word, frozen=True):
    """The whole of `checks.yaml`."""

    version: str
    weights: Weights
    tables: dict[str, dict[str, Part]]
    checks: tuple[Rule, ...]
    ranges: tuple[Range, ...]
    range_todo: Saying
    unit_todo: Saying
    also: dict[str, tuple[str, ...]]
    sexed: tuple[Sexed, ...]
    sexed_todo: Saying
    fresh: Freshness
    drift: Drifting


class Check(Word, frozen=True):
    """One check of one table: what is counted, and which of it is wrong; nothing is left open but the day, `{as_of}`."""

    id: str  # rule.table, or range_<kind>.measurement
    rule: str
    table: str
    field: str
    category: str
    severity: str
    threshold: float
    says: Saying
    bad: Tally
    of: Tally = Tally()
    rows_of: str = ""  # the table whose rows are counted, where it is another
    todo: Saying = Saying(en="", zh="")
    fixer: str = "source"
    given_tier: str = ""

    @property
    def counted(self) -> str:
        return self.rows_of or self.table

    @property
    def tier(self) -> str:
        """What follows when it fails: what is fatal is set aside, a broken convention needs a signature, the implausible costs score."""
        if self.given_tier:
            return self.given_tier
        if self.severity == "fatal":
            return QUARANTINE
        return SIGN_OFF if self.severity == "convention" and self.category != "plausibility" else SCORE


@cache
def book() -> Book:
    """The checks this version of Dujiang ships."""
    return msgspec.yaml.decode(files("dujiang.assess").joinpath("checks.yaml").read_bytes(), type=Book)


@cache
def catalogue() -> dict[str, Check]:
    """Every check by its id, in the order of the file."""
    every = [check for rule in book().checks for check in spread(rule, book().tables)]
    every += [make(kind) for kind in book().ranges for make in (range_check, unit_check)]
    every += [sex_check(kind, table) for kind in book().sexed for table in kind.tables]
    every += [fresh_check(table) for table in book().fresh.days]
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
    applies, violated = rule.applies.format_map(filled), rule.violated.format_map(filled)
    return Check(
        id=f"{rule.id}.{table}", rule=rule.id, table=table, field=rule.field.format_map(filled), category=rule.category,
        severity=rule.severity, threshold=rule.threshold, says=rule.says, todo=rule.todo, fixer=rule.fixer, given_tier=rule.tier,
        of=Tally(where=applies),
        bad=Tally(by=tuple(columns), among=applies, weigh="t.n - 1") if columns else Tally(where=both(applies, violated)),
    )


def both(one: str, other: str) -> str:
    """SQL that is true where both conditions are."""
    return other if one == "true" else f"({one}) AND ({other})"


def range_check(kind: Range) -> Check:
    """The check that numbers with these codes lie in the range of their unit."""
    lowest, highest = (_by_unit(kind, side) for side in (0, 1))
    applies = f"({_coded(kind)}) AND t.value_as_number IS NOT NULL"
    return Check(
        id=f"range_{kind.id}.measurement", rule=f"range_{kind.id}", table="measurement", field="value_as_number",
        category="plausibility", severity="convention", threshold=1, todo=book().range_todo,
        says=Saying(en=f"An implausible {kind.says.en}.", zh=f"{kind.says.zh}数值超出合理范围。"),
        of=Tally(where=applies), bad=Tally(where=both(applies, f"t.value_as_number < {lowest} OR t.value_as_number > {highest}")),
    )


def unit_check(kind: Range) -> Check:
    """The check that the unit of numbers with these codes is one that they are measured in."""
    known = ", ".join(_written(unit) for unit in kind.units)
    applies = f"({_coded(kind)}) AND t.value_as_number IS NOT NULL AND {_UNIT} <> ''"
    return Check(
        id=f"unit_{kind.id}.measurement", rule=f"unit_{kind.id}", table="measurement", field="unit_source_value",
        category="plausibility", severity="characterisation", threshold=5, todo=book().unit_todo,
        says=Saying(en=f"A unit in which nobody measures {kind.says.en}.", zh=f"{kind.says.zh}的计量单位不合理。"),
        of=Tally(where=applies), bad=Tally(where=both(applies, f"{_UNIT} NOT IN ({known})")),
    )


_UNIT = "lower(trim(t.unit_source_value))"


def _coded(kind: Range) -> str:
    """SQL for the codes. A LOINC code ends in its check digit, so finding it with its system inside x_codes cannot hit another code."""
    return " OR ".join(f"contains(t.x_codes, 'LOINC|{code}')" for code in kind.codes)


def _written(unit: str) -> str:
    """SQL list of the ways in which a unit is written."""
    return ", ".join(f"'{way}'" for way in (unit, *book().also.get(unit, ())))


def _by_unit(kind: Range, side: int) -> str:
    """SQL for the range's lower (0) or upper (1) end in the row's unit; the first unit's where it is unknown."""
    (_, first), *others = kind.units.items()
    cases = "".join(f" WHEN {_UNIT} IN ({_written(unit)}) THEN {ends[side]}" for unit, ends in others)
    return f"CASE{cases} ELSE {first[side]} END" if cases else str(first[side])


def sex_check(kind: Sexed, table: str) -> Check:
    """The check that codes only one sex can have do not stand at a person of the other."""
    codes = "|".join(f"{system}[|]({pattern})" for system, pattern in kind.codes.items())
    applies = f"regexp_matches(t.x_codes, '(^| )({codes})') AND w.sex IN (8507, 8532)"
    return Check(
        id=f"{kind.id}.{table}", rule=kind.id, table=table, field="x_codes", category="plausibility", severity="convention",
        threshold=1, says=kind.says, todo=book().sexed_todo, of=Tally(where=applies), bad=Tally(where=both(applies, f"w.sex = {kind.sex}")),
    )


def fresh_check(table: str) -> Check:
    """The check that something in the table is recent: one question, answered by its newest day."""
    fresh = book().fresh
    start = f"t.{book().tables[table]['start']}"
    newest = f"{start} >= {{as_of}} - INTERVAL {fresh.days[table]} DAY AND {start} <= {{as_of}} + INTERVAL 1 DAY"
    return Check(
        id=f"stale.{table}", rule="stale", table=table, field=str(book().tables[table]["start"]), category="plausibility",
        severity="characterisation", threshold=0, says=fresh.says, todo=fresh.todo, of=Tally(whole=f"least(count({start}), 1)"),
        bad=Tally(whole=f"(count({start}) > 0 AND coalesce(count_if({newest}), 0) = 0)::BIGINT"),
    )
