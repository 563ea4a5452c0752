"""The entries of a JSON document that need not fit in memory: one pretty-printed or very long Bundle, array or resource.

It finds where entries begin and end and leaves judging them to others; a damaged document keeps the entries before the damage.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dujiang.collect.readers.inflate import Cut, inflated
from dujiang.collect.readers.items import LIMIT, Readable

# JSON strings never hold a raw line break, so a lost quotation mark does harm to the end of its line only.
_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
# The next string or mark; a lone quote begins a string that does not end here. Inside an entry only the marks count.
_NEXT = re.compile(_STRING + rb'|["{}\[\]]')
_NEXT_MARK = re.compile(rb'(?:[^"{}\[\]]++|' + _STRING + rb')*+["{}\[\]]')
_REST = re.compile(rb'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+["\n]')
_LONGEST_NAME = 1 << 16  # a string shorter than this is never split, so field names are always seen whole
_BETWEEN = b" \t\r\n,\x1e\xef\xbb\xbf"  # what may stand between entries; a byte order mark is tolerated


class Entry(NamedTuple):
    """One entry: its number in the file, its bytes or the rule that sets it aside."""

    number: int
    raw: bytes
    rule: str = ""
    in_bundle: bool = False  # an element of a Bundle's `entry`, else a resource itself
    backwards: bool = False  # of a history Bundle, which lists the newest first


class _Scan:
    """Where we are: `depth` brackets deep; entries open at depth `level` (0 a resource, 1 an array's, 2 a Bundle's, -1 none more)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.buffer = b""
        self.at = 0  # everything before it has been looked at
        self.start = -1  # where the entry we are in begins; -1 outside of one, or when it is dropped
        self.depth = self.level = self.number = 0
        self.dropped = self.in_string = self.stray = False
        self.before = self.type = self.bundle = b""

    def feed(self, piece: bytes) -> Iterator[Entry]:
        keep = self.start if self.start >= 0 else self.at
        self.buffer = self.buffer[keep:] + piece
        self.at -= keep
        self.start = min(self.start, 0)
        if not self.in_string or self._string_ends():
            yield from self._walk()
        if self.start >= 0 and len(self.buffer) - self.start > self.limit:
            self.start, self.dropped = -1, True

    def between(self, end: int) -> None:
        """Notice anything but white space and commas between entries."""
        if self.depth == self.level:
            self.stray |= bool(self.buffer[self.at : end].strip(_BETWEEN))

    def _walk(self) -> Iterator[Entry]:
        while True:
            deep = self.depth > max(self.level, 1)
            found = _NEXT_MARK.match(self.buffer, self.at) if deep else _NEXT.search(self.buffer, self.at)
            if found is None:
                self.between(len(self.buffer))
                self.at = len(self.buffer)
                return
            token = found.group() if not deep else found.group()[-1:]
            if token == b'"' and not self._passes_quote(found.end() - 1):
                return
            yield from self._take(token, found.end())
            self.at = found.end()

    def _take(self, token: bytes, end: int) -> Iterator[Entry]:
        self.between(end - len(token))
        if token in (b"{", b"["):
            self._opens(token, end - 1)
        elif token in (b"}", b"]"):
            yield from self._closes(end)
        else:
            self.stray |= self.depth == self.level
            self._names(token)

    def _names(self, token: bytes) -> None:
        """Remember the document's own type and kind of Bundle, which stand on its top level."""
        if self.depth != 1:
            return
        if self.before == b'"resourceType"':
            self.type = token
        elif self.before == b'"type"':
            self.bundle = token
        self.before = token

    def _opens(self, token: bytes, place: int) -> None:
        if self.depth == 0:
            self.level = int(token == b"[")
            self.type = self.bundle = b""
        elif token == b"[" and self._in_bundle():
            self.level, self.start, self.dropped = 2, -1, False
        if self.depth == self.level:
            self.start = place
        self.before = b""
        self.depth += 1

    def _in_bundle(self) -> bool:
        """Whether an array that opens here holds a Bundle's entries; a List has a field of that name too."""
        at_entry = self.depth == 1 and self.level == 0 and self.before == b'"entry"'
        return at_entry and self.type in (b"", b'"Bundle"')

    def _closes(self, end: int) -> Iterator[Entry]:
        if self.depth == 0:
            self.stray = True
            return
        self.depth -= 1
        self.before = b""
        if self.depth == self.level and (self.start >= 0 or self.dropped):
            yield self._entry(end)
        elif self.depth < self.level:
            self.level = -1
        if self.depth == 0:
            self.level = 0

    def _entry(self, end: int) -> Entry:
        raw = b"" if self.dropped else self.buffer[self.start : end]
        self.number += 1
        rule = "line.too_long" if self.dropped or len(raw) > self.limit else ""
        self.start, self.dropped = -1, False
        in_bundle = self.level == 2
        return Entry(self.number, b"" if rule else raw, rule, in_bundle, in_bundle and self.bundle == b'"history"')

    def _passes_quote(self, place: int) -> bool:
        """Whether a lone quote is passed over: yes when its line ends without another, no when its string is not here yet."""
        if self.buffer.find(b"\n", place) >= 0:
            return True
        self.between(place)
        self.at = place
        if len(self.buffer) - place > _LONGEST_NAME:
            self.in_string, self.at = True, place + 1
            self._string_ends()
        return False

    def _string_ends(self) -> bool:
        """Pass over the rest of a long string; False while it goes on."""
        end = _REST.match(self.buffer, self.at)
        self.in_string = end is None
        if end is not None:
            self.at = end.end()
        else:  # an escape may be split between two pieces
            slashes = len(self.buffer) - len(self.buffer.rstrip(b"\\"))
            self.at = max(self.at, len(self.buffer) - slashes % 2)
        return not self.in_string


def entries(stream: Readable, limit: int = LIMIT) -> Iterator[Entry]:
    """Every entry of every document in the stream; a last one with a rule when the stream or a document is cut or has strays.

    Holds at most `limit` bytes and one piece of input.
    """
    scan = _Scan(limit)
    rule = ""
    try:
        for piece in inflated(stream):
            yield from scan.feed(piece)
    except Cut as cut:
        rule = cut.rule
    if not rule and scan.depth:
        rule = "json.truncated"
    if not rule and (scan.stray or scan.buffer[scan.at :].strip()):
        rule = "json.syntax"
    if rule:
        yield Entry(scan.number + 1, b"", rule)
