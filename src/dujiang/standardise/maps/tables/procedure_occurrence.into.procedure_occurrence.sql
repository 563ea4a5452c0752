SELECT
    row_id(origin, key, part) AS procedure_occurrence_id,
    0 AS procedure_concept_id,
    start_date AS procedure_date,
    start_datetime AS procedure_datetime,
    dat(ends) AS procedure_end_date,
    ts(ends) AS procedure_end_datetime,
    32817 AS procedure_type_concept_id,
    coalesce(first_of(code).code, text) AS procedure_source_value,
    0 AS procedure_source_concept_id,
    codes(code) AS x_codes,
    first_system(code) AS code_system,
    coalesce(text, first_of(code).display) AS code_text,
    origin.*
FROM event
