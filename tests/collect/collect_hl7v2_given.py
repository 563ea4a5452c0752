"""Messages to be read, as short as they can be, and what reading them gives."""

import io
import json
from typing import Any

from dujiang.collect.readers.hl7v2.reader import read_messages
from dujiang.collect.readers.items import Broken, Item, Record, Remark

Body = dict[str, Any]


def seg(name: str, fields: dict[int, str]) -> str:
    """A segment with values in the fields of those numbers."""
    return "|".join([name, *(fields.get(n, "") for n in range(1, max(fields) + 1))])


PID = "PID|1||100^^^HIS^MR||Zhang^San||19800615|M"
PV1 = seg("PV1", {1: "1", 2: "I", 3: "WARD^1^2", 19: "V1^^^HIS^VN", 44: "20200301090000"})


def header(type: str = "ADT^A01", *, id: str = "1", charset: str = "", sender: str = "HOSP") -> str:
    return f"MSH|^~\\&|APP|{sender}|DJ|NODE|20200301120000||{type}|{id}|P|2.5.1||||||{charset}"


def message(*segments: str, type: str = "ADT^A01", end: str = "\r", **more: str) -> str:
    """A message with a header, every segment ended."""
    return "".join(segment + end for segment in (header(type, **more), *segments))


def items(data: bytes | str, **options: int) -> list[Item]:
    return list(read_messages(io.BytesIO(data.encode() if isinstance(data, str) else data), **options))


def records(data: bytes | str) -> list[Record]:
    """The records, when nothing else was found."""
    found = items(data)
    assert all(isinstance(item, Record | Remark) for item in found), [item for item in found if isinstance(item, Broken)]
    return [item for item in found if isinstance(item, Record)]


def broken(data: bytes | str, **options: int) -> list[tuple[int, str, str]]:
    """Places set aside: line, rule, segment."""
    return [(item.line, item.rule, item.kind) for item in items(data, **options) if isinstance(item, Broken)]


def remarks(data: bytes | str) -> list[tuple[str, str, int]]:
    return [tuple(item) for item in items(data) if isinstance(item, Remark)]


def bodies(data: bytes | str, kind: str) -> list[Body]:
    """The resources of a kind; a mention's kind ends in `.mentioned`."""
    return [json.loads(one.body) for one in records(data) if one.kind == kind]


def body(data: bytes | str, kind: str) -> Body:
    (found,) = bodies(data, kind)
    return found


def keys(data: bytes | str, kind: str) -> list[str]:
    return [one.key for one in records(data) if one.kind == kind]


def kinds(data: bytes | str) -> list[str]:
    return [item.kind for item in items(data) if isinstance(item, Record)]


def oru(*results: str, order: str = "OBR|1|P1|F1|CBC^Blood count^L|||20200302080000", patient: str = PID) -> str:
    """A report of results."""
    return message(patient, order, *results, type="ORU^R01")
