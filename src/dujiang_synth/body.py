"""A body that obeys its diseases and its treatment: what an instrument would read on a given day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import exp
from random import Random

from dujiang_synth.codes import (
    BMI,
    CERULOPLASMIN,
    CREATININE,
    FEV1_FVC,
    GLUCOSE,
    HBA1C,
    HEIGHT,
    LDL,
    PHQ9,
    PULSE,
    WEIGHT,
    Measure,
)
from dujiang_synth.disease import ASTHMA, COPD, DEPRESSION, DIABETES, HYPERTENSION, KIDNEY, LIPIDS
from dujiang_synth.people import Person

Reading = tuple[Measure, int | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A person's body: adult height (cm), BMI, resting levels, and how far diseases (name -> first day) push them."""

    person: Person
    diseases: Mapping[str, date]
    height: float
    bmi: float
    systolic: float
    glucose: float
    ldl: float
    creatinine: float
    push: float  # severity, around 1

    def has(self, disease: str, day: date) -> bool:
        """Whether a disease has begun by a day."""
        return self.diseases.get(disease, date.max) <= day

    def burden(self, disease: str, day: date, *, months: float, floor: float = 0.3) -> float:
        """How much of a disease shows: 0 before it began, severity that day, then falling to a share of `floor`."""
        if not self.has(disease, day):
            return 0.0
        treated = exp(-(day - self.diseases[disease]).days / 30.4 / months)
        return self.push * (floor + (1.0 - floor) * treated)


def draw_body(dice: Random, person: Person, diseases: Mapping[str, date]) -> Body:
    """A body from the person's dice."""
    man = person.sex == "male"
    return Body(
        person=person,
        diseases=diseases,
        height=dice.gauss(169.0 if man else 157.5, 5.5),
        bmi=min(38.0, max(17.0, dice.gauss(24.0, 2.9))),
        systolic=dice.gauss(105.0 if man else 102.0, 6.0),
        glucose=dice.gauss(5.1, 0.3),
        ldl=dice.gauss(2.7, 0.4),
        creatinine=dice.gauss(78.0 if man else 62.0, 7.0),
        push=min(1.6, max(0.6, dice.gauss(1.0, 0.2))),
    )


def read_pressure(dice: Random, body: Body, day: date) -> tuple[int, int]:
    """Systolic and diastolic pressure in mm[Hg] of somebody grown up."""
    age = body.person.age_on(day)
    raised = 32.0 * body.burden(HYPERTENSION, day, months=5.0)
    systolic = round(min(228.0, max(84.0, body.systolic + 0.3 * age + raised + dice.gauss(0, 5))))
    stiffness = 6.0 if age >= 65 else 0.0
    diastolic = round(min(systolic - 20.0, 0.42 * systolic + 24.0 - stiffness + dice.gauss(0, 4)))
    return systolic, diastolic


def read_build(dice: Random, body: Body, day: date) -> list[Reading]:
    """Height (cm), weight (kg) and the body mass index (kg/m2) that follows from both as written."""
    age = min((day - body.person.birth).days / 365.25, 18.0)
    height = round(50.0 + (body.height - 50.0) * (age / 18.0) ** 0.7, 1)
    bmi = body.bmi + dice.gauss(0, 0.4) if age >= 18.0 else 14.5 + age * (body.bmi - 15.5) / 18.0
    weight = round(bmi * (height / 100.0) ** 2, 1)
    return [(HEIGHT, height), (WEIGHT, weight), (BMI, round(weight / (height / 100.0) ** 2, 1))]


def read(dice: Random, body: Body, day: date, measure: Measure) -> Reading:
    """One measure as the instrument prints it: a finite decimal, never below zero."""
    value = LEVELS[measure.code](body, day, dice.gauss(0, 1))
    return measure, max(0, round(value)) if measure.decimals == 0 else max(0.1, round(value, measure.decimals))


def sugar(body: Body, day: date) -> float:
    """The usual fasting glucose of these weeks, mmol/L."""
    return body.glucose + 4.6 * body.burden(DIABETES, day, months=6.0, floor=0.4)


def haemoglobin(body: Body, day: date, noise: float) -> float:
    """HbA1c in per cent by the ADAG equation (Nathan 2008): mean glucose in mmol/L = 1.59 x HbA1c - 2.59."""
    return (sugar(body, day) + 2.59) / 1.59 + 0.15 * noise


def lipids(body: Body, day: date, noise: float) -> float:
    """LDL cholesterol in mmol/L."""
    return body.ldl + 1.7 * body.burden(LIPIDS, day, months=3.0) + 0.15 * noise


def creatinine(body: Body, day: date, noise: float) -> float:
    """Creatinine in umol/L: lower in children; kidney disease doubles it and adds 6 per cent a year."""
    age = body.person.age_on(day)
    usual = body.creatinine if age >= 18 else 25.0 + 2.0 * age
    if not body.has(KIDNEY, day):
        return usual + 4.0 * noise
    years = min((day - body.diseases[KIDNEY]).days / 365.25, 12.0)
    return float(usual * (1.0 + 0.9 * body.push) * 1.06**years + 4.0 * noise)


def breath(body: Body, day: date, noise: float) -> float:
    """FEV1/FVC in per cent: below 70 with COPD, a little low with asthma."""
    loss = 20.0 if body.has(COPD, day) else 8.0 if body.has(ASTHMA, day) else 0.0
    return 82.0 - loss * body.push + 2.0 * noise


def mood(body: Body, day: date, noise: float) -> float:
    """The PHQ-9 score, 0 to 27."""
    return min(27.0, 2.0 + 14.0 * body.burden(DEPRESSION, day, months=4.0) + 1.5 * noise)


LEVELS: Mapping[str, Callable[[Body, date, float], float]] = {
    GLUCOSE.code: lambda body, day, noise: sugar(body, day) + 0.3 * noise,
    HBA1C.code: haemoglobin,
    LDL.code: lipids,
    CREATININE.code: creatinine,
    FEV1_FVC.code: breath,
    PHQ9.code: mood,
    CERULOPLASMIN.code: lambda body, day, noise: 8.0 + 1.5 * noise,
    PULSE.code: lambda body, day, noise: 74.0 + max(0, 18 - body.person.age_on(day)) * 2.5 + 7.0 * noise,
}
