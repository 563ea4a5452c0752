"""Lives: diseases by age and sex, bodies that obey them and their treatment, visits inside life and period."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random
from statistics import mean

import pytest

from dujiang_synth.body import Body, draw_body, read, read_build, read_pressure
from dujiang_synth.codes import CREATININE, FEV1_FVC, GLUCOSE, HBA1C, HEIGHT, LDL, MEASURES, PHQ9, SYSTOLIC
from dujiang_synth.disease import (
    ASTHMA,
    BY_NAME,
    COPD,
    DEPRESSION,
    DIABETES,
    DISEASES,
    HYPERTENSION,
    KIDNEY,
    LIPIDS,
    WILSON,
    Disease,
    draw_diseases,
    likelihood,
    rare_people,
)
from dujiang_synth.lives import Life, live
from dujiang_synth.people import FIRST_DAY, LAST_DAY, Person, draw_people
from dujiang_synth.question import settle_young_cells
from dujiang_synth.world import live_all

HOSPITALS = ("hospital-a", "hospital-b", "hospital-c")
ONSET = date(2016, 1, 1)


@pytest.fixture(scope="module")
def lives() -> list[Life]:
    return live_all(3, 1500, HOSPITALS, lambda stage, done, total: None)


@pytest.fixture(scope="module")
def adult() -> Person:
    return next(p for p in draw_people(1, 200, HOSPITALS) if p.age_on(ONSET) in range(45, 60))


def levels(body: Body, day: date, measure_name: str) -> float:
    """The mean of forty readings of one kind on one day."""
    if measure_name == "systolic":
        return mean(read_pressure(Random(seed), body, day)[0] for seed in range(40))
    measure = next(m for m in MEASURES if m.code == measure_name)
    return mean(read(Random(seed), body, day, measure)[1] for seed in range(40))


@pytest.mark.parametrize("disease", DISEASES, ids=lambda d: d.name)
@pytest.mark.parametrize("sex", ["male", "female"])
def test_a_likelihood_is_a_probability_at_every_age(disease: Disease, sex: str) -> None:
    everything = dict.fromkeys(BY_NAME)
    for age in range(0, 100, 5):
        assert 0 <= likelihood(disease, sex, age, {}) <= likelihood(disease, sex, age, everything) <= 0.95


@pytest.mark.parametrize("name", [HYPERTENSION, DIABETES, COPD, KIDNEY])
def test_diseases_of_age_are_likelier_in_the_old(name: str) -> None:
    by_age = [likelihood(BY_NAME[name], "male", age, {}) for age in (10, 30, 50, 70)]
    assert by_age == sorted(by_age)
    assert by_age[3] > by_age[1]


def test_young_men_have_hypertension_more_often_than_young_women() -> None:
    disease = BY_NAME[HYPERTENSION]
    assert likelihood(disease, "male", 35, {}) > 3 * likelihood(disease, "female", 35, {})


@pytest.mark.parametrize("name", [DIABETES, LIPIDS, KIDNEY])
def test_hypertension_makes_other_diseases_likelier(lives: list[Life], name: str) -> None:
    old = [life for life in lives if life.person.age_on(LAST_DAY) >= 50]
    shares = {
        ill: mean(name in life.diseases for life in old if (HYPERTENSION in life.diseases) is ill)
        for ill in (True, False)
    }
    assert shares[True] > 1.2 * shares[False]


def test_every_chronic_disease_occurs(lives: list[Life]) -> None:
    assert {name for life in lives for name in life.diseases} == set(BY_NAME)


@pytest.mark.parametrize("count", [500, 1000, 1200, 3000])
def test_the_rare_disease_has_five_to_twenty_people_in_ten_thousand(count: int) -> None:
    people = draw_people(2, count, HOSPITALS)
    assert 5 <= 10_000 * len(rare_people(2, people)) / count <= 20


def test_a_disease_begins_after_birth_and_before_the_last_diagnosis_day(lives: list[Life]) -> None:
    for life in lives:
        for name, begun in life.diseases.items():
            assert life.person.birth < begun <= date(2023, 6, 30), name


def test_hypertension_begins_in_adults_only(lives: list[Life]) -> None:
    begun = [(life.person, life.diseases[HYPERTENSION]) for life in lives if HYPERTENSION in life.diseases]
    assert begun
    assert all(person.age_on(day) >= 17 for person, day in begun)


def test_diseases_are_drawn_from_the_seed_alone(adult: Person) -> None:
    assert draw_diseases(4, adult) == draw_diseases(4, adult)


@pytest.mark.parametrize(
    ("disease", "measure"),
    [
        (HYPERTENSION, "systolic"),
        (DIABETES, GLUCOSE.code),
        (DIABETES, HBA1C.code),
        (LIPIDS, LDL.code),
        (DEPRESSION, PHQ9.code),
    ],
)
def test_a_disease_raises_its_measure_and_treatment_brings_it_back_part_of_the_way(
    adult: Person, disease: str, measure: str
) -> None:
    ill, well = draw_body(Random(1), adult, {disease: ONSET}), draw_body(Random(1), adult, {})
    before = levels(ill, ONSET - timedelta(days=1), measure)
    found, later = levels(ill, ONSET, measure), levels(ill, ONSET + timedelta(days=700), measure)
    assert before == levels(well, ONSET - timedelta(days=1), measure)
    assert found > later > levels(well, ONSET + timedelta(days=700), measure)


def test_kidney_disease_gets_worse_with_the_years(adult: Person) -> None:
    body = draw_body(Random(1), adult, {KIDNEY: ONSET})
    by_year = [levels(body, ONSET + timedelta(days=365 * year), CREATININE.code) for year in range(6)]
    assert by_year == sorted(by_year)
    assert by_year[0] > 1.4 * levels(body, ONSET - timedelta(days=1), CREATININE.code)


def test_the_lungs_are_narrow_with_copd_and_a_little_with_asthma(adult: Person) -> None:
    copd, asthma, well = (
        levels(draw_body(Random(1), adult, found), ONSET, FEV1_FVC.code)
        for found in ({COPD: ONSET}, {ASTHMA: ONSET}, {})
    )
    assert copd < 70 < asthma < well


def test_diastolic_pressure_stays_below_systolic(adult: Person) -> None:
    body = draw_body(Random(2), adult, {HYPERTENSION: ONSET})
    for seed in range(300):
        systolic, diastolic = read_pressure(Random(seed), body, ONSET)
        assert 40 <= diastolic <= systolic - 20
        assert 84 <= systolic <= 228


def test_the_body_mass_index_follows_from_height_and_weight_as_written(lives: list[Life]) -> None:
    seen = 0
    for life in lives:
        for visit in life.visits:
            values = {measure.en: value for measure, value in visit.readings}
            if "Body mass index" in values:
                seen += 1
                metres = values["Body height"] / 100
                assert abs(values["Body mass index"] - values["Body weight"] / metres**2) <= 0.051
    assert seen > 500


def test_children_grow_and_adults_keep_their_height() -> None:
    person = next(p for p in draw_people(1, 300, HOSPITALS) if p.birth.year in (2000, 2001, 2002))
    body = draw_body(Random(1), person, {})
    heights = [dict(read_build(Random(1), body, date(year, 12, 31)))[HEIGHT] for year in range(2003, 2025)]
    assert heights == sorted(heights)
    assert heights[-1] == heights[-2] == round(body.height, 1)
    assert heights[0] < 100


def test_values_are_finite_decimals_of_the_measures_precision(lives: list[Life]) -> None:
    for life in lives:
        for visit in life.visits:
            for measure, value in visit.readings:
                assert value >= 0
                assert isinstance(value, int) == (measure.decimals == 0)
                assert len(repr(value).partition(".")[2]) <= max(measure.decimals, 0)


def test_visits_lie_between_birth_death_and_the_ends_of_the_period(lives: list[Life]) -> None:
    for life in lives:
        days = [visit.start.date() for visit in life.visits]
        assert days == sorted(days)
        assert days[0] >= max(FIRST_DAY, life.person.birth)
        assert all(visit.start < visit.end and visit.end.date() <= life.last_day for visit in life.visits)


def test_nothing_is_prescribed_beyond_death(lives: list[Life]) -> None:
    for life in lives:
        for visit in life.visits:
            assert all(
                visit.start.date() + timedelta(days=given.days) <= life.last_day and given.days >= 0
                for given in visit.prescriptions
            )


def test_a_few_people_die_and_mostly_old_ones(lives: list[Life]) -> None:
    dead = [life for life in lives if life.died]
    assert 0.01 < len(dead) / len(lives) < 0.08
    assert mean(life.person.age_on(LAST_DAY) for life in dead) > 60
    assert all(date(2018, 1, 1) <= (life.died or LAST_DAY) <= LAST_DAY for life in dead)


def test_everybody_visits_each_of_their_hospitals_and_no_other(lives: list[Life]) -> None:
    for life in lives:
        assert {visit.hospital for visit in life.visits} == set(life.person.hospitals)


def test_the_first_hospital_sees_a_person_most(lives: list[Life]) -> None:
    several = [life for life in lives if len(life.person.hospitals) > 1 and len(life.visits) > 6]
    at_first = mean(mean(v.hospital == life.person.hospitals[0] for v in life.visits) for life in several)
    assert at_first > 0.5


def test_the_hypertensive_have_their_pressure_taken_at_every_visit_after_diagnosis(lives: list[Life]) -> None:
    for life in lives:
        begun = life.diseases.get(HYPERTENSION, date.max)
        assert all(visit.pressure for visit in life.visits if visit.start.date() >= begun)


def test_a_chronic_disease_is_treated_with_its_own_medicines(lives: list[Life]) -> None:
    given: dict[str, set[str]] = defaultdict(set)
    for life in lives:
        for visit in life.visits:
            for prescription in visit.prescriptions:
                given[prescription.reason.code].add(prescription.medicine.code)
    for disease in DISEASES:
        for concept in disease.concepts:
            assert given[concept.code] == {medicine.code for medicine in disease.medicines}


def test_children_have_no_blood_pressure_and_no_pneumococcal_vaccine(lives: list[Life]) -> None:
    for life in lives:
        for visit in life.visits:
            if life.person.age_on(visit.start.date()) < 18:
                assert visit.pressure is None
                assert all(vaccine.code not in ("33", SYSTOLIC.code) for vaccine in visit.vaccines)


def test_there_is_no_covid_vaccine_before_2021(lives: list[Life]) -> None:
    years = {v.start.year for life in lives for v in life.visits if any(x.code == "511" for x in v.vaccines)}
    assert years == {2021, 2022}


def test_there_are_admissions_and_emergencies(lives: list[Life]) -> None:
    kinds = [visit.kind for life in lives for visit in life.visits]
    assert kinds.count("AMB") > kinds.count("IMP") > 10
    assert kinds.count("EMER") > 10


def test_one_persons_life_does_not_depend_on_anothers() -> None:
    people = draw_people(8, 50, HOSPITALS)
    alone = live(8, people[30], draw_diseases(8, people[30]))
    for person in people[:30]:
        live(8, person, draw_diseases(8, person))
    assert live(8, people[30], draw_diseases(8, people[30])) == alone


def test_the_rare_disease_is_found_during_the_period(lives: list[Life]) -> None:
    begun = [life.diseases[WILSON] for life in lives if WILSON in life.diseases]
    assert begun
    assert all(date(2015, 6, 1) <= day <= date(2020, 6, 1) for day in begun)


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_young_cells_hold_five_women_and_enough_men_who_consent(seed: int) -> None:
    people = draw_people(seed, 1200, HOSPITALS)
    diseases = {person.number: draw_diseases(seed, person) for person in people}
    settle_young_cells(seed, people, diseases)
    young = [p for p in people if 0 <= p.age_on(date(2020, 12, 31)) <= 39 and HYPERTENSION in diseases[p.number]]
    women = [p for p in young if p.sex == "female"]
    men = [p for p in young if p.sex == "male" and p.consent == "research"]
    assert len(women) == 5
    assert all(p.consent == "research" and len(p.hospitals) == 1 for p in women)
    assert len(men) >= 16
    assert all(diseases[p.number][HYPERTENSION] <= date(2018, 12, 31) for p in women)


def test_a_very_small_world_takes_whoever_is_there() -> None:
    people = draw_people(1, 12, HOSPITALS)
    diseases = {person.number: draw_diseases(1, person) for person in people}
    settle_young_cells(1, people, diseases)
    assert set(diseases) == set(range(12))
