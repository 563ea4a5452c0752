"""A policy pack, read from its file and validated: what is graded how by name and by content, sensitive codes, what each grade demands.

A pack may extend another: what it says replaces what the other says, part by part. A pack that is wrong is refused with the place in it.
"""

from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from dujiang.errors import Malformed, Unknown
from dujiang.words import Grade, Role, Saying, Word

DEFAULT = "gbt39725-2020"
TREATMENTS = ("keep", "leave_out", "first_of_month", "decade")


class Rule(Word, frozen=True):
    """Columns, as `table.column` patterns, with their category and grade, and why."""

    id: str
    match: tuple[str, ...]
    category: str
    grade: Grade
    says: Saying


class ContentRule(Word, frozen=True):
    """Content, by a mark it bears: on at least `share` of a column's values, or where that is 0 on at least `least` of them; or a header
    that is one of `headers` (patterns over a raw table's header, in lower case)."""

    id: str
    category: str
    grade: Grade
    says: Saying
    mark: str = ""
    share: float = 0.0
    least: int = 1
    headers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (0 <= self.share <= 1 and self.least >= 1) or not (self.mark or self.headers):
            raise ValueError("a content rule names a mark with a share from 0 to 1, or headers")


class Combination(Word, frozen=True):
    """Columns of one table that together find somebody: where more than `unique` of the people are alone in them, the grade is at least this."""

    id: str
    table: str
    columns: tuple[str, ...]
    unique: float
    grade: Grade
    says: Saying


class SensitiveList(Word, frozen=True):
    """Codes by system that raise a row to grade 5."""

    id: str
    says: Saying
    codes: dict[str, tuple[str, ...]]


class Minors(Word, frozen=True):
    """People under an age; whether their being there raises the grade, or is only told to the steward."""

    under: int
    raises: bool
    says: Saying


class Demand(Word, frozen=True):
    """What a grade demands; the one table that de-identifying, pages and reviews obey.

    `columns`: a treatment for each rule's columns (one that is not named is left out). `most_risk`: the highest prosecutor risk that a recorded
    transform to this grade may leave. `recipe`: the recipe of de-identification, by its id. `masking`: what pages hide.
    """

    sensitive_rows: bool
    risk_measured: bool
    columns: dict[str, str]
    most_risk: float = 0.0
    recipe: str = ""
    encryption: Literal["none", "in_transit", "at_rest_and_in_transit"] = "at_rest_and_in_transit"
    masking: Literal["nothing", "identifiers", "everything"] = "everything"
    reviewers: tuple[Role, ...] = ()
    export: Literal["open", "after_release", "aggregates_after_release", "never"] = "never"
    log: Literal["act", "act_and_query", "act_query_and_reason"] = "act_query_and_reason"

    def __post_init__(self) -> None:
        if not set(self.columns.values()) <= set(TREATMENTS):
            raise ValueError("a policy pack demands a treatment that does not exist")
        if not 0 <= self.most_risk <= 1 or (self.risk_measured and not self.most_risk):
            raise ValueError("a grade whose risk is measured says how high it may be")


class Pack(Word, frozen=True):
    """The whole of a policy pack. `verified` says whether its wording was compared with the standard's own text."""

    version: str
    standard: str
    verified: bool
    unverified: tuple[Saying, ...]
    categories: dict[str, Saying]
    roles: tuple[Saying, ...]
    levels: dict[int, Saying]
    rules: tuple[Rule, ...]
    content: tuple[ContentRule, ...]
    combinations: tuple[Combination, ...]
    sensitive: tuple[SensitiveList, ...]
    minors: Minors
    few: int  # a code that fewer people have than this is rare
    demands: dict[int, Demand]

    def __post_init__(self) -> None:
        if not {rule.category for rule in self.rules} | {rule.category for rule in self.content} <= set(self.categories):
            raise ValueError("a policy pack's rule names a category it does not define")
        if set(self.levels) != set(Grade) or set(self.demands) != set(Grade):
            raise ValueError("a policy pack says something about each of the five grades")
        if not self.verified and not self.unverified:
            raise ValueError("a policy pack that was not compared with its standard says what was not")
        ids = [r.id for r in self.rules] + [r.id for r in self.content] + [r.id for r in self.combinations] + [r.id for r in self.sensitive]
        if len(ids) != len(set(ids)):
            raise ValueError("a policy pack uses an id twice")
        asked = [len(self.demands[grade].reviewers) for grade in sorted(self.demands)]
        if asked != sorted(asked):
            raise ValueError("a higher grade is reviewed by no fewer than a lower one")


def packs() -> tuple[str, ...]:
    """The names of the packs that are shipped."""
    every = (file.name for file in files("dujiang.assess.packs").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in every if name.endswith(".yaml") and not name.startswith("recipes")))


def pack(name: str = DEFAULT) -> Pack:
    """The shipped policy pack of that name; Unknown when there is none."""
    return _pack(name)


@cache
def _pack(name: str) -> Pack:
    return read_pack(name, _parts(name))


def read_pack(name: str, parts: dict[str, Any]) -> Pack:
    """A pack from its parts; Malformed (`grade.pack_wrong`) with the place that is wrong."""
    whole = dict(parts)
    if base := whole.pop("extends", ""):
        whole = {**_parts(base), **whole}
    try:
        return msgspec.convert(whole, Pack, strict=False)
    except msgspec.ValidationError as wrong:
        raise Malformed("grade.pack_wrong", "The policy pack {pack} is wrong: {why}.", "分级策略包 {pack} 有误：{why}。", pack=name, why=str(wrong)) from None


def _parts(name: str) -> dict[str, Any]:
    file = files("dujiang.assess.packs").joinpath(f"{name}.yaml")
    if not name.replace("-", "").replace("_", "").isalnum() or not file.is_file():
        raise Unknown("grade.pack", "There is no policy pack of that name.", "没有该名称的分级策略包。")
    return msgspec.yaml.decode(file.read_bytes(), type=dict[str, Any])
