"""The kinds of dirt of a CSV export, rows and header."""

import csv
import io
from datetime import datetime, timedelta

from dujiang_synth.codes import HEIGHT, SYSTOLIC
from dujiang_synth.dice import uuid_of
from dujiang_synth.dirt import Kind, Scene, anything, spaced, unchanged
from dujiang_synth.identity import spoil_check
from dujiang_synth.sheets import Content, Record, Sheet


def is_laboratory(row: Record) -> bool:
    """Suits a laboratory value."""
    return bool(row["CATEGORY"] == "laboratory")


def has_number(row: Record) -> bool:
    """Suits a patient whose identity number the registry knows."""
    return bool(row["SSN"])


def short(row: Record, scene: Scene) -> Content:
    """The first four cells of a row and no more."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(list(row.values())[:4])
    return out.getvalue()


def two_lines(row: Record, scene: Scene) -> Content:
    """A description with a line break, which CSV allows inside quotes."""
    return {**row, "DESCRIPTION": f"{row['DESCRIPTION']}\n(复查)"}


def dangle(row: Record, scene: Scene) -> Content:
    """The observation of a patient who is not in the export."""
    return {**row, "PATIENT": uuid_of(scene.dice), "ENCOUNTER": ""}


def backwards(row: Record, scene: Scene) -> Content:
    """An encounter that ends the day before it starts."""
    start = datetime.fromisoformat(row["START"].removesuffix("Z"))
    return {**row, "STOP": f"{(start - timedelta(days=1)).isoformat()}Z"}


def after_death(row: Record, scene: Scene) -> Content:
    """An observation thirty days after the person died."""
    return {**row, "DATE": f"{(scene.died + timedelta(days=30)).isoformat()}T02:00:00Z"}


def local_code(row: Record, scene: Scene) -> Content:
    """A laboratory value under the hospital's own code."""
    return {**row, "CODE": f"JY{scene.dice.randint(1000, 9999)}", "DESCRIPTION": "院内检验项目"}


def other_sex(row: Record, scene: Scene) -> Content:
    """A sex that the identity number contradicts."""
    return {**row, "GENDER": "M" if row["GENDER"] == "F" else "F"}


def disorder(sheet: Sheet) -> None:
    """Write a table with its columns in another order than Synthea's."""
    sheet.columns = (*sheet.columns[2:], *sheet.columns[:2])
    sheet.header_dirt = "column_order"


KINDS: tuple[Kind, ...] = (
    Kind(
        "birth_after_event",
        "patients",
        lambda r: r["BIRTHDATE"] < "2010",
        lambda r, s: {**r, "BIRTHDATE": "2025-06-01"},
    ),
    Kind("identity_check_wrong", "patients", has_number, lambda r, s: {**r, "SSN": spoil_check(r["SSN"])}),
    Kind("sex_contradicts_identity", "patients", has_number, other_sex),
    Kind(
        "name_with_spaces",
        "patients",
        lambda r: not r["FIRST"].isascii(),
        lambda r, s: {**r, "FIRST": spaced(r["FIRST"])},
    ),
    Kind("encounter_ends_before_start", "encounters", anything, backwards),
    Kind("event_after_death", "observations", anything, after_death, added=True, of_the_dead=True),
    Kind(
        "value_out_of_range", "observations", lambda r: r["CODE"] == SYSTOLIC.code, lambda r, s: {**r, "VALUE": "1200"}
    ),
    Kind("wrong_unit", "observations", lambda r: r["CODE"] == HEIGHT.code, lambda r, s: {**r, "UNITS": "m"}),
    Kind("unit_missing", "observations", is_laboratory, lambda r, s: {**r, "UNITS": ""}),
    Kind("unmapped_local_code", "observations", is_laboratory, local_code),
    Kind("date_in_future", "observations", anything, lambda r, s: {**r, "DATE": "2099-03-01T01:00:00Z"}),
    Kind("dangling_reference", "observations", anything, dangle, added=True),
    Kind("duplicated_line", "observations", anything, unchanged, added=True),
    Kind("quoted_newline", "conditions", anything, two_lines),
    Kind("too_few_columns", "observations", anything, short, added=True),
)
