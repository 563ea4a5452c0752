"""What FHIR says of an element: its types and whether it repeats; what FHIR does not know is `None`, never a guess."""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

UNTYPED = "?"
OPEN = "open"
# The types an open choice may take (FHIR R4, datatypes.html#open), primitive ones first.
PRIMITIVES = (
    "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer", "markdown", "oid",
    "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "xhtml", "integer64",
)
_COMPLEX = (
    "Address", "Age", "Annotation", "Attachment", "CodeableConcept", "Coding", "ContactDetail", "ContactPoint", "Contributor", "Count",
    "DataRequirement", "Distance", "Dosage", "Duration", "Expression", "HumanName", "Identifier", "Meta", "Money", "ParameterDefinition",
    "Period", "Quantity", "Range", "Ratio", "Reference", "RelatedArtifact", "SampledData", "Signature", "Timing", "TriggerDefinition",
    "UsageContext",
)
_ANY_TYPE = (*(p for p in PRIMITIVES if p not in ("xhtml", "integer64")), *_COMPLEX)
# Which primitive is a special case of which (FHIR R4, datatypes.html).
_WIDER = {
    "code": "string", "id": "string", "markdown": "string", "canonical": "uri", "oid": "uri", "url": "uri", "uuid": "uri",
    "positiveInt": "integer", "unsignedInt": "integer",
}
# Elements of primitives' own objects (`_birthDate`), which hold an id and extensions.
TWIN = "Element"


class Element(NamedTuple):
    """An element of a type: one type, or several where it is a choice (`value[x]`)."""

    name: str
    types: tuple[str, ...]
    many: bool
    choice: bool = False

    @property
    def type(self) -> str:
        """Its one type, or "" when that is not known."""
        return "" if self.choice or self.types == (UNTYPED,) else self.types[0]


@cache
def _table() -> dict[str, tuple[str, dict[str, Element]]]:
    found: dict[str, tuple[str, dict[str, Element]]] = {}
    for line in (files("dujiang.standardise.views") / "elements.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        head, _, tail = line.partition(":")
        name, _, base = head.partition(" < ")
        pairs = (pair.split(" ") for pair in tail.strip().split(", ") if pair)
        found[name] = (base, {element: _element(element, said) for element, said in pairs})
    return found


def _element(name: str, said: str) -> Element:
    types = tuple(said.rstrip("*").split("|"))
    if types == (OPEN,):
        return Element(name, _ANY_TYPE, False, True)
    return Element(name, types, said.endswith("*"), len(types) > 1)


@cache
def element(type: str, name: str) -> Element | None:
    """The element of that name of a type or of what it is a special case of; None when FHIR has none."""
    while type in _table():
        base, elements = _table()[type]
        if name in elements:
            return elements[name]
        type = base
    return None


def known(type: str) -> bool:
    """Whether FHIR has a type of that name, primitive or not."""
    return type in _table() or type in PRIMITIVES


def primitive(type: str) -> bool:
    return type in PRIMITIVES


@cache
def is_a(type: str, wanted: str) -> bool:
    """Whether a type is another, or a special case of it."""
    while type and type != wanted:
        type = _WIDER.get(type, "") or _table().get(type, ("", {}))[0]
    return type == wanted


def resource(type: str) -> bool:
    return is_a(type, "Resource")


def parts(type: str) -> tuple[Element, ...]:
    """Every element of a type, its base's first."""
    base, elements = _table().get(type, ("", {}))
    return (*(parts(base) if base else ()), *elements.values())
