-- FHIR MedicationStatement: what somebody is said to take.
SELECT
    seen.key, seen.arrival, seen.file, seen.line,
    key_in(subject, 'Patient') AS subject,
    key_in(visit, 'Encounter') AS visit,
    CASE WHEN status IN ('not-taken', 'intended') OR taken = 'n' THEN 'record.not_done' ELSE set_aside(status, unreadable) END AS aside,
    starts, ends,
    coalesce(medicine, list_filter(contained, lambda c: '#' || c.id = medicine_reference)[1].code, medicine_code) AS code,
    sig,
    said(route) AS route
FROM seen LEFT JOIN (SELECT key AS medicine_key, code AS medicine_code FROM seen_Medication) ON medicine_key = key_in(medicine_reference, 'Medication')
