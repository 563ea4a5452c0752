"""What the values of a column look like: each shape is recognised by the text alone, and a column is told by the shares of its values, never by one."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from dujiang.standardise.units import ucum
from dujiang.words import Word

MOST_VALUES = 600
_MOMENT = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?)?(?:[T ]*(\d{1,2})\s*[:时].*)?")
_DIGITS = re.compile(r"([12]\d{3})(\d\d)(\d\d)(\d{6})?", re.ASCII)
_NUMBER = re.compile(r"[<>≤≥]?=?\s*[-+]?(\d+\.?\d*|\.\d+|\d{1,3}(,\d{3})+(\.\d*)?)([eE][-+]?\d{1,3})?\s*[↑↓HL*]*", re.ASCII)
_WORDS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "sex": "男 女 男性 女性 male female m f 未知 不详 unknown other",
        "sex_code": "0 1 2 9",
        "visit_class": "门诊 住院 急诊 体检 门诊部 急诊科 inpatient outpatient emergency ambulatory imp amb emer wellness urgentcare",
    }.items()
}
# ISO 7064 MOD 11-2 over a resident's identity number (GB 11643).
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PATTERNS: Mapping[str, str] = {
    "icd10": r"[A-TV-Z][0-9][0-9A-Z](\.[0-9A-Zx+*]{1,6})?",
    "icd9": r"(\d{3}|V\d\d|E\d{3})(\.\d{1,2})?",
    "loinc": r"\d{1,7}-\d",
    "atc": r"[A-Z]\d\d[A-Z]{2}\d\d",
    "snomed": r"[1-9]\d{5,17}",
    "mobile": r"(\+?86)?1[3-9]\d{9}",
    "integer": r"[-+]?\d{1,18}",
    "han_name": r"[\u4e00-\u9fff·]{2,6}",
    "text": r".*[^\W\d_]{2}.*",
}
_COMPILED = {name: re.compile(pattern, re.ASCII if name in ("integer", "loinc") else 0) for name, pattern in _PATTERNS.items()}


class Profile(Word, frozen=True):
    """A column in numbers: share of filled values, how many differ, shares of its filled values by shape."""

    name: str
    filled: float
    distinct: int
    unique: bool  # every row has one, and no two the same
    shapes: dict[str, float]

    def share(self, shape: str) -> float:
        return self.shapes.get(shape, 0.0)

    def type(self) -> str:
        """One word for what the column holds."""
        for shape in ("cn_id", "mobile", "moment", "icd10", "loinc", "atc", "sex", "number"):
            if self.share(shape) >= 0.8:
                return shape
        return "text" if self.filled else "empty"


def profile(name: str, values: Sequence[str | None]) -> Profile:
    """The profile of a column's values, as they stand in a sample of its rows."""
    given = [value.strip() for value in values if value and value.strip() and value.strip() not in ("?", "NULL", "null", "NaN", "-", "/")]
    seen = given[:MOST_VALUES]
    shares = {shape: sum(map(test, seen)) / len(seen) for shape, test in SHAPES.items()} if seen else {}
    different = len(set(given))
    return Profile(
        name=name, filled=round(len(given) / len(values), 4) if values else 0.0, distinct=different,
        unique=bool(values) and len(given) == len(values) == different, shapes={shape: round(share, 4) for shape, share in shares.items() if share},
    )


def is_moment(text: str) -> bool:
    """Whether it is a day, perhaps with a time, that there is."""
    found = _MOMENT.fullmatch(text) or _DIGITS.fullmatch(text)
    if found is None:
        return False
    try:
        date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return False
    return 1880 <= int(found[1]) <= 2100


def is_resident_number(text: str) -> bool:
    """Whether it is 18 characters whose last one follows from the others."""
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", text, re.ASCII):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[17].upper() and is_moment(text[6:14])


@lru_cache(maxsize=4096)
def is_unit(text: str) -> bool:
    """Whether it is a unit, in one of the many ways of writing it."""
    return 0 < len(text) <= 20 and not re.fullmatch(r"[\d.]+", text) and ucum.read(ucum.plain(text)) is not None


def _words(name: str) -> Callable[[str], bool]:
    return lambda text: text.lower() in _WORDS[name]


def _pattern(name: str) -> Callable[[str], bool]:
    return lambda text: _COMPILED[name].fullmatch(text) is not None


SHAPES: Mapping[str, Callable[[str], bool]] = {
    "moment": is_moment, "number": lambda text: len(text) < 40 and _NUMBER.fullmatch(text) is not None, "cn_id": is_resident_number, "unit": is_unit,
    **{name: _words(name) for name in _WORDS}, **{name: _pattern(name) for name in _PATTERNS},
}


def profiles(rows: Iterable[Mapping[str, str | None]]) -> list[Profile]:
    """The profile of every column of a table, in the order in which its rows name them."""
    columns: dict[str, list[str | None]] = {}
    many = 0
    for many, row in enumerate(rows, 1):
        for name, value in row.items():
            columns.setdefault(name, [None] * (many - 1)).append(value)
        for values in columns.values():
            if len(values) < many:
                values.append(None)
    return [profile(name, values) for name, values in columns.items()]
