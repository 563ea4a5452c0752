-- medications.csv
SELECT
    key, arrival, file, line,
    nullif(r.PATIENT, '') AS subject,
    nullif(r.ENCOUNTER, '') AS visit,
    set_aside(NULL, r IS NULL) AS aside,
    r.START AS starts,
    r.STOP AS ends,
    one_code(medicine_system(r.CODE), r.CODE, r.DESCRIPTION) AS coding,
    r.DESCRIPTION AS description
FROM (
    SELECT key, arrival, file, line, TRY(from_json(body, '{
        "START": "VARCHAR", "STOP": "VARCHAR", "PATIENT": "VARCHAR", "ENCOUNTER": "VARCHAR", "CODE": "VARCHAR", "DESCRIPTION": "VARCHAR"
    }')) AS r
    FROM landed WHERE kind = 'medications'
)
