"""HL7's moments (v2 and CDA write them alike) as FHIR's: no more precise than written, the wall clock as written, checked."""

import re
from datetime import date

# YYYY[MM[DD[HH[MM[SS[.S]]]]]][+ZZZZ]; some systems put ISO's marks between.
_MOMENT = re.compile(
    r"(\d{4})(?:[-/]?(\d\d)(?:[-/]?(\d\d)(?:[T ]?(\d\d)(?::?(\d\d)(?::?(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?\s*(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


def moment(text: str) -> str:
    """FHIR dateTime of HL7's; empty when it is none. An hour alone is the full hour; an offset is kept, and none is invented."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return ""
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    if hour is None:
        return "-".join(part for part in (year, month, day) if part)
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 59:
        return ""
    clock = f"{hour}:{minute or '00'}:{second or '00'}" + (f".{fraction}" if fraction else "")
    return f"{year}-{month}-{day}T{clock}{_offset(zone)}"


def day_of(text: str) -> str:
    """The date of a moment, no more precise than written; empty when it is none."""
    return moment(text).partition("T")[0]


def _offset(zone: str | None) -> str:
    """The offset with its colon; left out when no place on earth has it."""
    if not zone or zone == "Z":
        return zone or ""
    sign, hours, minutes = zone[0], zone[1:3], zone[-2:]
    return f"{sign}{hours}:{minutes}" if int(hours) < 15 and int(minutes) < 60 else ""
