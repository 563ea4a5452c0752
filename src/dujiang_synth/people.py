"""People: sex, birth, name, identity number, household and hospitals; nobody shares a number with anybody else."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from dujiang_synth.dice import age_on, day_between, roll
from dujiang_synth.identity import identity_number
from dujiang_synth.names import Name, draw_foreign_name, draw_name
from dujiang_synth.regions import Region, draw_birthplace, draw_home, draw_street

FIRST_DAY = date(2015, 1, 1)
LAST_DAY = date(2024, 12, 31)
# How many of 1,000 patients are in each band of five years (0-4, 5-9, … 90-94): the country's pyramid, a little older,
# because the old see doctors more often.
PYRAMID = (44, 52, 52, 48, 46, 50, 62, 76, 66, 62, 72, 84, 74, 68, 58, 40, 26, 14, 6)
IN_TWO, IN_THREE = 0.15, 0.03
DENIES, PUBLIC_HEALTH_ONLY = 0.04, 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One human being; `hospitals` begins with the one they go to most, `identity` is empty where there is none."""

    number: int
    sex: str
    birth: date
    name: Name
    identity: str
    passport: str
    phone: str
    home: Region
    street: str
    hospitals: tuple[str, ...]
    consent: str  # "research", "public-health" or "nothing"
    twin_of: int = -1

    def age_on(self, day: date) -> int:
        """Completed years of age on a day."""
        return age_on(self.birth, day)


def draw_people(seed: int, count: int, hospitals: tuple[str, ...]) -> list[Person]:
    """`count` people; number n is drawn from its own dice and from people before it (twins, families)."""
    people: list[Person] = []
    taken: set[str] = set()
    for number in range(count):
        dice = roll(seed, "person", number)
        person = draw_person(dice, number, hospitals)
        if people and dice.random() < 0.008:
            person = as_twin(dice, person, people[-1])
        elif people:
            person = join_family(dice, person, people)
        people.append(issue_identity(dice, person, taken))
    return people


def draw_person(dice: Random, number: int, hospitals: tuple[str, ...]) -> Person:
    """Somebody who knows nobody yet and has no identity number yet."""
    sex = "male" if dice.random() < 0.5 else "female"
    birth = draw_birth(dice)
    foreign = dice.random() < 0.01
    return Person(
        number=number,
        sex=sex,
        birth=birth,
        name=draw_foreign_name(dice, sex) if foreign else draw_name(dice, sex, birth.year),
        identity="",
        passport=f"{dice.choice('EGKPX')}{dice.randint(10**7, 10**8 - 1)}" if foreign else "",
        phone=draw_phone(dice),
        home=draw_home(dice),
        street=draw_street(dice),
        hospitals=draw_hospitals(dice, hospitals),
        consent=draw_consent(dice),
    )


def draw_birth(dice: Random) -> date:
    """A birth date that follows the pyramid; nobody is younger than a month or older than 95."""
    band = dice.choices(range(len(PYRAMID)), PYRAMID)[0]
    youngest = LAST_DAY.replace(year=LAST_DAY.year - 5 * band, day=1)
    return day_between(dice, youngest.replace(year=youngest.year - 5), youngest)


def draw_phone(dice: Random) -> str:
    """A mobile number of 11 digits."""
    return f"1{dice.choice((3, 5, 7, 8, 9))}{dice.randint(0, 10**9 - 1):09d}"


def draw_hospitals(dice: Random, hospitals: tuple[str, ...]) -> tuple[str, ...]:
    """The hospitals a person goes to: one for most, two for 15 in 100, three for 3 in 100."""
    chance = dice.random()
    wanted = 3 if chance < IN_THREE else 2 if chance < IN_THREE + IN_TWO else 1
    return tuple(dice.sample(hospitals, min(wanted, len(hospitals))))


def draw_consent(dice: Random) -> str:
    """What the person signed."""
    chance = dice.random()
    return "nothing" if chance < DENIES else "public-health" if chance < DENIES + PUBLIC_HEALTH_ONLY else "research"


def as_twin(dice: Random, person: Person, sibling: Person) -> Person:
    """The person as the twin of somebody: same day, family, house, phone and hospitals."""
    if sibling.passport or sibling.twin_of >= 0:
        return person
    name = draw_name(dice, person.sex, sibling.birth.year, family=sibling.name.family)
    shared = {field: getattr(sibling, field) for field in ("birth", "phone", "home", "street", "hospitals")}
    return replace(person, name=name, passport="", twin_of=sibling.number, **shared)


def join_family(dice: Random, person: Person, people: list[Person]) -> Person:
    """A child lives with a parent and has the parent's phone and surname; some of the old use a child's phone."""
    age = person.age_on(LAST_DAY)
    parents = possible_parents(person, people) if age < 16 and not person.passport else []
    if parents:
        parent = dice.choice(parents)
        name = draw_name(dice, person.sex, person.birth.year, family=parent.name.family)
        return replace(person, name=name, phone=parent.phone, home=parent.home, street=parent.street)
    if age >= 70 and dice.random() < 0.3:
        return replace(person, phone=dice.choice(people[-40:]).phone)
    return person


def possible_parents(person: Person, people: list[Person]) -> list[Person]:
    """Recent people who were between 22 and 42 when the person was born."""
    return [other for other in people[-40:] if 22 <= other.age_on(person.birth) <= 42 and not other.passport]


def issue_identity(dice: Random, person: Person, taken: set[str]) -> Person:
    """The person with an identity number; foreigners and most newborns have none."""
    if person.passport or (person.age_on(LAST_DAY) < 1 and dice.random() < 0.7):
        return person
    region = draw_birthplace(dice, person.home).code
    odd = int(person.sex == "male")
    identity = ""
    while not identity or identity in taken:
        identity = identity_number(region, person.birth, 2 * dice.randrange(500) + odd)
    taken.add(identity)
    return replace(person, identity=identity)
