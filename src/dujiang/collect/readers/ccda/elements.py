"""Elements out of a stream of XML, a part at a time: one that is read whole is let go before the next, so nothing grows with the file.

No entity but XML's five is accepted: nothing expands and nothing is fetched. Tags, depth and parts are bounded.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from xml.parsers import expat

from dujiang.collect.readers.inflate import Cut
from dujiang.collect.readers.items import LIMIT

DEPTH = 120  # deeper than any document: CDA's entries nest some thirty deep
TAG = 1 << 20  # a tag or comment with more bytes is an attack, and would be scanned over and over
_DECLARATION = 256  # bytes in which a document's encoding is declared, if it is
# Errors that only say that the text stops: no element, a tag, a character or a CDATA section that has not ended.
_ENDED = frozenset(
    expat.errors.codes[getattr(expat.errors, f"XML_ERROR_{name}")] for name in ("NO_ELEMENTS", "UNCLOSED_TOKEN", "PARTIAL_CHAR", "UNCLOSED_CDATA_SECTION")
)
_WEIGHT = 64  # bytes that an element counts besides its text
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"'](?:GB18030|GBK|GB2312|CP936)[\"']", re.IGNORECASE)
_NAMES = {"urn:hl7-org:v3": "", "urn:hl7-org:sdtc": "sdtc:", "http://www.w3.org/2001/XMLSchema-instance": "xsi:"}


class Element:
    """An element: its name (HL7's without a prefix), attributes, children, own text, and the line on which it begins."""

    __slots__ = ("attributes", "children", "line", "name", "pieces")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name, self.attributes, self.line = name, attributes, line
        self.children: list[Element] = []
        self.pieces: list[str | Element] = []  # text and children in order

    def get(self, attribute: str) -> str:
        """An attribute's value without blanks around it; empty when there is none."""
        return self.attributes.get(attribute, "").strip()

    def all(self, path: str) -> list["Element"]:
        """Every element at the end of a path of names, `a/b`."""
        found = [self]
        for name in path.split("/"):
            found = [child for one in found for child in one.children if child.name == name]
        return found

    def find(self, path: str) -> "Element | None":
        """The first of them."""
        found = self.all(path)
        return found[0] if found else None

    def text(self) -> str:
        """All text in it, its children's too, in one line."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for piece in self.pieces:
            if isinstance(piece, str):
                yield piece
            else:
                yield from piece._texts()
                yield " "

    def walk(self) -> Iterator["Element"]:
        """It and everything in it."""
        yield self
        for child in self.children:
            yield from child.walk()


class Refused(Exception):
    """The document is not read any further; `rule` says why, `line` where."""

    def __init__(self, rule: str, line: int) -> None:
        super().__init__(rule)
        self.rule, self.line = rule, line


class Dropped:
    """A part that was too large, and was passed over."""

    def __init__(self, path: tuple[str, ...], line: int) -> None:
        self.path, self.line = path, line


Part = tuple[tuple[str, ...], Element | Dropped | None]  # the path above it; None: the element at the path has ended


class _Builder:
    """Keeps an element from where `whole(path)` says it is one to be read whole to its end."""

    def __init__(self, whole: Callable[[tuple[str, ...]], bool], limit: int, *, internal: bool) -> None:
        self._whole, self._limit, self._internal = whole, limit, internal
        self._path: list[str] = []
        self._open: list[Element] = []  # the part being kept, from its top
        self._depth_dropped = self._size = 0
        self.out: list[Part] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._declares
        self.parser.AttlistDeclHandler = self._attribute

    def _doctype(self, name: str, system: str | None, public: str | None, own: bool) -> None:
        if not self._internal or system or public:
            self._declares()

    def _attribute(self, *told: object) -> None:
        """Element, name, kind, default, required. A default would stand in every element: a few bytes could weigh as much as one likes."""
        if told[3] is not None:
            self._declares()

    def _declares(self, *_: object) -> None:
        raise Refused("xml.doctype", self.parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= DEPTH:
            raise Refused("xml.too_large", self.parser.CurrentLineNumber)
        self._path.append(_local(name))
        if self._depth_dropped:
            return
        if self._open or self._whole(tuple(self._path)):
            element = Element(self._path[-1], {_local(key): value for key, value in attributes.items()}, self.parser.CurrentLineNumber)
            if self._open:
                self._open[-1].children.append(element)
                self._open[-1].pieces.append(element)
            self._open.append(element)
            self._weigh(_WEIGHT + sum(map(len, attributes.values())))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].pieces.append(text)
            self._weigh(len(text))

    def _weigh(self, size: int) -> None:
        self._size += size
        if self._size > self._limit and self._open:
            top = self._open[0]
            self._depth_dropped = len(self._path) - len(self._open) + 1
            self.out.append((tuple(self._path[: self._depth_dropped - 1]), Dropped(tuple(self._path[: self._depth_dropped]), top.line)))
            self._open.clear()

    def _end(self, _: str) -> None:
        depth = len(self._path)
        above = tuple(self._path[:-1])
        if self._open:
            element = self._open.pop()
            if not self._open:
                self.out.append((above, element))
                self._size = 0
        elif self._depth_dropped:
            if depth == self._depth_dropped:
                self._depth_dropped = self._size = 0
        else:
            self.out.append((tuple(self._path), None))
        self._path.pop()


def _local(name: str) -> str:
    """A name with a short mark for its namespace; names without a namespace are taken for HL7's."""
    space, _, local = name.rpartition(" ")
    return _NAMES.get(space, f"{{{space}}}" if space else "") + local


def parts(
    pieces: Iterable[bytes], whole: Callable[[tuple[str, ...]], bool], limit: int = LIMIT, *, internal: bool = False
) -> Iterator[Part]:
    """Every element at which `whole` of its path holds, and the end of every other. Refused where reading ends before the end.

    `limit`: bytes of a part. `internal`: a document type that stands in the document and declares neither an entity nor a
    default is accepted. Holds one part, one tag and one piece of input.
    """
    builder, fed = _Builder(whole, limit, internal=internal), 0
    parser = builder.parser
    try:
        for piece in _recoded(pieces):
            parser.Parse(piece, False)
            yield from _given(builder)
            size = len(piece.encode() if isinstance(piece, str) else piece)
            fed += size
            if fed - parser.CurrentByteIndex > TAG + size:
                raise Refused("xml.too_large", parser.CurrentLineNumber)
        parser.Parse(b"", True)
        yield from _given(builder)
    except expat.ExpatError as error:
        yield from _given(builder)
        raise Refused("xml.truncated" if error.code in _ENDED else "xml.syntax", error.lineno) from None
    except LookupError as error:
        if type(error) is not LookupError:
            raise
        raise Refused("xml.syntax", 1) from None  # the document names an encoding that is none
    except Refused:
        yield from _given(builder)
        raise
    except Cut as cut:
        yield from _given(builder)
        raise Refused(cut.rule, parser.CurrentLineNumber) from None


def _recoded(pieces: Iterable[bytes]) -> Iterator[bytes | str]:
    """The pieces; as text where the document says it is GB18030, which the parser does not know. Cut where it is not."""
    coming = iter(pieces)
    head = b""
    while len(head) < _DECLARATION and (piece := next(coming, b"")):
        head += piece
    if not _ENCODING.match(head.lstrip()):
        yield head
        yield from coming
        return
    decoder = codecs.getincrementaldecoder("gb18030")()
    for piece in chain((head,), coming):
        try:
            yield decoder.decode(piece)
        except UnicodeDecodeError as error:
            yield error.object[: error.start].decode("gb18030", "ignore")
            raise Cut("line.encoding") from None


def _given(builder: _Builder) -> Iterator[Part]:
    given, builder.out = builder.out, []
    yield from given
