"""The conditions the census counts, as codes and in words, and the query for each."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    key: str
    en: str
    zh: str
    codes: tuple[tuple[str, str], ...]

    def is_asked_by(self, query: dict[str, Any]) -> bool:
        """Whether a task's query counts this condition."""
        asked = query.get("cohort", {}).get("codes", [])
        return {(c.get("system"), c.get("code")) for c in asked} == set(self.codes)


CONDITIONS = (
    Condition("hypertension", "Hypertension", "高血压", (("SNOMED", "59621000"), ("SNOMED", "38341003"))),
    Condition("diabetes", "Type 2 diabetes", "2型糖尿病", (("SNOMED", "44054006"),)),
    Condition("lipids", "Hyperlipidaemia", "高脂血症", (("SNOMED", "55822004"),)),
    Condition("coronary", "Coronary heart disease", "冠心病", (("SNOMED", "53741008"),)),
)
BY_KEY = {c.key: c for c in CONDITIONS}
SEXES = {"female": ("women", "女"), "male": ("men", "男")}
BANDS = ("0-39", "40-64", "65+")


def query(condition: Condition, on: str) -> dict[str, Any]:
    """Persons with the condition by sex and age band on a day (ISO date)."""
    return {
        "cohort": {"type": "has", "table": "condition_occurrence", "codes": [{"system": s, "code": c} for s, c in condition.codes]},
        "by": [{"type": "by_sex", "values": list(SEXES)}, {"type": "by_age", "on": on, "edges": [0, 40, 65]}],
        "measures": ["persons"],
    }
