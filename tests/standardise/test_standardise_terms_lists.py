"""Our own list of common diagnoses: WHO codes, names in both languages, and no name under two codes; what it says it also reads."""

import re

import pytest

from dujiang.standardise.terms.lists import own_names, own_sayings
from dujiang.standardise.terms.matching import Matcher, stem
from dujiang.standardise.terms.writing import normalise, rows
from shared_data import shared

ROWS = list(rows("icd10_zh.csv"))


def test_every_row_has_a_who_code_and_a_name_in_both_languages() -> None:
    assert len(ROWS) > 800
    for row in ROWS:
        assert re.fullmatch(r"[A-Z]\d\d(\.\d)?", row["code"])
        assert re.search("[\u4e00-\u9fff]", row["zh"]) and row["en"].isascii() and row["en"]


def test_every_code_stands_once_and_no_name_under_two_codes() -> None:
    assert len({row["zh"] for row in ROWS}) == len(ROWS)
    codes: dict[str, set[str]] = {}
    for name in own_names():
        codes.setdefault(normalise(name.text), set()).add(name.codes[0].code)
    assert not {name: found for name, found in codes.items() if len(found) > 1 and re.search("[\u4e00-\u9fff]", name)}


def test_every_name_of_the_list_is_read_as_its_own_code() -> None:
    matcher = Matcher(own_names())
    for row in ROWS:
        for name in (row["zh"], *filter(None, row["also"].split(";"))):
            found = matcher.read(name).parts
            assert [[stem(c.code) for c in part.codes] for part in found] == [[row["code"]]], name


def test_a_code_says_its_name_in_both_languages() -> None:
    assert own_sayings()["I10"].zh == "特发性高血压" and own_sayings()["I10"].en == "Essential hypertension"


def test_the_codes_agree_with_an_independent_list_category_by_category() -> None:
    with shared("zh/icd10_cn/disease.csv").open(encoding="utf-8-sig") as file:
        theirs = {line.split("\t")[0].strip("+*"): line.rstrip("\n").split("\t")[1] for line in file}
    ours = {row["code"][:3] for row in ROWS if row["code"][0] not in "ZU"}
    assert not {code for code in ours if code not in theirs} - {"K64"}  # haemorrhoids moved there with ICD-10 2010
    named = [row for row in ROWS if theirs.get(row["code"]) is not None]
    shared_letters = [len(set(row["zh"]) & set(theirs[row["code"]])) for row in named]
    assert sum(1 for n in shared_letters if n == 0) <= len(named) // 20


@pytest.mark.parametrize(
    "text",
    [
        "高血压", "2型糖尿病", "冠心病", "脑梗死", "慢性阻塞性肺疾病", "乙肝", "COPD", "hypertension", "肺癌", "胃炎", "颈椎病", "白内障", "痛风",
        "抑郁症", "缺铁性贫血",
    ],
)
def test_the_diagnoses_of_every_ward_are_in_it(text: str) -> None:
    assert Matcher(own_names()).read(text).parts[0].codes
