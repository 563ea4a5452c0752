"""What a reader gives, in the order of the file: records, broken places, remarks on the file as a whole."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import orjson

# The longest line or entry that is read, in bytes; a longer one is set aside without being held.
LIMIT = 16 << 20
_KEY = re.compile(r"[^\x00-\x1f\x7f]{1,255}")
NO_KEY = "h:"
# Ends the kind of a record that a message only mentions: it counts as long as no record of that kind and key is there.
MENTIONED = ".mentioned"


class Record(NamedTuple):
    """One record. `backwards`: this part of the file lists the newest version first (a history Bundle)."""

    kind: str
    key: str
    line: int
    body: str
    backwards: bool = False


class Many(NamedTuple):
    """Records of neighbouring lines, of which the first is `first`: what as many `Record`s would say, without making them."""

    first: int
    kinds: list[str]
    keys: list[str]
    bodies: list[bytes]

    def records(self) -> Iterator[Record]:
        """The same, one by one."""
        for line, (kind, key, body) in enumerate(zip(self.kinds, self.keys, self.bodies, strict=True), self.first):
            yield Record(kind, key, line, body.decode())


class Broken(NamedTuple):
    """A place that is no record, and by which rule; never a value."""

    line: int
    rule: str
    kind: str = ""
    key: str = ""


class Remark(NamedTuple):
    """Something about the whole file."""

    rule: str
    what: str = ""
    rows: int = 0


Item = Record | Broken | Remark


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def content_key(value: Any) -> str:
    """The key of a record whose source gives none: from its canonical JSON, so the same content has the same key."""
    canonical = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return NO_KEY + hashlib.sha256(canonical).hexdigest()[:32]


def is_key(key: object) -> bool:
    """Whether a source's own id can serve as a key: 1 to 255 printable characters, and no content key's look-alike."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None and not key.startswith(NO_KEY)
