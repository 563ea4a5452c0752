"""Makes and checks 18-digit identity numbers (GB 11643-1999); refuses parts that cannot form one."""

import re
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]")


def check_character(body: str) -> str:
    """The check character of the first 17 digits, by ISO 7064 MOD 11-2; ValueError unless 17 ASCII digits."""
    if not re.fullmatch(r"[0-9]{17}", body):
        raise ValueError("a check character needs exactly 17 digits")
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def identity_number(region: str, birth: date, sequence: int) -> str:
    """The number of the `sequence`-th (0-999, odd for men) person born that day in a six-digit region code."""
    if not re.fullmatch(r"[1-9][0-9]{5}", region):
        raise ValueError("a region code is six digits and does not begin with 0")
    if not 0 <= sequence <= 999:
        raise ValueError("a sequence lies between 0 and 999")
    body = f"{region}{birth:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def is_valid_identity_number(text: str) -> bool:
    """Whether the shape, the birth date and the check character are right (the region is not looked up)."""
    if not SHAPE.fullmatch(text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return check_character(text[:17]) == text[17]


def sex_of(identity: str) -> str:
    """`male` or `female` by the parity of the sequence (digits 15 to 17)."""
    return "male" if int(identity[16]) % 2 else "female"


def spoil_check(identity: str) -> str:
    """The same number with a check character that is certainly wrong."""
    return identity[:17] + CHECKS[(CHECKS.index(identity[17]) + 5) % 11]
