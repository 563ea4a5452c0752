"""Bytes as text with one spelling each, base64 and lower-case hexadecimal; refuses every other spelling."""

import base64
import binascii
import re

from dujiang.errors import Malformed

_HEX = re.compile(r"(?:[0-9a-f]{2})*")


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, size: int | None = None) -> bytes:
    """The bytes, `size` of them when it is given; Malformed for another alphabet, no padding or stray bits."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise _not_base64() from None
    if to_base64(data) != text or size not in (None, len(data)):
        raise _not_base64()
    return data


def from_hex(text: str, size: int) -> bytes:
    """The `size` bytes; Malformed unless they are written as exactly 2 * `size` digits 0-9 and a-f."""
    if len(text) != 2 * size or not _HEX.fullmatch(text):
        raise Malformed(
            "encoding.hex", "A hash or key is not written as {digits} lower-case hexadecimal digits.",
            "哈希或密钥不是 {digits} 位小写十六进制数。", digits=2 * size,
        )
    return bytes.fromhex(text)


def _not_base64() -> Malformed:
    return Malformed(
        "encoding.base64", "A hash, key or signature is not in canonical base64 or has the wrong length.",
        "哈希、密钥或签名不是规范 base64，或长度不符。",
    )
