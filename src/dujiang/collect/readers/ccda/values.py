"""CDA's data types as FHIR's: concepts with their translations, quantities, times in every form, names, addresses, identifiers."""

import re
from collections.abc import Callable
from typing import Any

from dujiang.collect.readers.ccda.elements import Element
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import number

Value = dict[str, Any]
Narrative = Callable[[str], str]  # the text of the narrative's element with that ID
UCUM = "http://unitsofmeasure.org"
SSN, RESIDENT = "2.16.840.1.113883.4.1", "2.16.156.10011.1.3"
_OID = re.compile(r"\d+(\.\d+)+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def system(root: str, name: str = "") -> str:
    """The address of a code system by its OID; its name when there is no OID."""
    return f"urn:oid:{root}" if _OID.fullmatch(root) else name or root


def nothing(element: Element | None) -> bool:
    """Whether there is no information in an element: it is missing, or a null flavour stands in its place."""
    return element is None or bool(element.get("nullFlavor"))


def concept(element: Element | None, narrative: Narrative) -> Value | None:
    """CD, CE, CV: its code, then its translations; its text is the original text, else what it is called. A null flavour
    leaves the translations and the text, which often say all there is to say."""
    if element is None:
        return None
    coding = [
        {"system": system(one.get("codeSystem"), one.get("codeSystemName")), "code": one.get("code"), "display": one.get("displayName")}
        for one in (element, *element.all("translation"))
        if one.get("code") and not one.get("nullFlavor")
    ]
    text = pointed(element.find("originalText"), narrative) or element.get("displayName") or next((c["display"] for c in coding if c["display"]), "")
    return {"coding": coding, "text": text} if coding or text else None


def pointed(element: Element | None, narrative: Narrative) -> str:
    """A text, or the part of the narrative it refers to."""
    if element is None:
        return ""
    target = element.find("reference")
    return (narrative(target.get("value").removeprefix("#")) if target is not None else "") or element.text()


def quantity(element: Element | None) -> Value | None:
    """PQ, INT, REAL, MO: a number as written, in UCUM where it has a unit; `[iU]` and the like are units, `1` is none."""
    value = number(element.get("value")) if element is not None and not element.get("nullFlavor") else None
    if value is None or element is None:
        return None
    unit = element.get("unit")
    return {"value": value, "unit": unit, "system": UCUM if unit else "", "code": unit}


def span(element: Element | None) -> Value | None:
    """IVL_PQ as a range; None when it has neither limit."""
    if element is None:
        return None
    low, high = quantity(element.find("low")), quantity(element.find("high"))
    return {"low": low, "high": high} if low or high else None


def value(element: Element | None, narrative: Narrative) -> Value:
    """An observation's value under FHIR's name for its type; empty when there is none."""
    if nothing(element) and (element is None or not element.children):
        return {}
    assert element is not None
    kind = element.get("xsi:type").rpartition(":")[2]
    if kind in ("PQ", "REAL", "MO") and (found := quantity(element)):
        return {"valueQuantity": found}
    if kind == "INT" and (found := quantity(element)):
        return {"valueQuantity": {"value": found["value"]}}
    if kind == "IVL_PQ" and (ranged := span(element)):
        return _bounded(element, ranged)
    if kind in ("CD", "CE", "CV", "CO", "CS") and (coded := concept(element, narrative)):
        return {"valueCodeableConcept": coded}
    if kind == "BL" and element.get("value") in ("true", "false"):
        return {"valueBoolean": element.get("value") == "true"}
    if kind in ("TS", "IVL_TS") and (time := starts(element)):
        return {"valueDateTime": time}
    if kind == "RTO" or kind.startswith("RTO_"):
        numerator, denominator = quantity(element.find("numerator")), quantity(element.find("denominator"))
        return {"valueRatio": {"numerator": numerator, "denominator": denominator}} if numerator and denominator else {}
    return {"valueString": pointed(element, narrative) or element.get("value")}


def _bounded(element: Element, ranged: Value) -> Value:
    """A range with one limit is a number with a comparator."""
    for name, mark in (("low", ">"), ("high", "<")):
        other = "high" if name == "low" else "low"
        limit = element.find(name)
        if ranged[name] and not ranged[other] and limit is not None:
            return {"valueQuantity": ranged[name] | {"comparator": mark if limit.get("inclusive") == "false" else mark + "="}}
    return {"valueRange": ranged}


def starts(element: Element | None) -> str:
    """When a time begins: its value, else its low end, else its middle."""
    return _time(element, "low") or _time(element, "center")


def ends(element: Element | None) -> str:
    """When it ends; empty for a single moment."""
    high = element.find("high") if element is not None else None
    return moment(high.get("value")) if high is not None else ""


def _time(element: Element | None, name: str) -> str:
    if element is None:
        return ""
    inner = element.find(name)
    return moment(element.get("value")) or (moment(inner.get("value")) if inner is not None else "")


def wrong_times(element: Element) -> int:
    """How many times in it are written so that they are none."""
    times = [part for one in element.walk() if one.name in ("effectiveTime", "time", "birthTime") for part in (one, *one.children)]
    return sum(bool(part.get("value")) and not part.get("unit") and not moment(part.get("value")) for part in times)


def identifier(element: Element) -> tuple[str, str]:
    """II as (root, extension); two empty texts when it has nothing to tell things apart by."""
    root, extension = element.get("root"), element.get("extension")
    if element.get("nullFlavor") or not (extension or _UUID.fullmatch(root)):
        return "", ""
    return root, extension


def identifiers(elements: list[Element]) -> list[tuple[str, str]]:
    """Those that tell things apart."""
    return [found for one in elements if (found := identifier(one)) != ("", "")]


def written(root: str, extension: str) -> Value:
    """An identifier as FHIR writes it."""
    if not extension:
        return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{root.lower()}"}
    return {"system": system(root), "value": extension}


def person_name(element: Element) -> Value | None:
    """PN: its parts; else its text."""
    given, family = [one.text() for one in element.all("given") if one.text()], element.find("family")
    uses = {"L": "official", "P": "nickname", "ASGN": "usual", "C": "usual"}
    use = uses.get(element.get("use").split(" ")[0], "")
    if family is None and not given:
        return {"use": use, "text": element.text()} if element.text() else None
    parts = {name: [one.text() for one in element.all(name)] for name in ("prefix", "suffix")}
    return {"use": use, "family": family.text() if family is not None else "", "given": given, **parts}


def address(element: Element) -> Value:
    """AD."""
    part = {name: (found.text() if (found := element.find(name)) else "") for name in ("city", "state", "postalCode", "country", "county")}
    lines = [one.text() for one in element.all("streetAddressLine")]
    use = {"HP": "home", "H": "home", "HV": "home", "WP": "work", "TMP": "temp", "BAD": "old"}.get(element.get("use").split(" ")[0], "")
    return {
        "use": use, "line": lines, "city": part["city"], "district": part["county"], "state": part["state"], "postalCode": part["postalCode"],
        "country": part["country"], "text": "" if element.children else element.text(),
    }


def telecom(element: Element) -> Value | None:
    """TEL: a telephone number or an e-mail address, as a URL or bare."""
    scheme, _, rest = element.get("value").rpartition(":")
    systems = {"mailto": "email", "fax": "fax", "tel": "phone", "": "phone"}
    use = {"HP": "home", "H": "home", "WP": "work", "MC": "mobile"}.get(element.get("use").split(" ")[0], "")
    return {"system": systems[scheme.lower()], "value": rest, "use": use} if rest and scheme.lower() in systems else None
