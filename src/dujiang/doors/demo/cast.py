"""Who and what the demo is about: the parties, their people, the question, the columns it needs."""

from dataclasses import dataclass
from typing import Any

from dujiang.words import HEALTH_RESEARCH, Saying

ORIGIN = "dujiang.example/demo"
FIRST_CODES = (("SNOMED", "59621000"), ("SNOMED", "38341003"))
SYSTOLIC = ("LOINC", "8480-6")


@dataclass(frozen=True)
class Hospital:
    id: str
    name: Saying
    region: str


HOSPITALS = (
    Hospital("hospital-a", Saying(en="Minjiang Hospital", zh="岷江医院"), "510100"),
    Hospital("hospital-b", Saying(en="Baoping Hospital", zh="宝瓶医院"), "510181"),
    Hospital("hospital-c", Saying(en="Feisha Hospital", zh="飞沙医院"), "510182"),
)


@dataclass(frozen=True)
class Post:
    """A post at the hub, by its label."""

    label: str
    role: str
    party: str


APPLICANT = Post("applicant", "applicant", "university")
STEWARD = Post("alliance steward", "steward", "hub")
REVIEWERS = (
    STEWARD,
    Post("privacy officer", "privacy_officer", "hospital-a"),
    Post("ethics committee", "ethics_committee", "hospital-b"),
)
CHECKERS = (Post("first checker", "checker", "hospital-b"), Post("second checker", "checker", "hospital-c"))
OPERATOR_POSTS = (APPLICANT, *REVIEWERS, *CHECKERS, Post("auditor", "auditor", "regulator"))

COLUMNS = (
    "person.person_id", "person.year_of_birth", "person.month_of_birth", "person.day_of_birth",
    "person.gender_concept_id", "condition_occurrence.person_id", "condition_occurrence.x_codes", "measurement.person_id",
    "measurement.x_codes", "measurement.value_as_number",
)
SIGNED_BECAUSE = "Known of this source's system; the question asked does not read what is affected."
METHODS = ("count", "mean", "sum", "variance")
PURPOSE = HEALTH_RESEARCH
TITLE = Saying(
    en="Systolic pressure of people with hypertension, by sex and age",
    zh="高血压患者收缩压的性别与年龄分布",
)


def codes(pairs: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"system": system, "code": code} for system, code in pairs]


def question() -> dict[str, Any]:
    """Persons with hypertension, by sex and age band on 2020-12-31: how many, how many systolic readings, mean, deviation."""
    return {
        "cohort": {"type": "has", "table": "condition_occurrence", "codes": codes(FIRST_CODES)},
        "by": [
            {"type": "by_sex", "values": ["female", "male"]},
            {"type": "by_age", "on": "2020-12-31", "edges": [0, 40, 65]},
        ],
        "of": {"table": "measurement", "codes": codes((SYSTOLIC,))},
        "measures": ["persons", "events", "mean", "sd"],
    }
