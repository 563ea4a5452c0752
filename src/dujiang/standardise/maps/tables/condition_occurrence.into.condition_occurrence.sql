SELECT
    row_id(origin, key, part) AS condition_occurrence_id,
    0 AS condition_concept_id,
    start_date AS condition_start_date,
    start_datetime AS condition_start_datetime,
    dat(ends) AS condition_end_date,
    ts(ends) AS condition_end_datetime,
    32817 AS condition_type_concept_id,
    coalesce(first_of(code).code, text) AS condition_source_value,
    0 AS condition_source_concept_id,
    status AS condition_status_source_value,
    codes(code) AS x_codes,
    first_system(code) AS code_system,
    coalesce(text, first_of(code).display) AS code_text,
    origin.*
FROM event
