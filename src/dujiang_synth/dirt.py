"""Dirt: spoils a few records on purpose and marks each; leaves alone everybody the demonstration counts."""

from collections.abc import Callable, Mapping
from datetime import date
from random import Random
from typing import NamedTuple

from dujiang_synth.sheets import Content, Line, Record, Sheet

OF_EACH = 2
TRIES = 4000


class Scene(NamedTuple):
    """What a spoiler may use: dice, and the day on which the record's person died."""

    dice: Random
    died: date


class Kind(NamedTuple):
    """One kind of dirt: the sheet it falls on, the records it suits, what it does to a copy of one.

    `added` puts the spoiled copy on a line of its own after the good record; otherwise it replaces the record.
    `of_the_dead` chooses among people who died.
    """

    name: str
    sheet: str
    fits: Callable[[Record], bool]
    spoil: Callable[[Record, Scene], Content]
    added: bool = False
    of_the_dead: bool = False


class Victims(NamedTuple):
    """Whose records may be spoiled: people the question does not count, and the dead with their day."""

    uncounted: frozenset[int]
    died: Mapping[int, date]

    def include(self, kind: Kind, person: int) -> bool:
        """Whether a kind may fall on a person's record."""
        return person in self.died if kind.of_the_dead else person in self.uncounted


def soil(sheets: list[Sheet], kinds: tuple[Kind, ...], dice: Random, victims: Victims) -> None:
    """Spoil two records with each kind, as far as there are records that suit; no record is used twice."""
    named = {sheet.name.split(".")[0]: sheet for sheet in sheets}
    used: set[int] = set()
    for kind in kinds:
        for _ in range(OF_EACH):
            spoil_one(named[kind.sheet], kind, dice, victims=victims, used=used)


def spoil_one(sheet: Sheet, kind: Kind, dice: Random, *, victims: Victims, used: set[int]) -> None:
    """Spoil one record, or none where none suits."""
    position = find(sheet, kind, dice, victims=victims, used=used)
    if position < 0:
        return
    line = sheet.lines[position]
    used.add(id(line))
    spoiled = kind.spoil(line.record(), Scene(dice, victims.died.get(line.person, date.max)))
    if kind.added:
        extra = Line(sheet.keep(spoiled), line.person, kind.name)
        used.add(id(extra))
        sheet.lines.insert(position + 1, extra)
    else:
        line.content, line.dirt = sheet.keep(spoiled), kind.name


def find(sheet: Sheet, kind: Kind, dice: Random, *, victims: Victims, used: set[int]) -> int:
    """The position of a record that suits a kind; -1 when 4,000 throws found none."""
    for _ in range(TRIES if sheet.lines else 0):
        position = dice.randrange(len(sheet.lines))
        line = sheet.lines[position]
        suits = victims.include(kind, line.person) and id(line) not in used
        if suits and kind.fits(line.record()):
            return position
    return -1


def anything(record: Record) -> bool:
    """Suits every record."""
    return True


def unchanged(record: Record, scene: Scene) -> Content:
    """The record again: a duplicate."""
    return record


def full_width(text: str) -> str:
    """The same text with full-width digits, as an input method leaves them."""
    return text.translate({ord("0") + i: 0xFF10 + i for i in range(10)})


def spaced(text: str) -> str:
    """A name with a space in the middle and one behind."""
    return f"{text[0]} {text[1:]} "
