"""Says whether two records are one person, with the weight of every reason; never joins two different valid numbers.

Scoring after Fellegi and Sunter (1969): each field's level of agreement adds log2(m/u), m being how often a person's
two records show that level and u how often two strangers' do; a missing field adds nothing. Numbers and given names
stand above the score, because fields of one household are not independent: twins share everything but the given name.
"""

from enum import StrEnum
from math import log2
from typing import NamedTuple

from dujiang.identify.similar import one_edit_apart
from dujiang.words import Word

# field -> level -> (m, u). u of dates: 25,000 days of birth; of names: common Chinese ones; of phone and address:
# raised for families. m: our own estimates of how often registries err, not learnt from anybody's records. Each field's
# m and each field's u add up to 1.
CHANCES: dict[str, dict[str, tuple[float, float]]] = {
    "number": {"same": (0.98, 0.000001), "differs": (0.02, 0.999999)},
    "family": {"same": (0.92, 0.015), "sound": (0.03, 0.010), "similar": (0.03, 0.015), "differs": (0.02, 0.960)},
    "given": {"same": (0.88, 0.003), "sound": (0.05, 0.004), "similar": (0.04, 0.010), "differs": (0.03, 0.983)},
    "birth": {"same": (0.95, 0.00004), "part": (0.035, 0.00456), "differs": (0.015, 0.9954)},
    "sex": {"same": (0.985, 0.5), "differs": (0.015, 0.5)},
    "phone": {"same": (0.70, 0.002), "differs": (0.30, 0.998)},
    "address": {"same": (0.60, 0.002), "similar": (0.15, 0.010), "differs": (0.25, 0.988)},
}
WEIGHTS: dict[tuple[str, str], float] = {
    (field, level): round(log2(m / u), 2) for field, levels in CHANCES.items() for level, (m, u) in levels.items()
}
# Name, birth date and sex alone reach 29.6: too little among a million people, enough for a reviewer to look.
LINK = 32.0
REVIEW = 22.0
_AGREES = ("same", "sound")


class Traits(Word, frozen=True):
    """A source record's identity in the form in which it is compared; "" or None where it is silent.

    `id_number` is given only when valid; `birth_date` is ISO text; the sounds are toneless pinyin.
    """

    person_id: int
    zone: str
    full_name: str = ""
    family: str = ""
    given: str = ""
    family_sound: str = ""
    given_sound: str = ""
    sex: str = ""
    birth_date: str = ""
    id_number: str | None = None
    id_system: str = ""
    phone: str = ""
    address: str = ""

    @property
    def number(self) -> tuple[str, str] | None:
        return (self.id_system, self.id_number) if self.id_number else None


class Decision(StrEnum):
    LINK = "link"
    REVIEW = "review"
    APART = "apart"


class Reason(NamedTuple):
    field: str
    level: str
    weight: float


class Verdict(NamedTuple):
    """A decision, the rule that made it, the score and what it is made of, field by field."""

    decision: Decision
    rule: str
    score: float
    reasons: tuple[Reason, ...]


def compare(a: Traits, b: Traits) -> Verdict:
    """The verdict on a pair; the same whichever record comes first."""
    levels = _levels(a, b)
    reasons = tuple(Reason(field, level, WEIGHTS[field, level]) for field, level in levels.items() if level)
    score = round(sum(reason.weight for reason in reasons), 2)
    decision, rule = _decide(score, levels)
    return Verdict(decision, rule, score, reasons)


def contradicts(a: Traits, b: Traits) -> bool:
    """Whether these two may not stand in one cluster, however they got there."""
    if a.id_number and a.number == b.number:
        return False
    return numbers_differ(a, b) or _name_levels(a, b)[1] == "differs"


def numbers_differ(a: Traits, b: Traits) -> bool:
    """Two different valid numbers of one system."""
    return bool(a.id_number and b.id_number and a.id_system == b.id_system and a.id_number != b.id_number)


def _decide(score: float, levels: dict[str, str]) -> tuple[Decision, str]:
    agrees = levels["given"] in _AGREES and levels["family"] in (*_AGREES, "")
    if levels["number"] == "same":
        confirmed = agrees or levels["birth"] == "same"
        return (Decision.LINK, "same_number") if confirmed else (Decision.REVIEW, "same_number_other_person")
    if levels["number"] == "differs":
        looks_one = levels["given"] in _AGREES and score >= LINK
        return (Decision.REVIEW, "two_numbers") if looks_one else (Decision.APART, "two_numbers")
    if levels["given"] == "differs":
        return Decision.APART, "other_given_name"
    if score >= LINK:
        # A missing or only similar given name may be a twin's.
        return (Decision.LINK, "score") if levels["given"] in _AGREES else (Decision.REVIEW, "given_name_unsure")
    return (Decision.REVIEW, "score") if score >= REVIEW else (Decision.APART, "score")


def _levels(a: Traits, b: Traits) -> dict[str, str]:
    family, given = _name_levels(a, b)
    return {
        "number": "differs" if numbers_differ(a, b) else "same" if a.id_number and a.number == b.number else "",
        "family": family,
        "given": given,
        "birth": _birth_level(a.birth_date, b.birth_date),
        "sex": _plain_level(a.sex, b.sex),
        "phone": _plain_level(a.phone, b.phone),
        "address": _address_level(a.address, b.address),
    }


def _name_levels(a: Traits, b: Traits) -> tuple[str, str]:
    """Levels of family and given name; parts in the other order, or not told apart in one record, count as the same."""
    both = "same" if a.family and b.family else ""
    if a.full_name and (a.full_name == b.full_name or (a.family, a.given) == (b.given, b.family)):
        return both, "same" if a.given and b.given else ""
    whole = a.family_sound + a.given_sound
    if whole and (whole == b.family_sound + b.given_sound or whole == b.given_sound + b.family_sound):
        return both and "sound", "sound" if a.given and b.given else ""
    if bool(a.family) != bool(b.family):
        return "", _part_level(a.full_name, b.full_name, whole, b.family_sound + b.given_sound)
    return _part_level(a.family, b.family, a.family_sound, b.family_sound), _part_level(
        a.given, b.given, a.given_sound, b.given_sound
    )


def _part_level(a: str, b: str, a_sound: str, b_sound: str) -> str:
    if not a or not b:
        return ""
    if a == b:
        return "same"
    if a_sound == b_sound:
        return "sound"
    return "similar" if a.startswith(b) or b.startswith(a) or one_edit_apart(a_sound, b_sound) else "differs"


def _birth_level(a: str, b: str) -> str:
    """`part`: day and month swapped, or two of year, month and day equal."""
    if not a or not b:
        return ""
    if a == b:
        return "same"
    one, other = a.split("-"), b.split("-")
    swapped = one == [other[0], other[2], other[1]]
    return "part" if swapped or sum(x == y for x, y in zip(one, other, strict=True)) == 2 else "differs"


def _plain_level(a: str, b: str) -> str:
    return "" if not a or not b else "same" if a == b else "differs"


def _address_level(a: str, b: str) -> str:
    if not a or not b or a == b:
        return _plain_level(a, b)
    return "similar" if a in b or b in a else "differs"
