"""Shapes the cells of the demonstration's question: one cell too small to release, every other one large enough.

The question: persons with hypertension, by sex and age band (0-39, 40-64, 65+) on 2020-12-31. The two old bands fill
themselves in any world of about 800 people or more; this module settles who under 40 has the disease.
"""

from datetime import date

from dujiang_synth.dice import day_between, roll
from dujiang_synth.disease import HYPERTENSION
from dujiang_synth.people import Person

COUNTED_ON = date(2020, 12, 31)
WOMEN_UNDER_40 = 5
MEN_UNDER_40 = 16
KNOWN_BY = date(2018, 12, 31)

Found = dict[int, dict[str, date]]


def settle_young_cells(seed: int, people: list[Person], diseases: Found) -> None:
    """Change `diseases` (number -> disease -> first day) so that exactly 5 women and at least 16 men under 40 remain.

    Those who count gave consent to research and have the disease since 2018 or earlier; the women go to as few
    hospitals as possible, so that adding the hospitals up without knowing who is who still finds fewer than 10.
    """
    young = [person for person in people if 22 <= person.age_on(COUNTED_ON) <= 39]
    women = sorted((p for p in young if p.sex == "female"), key=lambda p: preference(p, diseases))
    men = sorted((p for p in young if p.sex == "male"), key=lambda p: preference(p, diseases))
    chosen_men = [p for p in men if p.consent == "research"][:MEN_UNDER_40]
    kept = {p.number for p in women[:WOMEN_UNDER_40]}
    for person in people:
        if person.sex == "female" and person.age_on(COUNTED_ON) <= 39 and person.number not in kept:
            diseases[person.number].pop(HYPERTENSION, None)
    for person in (*women[:WOMEN_UNDER_40], *chosen_men):
        give_hypertension(seed, person, diseases[person.number])


def preference(person: Person, diseases: Found) -> tuple[bool, bool, bool, int]:
    """Who is taken first: those who consent, go to one hospital, have the disease anyway, are older."""
    ill = HYPERTENSION in diseases[person.number]
    alone = len(person.hospitals) == 1 or person.sex == "male"
    return (person.consent != "research", not alone, not ill, person.birth.toordinal())


def give_hypertension(seed: int, person: Person, found: dict[str, date]) -> None:
    """Hypertension that was found in 2015 to 2018, or earlier where it was already so."""
    if found.get(HYPERTENSION, date.max) > KNOWN_BY:
        found[HYPERTENSION] = day_between(roll(seed, "young", person.number), date(2015, 1, 1), KNOWN_BY)
