"""Formats of version 1 keep every letter, and a stranger can check a receipt with hashes and JSON alone."""

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dujiang.ledger import checkpoint, export, participants, tree
from dujiang.ledger.canonical import commitment
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.note import SigningKey, VerifyingKey
from ledger.samples import CROWD, HUB, MEMBER, NON_USE, STRANGER, USE, bodies

VKEY = "hub.example/log+73c6f775+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
SKEY = "PRIVATE+KEY+hub.example/log+73c6f775+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
NOTE = (
    "hub.example/log\n3\nYlGEKVzkqv5dgfuIn8rriPwDUeV/h5Qg55jHQIyI/hY=\n\n\u2014 hub.example/log "
    "c8b3dcRh3th6IQ3JH+bY5QslRkV7qR7j8dEmaemEhVxbmlsZrXQ8At2cQ3fM7AavRInvDpKLym9RZQxnmmhl3qd3EQQ=\n"
)
EXPORT = [
    json.dumps({"checkpoints": [NOTE], "format": "dujiang-log/1", "origin": "hub.example/log"}, ensure_ascii=False),
    '{"n":0,"what":"entry \u4e2d"}',
    '{"n":1,"what":"entry \u4e2d"}',
    '{"n":2,"what":"entry \u4e2d"}',
]


def test_keys_keep_their_texts():
    assert VerifyingKey.parse(VKEY) == HUB.verifying and HUB.verifying.text == VKEY
    assert SigningKey.parse(SKEY) == HUB and HUB.secret_text == SKEY


def test_a_checkpoint_keeps_its_text_and_its_signature():
    three = Checkpoint(origin=HUB.name, size=3, root=tree.root(map(tree.leaf_hash, bodies(3))))
    assert checkpoint.sign(three, HUB) == NOTE
    assert checkpoint.parse_signed(NOTE, VerifyingKey.parse(VKEY), strict=True) == three


def test_an_export_keeps_its_lines():
    header = EXPORT[0].replace('": ', '":').replace(", ", ",")
    lines = [f"{line}\n".encode() for line in [header, *EXPORT[1:]]]
    assert list(export.write_log(HUB.name, [NOTE], bodies(3))) == lines
    assert export.verify_log(lines, VerifyingKey.parse(VKEY)).covered == 3


def test_participants_and_commitments_keep_their_hashes():
    assert participants.root(CROWD).hex() == "227bfeec08f42abb7d328e4b6efa76ab6d9e6e8cbdf4c8bdd8d2a2494c5be3d8"
    sealed = commitment(bytes(32), {"subject": "s", "n": 1})
    assert sealed == "fa90eb10d5a27278963ee8526a2a5a9bf6853c016bf9455240d85d206a2bfc25"


def test_receipts_keep_every_byte():
    assert hashlib.sha256(USE).hexdigest() == "e66599764c79eeaab644078c414206af6218229a441904e7d3ae79df9c2ae862"
    assert hashlib.sha256(NON_USE).hexdigest() == "dbf62902be5e37ab30360cfc7d59085e63f3540a8a5b24eb32037a08dd3dcf90"


def plain(value: Any) -> bytes:
    """RFC 8785 for the ASCII keys and whole numbers of these receipts, by the standard library."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def climb(leaf: bytes, index: int, size: int, path: list[str]) -> bytes:
    """The root a path leads to, by RFC 6962's own recursion."""
    if size == 1:
        assert not path
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    sibling = base64.b64decode(path[-1])
    if index < half:
        return hashlib.sha256(b"\x01" + climb(leaf, index, half, path[:-1]) + sibling).digest()
    return hashlib.sha256(b"\x01" + sibling + climb(leaf, index - half, size - half, path[:-1])).digest()


def public_key(vkey: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(vkey.split("+", 2)[2])[1:])


def signed_tree(receipt: dict[str, Any], vkey: str) -> tuple[int, bytes]:
    text, line = receipt["checkpoint"].split("\n\n")
    public_key(vkey).verify(base64.b64decode(line.split(" ")[2])[4:], f"{text}\n".encode())
    origin, size, root = text.split("\n")
    assert origin == "hub.example/log"
    return int(size), base64.b64decode(root)


@pytest.mark.parametrize("data", [USE, NON_USE], ids=["use", "non-use"])
def test_a_stranger_checks_a_receipt_without_any_of_this_program(data):
    receipt = json.loads(data)
    size, root = signed_tree(receipt, VKEY)
    leaf = hashlib.sha256(b"\x00" + plain(receipt["entry"])).digest()
    assert climb(leaf, receipt["index"], size, receipt["inclusion"]) == root
    (holder,) = (h for h in receipt["entry"]["facts"]["holders"] if h["id"] == receipt["holder"])
    unsigned = {name: value for name, value in receipt.items() if name != "sig"}
    public_key(holder["vkey"]).verify(base64.b64decode(receipt["sig"]), plain(unsigned))
    assert plain(receipt) + b"\n" == data


def page_root(page: dict[str, Any], count: int) -> str:
    """A page of 32 pseudonyms of 32 bytes is one leaf."""
    return climb(hashlib.sha256(b"\x00" + bytes.fromhex(page["values"])).digest(), page["index"], -(-count // 32), page["path"]).hex()


def split(page: dict[str, Any]) -> list[str]:
    return [page["values"][at : at + 64] for at in range(0, len(page["values"]), 64)]


def test_a_stranger_finds_the_person_among_the_participants():
    receipt = json.loads(USE)
    holder, (page,) = receipt["entry"]["facts"]["holders"][0], receipt["participants"]
    assert receipt["pseudonym"] == MEMBER.hex() and MEMBER.hex() in split(page)
    assert page_root(page, holder["count"]) == holder["root"]


def test_a_stranger_finds_the_page_where_the_person_would_be():
    receipt = json.loads(NON_USE)
    holder, (page,) = receipt["entry"]["facts"]["holders"][0], receipt["participants"]
    assert STRANGER.hex() not in split(page) and split(page) == sorted(split(page)) and len(split(page)) == holder["count"] <= 32
    assert page_root(page, holder["count"]) == holder["root"]
