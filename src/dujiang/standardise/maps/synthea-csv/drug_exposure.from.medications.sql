SELECT
    stable_id('medications', key) AS drug_exposure_id,
    0 AS drug_concept_id,
    start_date AS drug_exposure_start_date,
    start_datetime AS drug_exposure_start_datetime,
    coalesce(dat(ends), start_date) AS drug_exposure_end_date,
    ts(ends) AS drug_exposure_end_datetime,
    dat(ends) AS verbatim_end_date,
    32838 AS drug_type_concept_id,
    coalesce(first_of(coding).code, description) AS drug_source_value,
    0 AS drug_source_concept_id,
    codes(coding) AS x_codes,
    first_system(coding) AS code_system,
    description AS code_text,
    origin.*
FROM event
