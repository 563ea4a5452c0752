"""Seeded chance: a stream of dice for every question, so that one person's life never moves another's."""

from datetime import date, timedelta
from random import Random


def roll(seed: int, *question: object) -> Random:
    """The dice for a question such as `("person", 12)`: equal for equal seeds and questions, on every machine."""
    return Random(":".join(map(str, (seed, *question))))


def uuid_of(dice: Random) -> str:
    """A random identifier in the shape of a version 4 UUID."""
    digits = f"{dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def day_between(dice: Random, first: date, last: date) -> date:
    """A day from `first` to `last`, both included; `first` when the span is empty."""
    return first + timedelta(days=dice.randint(0, max(0, (last - first).days)))


def age_on(birth: date, day: date) -> int:
    """Completed years of age; negative before birth."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
