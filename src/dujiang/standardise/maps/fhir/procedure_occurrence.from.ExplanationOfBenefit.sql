-- What was billed as done. Type 32810: claim, so that it is told from what a ward recorded. A line without a code is of the whole bill.
SELECT
    stable_id('ExplanationOfBenefit', key, part) AS procedure_occurrence_id,
    0 AS procedure_concept_id,
    start_date AS procedure_date,
    start_datetime AS procedure_datetime,
    32810 AS procedure_type_concept_id,
    coalesce(first_of(code.coding).code, code.text, revenue, '') AS procedure_source_value,
    0 AS procedure_source_concept_id,
    codes(code.coding) AS x_codes,
    first_system(code.coding) AS code_system,
    said(code) AS code_text,
    origin.*
FROM event
