-- FHIR MedicationDispense: what a pharmacy handed out.
SELECT
    seen.key, seen.arrival, seen.file, seen.line,
    key_in(subject, 'Patient') AS subject,
    key_in(visit, 'Encounter') AS visit,
    CASE WHEN status = 'declined' THEN 'record.not_done' ELSE set_aside(status, unreadable) END AS aside,
    starts,
    coalesce(medicine, list_filter(contained, lambda c: '#' || c.id = medicine_reference)[1].code, medicine_code) AS code,
    quantity,
    CASE WHEN coalesce(supply.code, supply.unit) IN ('d', 'day', 'days', '天') THEN TRY_CAST(num(supply.value) AS BIGINT) END AS days,
    sig,
    said(route) AS route
FROM seen LEFT JOIN (SELECT key AS medicine_key, code AS medicine_code FROM seen_Medication) ON medicine_key = key_in(medicine_reference, 'Medication')
