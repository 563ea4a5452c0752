"""Writes FHIR R4 resources as the bodies of records: empty fields are left out, and a number keeps the digits it came with.

Every clinical standard that is not FHIR becomes FHIR here at the shore, so that one family of maps standardises them all.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import orjson

from dujiang.collect.readers.items import LIMIT, MENTIONED, Broken, Record

_NUMBER = re.compile(r"\s*([+-]?)0*(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?\s*", re.ASCII)
_DECIMAL_ONLY = re.compile(r"\s*([+-]?)\.(\d+)\s*", re.ASCII)
_LONGEST_NUMBER = 80


def key_of(kind: str, *parts: str) -> str:
    """The key of a record from what identifies it: 32 hex digits, a valid FHIR id that shows no number of a person."""
    return hashlib.sha256("\x1f".join((kind, *parts)).encode("utf-8", "replace")).hexdigest()[:32]


def patient_key(authority: str, value: str) -> str:
    """The key of a patient: the same for the same number of the same authority in every standard read here."""
    return key_of("Patient", authority.strip().lower(), value.strip())


def number(text: str) -> orjson.Fragment | None:
    """A JSON number with the digits of the text (`98.00` stays `98.00`, `.5` becomes `0.5`); None for anything else."""
    if len(text) > _LONGEST_NUMBER:
        return None
    short = _DECIMAL_ONLY.fullmatch(text)
    if short is not None:
        text = f"{short[1]}0.{short[2]}"
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction, exponent = found.groups()
    written = ("-" if sign == "-" else "") + whole + (f".{fraction}" if fraction else "") + (f"e{exponent}" if exponent else "")
    return orjson.Fragment(written.encode())


def reference(kind: str, key: str) -> dict[str, str] | None:
    """A reference to a record written here; None without a key."""
    return {"reference": f"{kind}/{key}"} if key else None


def record(kind: str, key: str, line: int, fields: Mapping[str, Any], *, mention: bool = False) -> Record:
    """The resource as a record. A mention stands in for a record of that kind and key until a fuller one has landed."""
    body = {"resourceType": kind, "id": key, **_lean_fields(fields)}
    return Record(kind + MENTIONED if mention else kind, key, line, orjson.dumps(body).decode())


def bounded(item: Record | Broken) -> Record | Broken:
    """The record, or its place when its text is longer than a record may be: escapes can make text longer than its source was."""
    if isinstance(item, Record) and len(item.body) > LIMIT // 4 and len(item.body.encode()) > LIMIT:
        return Broken(item.line, "record.too_long", item.kind.removesuffix(MENTIONED))
    return item


def lean(value: Any) -> Any:
    """The value without anything empty in it; None when nothing is left. U+0000, which no table takes, is dropped."""
    if isinstance(value, str):
        return (value.replace("\0", "") if "\0" in value else value) or None
    if isinstance(value, dict):
        return _lean_fields(value) or None
    if isinstance(value, list):
        return [kept for one in value if (kept := lean(one)) is not None] or None
    return value


def _lean_fields(value: Mapping[str, Any]) -> dict[str, Any]:
    """Most fields are absent or plain text, which is decided here without another call."""
    kept: dict[str, Any] = {}
    for name, one in value.items():
        if one is None or one == "":
            continue
        if type(one) is str and "\0" not in one:
            kept[name] = one
        elif (inner := lean(one)) is not None:
            kept[name] = inner
    return kept
