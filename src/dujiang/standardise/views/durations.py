"""A date or time moved by a duration that the path writes out (FHIRPath 2.0 §6.6.3): as precise as it was, in its own time zone."""

from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.syntax import Literal
from dujiang.standardise.views.values import CLOCK, Value, let

# A calendar's units and the UCUM ones of definite length. UCUM's mean year and month are no calendar's and are refused.
_UNITS = {
    "year": "years", "month": "months", "week": "weeks", "day": "days", "hour": "hours", "minute": "minutes", "second": "seconds",
    "millisecond": "milliseconds", "wk": "weeks", "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds",
}
_ZONE = "(Z|[+-][0-9]{2}:[0-9]{2})$"


def moved(scope: Scope, value: Value, op: str, by: Literal) -> Value:
    """`value + 7 days`; of a date or time that is less precise than the duration, empty."""
    unit = _UNITS.get(by.unit)
    if unit is None:
        raise scope.wrong("a date can be moved by years, months, weeks, days, hours, minutes, seconds or milliseconds", "日期只能按年、月、周、日、时、分、秒、毫秒移动")
    amount = by.text if unit in ("seconds", "milliseconds") else by.text.partition(".")[0]
    one = scope.single(value)
    return Value(let(one.sql, lambda t: _moved(t, f"{op} {_interval(amount, unit)}", one.kind == CLOCK)), one.type)


def _interval(amount: str, unit: str) -> str:
    thousandths = {"seconds": 1000, "milliseconds": 1}.get(unit)
    if thousandths is None:
        return f"to_{unit}({int(amount)})"
    return f"to_microseconds(CAST(CAST('{amount}' AS DECIMAL(18, 6)) * {thousandths * 1000} AS BIGINT))"


def _moved(t: str, step: str, clock: bool) -> str:
    """SQL: filled up to a timestamp, moved, cut to the length it had, its zone put back."""
    bare = f"regexp_replace({t}, '{_ZONE}', '')"
    zone = f"regexp_extract({t}, '{_ZONE}', 1)"
    start = "'1970-01-01T' || {x}" if clock else "{x}"
    fill = "1970-01-01T00:00:00.000000" if clock else "0001-01-01T00:00:00.000000"

    def shifted(x: str) -> str:
        whole = start.format(x=x)
        filled = f"{whole} || substr('{fill}', length({whole}) + 1)"
        text = f"strftime(TRY_CAST({filled} AS TIMESTAMP) {step}, '%Y-%m-%dT%H:%M:%S.%f')"
        return f"substr({text}, {12 if clock else 1}, length({x}))"

    return f"{let(bare, shifted)} || {zone}" if not clock else let(bare, shifted)
