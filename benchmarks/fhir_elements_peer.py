"""The peer's side of the benchmark `fhir_elements`: what PyPI's fhir.resources says of every type of FHIR R4 and STU3, as JSON."""

import contextlib
import importlib
import io
import json
import pkgutil
import re

RELEASES = {"R4": "fhir.resources.R4B", "STU3": "fhir.resources.STU3"}
# How an annotation shows a primitive, where it is no class of the primitive's own name.
SIGNS = {"Xhtml": "xhtml", "Base64": "base64Binary", "Integer64": "integer64", "UUID": "uuid", "bool": "boolean"}


def type_of(annotation: str) -> tuple[str, bool]:
    """A FHIR type and whether it is a list of it."""
    many = "List[" in annotation or "list[" in annotation
    complex_type = re.search(r"abc\.(\w+)Type\b", annotation)
    if complex_type:
        return complex_type.group(1), many
    for sign, name in SIGNS.items():
        if sign in annotation:
            return name, many
    primitive = re.search(r", (\w+)\(", annotation)
    name = primitive.group(1) if primitive else "?"
    return name[0].lower() + name[1:], many


def classes(package: str) -> dict[str, type]:
    found = {}
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if info.name.startswith("fhirtypes") or info.name == "tests":
            continue
        module = importlib.import_module(f"{package}.{info.name}")
        found |= {
            name: value for name, value in vars(module).items()
            if isinstance(value, type) and hasattr(value, "model_fields") and value.__module__ == module.__name__ and not name.startswith("FHIR")
        }
    return found


def fields(model: type) -> dict[str, list[object]]:
    """Element as JSON names it -> type, whether many, and the choice it belongs to."""
    said = {}
    for name, field in model.model_fields.items():
        if not name.endswith("__ext") and name not in ("fhir_comments", "resource_type"):
            said[field.alias or name] = [*type_of(str(field.annotation)), (field.json_schema_extra or {}).get("one_of_many")]
    return said


def release(package: str) -> dict[str, object]:
    found = classes(package)
    return {
        name: [next((base.__name__ for base in model.__mro__[1:] if base.__name__ in found), None), fields(model)] for name, model in found.items()
    }


with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    told = {name: release(package) for name, package in RELEASES.items()}
print(json.dumps(told))
