"""Reads Fitbit tables (daily activity, hourly steps, sleep, weight): a row is what one person's tracker said of a day or an hour.

Columns as Fitbit's exports name them; times as Americans write them, the tracker's wall clock. The wearer is column `Id`.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from dujiang.collect.readers.items import Broken, Item, Readable
from dujiang.collect.readers.lines import BOM, lines
from dujiang.collect.readers.personal import Kind, Reading, observed
from dujiang.collect.readers.writing import number

SYSTEM = "https://dev.fitbit.com"
_DAY, _HOUR, _NONE = timedelta(days=1), timedelta(hours=1), timedelta(0)
_TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d\d):(\d\d) ([AP])M)?", re.ASCII)
_PERSON = re.compile(r"[A-Za-z0-9_-]{1,64}")


class _Table(NamedTuple):
    time: str  # the column
    lasts: timedelta
    columns: dict[str, tuple[str, str]]  # LOINC code and unit


_TABLES = (
    _Table("ActivityDate", _DAY, {
        "TotalSteps": ("55423-8", "{steps}"), "TotalDistance": ("55430-3", "km"), "Calories": ("41981-2", "kcal"), "VeryActiveMinutes": ("", "min"),
        "FairlyActiveMinutes": ("", "min"), "LightlyActiveMinutes": ("", "min"), "SedentaryMinutes": ("", "min"),
    }),
    _Table("ActivityHour", _HOUR, {"StepTotal": ("55423-8", "{steps}"), "Calories": ("41981-2", "kcal"), "TotalIntensity": ("", "")}),
    _Table("SleepDay", _DAY, {"TotalMinutesAsleep": ("93832-4", "min"), "TotalTimeInBed": ("", "min"), "TotalSleepRecords": ("", "{count}")}),
    _Table("Date", _NONE, {"WeightKg": ("29463-7", "kg"), "BMI": ("39156-5", "kg/m2"), "Fat": ("41982-0", "%")}),
)


def is_tracker(start: bytes) -> bool:
    """Whether a file that begins so is one of these tables."""
    return _table(_cells(start.removeprefix(BOM).partition(b"\n")[0]) or []) is not None


def read_tracker(stream: Readable, name: str) -> Iterator[Item]:
    """Every cell that was measured; an empty cell is none, a row that cannot be read is set aside."""
    del name
    header: list[str] = []
    table: _Table | None = None
    for line, raw, rule in lines(stream):
        cells = None if rule else _cells(raw.removeprefix(BOM))
        if table is None:
            header = [one.strip() for one in cells or []]
            table = _table(header)
            if table is None:
                yield Broken(line, rule or "csv.no_header")
                return
        elif cells is None:
            yield Broken(line, rule or "line.encoding")
        elif cells:
            yield from _row(table, header, cells, line=line)


def _table(header: list[str]) -> _Table | None:
    names = set(header)
    return next((one for one in _TABLES if "Id" in names and one.time in names and names & one.columns.keys()), None)


def _cells(raw: bytes) -> list[str] | None:
    try:
        return next(csv.reader(io.StringIO(raw.decode().strip("\r")), strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None


def _row(table: _Table, header: list[str], cells: list[str], *, line: int) -> Iterator[Item]:
    if len(cells) != len(header):
        yield Broken(line, "csv.columns")
        return
    row = dict(zip(header, cells, strict=True))
    person, start = row["Id"].strip(), _time(row[table.time].strip())
    if not _PERSON.fullmatch(person) or start is None:
        yield Broken(line, "device.no_time" if start is None else "device.no_person")
        return
    ends = (start + table.lasts).isoformat() if table.lasts and start < datetime.max - table.lasts else ""
    for column, (loinc, unit) in table.columns.items():
        value = row.get(column, "").strip()
        if not value:
            continue
        if number(value) is None:
            yield Broken(line, "device.no_value")
            continue
        made = table.time if table.lasts else row.get("LogId", "")
        yield observed(Reading(person, ("Fitbit", made), Kind(SYSTEM, column, loinc), start.isoformat(), ends, value, unit), line)


def _time(text: str) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    month, day, year, hour, minute, second, half = found.groups()
    try:
        clock = int(hour or 12) % 12 + (12 if half == "P" else 0)
        if hour is not None and not 1 <= int(hour) <= 12:
            return None
        return datetime(int(year), int(month), int(day), clock, int(minute or 0), int(second or 0))
    except ValueError:
        return None
