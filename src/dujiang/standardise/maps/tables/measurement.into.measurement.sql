-- A value that is no number keeps its text, and is counted.
SELECT
    row_id(origin, key, part) AS measurement_id,
    0 AS measurement_concept_id,
    start_date AS measurement_date,
    start_datetime AS measurement_datetime,
    32817 AS measurement_type_concept_id,
    operator_concept(number_sign(value)) AS operator_concept_id,
    num(number_text(value)) AS value_as_number,
    CASE WHEN unit IS NOT NULL THEN 0 END AS unit_concept_id,
    num(low) AS range_low,
    num(high) AS range_high,
    coalesce(first_of(code).code, text) AS measurement_source_value,
    0 AS measurement_source_concept_id,
    unit AS unit_source_value,
    CASE WHEN unit IS NOT NULL THEN 0 END AS unit_source_concept_id,
    value AS value_source_value,
    codes(code) AS x_codes,
    first_system(code) AS code_system,
    coalesce(text, first_of(code).display) AS code_text,
    'UCUM' AS unit_system,
    origin.*
FROM event
