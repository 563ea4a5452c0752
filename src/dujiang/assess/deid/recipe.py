"""A recipe of de-identification: what is done to each column of each table, and how anonymous the rows must be; validated at birth."""

from typing import Literal

from dujiang.assess.deid.ladders import rungs
from dujiang.errors import Malformed
from dujiang.words import Saying, Word

How = Literal["keep", "drop", "blank", "mask", "pseudonym", "shift", "generalise", "round", "cap"]


class Step(Word, frozen=True):
    """What is done to a column. Fields that a treatment does not use stay empty.

    keep, drop (no such column), blank (absent values, so that the table keeps its shape), mask (stars, the last `show` characters left),
    pseudonym (keyed; columns with the same `of` agree), shift (days by person, intervals kept), generalise (up the `ladder`, or `groups` of one's
    own; without `level` as far as anonymity needs), round (to multiples of `width`), cap (nothing below `low` or above `high`). Free text is left out, or scrubbed before (`text.scrub`).
    """

    how: How
    ladder: str = ""
    groups: tuple[dict[str, str], ...] = ()
    level: int | None = None
    of: str = ""
    show: int = 0
    width: float = 0
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.how == "generalise":
            top = len(rungs(self.ladder, "c", groups=self.groups)) - 1
            _need(self.level is None or 0 <= self.level <= top, "level")
        _need(self.how != "round" or self.width > 0, "width")
        _need(self.how != "cap" or (self.low is not None or self.high is not None), "low, high")
        _need(self.low is None or self.high is None or self.low <= self.high, "low, high")
        _need(0 <= self.show <= 6, "show")


class Anonymity(Word, frozen=True):
    """How many must look alike: k of them in each class, at least l values of each sensitive column there, and none of their
    distributions further than t from the whole table's.

    `sensitive` says how values lie to one another: `equal` (any two are as far apart as any other two) or `ordered`. Up to the share
    `suppress` of rows may be left out where that loses less. `weights` says which generalised column hurts more (1 where not said).
    """

    k: int
    l: int = 1  # noqa: E741 - the field's own name for it
    t: float | None = None
    sensitive: dict[str, Literal["equal", "ordered"]] = {}
    suppress: float = 0.05
    weights: dict[str, float] = {}

    def __post_init__(self) -> None:
        _need(self.k >= 1, "k")
        _need(self.l >= 1 and (self.l == 1 or bool(self.sensitive)), "l, sensitive")
        _need(self.t is None or (0 <= self.t <= 1 and bool(self.sensitive)), "t, sensitive")
        _need(0 <= self.suppress < 1, "suppress")
        _need(all(weight > 0 for weight in self.weights.values()), "weights")


class Part(Word, frozen=True):
    """A table of a recipe. A column without a step is dropped."""

    columns: dict[str, Step]
    anonymity: Anonymity | None = None

    def __post_init__(self) -> None:
        _need(self.anonymity is None or bool(self.searched()), "anonymity")
        _need(self.anonymity is None or not set(self.anonymity.sensitive) & set(self.quasi()), "sensitive")

    def quasi(self) -> dict[str, Step]:
        """The columns by which somebody could be found: those that are generalised."""
        return {name: step for name, step in self.columns.items() if step.how == "generalise"}

    def searched(self) -> dict[str, Step]:
        """Those whose level is left to be found."""
        return {name: step for name, step in self.quasi().items() if step.level is None}


class Recipe(Word, frozen=True):
    """A recipe for the tables of a snapshot; a table that it does not name is left out. `person` is the column that tells people apart."""

    id: str
    version: str
    says: Saying
    tables: dict[str, Part]
    person: str = "person_id"
    shift_days: int = 180

    def __post_init__(self) -> None:
        # Who is left out of one table is left out of all: two tables that must hide their people would undo one another's classes.
        _need(bool(self.tables) and sum(part.anonymity is not None for part in self.tables.values()) <= 1, "tables")
        _need(1 <= self.shift_days <= 3650, "shift_days")
        named = (*self.tables, self.person, *(column for part in self.tables.values() for column in part.columns))
        _need(all(name.isidentifier() and name.isascii() for name in named), "tables, columns")


def _need(holds: bool, field: str) -> None:
    if not holds:
        raise Malformed("deid.recipe", "A recipe of de-identification is wrong in: {field}.", "去标识化方案有误：{field}。", field=field)
