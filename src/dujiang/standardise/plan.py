"""One small form for every map: a SELECT whose columns know their type and what raw fields they were read from; pure text, runs nothing.

ViewDefinitions and YAML maps both become plans; SQL, column lineage and other dialects are read off a plan and nowhere else.
"""

from dujiang.errors import Malformed
from dujiang.words import Word


class Column(Word, frozen=True):
    """A column of the result: `sql` computes it, `sources` are the raw fields it was read from (`Patient.birthDate`, `patients.BIRTHDATE`)."""

    name: str
    type: str
    sql: str
    sources: tuple[str, ...] = ()


class Plan(Word, frozen=True):
    """`[WITH lets] SELECT columns FROM source [WHERE where]`; `target` is the view or standard table it fills."""

    target: str
    columns: tuple[Column, ...]
    source: str
    where: str = ""
    lets: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        if not names or len(set(names)) != len(names):
            raise Malformed("plan.columns", "A plan has at least one column and no two of one name.", "映射至少要有一列，且列名不得重复。")

    def sql(self) -> str:
        """The statement, DuckDB dialect."""
        lets = "WITH " + ", ".join(f"{name} AS ({body})" for name, body in self.lets) + " " if self.lets else ""
        chosen = ", ".join(f"{c.sql} AS {quoted(c.name)}" for c in self.columns)
        return f"{lets}SELECT {chosen} FROM {self.source}" + (f" WHERE {self.where}" if self.where else "")

    def lineage(self) -> dict[str, tuple[str, ...]]:
        """The raw fields behind each column."""
        return {c.name: c.sources for c in self.columns}


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"
