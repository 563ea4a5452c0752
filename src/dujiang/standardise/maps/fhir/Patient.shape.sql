-- FHIR Patient (R4 and STU3 write it alike but for the extensions of descent).
SELECT
    key, arrival, file, line,
    CASE
        WHEN r IS NULL THEN 'record.unreadable'
        WHEN NOT regexp_matches(coalesce(r.birthDate, ''), '^[0-9]{4}(-|$)') THEN 'person.no_birth_date'
    END AS aside,
    r.birthDate AS born,
    r.gender AS sex,
    r.deceasedDateTime AS died,
    coalesce(r.deceasedBoolean = 'true', false) AS dead,
    descent(r.extension, 'race') AS race,
    descent(r.extension, 'ethnicity') AS ethnicity,
    coalesce(list_filter(r.name, lambda n: n.use = 'official')[1], list_filter(r.name, lambda n: coalesce(n.use, '') NOT IN ('old', 'maiden'))[1], r.name[1]) AS name,
    list_filter(r.telecom, lambda t: t.system IN ('phone', 'sms'))[1].value AS phone,
    r.address[1] AS address,
    list_transform(list_filter(r.identifier, lambda i: i.value <> ''), lambda i: {'value': i.value, 'kind': identifier_kind(i)}) AS numbers
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "birthDate": "VARCHAR", "gender": "VARCHAR", "deceasedDateTime": "VARCHAR", "deceasedBoolean": "VARCHAR",
        "extension": [{"url": "VARCHAR",
            "valueCodeableConcept": {"coding": [{"code": "VARCHAR", "display": "VARCHAR"}]},
            "extension": [{"url": "VARCHAR", "valueCoding": {"code": "VARCHAR", "display": "VARCHAR"}}]}],
        "name": [{"use": "VARCHAR", "text": "VARCHAR", "family": "VARCHAR", "given": ["VARCHAR"]}],
        "telecom": [{"system": "VARCHAR", "value": "VARCHAR"}],
        "address": [{"text": "VARCHAR", "line": ["VARCHAR"], "city": "VARCHAR", "district": "VARCHAR", "state": "VARCHAR",
            "postalCode": "VARCHAR"}],
        "identifier": [{"system": "VARCHAR", "value": "VARCHAR", "type": {"coding": [{"code": "VARCHAR"}]}}]
    }')) AS r
    FROM landed WHERE kind = 'Patient'
)
