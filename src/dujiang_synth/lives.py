"""Lives: the visits of a person from 2015 to 2024 with what was measured, prescribed and done; nothing after death."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from dujiang_synth.body import Body, Reading, draw_body, read, read_build, read_pressure
from dujiang_synth.codes import (
    ACUTE,
    ACUTE_MEDICINES,
    ADMISSION,
    ALLERGIES,
    CHECK_UP,
    CHEST_XRAY,
    CORONAVAC,
    CREATININE,
    FOLLOW_UP,
    GLUCOSE,
    HEPATITIS_B,
    INFLUENZA,
    LDL,
    MMR,
    PNEUMOCOCCAL,
    PULSE,
    SYMPTOM,
    Concept,
    Measure,
)
from dujiang_synth.dice import day_between, roll
from dujiang_synth.disease import BY_NAME, HYPERTENSION, concept_of
from dujiang_synth.people import FIRST_DAY, LAST_DAY, Person


class Prescription(NamedTuple):
    """A medicine for some days, for a reason."""

    medicine: Concept
    days: int
    reason: Concept


class Visit(NamedTuple):
    """One encounter: `kind` is AMB, EMER or IMP; `acute` is a passing illness found that day."""

    hospital: str
    start: datetime
    end: datetime
    kind: str
    type: Concept
    acute: Concept | None
    pressure: tuple[int, int] | None
    readings: list[Reading]
    prescriptions: list[Prescription]
    procedures: list[Concept]
    vaccines: list[Concept]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A person with diseases (name -> first day), visits in order of time, and the day of death if they died."""

    person: Person
    diseases: dict[str, date]
    died: date | None
    visits: list[Visit]
    allergies: list[tuple[Concept, str]]

    @property
    def last_day(self) -> date:
        """The last day on which something may happen."""
        return self.died or LAST_DAY


def live(seed: int, person: Person, found: dict[str, date]) -> Life:
    """The life that follows from the person's diseases and dice."""
    dice = roll(seed, "life", person.number)
    died = draw_death(dice, person, found)
    # A visit never falls on the day of death itself: that day belongs to the registry.
    until = died - timedelta(days=1) if died else LAST_DAY
    body = draw_body(dice, person, found)
    days = visit_days(dice, person, found, until)
    places = draw_places(dice, person, len(days))
    visits = [attend(dice, body, day, until=until, place=place) for day, place in zip(days, places, strict=True)]
    allergies = [allergy for allergy in ALLERGIES if dice.random() < 0.03]
    return Life(person=person, diseases=found, died=died, visits=visits, allergies=allergies)


def draw_death(dice: Random, person: Person, found: dict[str, date]) -> date | None:
    """A day of death in 2018 to 2024, likelier with age and disease, at least a year after the last diagnosis."""
    age = person.age_on(LAST_DAY)
    risk = (0.003 if age < 50 else 0.015 if age < 65 else 0.05 if age < 80 else 0.15) * (1 + 0.3 * len(found))
    when = day_between(dice, date(2018, 1, 1), LAST_DAY)
    if dice.random() >= risk or age < 8:
        return None
    latest = max(found.values(), default=FIRST_DAY)
    died = max(when, latest + timedelta(days=400))
    return died if died <= LAST_DAY else None


def visit_days(dice: Random, person: Person, found: dict[str, date], until: date) -> list[date]:
    """The days of all visits in order, at least one for each hospital of the person."""
    first = max(FIRST_DAY, person.birth)
    days = {day for day in found.values() if first <= day <= until}
    if found:
        begun = min(found.values())
        day = begun if begun >= first else first + timedelta(days=dice.randint(5, 150))
        while day <= until:
            days.add(day)
            day += timedelta(days=dice.randint(210, 400))
    for year in range(first.year, until.year + 1):
        age = year - person.birth.year
        if dice.random() < (0.5 if age < 6 or age >= 65 else 0.2):
            days.add(day_between(dice, max(first, date(year, 1, 1)), min(until, date(year, 12, 31))))
    while len(days) < len(person.hospitals):
        days.add(day_between(dice, first, until))
    return sorted(days)


def draw_places(dice: Random, person: Person, count: int) -> list[str]:
    """The hospital of each visit: mostly the first one, every one of the person's at least once."""
    others = person.hospitals[1:]
    places = [dice.choice(others) if others and dice.random() < 0.35 else person.hospitals[0] for _ in range(count)]
    for hospital, position in zip(person.hospitals, dice.sample(range(count), len(person.hospitals)), strict=True):
        places[position] = hospital
    return places


def attend(dice: Random, body: Body, day: date, *, until: date, place: str) -> Visit:
    """One visit on a day: follow-up if a chronic disease is known by then, else a check-up or a passing illness."""
    known = [name for name, begun in body.diseases.items() if begun <= day]
    new = any(body.diseases[name] == day for name in known)
    acute = dice.choice(ACUTE) if dice.random() < (0.12 if known else 0.65) and not new else None
    start = datetime.combine(day, time(8)) + timedelta(minutes=dice.randint(0, 540))
    kind, end = draw_stay(dice, start, until, ill=bool(known), acute=acute is not None)
    return Visit(
        hospital=place,
        start=start,
        end=end,
        kind=kind,
        type=ADMISSION if kind == "IMP" else SYMPTOM if acute else FOLLOW_UP if known else CHECK_UP,
        acute=acute,
        pressure=take_pressure(dice, body, day),
        readings=take_readings(dice, body, day, new=new),
        prescriptions=prescribe(dice, body.person.number, known, acute=acute, days_left=(until - day).days),
        procedures=draw_procedures(dice, known, acute, new=new),
        vaccines=draw_vaccines(dice, body.person.age_on(day), day),
    )


def draw_stay(dice: Random, start: datetime, until: date, *, ill: bool, acute: bool) -> tuple[str, datetime]:
    """The kind of encounter and its end; an admission that would outlast the life becomes a visit."""
    chance, nights = dice.random(), dice.randint(3, 10)
    home = start + timedelta(days=nights)
    if ill and chance < 0.04 and home.date() <= until:
        return "IMP", home
    return ("EMER" if acute and chance < 0.12 else "AMB"), start + timedelta(minutes=dice.randint(8, 50))


def take_pressure(dice: Random, body: Body, day: date) -> tuple[int, int] | None:
    """Blood pressure: always for the hypertensive, mostly for other adults, never for children."""
    if body.person.age_on(day) < 18 or (not body.has(HYPERTENSION, day) and dice.random() < 0.4):
        return None
    return read_pressure(dice, body, day)


def take_readings(dice: Random, body: Body, day: date, *, new: bool) -> list[Reading]:
    """The other readings of a visit: the build of children always, laboratory values by disease or at a check-up."""
    child = body.person.age_on(day) < 18
    readings = read_build(dice, body, day) if child or new or dice.random() < 0.3 else []
    wanted: dict[Measure, None] = {PULSE: None} if dice.random() < 0.35 else {}
    for name, begun in body.diseases.items():
        if begun <= day and (begun == day or dice.random() < 0.6):
            wanted.update(dict.fromkeys(BY_NAME[name].labs))
    if not body.diseases and not child and dice.random() < 0.3:
        wanted.update(dict.fromkeys((GLUCOSE, LDL, CREATININE)))
    return readings + [read(dice, body, day, measure) for measure in wanted]


def prescribe(
    dice: Random, number: int, known: list[str], *, acute: Concept | None, days_left: int
) -> list[Prescription]:
    """Medicines for what is known: one for each disease, a second for a third of the people, never beyond death."""
    given = []
    for name in known:
        disease = BY_NAME[name]
        turn = number % len(disease.medicines)
        regimen = (disease.medicines[turn:] + disease.medicines[:turn])[: 2 if number % 3 == 0 else 1]
        if dice.random() < 0.8:
            days = min(dice.choice((28, 56, 90)), days_left)
            given += [Prescription(medicine, days, concept_of(disease, number)) for medicine in regimen]
    if acute:
        given.append(Prescription(ACUTE_MEDICINES[acute.code], min(7, days_left), acute))
    return given


def draw_procedures(dice: Random, known: list[str], acute: Concept | None, *, new: bool) -> list[Concept]:
    """What was done: the diagnostic procedures of a new disease, some of them again later, an X-ray for bronchitis."""
    done = {p: None for name in known for p in BY_NAME[name].procedures if dice.random() < (0.8 if new else 0.1)}
    if acute is ACUTE[1] and dice.random() < 0.5:
        done[CHEST_XRAY] = None
    return list(done)


def draw_vaccines(dice: Random, age: int, day: date) -> list[Concept]:
    """Vaccines by age and season."""
    chance = dice.random()
    if age < 2:
        return [HEPATITIS_B if age < 1 else MMR] if chance < 0.8 else []
    if date(2021, 1, 1) <= day <= date(2022, 12, 31) and chance < 0.25:
        return [CORONAVAC]
    if age >= 65 and chance < 0.04:
        return [PNEUMOCOCCAL]
    return [INFLUENZA] if day.month >= 9 and chance < (0.3 if age >= 65 or age < 6 else 0.08) else []
