"""A column of a view, compiled: its SQL, or the field of the rows in which it stands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Made:
    name: str
    type: str  # SQL type
    sql: str
    sources: tuple[str, ...] = ()
    in_rows: bool = False
