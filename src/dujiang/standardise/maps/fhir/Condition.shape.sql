-- FHIR Condition. Its two statuses are concepts (R4) or codes (STU3); which, their text shows.
SELECT
    key, arrival, file, line,
    key_in(subject, 'Patient') AS subject,
    key_in(visit, 'Encounter') AS visit,
    CASE
        WHEN contains(verification, '"entered-in-error"') OR verification = 'entered-in-error' THEN 'record.entered_in_error'
        WHEN contains(verification, '"refuted"') OR verification = 'refuted' THEN 'record.not_done'
        ELSE set_aside(NULL, unreadable)
    END AS aside,
    starts, ends, code,
    CASE WHEN starts_with(status, '{') THEN TRY_CAST(status AS JSON) ->> '$.coding[0].code' ELSE status END AS status
FROM seen
