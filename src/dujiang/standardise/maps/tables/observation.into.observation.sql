SELECT
    row_id(origin, key, part) AS observation_id,
    0 AS observation_concept_id,
    start_date AS observation_date,
    start_datetime AS observation_datetime,
    32817 AS observation_type_concept_id,
    value AS value_as_string,
    coalesce(first_of(code).code, text) AS observation_source_value,
    0 AS observation_source_concept_id,
    unit AS unit_source_value,
    qualifier AS qualifier_source_value,
    value AS value_source_value,
    codes(code) AS x_codes,
    first_system(code) AS code_system,
    coalesce(text, first_of(code).display) AS code_text,
    origin.*
FROM event
