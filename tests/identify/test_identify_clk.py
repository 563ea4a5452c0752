"""Codes for people without numbers: similar people have similar codes, another project's codes say nothing, and the recall on public data."""

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.identify.clk import LENGTH, PEOPLE, Part, alike, encode, matches, project_key
from dujiang.identify.pseudonyms import Names
from dujiang.identify.records import SAID, comparable
from identify.identify_node import SECRET
from shared_data import shared

KEY = project_key(SECRET, "q-1")
WHO = {"family_sound": "zhang", "given_sound": "jianguo", "born": "1958-03-14", "sex": "male", "phone": "13812345678"}


def code(**other: Any) -> int:
    return next(encode(KEY, PEOPLE, [{**WHO, **other}]))


def test_the_same_person_has_the_same_code_and_it_fits() -> None:
    assert code() == code() and 0 < code() < 1 << LENGTH


def test_the_nearer_the_record_the_liker_the_code() -> None:
    others = [code(), code(given_sound="jiangguo"), code(phone=None), code(given_sound="fang", born="1990-01-02", phone="13900001111")]
    scores = [alike(code(), other) for other in others]
    assert scores[0] == 1 and scores == sorted(scores, reverse=True) and scores[-1] < 0.7 < 0.75 < scores[2]


def test_characters_and_pinyin_meet_in_one_code() -> None:
    def of(**said: str) -> dict[str, Any]:
        return comparable((1, "zone-a", 1, *(said.get(name) for name in SAID)), Names(SECRET, "node-a"))

    han, latin, old = of(full_name="张建国"), of(family="ZHANG", given="Jian Guo"), of(full_name="張建國")
    assert len(set(encode(KEY, PEOPLE, [han, latin, old]))) == 1  # type: ignore[list-item]


def test_codes_of_two_projects_or_under_two_keys_have_nothing_to_do_with_each_other() -> None:
    there = next(encode(project_key(SECRET, "q-2"), PEOPLE, [WHO]))
    elsewhere = next(encode(project_key(SECRET[::-1], "q-1"), PEOPLE, [WHO]))
    stranger = code(family_sound="wang", given_sound="fang", born="1990-11-29", sex="female", phone="17755555555")
    assert max(alike(code(), there), alike(code(), elsewhere)) < alike(code(), stranger) + 0.15 < 0.75


def test_a_record_that_says_nothing_has_no_code_and_matches_nobody() -> None:
    nothing = next(encode(KEY, PEOPLE, [{}]))
    assert nothing == 0 and alike(nothing, nothing) == 0 and matches([nothing], [nothing, code()], 0.1) == []


def test_each_code_is_in_one_pair_at_most_and_the_likest_goes_first() -> None:
    near, same = code(given_sound="jiangguo"), code()
    assert [(m.one, m.other) for m in matches([same], [near, same], 0.5)] == [(0, 1)]


@pytest.mark.parametrize("least", [0, -1, 1.1])
def test_a_limit_that_is_no_likeness_is_refused(least: float) -> None:
    with pytest.raises(Malformed, match=r"clk\.least"):
        matches([], [], least)


def test_a_part_of_an_unknown_kind_and_a_short_key_are_refused() -> None:
    with pytest.raises(ValueError, match="no such kind"):
        Part(name="x", kind="colour")
    with pytest.raises(Malformed, match=r"persons\.key"):
        project_key(b"short", "q-1")


texts = st.text("abcdefghijklmnopqrstuvwxyz0123456789", max_size=12)
people = st.fixed_dictionaries({part.name: texts for part in PEOPLE})


@given(people, people)
def test_likeness_is_symmetric_lies_between_0_and_1_and_is_1_for_oneself(one: dict[str, str], other: dict[str, str]) -> None:
    a, b = encode(KEY, PEOPLE, [one, other])
    assert alike(a, b) == alike(b, a) and 0 <= alike(a, b) <= 1
    assert alike(a, a) == (1 if any(one.values()) else 0)


@given(st.lists(people, max_size=6), st.lists(people, max_size=6), st.floats(0.01, 1))
def test_skipping_what_cannot_be_alike_skips_nothing_else(ours: list[dict[str, str]], theirs: list[dict[str, str]], least: float) -> None:
    a, b = list(encode(KEY, PEOPLE, ours)), list(encode(KEY, PEOPLE, theirs))
    found = matches(a, b, least)
    best = max((alike(x, y) for x in a for y in b), default=0.0)
    assert bool(found) == (best >= least) and all(m.alike == alike(a[m.one], b[m.other]) >= least for m in found)


# Public data: two sides that share no number, and a known truth.
PUBLIC = (
    Part(name="given_name", kind="pairs", bits=200), Part(name="surname", kind="pairs", bits=200), Part(name="date_of_birth", kind="places", bits=200),
    Part(name="suburb", kind="pairs", bits=100), Part(name="postcode", kind="places", bits=60), Part(name="address_1", kind="pairs", bits=100),
)  # fmt: skip


def read(path: Path) -> list[dict[str, str | None]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        return [{k.strip(): (v or "").strip() or None for k, v in row.items()} for row in csv.DictReader(lines, skipinitialspace=True)]


def found(ours: list[dict[str, str | None]], theirs: list[dict[str, str | None]], who: Any) -> tuple[float, float]:
    """Precision and recall at a likeness of 0.7."""
    pairs = matches(list(encode(KEY, PUBLIC, ours)), list(encode(KEY, PUBLIC, theirs)), 0.7)
    hits = sum(who(ours[m.one]) == who(theirs[m.other]) for m in pairs)
    return hits / len(pairs), hits / len({who(r) for r in ours} & {who(r) for r in theirs})


def test_two_dirty_copies_of_a_registry_find_each_other() -> None:
    one, other = (read(shared(f"linkage/clkhash_testdata/dirty_1000_50_{n}.csv")) for n in (1, 2))
    precision, recall = found(one, other, lambda r: r["rec_id"])
    assert precision > 0.97 and recall > 0.99


def test_originals_and_their_spoiled_copies_find_each_other() -> None:
    rows = read(shared("linkage/febrl/dataset1.csv.gz"))
    one, other = ([r for r in rows if kind in str(r["rec_id"])] for kind in ("-org", "-dup-"))
    precision, recall = found(one, other, lambda r: str(r["rec_id"]).split("-")[1])
    assert precision > 0.99 and recall > 0.95
