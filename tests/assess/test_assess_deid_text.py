"""Free text in Chinese and English loses what tells who somebody is; how much of it, and how much else, is measured."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.assess_deid_notes import PLAIN, notes
from dujiang.assess.deid.text import KINDS, find, scrub
from shared_data import shared

Truth = Sequence[tuple[int, int, str]]


def measured(texts: Iterable[tuple[str, Truth]], *, thorough: bool = True) -> tuple[dict[str, float], float]:
    """Recall by kind (a thing is found when every letter of it is), and precision (a find is right when it touches one)."""
    hit: Counter[str] = Counter()
    every: Counter[str] = Counter()
    right = found = 0
    for text, truth in texts:
        spans = find(text, thorough=thorough)
        covered = {i for span in spans for i in range(span.start, span.end)}
        for start, end, kind in truth:
            every[kind] += 1
            hit[kind] += all(i in covered for i in range(start, end) if text[i].isalnum())
        found += len(spans)
        right += sum(any(start < span.end and span.start < end for start, end, _ in truth) for span in spans)
    return {kind: hit[kind] / count for kind, count in every.items()}, right / max(found, 1)


def test_chinese_notes_keep_almost_nothing_that_tells_who_somebody_is() -> None:
    recall, precision = measured((one.text, one.spans) for one in notes(400))
    assert min(recall[kind] for kind in ("id", "phone", "email", "mrn")) >= 0.99
    assert recall["name"] >= 0.95 and recall["date"] >= 0.97 and recall["address"] >= 0.95
    assert precision >= 0.95


@pytest.mark.parametrize("text", PLAIN)
def test_a_clinical_sentence_without_identity_stays_as_it_is(text: str) -> None:
    assert scrub(text).text == text


def test_english_sentences_of_a_public_set_are_measured() -> None:
    with gzip.open(shared("deid/presidio_synth_1500.json.gz")) as file:
        texts = [(one["full_text"], [(s["start_position"], s["end_position"], s["entity_type"]) for s in one["spans"]]) for one in json.load(file)]
    recall, precision = measured(texts)
    for kind in ("CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "US_SSN", "DOMAIN_NAME", "US_DRIVER_LICENSE"):
        assert recall[kind] >= 0.99, kind
    assert recall["PHONE_NUMBER"] >= 0.9 and recall["PERSON"] >= 0.8 and recall["STREET_ADDRESS"] >= 0.65
    assert precision >= 0.85


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("患者欧阳娜娜，女，34岁，电话13912345678。", "患者[姓名]，女，34岁，电话[电话]。"),
        ("Mr. John Smith was seen on 2020-01-31, call 555-123-4567.", "Mr. [name] was seen on [date], call [phone]."),
        ("书记员记录：阿依古丽·买买提于2020年1月3日签收。", "书记员记录：[姓名]于[日期]签收。"),
        ("The patient is 95 years old.", "The patient is [age] years old."),
    ],
)
def test_the_kind_stands_in_its_place_in_the_language_around_it(text: str, left: str) -> None:
    assert scrub(text).text == left


def test_what_is_known_of_the_patient_is_found_wherever_it_stands() -> None:
    known = ("Xiomara", "曾厚德", "A-77/3")
    assert scrub("xiomara took it. Room a-77/3.", known).found == {"known": 2}
    assert scrub("昨日厚德路堵车，曾厚德未到", known).text == "昨日厚德路堵车，[已知标识]未到"


def test_a_name_that_was_found_once_is_found_everywhere() -> None:
    said = scrub("Patient name is Farquarson. After lunch farquarson was a word, but Farquarson slept.", thorough=False)
    assert said.text.count("[name]") == 2
    assert "诸葛明亮" not in scrub("患者诸葛明亮，男，50岁。诉诸葛明亮昨夜咳嗽").text


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200), st.lists(st.text(max_size=6), max_size=3))
def test_any_text_is_scrubbed_without_losing_what_stands_beside(text: str, known: list[str]) -> None:
    spans = find(text, known)
    assert all(0 <= a.start < a.end <= len(text) for a in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    kept = [text[a:b] for a, b in zip([0, *(s.end for s in spans)], [*(s.start for s in spans), len(text)], strict=True)]
    out = scrub(text, known).text
    assert all(part in out for part in kept)


def test_every_kind_has_its_word_in_both_languages() -> None:
    assert all(said.en and said.zh for said in KINDS.values())
