"""One value has one spelling, and every other spelling is refused."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.ledger.canonical import canonical, commitment, digest, is_canonical_object, parse
from shared_data import shared

SAFE = 2**53 - 1
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
numbers = st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
objects = st.dictionaries(texts, values, max_size=5)


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_published_vectors_of_rfc_8785_come_out_byte_for_byte(name):
    folder = shared("conformance/jcs")
    given_value = json.loads((folder / "input" / f"{name}.json").read_text(encoding="utf-8"))
    expected = bytes.fromhex("".join((folder / "outhex" / f"{name}.txt").read_text().split()))
    assert canonical(given_value) == expected
    assert (folder / "output" / f"{name}.json").read_bytes() == expected


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_the_published_canonical_forms_are_read_back_and_their_inputs_are_refused(name):
    folder = shared("conformance/jcs")
    written = (folder / "output" / f"{name}.json").read_bytes()
    assert canonical(parse(written)) == written
    with pytest.raises(Malformed):
        parse((folder / "input" / f"{name}.json").read_bytes())


@given(values)
def test_what_is_written_reads_back_to_the_same_bytes(value):
    written = canonical(value)
    assert canonical(parse(written)) == written


@given(objects)
def test_every_canonical_object_is_known_as_one_by_the_short_way(value):
    assert is_canonical_object(canonical(value))


@given(objects, st.data())
def test_the_short_way_refuses_exactly_what_reading_refuses(value, data):
    written = bytearray(canonical(value))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] = data.draw(st.integers(0, 255))
    try:
        parsed = parse(bytes(written))
    except Malformed:
        assert not is_canonical_object(bytes(written))
    else:
        assert is_canonical_object(bytes(written)) == isinstance(parsed, dict)


@pytest.mark.parametrize(
    "spelling",
    [
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":01}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":9007199254740993}',
        b'{"a":100000000000000001}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\/"}',
        b'{"a":"\\u001F"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":1',
        b"",
        b'{"\xf0\x9f\x98\x80":1,"\xee\x80\x80":2,"a":3}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' + b"9" * 5000 + b"}",
    ],
)
def test_a_second_spelling_is_refused_by_both_ways(spelling):
    assert not is_canonical_object(spelling)
    with pytest.raises(Malformed) as refusal:
        parse(spelling)
    assert refusal.value.rule == "canonical.form"


def test_keys_are_ordered_by_utf_16_as_the_standard_says():
    # U+1F600 is written with surrogates from D83D on, so it comes before U+E000, unlike in UTF-8.
    written = canonical({"\ue000": 1, "\U0001f600": 2})
    assert written == '{"\U0001f600":2,"\ue000":1}'.encode()
    assert is_canonical_object(written)


@pytest.mark.parametrize("text", ['[1]', '"a"', "1", "null", "true"])
def test_a_canonical_value_that_is_no_object_is_not_one(text):
    assert parse(text.encode()) == json.loads(text)
    assert not is_canonical_object(text.encode())


@pytest.mark.parametrize("number", [SAFE + 1, -SAFE - 1, 2**64])
def test_a_whole_number_that_others_would_round_is_refused_without_repeating_it(number):
    with pytest.raises(Malformed) as refusal:
        canonical({"a": [number]})
    assert refusal.value.rule == "canonical.integer"
    assert str(number) not in str(refusal.value) and str(number) not in refusal.value.zh


@pytest.mark.parametrize("number", [SAFE, -SAFE, 0])
def test_the_largest_safe_whole_numbers_are_recorded(number):
    assert parse(canonical(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floating_point_numbers_keep_their_value(number):
    assert float(parse(canonical(number))) == number


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, "\ud800", {"\ud800": 1}, {1: 2}, {"a": {1, 2}}, b"bytes", object()]
)
def test_a_value_without_canonical_form_is_refused(value):
    with pytest.raises(Malformed) as refusal:
        canonical(value)
    assert refusal.value.rule == "canonical.value"


def test_a_value_that_contains_itself_is_refused():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(Malformed):
        canonical(loop)


def test_a_digest_is_sha_256_in_lower_case_hexadecimal():
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_commitment_is_the_hash_of_a_zero_byte_the_salt_and_the_canonical_value():
    salt = bytes(range(32))
    assert commitment(salt, {"b": 1, "a": 2}) == digest(b"\x00" + salt + b'{"a":2,"b":1}')
    assert commitment(salt, {"a": 2, "b": 1}) == commitment(salt, {"b": 1, "a": 2})


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), objects, objects)
def test_commitments_differ_whenever_salt_or_value_does(one, other, value, second):
    same = one == other and canonical(value) == canonical(second)
    assert (commitment(one, value) == commitment(other, second)) == same


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_commitment_with_a_salt_of_another_size_is_refused(size):
    with pytest.raises(Malformed) as refusal:
        commitment(bytes(size), {})
    assert refusal.value.rule == "canonical.salt"
