-- The money of each line, on the procedure row that the same line makes. Amounts are of the claim's own currency; 32810: claim.
SELECT
    stable_id('ExplanationOfBenefit', key, part) AS cost_id,
    stable_id('ExplanationOfBenefit', key, part) AS cost_event_id,
    'Procedure' AS cost_domain_id,
    32810 AS cost_type_concept_id,
    num(charged) AS total_charge,
    num(paid) AS total_paid,
    num(paid) AS paid_by_payer,
    num(copay) AS paid_patient_copay,
    num(deductible) AS paid_patient_deductible,
    num(allowed) AS amount_allowed,
    revenue AS revenue_code_source_value,
    origin.person_id AS x_person_id,
    origin.x_source_kind, origin.x_source_key, origin.x_arrival, origin.x_file, origin.x_line
FROM event
WHERE charged IS NOT NULL OR paid IS NOT NULL
