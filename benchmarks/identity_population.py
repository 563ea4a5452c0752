"""An invented Chinese population with a tenth registered twice, and the dirt of real registries on the second record; the truth is known.

Twins, children with a parent's phone and old people with a child's come with the population (`dujiang_synth.people`); what is spoiled here is
what clerks spoil. Nothing of it was looked up in anybody's data, and nothing in the program was fitted to it.
"""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any, NamedTuple

from dujiang_synth.identity import spoil_check
from dujiang_synth.names import mistype
from dujiang_synth.people import Person, draw_people, draw_phone
from dujiang_synth.regions import draw_home, draw_street

TWICE = 0.1
TRADITIONAL = str.maketrans("张陈刘杨黄赵吴孙马郑国华伟丽强军杰飞凤兰庆荣义玲红梅", "張陳劉楊黃趙吳孫馬鄭國華偉麗強軍傑飛鳳蘭慶榮義玲紅梅")
DESK_PHONE = "13800000000"  # what is typed when nobody gives a number
COLUMNS = {
    "person_id": "BIGINT", "family": "VARCHAR", "given": "VARCHAR", "full_name": "VARCHAR", "sex": "VARCHAR", "birth_date": "DATE",
    "id_number": "VARCHAR", "id_system": "VARCHAR", "phone": "VARCHAR", "address": "VARCHAR", "mrn": "VARCHAR",
}  # fmt: skip


class Registered(NamedTuple):
    """A record as a hospital has it, and whose it truly is."""

    human: int
    row: dict[str, Any]


def population(seed: int, people: int) -> list[Registered]:
    """Everybody once, and a tenth of them again: about 1.1 times `people` records."""
    humans = draw_people(seed, people, ("one",))
    dice = Random(f"{seed}:dirt")
    records = [Registered(p.number, clean(p, dice)) for p in humans]
    records += [Registered(p.number, dirty(clean(p, dice), p, dice)) for p in humans if dice.random() < TWICE]
    dice.shuffle(records)
    return [Registered(r.human, {"person_id": i, **r.row}) for i, r in enumerate(records, 1)]


def clean(person: Person, dice: Random) -> dict[str, Any]:
    """A first registration: complete but for the number of one in ten."""
    child = not person.identity and not person.passport
    name = f"{person.name.family}某之{'子' if person.sex == 'male' else '女'}" if child and dice.random() < 0.3 else person.name.text
    cut = name == person.name.text
    return {
        "family": person.name.family if cut else "",
        "given": person.name.given if cut else "",
        "full_name": name,
        "sex": person.sex,
        "birth_date": person.birth.isoformat(),
        "id_number": (person.identity or person.passport) if dice.random() < 0.9 else "",
        "id_system": "PASSPORT" if person.passport else "CN-ID",
        "phone": person.phone if dice.random() > 0.005 else DESK_PHONE,
        "address": f"{person.home.province}{person.home.city}{person.home.county}{person.street}",
        "mrn": f"M{dice.randrange(10**9):09d}",
    }


def dirty(row: dict[str, Any], person: Person, dice: Random) -> dict[str, Any]:
    """A second registration, years later, by another clerk."""
    spoiled = dict(row)
    for spoil in (spoil_number, spoil_name, spoil_birth, spoil_contact):
        spoiled.update(spoil(spoiled, person, dice))
    if dice.random() < 0.025:
        spoiled["sex"] = {"male": "female", "female": "male"}[person.sex] if dice.random() < 0.2 else None
    return spoiled


def spoil_number(row: dict[str, Any], person: Person, dice: Random) -> dict[str, Any]:
    chance, number = dice.random(), person.identity
    if chance < 0.3 or not number:
        return {"id_number": None} if chance < 0.3 else {}
    if chance < 0.33:
        return {"id_number": spoil_check(number)}
    if chance < 0.35:
        place = dice.randrange(17)
        return {"id_number": number[:place] + str((int(number[place]) + dice.randint(1, 9)) % 10) + number[place + 1 :]}
    if chance < 0.37 and person.birth.year < 1990:
        return {"id_number": number[:6] + number[8:17]}  # the card of before 1999
    return {"id_number": number}


def spoil_name(row: dict[str, Any], person: Person, dice: Random) -> dict[str, Any]:
    chance, name = dice.random(), person.name
    if chance < 0.04:
        name = mistype(dice, name)
    elif chance < 0.06:
        text = name.text.translate(TRADITIONAL)
        return {"full_name": text, "family": name.family.translate(TRADITIONAL), "given": name.given.translate(TRADITIONAL)}
    elif chance < 0.07:
        return {"family": name.given, "given": name.family}
    elif chance < 0.09:
        return {"family": None, "given": None, "full_name": f" {name.text[:1]} {name.text[1:]} "}
    elif row["full_name"] != name.text and chance < 0.5:
        return {}
    return {"family": name.family, "given": name.given, "full_name": name.text}


def spoil_birth(row: dict[str, Any], person: Person, dice: Random) -> dict[str, Any]:
    chance, born = dice.random(), person.birth
    if chance < 0.01 and born.day <= 12:
        return {"birth_date": date(born.year, born.day, born.month).isoformat()}
    if chance < 0.02:
        return {"birth_date": born.replace(year=born.year - dice.choice((1, 10)), day=min(born.day, 28)).isoformat()}
    if chance < 0.03:
        return {"birth_date": born.replace(day=dice.randint(1, 28)).isoformat()}
    return {"birth_date": "1900-01-01"} if chance < 0.035 else {}


def spoil_contact(row: dict[str, Any], person: Person, dice: Random) -> dict[str, Any]:
    phone = None if dice.random() < 0.15 else draw_phone(dice) if dice.random() < 0.35 else row["phone"]
    home = draw_home(dice)
    address = row["address"]
    if dice.random() < 0.25:
        address = f"{home.province}{home.city}{home.county}{draw_street(dice)}"
    if dice.random() < 0.2:
        address = None
    elif dice.random() < 0.3:
        address = f"{person.home.county}{person.street}"
    return {"phone": phone, "address": address, "mrn": f"M{dice.randrange(10**9):09d}"}


def rows(records: list[Registered]) -> Iterator[dict[str, Any]]:
    blank = dict.fromkeys(COLUMNS)
    return ({**blank, **{k: v or None for k, v in record.row.items()}} for record in records)
