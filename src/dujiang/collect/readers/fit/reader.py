"""Reads a FIT file: its summaries and samples of heart rate, weight, blood pressure, temperature, steps; damage ends it, what stood before stays.

Decoded by fitdecode, which checks header and checksum. The person is the folder's, else whoever wears the device of that serial number.
"""

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import fitdecode

from dujiang.collect.readers.inflate import Cut, inflated
from dujiang.collect.readers.items import Broken, Item, Readable, Remark
from dujiang.collect.readers.personal import Kind, Reading, observed, person_in

SYSTEM = "https://developer.garmin.com/fit"
_MOST = 64 << 20  # bytes of a file: days of samples
# Message and field: LOINC code and unit. Names of Garmin's FIT profile.
_FIELDS: dict[str, dict[str, tuple[str, str]]] = {
    "record": {"heart_rate": ("8867-4", "/min"), "core_temperature": ("8310-5", "Cel"), "respiration_rate": ("9279-1", "/min")},
    "session": {
        "total_timer_time": ("55411-3", "s"), "total_distance": ("55430-3", "m"), "total_calories": ("41981-2", "kcal"),
        "avg_heart_rate": ("", "/min"), "max_heart_rate": ("", "/min"),
    },
    "weight_scale": {
        "weight": ("29463-7", "kg"), "percent_fat": ("41982-0", "%"), "percent_hydration": ("", "%"), "bone_mass": ("", "kg"), "muscle_mass": ("", "kg"),
    },
    "blood_pressure": {"systolic_pressure": ("8480-6", "mm[Hg]"), "diastolic_pressure": ("8462-4", "mm[Hg]"), "heart_rate": ("8867-4", "/min")},
    "monitoring": {"steps": ("55423-8", "{steps}"), "heart_rate": ("8867-4", "/min"), "distance": ("", "m"), "calories": ("", "kcal")},
    "hrv": {}, "spo2_data": {"reading_spo2": ("59408-5", "%")}, "respiration_rate": {"respiration_rate": ("9279-1", "/min")},
}
# What the library says to damage, besides its own errors.
_DAMAGE = (fitdecode.FitError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, struct.error)
_DEVICE = ("manufacturer", "product", "serial_number")


def is_fit(start: bytes) -> bool:
    """Whether a file begins with a FIT header: its size, and `.FIT` behind it."""
    return start[8:12] == b".FIT"


def read_fit(stream: Readable, name: str) -> Iterator[Item]:
    """Every reading; of a damaged file those before the damage."""
    content = bytearray()
    try:
        for piece in inflated(stream):
            content += piece
            if len(content) > _MOST:
                yield Broken(1, "fit.too_large")
                return
    except Cut as cut:
        yield Broken(1, cut.rule)
    yield from _read(bytes(content), person_in(name))


def _read(content: bytes, folder: str) -> Iterator[Item]:
    device: tuple[str, ...] = ()
    given = 0
    try:
        with fitdecode.FitReader(io.BytesIO(content), check_crc=fitdecode.CrcCheck.RAISE, error_handling=fitdecode.ErrorHandling.IGNORE) as frames:
            for number, frame in enumerate(frames, 1):
                if not isinstance(frame, fitdecode.FitDataMessage):
                    continue
                if frame.name == "file_id":
                    device = tuple(f"{one}={frame.get_value(one, fallback='')}" for one in _DEVICE)
                for reading in _readings(frame, device, folder):
                    given += 1
                    yield observed(reading, number)
    except _DAMAGE as error:
        yield Broken(1, _rule(error))
        return
    if not given:
        yield Remark("fit.no_readings")


def _rule(error: Exception) -> str:
    if isinstance(error, fitdecode.FitEOFError):
        return "fit.truncated"
    if isinstance(error, fitdecode.FitCRCError):
        return "fit.checksum"
    return "fit.header" if isinstance(error, fitdecode.FitHeaderError) else "fit.damaged"


def _readings(frame: Any, device: tuple[str, ...], folder: str) -> Iterator[Reading]:
    fields = _FIELDS.get(frame.name, {})
    when = frame.get_value("timestamp", fallback=None)
    if not fields or not isinstance(when, datetime):
        return
    began = frame.get_value("start_time", fallback=None)
    start = _written(began if isinstance(began, datetime) and frame.name == "session" else when)
    profile = frame.get_value("user_profile_index", fallback="")
    person = folder or "wearer of " + " ".join(device)
    if profile not in ("", None):  # a scale that several step on
        person = f"{person} profile {profile}"
    for name, (loinc, unit) in fields.items():
        value = frame.get_value(name, fallback=None)
        if isinstance(value, int | float) and not isinstance(value, bool) and start:
            kind = Kind(SYSTEM, f"{frame.name}.{name}", loinc)
            yield Reading(person, device, kind, start, _written(when) if frame.name == "session" else "", _digits(value), unit)


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when.tzinfo else when.isoformat()


def _digits(value: int | float) -> str:
    """The number as the device stored it: whole steps of a scale, no finer than a ten thousandth."""
    return str(value) if isinstance(value, int) else f"{value:.4f}".rstrip("0").rstrip(".")
