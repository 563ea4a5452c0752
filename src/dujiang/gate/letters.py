"""Envelopes between parties: signed, chained in each direction, and sealed to the receiver when the carrier must not read.

An envelope is RFC 8785 JSON `{from, to, seq, prev, time, type, body, sig}`; `prev` is the SHA-256 of the one before.
"""

import base64
import hashlib
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dujiang.errors import Broken, Malformed
from dujiang.ledger.canonical import canonical
from dujiang.ledger.note import SigningKey, VerifyingKey
from dujiang.words import Word

SEALED = "sealed"


class Envelope(Word, frozen=True, rename={"sender": "from", "receiver": "to"}):
    """One letter. Field names on the wire are those of DESIGN §4."""

    sender: str
    receiver: str
    seq: int
    prev: str
    time: str
    type: str
    body: dict[str, Any]
    sig: str = ""

    def unsigned(self) -> bytes:
        fields = msgspec.to_builtins(self)
        del fields["sig"]
        return canonical(fields)

    def data(self) -> bytes:
        return canonical(msgspec.to_builtins(self))


def sign(envelope: Envelope, key: SigningKey) -> bytes:
    """The envelope's bytes with its signature."""
    signature = base64.b64encode(key.sign_bytes(envelope.unsigned())).decode()
    return msgspec.structs.replace(envelope, sig=signature).data()


def read(data: bytes) -> Envelope:
    """The envelope; Malformed unless it is one, in canonical form."""
    try:
        envelope = msgspec.json.decode(data, type=Envelope)
    except msgspec.MsgspecError:
        raise Malformed("link.envelope", "This is not an envelope.", "不是有效的信封。") from None
    if envelope.data() != data:
        raise Malformed("link.canonical", "The envelope is not in canonical form.", "信封不是规范格式。")
    return envelope


def verify(envelope: Envelope, key: VerifyingKey) -> None:
    """Broken unless the sender's key made the signature."""
    try:
        signature = base64.b64decode(envelope.sig, validate=True)
    except ValueError:
        signature = b""
    if not key.verify_bytes(signature, envelope.unsigned()):
        raise Broken(
            "link.signature",
            "The envelope's signature is not the sender's; it was refused and nothing was done.",
            "信封签名与发送方不符，已拒收，未执行任何操作。",
        )


def fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _box(shared: bytes, ephemeral: bytes, receiver: bytes) -> AESGCM:
    info = b"dujiang letter" + ephemeral + receiver
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared))


def seal(plain: bytes, receiver: str, seed: bytes) -> str:
    """`plain` for the X25519 public key `receiver` (base64) alone; `seed` makes the one-time key."""
    once = X25519PrivateKey.from_private_bytes(seed)
    theirs = base64.b64decode(receiver)
    mine = once.public_key().public_bytes_raw()
    box = _box(once.exchange(X25519PublicKey.from_public_bytes(theirs)), mine, theirs)
    return base64.b64encode(mine + box.encrypt(b"\0" * 12, plain, None)).decode()


def unseal(box: str, secret: bytes) -> bytes:
    """What was sealed for the X25519 key whose seed is `secret`; Broken when it was not sealed for it."""
    data = base64.b64decode(box)
    key = X25519PrivateKey.from_private_bytes(secret)
    mine = key.public_key().public_bytes_raw()
    shared = key.exchange(X25519PublicKey.from_public_bytes(data[:32]))
    try:
        return _box(shared, data[:32], mine).decrypt(b"\0" * 12, data[32:], None)
    except InvalidTag:
        raise Broken("link.sealed", "A sealed letter cannot be opened here.", "密封信件无法在此打开。") from None
