"""Each step of verifying a receipt refuses what the others let through, and says which step it was."""

import json
from typing import Any

import pytest

from dujiang.errors import Broken, DujiangError
from dujiang.ledger import participants
from dujiang.ledger.canonical import canonical
from dujiang.ledger.encoding import to_base64
from dujiang.ledger.note import SigningKey
from dujiang.ledger.receipts import verify_receipt
from ledger.samples import (
    BOTH,
    CROWD,
    HOLDER,
    HUB,
    MEMBER,
    NON_USE,
    OTHER,
    STRANGER,
    USE,
    cut,
    holding,
    logged,
    pseudonym,
    release_entry,
)


def resigned(data: bytes, change, *, key: SigningKey = HOLDER) -> bytes:
    """The receipt with a change that its holder signs: what only the other proofs can refuse."""
    fields = json.loads(data)
    change(fields)
    fields.pop("sig", None)
    fields["sig"] = to_base64(key.sign_bytes(canonical(fields)))
    return canonical(fields) + b"\n"


def refused(data: bytes, rule: str) -> None:
    with pytest.raises(DujiangError) as refusal:
        verify_receipt(data, HUB.verifying)
    assert refusal.value.rule == f"receipt.{rule}"


@BOTH
@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data + b"\n",
        lambda data: data[:-1] + b"\r\n",
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: json.dumps(json.loads(data)).encode() + b"\n",
        lambda data: json.dumps(json.loads(data), indent=1).encode() + b"\n",
        lambda data: data.replace(b'"v":1', b'"v":1.0'),
        lambda data: data.replace(b'"format"', b'"format":"x","format"', 1),
        lambda data: b"",
        lambda data: b"\n",
    ],
)
def test_step_1_a_file_that_was_saved_again_is_refused(data, spoil):
    refused(spoil(data), "not_canonical")


@BOTH
@pytest.mark.parametrize("field", sorted(json.loads(USE)))
def test_step_2_a_receipt_that_lacks_a_field_is_refused(data, field):
    fields = json.loads(data)
    del fields[field]
    refused(canonical(fields) + b"\n", "fields")


@BOTH
def test_step_2_a_receipt_with_another_field_kind_or_format_is_refused(data):
    for change in (
        {"note": ""},
        {"kind": "erased"},
        {"format": "dujiang-receipt/9"},
        {"index": "5"},
        {"index": True},
        {"index": 5.5},
        {"entry": []},
        {"inclusion": None},
        {"participants": {}},
        {"sig": None},
    ):
        refused(resigned_whole(data, change), "fields")


def resigned_whole(data: bytes, change: dict[str, Any]) -> bytes:
    return canonical({**json.loads(data), **change}) + b"\n"


@BOTH
def test_step_2_a_participants_proof_with_another_field_is_refused(data):
    refused(resigned(data, lambda r: r["participants"][0].update(more=1)), "fields")


@BOTH
def test_step_3_hexadecimal_in_capitals_is_refused_even_when_the_holder_signs_it(data):
    refused(resigned(data, lambda r: r.update(pseudonym=r["pseudonym"].upper())), "spelling")
    refused(resigned(data, lambda r: r.update(pseudonym=r["pseudonym"][2:])), "spelling")


@BOTH
@pytest.mark.parametrize(
    "spoil", [str.upper, lambda text: text[:-1], lambda text: text[2:], lambda text: text + "0" * 64 * 40, lambda text: text[:-64] + " " * 64]
)
def test_step_3_a_page_in_another_spelling_is_refused_even_when_the_holder_signs_it(data, spoil):
    def change(receipt: dict[str, Any]) -> None:
        page = receipt["participants"][0]
        page["values"] = spoil(page["values"])

    refused(resigned(data, change), "spelling")


@BOTH
@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-1], lambda text: text + "=", lambda text: text + "\n", lambda text: ""]
)
def test_step_3_base64_in_another_spelling_is_refused_even_when_the_holder_signs_it(data, spoil):
    refused(resigned(data, lambda r: r["inclusion"].__setitem__(0, spoil(r["inclusion"][0]))), "spelling")
    fields = json.loads(data)
    refused(canonical({**fields, "sig": spoil(fields["sig"])}) + b"\n", "spelling")


@BOTH
def test_step_3_base64_with_stray_bits_is_refused_even_when_the_holder_signs_it(data):
    def change(receipt: dict[str, Any]) -> None:
        first = receipt["inclusion"][0]
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        receipt["inclusion"][0] = first[:-2] + alphabet[alphabet.index(first[-2]) ^ 1] + "="

    refused(resigned(data, change), "spelling")


@BOTH
@pytest.mark.parametrize(
    "issued", ["", "2026-03-01", "2026-03-01T08:00:00Z", "2026-03-01T08:00:00.000+08:00", "2026-03-01 08:00:00.000Z"]
)
def test_step_3_another_form_of_time_is_refused_even_when_the_holder_signs_it(data, issued):
    refused(resigned(data, lambda r: r.update(issued=issued)), "spelling")


@BOTH
def test_step_4_the_checkpoint_of_another_log_is_refused(data):
    with pytest.raises(Broken) as refusal:
        verify_receipt(data, OTHER.verifying)
    assert refusal.value.rule == "receipt.checkpoint"
    impostor = SigningKey.from_seed(HUB.name, bytes(32))
    forged = logged(release_entry(), key=impostor).checkpoint
    refused(resigned(data, lambda r: r.update(checkpoint=forged)), "checkpoint")


@BOTH
def test_step_4_a_signature_line_that_nobody_can_account_for_is_refused(data):
    cosigned = logged(release_entry(), cosigner=OTHER).checkpoint
    refused(resigned(data, lambda r: r.update(checkpoint=cosigned)), "checkpoint")
    refused(resigned(data, lambda r: r.update(checkpoint=r["checkpoint"] + "\n")), "checkpoint")


@BOTH
def test_step_5_an_entry_that_is_not_in_the_log_is_refused_even_when_the_holder_signs_it(data):
    refused(resigned(data, lambda r: r["entry"]["facts"].update(purpose="DUO:0000042")), "inclusion")
    refused(resigned(data, lambda r: r["entry"].update(more=1)), "inclusion")


@BOTH
def test_step_5_another_place_in_the_log_is_refused_even_when_the_holder_signs_it(data):
    for index in (4, 6, 9, -1):
        refused(resigned(data, lambda r, index=index: r.update(index=index)), "inclusion")
    refused(resigned(data, lambda r: r["inclusion"].pop()), "inclusion")
    refused(resigned(data, lambda r: r["inclusion"].reverse()), "inclusion")


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "approved"},
        {"on": "request:r-1"},
        {"on": 1},
        {"facts": None},
        {"facts": {"holders": []}},
        {"facts": {"purpose": "DUO:0000007"}},
        {"facts": {"purpose": 7, "holders": []}},
        {"facts": {"purpose": "DUO:0000007", "holders": [{"id": "north"}]}},
        {"facts": {"purpose": "DUO:0000007", "holders": {}}},
        {"at": None},
    ],
)
def test_step_6_an_entry_of_the_log_that_is_no_release_is_refused(changes):
    with pytest.raises(Broken) as refusal:
        cut(MEMBER, entry=release_entry(**changes))
    assert refusal.value.rule == "receipt.release"


def test_step_6_the_entry_of_a_refusal_is_not_a_release():
    entry = release_entry(refused="release.votes")
    del entry["facts"], entry["on"], entry["to"]
    with pytest.raises(Broken) as refusal:
        cut(MEMBER, entry=entry)
    assert refusal.value.rule == "receipt.release"


@BOTH
def test_step_7_a_holder_that_the_release_does_not_name_is_refused(data):
    refused(resigned(data, lambda r: r.update(holder="west")), "holder")


def test_step_7_a_holder_named_twice_is_refused_for_it_could_answer_from_either_tree():
    facts = {"purpose": "DUO:0000007", "holders": [holding("north", HOLDER, CROWD), holding("north", HOLDER, [])]}
    for one in (MEMBER, STRANGER):
        with pytest.raises(Broken) as refusal:
            cut(one, entry=release_entry(facts=facts))
        assert refusal.value.rule == "receipt.holder"


@BOTH
def test_step_8_the_proof_of_another_person_is_refused_even_when_the_holder_signs_it(data):
    other = pseudonym(2000) if data is USE else CROWD[4]
    refused(resigned(data, lambda r: r.update(pseudonym=other.hex())), "participants")


@BOTH
def test_step_8_a_receipt_of_the_other_kind_is_refused_even_when_the_holder_signs_it(data):
    refused(resigned(data, lambda r: r.update(kind="use" if data is NON_USE else "non-use")), "participants")


@pytest.mark.parametrize("one", [MEMBER, STRANGER])
def test_step_8_values_that_are_not_those_committed_to_make_no_receipt(one):
    for values in (CROWD[:-1], [*CROWD, pseudonym(12)], [v for v in CROWD if v != one], sorted({*CROWD, one})):
        if sorted(values) != sorted(CROWD):
            with pytest.raises(Broken) as refusal:
                cut(one, values=values)
            assert refusal.value.rule == "receipt.participants"


@pytest.mark.parametrize("root", ["", "00" * 31, "0" * 63 + "G", participants.root(CROWD).hex().upper()])
def test_step_8_a_commitment_that_is_no_hash_is_refused(root):
    broken = {**holding("north", HOLDER, CROWD), "root": root}
    with pytest.raises(Broken) as refusal:
        cut(MEMBER, entry=release_entry(facts={"purpose": "DUO:0000007", "holders": [broken]}))
    assert refusal.value.rule == "receipt.participants"


@BOTH
def test_step_9_a_receipt_that_another_party_signed_is_refused(data):
    refused(resigned(data, lambda r: None, key=OTHER), "signature")
    impostor = SigningKey.from_seed(HOLDER.name, bytes(32))
    refused(resigned(data, lambda r: r.update(issued="2026-03-02T08:00:00.000Z"), key=impostor), "signature")


def test_step_9_a_key_in_the_entry_that_is_no_key_verifies_nothing():
    broken = {**holding("north", HOLDER, CROWD), "vkey": "north.example"}
    with pytest.raises(Broken) as refusal:
        cut(MEMBER, entry=release_entry(facts={"purpose": "DUO:0000007", "holders": [broken]}))
    assert refusal.value.rule == "receipt.signature"


@BOTH
def test_a_receipt_cannot_be_turned_into_one_of_another_holder(data):
    def change(receipt: dict[str, Any]) -> None:
        receipt["holder"] = "south"

    refused(resigned(data, change), "participants")
    refused(resigned(data, change, key=OTHER), "participants")
