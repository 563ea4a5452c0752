"""Standard concepts for the codes of the tables, by the vocabularies loaded: the code's own concept, and the one it `Maps to`.

A field takes only a concept of its domain (OMOP convention); of several the first code's, then the smallest. A national extension of ICD-10
(`E11.900x001`) that a vocabulary does not have is looked up by its WHO code. What stays 0 says why on the work-list.
"""

from collections.abc import Sequence
from typing import NamedTuple

from dujiang.standardise.vocabularies.shelf import TABLES, ZONE, Vocabulary
from dujiang.world import Frames


class Field(NamedTuple):
    """A concept column of a table: the column of its source concept, its system and code as SQL, the domains it takes; `others`: all the row's codes speak."""

    table: str
    concept: str
    source: str
    system: str
    code: str
    domains: tuple[str, ...]
    others: bool = True


def _event(table: str, name: str, *domains: str, others: bool = True) -> Field:
    code = f"trim(coalesce(code_found, {name}_source_value))"
    return Field(table, f"{name}_concept_id", f"{name}_source_concept_id", "system_name(code_system)", code, domains, others)


FIELDS = (
    _event("condition_occurrence", "condition", "Condition"),
    _event("drug_exposure", "drug", "Drug"),
    _event("procedure_occurrence", "procedure", "Procedure"),
    _event("measurement", "measurement", "Measurement"),
    _event("observation", "observation", others=False),  # its codes are those of the answer too; it takes every domain
    Field("measurement", "unit_concept_id", "unit_source_concept_id", "system_name(unit_system)", "trim(unit_source_value)", ("Unit",), False),
    Field("observation", "value_as_concept_id", "", "system_name(value_system)", "trim(value_code)", (), False),
)
_ICD = "starts_with(system, 'ICD10') AND regexp_matches(code, '^[A-Z][0-9][0-9]')"
# How a code may be found: as it is, else by its WHO subcategory, else by its WHO category, the last two for national extensions only.
_WANTED = f"""
CREATE OR REPLACE TABLE x_wanted AS
WITH each AS (SELECT DISTINCT system, code FROM x_asked WHERE system IS NOT NULL AND code <> '')
SELECT system, code, code AS found, 0 AS step FROM each
UNION ALL SELECT system, code, left(code, 5), 1 FROM each WHERE {_ICD} AND regexp_matches(code, '^...[.][0-9]{{3}}')
UNION ALL SELECT system, code, left(code, 3), 2 FROM each WHERE {_ICD} AND regexp_matches(code, '^...[.][0-9x][0-9]{{2}}')"""
_SOURCES = """
CREATE OR REPLACE TABLE x_source AS
SELECT w.system, w.code, w.step, c.concept, c.standard FROM x_wanted w JOIN x_concepts c ON c.system = w.system AND c.code = w.found"""
_TARGETS = """
CREATE OR REPLACE TABLE x_target AS
WITH maps AS (
    SELECT DISTINCT source, target FROM x_maps WHERE source IN (SELECT concept FROM x_source)
    UNION SELECT concept, concept FROM x_source WHERE standard
)
SELECT DISTINCT s.system, s.code, s.step, s.concept AS source, m.target, c.domain
FROM x_source s JOIN maps m ON m.source = s.concept JOIN x_concepts c ON c.concept = m.target AND c.standard AND c.valid"""
_REASONS = """
UPDATE x_unmapped SET reason = CASE
    WHEN NOT EXISTS (FROM x_source s WHERE s.system = x_unmapped.system AND s.code = trim(x_unmapped.code)) THEN 'unknown_code'
    WHEN NOT EXISTS (FROM x_target t WHERE t.system = x_unmapped.system AND t.code = trim(x_unmapped.code)) THEN 'no_standard'
    ELSE 'other_domain' END
WHERE reason = 'no_vocabulary' AND system IN (FROM x_loaded)"""


def look_up(frames: Frames, vocabularies: Sequence[Vocabulary]) -> None:
    """Fill the concept columns of the tables as they were made; the macros of any family must be there."""
    known = [v for v in vocabularies if v.parts.get("concept") and not v.domain]
    _open(frames, known)
    if not known:
        return
    frames.run("CREATE OR REPLACE TABLE x_asked (system VARCHAR, code VARCHAR)")
    for number, field in enumerate(FIELDS):
        _ask(frames, number, field)
    for sql in (_WANTED, _SOURCES, _TARGETS):
        frames.run(sql)
    for number, field in enumerate(FIELDS):
        _fill(frames, number, field)


def explain(frames: Frames) -> None:
    """Say on the work-list why a code of a system that is loaded has no concept; after it was filled."""
    if frames.rows("SELECT count(*) FROM x_loaded")[0][0]:
        frames.run(_REASONS)


def _open(frames: Frames, vocabularies: Sequence[Vocabulary]) -> None:
    """Views over the sealed tables of several vocabularies, and the systems that they hold."""
    for table in ("concept", "maps"):
        files = [f"'{frames.url(ZONE, name)}'" for v in vocabularies for name in v.files(table)]
        empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in TABLES[table].items())
        source = f"FROM read_parquet([{', '.join(files)}])" if files else f"SELECT {empty} WHERE false"
        frames.run(f"CREATE OR REPLACE VIEW x_{'maps' if table == 'maps' else 'concepts'} AS {source}")
    frames.run("CREATE OR REPLACE TABLE x_loaded (system VARCHAR)")
    for system in sorted({system for v in vocabularies for system in v.systems}):
        frames.run("INSERT INTO x_loaded VALUES (?)", [system])


def _ask(frames: Frames, number: int, field: Field) -> None:
    """The field's distinct keys, and each code that speaks for a key in its turn."""
    codes = "x_codes" if field.others else "''"
    frames.run(
        f"CREATE OR REPLACE TABLE x_key_{number} AS SELECT row_number() OVER () AS id, * FROM (SELECT DISTINCT {field.system} AS s, {field.code} AS c, "
        f"{codes} AS x FROM {field.table} WHERE {field.system} IS NOT NULL OR {codes} <> '')"
    )
    frames.run(
        f"CREATE OR REPLACE TABLE x_turn_{number} AS SELECT id, 0 AS turn, s AS system, c AS code FROM x_key_{number} WHERE s IS NOT NULL UNION ALL "
        "SELECT id, turn, split_part(each, '|', 1), split_part(each, '|', 2) FROM (SELECT id, unnest(string_split(x, ' ')) AS each, "
        f"generate_subscripts(string_split(x, ' '), 1) AS turn FROM x_key_{number} WHERE x <> '')"
    )
    frames.run(f"INSERT INTO x_asked SELECT DISTINCT system, code FROM x_turn_{number}")


def _fill(frames: Frames, number: int, field: Field) -> None:
    domains = ", ".join(f"'{domain}'" for domain in field.domains)
    within = f"t.domain IN ({domains})" if domains else "true"
    best = "QUALIFY row_number() OVER (PARTITION BY id ORDER BY turn, step, {what}) = 1"
    frames.run(
        f"CREATE OR REPLACE TABLE x_pick AS SELECT s, c, x, target, source FROM x_key_{number} LEFT JOIN "
        f"(SELECT id, target FROM x_turn_{number} k JOIN x_target t USING (system, code) WHERE {within} {best.format(what='target')}) USING (id) LEFT JOIN "
        f"(SELECT id, concept AS source FROM x_turn_{number} k JOIN x_source USING (system, code) WHERE turn = 0 AND step = 0 {best.format(what='concept')}) "
        "USING (id)"
    )
    sets = [f"{field.concept} = coalesce(target, 0)", *([f"{field.source} = coalesce(source, 0)"] if field.source else [])]
    codes = "x_codes" if field.others else "''"
    frames.run(
        f"UPDATE {field.table} SET {', '.join(sets)} FROM x_pick p WHERE {field.system} IS NOT DISTINCT FROM p.s AND {field.code} IS NOT DISTINCT FROM p.c "
        f"AND {codes} = p.x AND coalesce(target, source) IS NOT NULL"
    )
