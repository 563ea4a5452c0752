-- Every other row; VALUE stays text.
SELECT
    stable_id('observations', key) AS observation_id,
    0 AS observation_concept_id,
    start_date AS observation_date,
    start_datetime AS observation_datetime,
    32817 AS observation_type_concept_id,
    value AS value_as_string,
    coalesce(first_of(coding).code, description) AS observation_source_value,
    0 AS observation_source_concept_id,
    unit AS unit_source_value,
    value AS value_source_value,
    codes(coding) AS x_codes,
    first_system(coding) AS code_system,
    description AS code_text,
    origin.*
FROM event
WHERE NOT numeric
