"""Signed notes and keys are spelt in one way, and only the text that was signed verifies."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Broken, DujiangError, Malformed
from dujiang.ledger import note
from dujiang.ledger.note import SigningKey, VerifyingKey

HUB = SigningKey.from_seed("hub.example/log", bytes(range(32)))
WITNESS = SigningKey.from_seed("witness.example", bytes(range(32, 64)))
TEXT = "hub.example/log\n7\nvalue\n"

characters = st.characters(exclude_categories=("Cs",))
names = st.text(characters, min_size=1, max_size=12).filter(
    lambda name: not any(c.isspace() or c == "+" or c < " " for c in name)
)
seeds = st.binary(min_size=32, max_size=32)
lines = st.text(characters.filter(lambda c: c >= " "), min_size=1, max_size=12)


def test_a_key_id_is_the_hash_of_name_newline_type_and_public_key():
    key = HUB.verifying
    assert key.id == hashlib.sha256(b"hub.example/log\n\x01" + key.public).digest()[:4]


def test_a_verification_key_is_written_as_name_id_and_typed_key():
    key = HUB.verifying
    encoded = base64.b64encode(b"\x01" + key.public).decode()
    assert key.text == f"hub.example/log+{key.id.hex()}+{encoded}"


def test_the_first_test_key_of_rfc_8032_signs_as_printed_there():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey.from_seed("rfc8032", seed)
    assert key.verifying.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign_bytes(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


@given(names, seeds)
def test_keys_read_back_from_their_texts(name, seed):
    key = SigningKey.from_seed(name, seed)
    assert SigningKey.parse(key.secret_text) == key
    assert VerifyingKey.parse(key.verifying.text) == key.verifying


@given(st.data())
def test_a_key_text_with_any_character_changed_is_another_name_or_refused(data):
    text = HUB.verifying.text
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(characters.filter(lambda c: c != text[at]))
    with pytest.raises(Malformed):
        VerifyingKey.parse(text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text.replace("+", " "),
        lambda text: text.upper(),
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.removeprefix("hub.example/log"),
        lambda text: HUB.secret_text,
        lambda text: text.split("+")[0] + "+" + text.split("+")[1],
    ],
)
def test_a_key_text_in_another_spelling_is_refused(spoil):
    with pytest.raises(Malformed):
        VerifyingKey.parse(spoil(HUB.verifying.text))


def test_a_key_of_another_signature_type_is_refused():
    public = HUB.verifying.public
    id = hashlib.sha256(b"hub.example/log\n\x02" + public).digest()[:4]
    encoded = base64.b64encode(b"\x02" + public).decode()
    with pytest.raises(Malformed):
        VerifyingKey.parse(f"hub.example/log+{id.hex()}+{encoded}")


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\n", "tab\t", "wide\u3000space", "\x00", "\ud800"])
def test_a_key_without_a_proper_name_is_refused(name):
    for make in (lambda: SigningKey.from_seed(name, bytes(32)), lambda: VerifyingKey(name=name, public=bytes(32))):
        with pytest.raises(Malformed) as refusal:
            make()
        assert refusal.value.rule == "note.name"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(size):
    for make in (lambda: SigningKey.from_seed("a", bytes(size)), lambda: VerifyingKey(name="a", public=bytes(size))):
        with pytest.raises(Malformed) as refusal:
            make()
        assert refusal.value.rule == "note.key"


def test_a_signing_key_does_not_show_its_secret_when_printed_or_refused():
    secret = HUB.secret_text
    assert secret.rpartition("+")[2] not in repr(HUB) and repr(HUB.seed) not in repr(HUB)
    for spoilt in (secret[:-2], secret.removeprefix("PRIVATE+KEY+"), secret.replace("hub", "hob")):
        with pytest.raises(Malformed) as refusal:
            SigningKey.parse(spoilt)
        assert secret[-20:-4] not in str(refusal.value)


def test_bytes_verify_only_under_the_key_that_signed_them():
    signature = HUB.sign_bytes(b"data")
    assert HUB.verifying.verify_bytes(signature, b"data")
    assert not HUB.verifying.verify_bytes(signature, b"date")
    assert not HUB.verifying.verify_bytes(signature[:-1], b"data")
    assert not HUB.verifying.verify_bytes(b"", b"data")
    assert not WITNESS.verifying.verify_bytes(signature, b"data")


def test_bytes_do_not_verify_under_a_public_key_that_is_no_point():
    assert not VerifyingKey(name="a", public=b"\xff" * 32).verify_bytes(bytes(64), b"")


def test_a_note_is_the_text_a_blank_line_and_a_line_for_each_signature():
    text, signed = note.sign(TEXT, HUB, WITNESS).split("\n\n")
    assert text + "\n" == TEXT
    first, second, end = signed.split("\n")
    assert end == ""
    encoded = base64.b64encode(HUB.verifying.id + HUB.sign_bytes(TEXT.encode())).decode()
    assert first == f"\u2014 hub.example/log {encoded}"
    assert second.startswith("\u2014 witness.example ")


@given(st.lists(lines, min_size=1, max_size=4), names, seeds)
def test_a_signed_text_reads_back_and_verifies(parts, name, seed):
    key, text = SigningKey.from_seed(name, seed), "".join(f"{line}\n" for line in parts)
    signed = note.sign(text, key)
    assert note.verify(signed, [key.verifying], strict=True).text == text
    assert str(note.read(signed.encode())) == signed


def test_a_text_may_contain_blank_lines_for_only_the_last_one_ends_it():
    text = "one\n\n\u2014 not a signature\n\ntwo\n"
    assert note.verify(note.sign(text, HUB), [HUB.verifying]).text == text


@pytest.mark.parametrize(
    "text", ["no newline", "x\n\n\u2014 a AAAAAAA=", "tab\there\n", "nul\x00\n", "return\r\n", "\ud800\n"]
)
def test_a_text_that_would_not_read_back_is_not_signed(text):
    with pytest.raises(Malformed):
        note.sign(text, HUB)


def test_a_note_without_any_key_is_not_made():
    with pytest.raises(Malformed):
        note.sign(TEXT)


@given(st.data())
def test_a_note_with_any_character_changed_is_refused_when_strict(data):
    signed = note.sign(TEXT, HUB)
    at = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(characters.filter(lambda c: c != signed[at]))
    with pytest.raises((Malformed, Broken)):
        note.verify(signed[:at] + other + signed[at + 1 :], [HUB.verifying], strict=True)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda signed: signed.replace("\n\n", "\n"),
        lambda signed: signed[:-1],
        lambda signed: signed + "\n",
        lambda signed: signed + "more\n",
        lambda signed: signed.replace("\u2014", "-"),
        lambda signed: signed.replace("\u2014 ", "\u2014"),
        lambda signed: signed.replace("\u2014 ", "\u2014  "),
        lambda signed: signed.replace("\n", "\r\n"),
        lambda signed: signed.replace("=\n", "\n"),
        lambda signed: signed.replace("=\n", "= \n"),
        lambda signed: TEXT + "\n",
        lambda signed: TEXT + "\n\u2014 a AAAAAA==\n",
        lambda signed: TEXT + "\n\u2014 a\n",
        lambda signed: TEXT + "\n" + "\u2014 a AAAAAAA=\n" * 101,
        lambda signed: "x" * 1_000_000 + "\n" + signed,
        lambda signed: "",
    ],
)
def test_what_is_not_spelt_like_a_note_is_refused(spoil):
    with pytest.raises(Malformed) as refusal:
        note.read(spoil(note.sign(TEXT, HUB)))
    assert refusal.value.rule == "note.form"


def test_bytes_that_are_not_utf_8_are_refused():
    with pytest.raises(Malformed):
        note.read(note.sign(TEXT, HUB).encode() + b"\xff")


def test_base64_with_stray_bits_is_refused():
    signed = note.sign(TEXT, HUB)
    assert signed.endswith("=\n")
    last = signed[-3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    stray = alphabet[alphabet.index(last) ^ 1]
    assert base64.b64decode(signed[:-3].split(" ")[-1] + stray + "=") == base64.b64decode(signed.split(" ")[-1])
    with pytest.raises(Malformed):
        note.read(signed[:-3] + stray + "=\n")


def test_a_line_by_an_unknown_key_is_passed_over_unless_strict():
    signed = note.sign(TEXT, HUB, WITNESS)
    found = note.verify(signed, [HUB.verifying])
    assert [line.name for line in found.signatures] == ["hub.example/log"]
    with pytest.raises(Broken) as refusal:
        note.verify(signed, [HUB.verifying], strict=True)
    assert refusal.value.rule == "note.stray"
    assert len(note.verify(signed, [WITNESS.verifying, HUB.verifying], strict=True).signatures) == 2


def test_a_line_by_another_signature_algorithm_is_passed_over_unless_strict():
    signed = note.sign(TEXT, HUB) + "\u2014 hub.example/log " + base64.b64encode(b"\x04" * 200).decode() + "\n"
    assert note.verify(signed, [HUB.verifying]).text == TEXT
    with pytest.raises(Broken):
        note.verify(signed, [HUB.verifying], strict=True)


def test_a_repeated_line_is_refused_when_strict():
    signed = note.sign(TEXT, HUB, HUB)
    assert len(note.verify(signed, [HUB.verifying]).signatures) == 1
    with pytest.raises(Broken):
        note.verify(signed, [HUB.verifying], strict=True)


def test_a_note_that_no_expected_key_signed_is_refused():
    with pytest.raises(Broken) as refusal:
        note.verify(note.sign(TEXT, WITNESS), [HUB.verifying])
    assert refusal.value.rule == "note.unsigned"
    with pytest.raises(Broken):
        note.verify(note.sign(TEXT, HUB), [])


def test_one_false_signature_by_a_known_key_spoils_the_note():
    other = note.read(note.sign("other text\n", HUB)).signatures[0]
    good = note.read(note.sign(TEXT, WITNESS))
    spoilt = str(note.Note(text=TEXT, signatures=(*good.signatures, other)))
    with pytest.raises(Broken) as refusal:
        note.verify(spoilt, [WITNESS.verifying, HUB.verifying])
    assert refusal.value.rule == "note.signature"


def test_a_key_of_the_same_name_does_not_stand_in_for_another():
    impostor = SigningKey.from_seed(HUB.name, bytes(32))
    with pytest.raises(DujiangError):
        note.verify(note.sign(TEXT, impostor), [HUB.verifying])
