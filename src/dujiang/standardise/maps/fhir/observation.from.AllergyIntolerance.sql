SELECT
    stable_id('AllergyIntolerance', key) AS observation_id,
    0 AS observation_concept_id,
    start_date AS observation_date,
    start_datetime AS observation_datetime,
    32817 AS observation_type_concept_id,
    coalesce(first_of(code.coding).code, code.text) AS observation_source_value,
    0 AS observation_source_concept_id,
    criticality AS qualifier_source_value,
    codes(code.coding) AS x_codes,
    first_system(code.coding) AS code_system,
    said(code) AS code_text,
    origin.*
FROM event
