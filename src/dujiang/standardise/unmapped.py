"""The work-list: what has no standard concept yet, and why, counted by table, field, system and code; nothing is dropped for it."""

from typing import NamedTuple

from dujiang.world import Frames

_SYSTEM = "coalesce(system_name({system}), {system}, '')"
_REASON = (
    "CASE WHEN {system} IS NULL THEN {no_code} WHEN system_name({system}) IS NULL THEN 'unknown_system' ELSE 'no_vocabulary' END"
)


class Gap(NamedTuple):
    """A field of a table that may be unmapped, as SQL: which rows, by what system, code and text, for what reason."""

    table: str
    field: str
    where: str
    system: str = "''"
    code: str = "''"
    text: str = "''"
    reason: str = "''"

    def sql(self) -> str:
        return (
            f"INSERT INTO x_unmapped SELECT '{self.table}', '{self.field}', {self.system} AS s, {self.code} AS c, "
            f"coalesce(min({self.text}), ''), count(*), {self.reason} AS r FROM {self.table} WHERE {self.where} GROUP BY s, c, r"
        )


def _coded(table: str, field: str, source: str, *, system: str = "code_system", text: str = "code_text") -> Gap:
    """A concept that is 0 although, or because, its record has this code; a record without a code of its own shows no text."""
    no_code = "'no_code'" if system != "code_system" else "CASE WHEN text_denied THEN 'text.not_asserted' ELSE 'no_code' END"
    code = source if system != "code_system" else f"coalesce(code_found, {source})"
    shown = f"{system} IS NOT NULL" + (" AND code_found IS NULL" if system == "code_system" else "")
    return Gap(
        table, field, f"{field} = 0", _SYSTEM.format(system=system), f"CASE WHEN {system} IS NULL THEN '' ELSE coalesce({code}, '') END",
        f"CASE WHEN {shown} THEN {text} END", _REASON.format(system=system, no_code=no_code),
    )


def _listed(table: str, field: str, source: str) -> Gap:
    """A concept from one of our own lists."""
    reason = f"CASE WHEN coalesce({source}, '') = '' THEN 'no_code' ELSE 'unknown_code' END"
    return Gap(table, field, f"{field} = 0", code=f"coalesce({source}, '')", reason=reason)


def _value(reason: str, where: str) -> Gap:
    """A number that could not be kept as one, by what was measured; never the number."""
    system, code = _SYSTEM.format(system="code_system"), "CASE WHEN code_system IS NULL THEN '' ELSE measurement_source_value END"
    return Gap("measurement", "value_as_number", f"value_as_number IS NULL AND {where}", system, code, reason=f"'{reason}'")


_NUMBER = "regexp_matches(value_source_value, '^\\s*[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?\\s*$')"
_CONCEPTS = (
    ("condition_occurrence", "condition"), ("drug_exposure", "drug"), ("procedure_occurrence", "procedure"),
    ("measurement", "measurement"), ("observation", "observation"),
)
GAPS = (
    *(_listed("person", f"{name}_concept_id", f"{name}_source_value") for name in ("gender", "race", "ethnicity")),
    _listed("visit_occurrence", "visit_concept_id", "visit_source_value"),
    *(_coded(table, f"{name}_concept_id", f"{name}_source_value") for table, name in _CONCEPTS),
    _coded("measurement", "unit_concept_id", "unit_source_value", system="unit_system", text="''"),
    _coded("observation", "value_as_concept_id", "value_code", system="value_system", text="value_text"),
    _value("value.out_of_range", _NUMBER),
    _value("value.not_a_number", f"value_source_value IS NOT NULL AND NOT {_NUMBER}"),
    *(Gap(table, "visit_occurrence_id", "visit_lost", reason="'reference.dangling'") for table, _ in _CONCEPTS),
)


def count(frames: Frames) -> None:
    """Fill `x_unmapped` from the tables as they were made; the macros of any family must be there."""
    for gap in GAPS:
        frames.run(gap.sql())
