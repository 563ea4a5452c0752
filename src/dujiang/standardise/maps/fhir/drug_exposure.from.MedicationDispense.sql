-- What was handed out lasts for the days it supplies, else for the day on which it was handed out.
SELECT
    stable_id('MedicationDispense', key) AS drug_exposure_id,
    0 AS drug_concept_id,
    start_date AS drug_exposure_start_date,
    start_datetime AS drug_exposure_start_datetime,
    CASE WHEN days BETWEEN 1 AND 36500 THEN start_date + (days - 1)::INTEGER ELSE start_date END AS drug_exposure_end_date,
    32825 AS drug_type_concept_id,
    num(quantity.value) AS quantity,
    days AS days_supply,
    sig,
    CASE WHEN route IS NOT NULL THEN 0 END AS route_concept_id,
    coalesce(first_of(code.coding).code, code.text) AS drug_source_value,
    0 AS drug_source_concept_id,
    route AS route_source_value,
    coalesce(quantity.code, quantity.unit) AS dose_unit_source_value,
    codes(code.coding) AS x_codes,
    first_system(code.coding) AS code_system,
    said(code) AS code_text,
    origin.*
FROM event
