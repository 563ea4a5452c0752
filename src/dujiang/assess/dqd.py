"""Turns OHDSI DataQualityDashboard's three threshold files into our checks, under its own check ids; what cannot be read is set aside.

The id is DQD's: level, check, table, field, concept and unit concept, those that are not empty, without blanks, in lower case, joined by
`_`. Nothing of a file gets into SQL but names and numbers of a known shape and quoted words.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

import msgspec

from dujiang.assess.checks import Check
from dujiang.assess.dqd_cells import Row, parts
from dujiang.assess.tallies import Side, Tally
from dujiang.errors import Malformed
from dujiang.words import Saying, Word

LEVELS = ("table", "field", "concept")
FILE = re.compile(r"(?:^|[_/])(table|field|concept)_level\.csv$", re.IGNORECASE)
TYPES = {"integer": "BIGINT", "bigint": "BIGINT", "date": "DATE", "datetime": "TIMESTAMP", "float": "DECIMAL(38,9)"}


class Kind(Word, frozen=True):
    """One check type: which rows of a threshold file ask for it, and what it counts."""

    name: str
    level: str
    category: str
    severity: str
    says: Saying
    when: dict[str, str] = {}
    rows_of: str = ""
    exists: bool = False
    of: dict[str, Any] = {}
    bad: dict[str, Any] = {}

    def asked(self, row: Row) -> bool:
        return all(_asks(row.get(column, ""), value) for column, value in self.when.items())


class Types(Word, frozen=True):
    """The whole of `dqd.yaml`."""

    version: str
    excluded: tuple[str, ...]
    mapped: tuple[str, ...]
    unmapped: tuple[str, ...]
    checks: tuple[Kind, ...]


class Aside(Word, frozen=True):
    """A row of a threshold file that was set aside."""

    file: str
    line: int
    rule: str


class Dashboard(Word, frozen=True):
    """What threshold files ask for: checks by id, the sides they need, the type each column ought to have, and rows set aside."""

    checks: dict[str, Check]
    sides: dict[str, Side]
    types: dict[str, dict[str, str]]
    aside: tuple[Aside, ...]


@cache
def types() -> Types:
    """The check types this version of Dujiang knows."""
    return msgspec.yaml.decode(files("dujiang.assess").joinpath("dqd.yaml").read_bytes(), type=Types)


def read(given: Mapping[str, bytes]) -> Dashboard:
    """The checks of threshold files, given as name -> content; Malformed when one of the three is missing or is no such file."""
    found = {level.lower(): name for name in sorted(given) for level in FILE.findall(name)}
    if set(found) != set(LEVELS):
        raise Malformed(
            "dqd.files", "Three files are needed: …Table_Level.csv, …Field_Level.csv and …Concept_Level.csv.",
            "需要三个文件：…Table_Level.csv、…Field_Level.csv、…Concept_Level.csv。",
        )
    made = _Reading()
    for level in LEVELS:
        for line, row in _rows(found[level], given[found[level]]):
            made.take(level, row, partial(Aside, file=found[level], line=line))
    return Dashboard(checks=made.checks, sides=made.sides, types=made.types, aside=tuple(made.aside))


class _Reading:
    """Checks and sides as they come out of the rows."""

    def __init__(self) -> None:
        self.checks: dict[str, Check] = {}
        self.sides: dict[str, Side] = standard_sides()
        self.types: dict[str, dict[str, str]] = {}
        self.aside: list[Aside] = []

    def take(self, level: str, row: Row, aside: Any) -> None:
        """All checks that a row asks for; a row that cannot be read, or asks again for the same, is set aside."""
        if level == "field" and (kind := TYPES.get(row["cdmDatatype"].lower())):
            self.types.setdefault(row["cdmTableName"].lower(), {})[row["cdmFieldName"].lower()] = kind
        # `offset` is a reserved word in some databases; DQD leaves it out.
        if row["cdmTableName"].lower() in types().excluded or row.get("cdmFieldName") == "offset":
            return
        try:
            checks = [self._check(kind, row) for kind in types().checks if kind.level == level and kind.asked(row)]
        except (KeyError, ValueError):
            self.aside.append(aside(rule="dqd.row"))
            return
        for check in checks:
            if check.id in self.checks:
                self.aside.append(aside(rule="dqd.repeated"))
            self.checks.setdefault(check.id, check)

    def _check(self, kind: Kind, row: Row) -> Check:
        known = parts(row, mapped=types().mapped, unmapped=types().unmapped)
        of, bad = _tally(kind.of, known), _tally(kind.bad, known)
        self._add_sides(kind, known)
        limit = row.get(f"{kind.name}Threshold", "")
        return Check(
            id=check_id(kind, row), rule=kind.name, table=known["table"], field=known.get("field", ""), category=kind.category,
            severity=kind.severity, threshold=float(limit) if limit else 0.0, rows_of=kind.rows_of, of=of, bad=bad,
            says=Saying(en=kind.says.en.format_map(known), zh=kind.says.zh.format_map(known)),
        )

    def _add_sides(self, kind: Kind, known: Mapping[str, str]) -> None:
        field = known.get("field", "")
        if kind.name == "isForeignKey" and known["key"] not in self.sides:
            self.sides[known["key"]] = Side(on=field, table=known["key_table"], key=known["key_field"])
        if "c_{field}" in f"{kind.bad}":
            self.sides[f"c_{field}"] = msgspec.structs.replace(CONCEPT, on=field)
        if kind.name == "plausibleGenderUseDescendants":
            self.sides[known["descend"]] = Side(
                on=field, table="concept_ancestor", key="descendant_concept_id", gives={"k": "count(*)"}, per_key=True,
                where=f"t.ancestor_concept_id IN ({known['concept']})",
            )
        if kind.name in ("measurePersonCompleteness", "measureConditionEraCompleteness"):
            self.sides[f"h_{known['table']}"] = Side(on="person_id", table=known["table"], key="person_id")


CONCEPT = Side(
    on="", table="concept", key="concept_id",
    gives={name: f"t.{name}" for name in ("domain_id", "concept_class_id", "standard_concept", "invalid_reason")},
)
BORN = "concat_ws('-', t.year_of_birth, coalesce(t.month_of_birth, 1), coalesce(t.day_of_birth, 1))"


def standard_sides() -> dict[str, Side]:
    """The person, the death and the visit of a row, and persons whose observation periods overlap or touch."""
    start, end = "observation_period_start_date", "observation_period_end_date"
    return {
        "w": Side(on="person_id", table="person", key="person_id", gives={
            "gender": "t.gender_concept_id",
            "born": f"coalesce(t.birth_datetime::DATE, try_cast({BORN} AS DATE))",
            "june": "coalesce(t.birth_datetime::DATE, try_cast(concat(t.year_of_birth, '-06-01') AS DATE))",
        }),
        "d": Side(on="person_id", table="death", key="person_id", gives={"died": "t.death_date"}),
        "v": Side(on="visit_occurrence_id", table="visit_occurrence", key="visit_occurrence_id", gives={
            "start": "t.visit_start_date", "end_": "t.visit_end_date",
        }),
        "o": Side(on="person_id", table="observation_period", key="person_id", pair=(
            f"t.observation_period_id <> u.observation_period_id AND ((t.{start} <= u.{end} AND t.{end} >= u.{start}) "
            f"OR t.{end} + INTERVAL 1 DAY = u.{start} OR u.{end} + INTERVAL 1 DAY = t.{start})"
        )),
    }


def check_id(kind: Kind, row: Row) -> str:
    """DQD's id of a check."""
    names = (kind.level, kind.name, *(row.get(c, "") for c in ("cdmTableName", "cdmFieldName", "conceptId", "unitConceptId")))
    return "_".join(name.replace(" ", "") for name in names if name).lower()


def _asks(given: str, wanted: str) -> bool:
    if wanted == "*":
        return bool(given)
    return given not in ("", wanted[1:]) if wanted.startswith("!") else given == wanted


def _tally(shape: Mapping[str, Any], known: Mapping[str, str]) -> Tally:
    """A tally with its braces filled in."""
    filled: dict[str, Any] = {}
    for name, value in shape.items():
        one = tuple(v.format_map(known) for v in value) if isinstance(value, list) else str(value).format_map(known)
        filled[name] = int(str(one)) if name == "at" else one
    return Tally(**filled)


def _rows(name: str, content: bytes) -> Iterator[tuple[int, Row]]:
    """The rows of a threshold file with their lines, cells trimmed; Malformed when it is no such file."""
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        if not {"cdmTableName"} <= set(reader.fieldnames or ()):
            raise _not_a(name)
        for row in reader:
            yield reader.line_num, {column: (cell or "").strip() for column, cell in row.items() if isinstance(column, str)}
    except (UnicodeDecodeError, csv.Error):
        raise _not_a(name) from None


def _not_a(name: str) -> Malformed:
    return Malformed(
        "dqd.file", "{file} is no threshold file of DataQualityDashboard: a table with the column cdmTableName is expected.",
        "{file} 不是 DataQualityDashboard 阈值文件：应为含 cdmTableName 列的表格。", file=name,
    )
