SELECT
    visit_occurrence_id,
    coalesce(visit_concept(class), 0) AS visit_concept_id,
    start_date AS visit_start_date,
    start_datetime AS visit_start_datetime,
    coalesce(dat(ends), start_date) AS visit_end_date,
    ts(ends) AS visit_end_datetime,
    32817 AS visit_type_concept_id,
    class AS visit_source_value,
    0 AS visit_source_concept_id,
    admitted_from AS admitted_from_source_value,
    discharged_to AS discharged_to_source_value,
    codes(code) AS x_codes,
    origin.*
FROM event
