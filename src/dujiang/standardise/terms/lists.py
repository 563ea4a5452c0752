"""The list of common diagnoses that comes with Dujiang, written for it: WHO ICD-10 codes with Chinese and English names; our own selection, not the standard."""

from collections.abc import Iterator
from functools import cache

from dujiang.standardise.terms.index import Name
from dujiang.standardise.terms.writing import rows
from dujiang.words import Code, Saying

SYSTEM = "ICD10"
PLACE = 9  # lists that a node has loaded speak first


def own_names() -> Iterator[Name]:
    """Every name of every diagnosis of our own list."""
    for row in rows("icd10_zh.csv"):
        codes = (Code(system=SYSTEM, code=row["code"]),)
        for name in (row["zh"], *row["also"].split(";"), row["en"]):
            if name:
                yield Name(PLACE, codes, name, name if name == row["en"] else row["zh"])


@cache
def own_sayings() -> dict[str, Saying]:
    """What a code of our own list is called in both languages."""
    return {row["code"]: Saying(en=row["en"], zh=row["zh"]) for row in rows("icd10_zh.csv")}
