"""C2SP checkpoints: which log, how many entries, which root; refuses extension lines and another log's name or key.

Format: https://c2sp.org/tlog-checkpoint, the text of a signed note: origin, decimal size, base64 root, one line each.
"""

import re

from dujiang.errors import Broken, DujiangError, Malformed
from dujiang.ledger import note
from dujiang.ledger.encoding import from_base64, to_base64
from dujiang.ledger.note import SigningKey, VerifyingKey
from dujiang.ledger.tree import HASH_BYTES
from dujiang.words import Word

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


class Checkpoint(Word, frozen=True):
    """The state of a log: its name, the number of its entries and the 32-byte RFC 6962 root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def parse(text: str) -> Checkpoint:
    """The checkpoint of a note's text; Malformed unless it is exactly three lines in canonical spelling."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise _bad_checkpoint()
    try:
        root = from_base64(lines[2], HASH_BYTES)
    except DujiangError:
        raise _bad_checkpoint() from None
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The signed note of a checkpoint; Malformed when its origin is not the key's name."""
    if checkpoint.origin != key.name:
        raise _wrong_origin()
    return note.sign(checkpoint.text, key)


def parse_signed(text: str | bytes, key: VerifyingKey, *, strict: bool = False) -> Checkpoint:
    """The checkpoint that the log's key signed; Broken when it did not, or when the note is another log's.

    `strict` also refuses signature lines of other keys, such as cosigners'.
    """
    found = parse(note.verify(text, [key], strict=strict).text)
    if found.origin != key.name:
        raise _wrong_origin()
    return found


def _bad_checkpoint() -> Malformed:
    return Malformed(
        "checkpoint.form", "The signed text is not a checkpoint of three lines: name of the log, size, root.",
        "签名文本不是三行检查点（日志名称、条目数、根哈希）。",
    )


def _wrong_origin() -> Broken:
    return Broken(
        "checkpoint.origin", "The checkpoint names another log than the one this key belongs to.",
        "检查点所属日志与该密钥对应的日志不一致。",
    )
