"""Chronic diseases: who gets which and when, what is prescribed and measured; one disease makes others likelier."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from dujiang_synth.codes import (
    CERULOPLASMIN,
    CHEST_XRAY,
    CREATININE,
    ECG,
    FEV1_FVC,
    GLUCOSE,
    HBA1C,
    LDL,
    PHQ9,
    Concept,
    Measure,
)
from dujiang_synth.dice import day_between, roll
from dujiang_synth.people import LAST_DAY, Person

EARLIEST_ONSET = date(2006, 1, 1)
LATEST_ONSET = date(2023, 6, 30)


class Disease(NamedTuple):
    """A chronic disease: the codes in use, share of people by age (0-17, 18-39, 40-64, 65+) and sex, care."""

    name: str
    concepts: tuple[Concept, ...]
    men: tuple[float, float, float, float]
    women: tuple[float, float, float, float]
    risks: Mapping[str, float]  # how many times likelier with another disease
    medicines: tuple[Concept, ...]
    labs: tuple[Measure, ...]
    procedures: tuple[Concept, ...] = ()


HYPERTENSION, DIABETES, LIPIDS = "hypertension", "type 2 diabetes", "hyperlipidaemia"
HEART, COPD, KIDNEY = "coronary heart disease", "COPD", "chronic kidney disease"
ASTHMA, DEPRESSION, WILSON = "asthma", "depression", "Wilson disease"
DISEASES: tuple[Disease, ...] = (
    Disease(
        HYPERTENSION,
        (
            Concept("59621000", "原发性高血压", "Essential hypertension", "I10"),
            Concept("38341003", "高血压", "Hypertensive disorder", "I10"),
        ),
        (0, 0.13, 0.36, 0.58),
        (0, 0.03, 0.29, 0.6),
        {},
        (
            Concept("C08CA01", "苯磺酸氨氯地平片", "Amlodipine"),
            Concept("C09CA03", "缬沙坦胶囊", "Valsartan"),
            Concept("C09AA02", "马来酸依那普利片", "Enalapril"),
        ),
        (CREATININE,),
        (ECG,),
    ),
    Disease(
        DIABETES,
        (Concept("44054006", "2型糖尿病", "Diabetes mellitus type 2", "E11.9"),),
        (0, 0.02, 0.09, 0.14),
        (0, 0.015, 0.07, 0.14),
        {HYPERTENSION: 1.8},
        (
            Concept("A10BA02", "盐酸二甲双胍片", "Metformin"),
            Concept("A10BB09", "格列齐特缓释片", "Gliclazide"),
            Concept("A10AE04", "甘精胰岛素注射液", "Insulin glargine"),
        ),
        (GLUCOSE, HBA1C, CREATININE),
    ),
    Disease(
        LIPIDS,
        (Concept("55822004", "高脂血症", "Hyperlipidemia", "E78.5"),),
        (0, 0.05, 0.1, 0.1),
        (0, 0.02, 0.08, 0.12),
        {HYPERTENSION: 1.6, DIABETES: 1.6},
        (Concept("C10AA05", "阿托伐他汀钙片", "Atorvastatin"), Concept("C10AA07", "瑞舒伐他汀钙片", "Rosuvastatin")),
        (LDL,),
    ),
    Disease(
        HEART,
        (Concept("53741008", "冠状动脉粥样硬化性心脏病", "Coronary arteriosclerosis", "I25.1"),),
        (0, 0.001, 0.015, 0.06),
        (0, 0.0005, 0.008, 0.05),
        {HYPERTENSION: 2.0, DIABETES: 1.6, LIPIDS: 1.5},
        (
            Concept("B01AC06", "阿司匹林肠溶片", "Acetylsalicylic acid"),
            Concept("C07AB02", "酒石酸美托洛尔片", "Metoprolol"),
        ),
        (LDL,),
        (ECG, Concept("33367005", "冠状动脉造影", "Coronary angiography")),
    ),
    Disease(
        COPD,
        (Concept("13645005", "慢性阻塞性肺疾病", "Chronic obstructive lung disease", "J44.9"),),
        (0, 0.001, 0.04, 0.12),
        (0, 0.001, 0.015, 0.06),
        {},
        (Concept("R03BB04", "噻托溴铵粉吸入剂", "Tiotropium bromide"),),
        (FEV1_FVC,),
        (CHEST_XRAY, Concept("127783003", "肺功能检查", "Spirometry")),
    ),
    Disease(
        KIDNEY,
        (Concept("709044004", "慢性肾脏病", "Chronic kidney disease", "N18.9"),),
        (0.001, 0.006, 0.015, 0.05),
        (0.001, 0.006, 0.015, 0.05),
        {HYPERTENSION: 2.0, DIABETES: 2.0},
        (Concept("C09CA04", "厄贝沙坦片", "Irbesartan"),),
        (CREATININE,),
    ),
    Disease(
        ASTHMA,
        (Concept("195967001", "支气管哮喘", "Asthma", "J45.9"),),
        (0.05, 0.03, 0.03, 0.04),
        (0.04, 0.03, 0.035, 0.04),
        {},
        (
            Concept("R03AK07", "布地奈德福莫特罗粉吸入剂", "Formoterol and budesonide"),
            Concept("R03AC02", "硫酸沙丁胺醇气雾剂", "Salbutamol"),
        ),
        (FEV1_FVC,),
        (Concept("127783003", "肺功能检查", "Spirometry"),),
    ),
    Disease(
        DEPRESSION,
        (Concept("35489007", "抑郁障碍", "Depressive disorder", "F32.9"),),
        (0.004, 0.025, 0.025, 0.03),
        (0.006, 0.04, 0.04, 0.045),
        {HEART: 1.5, COPD: 1.5},
        (Concept("N06AB06", "盐酸舍曲林片", "Sertraline"),),
        (PHQ9,),
    ),
)
RARE = Disease(
    WILSON,
    (Concept("88518009", "肝豆状核变性", "Wilson's disease", "E83.0"),),
    (0, 0, 0, 0),
    (0, 0, 0, 0),
    {},
    (Concept("M01CC01", "青霉胺片", "Penicillamine"),),
    (CERULOPLASMIN,),
)
BY_NAME: dict[str, Disease] = {disease.name: disease for disease in (*DISEASES, RARE)}


def concept_of(disease: Disease, number: int) -> Concept:
    """The code under which the doctors of person `number` write the disease down."""
    return disease.concepts[number // 2 % len(disease.concepts)]


def likelihood(disease: Disease, sex: str, age: int, others: Mapping[str, object]) -> float:
    """The chance that somebody of that age and sex with those other diseases has this one; at most 0.95."""
    band = 0 if age < 18 else 1 if age < 40 else 2 if age < 65 else 3
    share = (disease.men if sex == "male" else disease.women)[band]
    for other, factor in disease.risks.items():
        share *= factor if other in others else 1
    return min(share, 0.95)


def draw_diseases(seed: int, person: Person) -> dict[str, date]:
    """The person's chronic diseases and the day each began."""
    dice = roll(seed, "disease", person.number)
    found: dict[str, date] = {}
    for disease in DISEASES:
        chance, when = dice.random(), dice.random()
        begun = onset(person, disease, when)
        if begun <= LATEST_ONSET and chance < likelihood(disease, person.sex, person.age_on(LAST_DAY), found):
            found[disease.name] = begun
    return found


def onset(person: Person, disease: Disease, when: float) -> date:
    """The first day of a disease: after the age at which it begins, `when` (0 to 1) of the way to the latest day."""
    first_age = 3 if disease.name == ASTHMA else 12 if disease.men[0] else 18
    earliest = max(EARLIEST_ONSET, person.birth.replace(year=person.birth.year + first_age, day=1))
    return earliest + (max(LATEST_ONSET, earliest) - earliest) * when


def rare_people(seed: int, people: list[Person]) -> set[int]:
    """The numbers of the people with the rare disease: about 14 in 10,000, born before 2015."""
    grown = [person.number for person in people if person.birth.year < 2010]
    return set(roll(seed, "rare").sample(grown, min(len(grown), round(len(people) * 0.0014))))


def rare_onset(seed: int, person: Person) -> date:
    """The day the rare disease was found, in 2015 or later."""
    return day_between(roll(seed, "rare", person.number), date(2015, 6, 1), date(2020, 6, 1))
