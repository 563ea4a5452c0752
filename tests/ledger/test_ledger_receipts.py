"""A receipt proves use or non-use to anyone with the log's key, and every character counts (invariant 6)."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.errors import Broken, Malformed
from dujiang.ledger import receipts
from dujiang.ledger.canonical import canonical, parse
from dujiang.ledger.receipts import verify_receipt
from ledger.samples import (
    BOTH,
    HOLDER,
    HUB,
    ISSUED,
    MEMBER,
    NON_USE,
    OTHER,
    PLACE,
    STRANGER,
    USE,
    cut,
    holding,
    pseudonym,
    release_entry,
)

characters = st.characters(exclude_categories=("Cs",))


def test_a_receipt_of_use_says_what_a_person_needs_to_know():
    found = verify_receipt(USE, HUB.verifying)
    assert (found.kind, found.release, found.purpose) == ("use", "r-1", "DUO:0000007")
    assert (found.released, found.holder, found.count) == ("2026-02-28T12:00:00.000Z", "north", 11)
    assert (found.pseudonym, found.index, found.size, found.issued) == (MEMBER.hex(), PLACE, 9, ISSUED)


def test_a_receipt_of_non_use_says_so():
    found = verify_receipt(NON_USE, HUB.verifying)
    assert (found.kind, found.release, found.pseudonym) == ("non-use", "r-1", STRANGER.hex())


@BOTH
def test_the_finding_is_a_sentence_in_both_languages_with_the_release_the_purpose_and_the_time(data):
    said = verify_receipt(data, HUB.verifying).says
    for sentence in (said.en, said.zh):
        for fact in ("north", "r-1", "DUO:0000007", "2026-02-28T12:00:00.000Z", "11", "9"):
            assert fact in sentence
    assert ("not used" in said.en) == ("未用于" in said.zh) == (data is NON_USE)


@BOTH
@settings(max_examples=400)
@given(st.data())
def test_a_receipt_with_any_character_changed_to_any_other_is_refused(data, choice):
    text = data.decode()
    at = choice.draw(st.integers(0, len(text) - 1))
    other = choice.draw(characters.filter(lambda c: c != text[at]))
    with pytest.raises((Malformed, Broken)):
        verify_receipt((text[:at] + other + text[at + 1 :]).encode(), HUB.verifying)


@BOTH
def test_a_receipt_with_a_character_of_its_own_kind_in_any_place_is_refused(data):
    """Every position once, by a neighbour in the alphabet: the change that strict spelling alone would let through."""
    text = data.decode()
    for at, character in enumerate(text):
        spoilt = text[:at] + chr(ord(character) ^ 1) + text[at + 1 :]
        with pytest.raises((Malformed, Broken)):
            verify_receipt(spoilt.encode(), HUB.verifying)


@BOTH
@given(st.data())
def test_a_receipt_with_a_character_added_or_left_out_is_refused(data, choice):
    text = data.decode()
    at = choice.draw(st.integers(0, len(text)))
    longer, shorter = text[:at] + choice.draw(characters) + text[at:], text[: at - 1] + text[at:]
    for spoilt in {longer, shorter} - {text}:
        with pytest.raises((Malformed, Broken)):
            verify_receipt(spoilt.encode(), HUB.verifying)


@BOTH
@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data, noise):
    for spoilt in (noise, data + noise + b"x", noise + b"x" + data):
        with pytest.raises(Malformed):
            verify_receipt(spoilt, HUB.verifying)


def test_a_receipt_is_canonical_and_carries_no_more_than_its_fields():
    for data in (USE, NON_USE):
        assert data.endswith(b"}\n") and data.count(b"\n") == 1
        assert canonical(parse(data[:-1])) + b"\n" == data
    for data in (USE, NON_USE):
        assert sorted(json.loads(data)) == [
            "checkpoint", "entry", "format", "holder", "inclusion", "index", "issued", "kind", "participants",
            "pseudonym", "sig",
        ]


def test_a_receipt_in_a_release_of_nobody_shows_non_use():
    facts = {"purpose": "DUO:0000007", "holders": [holding("north", HOLDER, [])]}
    data = cut(STRANGER, entry=release_entry(facts=facts), values=[])
    assert verify_receipt(data, HUB.verifying).kind == "non-use"


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(0, 80))
def test_everyone_gets_a_receipt_of_the_right_kind(size, who):
    values = [pseudonym(i) for i in range(size)]
    facts = {"purpose": "DUO:0000007", "holders": [holding("north", HOLDER, values)]}
    data = cut(pseudonym(who), entry=release_entry(facts=facts), values=values)
    assert verify_receipt(data, HUB.verifying).kind == ("use" if who < size else "non-use")


def test_a_receipt_that_would_not_verify_is_not_cut():
    for changes in ({"key": OTHER}, {"holder": "west"}, {"log": OTHER.verifying}, {"issued": "today"}):
        with pytest.raises((Broken, Malformed)):
            cut(MEMBER, **changes)
    with pytest.raises(Malformed):
        cut(b"short")


def test_each_refusal_names_its_step_and_what_to_do_and_no_pseudonym():
    for step, (name, said) in enumerate(receipts._STEPS.items(), start=4):
        error = receipts._broken(name)
        assert error.en.startswith(f"({step})") and error.zh.startswith(f"（{step}）")
        assert "ask the holder" in error.en and "持有机构" in error.zh
        assert said.en in error.en and not re.search("[0-9a-f]{32}", error.en)
