"""What every kind of entry is asked: its templates, its status, what it is about, when it was noted."""

from typing import Any

from dujiang.collect.readers.ccda.document import Document, Section
from dujiang.collect.readers.ccda.elements import Element
from dujiang.collect.readers.ccda.values import Value, nothing, pointed, starts

TEMPLATE = "2.16.840.1.113883.10.20."  # before the numbers of C-CDA's templates


def templates(element: Element) -> set[str]:
    """The templates it claims to follow, C-CDA's without their common beginning."""
    return {one.get("root").removeprefix(TEMPLATE) for one in element.all("templateId")}


def status_code(element: Element | None) -> str:
    found = element.find("statusCode") if element is not None else None
    return found.get("code") if found is not None else ""


def code_of(element: Element, name: str) -> str:
    """The code of the child of that name; empty where it has none."""
    found = element.find(name)
    return found.get("code") if found is not None and not nothing(found) else ""


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def name_of(code: Value) -> str:
    """What identifies a concept in a key."""
    coding = code["coding"]
    return f"{coding[0]['code']}^{coding[0]['system']}" if coding else str(code["text"])


def said(entry: Element, section: Section) -> Value | None:
    """All that is left to say what an entry without a code is about: its text."""
    text = pointed(entry.find("text"), section.text)
    return {"coding": [], "text": text} if text else None


def noted(document: Document, entry: Element, around: Element | None = None) -> str:
    """When it was written down: by its author, else with the document."""
    times = [starts(one) for element in (entry, around) if element is not None for one in element.all("author/time")]
    return next(filter(None, times), document.time)


def negated(entry: Element) -> bool:
    """Whether the entry says that something is not so."""
    return entry.get("negationInd") == "true"
