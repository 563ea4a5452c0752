SELECT
    stable_id('allergies', key) AS observation_id,
    0 AS observation_concept_id,
    start_date AS observation_date,
    start_datetime AS observation_datetime,
    32817 AS observation_type_concept_id,
    coalesce(first_of(coding).code, description) AS observation_source_value,
    0 AS observation_source_concept_id,
    severity AS qualifier_source_value,
    codes(coding) AS x_codes,
    first_system(coding) AS code_system,
    description AS code_text,
    origin.*
FROM event
