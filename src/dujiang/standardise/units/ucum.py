"""Reads units of measurement: the part of UCUM that laboratories and wards use, and how hospitals write it; exact, and None for what it does not know.

Grammar and atoms after The Unified Code for Units of Measure, version 2.2: a term is factors joined by `.` and `/`, a factor a prefix, an atom
and an exponent; braces hold words without meaning. Arbitrary units (`[IU]`, `U`) are dimensions of their own.
"""

import csv
import re
import unicodedata
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import NamedTuple

LONGEST = 60
_PREFIXES = {
    "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "": 0, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15,
}
_FACTOR = re.compile(r"(\d+(?:\.\d+)?)(?:[*^]([+-]?\d{1,2}))?|((?:\[[^\[\]]+\]|[A-Za-z%'])+(?:\[[^\[\]]+\])?)(?:\^?([+-]?[1-9]))?")
_WORDS = re.compile(r"\{[^{}]*\}")


class Unit(NamedTuple):
    """How much of its dimensions one unit is: a quantity is `number * factor + offset` of them; dimensions with their powers, sorted."""

    factor: Fraction
    dimensions: tuple[tuple[str, int], ...]
    offset: Fraction = Fraction(0)


@cache
def _atoms() -> dict[str, tuple[Unit, bool]]:
    """Atoms by their code, and whether they take a prefix."""
    lines = (files("dujiang.standardise.units") / "atoms.csv").read_text(encoding="utf-8").splitlines()
    found = {}
    for row in csv.DictReader(lines):
        dimensions = tuple(sorted((part[:-1].rstrip("-"), int(part[len(part[:-1].rstrip("-")) :])) for part in row["dimensions"].split()))
        found[row["code"]] = (Unit(Fraction(row["factor"]), dimensions, Fraction(row["offset"] or 0)), row["metric"] == "yes")
    return found


@cache
def _spellings() -> dict[str, str]:
    """What hospitals write, in lower case and half width, and the UCUM code that they mean."""
    lines = (files("dujiang.standardise.units") / "spellings.csv").read_text(encoding="utf-8").splitlines()
    return {row["written"]: row["ucum"] for row in csv.DictReader(lines)}


def plain(written: str) -> str:
    """A unit as hospitals write it, as UCUM writes it where that is known: half width, no spaces, `10*9/L` for ×10⁹/L."""
    text = unicodedata.normalize("NFKC", written.replace("\u00b5", "u").replace("\u03bc", "u").replace("²", "2").replace("³", "3"))
    text = text.replace("\u03bc", "u").replace(" ", "")
    known = _spellings().get(text.lower())
    if known is not None:
        return known
    text = re.sub(r"^[x×*](?=10)", "", text)
    text = re.sub(r"^10[\^*e]?(\d{1,2})(?=/|$)", r"10*\1", text) if re.match(r"^10[\^*e]?(?:3|6|9|12)(?:/|$)", text) else text
    parts = [_spellings().get(part.lower(), part) for part in text.split("/")]
    return "/".join(parts)


def read(written: str) -> Unit | None:
    """The unit, or None when any part of it is not known."""
    if not written.strip() or len(written) > LONGEST:
        return None
    text = _WORDS.sub("", plain(written))
    if not text or text == "/":
        return Unit(Fraction(1), ())
    return _term(text)


def _term(text: str) -> Unit | None:
    """Factors from left to right; `a/b.c` is `a/b*c` (UCUM §3)."""
    factor, powers, offset, sign = Fraction(1), dict[str, int](), Fraction(0), 1
    pieces = re.split(r"([./])", _spared(text))
    for piece in pieces:
        if piece in ("", "."):
            continue
        if piece == "/":
            sign = -1
            continue
        one = _factor(piece.replace("\0", "."))
        if one is None or (one.offset and len(pieces) > 1):
            return None
        factor *= one.factor**sign
        offset = one.offset
        for dimension, power in one.dimensions:
            powers[dimension] = powers.get(dimension, 0) + sign * power
        sign = 1
    return Unit(factor, tuple(sorted((d, p) for d, p in powers.items() if p)), offset)


def _spared(text: str) -> str:
    """A point within a number or brackets joins nothing."""
    return re.sub(r"\[[^\[\]]*\]|\d+\.\d+", lambda found: found.group().replace(".", "\0"), text)


def _factor(text: str) -> Unit | None:
    found = _FACTOR.fullmatch(text)
    if found is None:
        return None
    number, exponent, atom, power = found.groups()
    if number is not None:
        if not Fraction(number):
            return None  # nothing is measured in zeros
        return Unit(Fraction(number) ** int(exponent or 1), ())
    unit = _atom(atom)
    if unit is None or (unit.offset and power):
        return None
    times = int(power or 1)
    return Unit(unit.factor**times, tuple((d, p * times) for d, p in unit.dimensions), unit.offset)


def _atom(text: str) -> Unit | None:
    """An atom, or a prefix and a metric atom; an atom that reads as both is the atom."""
    atoms = _atoms()
    if text in atoms:
        return atoms[text][0]
    for prefix, ten in _PREFIXES.items():
        known = atoms.get(text.removeprefix(prefix)) if prefix and text.startswith(prefix) else None
        if known is not None and known[1]:
            return known[0]._replace(factor=known[0].factor * Fraction(10) ** ten)
    return None
