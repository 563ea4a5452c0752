"""A database's values as text that loses nothing: numbers with their digits, dates and times in ISO 8601, bytes in base64; absent is None."""

import base64
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import orjson


def exact(value: object) -> str | None:
    """The value as text. Binary doubles are written as the shortest text that reads back the same (`repr`)."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=exact, option=orjson.OPT_SORT_KEYS).decode()
    return str(value)


def _duration(value: timedelta) -> str:
    """`[-]hh:mm:ss[.ffffff]`, hours beyond 24 as they are: MariaDB's TIME is a duration."""
    sign = "-" if value < timedelta(0) else ""
    whole = abs(value)
    seconds = whole.days * 86400 + whole.seconds
    fraction = f".{whole.microseconds:06d}" if whole.microseconds else ""
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


def moment(text: str | None) -> str | None:
    """A database's own text of a date or time in ISO 8601; one that Python has no word for (`infinity`, before Christ, no date) stays as it is."""
    for kind in (date, datetime, time):
        try:
            return kind.fromisoformat(text or "").isoformat()
        except ValueError:
            continue
    return text
