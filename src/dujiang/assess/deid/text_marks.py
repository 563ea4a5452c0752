"""Marks that are the same in every language: numbers with check characters, phones, e-mail addresses, links, dates in figures."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from dujiang.identify.numbers import is_resident_number, is_ssn

_B, _A = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"


class Found(NamedTuple):
    """A place in a text, what is there, and whether the evidence is good enough to look for it elsewhere."""

    start: int
    end: int
    kind: str
    sure: bool = False


def is_luhn(text: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1) over the digits of a text."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d if i % 2 == 0 else 2 * d - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return len(digits) >= 12 and sum(doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """ISO 13616: the remainder by 97 is 1 once the first four characters stand last and letters are numbers."""
    plain = text.replace(" ", "").upper()
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


class _Mark(NamedTuple):
    kind: str
    pattern: re.Pattern[str]
    test: Callable[[str], bool] = lambda _: True


def _compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(pattern, flags)


_DATE = re.compile(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}")
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_MARKS = (
    _Mark("id_number", _compiled(rf"{_B}[1-9]\d{{5}} ?(?:18|19|20)\d{{6}} ?\d{{3}}[0-9Xx]{_A}")),
    _Mark("id_number", _compiled(rf"{_B}[1-9]\d{{16}}[0-9Xx]{_A}"), lambda t: is_resident_number(t.upper())),
    _Mark("id_number", _compiled(rf"{_B}\d{{3}}-\d{{2}}-\d{{4}}{_A}")),
    _Mark("id_number", _compiled(rf"(?<=ssn).{{0,12}}?{_B}\d{{9}}{_A}", re.I), lambda t: is_ssn(t[-9:])),
    _Mark("id_number", _compiled(rf"{_B}(?:[EGDS]\d{{8}}|E[A-Z]\d{{7}}|[HM]\d{{8,10}}){_A}")),
    _Mark("card", _compiled(rf"{_B}[A-Za-z]{{2}}\d{{2}}(?: ?[A-Za-z0-9]{{4}}){{2,7}}(?: ?[A-Za-z0-9]{{1,4}})?{_A}"), is_iban),
    _Mark("card", _compiled(rf"{_B}\d{{4}}(?:[ -]?\d{{2,7}}){{2,4}}{_A}"), is_luhn),
    _Mark("email", _compiled(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")),
    _Mark("link", _compiled(r"(?:https?://|www\.)[^\s，。；、）)\]]+", re.I)),
    _Mark("link", _compiled(rf"{_B}(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![0-9A-Za-z.])"), lambda t: all(int(p) < 256 for p in t.split("."))),
    _Mark("phone", _compiled(rf"{_B}(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}{_A}")),
    _Mark("phone", _compiled(rf"{_B}\(?0\d{{2,3}}\)?[- ]?[1-9]\d{{2,3}}[- ]?\d{{4}}(?:(?:-|转|ext\.? ?)\d{{1,5}})?{_A}")),
    _Mark("phone", _compiled(r"(?<![\w.])(?:\+\d{1,3}[- .]?)?(?:\(\d{1,4}\)[- .]?)?\d{2,4}(?:[- .]\d{2,4}){1,4}(?:x\d{1,6})?(?![\w]|\.\d)"),
          lambda t: 7 <= sum(map(str.isdigit, t)) <= 15 and not _DATE.fullmatch(t)),
    _Mark("phone", _compiled(r"(?<!\w)\+\d[\d ()-]{7,17}\d(?!\w)")),
    _Mark("date", _compiled(r"(?<!\d)(?:18|19|20)\d{2}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}(?:日|号)?(?:[ T]*\d{1,2}[:：时]\d{1,2}(?:[:：分]\d{1,2})?秒?)?(?!\d)")),
    _Mark("date", _compiled(r"(?<![\d./-])\d{1,2}[-/.]\d{1,2}[-/.](?:18|19|20)?\d{2}(?![\d/-]|\.\d)")),
    _Mark("date", _compiled(rf"(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\.?|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?)(?!\w)(?:,? ?(?:18|19|20)\d{{2}})?", re.I)),
    _Mark("date", _compiled(rf"(?<!\w){_MONTH}\.?,? (?:18|19|20)\d{{2}}(?!\d)", re.I)),
    _Mark("age", _compiled(r"(?<!\d)(?:9\d|1[01]\d)(?= ?(?:岁|周岁|years?[ -]old|yo\b|y/o))")),
    _Mark("number", _compiled(rf"{_B}\d{{7,}}{_A}(?![.%])")),
)


def marked(text: str) -> Iterator[Found]:
    """All that the marks above are found on."""
    for kind, pattern, test in _MARKS:
        for match in pattern.finditer(text):
            if test(match[0]):
                yield Found(match.start(), match.end(), kind)
