"""A checkpoint is three lines under the log's own signature, and nothing else passes for one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Broken, Malformed
from dujiang.ledger import checkpoint, note
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.note import SigningKey

HUB = SigningKey.from_seed("hub.example/log", bytes(range(32)))
WITNESS = SigningKey.from_seed("witness.example", bytes(range(32, 64)))
ROOT = bytes(range(100, 132))
SEVEN = Checkpoint(origin="hub.example/log", size=7, root=ROOT)


def test_the_text_is_origin_decimal_size_and_base64_root():
    assert SEVEN.text == f"hub.example/log\n7\n{base64.b64encode(ROOT).decode()}\n"


@given(st.integers(0, 10**18 - 1), st.binary(min_size=32, max_size=32))
def test_a_signed_checkpoint_reads_back(size, root):
    one = Checkpoint(origin=HUB.name, size=size, root=root)
    assert checkpoint.parse_signed(checkpoint.sign(one, HUB), HUB.verifying, strict=True) == one


@given(st.data())
def test_a_signed_checkpoint_with_any_character_changed_is_refused(data):
    signed = checkpoint.sign(SEVEN, HUB)
    at = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(st.characters(exclude_categories=("Cs",)).filter(lambda c: c != signed[at]))
    with pytest.raises((Broken, Malformed)):
        checkpoint.parse_signed(signed[:at] + other + signed[at + 1 :], HUB.verifying, strict=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hub.example/log\n7\n",
        SEVEN.text[:-1],
        SEVEN.text + "extension\n",
        SEVEN.text + "\n",
        SEVEN.text.replace("\n7\n", "\n07\n"),
        SEVEN.text.replace("\n7\n", "\n+7\n"),
        SEVEN.text.replace("\n7\n", "\n-7\n"),
        SEVEN.text.replace("\n7\n", "\n 7\n"),
        SEVEN.text.replace("\n7\n", "\n7.0\n"),
        SEVEN.text.replace("\n7\n", "\n\u0667\n"),
        SEVEN.text.replace("\n7\n", "\n" + "9" * 19 + "\n"),
        SEVEN.text.replace("hub.example/log", ""),
        SEVEN.text.replace("=", ""),
        f"hub.example/log\n7\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"hub.example/log\n7\n{base64.b64encode(ROOT + b'x').decode()}\n",
    ],
)
def test_anything_but_the_three_canonical_lines_is_refused_even_when_it_is_signed(text):
    with pytest.raises(Malformed) as refusal:
        checkpoint.parse(text)
    assert refusal.value.rule == "checkpoint.form"
    if text.endswith("\n") and not text.endswith("\n\n"):
        with pytest.raises(Malformed):
            checkpoint.parse_signed(note.sign(text, HUB), HUB.verifying)


def test_a_checkpoint_of_another_log_is_neither_signed_nor_believed():
    other = Checkpoint(origin="other.example", size=7, root=ROOT)
    with pytest.raises(Broken) as refusal:
        checkpoint.sign(other, HUB)
    assert refusal.value.rule == "checkpoint.origin"
    with pytest.raises(Broken) as refusal:
        checkpoint.parse_signed(note.sign(other.text, HUB), HUB.verifying)
    assert refusal.value.rule == "checkpoint.origin"


def test_a_cosigner_is_welcome_unless_strict():
    cosigned = note.sign(SEVEN.text, HUB, WITNESS)
    assert checkpoint.parse_signed(cosigned, HUB.verifying) == SEVEN
    with pytest.raises(Broken):
        checkpoint.parse_signed(cosigned, HUB.verifying, strict=True)


def test_a_cosigner_alone_does_not_make_a_checkpoint():
    with pytest.raises(Broken) as refusal:
        checkpoint.parse_signed(note.sign(SEVEN.text, WITNESS), HUB.verifying)
    assert refusal.value.rule == "note.unsigned"
