"""Splits an address into the county it names and the rest, so that the same house is found whether or not the province is written."""

import re
from typing import NamedTuple

from dujiang.identify.names import clean

# Province and city are passed over; the county is the last of what ends like one. A city alone stands for its county.
_AREA = re.compile(
    r"(?:[^省市县]{2,7}?(?:省|自治区|特别行政区))?(?P<city>[^省市县区]{1,9}?(?:市|自治州|地区|盟))?(?P<county>[^省市县区路街巷号]{1,9}?(?:区|县|市|旗))?(?P<rest>.*)"
)
_BUILDING = re.compile(r"(?<=\d)(?:号楼|幢|座|#)")
_NUMBERS = re.compile(r"\d+")
SHORTEST = 4  # a shorter address tells no two houses apart


class Address(NamedTuple):
    """The county-level area, the rest of the address, and its numbers; each empty where there is none."""

    area: str
    street: str
    doors: str


NOWHERE = Address("", "", "")


def read_address(text: str | None) -> Address:
    """The parts of an address as they are compared. An address in letters has no area."""
    whole = clean(text or "")
    if len(whole) < SHORTEST:
        return NOWHERE
    if whole.isascii():
        return Address("", whole, _doors(text or ""))
    found = _AREA.match(whole)
    assert found is not None  # every part may be empty
    rest = _BUILDING.sub("栋", found["rest"]).removesuffix("室")
    area = found["county"] or found["city"] or ""
    return Address(area, rest if len(rest) >= SHORTEST else "", _doors(rest))


def _doors(text: str) -> str:
    """Two numbers or more: with one alone half a city agrees."""
    numbers = _NUMBERS.findall(text)
    return "-".join(numbers) if len(numbers) > 1 else ""
