-- encounters.csv
SELECT
    key, arrival, file, line,
    nullif(r.PATIENT, '') AS subject,
    set_aside(NULL, r IS NULL) AS aside,
    coalesce(r.START, r.STOP) AS starts,
    r.STOP AS ends,
    r.ENCOUNTERCLASS AS class,
    one_code(diagnosis_system(r.CODE), r.CODE, r.DESCRIPTION) AS coding
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "START": "VARCHAR", "STOP": "VARCHAR", "PATIENT": "VARCHAR", "ENCOUNTERCLASS": "VARCHAR", "CODE": "VARCHAR", "DESCRIPTION": "VARCHAR"
    }')) AS r
    FROM landed WHERE kind = 'encounters'
)
