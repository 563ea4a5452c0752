"""FHIRPath's own tests for R4 as verdicts: passed, refused (outside the subset), another answer, or without its input here."""

import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from dujiang.errors import Malformed
from dujiang.standardise.views.conformance import load, run
from dujiang.store.frames import DuckFrames
from shared_data import ROOT
from standardise.standardise_views_run import tables, view_of

_LENIENT = "an element that FHIR does not have is empty and noted, as SQL on FHIR wants it, where FHIRPath may stop"
_UNITS = "units are compared as written; nothing is converted from one to another"
_SYSTEM = "FHIR's primitives and FHIRPath's own are one type"
_PLACES = "a boundary cut to fewer places than the value has moves outwards"
# Every path of the tests whose answer differs, with the reason. Nothing else may differ.
DIFFERENCES: Mapping[str, str] = {
    "name.given1": _LENIENT,
    "Encounter.name.given": _LENIENT,
    "Observation.valueQuantity.unit": _LENIENT,
    "Observation.valueQuantity.exists()": _LENIENT,
    "(Observation.value as Period).unit": _LENIENT,
    "4.0000 'g' = 4000.0 'mg'": _UNITS,
    "4 'g' ~ 4000 'mg'": _UNITS,
    "4 'g' != 4040 'mg'": _UNITS,
    "4 'g' ~ 4040 'mg'": _UNITS,
    "7 days = 1 week": _UNITS,
    "7 days = 1 'wk'": _UNITS,
    "6 days < 1 week": _UNITS,
    "8 days > 1 week": _UNITS,
    "Observation.value != 185 'kg'": _UNITS,
    "Observation.value !~ 185 'kg'": _UNITS,
    "Patient.active.is(Boolean).not()": _SYSTEM,
    "Patient.active.is(System.Boolean).not()": _SYSTEM,
    "Patient.is(System.Patient).not()": _SYSTEM,
    "(-0.0034).lowBoundary(1)": _PLACES,
    "0.0034.highBoundary(1)": _PLACES,
    "-0.0034.highBoundary(1)": _PLACES,
    "@2014-01-01T08.highBoundary(17)": "the last moment of an hour is in its last minute; the test says its first",
    "1.2 / 1.8 ~ 0.67": "decimals are equivalent when they are equal, not when they are to the coarser one's places",
    "('item1' | 'item2').iif(true, 'true-result', 'false-result')": "what iif stands on is not looked at when neither branch uses it",
    "@1973-12-25T00:00:00.000+10:00 + 0.1 's'": "a tenth of a second is added, not dropped",
    **{
        f"Observation.extension('http://example.com/fhir/StructureDefinition/patient-age').value is {type}": "the JSON example lacks the extension of the XML one"
        for type in ("Age", "Quantity", "Duration")
    },
}


class Verdict(Enum):
    PASSED = "passed"
    REFUSED = "refused"
    OTHER = "other answer"
    NO_INPUT = "no input here"


@dataclass(frozen=True)
class Judged:
    group: str
    path: str
    verdict: Verdict
    got: str = ""


def _folder() -> Path:
    return Path(os.environ.get("DUJIANG_SHARED") or ROOT.parent / "shared") / "data" / "conformance" / "fhirpath_r4" / "r4"


def _groups() -> list[ET.Element]:
    file = _folder() / "fhirpath" / "tests-fhir-r4.xml"
    return ET.parse(file).getroot().findall("group") if file.exists() else []


def groups() -> list[str]:
    return [str(group.get("name")) for group in _groups()] or ["absent"]


@cache
def judged() -> tuple[Judged, ...]:
    """The verdict of every test, in the order of the file."""
    with tables() as frames:
        return tuple(_judged(frames, str(group.get("name")), test) for group in _groups() for test in group.findall("test"))


def _input(name: str | None) -> dict[str, Any] | None:
    if not name:
        return {"resourceType": "Patient", "id": "x"}
    file = _folder() / "examples" / name.replace(".xml", ".json")
    return json.loads(file.read_text()) if file.exists() else None


def _judged(frames: DuckFrames, group: str, test: ET.Element) -> Judged:
    expression = test.find("expression")
    assert expression is not None
    path = expression.text or ""
    resource = _input(test.get("inputfile"))
    if resource is None:
        return Judged(group, path, Verdict.NO_INPUT)
    invalid = expression.get("invalid") or test.get("invalid")
    yes_no = test.get("predicate") == "true"
    try:
        got = _value(frames, f"({path}).exists()" if yes_no else path, resource, several=not yes_no)
    except Malformed as refused:
        return Judged(group, path, Verdict.PASSED if invalid else Verdict.REFUSED, refused.en)
    wanted = [(output.get("type"), output.text or "") for output in test.findall("output")]
    same = not invalid and len(got) == len(wanted) and all(_same(type, text, one) for (type, text), one in zip(wanted, got, strict=True))
    return Judged(group, path, Verdict.PASSED if same else Verdict.OTHER, str(got))


def _value(frames: DuckFrames, path: str, resource: dict[str, Any], *, several: bool) -> list[Any]:
    frames.run("DROP TABLE IF EXISTS landed")
    load(frames, [resource])
    _, rows = run(frames, view_of(resource["resourceType"], {"name": "v", "path": path, "collection": several}))
    found: Any = rows[0][0]
    return found if several else [found]


def _same(type: str | None, wanted: str, got: object) -> bool:
    if isinstance(got, int | Decimal) and not isinstance(got, bool):
        try:
            return Decimal(wanted) == got
        except InvalidOperation:
            return False
    if type == "boolean":
        return str(got).lower() == wanted
    bare = wanted.removeprefix("@")
    return str(got) == (bare.removeprefix("T") if wanted.startswith("@T") else bare)
