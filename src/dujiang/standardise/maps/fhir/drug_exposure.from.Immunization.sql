-- A vaccination is a drug exposure of one day.
SELECT
    stable_id('Immunization', key) AS drug_exposure_id,
    0 AS drug_concept_id,
    start_date AS drug_exposure_start_date,
    start_datetime AS drug_exposure_start_datetime,
    start_date AS drug_exposure_end_date,
    32818 AS drug_type_concept_id,
    num(quantity.value) AS quantity,
    CASE WHEN route IS NOT NULL THEN 0 END AS route_concept_id,
    lot AS lot_number,
    coalesce(first_of(code.coding).code, code.text) AS drug_source_value,
    0 AS drug_source_concept_id,
    route AS route_source_value,
    coalesce(quantity.code, quantity.unit) AS dose_unit_source_value,
    codes(code.coding) AS x_codes,
    first_system(code.coding) AS code_system,
    said(code) AS code_text,
    origin.*
FROM event
