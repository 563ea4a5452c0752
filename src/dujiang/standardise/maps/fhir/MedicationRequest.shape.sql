-- FHIR MedicationRequest: the medicine is a concept, a contained resource, or a Medication of its own that it refers to.
WITH asked AS (
    SELECT key, arrival, file, line, TRY(from_json(exact(body), '{
        "status": "VARCHAR", "subject": {"reference": "VARCHAR"}, "encounter": {"reference": "VARCHAR"},
        "context": {"reference": "VARCHAR"}, "authoredOn": "VARCHAR", "doNotPerform": "VARCHAR",
        "medicationCodeableConcept": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]},
        "medicationReference": {"reference": "VARCHAR"},
        "contained": [{"id": "VARCHAR", "code": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}}],
        "dosageInstruction": [{"text": "VARCHAR",
            "route": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}}],
        "dispenseRequest": {"validityPeriod": {"start": "VARCHAR", "end": "VARCHAR"}, "numberOfRepeatsAllowed": "VARCHAR",
            "quantity": {"value": "VARCHAR", "unit": "VARCHAR"}, "expectedSupplyDuration": {"value": "VARCHAR", "code": "VARCHAR", "unit": "VARCHAR"}}
    }')) AS r
    FROM landed WHERE kind = 'MedicationRequest'
),
medicine AS (
    SELECT key AS medicine, TRY(from_json(body, '{
        "code": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}
    }')).code AS code
    FROM landed WHERE kind = 'Medication'
)
SELECT
    key, arrival, file, line,
    key_in(r.subject.reference, 'Patient') AS subject,
    key_in(coalesce(r.encounter, r.context).reference, 'Encounter') AS visit,
    CASE WHEN r.doNotPerform = 'true' THEN 'record.not_done' ELSE set_aside(r.status, r IS NULL) END AS aside,
    coalesce(r.authoredOn, r.dispenseRequest.validityPeriod.start) AS starts,
    r.dispenseRequest.validityPeriod.end AS ends,
    coalesce(
        r.medicationCodeableConcept,
        list_filter(r.contained, lambda c: '#' || c.id = r.medicationReference.reference)[1].code,
        medicine.code
    ) AS code,
    r.dispenseRequest.quantity AS quantity,
    TRY_CAST(r.dispenseRequest.numberOfRepeatsAllowed AS BIGINT) AS refills,
    CASE WHEN coalesce(r.dispenseRequest.expectedSupplyDuration.code, r.dispenseRequest.expectedSupplyDuration.unit) IN ('d', 'day', 'days', '天')
        THEN TRY_CAST(num(r.dispenseRequest.expectedSupplyDuration.value) AS BIGINT) END AS days,
    r.dosageInstruction[1].text AS sig,
    said(r.dosageInstruction[1].route) AS route
FROM asked LEFT JOIN medicine ON medicine = key_in(r.medicationReference.reference, 'Medication')
