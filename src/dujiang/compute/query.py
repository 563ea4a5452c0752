"""The query model: a frozen description of a cohort, groupings with declared values and measures; an invalid query cannot exist.

No code travels to a holder, only this. What a query needs permission for is derived from what it asks.
"""

import hashlib
import itertools
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec.structs import force_setattr

from dujiang.errors import Malformed
from dujiang.words import Code, Sex, Word

SCALE = 9  # decimals of a value as a fixed-point integer; squares have twice as many
WHOLE = 9  # digits before the point
EVENT_TABLES = (
    "condition_occurrence", "drug_exposure", "measurement", "observation", "procedure_occurrence", "visit_occurrence",
)
DATES = {
    "condition_occurrence": "condition_start_date", "drug_exposure": "drug_exposure_start_date", "measurement": "measurement_date",
    "observation": "observation_date", "procedure_occurrence": "procedure_date", "visit_occurrence": "visit_start_date",
}
MEASURES = ("persons", "events", "sum", "mean", "variance", "sd", "histogram")
VALUED = frozenset(MEASURES[2:])
METHOD_OF = {
    "persons": "count", "events": "count", "sum": "sum", "mean": "mean", "variance": "variance", "sd": "variance", "histogram": "histogram",
}
DEEPEST, MOST_PARTS, MOST_CODES, MOST_GROUPS = 5, 50, 2_000, 3
MOST_LABELS, LONGEST_LABEL, MOST_EDGES, MOST_EVENTS = 200, 100, 100, 1_000_000


def _bad(rule: str, en: str, zh: str) -> Malformed:
    return Malformed(f"query.{rule}", en, zh)


class Everyone(Word, frozen=True, tag="everyone"):
    """Every person of the asset."""


class Has(Word, frozen=True, tag="has"):
    """Persons with at least so many events of these codes in a table, in a period (days included)."""

    table: str
    codes: tuple[Code, ...]
    since: date | None = None
    until: date | None = None
    at_least: int = 1

    def __post_init__(self) -> None:
        _check_events(self.table, self.codes)
        _check_period(self.since, self.until)
        if not 1 <= self.at_least <= MOST_EVENTS:
            raise _bad("at_least", f"A cohort asks for 1 to {MOST_EVENTS} events.", f"队列条件要求的事件次数须为 1 至 {MOST_EVENTS}。")


class AllOf(Word, frozen=True, tag="all_of"):
    parts: "tuple[Cohort, ...]"

    def __post_init__(self) -> None:
        _check_parts(self)


class AnyOf(Word, frozen=True, tag="any_of"):
    parts: "tuple[Cohort, ...]"

    def __post_init__(self) -> None:
        _check_parts(self)


class Not(Word, frozen=True, tag="not"):
    part: "Cohort"

    def __post_init__(self) -> None:
        _check_depth(self)


Cohort = Everyone | Has | AllOf | AnyOf | Not


class BySex(Word, frozen=True, tag="by_sex"):
    values: tuple[Sex, ...] = (Sex.FEMALE, Sex.MALE)

    def __post_init__(self) -> None:
        if not self.values or len(set(self.values)) != len(self.values):
            raise _bad("sex", "Name each sex once.", "性别取值不得为空或重复。")

    def labels(self) -> tuple[str, ...]:
        return tuple(str(v) for v in self.values)


class ByAge(Word, frozen=True, tag="by_age"):
    """Completed years on a day, in bands from each edge up to the next; the last has no end."""

    on: date
    edges: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.edges or any(b <= a for a, b in itertools.pairwise(self.edges)) or not 0 <= self.edges[0] <= self.edges[-1] <= 150:
            raise _bad("edges", "Age edges rise from 0 to 150 at most.", "年龄分界须递增，且在 0 至 150 之间。")

    def labels(self) -> tuple[str, ...]:
        return (*(f"{a}-{b - 1}" for a, b in itertools.pairwise(self.edges)), f"{self.edges[-1]}+")


class Labelled(Word, frozen=True):
    label: str
    codes: tuple[Code, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.label) <= LONGEST_LABEL or not self.label.isprintable():
            raise _bad("label", f"A label has 1 to {LONGEST_LABEL} printable characters.", f"分组标签须为 1 至 {LONGEST_LABEL} 个可见字符。")


class ByCode(Word, frozen=True, tag="by_code"):
    """Persons with at least one event of a label's codes, whenever.

    One person may be in several cells: the cells do not add up to the persons counted, and there is no margin to give. So it stands alone.
    """

    table: str
    groups: tuple[Labelled, ...]

    def __post_init__(self) -> None:
        for group in self.groups:
            _check_events(self.table, group.codes)
        if not 0 < len(self.groups) <= MOST_LABELS or len(set(self.labels())) != len(self.groups):
            raise _bad("labels", f"Name 1 to {MOST_LABELS} labels, each once.", f"请指定 1 至 {MOST_LABELS} 个分组标签，且不得重复。")

    def labels(self) -> tuple[str, ...]:
        return tuple(g.label for g in self.groups)


Grouping = BySex | ByAge | ByCode


class Events(Word, frozen=True):
    """The numeric events whose values are measured: of these codes, in a period, within bounds (both included).

    Values are taken as they are recorded; a query does not convert units, so codes of one unit belong together.
    """

    codes: tuple[Code, ...]
    table: Literal["measurement"] = "measurement"
    since: date | None = None
    until: date | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    def __post_init__(self) -> None:
        if self.table != "measurement":
            raise _bad("table", "Values are measured in the table measurement only.", "仅 measurement 表可作数值统计。")
        _check_events(self.table, self.codes)
        _check_period(self.since, self.until)
        for name in ("low", "high"):
            if (bound := getattr(self, name)) is not None:
                force_setattr(self, name, _plain(bound))
        if self.low is not None and self.high is not None and self.low > self.high:
            raise _bad("bounds", "The lower bound is not above the upper one.", "取值下限不得高于上限。")


class Query(Word, frozen=True):
    """What is asked. `persons` is always among the measures."""

    cohort: Cohort = Everyone()
    by: tuple[Grouping, ...] = ()
    of: Events | None = None
    measures: tuple[Annotated[str, msgspec.Meta(max_length=20)], ...] = ("persons",)
    edges: tuple[Decimal, ...] = ()  # of the histogram's bins

    def __post_init__(self) -> None:
        _check_shape(self.cohort, 1, [0])
        if not self.measures or set(self.measures) - set(MEASURES) or len(set(self.measures)) != len(self.measures):
            raise _bad("measures", "Name known measures, each once.", "请使用已知统计量，且不得重复。")
        if bool((VALUED | {"events"}) & set(self.measures)) != (self.of is not None):
            raise _bad("events", "A measure of values needs the events it is of, and events need a measure.", "数值统计与事件须同时指明。")
        self._check_groups()
        self._check_edges()

    def _check_groups(self) -> None:
        kinds = [type(g) for g in self.by]
        if len(self.by) > MOST_GROUPS or len(set(kinds)) != len(kinds):
            raise _bad("groups", "At most three groupings, each kind once.", "最多三个分组，且同类分组不得重复。")
        if ByCode in kinds and len(kinds) > 1:
            raise _bad("by_code", "Grouping by code stands alone, for its cells overlap.", "按代码分组的单元格会重叠，须单独使用。")

    def _check_edges(self) -> None:
        force_setattr(self, "edges", tuple(_plain(edge) for edge in self.edges))
        few_or_many = self.edges and not 2 <= len(self.edges) <= MOST_EDGES
        if bool(self.edges) != ("histogram" in self.measures) or few_or_many or any(b <= a for a, b in itertools.pairwise(self.edges)):
            raise _bad(
                "histogram", f"A histogram has 2 to {MOST_EDGES} rising edges, and edges need a histogram.",
                f"直方图须有 2 至 {MOST_EDGES} 个递增分界。",
            )

    def columns(self) -> frozenset[str]:
        """`table.column` of everything the query touches: what a permit must name."""
        found = {"person.person_id"} | _columns_of(self.cohort)
        for group in self.by:
            found |= _columns_of_group(group)
        if self.of is not None:
            found |= _columns_of_events(self.of.table, dated=bool(self.of.since or self.of.until)) | {"measurement.value_as_number"}
        return frozenset(found)

    def methods(self) -> frozenset[str]:
        """The catalogue methods the measures come from."""
        return frozenset({"count", *(METHOD_OF[m] for m in self.measures)})

    def cells(self) -> tuple[tuple[str, ...], ...]:
        """Every cell's labels, in the fixed order of the declared values."""
        return tuple(itertools.product(*(g.labels() for g in self.by)))

    def canonical(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")

    def digest(self) -> str:
        """Hex SHA-256 of the query's canonical JSON."""
        return hashlib.sha256(self.canonical()).hexdigest()


def _check_events(table: str, codes: tuple[Code, ...]) -> None:
    if table not in EVENT_TABLES:
        raise _bad("table", "That table holds no events that can be asked about.", "该表不含可查询的事件。")
    if not codes or len(codes) > MOST_CODES:
        raise _bad("codes", f"Name between one and {MOST_CODES} codes.", f"请指定 1 至 {MOST_CODES} 个代码。")
    if not all(_is_code(c.system) and _is_code(c.code) for c in codes):
        raise _bad("code", "A code has a system and a code without spaces or bars.", "代码须含系统与编码，且不得有空格或竖线。")


def _is_code(text: str) -> bool:
    """Neither the bar nor the space by which `x_codes` is put together."""
    return 0 < len(text) <= LONGEST_LABEL and text.isprintable() and not set("| ") & set(text)


def _check_period(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and since > until:
        raise _bad("period", "A period does not end before it begins.", "时间段的结束日期不得早于开始日期。")


def _plain(value: Decimal) -> Decimal:
    """The number in one form whatever way it was written, so that equal queries have equal digests."""
    if value.is_zero():
        return Decimal(0)
    # By its exponent first: no arithmetic is done with a number that needs an absurd one.
    if not value.is_finite() or not -SCALE <= value.adjusted() < WHOLE or value != round(value, SCALE):
        raise _bad("number", f"A number has at most {WHOLE} digits before and {SCALE} after the point.", f"数值整数部分最多 {WHOLE} 位，小数最多 {SCALE} 位。")
    return Decimal(format(value.normalize(), "f"))


def _check_parts(cohort: AllOf | AnyOf) -> None:
    if not 0 < len(cohort.parts) < MOST_PARTS:
        raise _bad("parts", f"A combination has 1 to {MOST_PARTS - 1} parts.", f"组合条件须包含 1 至 {MOST_PARTS - 1} 项。")
    _check_depth(cohort)


def _check_depth(cohort: Cohort) -> None:
    """Parts are born first, so a cohort that is too deep ends at its sixth layer from within."""
    _check_shape(cohort, 1, [0])


def _check_shape(cohort: Cohort, depth: int, seen: list[int]) -> None:
    """Bounded depth and size, so that no query is a program."""
    seen[0] += 1
    if depth > DEEPEST or seen[0] > MOST_PARTS:
        raise _bad("size", f"A cohort is at most {DEEPEST} deep and has {MOST_PARTS} parts.", f"队列条件最多 {DEEPEST} 层、{MOST_PARTS} 项。")
    for part in _parts(cohort):
        _check_shape(part, depth + 1, seen)


def _parts(cohort: Cohort) -> tuple[Cohort, ...]:
    if isinstance(cohort, AllOf | AnyOf):
        return cohort.parts
    return (cohort.part,) if isinstance(cohort, Not) else ()


def _columns_of(cohort: Cohort) -> set[str]:
    if isinstance(cohort, Has):
        return _columns_of_events(cohort.table, dated=bool(cohort.since or cohort.until))
    return set().union(*(_columns_of(p) for p in _parts(cohort)))


def _columns_of_events(table: str, *, dated: bool) -> set[str]:
    return {f"{table}.person_id", f"{table}.x_codes"} | ({f"{table}.{DATES[table]}"} if dated else set())


def _columns_of_group(group: Grouping) -> set[str]:
    if isinstance(group, BySex):
        return {"person.gender_concept_id"}
    if isinstance(group, ByAge):
        return {"person.year_of_birth", "person.month_of_birth", "person.day_of_birth"}
    return _columns_of_events(group.table, dated=False)
