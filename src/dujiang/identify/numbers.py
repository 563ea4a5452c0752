"""Reads identity numbers: a valid one may identify, an invalid one is kept and flagged and never decides anything.

Sources: GB 11643-1999 (18 digits, ISO 7064 MOD 11-2 check character), which residents of Hong Kong, Macau and Taiwan (81…, 82…, 83…) and
foreigners with permanent residence (9…) have too; GB 11643-1989 (15 digits: no century, no check); the Social Security Administration's rules
for the shape of a number (area not 000 or 666, group not 00, serial not 0000). A region code is not looked up. Numbers that begin with 9 pass
as US numbers: they are taxpayers' or test numbers, and still one person's each.
"""

import re
import unicodedata
from datetime import date
from operator import mul
from typing import NamedTuple

RESIDENT = "CN-ID"
SSN = "US-SSN"
PASSPORT = "PASSPORT"
PERMIT = "CN-HKM"  # the travel permit of residents of Hong Kong and Macau
TAIWAN = "CN-TW"  # that of residents of Taiwan
FOREIGNER = "CN-FPR"  # the older permanent residence card of foreigners
INSURANCE = "INSURANCE"
OTHER = "OTHER"
# Which system speaks for a person who has numbers of several, the strongest first.
PRECEDENCE = (RESIDENT, SSN, PERMIT, TAIWAN, FOREIGNER, PASSPORT, INSURANCE)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_RESIDENT_LIKE = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OLD_RESIDENT = re.compile(r"[1-8][0-9]{14}")
_PERMIT = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")  # the last two of ten digits count renewals
_TAIWAN = re.compile(r"[0-9]{8}(?:[0-9]{2}[A-Z]?)?")
_FOREIGNER = re.compile(r"[A-Z]{3}[0-9]{12}")
_INSURANCE = re.compile(r"(?=(?:.*[0-9]){6})[A-Z0-9]{8,24}")
_SSN = re.compile(r"(?!000|666)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
_SSN_WRITTEN = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
_PASSPORT = re.compile(r"(?=.*[0-9]{5})[A-Z0-9]{6,12}")
_SSN_HINT = re.compile(r"ssn|social.?security|2\.16\.840\.1\.113883\.4\.1\b", re.I)
_PASSPORT_HINT = re.compile(r"passport|\bPPN\b|护照", re.I)
_PERMIT_HINT = re.compile(r"CN-HKM|港澳|回乡证|home.?return", re.I)
_TAIWAN_HINT = re.compile(r"CN-TW|台胞|台湾|臺灣", re.I)
_FOREIGNER_HINT = re.compile(r"CN-FPR|永久居留", re.I)
_INSURANCE_HINT = re.compile(r"医保|社保|医疗保险|insurance|medicare|\bMB\b", re.I)
_RESIDENT_HINT = re.compile(r"^$|CN-ID|身份证|居民|resident|national", re.I)
# Printed on sample cards or typed to get past a form: they belong to nobody or to thousands.
_NOBODYS = {"123456789", "078051120", "219099999", "987654321"}


class IdNumber(NamedTuple):
    """A number as it is compared; `valid` says whether it may be a deterministic key."""

    system: str
    value: str
    valid: bool


def tidy(text: str) -> str:
    """The number in half-width characters and capitals, without spaces and hyphens."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return re.sub(r"[\s\-‐-―_.]", "", unicodedata.normalize("NFKC", text)).upper()


class _System(NamedTuple):
    """A kind of number: what a source calls it, its shape, and how much of it is compared."""

    name: str
    hint: re.Pattern[str]
    shape: re.Pattern[str]
    most: int = 99


_HINTED = (
    _System(PERMIT, _PERMIT_HINT, _PERMIT, 9),
    _System(TAIWAN, _TAIWAN_HINT, _TAIWAN, 8),
    _System(FOREIGNER, _FOREIGNER_HINT, _FOREIGNER),
    _System(PASSPORT, _PASSPORT_HINT, _PASSPORT),
    _System(INSURANCE, _INSURANCE_HINT, _INSURANCE),
)
_TELLING = (_System(PERMIT, re.compile("^(?:OTHER)?$"), _PERMIT, 9), _System(FOREIGNER, re.compile("^(?:OTHER)?$"), _FOREIGNER))


def read_number(text: str | None, hint: str | None = "") -> IdNumber | None:
    """What a source gave as a number, `hint` being its name for the system; None when there is nothing.

    An 18-character number is a resident number whatever the source calls it: exports put it into others' columns. One of 15 digits is where
    the source does not call it something else, and becomes the 18 it was exchanged for.
    """
    value, called = tidy(text or ""), hint or ""
    if not value:
        return None
    if _RESIDENT_LIKE.fullmatch(value):
        return IdNumber(RESIDENT, value, is_resident_number(value))
    if _SSN_HINT.search(called) or _SSN_WRITTEN.fullmatch((text or "").strip()):
        return IdNumber(SSN, value, is_ssn(value))
    if _OLD_RESIDENT.fullmatch(value) and _RESIDENT_HINT.search(called) and (longer := lengthen(value)):
        return IdNumber(RESIDENT, longer, valid=True)
    for system in _HINTED:
        if system.hint.search(called):
            return IdNumber(system.name, value[: system.most], bool(system.shape.fullmatch(value)) and not _one_digit(value))
    for system in _TELLING:
        if system.hint.search(called) and system.shape.fullmatch(value) and not _one_digit(value[1:]):
            return IdNumber(system.name, value[: system.most], valid=True)
    return IdNumber(OTHER, value, valid=False)


def lengthen(old: str) -> str:
    """The 18 characters of a 15-digit resident number; empty when its date never was.

    Serials 996 to 999 were kept for people of a hundred years and more, so theirs is the century before.
    """
    century = "18" if old[12:] >= "996" else "19"
    body = old[:6] + century + old[6:]
    longer = body + check_character(body)
    return longer if is_resident_number(longer) else ""


def born_of(number: IdNumber) -> str:
    """The ISO birth date that a valid resident number tells, else empty."""
    told = number.value[6:14] if number.valid and number.system == RESIDENT else ""
    return f"{told[:4]}-{told[4:6]}-{told[6:]}" if told else ""


def check_character(body: str) -> str:
    """The check character of the first 17 digits by ISO 7064 MOD 11-2; ValueError unless 17 ASCII digits."""
    if len(body) != 17 or not (body.isascii() and body.isdigit()):
        raise ValueError("a check character needs exactly 17 digits")
    return _CHECKS[sum(map(mul, map(int, body), _WEIGHTS)) % 11]


def is_resident_number(value: str) -> bool:
    """Shape, a date that exists, and the check character."""
    if not _RESIDENT.fullmatch(value):
        return False
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    return born.year >= 1850 and check_character(value[:17]) == value[17]


def is_ssn(value: str) -> bool:
    """The shape of a US number that was, or could have been, given to one person."""
    return bool(_SSN.fullmatch(value)) and value not in _NOBODYS and not _one_digit(value)


def _one_digit(value: str) -> bool:
    return len(set(value)) == 1
