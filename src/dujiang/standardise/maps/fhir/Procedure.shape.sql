-- FHIR Procedure: R4 says `encounter`, STU3 `context` and `notDone`.
SELECT
    key, arrival, file, line,
    key_in(r.subject.reference, 'Patient') AS subject,
    key_in(coalesce(r.encounter, r.context).reference, 'Encounter') AS visit,
    CASE WHEN r.notDone = 'true' THEN 'record.not_done' ELSE set_aside(r.status, r IS NULL) END AS aside,
    coalesce(r.performedDateTime, r.performedPeriod.start) AS starts,
    r.performedPeriod.end AS ends,
    r.code AS code
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "status": "VARCHAR", "notDone": "VARCHAR", "subject": {"reference": "VARCHAR"}, "encounter": {"reference": "VARCHAR"},
        "context": {"reference": "VARCHAR"}, "performedDateTime": "VARCHAR", "performedPeriod": {"start": "VARCHAR", "end": "VARCHAR"},
        "code": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}
    }')) AS r
    FROM landed WHERE kind = 'Procedure'
)
