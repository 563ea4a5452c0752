-- Observations and components with a number. The number's text is kept as the source wrote it; a number that does not fit
-- DECIMAL(38, 9) leaves the value empty and is counted.
SELECT
    stable_id('Observation', key, part) AS measurement_id,
    0 AS measurement_concept_id,
    start_date AS measurement_date,
    start_datetime AS measurement_datetime,
    32817 AS measurement_type_concept_id,
    operator_concept(comparator) AS operator_concept_id,
    num(number) AS value_as_number,
    CASE WHEN unit IS NOT NULL THEN 0 END AS unit_concept_id,
    low AS range_low,
    high AS range_high,
    coalesce(first_of(code.coding).code, code.text) AS measurement_source_value,
    0 AS measurement_source_concept_id,
    unit AS unit_source_value,
    CASE WHEN unit IS NOT NULL THEN 0 END AS unit_source_concept_id,
    number AS value_source_value,
    codes(code.coding) AS x_codes,
    first_system(code.coding) AS code_system,
    said(code) AS code_text,
    coalesce(unit_system, '') AS unit_system,
    origin.*
FROM event
WHERE number IS NOT NULL
