"""Tables, recipes and an independent count of what hides in them, for the tests of de-identification."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dujiang.assess.deid.recipe import Anonymity, Part, Recipe, Step
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from dujiang.words import Saying

SECRET = b"a key of thirty-two bytes or more"
SAYS = Saying(en="for a test", zh="用于测试")
KEEP, DROP, NAME = Step(how="keep"), Step(how="drop"), Step(how="pseudonym")
PEOPLE = {"person_id": "BIGINT", "age": "BIGINT", "sex": "VARCHAR", "area": "VARCHAR", "ill": "VARCHAR", "stay": "BIGINT"}
QUASI = {"age": Step(how="generalise", ladder="age"), "sex": Step(how="generalise", ladder="value"), "area": Step(how="generalise", ladder="area")}


@contextmanager
def tables(folder: Path, **rows: tuple[Mapping[str, str], Sequence[Mapping[str, Any]]]) -> Iterator[DuckFrames]:
    """Frames with these tables: name=(columns with their types, rows)."""
    with DuckFrames(Zones(folder)) as frames:
        for name, (columns, given) in rows.items():
            frames.load(name, columns, given)
        yield frames


def recipe(anonymity: Anonymity | None = None, *, table: str = "people", columns: Mapping[str, Step] | None = None, **other: Any) -> Recipe:
    """A recipe of one table: by default the people's, their quasi-identifiers as far as needed, the rest kept."""
    steps = columns or {"person_id": NAME, **QUASI, "ill": KEEP, "stay": KEEP}
    return Recipe(id="test", version="1", says=SAYS, tables={table: Part(columns=dict(steps), anonymity=anonymity)}, **other)


def classes(rows: Sequence[Mapping[str, Any]], quasi: Sequence[str]) -> Counter[tuple[Any, ...]]:
    """How many rows say the same, counted without the project."""
    return Counter(tuple(row[column] for column in quasi) for row in rows)


def read(frames: DuckFrames, table: str) -> list[dict[str, Any]]:
    names = [str(name) for name, *_ in frames.rows(f"DESCRIBE {table}")]
    return [dict(zip(names, row, strict=True)) for row in frames.rows(f"FROM {table}")]
