"""A diagnosis is read as its codes, each with a probability: known names by look-up, others by what they share; below the threshold it is a reviewer's."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.standardise.terms.index import BUDGET, CANDIDATES, Index
from dujiang.standardise.terms.lists import own_names
from dujiang.standardise.terms.matching import CERTAIN, LONGEST, LONGEST_PART, SHOWN, THRESHOLD, Matcher, Reading, stem
from dujiang.words import Code
from standardise.standardise_terms import names

OWN = Matcher(own_names())
HEART = {"I21.9": ["急性心肌梗死"], "I25.2": ["陈旧性心肌梗死"], "I50.9": ["心力衰竭"], "J20.9": ["急性支气管炎"], "J42": ["慢性支气管炎"],
         "C16.9": ["胃恶性肿瘤"], "D13.1": ["胃良性肿瘤"]}
TEXTS = st.text(alphabet="急慢性心肌梗死衰竭支气管炎胃恶良肿瘤术后?,、左 ab12", max_size=30)


def codes(reading: Reading) -> list[list[str]]:
    return [[f"{c.system}|{c.code}" for c in part.codes] for part in reading.parts]


@pytest.mark.parametrize(
    ("text", "code", "how"),
    [
        ("高血压", "I10", "exact"), ("冠心病", "I25.1", "exact"), ("2型DM", "E11.9", "exact"), ("COPD", "J44.9", "exact"), ("乙肝", "B18.1", "exact"),
        ("高血压病3级", "I10", "exact"),
        ("ＣＯＰＤ", "J44.9", "exact"), ("高血壓", "I10", "exact"), ("Ⅱ型糖尿病", "E11.9", "exact"), ("肝Ca", "C22.9", "words"), ("脑梗塞后遗症", "I69.3", "exact"),
        ("type II diabetes mellitus", "E11.9", "exact"), ("Essential Hypertension", "I10", "exact"),
        ("acute myocardial infarction", "I21.9", "exact"), ("慢性乙型肝炎", "B18.1", "exact"),
    ],
)
def test_a_name_a_synonym_or_a_short_form_of_the_list_is_read_for_sure(text: str, code: str, how: str) -> None:
    (part,) = OWN.read(text).parts
    assert [c.code for c in part.codes] == [code] and part.candidates[0].how == how and part.candidates[0].probability == CERTAIN


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("冠状动脉粥洋硬化性心脏病", "I25.1"), ("原发性血小板增多证", "D47.3"), ("essential hypertention", "I10"), ("子宫多发性肌瘤", "D25.9"), ("阑尾炎急性", "K35.8"),
        ("带状疱诊", "B02.9"), ("系统性红班狼疮", "M32.9"), ("强直性脊拄炎", "M45"), ("短暂性脑缺血发做", "G45.9"), ("溃疡性结场炎", "K51.9"),
    ],
)
def test_a_slip_of_the_keyboard_is_read_all_the_same(text: str, code: str) -> None:
    (part,) = OWN.read(text).parts
    assert [c.code for c in part.codes] == [code] and part.candidates[0].how == "similar" and THRESHOLD <= part.candidates[0].probability < CERTAIN


@pytest.mark.parametrize("text", ["奇怪的东西", "患者因车祸入院", "xyzzy", "家属陪同", "12345", "张三", "肺上叶占位", "高", "的", "see notes", "patient unwell"])
def test_what_is_not_in_the_lists_gets_no_code(text: str) -> None:
    assert not any(codes(OWN.read(text)))


@pytest.mark.parametrize(
    "text",
    [
        "高血压?", "疑似肺结核", "否认糖尿病", "糖尿病家族史", "脑梗死病史", "糖尿病史", "肺癌不除外", "无高血压", "?糖尿病", "suspected pneumonia",
        "no diabetes",
    ],
)
def test_what_is_doubted_denied_or_past_is_understood_and_gets_no_code(text: str) -> None:
    (part,) = OWN.read(text).parts
    assert part.mapped and not part.asserted and part.codes == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("左乳癌术后", "C50.9"), ("双眼白内障", "H26.9"), ("头痛3天", "R51"), ("右侧腹股沟斜疝", "K40.9"), ("抑郁症（重度）", "F32.9"),
        ("哮喘复诊", "J45.9"),
    ],
)
def test_side_stage_and_status_do_not_hide_a_diagnosis(text: str, code: str) -> None:
    assert codes(OWN.read(text)) == [[f"ICD10|{code}"]]


def test_a_name_with_its_qualifier_is_preferred_to_the_name_without() -> None:
    matcher = Matcher(names({"N18.9": ["慢性肾脏病"], "N18.3": ["慢性肾脏病3期"]}))
    assert codes(matcher.read("慢性肾脏病3期")) == [["ICD10|N18.3"]]
    assert codes(matcher.read("慢性肾脏病2期")) == [["ICD10|N18.9"]]


def test_opposites_are_not_taken_for_each_other() -> None:
    matcher = Matcher(names({"J20.9": ["急性支气管炎"], "C16.9": ["胃恶性肿瘤"], "K80.0": ["胆囊结石伴急性胆囊炎"], "C81.9": ["霍奇金淋巴瘤"]}))
    assert codes(matcher.read("慢性支气管炎")) == codes(matcher.read("胃良性肿瘤")) == codes(matcher.read("非霍奇金淋巴瘤")) == [[]]
    assert codes(matcher.read("胆囊结石不伴急性胆囊炎")) == [[]]


def test_a_name_that_stands_under_two_codes_is_the_reviewers_and_both_are_shown() -> None:
    (part,) = Matcher(names({"A09": ["肠炎"], "K52.9": ["肠炎"]})).read("肠炎").parts
    assert not part.mapped and {c.codes[0].code for c in part.candidates} == {"A09", "K52.9"}


def test_codes_that_differ_only_below_the_who_code_speak_for_one_another() -> None:
    (part,) = Matcher(names({"I10.x00": ["高血压"], "I10.x05": ["高血压"]})).read("高血压").parts
    assert part.mapped and part.candidates[0].codes[0].code == "I10.x00"


@pytest.mark.parametrize(
    ("code", "who"),
    [
        ("E11.900x001", "E11.9"), ("E11.9", "E11.9"), ("I10.x00", "I10"), ("I10", "I10"), ("S72.001", "S72.0"), ("38341003", "38341003"), ("", ""),
    ],
)
def test_the_who_part_of_a_code(code: str, who: str) -> None:
    assert stem(code) == who


def test_an_earlier_list_speaks_before_a_later_one() -> None:
    ours, theirs = names({"I10": ["高血压"], "E14.9": ["糖尿病"]}, place=5), names({"X1": ["高血压"]}, place=0, system="LOCAL")
    matcher = Matcher([*ours, *theirs])
    assert codes(matcher.read("高血压")) == [["LOCAL|X1"]] and codes(matcher.read("糖尿病")) == [["ICD10|E14.9"]]


@given(st.randoms(use_true_random=False), st.lists(TEXTS, max_size=6))
def test_the_order_of_a_list_changes_nothing(r: random.Random, texts: list[str]) -> None:
    listed = names(HEART)
    shuffled = r.sample(listed, len(listed))
    one, other = Matcher(listed), Matcher(shuffled)
    assert [one.read(t) for t in texts] == [other.read(t) for t in reversed(texts)][::-1]


@given(TEXTS)
def test_candidates_are_few_ordered_and_share_what_is_certain(text: str) -> None:
    for part in Matcher(names(HEART)).read(text).parts:
        chances = [c.probability for c in part.candidates]
        assert chances == sorted(chances, reverse=True) and len(chances) <= SHOWN and all(0 <= p <= 1 for p in chances)
        assert sum(chances) <= 1.003


@given(st.text(max_size=200))
def test_any_text_is_read_and_never_twice_differently(text: str) -> None:
    first = OWN.read(text)
    assert OWN.read(text) == first
    assert all(part.core and len(part.candidates) <= SHOWN for part in first.parts)


@pytest.mark.parametrize(
    "text",
    ["'" * 500, "{}" * 400, "(" * 1000 + ")" * 1000, "a," * 999, "1." * 900, "\x00\u202e\ud7ff" * 300,
        "术后" * 900, "左" * 1999, "伴" * 1999, "高血压、" * 400, "[(" * 900, "?" * 1500]
)
def test_hostile_text_is_only_text(text: str) -> None:
    reading = OWN.read(text)
    assert all(part.codes in ((), (Code(system="ICD10", code="I10"),)) for part in reading.parts)


def test_a_megabyte_is_no_diagnosis() -> None:
    assert OWN.read("高血压" * 350_000) == Reading(parts=(), unread=True)
    assert OWN.read("癌" * (LONGEST + 1)).unread
    (part,) = OWN.read("很" * (LONGEST_PART + 1)).parts
    assert not part.mapped and not part.candidates and len(part.core) == LONGEST_PART


def test_a_search_looks_at_a_bounded_part_of_the_index_however_large_it_is() -> None:
    index = Index(names({f"A{n:05}": [f"病{chr(0x4E00 + n % 500)}{chr(0x5E00 + n // 500)}症"] for n in range(2 * BUDGET)}))
    assert len(index.search("病一帀症")) <= CANDIDATES
    assert index.names[index.search("病一帀症")[0]].text == "病一帀症"


class TestConfirmed:
    """What a reviewer said a text means is read before any list, exactly and for what is like it."""

    def test_a_confirmed_text_is_read_the_next_time_whatever_its_width_and_qualifiers(self) -> None:
        matcher = Matcher(names(HEART), [("怪怪病", (Code(system="ICD10", code="R69"),))])
        for text in ("怪怪病", "怪 怪病。", "左侧怪怪病（术后）"):
            (part,) = matcher.read(text).parts
            assert [c.code for c in part.codes] == ["R69"] and part.candidates[0].how == "confirmed" and part.candidates[0].probability == 1

    def test_a_text_like_a_confirmed_one_is_read_too(self) -> None:
        without, with_ = Matcher(names(HEART)), Matcher(names(HEART), [("老年性退行性心脏瓣膜病", (Code(system="ICD10", code="I35.8"),))])
        assert codes(without.read("老年退行性心脏瓣膜病")) == [[]] and codes(with_.read("老年退行性心脏瓣膜病")) == [["ICD10|I35.8"]]

    def test_a_confirmation_outweighs_the_lists(self) -> None:
        assert codes(Matcher(names(HEART), [("心力衰竭", (Code(system="ICD10", code="I50.0"),))]).read("心力衰竭")) == [["ICD10|I50.0"]]

    def test_one_text_may_mean_two_codes_or_none(self) -> None:
        two = (Code(system="ICD10", code="I10"), Code(system="ICD10", code="E14.9"))
        matcher = Matcher(names(HEART), [("两高", two), ("家属陪同", ())])
        assert codes(matcher.read("两高")) == [["ICD10|I10", "ICD10|E14.9"]]
        (nothing,) = matcher.read("家属陪同").parts
        assert nothing.mapped and nothing.codes == ()

    def test_a_confirmed_meaning_does_not_assert_what_is_doubted(self) -> None:
        (part,) = Matcher(names(HEART), [("怪怪病", (Code(system="ICD10", code="R69"),))]).read("怪怪病?").parts
        assert part.mapped and part.codes == ()

    @settings(max_examples=20)
    @given(st.permutations([("甲病", "A01"), ("乙病", "A02"), ("丙病", "A03")]), TEXTS)
    def test_the_order_of_confirmations_changes_nothing(self, said: list[tuple[str, str]], text: str) -> None:
        confirmed = [(t, (Code(system="ICD10", code=c),)) for t, c in said]
        assert Matcher(names(HEART), confirmed).read(text) == Matcher(names(HEART), sorted(confirmed)).read(text)
