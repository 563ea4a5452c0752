"""A receipt as a file: RFC 8785 JSON and one newline, every field once; refuses any second spelling."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dujiang.errors import Malformed
from dujiang.ledger.canonical import canonical, parse
from dujiang.ledger.encoding import from_base64, from_hex, to_base64
from dujiang.ledger.participants import PAGE, PSEUDONYM_BYTES, Page
from dujiang.ledger.tree import HASH_BYTES
from dujiang.words import Word

FORMAT = "dujiang-receipt/2"
SIGNATURE_BYTES = 64

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Leaf(Word, frozen=True):
    """A `Page` as written: the pseudonyms in hexadecimal, one after another without a break, and the path in base64."""

    index: int
    values: str
    path: tuple[str, ...]


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
    participants: tuple[Leaf, ...]  # the page with the pseudonym on it, or those in which it is missing


class UseReceipt(Receipt, frozen=True, tag_field="kind", tag="use"):
    """The person was counted in the release."""


class NonUseReceipt(Receipt, frozen=True, tag_field="kind", tag="non-use"):
    """The person was not counted in the release."""


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
        pages_of(receipt)
    except Malformed:
        raise _bad_spelling() from None
    if not _TIME.fullmatch(receipt.issued):
        raise _bad_spelling()


def pages_of(receipt: Receipt) -> tuple[Page, ...]:
    """The participants' proof as values."""
    return tuple(Page(index=leaf.index, values=_read_values(leaf.values), path=read_path(leaf.path)) for leaf in receipt.participants)


def write_pages(pages: Iterable[Page]) -> tuple[Leaf, ...]:
    return tuple(Leaf(index=page.index, values=b"".join(page.values).hex(), path=write_path(page.path)) for page in pages)


def write_path(path: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(map(to_base64, path))


def read_path(path: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(from_base64(text, HASH_BYTES) for text in path)


def _read_values(text: str) -> tuple[bytes, ...]:
    """The pseudonyms of a page; Malformed when they are more than a page holds, or not whole."""
    many = len(text) // (2 * PSEUDONYM_BYTES)
    whole = from_hex(text, min(many, PAGE) * PSEUDONYM_BYTES)
    return tuple(whole[at : at + PSEUDONYM_BYTES] for at in range(0, len(whole), PSEUDONYM_BYTES))


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
