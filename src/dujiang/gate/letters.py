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
MOST_BYTES = 32 << 20  # of one envelope: half of what an HTTP door takes, for its quotes are escaped there


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


def check_size(data: bytes) -> None:
    """Malformed for an envelope that no door would take: better refused at the act than stuck in the queue before everything after it."""
    if len(data) > MOST_BYTES:
        raise Malformed(
            "letter.size", "This makes a letter of {size} bytes; at most {most} can be sent. Do it in several parts.",
            "该操作产生的信件有 {size} 字节，最多可发送 {most} 字节，请分批进行。", size=len(data), most=MOST_BYTES,
        )


def read(data: bytes) -> Envelope:
    """The envelope; Malformed unless it is one, in canonical form."""
    try:
        envelope = msgspec.json.decode(data, type=Envelope)
    except (ValueError, RecursionError):
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
    key = X25519PrivateKey.from_private_bytes(secret)
    mine = key.public_key().public_bytes_raw()
    try:
        data = base64.b64decode(box, validate=True)
        shared = key.exchange(X25519PublicKey.from_public_bytes(data[:32]))
        return _box(shared, data[:32], mine).decrypt(b"\0" * 12, data[32:], None)
    except (InvalidTag, ValueError):
        raise Broken("letter.sealed", "A sealed letter cannot be opened here.", "密封信件无法在此打开。") from None


def check_seal(key: str) -> None:
    """Malformed unless `key` is an X25519 public key in base64 to which something can be sealed."""
    try:
        public = X25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        X25519PrivateKey.from_private_bytes(b"\x01" * 32).exchange(public)  # a point of small order would give everybody the same secret
    except ValueError:
        raise Malformed("party.seal", "The sealing key is not an X25519 public key in base64.", "密封公钥不是有效的 X25519 公钥（base64）。") from None


class Inner(Word, frozen=True):
    """What a sealed letter holds: the act asked for, and its arguments."""

    type: str
    body: dict[str, Any]


def open_inner(box: object, secret: bytes) -> Inner:
    """The letter inside a sealed one; Broken when it cannot be opened, or holds something else."""
    try:
        return msgspec.json.decode(unseal(str(box), secret), type=Inner)
    except (ValueError, RecursionError):
        raise Broken("letter.sealed", "A sealed letter cannot be opened here.", "密封信件无法在此打开。") from None
