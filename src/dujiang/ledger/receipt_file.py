"""A receipt as a file: RFC 8785 JSON and one newline, every field once; refuses any second spelling."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dujiang.errors import Malformed
from dujiang.ledger.canonical import canonical, parse
from dujiang.ledger.encoding import from_base64, from_hex, to_base64
from dujiang.ledger.participants import PSEUDONYM_BYTES, Gap, Neighbour, Standing
from dujiang.ledger.tree import HASH_BYTES
from dujiang.words import Word

FORMAT = "dujiang-receipt/1"
SIGNATURE_BYTES = 64

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Position(Word, frozen=True):
    """A `Standing` as written: the path in base64."""

    index: int
    path: tuple[str, ...]


class Beside(Word, frozen=True):
    """A `Neighbour` as written: the pseudonym in hexadecimal, the path in base64."""

    value: str
    index: int
    path: tuple[str, ...]


class Between(Word, frozen=True):
    """A `Gap` as written."""

    left: Beside | None
    right: Beside | None


class Receipt(Word, frozen=True):
    """What both kinds of receipt say. Hashes of paths and the signature are base64, the pseudonym is hexadecimal."""

    format: str
    entry: dict[str, Any]  # the release entry as logged
    index: int  # of the entry in the log
    inclusion: tuple[str, ...]
    checkpoint: str  # the log's signed note
    holder: str
    pseudonym: str  # the person's, for this release alone
    issued: str  # UTC in milliseconds
    sig: str  # the holder's, over all the rest


class UseReceipt(Receipt, frozen=True, tag_field="kind", tag="use"):
    """The person was counted in the release."""

    participants: Position


class NonUseReceipt(Receipt, frozen=True, tag_field="kind", tag="non-use"):
    """The person was not counted in the release."""

    participants: Between


def read(data: bytes) -> UseReceipt | NonUseReceipt:
    """The receipt of a file; Malformed unless the file is byte for byte how that receipt is written."""
    try:
        value = parse(data.removesuffix(b"\n"))
    except Malformed:
        raise _not_canonical() from None
    if not data.endswith(b"\n"):
        raise _not_canonical()
    try:
        receipt: UseReceipt | NonUseReceipt = msgspec.convert(value, UseReceipt | NonUseReceipt)
    except msgspec.ValidationError:
        raise _bad_fields() from None
    if receipt.format != FORMAT:
        raise _bad_fields()
    return receipt


def write(receipt: Receipt) -> bytes:
    """The file of a receipt."""
    return canonical(msgspec.to_builtins(receipt)) + b"\n"


def signed_bytes(receipt: Receipt) -> bytes:
    """What the holder signs: the canonical form of everything but the signature."""
    fields = msgspec.to_builtins(receipt)
    del fields["sig"]
    return canonical(fields)


def check_spelling(receipt: UseReceipt | NonUseReceipt) -> None:
    """Malformed unless each hash, key, signature and time is written in the one way it may be."""
    try:
        from_hex(receipt.pseudonym, PSEUDONYM_BYTES)
        from_base64(receipt.sig, SIGNATURE_BYTES)
        read_path(receipt.inclusion)
        proof_of(receipt)
    except Malformed:
        raise _bad_spelling() from None
    if not _TIME.fullmatch(receipt.issued):
        raise _bad_spelling()


def proof_of(receipt: UseReceipt | NonUseReceipt) -> Standing | Gap:
    """The participants' proof as values."""
    proof = receipt.participants
    if isinstance(proof, Position):
        return Standing(index=proof.index, path=read_path(proof.path))
    return Gap(left=_read_beside(proof.left), right=_read_beside(proof.right))


def write_path(path: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(map(to_base64, path))


def read_path(path: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(from_base64(text, HASH_BYTES) for text in path)


def write_standing(standing: Standing) -> Position:
    return Position(index=standing.index, path=write_path(standing.path))


def write_gap(gap: Gap) -> Between:
    return Between(left=_write_beside(gap.left), right=_write_beside(gap.right))


def _write_beside(neighbour: Neighbour | None) -> Beside | None:
    if neighbour is None:
        return None
    at = neighbour.standing
    return Beside(value=neighbour.value.hex(), index=at.index, path=write_path(at.path))


def _read_beside(beside: Beside | None) -> Neighbour | None:
    if beside is None:
        return None
    standing = Standing(index=beside.index, path=read_path(beside.path))
    return Neighbour(value=from_hex(beside.value, PSEUDONYM_BYTES), standing=standing)


def _not_canonical() -> Malformed:
    return Malformed(
        "receipt.not_canonical",
        "(1) The file is not a receipt as it was issued: it was changed, or saved again. Use the original file.",
        "（1）该文件不是签发时的凭证原件：内容被改动，或被其他程序重新保存。请使用原始文件。",
    )


def _bad_fields() -> Malformed:
    return Malformed(
        "receipt.fields",
        "(2) The file does not have exactly the fields of a receipt of this format. Ask the holder for a new one.",
        "（2）该文件的字段与本格式凭证不符。请向数据持有机构重新索取。",
    )


def _bad_spelling() -> Malformed:
    return Malformed(
        "receipt.spelling",
        "(3) A hash, key, signature or time in the receipt is not written in the permitted way. Use the original file.",
        "（3）凭证中的哈希、密钥、签名或时间写法不合规范。请使用原始文件。",
    )
