"""What a table map can fill: for every target its slots, read from `maps/tables/slots.csv`, and the statements that turn them into standard rows."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from dujiang.words import Saying, Word

# What a slot takes: a text; a moment, number or code, made of a text where it is given one; a reference.
TEXT, MOMENT, NUMBER, CODE, PERSON, VISIT, CONDITION = "text", "moment", "number", "code", "person", "visit", "condition"
SQL_TYPES: Mapping[str, str] = {CODE: "STRUCT(system VARCHAR, code VARCHAR, display VARCHAR)[]"}


class Slot(Word, frozen=True):
    """A place to be filled, also known by the standard `column` it leads to."""

    name: str
    column: str
    type: str
    required: bool
    says: Saying


@cache
def targets() -> Mapping[str, tuple[Slot, ...]]:
    """The slots of every target, in the order of the file."""
    found: dict[str, tuple[Slot, ...]] = {}
    for row in csv.DictReader(_folder("slots.csv").splitlines()):
        slot = Slot(name=row["slot"], column=row["column"], type=row["type"], required=row["required"] == "yes", says=Saying(en=row["en"], zh=row["zh"]))
        found[row["target"]] = (*found.get(row["target"], ()), slot)
    return found


def slot_of(target: str, name: str) -> Slot | None:
    """The slot of that name or standard column."""
    return next((slot for slot in targets()[target] if name in (slot.name, slot.column)), None)


@cache
def into(target: str) -> tuple[tuple[str, str], ...]:
    """(standard table, SELECT over `event`) for everything the target fills, the target itself first."""
    folder = files("dujiang.standardise") / "maps" / "tables"
    end = f".into.{target}.sql"
    names = sorted((f.name for f in folder.iterdir() if f.name.endswith(end)), key=lambda name: (name != target + end, name))
    return tuple((name.removesuffix(end), _folder(name)) for name in names)


def _folder(name: str) -> str:
    return (files("dujiang.standardise") / "maps" / "tables" / name).read_text(encoding="utf-8")
