"""One field with several diagnoses is taken apart; a name that holds a comma or an `and` is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.standardise.terms.lists import own_names
from dujiang.standardise.terms.matching import Matcher
from dujiang.standardise.terms.splitting import MOST, Asks, marked, pieces
from dujiang.standardise.terms.writing import bare, fold
from standardise.standardise_terms import names

KNOWN = {"高血压", "糖尿病", "冠心病", "糖尿病伴肾病", "心力衰竭", "细菌性肺炎", "hypertension", "diabetes"}
NAMED_WITH_COMMA = {"细菌性肺炎,不可归类在他处者"}
ASKS = Asks(
    known=lambda text: bare(text) in KNOWN or text in NAMED_WITH_COMMA, exact=lambda text: bare(text) in KNOWN, sure=lambda text: bare(text) in KNOWN,
    joined=lambda text: text in NAMED_WITH_COMMA,
)


def apart(text: str) -> list[str]:
    return pieces(fold(marked(text)), ASKS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("高血压；糖尿病;冠心病", ["高血压", "糖尿病", "冠心病"]), ("高血压、糖尿病，冠心病", ["高血压", "糖尿病", "冠心病"]),
        ("高血压\n糖尿病\r\n冠心病", ["高血压", "糖尿病", "冠心病"]),
        ("1.高血压 2.糖尿病 3.冠心病", ["高血压", "糖尿病", "冠心病"]), ("1、高血压2、糖尿病", ["高血压", "糖尿病"]), ("①高血压②糖尿病", ["高血压", "糖尿病"]),
        ("（1）高血压（2）糖尿病", ["高血压", "糖尿病"]), ("一、高血压二、糖尿病", ["高血压", "糖尿病"]), ("1.高血压 2.2型糖尿病", ["高血压", "2型糖尿病"]),
        ("高血压伴糖尿病", ["高血压", "糖尿病"]), ("高血压合并心力衰竭", ["高血压", "心力衰竭"]), ("hypertension and diabetes", ["hypertension", "diabetes"]),
        ("糖尿病伴肾病", ["糖尿病伴肾病"]), ("细菌性肺炎，不可归类在他处者", ["细菌性肺炎,不可归类在他处者"]),
        ("高血压，细菌性肺炎，不可归类在他处者", ["高血压", "细菌性肺炎,不可归类在他处者"]),
        ("糖尿病伴怪病", ["糖尿病伴怪病"]), ("1.5cm 肝囊肿", ["1.5cm 肝囊肿"]), ("维生素b12.缺乏", ["维生素b12.缺乏"]), ("", []), ("；，、", []), ("高血压", ["高血压"]),
    ],
)
def test_a_field_is_taken_apart_between_its_diagnoses_and_nowhere_else(text: str, found: list[str]) -> None:
    assert apart(text) == found


@given(st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, max_size=8), st.sampled_from([";", "；", "、", "，", "\n", " / "]))
def test_known_diagnoses_come_out_as_they_went_in(diagnoses: list[str], separator: str) -> None:
    assert apart(separator.join(diagnoses)) == diagnoses


@given(st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, max_size=12))
def test_a_numbered_list_of_any_length_is_taken_apart(diagnoses: list[str]) -> None:
    assert apart("".join(f"{n}.{name}" for n, name in enumerate(diagnoses, 1))) == diagnoses


@given(st.text(alphabet="高血压糖尿病伴和,、;。1.2 \n①ab/+", max_size=80))
def test_no_letter_of_any_text_is_lost_but_marks_and_joining_words(text: str) -> None:
    left = "".join(apart(text))
    assert set(bare(fold(text))) - set(bare(left)) <= set("伴和12 ")


def test_more_pieces_than_are_read_are_said_to_be_unread() -> None:
    reading = Matcher(names({"I10": ["高血压"]})).read("高血压;" * (MOST + 1))
    assert reading.unread and len(reading.parts) == MOST


def test_two_known_diagnoses_never_merge_into_a_third_that_only_sounds_like_both() -> None:
    matcher = Matcher([*names({"E11.7": ["2型糖尿病性高血压"]}), *own_names()])
    found = matcher.read("2型糖尿病、高血压病2级")
    assert [[c.code for c in part.codes] for part in found.parts] == [["E11.9"], ["I10"]]


def test_a_qualifier_that_stands_alone_belongs_to_the_diagnosis_before_it() -> None:
    matcher = Matcher(own_names())
    (part,) = matcher.read("冠心病，心功能III级").parts
    assert [q.word for q in part.qualifiers] == ["心功能3级"] and part.codes
    (doubted,) = matcher.read("高血压、待查").parts
    assert not doubted.asserted
