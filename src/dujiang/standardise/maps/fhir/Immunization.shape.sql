-- FHIR Immunization: R4 says `occurrenceDateTime` and status `not-done`, STU3 `date` and `notGiven`.
SELECT
    key, arrival, file, line,
    key_in(r.patient.reference, 'Patient') AS subject,
    key_in(r.encounter.reference, 'Encounter') AS visit,
    CASE WHEN r.notGiven = 'true' THEN 'record.not_done' ELSE set_aside(r.status, r IS NULL) END AS aside,
    coalesce(r.occurrenceDateTime, r.date, r.recorded) AS starts,
    r.vaccineCode AS code,
    r.lotNumber AS lot,
    r.doseQuantity AS quantity,
    said(r.route) AS route
FROM (
    SELECT key, arrival, file, line, TRY(from_json(exact(body), '{
        "status": "VARCHAR", "notGiven": "VARCHAR", "patient": {"reference": "VARCHAR"}, "encounter": {"reference": "VARCHAR"},
        "occurrenceDateTime": "VARCHAR", "date": "VARCHAR", "recorded": "VARCHAR", "lotNumber": "VARCHAR",
        "vaccineCode": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]},
        "doseQuantity": {"value": "VARCHAR", "unit": "VARCHAR", "code": "VARCHAR"},
        "route": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}
    }')) AS r
    FROM landed WHERE kind = 'Immunization'
)
