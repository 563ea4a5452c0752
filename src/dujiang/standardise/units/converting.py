"""One unit for each known kind of measurement: `x_value` in `x_unit`, beside the source's number and unit, which stay as they are.

Factors are exact fractions, decimals of 12 places in SQL; amounts of substance and mass turn into each other by the molar mass in
`analytes.csv` (IUPAC atomic weights); of urea nitrogen that of its two nitrogens, of phosphate that of phosphorus. HbA1c in mmol/mol (IFCC)
becomes per cent (NGSP) by the master equation NGSP = 0.09148 IFCC + 2.152 (Weykamp et al. 2004). A unit that is not known, or does not
fit, converts nothing. A value that no living person has is counted and kept.
"""

import csv
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import NamedTuple, cast

from dujiang.standardise.units.ucum import Unit, read
from dujiang.words import Saying, Word
from dujiang.world import Frames

_MOLE, _MASS = ("N", 1), ("M", 1)
_IFCC = ("mmol/mol", Fraction("0.09148"), Fraction("2.152"))
_FACTORS = {"loinc": "VARCHAR", "written": "VARCHAR", "unit": "VARCHAR", "factor": "DECIMAL(20,12)", "shift": "DECIMAL(18,9)"}
_LIMITS = {"loinc": "VARCHAR", "low": "DECIMAL(18,9)", "high": "DECIMAL(18,9)"}
# A product has at most 38 digits: values of a thousand million and more are not converted.
_VALUE = "TRY(round(TRY_CAST(value_as_number AS DECIMAL(18,9)) * f.factor, 9)::DECIMAL(38,9) + f.shift)"
# Codes repeat: each different set of them is looked into once.
_CODED = """
CREATE OR REPLACE TABLE x_coded AS SELECT * FROM (
    SELECT x_codes, regexp_extract(x_codes, '(?:^| )LOINC[|]({known})(?: |$)', 1) AS loinc FROM (SELECT DISTINCT x_codes FROM measurement)
) WHERE loinc <> ''"""
_PAIRS = """
SELECT DISTINCT loinc, unit_source_value FROM measurement JOIN x_coded USING (x_codes) WHERE trim(unit_source_value) <> '' ORDER BY ALL"""
_CONVERT = f"""
UPDATE measurement m SET x_value = {_VALUE}, x_unit = f.unit
FROM (SELECT x_codes, x_factor.* FROM x_coded JOIN x_factor USING (loinc)) f
WHERE m.x_codes = f.x_codes AND m.unit_source_value = f.written AND {_VALUE} IS NOT NULL"""
_COUNT = """
INSERT INTO x_unmapped SELECT 'measurement', 'x_value', 'LOINC', loinc, '', count(*), 'value.implausible'
FROM measurement JOIN x_coded USING (x_codes) JOIN x_limit USING (loinc) WHERE x_value < low OR x_value > high GROUP BY loinc"""


class Analyte(Word, frozen=True):
    """A kind of measurement: LOINC codes, the unit it is kept in, its molar mass in g/mol, and what a living person can have in that unit."""

    id: str
    codes: tuple[str, ...]
    unit: str
    molar: str
    low: str
    high: str
    says: Saying


class Conversion(NamedTuple):
    """A number in the analyte's unit is `factor * number + shift`."""

    factor: Fraction
    shift: Fraction


@cache
def analytes() -> dict[str, Analyte]:
    """Every known kind of measurement, by each of its LOINC codes."""
    lines = (files("dujiang.standardise.units") / "analytes.csv").read_text(encoding="utf-8").splitlines()
    found = {}
    for row in csv.DictReader(lines):
        says = Saying(en=row["en"], zh=row["zh"])
        analyte = Analyte(id=row["id"], codes=tuple(row["codes"].split()), unit=row["unit"], molar=row["molar"], low=row["low"], high=row["high"], says=says)
        found.update(dict.fromkeys(analyte.codes, analyte))
    return found


def conversion(analyte: Analyte, written: str) -> Conversion | None:
    """From a unit as written to the analyte's; None when the unit is not known or measures something else."""
    source, target = read(written), read(analyte.unit)
    if source is None or target is None:
        return None
    if analyte.id == "hba1c" and source == read(_IFCC[0]):
        return Conversion(_IFCC[1], _IFCC[2])
    factor = source.factor / target.factor
    if source.dimensions != target.dimensions:
        step = _by_molar_mass(source, target, analyte.molar)
        if step is None:
            return None
        factor *= step
    return Conversion(factor, (source.offset - target.offset) / target.factor)


def _by_molar_mass(source: Unit, target: Unit, molar: str) -> Fraction | None:
    """What a gram is in moles, or an equivalent of a single charge, where that is all in which two units differ."""
    here, there = dict(source.dimensions), dict(target.dimensions)
    if here.pop("q", 0) and source.dimensions and here == there:
        return Fraction(1) if not molar else None
    if molar and here.get("M") == 1 and there.get("N") == 1:
        del here["M"], there["N"]
        return 1 / Fraction(molar) if here == there else None
    return None


def convert(frames: Frames) -> None:
    """Fill `x_value` and `x_unit` of the measurements, and count what nobody can have; `x_codes` must be there."""
    frames.run(_CODED.format(known="|".join(code.replace("-", "[-]") for code in sorted(analytes()))))
    pairs = cast(list[tuple[str, str]], frames.rows(_PAIRS))
    frames.run("DROP TABLE IF EXISTS x_factor; DROP TABLE IF EXISTS x_limit")
    frames.load("x_factor", _FACTORS, _factors(pairs))
    frames.load("x_limit", _LIMITS, ({"loinc": code, "low": a.low, "high": a.high} for code, a in sorted(analytes().items())))
    frames.run(_CONVERT)


def count_implausible(frames: Frames) -> None:
    """Count on the work-list the values that no living person has; after `convert`."""
    frames.run(_COUNT)


def _factors(pairs: list[tuple[str, str]]) -> Iterator[dict[str, object]]:
    for code, written in pairs:
        analyte = analytes()[code]
        found = conversion(analyte, written)
        if found is not None:
            yield {"loinc": code, "written": written, "unit": analyte.unit, "factor": _fixed(found.factor, 12), "shift": _fixed(found.shift, 9)}


def _fixed(value: Fraction, places: int) -> str:
    """Rounded half to even."""
    scaled = round(value * 10**places)
    return f"{'-' if scaled < 0 else ''}{abs(scaled) // 10**places}.{abs(scaled) % 10**places:0{places}d}"
