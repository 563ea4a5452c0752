"""What can be counted of a table: rows or groups of equal rows under a condition, beside other tables; counts nothing itself.

A condition is SQL (DuckDB dialect) over `t`, a row of the table or a group with its size `t.n`, and over *sides*: other tables brought
down to one row per key. `{as_of}` stands for the day of the assessment.
"""

import re

from dujiang.words import Word

COLUMN = re.compile(r"\bt\.(\w+)")
RAW = re.compile(r"\bt\.raw_(\w+)")
BESIDE = re.compile(r"\b([a-z]\w*)\.([a-z]\w*)")


class Tally(Word, frozen=True):
    """What is counted: rows where the condition holds; with `by`, groups of rows equal in these columns, each for what it weighs.

    `among` chooses rows before they are grouped. Of the sides in `every` each row with the key counts by itself, as in a join, even
    where a key is there twice. With `at`, only groups whose first column has this value count. `whole` is an aggregate over all rows
    instead, for a question about the table.
    """

    where: str = "true"
    among: str = "true"
    by: tuple[str, ...] = ()
    weigh: str = "t.n"
    every: tuple[str, ...] = ()
    at: int | None = None
    whole: str = ""

    def texts(self) -> str:
        """All SQL of it, for what it reads."""
        groups = (self.weigh, *(c if "." in c else f"t.{c}" for c in self.by)) if self.by else ()
        return " ".join((self.where, self.among, self.whole, *groups))

    def number(self, where: str) -> str:
        """SQL for its number. A FILTER copies its rows and is slow beside a hundred others; a CASE is not."""
        if self.whole:
            return self.whole
        if not self.by:
            return "count(*)" if where == "true" else f"count_if({where})"
        return f"coalesce(sum({self.weigh if where == 'true' else f'CASE WHEN {where} THEN {self.weigh} ELSE 0 END'}), 0)::BIGINT"

    @property
    def repeats(self) -> bool:
        """Whether it counts nothing where no two rows are equal."""
        return len(self.by) == 1 and (self.weigh == "t.n - 1" or self.where.startswith("t.n > 1 AND "))


class Side(Word, frozen=True):
    """Another table beside the one counted, joined by its `key` on a column of `t`; `gives` names SQL over a row `t` of it.

    With `per_key`, rows with one key are brought together and `gives` are aggregates. `pair` is the condition on which two rows, `t`
    and `u`, of one key make the key part of the side.
    """

    on: str
    table: str
    key: str
    gives: dict[str, str] = {}
    where: str = "true"
    per_key: bool = False
    pair: str = ""

    def reads(self, *names: str) -> set[str]:
        """The columns of its table that the key, and what is asked of it, cannot do without."""
        asked = " ".join(self.gives[name] for name in names if name in self.gives)
        return {self.key, *COLUMN.findall(f"{asked} {self.where} {self.pair}")}
