-- FHIR AllergyIntolerance: R4 says `recordedDate`, STU3 `assertedDate`.
SELECT
    key, arrival, file, line,
    key_in(r.patient.reference, 'Patient') AS subject,
    key_in(r.encounter.reference, 'Encounter') AS visit,
    CASE
        WHEN contains(r.verificationStatus, 'entered-in-error') THEN 'record.entered_in_error'
        WHEN contains(r.verificationStatus, 'refuted') THEN 'record.not_done'
        ELSE set_aside(NULL, r IS NULL)
    END AS aside,
    coalesce(r.onsetDateTime, r.recordedDate, r.assertedDate) AS starts,
    r.code AS code,
    r.criticality AS criticality
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "patient": {"reference": "VARCHAR"}, "encounter": {"reference": "VARCHAR"}, "verificationStatus": "VARCHAR",
        "onsetDateTime": "VARCHAR", "recordedDate": "VARCHAR", "assertedDate": "VARCHAR", "criticality": "VARCHAR",
        "code": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}
    }')) AS r
    FROM landed WHERE kind = 'AllergyIntolerance'
)
