"""Reads a clinical document, header first, then entry by entry: what each says under its section, whatever stands around it.

Of an entry of a kind that is not known the section is counted; nothing is guessed, above all not from another's history.
"""

import re
from collections.abc import Iterator

from dujiang.collect.readers.ccda.document import Document, Section
from dujiang.collect.readers.ccda.elements import Dropped, Element, Refused, parts
from dujiang.collect.readers.ccda.entry import templates
from dujiang.collect.readers.ccda.findings import read_allergy, read_observation, read_problem, read_report
from dujiang.collect.readers.ccda.header import about_document, read_header
from dujiang.collect.readers.ccda.treatments import PLANNED, read_encounter, read_immunization, read_medication, read_procedure
from dujiang.collect.readers.ccda.values import wrong_times
from dujiang.collect.readers.inflate import inflated
from dujiang.collect.readers.items import LIMIT, Broken, Item, Readable, Record, Remark
from dujiang.collect.readers.writing import bounded

Found = Iterator[Record | Broken]
_ROOT = "ClinicalDocument"
_BODY = (_ROOT, "component", "structuredBody", "component", "section")
_BEGINS = re.compile(rb"<(?:[A-Za-z0-9._-]+:)?ClinicalDocument[\s>]")
# Header elements that are read; authors, custodians and the like are not, and are let go as they come.
_HEADER = frozenset({"id", "code", "title", "effectiveTime", "recordTarget", "relatedDocument", "componentOf"})
_PARTS = frozenset({"code", "text", "entry"})  # of a section
# Sections by LOINC code: problem lists, diagnoses of admission, discharge, before and after operations, past illness, complications.
_PROBLEMS = frozenset({"11450-4", "11348-0", "42347-5", "46241-6", "11535-2", "78375-3", "10219-4", "10218-6", "59769-0", "55109-3", "59768-2", "29548-5"})
_ALLERGIES, _IMMUNIZATIONS = "48765-2", "11369-6"
_FAMILY_SECTION, _FAMILY = "10157-6", frozenset({"22.4.45", "22.4.46"})
_PROBLEM, _ALLERGY = frozenset({"22.4.4", "22.4.19"}), frozenset({"22.4.7", "24.3.90"})
_IMMUNIZATION, _PROCEDURE_ACT, _PROCEDURE_OBSERVATION, _RESULTS = "22.4.52", "22.4.12", "22.4.13", "22.4.1"
# What only says more of the statement beside it: severity, status, age, priority, comment.
_ASIDE = frozenset({"22.4.8", "22.4.6", "22.4.28", "22.4.31", "22.4.64", "22.4.143", "1.50", "1.55"})
_MOST_ENTRIES = 250_000  # of a document; what makes entries of one number one record, or several, is held for each
_MOST_UNREAD = 1000  # section codes that are counted one by one
_DEEPEST = 12  # of statements within statements
_CODE = re.compile(r"[A-Za-z0-9.-]{1,20}")


def is_document(start: bytes) -> bool:
    """Whether a file that begins so is a clinical document; UTF-16 counts too."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" and _BEGINS.search(start) is not None


def read_clinical_document(stream: Readable, *, limit: int = LIMIT) -> Iterator[Item]:
    """Every record and broken place in order, then remarks. A damaged document keeps what stands before the damage.

    Holds one entry of at most `limit` bytes, its section's narrative and one piece of input.
    """
    reading = _Reading()
    try:
        for path, part in parts(inflated(stream), _whole, limit):
            if isinstance(part, Dropped):
                yield Broken(part.line, "xml.too_large")
            elif part is None:
                reading.leave(path)
            else:
                yield from map(bounded, reading.take(path, part))
        yield from reading.end()
    except Refused as refused:
        yield from reading.end()
        yield Broken(refused.line, refused.rule)
    yield from reading.remarks()


def _whole(path: tuple[str, ...]) -> bool:
    """Whether the element at this path is read whole: a header element that is used, a section's code, narrative, entry."""
    if len(path) == 1 and path[0] != _ROOT:
        raise Refused("ccda.no_document", 1)
    if len(path) == 2:
        return path[1] in _HEADER
    return path[-2:-1] == ("section",) and path[-1] in _PARTS and path[:5] == _BODY


class _Reading:
    """One document as its parts come in."""

    def __init__(self) -> None:
        self._document = Document()
        self._header: dict[str, list[Element]] = {}
        self._sections: list[Section] = []
        self._entries = 0
        self._lost = self._structured = False

    def take(self, path: tuple[str, ...], part: Element) -> Found:
        if len(path) == 1:
            self._header.setdefault(part.name, []).append(part)
            yield from read_header(self._document, part)
            return
        self._structured = True
        section = self._section(path)
        if part.name == "code":
            section.code = part.get("code")
        elif part.name == "text":
            section.tell(part)
        elif not self._document.patient:
            if not self._lost:
                self._lost = True
                yield Broken(part.line, "ccda.no_patient")
        else:
            yield from self._entry(section, part)

    def leave(self, path: tuple[str, ...]) -> None:
        """An element that is not kept has ended; of a section nothing is needed any longer."""
        if self._sections and self._sections[-1].path == path:
            self._sections.pop()

    def end(self) -> Found:
        """The document itself, once its header is known."""
        if not self._document.patient and not self._lost:
            yield Broken(1, "ccda.no_patient")
        elif self._document.patient:
            yield about_document(self._document, self._header, self._header["recordTarget"][0].line)

    def remarks(self) -> Iterator[Remark]:
        document = self._document
        if document.patient and not self._structured:
            yield Remark("ccda.text_only")
        if document.bad_dates:
            yield Remark("ccda.bad_date", rows=document.bad_dates)
        for code, rows in sorted(document.unread.items()):
            yield Remark("ccda.unread_section", code, rows)

    def _section(self, path: tuple[str, ...]) -> Section:
        """The innermost section that is open; the one at this path begins with its first part."""
        if not self._sections or self._sections[-1].path != path:
            self._sections.append(Section(path))
        return self._sections[-1]

    def _entry(self, section: Section, entry: Element) -> Found:
        self._entries += 1
        if self._entries > _MOST_ENTRIES:
            raise Refused("xml.too_large", entry.line)
        self._document.bad_dates += wrong_times(entry)
        for statement in entry.children:
            given = False
            for item in self._statement(section, statement, depth=0):
                given = True
                yield item
            if not given and statement.name != "templateId":
                self._unread(section.code)

    def _unread(self, code: str) -> None:
        unread = self._document.unread
        unread[code if _CODE.fullmatch(code) and (code in unread or len(unread) < _MOST_UNREAD) else ""] += 1

    def _statement(self, section: Section, one: Element, *, depth: int, around: Element | None = None, visit: str = "") -> Found:
        """One statement, or those within it when it only groups them."""
        follows, document = templates(one), self._document
        if one.get("nullFlavor") or depth > _DEEPEST or follows & (_FAMILY | _ASIDE) or section.code == _FAMILY_SECTION:
            return
        if one.name == "observation":
            yield from self._observation(section, one, around, visit=visit)
        elif one.name == "substanceAdministration":
            vaccine = _IMMUNIZATION in follows or section.code == _IMMUNIZATIONS
            yield from (read_immunization if vaccine else read_medication)(document, section, one)
        elif one.name == "procedure" or _PROCEDURE_ACT in follows:
            yield from read_procedure(document, section, one)
        elif one.name == "encounter" and one.get("moodCode") not in PLANNED:
            yield from self._visit(section, one, depth)
        elif one.name == "organizer":
            yield from self._organizer(section, one, depth)
        elif one.name == "act" and one.get("moodCode") not in PLANNED:
            for inner in one.all("entryRelationship"):
                for statement in inner.children:
                    yield from self._statement(section, statement, depth=depth + 1, around=one, visit=visit)

    def _observation(self, section: Section, one: Element, around: Element | None, *, visit: str) -> Found:
        """By what it claims to be, else by where it stands."""
        follows, document = templates(one), self._document
        if _PROCEDURE_OBSERVATION in follows:
            yield from read_procedure(document, section, one)
        elif one.get("moodCode") in PLANNED:
            return
        elif follows & _ALLERGY or (section.code == _ALLERGIES and not follows):
            yield from read_allergy(document, section, one, around)
        elif follows & _PROBLEM or (section.code in _PROBLEMS and not follows and _has_coded_value(one)):
            yield from read_problem(document, section, one, around, visit=visit)
        else:
            yield from read_observation(document, section, one, around)

    def _organizer(self, section: Section, one: Element, depth: int) -> Found:
        results: list[Record] = []
        for inner in one.all("component"):
            for statement in inner.children:
                for item in self._statement(section, statement, depth=depth + 1, around=one):
                    results += [item] if isinstance(item, Record) else []
                    yield item
        if _RESULTS in templates(one):
            yield from read_report(self._document, section, one, results)

    def _visit(self, section: Section, one: Element, depth: int) -> Found:
        """A visit, and the diagnoses made in it."""
        key = ""
        for found in read_encounter(self._document, section, one):
            key = found.key
            yield found
        for inner in one.all("entryRelationship/act"):
            yield from self._statement(section, inner, depth=depth + 1, around=one, visit=key)


def _has_coded_value(one: Element) -> bool:
    """Whether an observation's value is a code, as a diagnosis is."""
    value = one.find("value")
    return value is not None and bool(value.get("code"))
