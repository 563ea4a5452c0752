"""What the cells of a threshold file of DataQualityDashboard stand for in SQL; whatever is not of the shape it must have is refused."""

import re
from collections.abc import Collection, Mapping

Row = Mapping[str, str]


def parts(row: Row, *, mapped: Collection[str], unmapped: Collection[str]) -> dict[str, str]:
    """What the braces of `dqd.yaml` stand for in one row; ValueError where a cell is not of the shape it must have."""
    table = _name(row["cdmTableName"])
    known = {"table": table}
    if "cdmFieldName" not in row:
        return known
    field = _name(row["cdmFieldName"])
    day = f"CAST(t.{field} AS DATE)"
    known |= {"field": field, "day": day, "value": day if row.get("cdmDatatype") in ("date", "datetime") else f"t.{field}"}
    known |= _sourced(table, field, mapped, unmapped)
    names = {
        "key_table": "fkTableName", "key_field": "fkFieldName", "standard": "standardConceptFieldName",
        "after": "plausibleTemporalAfterFieldName", "end": "plausibleStartBeforeEndFieldName",
    }
    known |= {part: _name(row[column]) for part, column in names.items() if row.get(column)}
    known |= {part: _words(row[column]) for part, column in (("domain", "fkDomain"), ("class", "fkClass")) if row.get(column)}
    # At concept level these columns mean numbers that belong to a concept and a unit; no check of DQD 2.8 reads them.
    limits = (("low", "plausibleValueLow"), ("high", "plausibleValueHigh")) if "cdmDatatype" in row else ()
    known |= {part: _limit(row[column]) for part, column in limits if row.get(column)}
    if "key_table" in known and "key_field" in known:
        own = {("person_id", "person"): "w", ("visit_occurrence_id", "visit_occurrence"): "v"}
        known["key"] = own.get((field, known["key_table"]), f"k_{field}__{known['key_table']}__{known['key_field']}")
    return known | (_concept(row) if row.get("conceptId") else {})


def _sourced(table: str, field: str, mapped: Collection[str], unmapped: Collection[str]) -> dict[str, str]:
    """What is added where an empty concept field must not be empty because its source value is not."""
    stem = re.sub(r"(_source)?_concept_id$", "", field)
    listed = (stem in mapped or f"{table}.{stem}" in mapped) and f"{table}.{stem}" not in unmapped
    if not listed or stem == field:
        return {"or_sourced": "", "or_lost": ""}
    value = f"t.{stem}_source_value"
    return {"or_sourced": f" OR {value} IS NOT NULL", "or_lost": f" OR (t.{field} IS NULL AND {value} IS NOT NULL)"}


def _concept(row: Row) -> dict[str, str]:
    concepts = _numbers(row["conceptId"])
    sex = row.get("plausibleGender") or row.get("plausibleGenderUseDescendants")
    parts = {"concept": concepts, "descend": "a_" + re.sub(r"\D+", "_", concepts), "sex": "8507" if sex == "Male" else "8532"}
    if units := row.get("plausibleUnitConceptIds"):
        plausible = _numbers(units)
        # -1 stands for: no unit at all. A unit 0 is the business of another check.
        parts["unlikely"] = "t.unit_concept_id <> 0" if plausible == "-1" else f"t.unit_concept_id NOT IN ({plausible}, 0)"
    return parts


def _name(text: str) -> str:
    """A table or column name in lower case."""
    if not re.fullmatch(r"[A-Za-z]\w*", text, re.ASCII):
        raise ValueError("no name")
    return text.lower()


def _numbers(text: str) -> str:
    return ", ".join(str(int(part)) for part in text.split(","))


def _words(text: str) -> str:
    quoted = ("'{}'".format(part.strip().replace("'", "''")) for part in text.split(","))
    return f"({', '.join(quoted)})"


def _limit(text: str) -> str:
    """A limit as SQL: a number, a day as `'19500131'`, or a day or year reckoned from today."""
    if day := re.fullmatch(r"'(\d{4})(\d\d)(\d\d)'", text):
        return f"DATE '{'-'.join(day.groups())}'"
    if later := re.fullmatch(r"DATEADD\(dd?, *(-?\d+), *GETDATE\(\)\)", text, re.IGNORECASE):
        return f"({{as_of}} + INTERVAL {later[1]} DAY)"
    if year := re.fullmatch(r"YEAR\(GETDATE\(\)\) *([+-] *\d+)?", text, re.IGNORECASE):
        return f"(extract(year FROM {{as_of}}) {year[1] or ''})"
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        raise ValueError("no limit")
    return text
