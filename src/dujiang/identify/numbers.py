"""Reads identity numbers: a valid one may identify, an invalid one is kept and flagged and never decides anything.

Sources: GB 11643-1999 (18 digits, ISO 7064 MOD 11-2 check character); the Social Security Administration's rules for
the shape of a number (area not 000 or 666, group not 00, serial not 0000). A region code is not looked up. Numbers that
begin with 9 pass as US numbers: they are taxpayers' or test numbers, and still one person's each.
"""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

RESIDENT = "CN-ID"
SSN = "US-SSN"
PASSPORT = "PASSPORT"
OTHER = "OTHER"
# Which system speaks for a person who has numbers of several, the strongest first.
PRECEDENCE = (RESIDENT, SSN, PASSPORT)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_RESIDENT_LIKE = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT = re.compile(r"[1-9][0-9]{16}[0-9X]")
_SSN = re.compile(r"(?!000|666)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
_SSN_WRITTEN = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
_PASSPORT = re.compile(r"(?=.*[0-9]{5})[A-Z0-9]{6,12}")
_SSN_HINT = re.compile(r"ssn|social.?security|2\.16\.840\.1\.113883\.4\.1\b", re.I)
_PASSPORT_HINT = re.compile(r"passport|\bPPN\b|护照", re.I)
# Printed on sample cards or typed to get past a form: they belong to nobody or to thousands.
_NOBODYS = {"123456789", "078051120", "219099999", "987654321"}


class IdNumber(NamedTuple):
    """A number as it is compared; `valid` says whether it may be a deterministic key."""

    system: str
    value: str
    valid: bool


def tidy(text: str) -> str:
    """The number in half-width characters and capitals, without spaces and hyphens."""
    return re.sub(r"[\s\-‐-―_.]", "", unicodedata.normalize("NFKC", text)).upper()


def read_number(text: str | None, hint: str | None = "") -> IdNumber | None:
    """What a source gave as a number, `hint` being its name for the system; None when there is nothing.

    An 18-character number is a resident number whatever the source calls it: exports put it into others' columns.
    """
    value = tidy(text or "")
    if not value:
        return None
    if _RESIDENT_LIKE.fullmatch(value):
        return IdNumber(RESIDENT, value, is_resident_number(value))
    if _SSN_HINT.search(hint or "") or _SSN_WRITTEN.fullmatch((text or "").strip()):
        return IdNumber(SSN, value, is_ssn(value))
    if _PASSPORT_HINT.search(hint or ""):
        return IdNumber(PASSPORT, value, bool(_PASSPORT.fullmatch(value)) and not _one_digit(value))
    return IdNumber(OTHER, value, valid=False)


def check_character(body: str) -> str:
    """The check character of the first 17 digits by ISO 7064 MOD 11-2; ValueError unless 17 ASCII digits."""
    if not re.fullmatch(r"[0-9]{17}", body):
        raise ValueError("a check character needs exactly 17 digits")
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


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
