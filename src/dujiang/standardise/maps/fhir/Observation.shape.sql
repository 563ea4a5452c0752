-- FHIR Observation, one row for its own value (part NULL) and one for each component (part 1, 2, …). A panel without a value
-- of its own is its components. R4 says `encounter`, STU3 `context`.
WITH seen AS (
    SELECT key, arrival, file, line, TRY(from_json(exact(body), '{
        "status": "VARCHAR", "subject": {"reference": "VARCHAR"}, "encounter": {"reference": "VARCHAR"},
        "context": {"reference": "VARCHAR"}, "effectiveDateTime": "VARCHAR", "effectivePeriod": {"start": "VARCHAR"},
        "effectiveInstant": "VARCHAR", "issued": "VARCHAR",
        "code": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]},
        "valueQuantity": {"value": "VARCHAR", "comparator": "VARCHAR", "unit": "VARCHAR", "code": "VARCHAR", "system": "VARCHAR"},
        "valueInteger": "VARCHAR", "valueString": "VARCHAR", "valueBoolean": "VARCHAR", "valueDateTime": "VARCHAR", "valueTime": "VARCHAR",
        "valueCodeableConcept": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]},
        "valuePeriod": "VARCHAR", "valueRange": "VARCHAR", "valueRatio": "VARCHAR", "valueSampledData": "VARCHAR",
        "referenceRange": [{"low": {"value": "VARCHAR"}, "high": {"value": "VARCHAR"}}],
        "component": [{
            "code": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]},
            "valueQuantity": {"value": "VARCHAR", "comparator": "VARCHAR", "unit": "VARCHAR", "code": "VARCHAR", "system": "VARCHAR"},
            "valueInteger": "VARCHAR", "valueString": "VARCHAR", "valueBoolean": "VARCHAR", "valueDateTime": "VARCHAR", "valueTime": "VARCHAR",
            "valueCodeableConcept": {"text": "VARCHAR", "coding": [{"system": "VARCHAR", "code": "VARCHAR", "display": "VARCHAR"}]},
            "valuePeriod": "VARCHAR", "valueRange": "VARCHAR", "valueRatio": "VARCHAR", "valueSampledData": "VARCHAR",
            "referenceRange": [{"low": {"value": "VARCHAR"}, "high": {"value": "VARCHAR"}}]
        }]
    }')) AS r
    FROM landed WHERE kind = 'Observation'
),
parts AS (
    SELECT key, arrival, file, line,
        key_in(r.subject.reference, 'Patient') AS subject,
        key_in(coalesce(r.encounter, r.context).reference, 'Encounter') AS visit,
        set_aside(r.status, r IS NULL) AS aside,
        coalesce(r.effectiveDateTime, r.effectivePeriod.start, r.effectiveInstant, r.issued) AS starts,
        r,
        unnest(range(coalesce(len(r.component), 0) + 1)) AS n
    FROM seen
),
items AS (
    SELECT * EXCLUDE (r, n),
        nullif(n, 0) AS part,
        CASE WHEN n > 0 THEN r.component[n] ELSE {
            'code': r.code, 'valueQuantity': r.valueQuantity, 'valueInteger': r.valueInteger, 'valueString': r.valueString,
            'valueBoolean': r.valueBoolean, 'valueDateTime': r.valueDateTime, 'valueTime': r.valueTime,
            'valueCodeableConcept': r.valueCodeableConcept, 'valuePeriod': r.valuePeriod, 'valueRange': r.valueRange,
            'valueRatio': r.valueRatio, 'valueSampledData': r.valueSampledData, 'referenceRange': r.referenceRange
        } END AS i,
        n = 0 AND len(r.component) > 0 AS panel
    FROM parts
)
SELECT * EXCLUDE (i, panel),
    i.code AS code,
    coalesce(i.valueQuantity.value, i.valueInteger) AS number,
    i.valueQuantity.comparator AS comparator,
    coalesce(i.valueQuantity.code, i.valueQuantity.unit) AS unit,
    i.valueQuantity.system AS unit_system,
    num(i.referenceRange[1].low.value) AS low,
    num(i.referenceRange[1].high.value) AS high,
    i.valueCodeableConcept AS coded_value,
    coalesce(i.valueString, i.valueBoolean, i.valueDateTime, i.valueTime, i.valuePeriod, i.valueRange, i.valueRatio, i.valueSampledData) AS words
FROM items
WHERE NOT panel OR number IS NOT NULL OR coded_value IS NOT NULL OR words IS NOT NULL
