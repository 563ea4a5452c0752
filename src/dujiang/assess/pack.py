"""A policy pack, read from its file and validated: what is graded how, sensitive codes, what a grade demands."""

from functools import cache
from importlib.resources import files

import msgspec

from dujiang.errors import Unknown
from dujiang.words import Grade, Saying, Word

DEFAULT = "gbt39725-2020"
TREATMENTS = ("keep", "leave_out", "first_of_month", "decade")


class Rule(Word, frozen=True):
    """Columns, as `table.column` patterns, with their category and grade, and why."""

    id: str
    match: tuple[str, ...]
    category: str
    grade: Grade
    says: Saying


class SensitiveList(Word, frozen=True):
    """Codes by system that raise a row to grade 5."""

    id: str
    says: Saying
    codes: dict[str, tuple[str, ...]]


class Demand(Word, frozen=True):
    """What a grade demands: a treatment for each rule's columns (one that is not named is left out)."""

    sensitive_rows: bool
    risk_measured: bool
    columns: dict[str, str]

    def __post_init__(self) -> None:
        if not set(self.columns.values()) <= set(TREATMENTS):
            raise ValueError("a policy pack demands a treatment that does not exist")


class Pack(Word, frozen=True):
    """The whole of a policy pack."""

    version: str
    standard: str
    unverified: tuple[Saying, ...]
    categories: dict[str, Saying]
    roles: tuple[Saying, ...]
    levels: dict[int, Saying]
    rules: tuple[Rule, ...]
    sensitive: tuple[SensitiveList, ...]
    demands: dict[int, Demand]

    def __post_init__(self) -> None:
        if not {rule.category for rule in self.rules} <= set(self.categories):
            raise ValueError("a policy pack's rule names a category it does not define")
        if set(self.levels) != set(Grade) or set(self.demands) != set(Grade):
            raise ValueError("a policy pack says something about each of the five grades")


@cache
def pack(name: str = DEFAULT) -> Pack:
    """The shipped policy pack of that name; Unknown when there is none."""
    file = files("dujiang.assess.packs").joinpath(f"{name}.yaml")
    if not name.replace("-", "").replace("_", "").isalnum() or not file.is_file():
        raise Unknown("grade.pack", "There is no policy pack of that name.", "没有该名称的分级策略包。")
    return msgspec.yaml.decode(file.read_bytes(), type=Pack)
