"""Charts: what one hospital knows of one person, under its own number and with its own small mistakes."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from dujiang_synth.codes import Concept
from dujiang_synth.dice import roll, uuid_of
from dujiang_synth.disease import BY_NAME, concept_of
from dujiang_synth.lives import Life, Visit
from dujiang_synth.names import Name, mistype
from dujiang_synth.people import Person, draw_phone
from dujiang_synth.regions import Region, draw_home, draw_street


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a hospital's registry; empty text where the hospital does not know."""

    local_id: str
    mrn: str
    name: Name
    sex: str
    birth: date
    died: date | None
    identity: str
    passport: str
    phone: str
    home: Region
    street: str


class Problem(NamedTuple):
    """A diagnosis: its code, when it began and (a passing one) ended, the position of the visit that wrote it down."""

    concept: Concept
    began: date
    ended: date | None
    visit: int


class Chart(NamedTuple):
    """One person at one hospital; `visits` are only those at this hospital."""

    number: int
    entry: Entry
    visits: list[Visit]
    problems: list[Problem]
    allergies: list[tuple[Concept, str]]


def open_charts(seed: int, hospital: str, lives: list[Life], *, uuids: bool) -> list[Chart]:
    """The charts of a hospital in the order of its local ids, which says nothing about the order of people."""
    dice = roll(seed, hospital, "registry")
    patients = [life for life in lives if hospital in life.person.hospitals]
    numbers = dice.sample(range(10**7, 10**8), len(patients))
    charts = [
        open_chart(
            roll(seed, hospital, life.person.number), hospital, life, f"{hospital[-1].upper()}{number}", uuids=uuids
        )
        for life, number in zip(patients, numbers, strict=True)
    ]
    return sorted(charts, key=lambda chart: chart.entry.local_id)


def open_chart(dice: Random, hospital: str, life: Life, mrn: str, *, uuids: bool) -> Chart:
    """The chart of one life at one hospital; the local id is the MRN, or a UUID of its own."""
    visits = [visit for visit in life.visits if visit.hospital == hospital]
    return Chart(
        number=life.person.number,
        entry=register(dice, life, uuid_of(dice) if uuids else mrn, mrn, first=life.person.hospitals[0] == hospital),
        visits=visits,
        problems=list_problems(life, visits),
        allergies=life.allergies,
    )


def register(dice: Random, life: Life, local_id: str, mrn: str, *, first: bool) -> Entry:
    """The registry's line: right at the person's first hospital but for a missing phone, less careful elsewhere."""
    person = life.person
    mistyped, phone, moved, unread = (dice.random() for _ in range(4))
    home, street = old_address(dice, person) if moved < (0.0 if first else 0.2) else (person.home, person.street)
    return Entry(
        local_id=local_id,
        mrn=mrn,
        name=mistype(dice, person.name) if mistyped < (0.0 if first else 0.15) else person.name,
        sex=person.sex,
        birth=person.birth,
        died=life.died,
        identity="" if unread < (0.005 if first else 0.04) else person.identity,
        passport=person.passport,
        phone=draw_phone(dice) if 0.1 < phone < (0.1 if first else 0.15) else "" if phone < 0.05 else person.phone,
        home=home,
        street=street,
    )


def old_address(dice: Random, person: Person) -> tuple[Region, str]:
    """Where the person lived before, as a registry that nobody told still says."""
    return draw_home(dice) if dice.random() < 0.5 else person.home, draw_street(dice)


def list_problems(life: Life, visits: list[Visit]) -> list[Problem]:
    """Chronic diseases, each written down at the first visit after it began, and the passing illnesses."""
    problems = []
    for name, began in life.diseases.items():
        at = next((i for i, visit in enumerate(visits) if visit.start.date() >= began), -1)
        if at >= 0:
            problems.append(Problem(concept_of(BY_NAME[name], life.person.number), began, None, at))
    for position, visit in enumerate(visits):
        if visit.acute:
            day = visit.start.date()
            problems.append(Problem(visit.acute, day, min(day + timedelta(days=10), life.last_day), position))
    return problems
