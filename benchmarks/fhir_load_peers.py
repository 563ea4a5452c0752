"""The peers' side of the benchmark `fhir_load`, run by their own interpreter: lines as JSON in, resources per second of each out."""

import contextlib
import io
import json
import sys
import time

import sqlonfhir
from fhir.resources.R4B import get_fhir_model_class

FIELDS = {
    "subject": "subject.reference", "visit": "encounter.reference", "status": "status", "code": "code.coding.first().code",
    "system": "code.coding.first().system", "display": "code.coding.first().display",
}
MORE = {
    "Patient": {"born": "birthDate", "gender": "gender"},
    "Observation": {"at": "effective.ofType(dateTime)", "value": "value.ofType(Quantity).value", "unit": "value.ofType(Quantity).unit"},
    "Encounter": {"starts": "period.start", "ends": "period.end"},
    "Condition": {"starts": "onset.ofType(dateTime)"},
}
KINDS = ("Patient", "Encounter", "Observation", "Condition", "Procedure", "Immunization", "MedicationRequest", "AllergyIntolerance")


def seen(one: object, path: str) -> object:
    """The value at a dotted path, the first of a list."""
    for name in path.split("."):
        one = getattr(one, name, None)
        if isinstance(one, list):
            one = one[0] if one else None
    return one


def modelled(lines: list[str]) -> float:
    begun, paths = time.perf_counter(), ("subject.reference", "encounter.reference", "status", "code.coding.code", "code.coding.system")
    rows = []
    for line in lines:
        kind = json.loads(line)["resourceType"]
        one = get_fhir_model_class(kind).model_validate_json(line)
        rows.append([seen(one, path) for path in (*paths, "effectiveDateTime", "valueQuantity.value", "valueQuantity.unit", "birthDate", "period.start")])
    return len(rows) / (time.perf_counter() - begun)


def viewed(lines: list[str]) -> float:
    begun = time.perf_counter()
    resources = [json.loads(line) for line in lines]
    for kind in KINDS:
        paths = {"id": "id"} | ({} if kind == "Patient" else FIELDS) | MORE.get(kind, {})
        view = {"resource": kind, "select": [{"column": [{"name": name, "path": path} for name, path in paths.items()]}]}
        list(sqlonfhir.evaluate([one for one in resources if one["resourceType"] == kind], view))
    return len(resources) / (time.perf_counter() - begun)


def main() -> None:
    lines = json.loads(sys.stdin.read())
    with contextlib.redirect_stdout(io.StringIO()):
        rates = {"fhir.resources": modelled(lines), "sqlonfhir": viewed(lines)}
    print(json.dumps(rates))


main()
