"""Bytes written as text have one spelling each."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.ledger.encoding import from_base64, from_hex, to_base64


@given(st.binary(max_size=70))
def test_bytes_read_back_from_their_base64_and_their_hexadecimal(data):
    assert from_base64(to_base64(data)) == from_base64(to_base64(data), len(data)) == data
    assert from_hex(data.hex(), len(data)) == data


@given(st.text(alphabet="ABab01+/-_= \n", max_size=9))
def test_base64_that_reads_has_no_other_spelling(text):
    try:
        data = from_base64(text)
    except Malformed:
        assert not text or _lenient(text) != text
    else:
        assert to_base64(data) == text


def _lenient(text: str) -> str | None:
    try:
        return base64.b64encode(base64.b64decode(text)).decode()
    except ValueError:
        return None


@pytest.mark.parametrize(
    "text", ["AA", "AA=", "AB==", "AAA", "AAB=", "AA==\n", " AA==", "AA==AA==", "A-==", "\u0410A==", "="]
)
def test_another_spelling_of_base64_is_refused(text):
    with pytest.raises(Malformed) as refusal:
        from_base64(text)
    assert refusal.value.rule == "encoding.base64"


def test_base64_of_another_length_is_refused():
    with pytest.raises(Malformed):
        from_base64(to_base64(bytes(31)), 32)
    with pytest.raises(Malformed):
        from_base64("", 1)


@pytest.mark.parametrize("text", ["", "0", "000", "0G", "AB", " 0", "0x", "00\n", "\u0660\u0660", "0000"])
def test_another_spelling_of_a_hexadecimal_byte_is_refused(text):
    with pytest.raises(Malformed) as refusal:
        from_hex(text, 1)
    assert refusal.value.rule == "encoding.hex"
