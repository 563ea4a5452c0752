-- FHIR AllergyIntolerance.
SELECT
    key, arrival, file, line,
    key_in(subject, 'Patient') AS subject,
    key_in(visit, 'Encounter') AS visit,
    CASE
        WHEN contains(verification, 'entered-in-error') THEN 'record.entered_in_error'
        WHEN contains(verification, 'refuted') THEN 'record.not_done'
        ELSE set_aside(NULL, unreadable)
    END AS aside,
    starts, code, criticality
FROM seen
