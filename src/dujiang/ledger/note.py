"""Signed notes and keys of the C2SP signed-note format, Ed25519 only; refuses every second spelling.

Formats: https://c2sp.org/signed-note. A key id is SHA-256(name || 0x0A || 0x01 || public key)[:4].
"""

import hashlib
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from dujiang.errors import Broken, DujiangError, Malformed
from dujiang.ledger.encoding import from_base64, from_hex, to_base64
from dujiang.words import Word

ED25519 = b"\x01"
KEY_BYTES = 32
ID_BYTES = 4
SECRET_PREFIX = "PRIVATE+KEY+"
DASH = "\u2014 "
MOST_BYTES = 1_000_000
MOST_SIGNATURES = 100

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NOT_IN_NAMES = re.compile(r"[\s+\ud800-\udfff]")


class VerifyingKey(Word, frozen=True):
    """A name and an Ed25519 public key of 32 bytes; its text form is `name+hex id+base64(0x01 || public key)`."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise _bad_key()

    @classmethod
    def parse(cls, text: str) -> "VerifyingKey":
        """The key of a vkey text; Malformed unless it is spelt canonically and its id is its own."""
        name, id, public = _key_parts(text)
        key = cls(name=name, public=public)
        if key.id != id:
            raise _bad_key()
        return key

    @property
    def id(self) -> bytes:
        """The 4 bytes by which signature lines name this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(ED25519 + self.public)}"

    def verify_bytes(self, signature: bytes, data: bytes) -> bool:
        """Whether this key made the 64-byte signature of exactly these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey(Word, frozen=True):
    """A name and an Ed25519 seed of 32 bytes; printing one shows its name and id, never its secret."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != KEY_BYTES:
            raise _bad_key()

    def __repr__(self) -> str:
        return f"SigningKey({self.name}+{self.verifying.id.hex()})"

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "SigningKey":
        """The key that the 32-byte seed makes."""
        return cls(name=name, seed=seed)

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """The key of a secret text; Malformed, without quoting any of it, unless it is spelt canonically."""
        if not text.startswith(SECRET_PREFIX):
            raise _bad_key()
        name, id, seed = _key_parts(text.removeprefix(SECRET_PREFIX))
        key = cls(name=name, seed=seed)
        if key.verifying.id != id:
            raise _bad_key()
        return key

    @property
    def verifying(self) -> VerifyingKey:
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifyingKey(name=self.name, public=public)

    @property
    def secret_text(self) -> str:
        """The secret itself, `PRIVATE+KEY+name+hex id+base64(0x01 || seed)`, for a key file."""
        return f"{SECRET_PREFIX}{self.name}+{self.verifying.id.hex()}+{to_base64(ED25519 + self.seed)}"

    def sign_bytes(self, data: bytes) -> bytes:
        """The 64-byte Ed25519 signature of the data."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(data)


class SignatureLine(Word, frozen=True):
    """Who signed, by name and key id, and the signature."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {to_base64(self.id + self.signature)}\n"


class Note(Word, frozen=True):
    """A text that ends with a newline, and the lines that sign it."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))


def sign(text: str, *keys: SigningKey) -> str:
    """The note of `text`, signed with each key in turn; Malformed for a text that would not be read back."""
    try:
        data = text.encode()
    except UnicodeError:
        raise _bad_note() from None
    lines = [SignatureLine(name=key.name, id=key.verifying.id, signature=key.sign_bytes(data)) for key in keys]
    note = Note(text=text, signatures=tuple(lines))
    if read(str(note)) != note:
        raise _bad_note()
    return str(note)


def read(data: str | bytes) -> Note:
    """The note as it stands, nothing verified; Malformed unless it is spelt exactly as signers write it."""
    try:
        whole = data.decode() if isinstance(data, bytes) else data
        size = len(whole.encode())
    except UnicodeError:
        raise _bad_note() from None
    text, gap, signed = whole.rpartition("\n\n")
    if size > MOST_BYTES or not gap or not signed.endswith("\n") or _CONTROL.search(whole):
        raise _bad_note()
    lines = signed[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise _bad_note()
    return Note(text=text + "\n", signatures=tuple(map(_read_line, lines)))


def verify(data: str | bytes, keys: Sequence[VerifyingKey], *, strict: bool = False) -> Note:
    """The note with only the lines that these keys signed; Broken unless there is one, or when one of them is false.

    Lines of unknown keys are passed over, as cosigners may be strangers; `strict` refuses them and repeated ones, so
    that no part of the note is unaccounted for.
    """
    note = read(data)
    known = {(key.name, key.id): key for key in keys}
    verified: dict[tuple[str, bytes], SignatureLine] = {}
    for line in note.signatures:
        who = (line.name, line.id)
        if strict and (who not in known or who in verified):
            raise _stray_signature()
        if who in known:
            if not known[who].verify_bytes(line.signature, note.text.encode()):
                raise _false_signature()
            verified[who] = line
    if not verified:
        raise _unsigned()
    return Note(text=note.text, signatures=tuple(verified.values()))


def _read_line(line: str) -> SignatureLine:
    dash, name, encoded = line[: len(DASH)], *line[len(DASH) :].partition(" ")[::2]
    if dash != DASH:
        raise _bad_note()
    try:
        _check_name(name)
        data = from_base64(encoded)
    except DujiangError:
        raise _bad_note() from None
    if len(data) <= ID_BYTES:
        raise _bad_note()
    return SignatureLine(name=name, id=data[:ID_BYTES], signature=data[ID_BYTES:])


def _key_parts(text: str) -> tuple[str, bytes, bytes]:
    """Name, id and 32 bytes of `name+hex id+base64(0x01 || bytes)`; base64 itself may contain a plus."""
    try:
        name, id, encoded = text.split("+", 2)
        data = from_base64(encoded, len(ED25519) + KEY_BYTES)
        if data[:1] == ED25519:
            return name, from_hex(id, ID_BYTES), data[1:]
    except (ValueError, DujiangError):
        pass
    raise _bad_key()


def _check_name(name: str) -> None:
    if not name or _CONTROL.search(name) or _NOT_IN_NAMES.search(name):
        raise Malformed(
            "note.name", "A key's name is empty or contains a space, a plus sign or a control character.",
            "密钥名称为空，或包含空格、加号或控制字符。",
        )


def _bad_key() -> Malformed:
    return Malformed(
        "note.key", "This is not an Ed25519 key of a signed note: take it again from its owner.",
        "这不是签名便笺所用的 Ed25519 密钥，请向其所有者重新索取。",
    )


def _bad_note() -> Malformed:
    return Malformed(
        "note.form", "This is not a signed note, or it is not spelt exactly as it was signed.",
        "这不是签名便笺，或其文本与签署时不完全一致。",
    )


def _false_signature() -> Broken:
    return Broken(
        "note.signature", "The signature on this note is false: the text is not what the key's owner signed.",
        "便笺签名无效：文本与密钥所有者签署的内容不符。",
    )


def _stray_signature() -> Broken:
    return Broken(
        "note.stray", "The note carries a signature line that no expected key accounts for.",
        "便笺含有无法由预期密钥核验的签名行。",
    )


def _unsigned() -> Broken:
    return Broken(
        "note.unsigned", "None of the expected keys signed this note. Check that you hold the right key.",
        "便笺没有任何预期密钥的签名。请确认所持密钥是否正确。",
    )
