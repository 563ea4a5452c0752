-- Observations and components without a number: coded, text, yes or no, a time, or nothing at all. The value's codes stand in
-- x_codes beside those of the question, since they too may be sensitive.
SELECT
    stable_id('Observation', key, part) AS observation_id,
    0 AS observation_concept_id,
    start_date AS observation_date,
    start_datetime AS observation_datetime,
    32817 AS observation_type_concept_id,
    coalesce(coded_value.text, said(coded_value), words) AS value_as_string,
    CASE WHEN coded_value IS NOT NULL THEN 0 END AS value_as_concept_id,
    coalesce(first_of(code.coding).code, code.text) AS observation_source_value,
    0 AS observation_source_concept_id,
    unit AS unit_source_value,
    coalesce(first_of(coded_value.coding).code, coded_value.text, words) AS value_source_value,
    codes(list_concat(coalesce(code.coding, []), coalesce(coded_value.coding, []))) AS x_codes,
    first_system(code.coding) AS code_system,
    said(code) AS code_text,
    first_system(coded_value.coding) AS value_system,
    first_of(coded_value.coding).code AS value_code,
    said(coded_value) AS value_text,
    origin.*
FROM event
WHERE number IS NULL
