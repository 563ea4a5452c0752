-- FHIR Condition: R4 says `encounter` and `recordedDate`, STU3 `context` and `assertedDate`.
SELECT
    key, arrival, file, line,
    key_in(r.subject.reference, 'Patient') AS subject,
    key_in(coalesce(r.encounter, r.context).reference, 'Encounter') AS visit,
    CASE
        WHEN contains(r.verificationStatus, '"entered-in-error"') OR r.verificationStatus = 'entered-in-error' THEN 'record.entered_in_error'
        WHEN contains(r.verificationStatus, '"refuted"') OR r.verificationStatus = 'refuted' THEN 'record.not_done'
        ELSE set_aside(NULL, r IS NULL)
    END AS aside,
    coalesce(r.onsetDateTime, r.onsetPeriod.start, r.recordedDate, r.assertedDate) AS starts,
    coalesce(r.abatementDateTime, r.abatementPeriod.end, r.onsetPeriod.end) AS ends,
    r.code AS code,
    CASE WHEN starts_with(r.clinicalStatus, '{') THEN r.clinicalStatus::JSON ->> '$.coding[0].code' ELSE r.clinicalStatus END AS status
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "subject": {"reference": "VARCHAR"}, "encounter": {"reference": "VARCHAR"}, "context": {"reference": "VARCHAR"},
        "clinicalStatus": "VARCHAR", "verificationStatus": "VARCHAR",
        "onsetDateTime": "VARCHAR", "onsetPeriod": {"start": "VARCHAR", "end": "VARCHAR"},
        "abatementDateTime": "VARCHAR", "abatementPeriod": {"start": "VARCHAR", "end": "VARCHAR"},
        "recordedDate": "VARCHAR", "assertedDate": "VARCHAR",
        "code": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}
    }')) AS r
    FROM landed WHERE kind = 'Condition'
)
