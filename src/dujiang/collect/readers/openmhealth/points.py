"""Takes one Open mHealth data point apart: whose, from what, when, how much; what does not follow its schema is refused by a rule."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from dujiang.collect.readers.openmhealth.measures import MEASURES, PARTS_OF_DAY, SECONDS, SPANS, Measure
from dujiang.collect.readers.personal import Kind, Reading, clock

SYSTEM = "https://www.openmhealth.org/schemas"
_TEXT = 255
_OFFSET = re.compile(r"T.*(?:Z|[+-]\d\d:\d\d)$")
_STATISTICS = frozenset({
    "average", "count", "maximum", "median", "minimum", "standard deviation", "sum", "variance", "20th percentile", "80th percentile", "lower quartile",
    "upper quartile", "quartile deviation", "1st quintile", "2nd quintile", "3rd quintile", "4th quintile",
})


class Wrong(Exception):
    """The point is set aside; `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Head(NamedTuple):
    """What a point's header says."""

    schema: str
    version: int  # its first number; 0 when it says none
    person: str
    device: tuple[str, ...]


def head_of(point: dict[str, Any], folder: str) -> Head:
    """Its schema, its person (else the folder's), and what made it; a point of no device is its source's."""
    header = point.get("header")
    if not isinstance(header, dict):
        raise Wrong("omh.no_header")
    schema = header.get("schema_id")
    name = schema.get("name") if isinstance(schema, dict) else None
    if not _is_text(name) or not _is_text(header.get("id", header.get("uuid"))):
        raise Wrong("omh.no_header")
    person = header.get("user_id", folder)
    if not _is_text(person):
        raise Wrong("device.no_person")
    origin = header.get("acquisition_provenance")
    source = origin if isinstance(origin, dict) else {}
    made: tuple[Any, ...] = (source.get("source_name"), header.get("source_name"), header.get("device_id"), source.get("source_device_id"))
    version = str(schema.get("version", "")).partition(".")[0] if isinstance(schema, dict) else ""
    return Head(str(name), int(version) if version.isascii() and version.isdigit() and len(version) < 4 else 0, str(person), tuple(str(one) for one in made if _is_text(one)))


def readings(point: dict[str, Any], folder: str) -> list[Reading]:
    """All that the point measured; Wrong when it says nothing that its schema allows."""
    head, body = head_of(point, folder), point.get("body")
    if not isinstance(body, dict):
        raise Wrong("omh.no_body")
    measures = MEASURES.get(head.schema)
    if measures is None:
        raise Wrong("omh.unread_schema")
    statistic = body.get("descriptive_statistic", "")
    if statistic and statistic not in _STATISTICS:
        raise Wrong("device.no_value")
    present = [one for one in measures if one.field in body]
    if not present or (head.schema == "blood-pressure" and len(present) < 2):
        raise Wrong("device.no_value")
    start, end = _times(body.get("effective_time_frame"))
    if not end and head.version >= SPANS.get(head.schema, 1000):
        raise Wrong("device.no_time")
    device = (*head.device, str(statistic)) if statistic else head.device
    found = []
    for one in present:
        value, unit = _value(body[one.field], one)
        kind = Kind(SYSTEM, f"{head.schema}.{one.field}" + (f".{statistic}" if statistic else ""), "" if statistic else one.loinc)
        found.append(Reading(head.person, device, kind, start, end, value, unit))
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _TEXT


def _value(said: Any, one: Measure) -> tuple[str, str]:
    if one.bare and isinstance(said, Decimal | int) and not isinstance(said, bool):
        return str(said), one.bare
    value, unit = (said.get("value"), said.get("unit")) if isinstance(said, dict) else (None, None)
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise Wrong("device.no_value")
    if not isinstance(unit, str) or unit not in one.units:
        raise Wrong("device.unit")
    return str(value), one.units[unit]


def _times(frame: Any) -> tuple[str, str]:
    """Start and end; the day alone where the point says no more."""
    if not isinstance(frame, dict) or ("date_time" in frame) == ("time_interval" in frame):
        raise Wrong("device.no_time")
    if "date_time" in frame:
        return _time(frame["date_time"]), ""
    span = frame["time_interval"]
    if not isinstance(span, dict):
        raise Wrong("device.no_time")
    if "date" in span:
        if span.get("part_of_day") not in PARTS_OF_DAY:
            raise Wrong("device.no_time")
        return clock(str(span["date"])) or _none(), ""
    given = [name for name in ("start_date_time", "end_date_time", "duration") if name in span]
    if len(given) != 2:
        raise Wrong("device.no_time")
    if "duration" not in span:
        return _time(span["start_date_time"]), _time(span["end_date_time"])
    start = "start_date_time" in span
    known = _time(span["start_date_time" if start else "end_date_time"])
    other = _moved(known, span["duration"], 1 if start else -1)
    return (known, other) if start else (other, known)


def _time(said: Any) -> str:
    found = clock(said) if isinstance(said, str) and _OFFSET.search(said) else ""
    return found or _none()


def _none() -> str:
    raise Wrong("device.no_time")


def _moved(time: str, duration: Any, sign: int) -> str:
    if not isinstance(duration, dict) or not isinstance(duration.get("value"), Decimal | int) or duration.get("unit") not in SECONDS:
        raise Wrong("device.no_time")
    try:
        seconds = float(duration["value"]) * SECONDS[duration["unit"]]
        return (datetime.fromisoformat(time) + sign * timedelta(seconds=seconds)).isoformat()
    except (OverflowError, ValueError):
        raise Wrong("device.no_time") from None
