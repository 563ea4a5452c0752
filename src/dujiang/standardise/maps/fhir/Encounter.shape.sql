-- FHIR Encounter (R4 and STU3 alike).
SELECT
    key, arrival, file, line,
    key_in(r.subject.reference, 'Patient') AS subject,
    set_aside(r.status, r IS NULL) AS aside,
    coalesce(r.period.start, r.period.end) AS starts,
    r.period.end AS ends,
    r.class.code AS class,
    list_distinct(flatten(list_transform(coalesce(r.type, []), lambda t: coalesce(t.coding, [])))) AS coding,
    coalesce(r.hospitalization.admitSource.text, said(r.hospitalization.admitSource)) AS admitted_from,
    coalesce(r.hospitalization.dischargeDisposition.text, said(r.hospitalization.dischargeDisposition)) AS discharged_to
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "status": "VARCHAR", "subject": {"reference": "VARCHAR"}, "class": {"code": "VARCHAR"},
        "period": {"start": "VARCHAR", "end": "VARCHAR"},
        "type": [{"coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}],
        "hospitalization": {
            "admitSource": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]},
            "dischargeDisposition": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]}}
    }')) AS r
    FROM landed WHERE kind = 'Encounter'
)
