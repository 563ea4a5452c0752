-- FHIR Procedure.
SELECT
    key, arrival, file, line,
    key_in(subject, 'Patient') AS subject,
    key_in(visit, 'Encounter') AS visit,
    CASE WHEN not_done THEN 'record.not_done' ELSE set_aside(status, unreadable) END AS aside,
    starts, ends, code
FROM seen
