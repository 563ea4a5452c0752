-- Rows whose TYPE is numeric. What is no number all the same leaves the value empty, keeps its text and is counted.
SELECT
    stable_id('observations', key) AS measurement_id,
    0 AS measurement_concept_id,
    start_date AS measurement_date,
    start_datetime AS measurement_datetime,
    32817 AS measurement_type_concept_id,
    num(value) AS value_as_number,
    CASE WHEN unit IS NOT NULL THEN 0 END AS unit_concept_id,
    coalesce(first_of(coding).code, description) AS measurement_source_value,
    0 AS measurement_source_concept_id,
    unit AS unit_source_value,
    CASE WHEN unit IS NOT NULL THEN 0 END AS unit_source_concept_id,
    value AS value_source_value,
    codes(coding) AS x_codes,
    first_system(coding) AS code_system,
    description AS code_text,
    'UCUM' AS unit_system,
    origin.*
FROM event
WHERE numeric
