"""A clinical document as far as it has been read: whose it is, when it was written, and what its entries are called."""

from collections import Counter
from typing import Any

from dujiang.collect.readers.ccda.elements import Element
from dujiang.collect.readers.ccda.values import identifiers
from dujiang.collect.readers.items import Record
from dujiang.collect.readers.writing import key_of, record, reference

_CONTENT = frozenset({"id", "templateId"})


class Section:
    """A section: its code, and its narrative, by the IDs that entries point to."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self.path, self.code = path, ""
        self._narrative: Element | None = None
        self._texts: dict[str, str] | None = None

    def tell(self, narrative: Element) -> None:
        """Its narrative, taken apart when an entry first points into it."""
        self._narrative, self._texts = narrative, None

    def text(self, id: str) -> str:
        """The text of the narrative's element with that ID; empty when there is none."""
        if self._texts is None:
            elements = self._narrative.walk() if self._narrative else ()
            self._texts = {one.get("ID"): one.text() for one in elements if one.get("ID")}
        return self._texts.get(id, "")


class Document:
    """What every entry needs to know of its document."""

    def __init__(self) -> None:
        self.patient = self.time = self.id = ""
        self.id_parts: tuple[str, ...] = ()
        self.unread: Counter[str] = Counter()
        self.bad_dates = 0
        self._contents: dict[str, dict[str, int]] = {}

    def subject(self) -> dict[str, str] | None:
        return reference("Patient", self.patient)

    def identity(self, kind: str, entry: Element, *described: str, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
        """What identifies an entry: whose it is, its first identifier, and what it is about; `otherwise` where it has none.

        Identifiers alone will not do: some systems give one to several entries, of one document or of several. What has
        the same identity in a document and says something else counts as the second, third, … so that none is lost.
        """
        found = identifiers(entry.all("id"))
        named = (self.patient, *(found[0] if found else otherwise), *described)
        contents = self._contents.setdefault(key_of(kind, *named), {})
        nth = contents.setdefault(key_of("content", *_content(entry)), len(contents) + 1)
        return (*named, str(nth)) if nth > 1 else named

    def record(self, kind: str, identity: tuple[str, ...], line: int, fields: dict[str, Any], *, mention: bool = False) -> Record:
        """A record under the key of what identifies it."""
        return record(kind, key_of(kind, *identity), line, fields, mention=mention)


def _content(entry: Element) -> list[str]:
    """Everything an entry says, without what it is called."""
    said = [entry.name, *(f"{name}={value}" for name, value in sorted(entry.attributes.items()))]
    for piece in entry.pieces:
        if isinstance(piece, str):
            said += piece.split()
        elif piece.name not in _CONTENT:
            said += ["(", *_content(piece), ")"]
    return said
