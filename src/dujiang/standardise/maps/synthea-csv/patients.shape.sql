-- patients.csv: one row for each patient; SSN may carry any kind of identity number.
SELECT
    key, arrival, file, line,
    CASE
        WHEN r IS NULL THEN 'record.unreadable'
        WHEN NOT regexp_matches(coalesce(r.BIRTHDATE, ''), '^[0-9]{4}(-|$)') THEN 'person.no_birth_date'
    END AS aside,
    r.BIRTHDATE AS born,
    r.GENDER AS sex,
    r.DEATHDATE AS died,
    r.DEATHDATE IS NOT NULL AS dead,
    r
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "Id": "VARCHAR", "BIRTHDATE": "VARCHAR", "DEATHDATE": "VARCHAR", "SSN": "VARCHAR", "PASSPORT": "VARCHAR", "FIRST": "VARCHAR",
        "LAST": "VARCHAR", "RACE": "VARCHAR", "ETHNICITY": "VARCHAR", "GENDER": "VARCHAR", "ADDRESS": "VARCHAR", "CITY": "VARCHAR",
        "STATE": "VARCHAR", "COUNTY": "VARCHAR", "ZIP": "VARCHAR"
    }')) AS r
    FROM landed WHERE kind = 'patients'
)
